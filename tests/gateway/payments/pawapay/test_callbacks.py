"""pawaPay's callbacks: what they say, and that no body makes another error than BadWire."""

import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.escrow.outcomes import Failed, FailReason, Paid, Unknown
from gateway.events import BadWire
from gateway.payments.pawapay.api import PawaPayAccount
from gateway.payments.pawapay.rail import PawaPay
from gateway.payments.pawapay.transfers import BY_PATH
from gateway.payments.port import TransferNews
from tests.gateway.payments.pawapay.prepared_answers import (
    AMINA,
    DEPOSIT,
    KES_100,
    PAYOUT,
    REFUND,
    TOKEN,
    Clock,
    callback,
)
from tests.wire import read


@pytest.fixture(scope="module")
async def rail() -> AsyncIterator[PawaPay]:
    """It asks nobody: to read a callback needs no call."""
    async with aiohttp.ClientSession() as http:
        yield PawaPay(PawaPayAccount(TOKEN), http, Clock())


COMPLETED: dict[str, Any] = json.loads(read("pawapay", "callback_completed").body)


@pytest.mark.parametrize(
    ("sample", "news"),
    [
        ("callback_completed", TransferNews(DEPOSIT, None, Paid("TXX0000002", KES_100, payer=AMINA))),
        ("callback_refunded", TransferNews(REFUND, None, Paid("TXX0000003", KES_100, payer=AMINA))),
        (
            "callback_failed",
            TransferNews(
                PAYOUT, None,
                Failed(
                    FailReason.NOT_REGISTERED, "RECIPIENT_NOT_FOUND",
                    "The phone number … does not belong to a wallet.",
                ),
            ),
        ),
    ],
)  # fmt: skip
async def test_what_a_callback_says(rail: PawaPay, sample: str, news: TransferNews) -> None:
    assert rail.read_callback(callback(sample)) == [news]
    assert rail.answer_callback(callback(sample)).body == b"{}"


def said(rail: PawaPay, **changed: object) -> TransferNews:
    body = orjson.dumps({name: value for name, value in (COMPLETED | changed).items() if value is not ...})
    (news,) = rail.read_callback(callback("callback_completed", body=body))
    assert isinstance(news, TransferNews)
    return news


@pytest.mark.parametrize("status", ["ACCEPTED", "PROCESSING", "IN_RECONCILIATION", "ENQUEUED"])
async def test_what_is_under_way_is_pending(rail: PawaPay, status: str) -> None:
    assert said(rail, status=status).outcome == Unknown(status, is_pending=True)


async def test_a_status_that_is_new_to_us_is_neither_paid_nor_failed(rail: PawaPay) -> None:
    assert said(rail, status="SETTLED").outcome == Unknown("SETTLED: a status that is new to us")


async def test_a_payment_may_have_no_receipt_and_name_nobody(rail: PawaPay) -> None:
    assert said(rail, providerTransactionId=..., payer=...).outcome == Paid(None, KES_100)


async def test_an_id_in_capitals_is_ours_all_the_same(rail: PawaPay) -> None:
    assert said(rail, depositId=DEPOSIT.upper()).own_id == DEPOSIT


async def test_a_phone_is_found_in_the_spelling_of_an_old_sample(rail: PawaPay) -> None:
    payer = {"accountDetails": {"phoneNUmber": "254700000041"}}
    assert said(rail, payer=payer).outcome == Paid("TXX0000002", KES_100, payer=AMINA)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"depositId": ...}, "depositId"),
        ({"depositId": "1"}, "depositId"),
        ({"depositId": 7}, "depositId"),
        ({"depositId": ..., "payoutId": PAYOUT}, "depositId"),
        ({"status": ...}, "status"),
        ({"status": "TWO WORDS"}, "status"),
        ({"status": ["COMPLETED"]}, "status"),
        ({"amount": "-100.00"}, "amount"),
        ({"amount": ...}, "amount"),
        ({"currency": "USD"}, "currency"),
        ({"providerTransactionId": "TXX\u0000"}, "providerTransactionId"),
        ({"providerTransactionId": 7}, "providerTransactionId"),
    ],
)
async def test_a_callback_that_cannot_be_one_names_its_field_and_shows_nothing(
    rail: PawaPay, changed: dict[str, object], field: str
) -> None:
    with pytest.raises(BadWire) as bad:
        said(rail, **changed)
    assert bad.value.field == field
    assert "254700000041" not in str(bad.value) and "-100" not in str(bad.value)


@pytest.mark.parametrize("kind", ["stk", "", "deposits/x"])
async def test_a_path_that_pawapay_does_not_have(rail: PawaPay, kind: str) -> None:
    with pytest.raises(BadWire, match="kind: must be one of deposits, payouts, refunds"):
        rail.read_callback(callback("callback_completed", kind=kind))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=8,
)
FIELDS = st.dictionaries(
    st.sampled_from([*COMPLETED, "payoutId", "refundId", "recipient", "failureReason"]),
    JSON | st.sampled_from(["COMPLETED", "FAILED", "100.00", "KES", DEPOSIT, {"failureCode": "X"}]),
)


@given(fields=FIELDS, kind=st.sampled_from(list(BY_PATH)), keeps=st.booleans())
async def test_no_fields_make_another_error_than_bad_wire(
    rail: PawaPay, fields: dict[str, Any], kind: str, *, keeps: bool
) -> None:
    _read(rail, orjson.dumps(COMPLETED | fields if keeps else fields), kind)


@given(body=st.binary(max_size=200), kind=st.text(max_size=10) | st.sampled_from(list(BY_PATH)))
async def test_no_bytes_make_another_error_than_bad_wire(rail: PawaPay, body: bytes, kind: str) -> None:
    _read(rail, body, kind)
    _read(rail, b"[" * 2000 + body, kind)
    _read(rail, json.dumps(COMPLETED).encode() + body, kind)


def _read(rail: PawaPay, body: bytes, kind: str) -> None:
    try:
        news = rail.read_callback(callback("callback_completed", body=body, kind=kind))
    except BadWire as bad:
        assert bad.field and len(str(bad)) < 200
    else:
        assert [type(each) for each in news] == [TransferNews]
