"""Twilio's spelling, coming in: signatures, messages, reports; and nothing secret shown on the way."""

import re
from collections.abc import Callable
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.events import BadWire, DlrState, ProviderAccount, Wire
from gateway.providers import make_providers, with_ussd
from gateway.providers.twilio import DLR_STATES, Twilio
from tests.gateway.twilio_account import BASE, MESSAGE, MO, SID, TOKEN, sign
from tests.wire import form, read

TWILIO = Twilio(ProviderAccount(SID, TOKEN, sender_id="+254700000022"))
DLR = {"MessageSid": MESSAGE, "AccountSid": SID, "MessageStatus": "delivered", "To": "+254712345678"}
INCOMING = ["mo_text", "mo_media", "mo_fallback", "mo_short_code", "dlr_sent", "dlr_delivered", "dlr_undelivered",
            "dlr_unsubscribed", "dlr_new_word", "dlr_nothing"]  # fmt: skip


def posted(fields: dict[str, str], **changed: str | None) -> Wire:
    """`fields` as a form post, some changed; None leaves one out."""
    return Wire(tuple((name, value) for name, value in {**fields, **changed}.items() if value is not None))


# Signatures

# The worked example of Twilio's documentation, and the one of its helper libraries for a field sent several times.
PUBLISHED_URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
PUBLISHED = "CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&To=%2B18005551212"
REPEATED = "Sid=CA123&SidAccount=AC123&Digits=5678&Digits=1234&Digits=1234"


@pytest.mark.parametrize(
    ("body", "signature"),
    [(PUBLISHED, "RSOYDt4T1cUTdK1PDd93/VVr8B8="), (REPEATED, "IK+Dwps556ElfBT0I3Rgjkr1wJU=")],
)
def test_the_published_examples_are_right(body: str, signature: str) -> None:
    twilio = Twilio(ProviderAccount("AC1", "12345"))
    assert twilio.verify(PUBLISHED_URL, {"X-Twilio-Signature": signature}, form(body))
    assert not twilio.verify(PUBLISHED_URL + "&", {"X-Twilio-Signature": signature}, form(body))


@pytest.mark.parametrize("name", INCOMING)
def test_what_openssl_signed_is_right(name: str) -> None:
    sample = read("twilio", name)
    headers = {"X-Twilio-Signature": sample.headers["x-twilio-signature"]}
    assert TWILIO.verify(BASE + sample.first_line.split()[1], headers, sample.wire())


@pytest.mark.parametrize(
    ("signed", "known"),
    [
        pytest.param("https://h.example:443/sms", "https://h.example/sms", id="they add the port"),
        pytest.param("https://h.example/sms", "https://h.example:443/sms", id="they leave it out"),
        pytest.param("http://h.example:80/sms", "http://h.example/sms", id="of plain HTTP"),
        pytest.param("https://h.example/sms", "https://h.example:8443/sms", id="a port of our own, left out"),
        pytest.param("https://h.example:8443/sms", "https://h.example:8443/sms", id="and kept"),
        pytest.param("http://[::1]:80/sms", "http://[::1]/sms", id="an address with colons"),
        pytest.param("https://u:p@h.example:443/a:1?b=:2", "https://u:p@h.example/a:1?b=:2", id="other colons"),
    ],
)
def test_a_port_is_signed_or_left_out(signed: str, known: str) -> None:
    assert TWILIO.verify(known, {"X-Twilio-Signature": sign(signed, MO)}, posted(MO))


@pytest.mark.parametrize(
    "known", ["https://h.example/sms/", "https://H.example/sms", "http://h.example/sms", "https://h.example:444/sms"]
)
def test_another_address_is_not_what_was_signed(known: str) -> None:
    assert not TWILIO.verify(known, {"X-Twilio-Signature": sign("https://h.example:443/sms", MO)}, posted(MO))


