"""What Daraja answers at once, and what it means of the order."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.escrow.outcomes import Failed, FailReason, NotSent, OrderAccepted, Outcome, Paid, SendOutcome, Unknown
from gateway.events import HttpAnswer
from gateway.payments.daraja import replies
from gateway.payments.daraja.codes import ACCOUNT_ERRORS, PROMPT_FAILS
from tests.gateway.payments.daraja.daraja_account import (
    CHECKOUT,
    CONVERSATION,
    NOW,
    ORIGINATOR,
    answered,
    sample_answer,
)

LONG_AGO = NOW - timedelta(minutes=6)
MOMENTS_AGO = NOW - timedelta(minutes=4)
KNOWN_THERE = Unknown("Daraja has this order already: ask about it")


def error(code: str, words: str) -> dict[str, str]:
    return {"requestId": "11728-2929992-1", "errorCode": code, "errorMessage": words}


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        ("push_taken", OrderAccepted(CHECKOUT)),
        ("push_bad_number", Failed(FailReason.NOT_REGISTERED, "400.002.02", "Invalid PhoneNumber")),
        ("push_locked", Failed(FailReason.BUSY, "500.001.1001", "another prompt is open on this phone")),
        ("wrong_token", NotSent("404.001.03 wrong access token", "account")),
        ("spike", NotSent("HTTP 500 500.003.02 too many requests at once", "busy")),
    ],
)
def test_an_answer_to_a_prompt(name: str, outcome: SendOutcome) -> None:
    assert replies.read_push(sample_answer(name)) == outcome


def test_a_payout_known_already_is_asked_about_in_both_forms() -> None:
    assert replies.read_payout(sample_answer("payout_taken")) == OrderAccepted(CONVERSATION)
    assert replies.read_payout(sample_answer("payout_duplicate")) == KNOWN_THERE
    assert replies.read_payout(sample_answer("payout_duplicate_as_code")) == Unknown("ResponseCode 1: ask about it")


def test_a_reversal_is_known_by_the_id_that_daraja_makes_for_it() -> None:
    assert replies.read_reversal(sample_answer("reversal_taken")) == OrderAccepted(ORIGINATOR)


@pytest.mark.parametrize(
    ("words", "outcome"),
    [
        ("Wrong credentials", NotSent("500.001.1001 wrong credentials: passkey, initiator or certificate", "account")),
        ("Merchant does not exist", NotSent("500.001.1001 no such shortcode", "account")),
        (
            "Unable to lock subscriber, a transaction is already in process for the current subscriber",
            Failed(FailReason.BUSY, "500.001.1001", "another prompt is open on this phone"),
        ),
        ("The transaction is being processed", Unknown("500.001.1001 it is being processed", is_pending=True)),
        ("The transaction does not exist", Unknown("500.001.1001 no such transaction", is_missing=True)),
        ("Something new", Unknown("500.001.1001")),
    ],
)
def test_one_code_has_five_meanings(words: str, outcome: SendOutcome) -> None:
    assert replies.read_push(answered(500, error("500.001.1001", words))) == outcome


@pytest.mark.parametrize("code", ACCOUNT_ERRORS)
def test_an_error_of_the_account_keeps_the_order(code: str) -> None:
    outcome = replies.read_payout(answered(400, error(code, "no")))
    assert isinstance(outcome, NotSent) and outcome.cause == "account"


@pytest.mark.parametrize(
    ("field", "of_push", "of_payout"),
    [
        ("PhoneNumber", FailReason.NOT_REGISTERED, None),
        ("PartyA", FailReason.NOT_REGISTERED, None),
        ("PartyB", None, FailReason.NOT_REGISTERED),
        ("Amount", FailReason.LIMIT, FailReason.LIMIT),
        ("CallBackURL", None, None),
        ("SecurityCredential", None, None),
    ],
)
def test_a_bad_field_is_the_persons_or_ours(
    field: str, of_push: FailReason | None, of_payout: FailReason | None
) -> None:
    answer = answered(400, error("400.002.02", f"Bad Request - Invalid {field}"))
    for outcome, reason in ((replies.read_push(answer), of_push), (replies.read_payout(answer), of_payout)):
        if reason:
            assert isinstance(outcome, Failed) and outcome.reason is reason
        else:
            assert outcome == NotSent(f"400.002.02 invalid {field}", "account")


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (HttpAnswer(429, "text/plain", b"slow down", "30"), NotSent("HTTP 429", "busy", 30.0)),
        (HttpAnswer(403, "text/html", b"<html>"), NotSent("HTTP 403", "account")),
        (
            answered(500, error("500.003.03", "Quota Violation")),
            NotSent("HTTP 500 500.003.03 the quota is used up", "busy"),
        ),
        (answered(500, error("500.003.1001", "Internal Server Error")), Unknown("HTTP 500 500.003.1001")),
        (answered(500, error("500.002.1001", "System internal error.")), Unknown("Daraja: system internal error")),
        (answered(400, error("400.009.99", "?")), Unknown("HTTP 400 400.009.99")),
        (HttpAnswer(502, "text/html", b"<html>Bad Gateway"), Unknown("HTTP 502")),
        (HttpAnswer(404, "text/html", b"<html>"), Unknown("HTTP 404")),
        (HttpAnswer(302, "text/html", b""), Unknown("HTTP 302")),
        (HttpAnswer(200, "text/html", b"<html>blocked"), Unknown("the answer cannot be read: body: is not JSON")),
        (answered(200, []), Unknown("the answer cannot be read: body: must be a JSON object")),
        (answered(200, {"ResponseCode": 0, "ConversationID": CONVERSATION}), OrderAccepted(CONVERSATION)),
        (answered(200, {"ResponseCode": "0", "ConversationID": ""}), OrderAccepted()),
        (answered(200, {"ResponseCode": "99"}), Unknown("ResponseCode 99: ask about it")),
    ],
)  # fmt: skip
def test_every_other_answer(answer: HttpAnswer, outcome: SendOutcome) -> None:
    assert replies.read_payout(answer) == outcome


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        ("query_paid", Paid(rail_id=CHECKOUT)),
        ("query_processing", Unknown("the prompt is open", is_pending=True, rail_id=CHECKOUT)),
        ("query_processing_older", Unknown("500.001.1001 it is being processed", is_pending=True)),
        ("query_unknown", Unknown("500.001.1001 no such transaction", is_missing=True)),
        ("query_cancelled", Failed(FailReason.CANCELLED, "1032", "Request cancelled by user", CHECKOUT)),
        ("spike", Unknown("not asked: HTTP 500 500.003.02 too many requests at once")),
        ("wrong_token", Unknown("not asked: 404.001.03 wrong access token")),
    ],
)
def test_the_query_of_a_prompt(name: str, outcome: Outcome) -> None:
    assert replies.read_push_state(sample_answer(name), CHECKOUT, LONG_AGO, NOW) == outcome


@pytest.mark.parametrize("code", PROMPT_FAILS)
def test_a_query_that_says_failed_is_believed_after_its_callback_had_time(code: str) -> None:
    """The sandbox's query has said failed of a prompt whose callback said paid."""
    answer = answered(200, {"ResponseCode": "0", "ResultCode": code, "ResultDesc": "no"})
    early = replies.read_push_state(answer, CHECKOUT, MOMENTS_AGO, NOW)
    assert isinstance(early, Unknown) and early.is_pending
    assert replies.read_push_state(answer, CHECKOUT, LONG_AGO, NOW) == Failed(PROMPT_FAILS[code], code, "no", CHECKOUT)


