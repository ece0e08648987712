"""Daraja's callbacks: each sample says what it says; what cannot be read names its field, and nothing else happens."""

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.escrow.outcomes import Failed, FailReason, Paid, Unknown
from gateway.events import BadWire
from gateway.payments.daraja import account as kinds
from gateway.payments.daraja.callbacks import read_news, read_question
from gateway.payments.daraja.codes import PAYOUT_FAILS, PROMPT_FAILS
from gateway.payments.port import Balance, BalanceNews, Callback, MoneyCame, News, PaymentQuestion, TransferNews
from tests.gateway.payments.daraja.daraja_account import (
    ACCOUNT,
    CHECKOUT,
    CONVERSATION,
    JANE,
    ORIGINATOR,
    OWN_ID,
    callback_of,
    kes,
    sample_callback,
)
from tests.wire import read
from values.frozen import replace

KINDS = [
    kinds.STK, kinds.RESULT, kinds.TIMEOUT, kinds.REVERSAL, kinds.REVERSAL_TIMEOUT, kinds.STATUS, kinds.STATUS_TIMEOUT,
    kinds.BALANCE, kinds.PAYOUT_BALANCE, kinds.VALIDATION, kinds.CONFIRMATION,
]  # fmt: skip
SAMPLES = [
    "stk_paid", "stk_cancelled", "result_paid", "result_no_funds", "reversal_done", "status_completed", "balance",
    "confirmation_masked", "validation",
]  # fmt: skip


def utc(hour: int, minute: int, second: int = 0) -> datetime:
    return datetime(2026, 11, 23, hour, minute, second, tzinfo=UTC)


def news(callback: Callback) -> News:
    (found,) = read_news(callback, ACCOUNT)
    return found


PROMPT_PAID = Paid("TKN1A2B3C4", kes(150), utc(7, 1, 26), JANE, CHECKOUT)
PAYOUT_PAID = Paid("TKN9Z8Y7X6", kes(150), utc(7, 5), JANE, CONVERSATION)
MASKED = MoneyCame("TKN5P6Q7R8", kes(1500), "1234 5678", "2547****022", utc(7, 20, 30))
ASKED_PAID = Paid("TKN9Z8Y7X6", kes(150), utc(7, 5), JANE)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("stk_paid", TransferNews(OWN_ID, CHECKOUT, PROMPT_PAID)),
        ("stk_paid_four_items", TransferNews(OWN_ID, CHECKOUT, PROMPT_PAID)),
        (
            "stk_cancelled",
            TransferNews(OWN_ID, CHECKOUT, Failed(FailReason.CANCELLED, "1032", "Request cancelled by user", CHECKOUT)),
        ),
        ("result_paid", TransferNews(OWN_ID, CONVERSATION, PAYOUT_PAID)),
        ("result_paid_other_id", TransferNews(OWN_ID, CONVERSATION, PAYOUT_PAID)),
        (
            "result_timeout",
            TransferNews(OWN_ID, None, Unknown("it timed out in Daraja's queue: ask about it")),
        ),
        (
            "reversal_done",
            TransferNews(OWN_ID, ORIGINATOR, Paid("TKNREV1234", kes(150), utc(7, 15), JANE, ORIGINATOR)),
        ),
        ("reversal_before", TransferNews(OWN_ID, ORIGINATOR, Paid(rail_id=ORIGINATOR))),
        ("status_completed", TransferNews(OWN_ID, None, ASKED_PAID, is_answer=True)),
        ("status_declined", TransferNews(OWN_ID, None, Failed(FailReason.REFUSED, "declined"), is_answer=True)),
        (
            "status_pending",
            TransferNews(OWN_ID, None, Unknown("its status is pending-authorized", is_pending=True), is_answer=True),
        ),
        (
            "status_one_parameter",
            TransferNews(OWN_ID, None, Unknown("its status is authorized", is_pending=True), is_answer=True),
        ),
        (
            "status_failed_question",
            TransferNews(OWN_ID, None, Unknown("the question failed: ResultCode 2001"), is_unanswered=True),
        ),
        ("confirmation_masked", MASKED),
        (
            "confirmation_hashed",
            replace(MASKED, payer=hashlib.sha256(JANE.removeprefix("+").encode()).hexdigest()),
        ),
    ],
)
def test_a_sample_says_what_it_says(name: str, said: News) -> None:
    assert news(sample_callback(name)) == said


def test_a_validation_asks_and_nothing_has_come_yet() -> None:
    assert not read_news(sample_callback("validation"), ACCOUNT)
    assert read_question(sample_callback("validation"), ACCOUNT) == PaymentQuestion(kes(1500), "1234 5678")