@pytest.mark.parametrize(
    "wire",
    [
        pytest.param(posted(MO, Body="NO"), id="a value changed"),
        pytest.param(posted(MO, Body=None), id="a field left out"),
        pytest.param(posted(MO, Extra=""), id="an empty field added"),
        pytest.param(posted(MO, From=MO["To"], To=MO["From"]), id="two values changed places"),
        pytest.param(Wire((*MO.items(), ("Body", "NO"))), id="a field added under a name that is there"),
    ],
)
def test_a_form_that_was_changed_is_not_what_was_signed(wire: Wire) -> None:
    assert not TWILIO.verify("https://h.example/sms", {"X-Twilio-Signature": sign("https://h.example/sms", MO)}, wire)


@given(st.text(max_size=30), st.text(max_size=40), st.lists(st.tuples(st.text(max_size=9), st.text(max_size=9))))
def test_no_request_a_stranger_makes_up_is_signed(url: str, signature: str, pairs: list[tuple[str, str]]) -> None:
    odd = {"X-Twilio-Signature": signature + "\udcff"}
    for headers in ({}, odd, {"X-Twilio-Signature": signature}):
        assert not TWILIO.verify(url, headers, Wire(tuple(pairs)))


# Messages and reports


def test_a_message_is_read() -> None:
    mo = TWILIO.parse_mo(read("twilio", "mo_text").wire())
    assert (mo.provider, mo.message_id) == ("twilio", "SM0123456789abcdef0123456789abcdef")
    assert (mo.sender, mo.raw_sender, mo.to) == ("+254712345678", "+254712345678", "+254700000022")
    assert (mo.text, mo.sent_at, mo.link_id) == ("Ndiyo, ng’ombe & maize + 2", None, None)


def test_a_picture_is_a_message_of_no_words() -> None:
    assert TWILIO.parse_mo(read("twilio", "mo_media").wire()).text == ""


def test_a_message_that_comes_by_the_fallback_is_the_same() -> None:
    assert TWILIO.parse_mo(read("twilio", "mo_fallback").wire()).text == "HELP"


@pytest.mark.parametrize("sender", ["40404", "VOICEPACT", "whatsapp:+254712345678", "254712345678", "+1"])
def test_a_sender_that_is_no_number(sender: str) -> None:
    mo = TWILIO.parse_mo(posted(MO, From=sender))
    assert (mo.sender, mo.raw_sender) == (None, sender)


def test_the_answer_is_twiml_that_says_nothing() -> None:
    answer = TWILIO.answer_mo()
    assert answer.content_type.startswith("text/xml")
    assert answer.body.endswith(b"<Response/>")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("AccountSid", None),
        ("AccountSid", "AC" + "0" * 32),
        ("MessageSid", "SM1"),
        ("MessageSid", f"{MESSAGE}\n"),
        ("MessageSid", MESSAGE.upper()),
        ("MessageSid", "IM" + MESSAGE[2:]),
        ("SmsSid", "SM" + "0" * 32),
        ("SmsMessageSid", ""),
    ],
)
@pytest.mark.parametrize("parse", [TWILIO.parse_mo, TWILIO.parse_dlr])
def test_an_id_is_of_their_shape_and_of_our_account(
    parse: Callable[[Wire], object], field: str, value: str | None
) -> None:
    with pytest.raises(BadWire) as bad:
        parse(posted(MO | DLR, **{field: value}))
    assert bad.value.field == field


def test_the_id_of_a_message_with_a_picture_begins_otherwise() -> None:
    sid = "MM" + MESSAGE[2:]
    mo = TWILIO.parse_mo(posted(MO, MessageSid=sid, SmsSid=sid, SmsMessageSid=sid))
    assert mo.message_id == sid


FORGED = (
    f"YES From+254799999999MessageSidSM{'f' * 32}NumMedia0SmsMessageSidSM{'f' * 32}"
    f"SmsSidSM{'f' * 32}To+254700000022ToZip"
)
TEXTS = ["YES", "YES Change it", "NO Delivery", "what Body do you want YES", "YESCity Body", FORGED, f"{FORGED}Zone"]
_NAME: Final = re.compile("|".join([*sorted(MO, key=len, reverse=True), "[A-Z][a-z]*"]))


