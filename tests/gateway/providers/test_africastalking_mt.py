"""Africa's Talking's sending: the request it wants, and what each of its answers means for each number."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.fields.msisdn import Msisdn
from gateway.events import Accepted, HttpAnswer, MtOutcome, MtSms, ProviderAccount, Rejected, TryLater, Unsure
from gateway.providers.africastalking import AfricasTalking
from tests.wire import read
from values.frozen import replace

KEY = "atsk_4c1ffe5ecret"
AT = AfricasTalking(ProviderAccount("voicepact", KEY, sender_id="VOICEPACT"))
AMINA, OTIENO, WANJIKU = Msisdn("+254711000001"), Msisdn("+254711000002"), Msisdn("+254711000003")
TO_ONE = MtSms((Msisdn("+254712345678"),), "Hello")
TO_THREE = MtSms((AMINA, OTIENO, WANJIKU), "Hello")


def replied(*recipients: object, message: str = "Sent to 1/1", status: int = 201) -> HttpAnswer:
    """A messaging reply in their JSON."""
    reply = {"SMSMessageData": {"Message": message, "Recipients": recipients}}
    return HttpAnswer(status, "application/json", orjson.dumps(reply))


def recipient(number: object, code: object, status: str = "Success", message_id: object = "None") -> dict[str, object]:
    return {"cost": "0", "messageId": message_id, "number": number, "status": status, "statusCode": code}


@pytest.mark.parametrize(
    ("username", "base_url", "url"),
    [
        ("voicepact", None, "https://api.africastalking.com/version1/messaging"),
        ("sandbox", None, "https://api.sandbox.africastalking.com/version1/messaging"),
        ("sandbox", "http://127.0.0.1:9000/", "http://127.0.0.1:9000/version1/messaging"),
    ],
)
def test_a_text_goes_where_the_account_says(username: str, base_url: str | None, url: str) -> None:
    call = AfricasTalking(ProviderAccount(username, KEY, base_url=base_url)).render_mt(TO_ONE)
    assert (call.method, call.url, call.form["username"]) == ("POST", url, username)


def test_one_call_carries_a_text_to_many_once_each() -> None:
    call = AT.render_mt(MtSms((AMINA, OTIENO, AMINA), "Habari ya ng’ombe?"))
    assert call.form == {
        "username": "voicepact",
        "to": "+254711000001,+254711000002",
        "message": "Habari ya ng’ombe?",
        "bulkSMSMode": "1",
        "from": "VOICEPACT",
    }
    assert call.headers["apiKey"] == KEY
    assert call.headers["Accept"] == "application/json"


def test_a_text_may_name_its_own_sender_and_an_account_none() -> None:
    assert AT.render_mt(replace(TO_ONE, sender_id="21512")).form["from"] == "21512"
    assert "from" not in AfricasTalking(ProviderAccount("voicepact", KEY, sender_id="")).render_mt(TO_ONE).form


def test_a_number_they_cannot_reach_is_refused_without_spelling_it_out() -> None:
    with pytest.raises(ValueError, match="not numbers africastalking takes") as refused:
        AT.render_mt(MtSms((Msisdn("0712345678"),), "Hello"))
    assert "0712345678" not in repr(refused.value)


def test_a_queued_text_is_accepted() -> None:
    assert AT.read_mt(read("africastalking", "mt_queued").answer(), TO_ONE) == {
        "+254712345678": Accepted("ATXid_0a1b2c3d4e5f60718293a4b5c6d7e8f9", "KES 0.8000")
    }


def test_each_recipient_gets_an_outcome_of_its_own() -> None:
    assert AT.read_mt(read("africastalking", "mt_mixed").answer(), TO_THREE) == {
        AMINA: Accepted("ATXid_11111111111111111111111111111111", "KES 0.8000"),
        OTIENO: Rejected("406 UserInBlacklist", opted_out=True),
        WANJIKU: TryLater("405 InsufficientBalance", "account"),
    }


@pytest.mark.reported("B34")
def test_with_a_bad_sender_id_behind_a_201_all_wait_for_an_operator() -> None:
    outcomes = AT.read_mt(read("africastalking", "mt_invalid_sender").answer(), TO_THREE)
    assert outcomes == dict.fromkeys(TO_THREE.to, TryLater("InvalidSenderId", "account", is_of_sender=True))


@pytest.mark.reported("B34")
@pytest.mark.parametrize(("code", "status"), [(401, "RiskHold"), (402, "InvalidSenderId")])
def test_what_an_operator_mends_for_the_account_loses_no_message(code: int, status: str) -> None:
    outcomes = AT.read_mt(replied(recipient(AMINA, code, status)), MtSms((AMINA,), "Hello"))
    assert outcomes == {AMINA: TryLater(f"{code} {status}", "account", is_of_sender=code == 402)}


def test_a_wrong_key_loses_no_message() -> None:
    outcomes = AT.read_mt(read("africastalking", "mt_unauthorized").answer(), TO_THREE)
    assert outcomes == dict.fromkeys(
        TO_THREE.to, TryLater("HTTP 401 The supplied authentication is invalid", "account")
    )


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
    assert AT.read_mt(HttpAnswer(status, "text/plain", b"No"), TO_ONE)[TO_ONE.to[0]] == TryLater(
        f"HTTP {status} No", cause
    )


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        *((status, TryLater) for status in (301, 400, 401, 402, 403, 404, 408, 413, 422, 429, 500, 502, 503)),
        *((status, Unsure) for status in (200, 201, 202, 204)),
    ],
)
@pytest.mark.parametrize("body", [b"<html>", b" \n<!DOCTYPE html>", b"", b" "])
def test_a_web_page_or_nothing_refuses_no_message(status: int, kind: type[MtOutcome], body: bytes) -> None:
    """It comes from something that stands before Africa's Talking."""
    (outcome,) = AT.read_mt(HttpAnswer(status, "text/html", body), TO_ONE).values()
    assert isinstance(outcome, kind)