@pytest.mark.parametrize("amount", ["0.00", "-5.00", None, "a lot", "9" * 20])
def test_an_amount_that_is_none_is_asked_about_as_nothing(amount: str | None) -> None:
    body = {**orjson.loads(read("daraja", "validation").body), "TransAmount": amount}
    assert read_question(callback_of(kinds.VALIDATION, body), ACCOUNT).money == kes(0)
    with pytest.raises(BadWire, match="BusinessShortCode"):
        read_question(callback_of(kinds.VALIDATION, {**body, "BusinessShortCode": "600999"}), ACCOUNT)


def test_a_balance_names_the_shortcode_because_two_have_the_same_purses() -> None:
    found = news(sample_callback("balance", None))
    assert isinstance(found, BalanceNews)
    assert found.balances[2:4] == (
        Balance("600000 Utility Account", kes("49217.50")), Balance("600000 Charges Paid Account", kes(-220)),
    )  # fmt: skip
    paying = replace(ACCOUNT, payout_shortcode="600001")
    (other,) = read_news(callback_of(kinds.PAYOUT_BALANCE, read("daraja", "balance").body, None), paying)
    assert isinstance(other, BalanceNews) and other.balances[0].name == "600001 Working Account"


def test_without_our_id_in_the_path_the_ids_in_the_body_name_the_transfer() -> None:
    """The envelope of a status names the question; the payment's own ids are in its parameters."""
    assert news(sample_callback("stk_paid", None)) == TransferNews(None, CHECKOUT, PROMPT_PAID)
    assert news(sample_callback("result_paid", None)) == TransferNews(OWN_ID, CONVERSATION, PAYOUT_PAID)
    assert news(sample_callback("result_paid_other_id", None)) == TransferNews(None, CONVERSATION, PAYOUT_PAID)
    asked = "AG_20261123_0000cccc3333dddd4444"
    assert news(sample_callback("status_completed", None)) == TransferNews(OWN_ID, asked, ASKED_PAID, is_answer=True)
    assert not read_news(sample_callback("status_failed_question", None), ACCOUNT), "it names no payment at all"
    timed_out = news(sample_callback("result_timeout", None))
    assert isinstance(timed_out, TransferNews) and timed_out.rail_id == CONVERSATION


def test_a_name_of_a_person_goes_nowhere() -> None:
    everything = "".join(repr(read_news(sample_callback(name), ACCOUNT)) for name in SAMPLES)
    said = [news(sample_callback(name)) for name in ("result_paid", "status_completed", "confirmation_masked")]
    kept = orjson.dumps([str(each.outcome.payer if isinstance(each, TransferNews) else each.payer) for each in said])  # type: ignore[union-attr]  # all three have a payer
    assert b"Jane" not in kept and "Jane" not in everything and JANE not in everything


@pytest.mark.parametrize("code", PROMPT_FAILS)
@pytest.mark.parametrize("spelled", [str, lambda code: int(code) if code.isdigit() else code])
def test_every_code_of_a_prompt_fails_it_as_a_string_or_a_number(code: str, spelled: Any) -> None:
    told = {"MerchantRequestID": "m", "CheckoutRequestID": CHECKOUT, "ResultCode": spelled(code), "ResultDesc": "no"}
    found = news(callback_of(kinds.STK, {"Body": {"stkCallback": told}}))
    assert found == TransferNews(OWN_ID, CHECKOUT, Failed(PROMPT_FAILS[code], code, "no", CHECKOUT))


@pytest.mark.parametrize("code", PAYOUT_FAILS)
def test_every_code_of_a_payout_fails_it(code: str) -> None:
    found = news(callback_of(kinds.RESULT, result(code)))
    assert found == TransferNews(OWN_ID, CONVERSATION, Failed(PAYOUT_FAILS[code], code, "no", CONVERSATION))


@pytest.mark.parametrize("code", ["15", "17", "18", "20", "22", "24", "25", "26", "29", "01", "00", "7777", "SFC_IC9"])
def test_a_code_that_is_not_final_leaves_a_payout_unknown(code: str) -> None:
    found = news(callback_of(kinds.RESULT, result(code)))
    assert isinstance(found, TransferNews) and isinstance(found.outcome, Unknown)


def test_the_same_code_means_another_thing_of_a_prompt_and_of_a_payout() -> None:
    assert (PROMPT_FAILS["1"], PAYOUT_FAILS["1"]) == (FailReason.NO_FUNDS, FailReason.OUR_FUNDS)
    assert (PROMPT_FAILS["2001"], PAYOUT_FAILS["2001"]) == (FailReason.WRONG_PIN, FailReason.OUR_FUNDS)