@pytest.mark.parametrize("text", TEXTS)
@given(joined=st.sets(st.integers(0, 99), max_size=4), cut=st.sets(st.integers(0, 99), max_size=5))
def test_one_signed_request_is_one_message_however_it_is_cut(text: str, joined: set[int], cut: set[int]) -> None:
    """Join some of its fields, and cut it at some more capital letters: text and sender stay, or it is refused."""
    signed = MO | {"Body": text}
    row, borders = "", list[int]()
    for name, value in sorted(signed.items()):
        borders.append(len(row))
        row += name + value
    letters = [letter.start() for letter in re.finditer("[A-Z]", row)]
    places = {*borders} - {borders[at % len(borders)] for at in joined} | {letters[at % len(letters)] for at in cut}
    starts = sorted({0, *places})
    fields = [row[at:until] for at, until in zip(starts, [*starts[1:], None], strict=True)]
    names = [found[0] if (found := _NAME.match(one)) else one for one in fields]
    wire = Wire(tuple((name, one[len(name) :]) for name, one in zip(names, fields, strict=True)))
    if not TWILIO.verify("https://h.example/", {"X-Twilio-Signature": sign("https://h.example/", signed)}, wire):
        return
    try:
        mo = TWILIO.parse_mo(wire)
    except BadWire:
        return
    assert (mo.message_id, mo.sender, mo.to, mo.text) == (MESSAGE, MO["From"], MO["To"], text)


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        pytest.param("YES Change it", {"Body": "YES ", "Change": " it"}, id="words cut off"),
        pytest.param("stop Delivered late", {"Body": "stop ", "D": "elivered late"}, id="at a letter"),
        pytest.param("YES", {"BodyYES": ""}, id="a text that is a name"),
    ],
)
def test_what_is_cut_off_the_text_is_read_with_it(text: str, fields: dict[str, str]) -> None:
    cut = Wire(tuple((posted(MO, Body=None).form() | fields).items()))
    signature = {"X-Twilio-Signature": sign("https://h.example/", MO | {"Body": text})}
    assert TWILIO.verify("https://h.example/", signature, cut)
    assert TWILIO.parse_mo(cut).text == text


def test_a_text_with_a_sender_in_it_makes_no_other_sender() -> None:
    rest = {name: value for name, value in MO.items() if name not in ("Body", "From", "FromCity", "FromCountry")}
    real_end = f"From{MO['From']}FromCityFromCountryKE"
    for forged in (
        {"Body": "YES", "From": "+254799999999", "FromX": real_end},
        {"Body": "YES", "From": "+254799999999", "FromZip": f"x{real_end}"},
    ):
        with pytest.raises(BadWire, match="From"):
            TWILIO.parse_mo(Wire(tuple((rest | forged).items())))


@pytest.mark.parametrize("field", ["MessageSid", "From", "To"])
@pytest.mark.parametrize("value", [None, "", "a\0b", "1" * 201])
def test_a_broken_message_is_named_by_its_field(field: str, value: str | None) -> None:
    with pytest.raises(BadWire) as bad:
        TWILIO.parse_mo(posted(MO, **{field: value}))
    assert bad.value.field == field


@pytest.mark.parametrize(
    ("name", "state", "reason"),
    [
        ("dlr_sent", DlrState.SUBMITTED, None),
        ("dlr_delivered", DlrState.DELIVERED, None),
        ("dlr_undelivered", DlrState.FAILED, "30003 the phone is off or out of reach"),
        ("dlr_unsubscribed", DlrState.REJECTED, "21610 unsubscribed: the person sent STOP"),
        ("dlr_new_word", DlrState.UNKNOWN, None),
    ],
)
def test_a_report_is_read(name: str, state: DlrState, reason: str | None) -> None:
    dlr = TWILIO.parse_dlr(read("twilio", name).wire())
    assert dlr
    assert (dlr.message_id, dlr.msisdn) == ("SM9876543210fedcba9876543210fedcba", "+254712345678")
    assert (dlr.state, dlr.reason) == (state, reason)