def test_1037_is_told_apart_by_its_words() -> None:
    def said(words: str) -> Outcome:
        answer = answered(200, {"ResponseCode": "0", "ResultCode": "1037", "ResultDesc": words})
        return replies.read_push_state(answer, CHECKOUT, LONG_AGO, NOW)

    assert said("The transaction is still under processing") == Unknown(
        "the prompt is open", is_pending=True, rail_id=CHECKOUT
    )
    assert isinstance(said("DS timeout user cannot be reached"), Failed)


@pytest.mark.parametrize(
    "reply",
    [
        {"ResponseCode": "0"},
        {"ResponseCode": "1", "ResultCode": "0"},
        {"ResultCode": "0"},
        {"ResponseCode": "0", "ResultCode": "00"},
        {"ResponseCode": "0", "ResultCode": None},
        {"ResponseCode": "0", "ResultCode": "8888"},
    ],
)
def test_a_query_that_says_nothing_clear_is_unknown(reply: object) -> None:
    assert isinstance(replies.read_push_state(answered(200, reply), CHECKOUT, LONG_AGO, NOW), Unknown)


def test_a_question_is_answered_later_whatever_comes_at_once() -> None:
    assert replies.read_question(sample_answer("payout_taken")).is_pending
    for name in ("payout_duplicate", "payout_duplicate_as_code", "push_bad_number", "spike", "wrong_token"):
        assert not replies.read_question(sample_answer(name)).is_pending


@given(
    st.sampled_from([200, 201, 302, 400, 401, 403, 404, 429, 500, 502, 503]),
    st.binary(max_size=50)
    | st.dictionaries(
        st.sampled_from(["ResponseCode", "ResultCode", "errorCode", "errorMessage", "ResultDesc", "CheckoutRequestID"]),
        st.none() | st.text(max_size=12) | st.integers() | st.lists(st.text(max_size=3)) | st.sampled_from(["0", "1"]),
    ).map(lambda reply: answered(200, {k: str(v) if isinstance(v, int) else v for k, v in reply.items()}).body),
)
def test_no_answer_raises(status: int, body: bytes) -> None:
    answer = HttpAnswer(status, "application/json", body, "soon")
    for read in (replies.read_push, replies.read_payout, replies.read_reversal, replies.read_question):
        outcome = read(answer)
        assert not isinstance(outcome, Paid), "an answer at once is never money"
        assert status < 300 or not isinstance(outcome, OrderAccepted)
    replies.read_push_state(answer, CHECKOUT, LONG_AGO, NOW)