def test_words_of_a_failure_show_no_number() -> None:
    told = {"CheckoutRequestID": CHECKOUT, "ResultCode": "1", "ResultDesc": "254711000022 has\nno funds"}
    found = news(callback_of(kinds.STK, {"Body": {"stkCallback": told}}))
    assert isinstance(found, TransferNews) and isinstance(found.outcome, Failed)
    assert found.outcome.words == "… has no funds"


def test_a_parameter_that_decides_must_not_be_there_twice() -> None:
    body = orjson.loads(read("daraja", "result_paid").body)
    body["Result"]["ResultParameters"]["ResultParameter"].append({"Key": "TransactionAmount", "Value": 150000})
    with pytest.raises(BadWire) as bad:
        read_news(callback_of(kinds.RESULT, body), ACCOUNT)
    assert bad.value.field == "TransactionAmount"


WRONG_AMOUNTS: list[Any] = [
    None,
    "",
    "-1",
    -1,
    0,
    "0.00",
    True,
    "1e3",
    1e300,
    "1.005",
    [],
    {},
    "150,00",
    "NaN",
    "1" * 13,
]
WRONG_CODES: list[Any] = [None, True, 0.0, "", [], "a b", "9" * 25]
BAD: list[tuple[str, tuple[str | int, ...], Any, str]] = [
    *(("stk_paid", ("Body", "stkCallback", "CallbackMetadata", "Item", 0, "Value"), amount, "Amount")
      for amount in WRONG_AMOUNTS),
    *(("result_paid", ("Result", "ResultParameters", "ResultParameter", 0, "Value"), amount, "TransactionAmount")
      for amount in WRONG_AMOUNTS),
    *(("confirmation_masked", ("TransAmount",), amount, "TransAmount") for amount in WRONG_AMOUNTS),
    *(("stk_paid", ("Body", "stkCallback", "ResultCode"), code, "ResultCode")
      for code in WRONG_CODES),
    *(("result_paid", ("Result", "ConversationID"), value, "ConversationID") for value in (None, "", 7, "a b", "é")),
    ("stk_paid", ("Body",), None, "Body"),
    ("stk_paid", ("Body",), [], "Body"),
    ("stk_paid", ("Body", "stkCallback"), "x", "stkCallback"),
    ("stk_paid", ("Body", "stkCallback", "CheckoutRequestID"), None, "CheckoutRequestID"),
    ("stk_paid", ("Body", "stkCallback", "CallbackMetadata"), None, "CallbackMetadata"),
    ("stk_paid", ("Body", "stkCallback", "CallbackMetadata", "Item"), None, "Item"),
    ("stk_paid", ("Body", "stkCallback", "CallbackMetadata", "Item"), ["x"], "Item"),
    ("stk_paid", ("Body", "stkCallback", "CallbackMetadata", "Item", 1, "Value"), None, "MpesaReceiptNumber"),
    ("stk_paid", ("Body", "stkCallback", "CallbackMetadata", "Item", 1, "Value"), 12, "MpesaReceiptNumber"),
    ("stk_paid", ("Body", "stkCallback", "CallbackMetadata", "Item", 1, "Name"), "No", "MpesaReceiptNumber"),
    ("result_paid", ("Result",), None, "Result"),
    ("result_paid", ("Result", "ResultParameters"), None, "ResultParameters"),
    ("result_paid", ("Result", "ResultParameters", "ResultParameter"), 3, "ResultParameter"),
    ("reversal_done", ("Result", "OriginatorConversationID"), None, "OriginatorConversationID"),
    ("reversal_done", ("Result", "TransactionID"), None, "TransactionID"),
    ("reversal_done", ("Result", "ResultParameters", "ResultParameter", 1, "Value"), -150, "Amount"),
    ("status_completed", ("Result", "ResultParameters", "ResultParameter", 8, "Value"), None, "TransactionStatus"),
    ("status_completed", ("Result", "ResultParameters", "ResultParameter", 10, "Value"), "-150.00", "Amount"),
    ("status_completed", ("Result", "ResultParameters", "ResultParameter", 12, "Value"), "", "ReceiptNo"),
    ("balance", ("Result", "ResultParameters", "ResultParameter", 0, "Value"), None, "AccountBalance"),
    ("balance", ("Result", "ResultParameters", "ResultParameter", 0, "Value"), "Utility|KES", "AccountBalance"),
    ("balance", ("Result", "ResultParameters", "ResultParameter", 0, "Value"), "Utility|KES|NaN", "AccountBalance"),
    ("confirmation_masked", ("TransID",), None, "TransID"),
    ("confirmation_masked", ("TransID",), ["TKN5P6Q7R8"], "TransID"),
    ("confirmation_masked", ("BusinessShortCode",), None, "BusinessShortCode"),
    ("confirmation_masked", ("BusinessShortCode",), "600999", "BusinessShortCode"),
    ("confirmation_masked", ("BillRefNumber",), {"a": 1}, "BillRefNumber"),
    ("confirmation_masked", ("BillRefNumber",), "x" * 201, "BillRefNumber"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "path", "value", "field"), BAD)