@pytest.mark.parametrize("state", [*DLR_STATES, "DELIVERED"])
def test_every_state_of_theirs_is_one_of_ours(state: str) -> None:
    dlr = TWILIO.parse_dlr(posted(DLR, MessageStatus=state))
    assert dlr and dlr.status == state and dlr.state is not DlrState.UNKNOWN


@pytest.mark.parametrize(
    ("code", "state", "reason"),
    [
        ("30007", DlrState.REJECTED, "30007 filtered as spam"),
        ("30036", DlrState.EXPIRED, "30036 expired in the queue"),
        ("63018", DlrState.FAILED, "63018 rate limit"),
        ("31337", DlrState.FAILED, "31337"),
        ("0", DlrState.FAILED, None),
        ("", DlrState.FAILED, None),
        ("none", DlrState.FAILED, None),
    ],
)
def test_a_failure_is_told_by_its_code(code: str, state: DlrState, reason: str | None) -> None:
    dlr = TWILIO.parse_dlr(posted(DLR, MessageStatus="failed", ErrorCode=code))
    assert dlr and (dlr.state, dlr.reason) == (state, reason)


@pytest.mark.parametrize("wire", [Wire(()), Wire(((" ", ""),)), posted(DLR, MessageStatus=None)])
def test_a_post_without_a_status_reports_nothing(wire: Wire) -> None:
    assert TWILIO.parse_dlr(wire) is None


def test_a_report_about_nothing_is_refused() -> None:
    with pytest.raises(BadWire, match=r"^MessageSid: is missing"):
        TWILIO.parse_dlr(posted(DLR, MessageSid=None))


@pytest.mark.parametrize("parse", [TWILIO.parse_mo, TWILIO.parse_dlr])
def test_a_field_sent_twice_is_refused(parse: Callable[[Wire], object]) -> None:
    with pytest.raises(BadWire, match="To: is sent twice"):
        parse(Wire((*MO.items(), ("To", "+1"))))


# Nothing secret is shown, nothing hostile breaks


def test_no_token_or_text_is_in_any_repr() -> None:
    account = ProviderAccount(SID, TOKEN, report_url=f"{BASE}/hooks/hooks-token/twilio/sms/reports")
    shown = f"{TWILIO!r} {account!r} {TWILIO.parse_mo(posted(MO, Body='my PIN is 4921'))!r}"
    assert not [secret for secret in (TOKEN, "4921", "hooks-token") if secret in shown]


FIELDS = sorted({*MO, *DLR, "ErrorCode"})
ANY_TEXT = st.text(alphabet=st.characters(), max_size=40) | st.text("+0123456789 *#", max_size=20)


@given(st.dictionaries(st.sampled_from(FIELDS), ANY_TEXT), st.lists(st.tuples(ANY_TEXT, ANY_TEXT), max_size=3))
def test_hostile_pairs_raise_nothing_but_bad_wire(known: dict[str, str], more: list[tuple[str, str]]) -> None:
    wire = Wire((*known.items(), *more))
    assert not TWILIO.verify("https://h.example/", {"X-Twilio-Signature": "x"}, wire)
    for parse in (TWILIO.parse_mo, TWILIO.parse_dlr):
        try:
            parse(wire)
        except BadWire:
            continue


def test_it_brings_no_ussd() -> None:
    providers = make_providers(
        {"africastalking": ProviderAccount("sandbox", "key"), "twilio": ProviderAccount(SID, TOKEN)}
    )
    assert list(providers) == ["africastalking", "twilio"]
    assert list(with_ussd(providers)) == ["africastalking"]
