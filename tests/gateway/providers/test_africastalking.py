"""Africa's Talking's spelling, coming in: hops, ends, messages, reports; and nothing secret shown on the way."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.fields.msisdn import Msisdn
from gateway.events import (
    BadWire,
    DlrState,
    MtSms,
    ProviderAccount,
    UssdInput,
    UssdReply,
    Wire,
)
from gateway.providers import make_providers
from gateway.providers.africastalking import AfricasTalking
from tests.wire import form, read

KEY = "atsk_4c1ffe5ecret"
AT = AfricasTalking(ProviderAccount("voicepact", KEY, sender_id="VOICEPACT"))
HOP = {"sessionId": "s1", "serviceCode": "*384#", "phoneNumber": "+254712345678", "networkCode": "63902", "text": "1*2"}
MO = {"id": "m1", "from": "+254712345678", "to": "21512", "text": "YES", "date": "2026-10-09 12:17:37"}
END = {"sessionId": "s1", "phoneNumber": "+254712345678", "status": "Success"}
DLR = {"id": "m1", "status": "Success", "phoneNumber": "+254712345678"}


def posted(fields: dict[str, str], **changed: str | None) -> Wire:
    """`fields` as a form post, some changed; None leaves one out."""
    return Wire(tuple((name, value) for name, value in {**fields, **changed}.items() if value is not None))


# USSD


def test_a_captured_hop_is_read() -> None:
    assert AT.parse_ussd(read("africastalking", "ussd_third_hop").wire()) == UssdInput(
        provider="africastalking",
        session_id="ATUid_e9d0662dea3f3db658e79d9b62f7900c",
        msisdn=Msisdn("+254000000001"),
        service_code="*384*70421#",
        network_code="99999",
        history="1*1*0",
    )


def test_the_first_hop_has_a_blank_history() -> None:
    assert AT.parse_ussd(read("africastalking", "ussd_first_hop").wire()).history == ""


def test_a_space_is_a_plus_somebody_forgot_to_encode_and_the_network_may_be_missing() -> None:
    hop = AT.parse_ussd(read("africastalking", "ussd_unencoded_plus").wire())
    assert (hop.msisdn, hop.network_code) == ("+254712345678", "")


@pytest.mark.parametrize("text", ["", "1*", "1**3", "1*A*B", "1*5#", "1*ng’ombe", "1*two\nlines", "1*2" * 600])
def test_whatever_was_typed_is_kept_as_it_came(text: str) -> None:
    assert AT.parse_ussd(posted(HOP, text=text)).history == text


@pytest.mark.parametrize("msisdn", ["+254712345678", " 254712345678", "254712345678"])
def test_the_caller_is_the_same_in_every_spelling(msisdn: str) -> None:
    assert AT.parse_ussd(posted(HOP, phoneNumber=msisdn)).msisdn == "+254712345678"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *((field, None) for field in ("sessionId", "serviceCode", "phoneNumber", "text")),
        *((field, "") for field in ("sessionId", "serviceCode", "phoneNumber")),
        *((field, "a\0b") for field in HOP),
        *((field, "a\ud800b") for field in HOP),
        *((field, "1" * 2001) for field in HOP),
        ("sessionId", "a\nb"),
        ("sessionId", "a\x85b"),
        ("serviceCode", "*384#\r"),
        ("phoneNumber", "0712345678"),
        ("phoneNumber", "712345678"),
        ("phoneNumber", "21512"),
        ("phoneNumber", "MTN"),
        ("phoneNumber", "+254 712"),
        ("phoneNumber", "+254712345678\n"),
        ("phoneNumber", "+٢٥٤٧١٢٣٤٥٦٧٨"),
    ],
)
def test_a_broken_hop_is_named_by_its_field(field: str, value: str | None) -> None:
    with pytest.raises(BadWire) as bad:
        AT.parse_ussd(posted(HOP, **{field: value}))
    assert bad.value.field == field
    assert value in (None, "") or value not in str(bad.value)


def test_a_field_sent_twice_is_refused() -> None:
    with pytest.raises(BadWire, match="text: is sent twice"):
        AT.parse_ussd(Wire((*HOP.items(), ("text", "2"))))


@pytest.mark.parametrize(("ends", "body"), [(False, "CON Ndiyo?\n1. ng’ombe"), (True, "END Ndiyo?\n1. ng’ombe")])
def test_a_reply_says_whether_it_goes_on(ends: bool, body: str) -> None:
    reply = AT.render_ussd(UssdReply("Ndiyo?\n1. ng’ombe", ends))
    assert reply.body.decode() == body
    assert reply.content_type.startswith("text/plain")
    assert AT.ussd_prefix == "CON "


def test_a_captured_end_is_read() -> None:
    end = AT.parse_ussd_end(read("africastalking", "ussd_end_incomplete").wire())
    assert (end.session_id, end.msisdn) == ("ATUid_f219bf23880979c479e835cb4d640287", "+254000000001")
    assert (end.status, end.hops, end.duration_ms, end.cost) == ("Incomplete", 1, 192, "0.00")
    assert (end.network_code, end.ended_at) == ("99999", datetime(2026, 10, 9, 12, 17, 37, tzinfo=UTC))


def test_what_an_end_does_not_say_is_none() -> None:
    end = AT.parse_ussd_end(posted(END, hopsCount="many", durationInMillis="", date="soon"))
    assert (end.hops, end.duration_ms, end.cost, end.ended_at, end.network_code) == (None, None, None, None, "")


# Messages from phones, and reports about messages to them


def test_a_captured_message_is_read() -> None:
    mo = AT.parse_mo(read("africastalking", "mo_iso_date").wire())
    assert (mo.message_id, mo.link_id) == ("ec9adc86-51d5-4bc8-8eb0-d8ab0bb53dc3", "03090445075804249226")
    assert (mo.sender, mo.raw_sender, mo.to, mo.text) == ("+254791541111", "+254791541111", "21512", "Msg")
    assert mo.sent_at == datetime(2017, 5, 3, 6, 4, 45, tzinfo=UTC)


def test_a_sender_may_be_a_name_and_a_text_blank() -> None:
    mo = AT.parse_mo(read("africastalking", "mo_plain_date").wire())
    assert (mo.sender, mo.raw_sender, mo.text, mo.link_id) == (None, "MTN", "", None)
    assert mo.sent_at == datetime(2017, 5, 3, 6, 4, 45, tzinfo=UTC)


@pytest.mark.parametrize(
    ("raw", "sender"),
    [
        ("+254712345678", "+254712345678"),
        (" 254712345678", "+254712345678"),
        ("254712345678", "+254712345678"),
        ("0712345678", "+254712345678"),
        ("+254000000001", "+254000000001"),
        ("21512", None),
        ("FLOWERS", None),
        ("+254712***678", None),
    ],
)
def test_a_sender_is_a_number_only_where_it_is_one(raw: str, sender: str | None) -> None:
    assert AT.parse_mo(posted(MO, **{"from": raw})).sender == sender


@pytest.mark.parametrize(
    ("date", "year"),
    [
        ("2018-03-19T08:34:18.445Z", 2018),
        ("2018-03-19", 2018),
        ("yesterday", None),
        ("0001-01-01T00:00:00+14:00", None),
        (None, None),
    ],
)
def test_a_date_is_read_or_left_out(date: str | None, year: int | None) -> None:
    sent_at = AT.parse_mo(posted(MO, date=date)).sent_at
    assert (sent_at and sent_at.year) == year
    assert sent_at is None or sent_at.tzinfo is UTC


@pytest.mark.parametrize("field", ["id", "from", "to", "text"])
def test_a_message_without_one_of_its_fields_is_refused(field: str) -> None:
    with pytest.raises(BadWire) as bad:
        AT.parse_mo(posted(MO, **{field: None}))
    assert bad.value.field == field


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("Sent", DlrState.SUBMITTED),
        ("Submitted", DlrState.SUBMITTED),
        ("Buffered", DlrState.SUBMITTED),
        ("Success", DlrState.DELIVERED),
        ("SUCCESS", DlrState.DELIVERED),
        ("Rejected", DlrState.REJECTED),
        ("Failed", DlrState.FAILED),
        ("AbsentSubscriber", DlrState.FAILED),
        ("absentsubscriber", DlrState.FAILED),
        ("Expired", DlrState.EXPIRED),
        ("Teleported", DlrState.UNKNOWN),
    ],
)
def test_their_states_are_ours(status: str, state: DlrState) -> None:
    dlr = AT.parse_dlr(posted(DLR, status=status))
    assert (dlr.state, dlr.status) == (state, status)


def test_a_report_keeps_the_reason_as_they_spell_it() -> None:
    dlr = AT.parse_dlr(read("africastalking", "dlr_failed").wire())
    assert (dlr.state, dlr.reason) == (DlrState.FAILED, "NotNetworkSubcriber")
    assert (dlr.msisdn, dlr.network_code) == ("+254711082000", "63902")


def test_a_report_needs_no_number() -> None:
    dlr = AT.parse_dlr(posted(DLR, phoneNumber=None))
    assert (dlr.msisdn, dlr.network_code, dlr.reason) == (None, None, None)


@pytest.mark.parametrize("field", ["id", "status"])
def test_a_report_about_nothing_is_refused(field: str) -> None:
    with pytest.raises(BadWire, match=f"^{field}: "):
        AT.parse_dlr(posted(DLR, **{field: ""}))


# Nothing secret is shown, nothing hostile breaks


def test_no_key_pin_or_text_is_in_any_repr() -> None:
    hop = posted(HOP, text="1*0712345678*4921")
    shown = [
        repr(AT),
        repr(ProviderAccount("voicepact", KEY)),
        repr(hop),
        repr(AT.parse_ussd(hop)),
        repr(AT.render_ussd(UssdReply("Your PIN 4921", ends=False))),
        repr(AT.parse_ussd_end(posted(END, input="1*4921", lastAppResponse="CON 4921"))),
        repr(AT.parse_mo(posted(MO, text="my PIN is 4921"))),
        repr(AT.render_mt(MtSms((Msisdn("+254712345678"),), "4921"))),
    ]
    assert not [text for text in shown if KEY in text or "4921" in text]


@pytest.mark.parametrize("parse", [AT.parse_ussd, AT.parse_ussd_end, AT.parse_mo, AT.parse_dlr])
def test_a_refusal_never_repeats_what_was_sent(parse: Callable[[Wire], object]) -> None:
    fields = dict.fromkeys((*HOP, *MO, *DLR), "4921\0" * 50)
    with pytest.raises(BadWire) as bad:
        parse(posted(fields))
    assert "4921" not in f"{bad.value!r} {bad.value} {bad.value.__cause__!r}"


ANY_TEXT = st.text(alphabet=st.characters(), max_size=40) | st.text("+0123456789 *#", max_size=20)
FIELDS = sorted({*HOP, *MO, *DLR, *END, "date", "cost", "hopsCount", "durationInMillis", "linkId", "failureReason"})


@given(st.dictionaries(st.sampled_from(FIELDS), ANY_TEXT), st.lists(st.tuples(ANY_TEXT, ANY_TEXT), max_size=3))
def test_hostile_pairs_raise_nothing_but_bad_wire(known: dict[str, str], more: list[tuple[str, str]]) -> None:
    wire = Wire((*known.items(), *more))
    for parse in (AT.parse_ussd, AT.parse_ussd_end, AT.parse_mo, AT.parse_dlr):
        try:
            parse(wire)
        except BadWire:
            continue


@given(st.binary(max_size=200))
def test_hostile_bytes_raise_nothing_but_bad_wire(body: bytes) -> None:
    with pytest.raises(BadWire):
        AT.parse_ussd(form(body.decode(errors="replace")))


def test_the_providers_we_have_an_account_with_are_wired_by_name() -> None:
    providers = make_providers({"africastalking": ProviderAccount("sandbox", KEY)})
    assert [provider.name for provider in providers.values()] == ["africastalking"]
    with pytest.raises(KeyError):
        make_providers({"pigeon": ProviderAccount("sandbox", KEY)})