def test_a_wrong_field_is_named_and_its_value_is_not_shown(
    name: str, path: tuple[str | int, ...], value: object, field: str
) -> None:
    body = orjson.loads(read("daraja", name).body)
    place = body
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    with pytest.raises(BadWire) as bad:
        read_news(callback_of(sample_callback(name).kind, body), ACCOUNT)
    assert bad.value.field == field
    assert not isinstance(value, str) or len(value) < 5 or value not in str(bad.value)


@pytest.mark.parametrize(
    ("name", "path", "value"),
    [
        ("stk_paid", ("Body", "stkCallback", "CallbackMetadata", "Item", 3, "Value"), "yesterday"),
        ("stk_paid", ("Body", "stkCallback", "CallbackMetadata", "Item", 3, "Value"), 20260231000000),
        ("stk_paid", ("Body", "stkCallback", "CallbackMetadata", "Item", 4, "Value"), {"of": "a phone"}),
        ("result_paid", ("Result", "ResultParameters", "ResultParameter", 3, "Value"), 99),
        ("result_paid", ("Result", "ResultParameters", "ResultParameter", 2, "Value"), None),
        ("result_paid", ("Result", "ReferenceData"), None),
        ("confirmation_masked", ("TransTime",), None),
        ("confirmation_masked", ("MSISDN",), "somebody"),
        ("confirmation_masked", ("BillRefNumber",), None),
        ("confirmation_masked", ("BillRefNumber",), 12345678),
    ],
)
def test_what_decides_nothing_may_be_wrong(name: str, path: tuple[str | int, ...], value: object) -> None:
    """A callback that is refused for it would be lost, and with it the news of money."""
    body = orjson.loads(read("daraja", name).body)
    place = body
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    assert read_news(callback_of(sample_callback(name).kind, body), ACCOUNT)


def test_a_path_without_a_kind_of_ours_is_refused() -> None:
    with pytest.raises(BadWire, match="path: "):
        read_news(callback_of("query", {}), ACCOUNT)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)


def places(value: object) -> Iterator[tuple[Any, Any]]:
    """Every (container, key) of a JSON value."""
    pairs = (
        list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else ()
    )
    for key, inner in pairs:
        yield value, key
        yield from places(inner)


@given(st.sampled_from(KINDS), JSON | st.binary(max_size=60), st.sampled_from([None, OWN_ID]))
def test_whatever_comes_is_news_or_bad_wire(kind: str, body: object, own_id: str | None) -> None:
    with suppress(BadWire):
        read_news(callback_of(kind, body, own_id), ACCOUNT)


@given(st.data(), st.sampled_from(SAMPLES), st.sampled_from(KINDS), st.sampled_from([None, OWN_ID]))
def test_a_sample_with_anything_in_any_place_is_news_or_bad_wire(
    data: st.DataObject, name: str, kind: str, own_id: str | None
) -> None:
    body = orjson.loads(read("daraja", name).body)
    container, key = data.draw(st.sampled_from(list(places(body))))
    container[key] = data.draw(JSON)
    callback = callback_of(data.draw(st.sampled_from([kind, sample_callback(name).kind])), body, own_id)
    with suppress(BadWire):
        for each in read_news(callback, ACCOUNT):
            money = each.outcome.money if isinstance(each, TransferNews) and isinstance(each.outcome, Paid) else None
            assert money is None or money.minor > 0
            assert not isinstance(each, MoneyCame) or each.money.minor > 0


def result(code: str) -> dict[str, object]:
    """A payout's result without parameters."""
    ids = {"OriginatorConversationID": OWN_ID, "ConversationID": CONVERSATION, "TransactionID": "TKN0000000"}
    return {"Result": {"ResultType": 0, "ResultCode": code, "ResultDesc": "no", **ids}}
