"""Twilio's sending: the request it wants, and what each of its answers means."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.fields.msisdn import Msisdn
from gateway.events import Accepted, HttpAnswer, MtOutcome, MtSms, ProviderAccount, Rejected, TryLater, Unsure
from gateway.providers.twilio import FAILED, MAY_PASS, REFUSED, Twilio
from tests.gateway.twilio_account import BASE, SENDER, SID, TOKEN
from tests.wire import form, read
from values.frozen import replace

ACCOUNT = ProviderAccount(SID, TOKEN, SENDER, report_url=f"{BASE}/hooks/hooks-token-of-a-test/twilio/sms/reports")
TWILIO = Twilio(ACCOUNT)
AMINA, OTIENO = Msisdn("+254712345678"), Msisdn("+254711000002")
HELLO = MtSms((AMINA,), "Habari ya ng’ombe?")
SERVICE = "MG0123456789abcdef0123456789abcdef"
S = "SM9876543210fedcba9876543210fedcba"


def answered(status: int, reply: object) -> HttpAnswer:
    return HttpAnswer(status, "application/json", orjson.dumps(reply))


def outcome_of(answer: HttpAnswer) -> MtOutcome:
    (outcome,) = TWILIO.read_mt(answer, HELLO).values()
    return outcome


def test_a_text_is_sent_as_documented() -> None:
    sample = read("twilio", "mt_request")
    call = TWILIO.render_mt(HELLO)
    assert f"{call.method} {call.url}" == sample.first_line.replace("/", "https://api.twilio.com/", 1).split(" HTTP")[0]
    assert call.form == form(sample.body.decode()).form()
    assert call.headers["Authorization"] == sample.headers["authorization"]
    assert call.headers["Accept"] == "application/json"


@pytest.mark.parametrize(
    ("ours", "its", "named"),
    [
        (SENDER, None, ("From", SENDER)),
        ("VOICEPACT", None, ("From", "VOICEPACT")),
        ("MGMT", None, ("From", "MGMT")),
        (SERVICE, None, ("MessagingServiceSid", SERVICE)),
        (SENDER, SERVICE, ("MessagingServiceSid", SERVICE)),
        (SERVICE, "21512", ("From", "21512")),
    ],
)
def test_the_sender_is_a_number_a_name_or_a_service(ours: str, its: str | None, named: tuple[str, str]) -> None:
    call = Twilio(replace(ACCOUNT, sender_id=ours)).render_mt(replace(HELLO, sender_id=its))
    assert [pair for pair in call.form.items() if pair[0] in ("From", "MessagingServiceSid")] == [named]


def test_it_goes_where_the_account_says_and_asks_for_reports_where_we_can_be_reached() -> None:
    call = Twilio(replace(ACCOUNT, base_url="http://127.0.0.1:9000/", report_url=None)).render_mt(HELLO)
    assert call.url == f"http://127.0.0.1:9000/2010-04-01/Accounts/{SID}/Messages.json"
    assert "StatusCallback" not in call.form


@pytest.mark.parametrize("to", [(), (AMINA, OTIENO), (Msisdn("0712345678"),)])
def test_a_call_carries_one_number_and_no_other_is_spelled_out(to: tuple[Msisdn, ...]) -> None:
    assert TWILIO.max_recipients == 1
    with pytest.raises(ValueError, match="not one number twilio takes") as refused:
        TWILIO.render_mt(replace(HELLO, to=to))
    assert not [number for number in to if number in repr(refused.value)]


def test_the_same_number_twice_is_one() -> None:
    assert TWILIO.render_mt(replace(HELLO, to=(AMINA, AMINA))).form["To"] == AMINA


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        ("mt_queued", Accepted(S, None)),
        ("mt_priced", Accepted(S, "USD 0.0075")),
        ("mt_failed_at_once", TryLater("63018 rate limit", "busy")),
        ("mt_not_a_number", Rejected("21211 not a valid number")),
        ("mt_unsubscribed", Rejected("21610 unsubscribed: the person sent STOP", opted_out=True)),
        ("mt_region_off", TryLater("21408 sending to this region is not switched on", "account")),
        ("mt_unauthorized", TryLater("20003 wrong account or token", "account")),
        ("mt_throttled", TryLater("20429 too many requests", "busy")),
    ],
)
def test_an_answer_is_an_outcome(name: str, outcome: MtOutcome) -> None:
    assert TWILIO.read_mt(read("twilio", name).answer(), HELLO) == {AMINA: outcome}


@pytest.mark.parametrize(
    ("status", "cause"),
    [
        *((status, "account") for status in (401, 402, 403)),
        *((status, "down") for status in (301, 404, 408, 500, 503)),
        (429, "busy"),
    ],
)
def test_an_http_error_has_the_cause_that_decides_how_long_messages_wait(status: int, cause: str) -> None:
    """With 402 the account has no money: every message sent through it waits, and none is lost."""
    assert outcome_of(HttpAnswer(status, "text/plain", b"No")) == TryLater(f"HTTP {status} No", cause)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        *((status, TryLater) for status in (301, 400, 401, 402, 403, 404, 408, 413, 422, 429, 500, 502, 503)),
        *((status, Unsure) for status in (200, 201, 202, 204)),
    ],
)
def test_a_web_page_refuses_no_message(status: int, kind: type[MtOutcome]) -> None:
    """It comes from something that stands before Twilio."""
    assert isinstance(outcome_of(HttpAnswer(status, "text/html", b"<html>")), kind)


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        *((400, code, Rejected) for code in REFUSED),
        *((400, code, TryLater) for code in MAY_PASS),
        *((201, code, Rejected) for code in (*REFUSED, *FAILED, 31337)),
        *((201, code, TryLater) for code in MAY_PASS),
        (403, 21408, TryLater),
        (403, 31337, TryLater),
        (400, 31337, Rejected),
        (400, "21610", Rejected),
        (400, None, TryLater),
        (400, -1, TryLater),
        (404, 20404, TryLater),
    ],
)
def test_their_codes_are_outcomes(status: int, code: object, kind: type[MtOutcome]) -> None:
    reply = {"error_code" if status == 201 else "code": code, "sid": S, "message": "Sorry"}
    assert isinstance(outcome_of(answered(status, reply)), kind)


@pytest.mark.parametrize("status", [201, 400])
@pytest.mark.parametrize(("code", "is_of_sender"), [(21212, True), (21606, True), (21408, False), (30002, False)])
def test_another_sender_may_do_what_this_one_may_not(status: int, code: int, is_of_sender: bool) -> None:
    outcome = outcome_of(answered(status, {"error_code" if status == 201 else "code": code, "sid": S}))
    assert isinstance(outcome, TryLater)
    assert (outcome.cause, outcome.is_of_sender) == ("account", is_of_sender)


@pytest.mark.parametrize("sid", [None, "", 7, "a\0b", "a" * 201])
def test_taken_without_a_usable_id_is_unsure(sid: object) -> None:
    assert outcome_of(answered(201, {"sid": sid})) == Unsure("HTTP 201, no message id", is_unreadable=True)


def test_words_we_do_not_know_are_kept_short_on_one_line_and_without_our_token_or_a_number() -> None:
    message = f"Dear {TOKEN}\0,\r\nno SMS to +254712345678. {'Sorry. ' * 99}"
    outcome = outcome_of(answered(400, {"code": 31337, "message": message}))
    assert isinstance(outcome, Rejected)
    assert outcome.why.startswith("31337 Dear … , no SMS to +…. Sorry.")
    assert len(outcome.why) < 140


def test_no_token_is_in_any_repr() -> None:
    assert TOKEN not in f"{TWILIO!r} {ACCOUNT!r} {TWILIO.render_mt(HELLO)!r}"


JSON = st.recursive(st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20), st.lists)
REPLY = st.dictionaries(st.sampled_from(["code", "error_code", "message", "price", "price_unit", "status"]), JSON)


@given(st.binary(max_size=80) | st.builds(orjson.dumps, JSON | REPLY))
def test_any_body_leaves_an_outcome(body: bytes) -> None:
    for status in (201, 400, 500):
        assert not isinstance(outcome_of(HttpAnswer(status, "application/json", body)), Accepted)