@pytest.mark.parametrize("status", [400, 413, 422])
def test_a_reason_in_words_refuses_the_message(status: int) -> None:
    (outcome,) = AT.read_mt(HttpAnswer(status, "text/plain", b"Request is missing a message"), TO_ONE).values()
    assert outcome == Rejected(f"HTTP {status} Request is missing a message")


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        *((code, Accepted) for code in (100, 101, 102, "101")),
        *((code, Rejected) for code in (403, 404, 406, 407, 409, 502, "403")),
        *((code, TryLater) for code in (401, 402, 405, 500, 501)),
        *((code, Unsure) for code in (103, 999, None, True, "one", -101)),
    ],
)
def test_their_codes_are_outcomes(code: object, kind: type[MtOutcome]) -> None:
    (outcome,) = AT.read_mt(replied(recipient("+254712345678", code, message_id="ATXid_1")), TO_ONE).values()
    assert isinstance(outcome, kind)


@pytest.mark.parametrize("message_id", ["None", "", None, "a\0b", "a" * 201])
def test_taken_without_a_usable_id_is_unsure(message_id: str | None) -> None:
    answer = replied(recipient("+254712345678", 101, message_id=message_id))
    assert AT.read_mt(answer, TO_ONE) == {"+254712345678": Unsure("101 Success, no message id")}


@pytest.mark.parametrize("number", ["+254711000002", "254711000002", " 254711000002", 254711000002, "0711000002"])
def test_a_recipient_is_found_in_any_spelling(number: object) -> None:
    outcomes = AT.read_mt(replied(recipient(number, 101, message_id="ATXid_2")), TO_THREE)
    assert outcomes[OTIENO] == Accepted("ATXid_2", "0")
    assert outcomes[AMINA] == outcomes[WANJIKU] == Unsure("the reply does not name this number")


def test_a_masked_number_is_still_the_only_one_asked_for() -> None:
    answer = replied(recipient("+2547123XXX78", 101, message_id="ATXid_2"))
    assert AT.read_mt(answer, TO_ONE) == {"+254712345678": Accepted("ATXid_2", "0")}


def test_somebody_elses_number_is_not_ours() -> None:
    answer = replied(recipient(OTIENO, 101, message_id="ATXid_2"))
    assert isinstance(AT.read_mt(answer, TO_ONE)[TO_ONE.to[0]], Unsure)


def test_of_two_outcomes_for_one_number_the_acceptance_stands() -> None:
    rows = recipient(AMINA, 102, message_id="ATXid_1"), recipient(AMINA, 406, "UserInBlacklist"), "junk"
    assert AT.read_mt(replied(*rows), TO_THREE)[AMINA] == Accepted("ATXid_1", "0")


@pytest.mark.parametrize(
    ("message", "outcome"),
    [
        ("InsufficientBalance", TryLater("InsufficientBalance", "account")),
        ("UserInBlacklist", Rejected("UserInBlacklist")),
        ("Sent to 0/1 Total Cost: 0", Unsure("Sent to 0/1 Total Cost: 0")),
        ("", Unsure("the reply names no recipient")),
    ],
)
def test_without_recipients_the_message_speaks_for_all(message: str, outcome: MtOutcome) -> None:
    assert AT.read_mt(replied(message=message), TO_ONE) == {"+254712345678": outcome}


def test_a_providers_own_words_are_kept_short_on_one_line_and_without_our_key_or_a_number() -> None:
    body = f"Dear {KEY}\0,\r\nno SMS to +254712345678. {'Sorry. ' * 99}"
    (outcome,) = AT.read_mt(HttpAnswer(500, "text/plain", body.encode()), TO_ONE).values()
    assert isinstance(outcome, TryLater)
    assert outcome.why.startswith("HTTP 500 Dear … , no SMS to +…. Sorry.")
    assert len(outcome.why) < 140


JSON = st.recursive(st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20), st.lists)
ROW = st.dictionaries(st.sampled_from(["number", "statusCode", "messageId", "status", "cost"]), JSON)


@given(st.binary(max_size=80) | st.builds(orjson.dumps, JSON | st.dictionaries(st.just("SMSMessageData"), JSON)))
def test_any_body_leaves_an_outcome_for_everyone(body: bytes) -> None:
    for status in (201, 500):
        outcomes = AT.read_mt(HttpAnswer(status, "application/json", body), TO_THREE)
        assert set(outcomes) == set(TO_THREE.to)
        assert not any(isinstance(outcome, Accepted) for outcome in outcomes.values())


@given(st.lists(ROW | JSON, max_size=4), JSON)
def test_any_recipients_leave_an_outcome_for_everyone(rows: list[object], message: object) -> None:
    body = orjson.dumps({"SMSMessageData": {"Message": message, "Recipients": rows}})
    assert set(AT.read_mt(HttpAnswer(201, "application/json", body), TO_THREE)) == set(TO_THREE.to)
