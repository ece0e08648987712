"""pawaPay's answers over real HTTP: what each of them means for a transfer (samples: tests/wire/pawapay)."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import aiohttp
import pytest

from contracts.escrow.outcomes import Failed, FailReason, NotSent, OrderAccepted, Outcome, Paid, SendOutcome, Unknown
from contracts.fields.money import MAX_MAJOR, Currency, Money
from contracts.fields.msisdn import Msisdn
from gateway.events import BadWire
from gateway.payments.pawapay.amounts import read_money, write_amount
from gateway.payments.pawapay.api import PawaPayAccount
from gateway.payments.pawapay.failures import REASONS
from gateway.payments.pawapay.rail import PawaPay
from gateway.payments.pawapay.transfers import OPERATIONS, read_transfer
from gateway.payments.port import Balance, MoneyCame, Rail, StatementUnavailable
from tests.gateway.payments.pawapay.prepared_answers import (
    AMINA,
    DEPOSIT,
    KES_100,
    PAYOUT,
    REFUND,
    SIGNED_AT,
    TOKEN,
    Clock,
    answering,
    order,
    sent,
)
from tests.wire import read

PAID = Paid("TXX0000002", KES_100, payer=AMINA)
REJECTED = Failed(FailReason.LIMIT, "AMOUNT_OUT_OF_BOUNDS", "The amount is above the limit of 150000 for ….")
BUSY = NotSent(
    "PROVIDER_TEMPORARILY_UNAVAILABLE The provider MPESA_KEN is currently not able to process payments.", "down"
)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ("accepted", OrderAccepted()),
        ("rejected", REJECTED),
        ("rejected_for_now", BUSY),
        ("bad_input", Failed(FailReason.REFUSED, "INVALID_PARAMETER", "The parameter 'amount' is invalid.")),
        ("wrong_token", NotSent("HTTP 403 AUTHENTICATION_ERROR", "account")),
        ("server_error", Unknown("HTTP 500 UNKNOWN_ERROR")),
        ("web_page", Unknown("HTTP 400")),
        ("found_completed", Unknown("HTTP 200")),  # not an answer to an order
        ("public_keys", Unknown("HTTP 200")),
        ("break", Unknown("ServerDisconnectedError")),
    ],
)
async def test_what_the_answer_to_an_order_means(answer: str, outcome: SendOutcome) -> None:
    async with answering({"POST deposits": answer}) as pawapay:
        assert await pawapay.rail.collect(order()) == outcome
        assert pawapay.count(f"GET /v2/deposits/{DEPOSIT}") == 0


@pytest.mark.parametrize(
    ("found", "outcome"),
    [
        ("found_completed", PAID),
        ("found_processing", OrderAccepted()),
        ("found_failed", Failed(FailReason.CANCELLED, "PAYMENT_NOT_APPROVED", "Customer did not approve the payment.")),
        ("not_found", Unknown("DUPLICATE_IGNORED, then NOT_FOUND", is_missing=True)),
        ("server_error", Unknown("HTTP 500 UNKNOWN_ERROR")),
        ("break", Unknown("not asked: ServerDisconnectedError")),
    ],
)
async def test_an_id_that_was_taken_before_is_asked_about(found: str, outcome: SendOutcome) -> None:
    async with answering({"POST deposits": "duplicate", f"GET deposits/{DEPOSIT}": found}) as pawapay:
        assert await pawapay.rail.collect(order()) == outcome
        assert pawapay.count("POST /v2/deposits") == 1


@pytest.mark.parametrize(
    ("money", "msisdn"), [(Money(10_001, Currency.KES), AMINA), (KES_100, Msisdn("+254700000042"))]
)
async def test_another_order_under_the_same_id_is_not_taken_for_ours(money: Money, msisdn: Msisdn) -> None:
    async with answering({"POST deposits": "duplicate", f"GET deposits/{DEPOSIT}": "found_completed"}) as pawapay:
        outcome = await pawapay.rail.collect(order(DEPOSIT, money, msisdn))
        assert outcome == Unknown("DUPLICATE_IGNORED: pawaPay has another order under this id")


@pytest.mark.parametrize(
    ("found", "outcome"),
    [
        ("found_completed", PAID),
        ("found_processing", Unknown("PROCESSING", is_pending=True)),
        ("found_failed", Failed(FailReason.CANCELLED, "PAYMENT_NOT_APPROVED", "Customer did not approve the payment.")),
        ("server_error", Unknown("HTTP 500 UNKNOWN_ERROR")),
        ("no_route", Unknown("HTTP 404")),
        ("accepted", Unknown("HTTP 200")),  # the outer status of an answer to a question is FOUND or NOT_FOUND
        ("break", Unknown("not asked: ServerDisconnectedError")),
    ],
)
async def test_what_the_answer_to_a_question_means(found: str, outcome: Outcome) -> None:
    async with answering({f"GET deposits/{DEPOSIT}": found}) as pawapay:
        assert await pawapay.rail.enquire(sent()) == outcome


async def test_an_answer_about_another_transfer_is_no_answer() -> None:
    async with answering({f"GET deposits/{PAYOUT}": "found_completed"}) as pawapay:
        assert await pawapay.rail.enquire(sent(own_id=PAYOUT)) == Unknown("an answer about another transfer")


async def test_an_order_that_pawapay_does_not_know_is_missing_and_then_was_never_received() -> None:
    async with answering({}) as pawapay:
        pawapay.clock.passes(minutes=14, seconds=59)
        early = await pawapay.rail.enquire(sent())
        pawapay.clock.passes(seconds=1)
        late = await pawapay.rail.enquire(sent())
    assert isinstance(early, Unknown) and early.is_missing and "not seen yet" in early.why
    assert late == Unknown("NOT_FOUND: was never received", is_missing=True)


async def test_each_kind_is_asked_about_at_its_own_path() -> None:
    async with answering({}) as pawapay:
        for kind, own_id in (("collect", DEPOSIT), ("pay_out", PAYOUT), ("reverse", REFUND)):
            await pawapay.rail.enquire(sent(kind, own_id))
        assert [call for call, _, _ in pawapay.asked] == [
            f"GET /v2/deposits/{DEPOSIT}", f"GET /v2/payouts/{PAYOUT}", f"GET /v2/refunds/{REFUND}",
        ]  # fmt: skip
        assert {key for _, _, key in pawapay.asked} == {f"Bearer {TOKEN}"}


async def test_what_is_sent_is_what_the_documents_have() -> None:
    async with answering({"POST deposits": "accepted", "POST payouts": "server_error"}) as pawapay:
        await pawapay.rail.collect(order())
        await pawapay.rail.pay_out(order(PAYOUT))
        await pawapay.rail.reverse(order(REFUND), None, DEPOSIT)
        bodies: dict[str, Any] = {call: json.loads(body) for call, body, _ in pawapay.asked if body}
    assert bodies["POST /v2/deposits"] == json.loads(read("pawapay", "deposit_request").body)
    assert bodies["POST /v2/refunds"] == json.loads(read("pawapay", "refund_request").body)
    assert bodies["POST /v2/predict-provider"] == {"phoneNumber": "254700000041"}
    payout = bodies["POST /v2/payouts"]
    assert payout["payoutId"] == PAYOUT and payout["recipient"]["accountDetails"]["provider"] == "MPESA_KEN"
    assert len(payout["customerMessage"]) <= 22


async def test_only_what_was_collected_can_be_refunded() -> None:
    async with answering({}) as pawapay:
        outcome = await pawapay.rail.reverse(order(REFUND), "TXX0000002", None)
        assert isinstance(outcome, Failed) and outcome.reason is FailReason.REFUSED
        assert not pawapay.asked


async def test_the_network_of_a_phone_is_asked_for_once_a_day() -> None:
    async with answering({"POST deposits": "accepted"}) as pawapay:
        for hours, asked in ((0, 1), (1, 1), (23, 2)):
            pawapay.clock.passes(hours=hours)
            assert await pawapay.rail.collect(order()) == OrderAccepted()
            assert pawapay.count("POST /v2/predict-provider") == asked


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (
            "bad_input",
            Failed(FailReason.NOT_REGISTERED, "INVALID_PARAMETER", "pawaPay knows no network of this number"),
        ),
        ("wrong_token", NotSent("predict-provider: HTTP 403", "account")),
        ("server_error", NotSent("predict-provider: HTTP 500")),
        ("not_found", NotSent("predict-provider: HTTP 200")),
        ("break", NotSent("predict-provider: ServerDisconnectedError")),
    ],
)
async def test_without_the_network_of_the_phone_no_order_is_sent(answer: str, outcome: SendOutcome) -> None:
    async with answering({"POST predict-provider": answer}) as pawapay:
        assert await pawapay.rail.collect(order()) == outcome
        assert pawapay.count("POST /v2/deposits") == 0


async def test_a_phone_of_another_country_has_no_such_currency() -> None:
    async with answering({}) as pawapay:
        outcome = await pawapay.rail.pay_out(order(PAYOUT, Money(100, Currency.UGX)))
        assert outcome == Failed(FailReason.REFUSED, "INVALID_CURRENCY", "a phone of KEN has no UGX")
        assert pawapay.count("POST /v2/payouts") == 0


async def test_nobody_there_means_that_nothing_was_sent() -> None:
    async with aiohttp.ClientSession() as http:
        rail = PawaPay(PawaPayAccount(TOKEN, "http://127.0.0.1:1"), http, Clock())
        assert await rail.collect(order()) == NotSent("predict-provider: ClientConnectorError")
        assert await rail.reverse(order(REFUND), None, DEPOSIT) == NotSent("ClientConnectorError")
        assert await rail.enquire(sent()) == Unknown("not asked: ClientConnectorError")
        assert await rail.balances() == []


async def test_the_limits_are_those_of_the_documents_until_they_are_read() -> None:
    async with answering({"GET active-conf": "active_conf"}) as pawapay:
        rail = pawapay.rail
        units = {currency.value: rail.smallest_unit(currency) for currency in rail.currencies}
        assert units == {"KES": 100, "UGX": 1, "TZS": 100, "RWF": 1, "GHS": 1, "ZMW": 1, "MWK": 1}
        assert rail.largest_prompt(Currency.KES) == 150_000 * 100
        assert rail.largest_prompt(Currency.ZMW) == MAX_MAJOR * 100
        await rail.read_limits()
        assert (rail.smallest_unit(Currency.ZMW), rail.largest_prompt(Currency.ZMW)) == (1, 10_000_50)
        assert rail.largest_prompt(Currency.KES) == 150_000 * 100  # the sample names no other country
        asked = len(pawapay.asked)
        await rail.read_limits()
        assert len(pawapay.asked) == asked == len(rail.currencies)
        pawapay.clock.passes(hours=1)
        await rail.read_limits()
        assert len(pawapay.asked) == 2 * asked


async def test_limits_outlive_an_answer_that_does_not_come() -> None:
    async with answering({"GET active-conf": "active_conf " * 7 + "server_error"}) as pawapay:
        await pawapay.rail.read_limits()
        pawapay.clock.passes(hours=1)
        await pawapay.rail.read_limits()
        assert pawapay.rail.largest_prompt(Currency.ZMW) == 10_000_50


async def test_balances_in_currencies_that_we_know() -> None:
    async with answering({"GET wallet-balances": "balances server_error break"}) as pawapay:
        assert await pawapay.rail.balances() == [
            Balance("KEN", Money(1_250_000, Currency.KES)), Balance("UGA", Money(990_000, Currency.UGX)),
        ]  # fmt: skip
        assert await pawapay.rail.balances() == []
        assert await pawapay.rail.balances() == []


async def test_it_is_a_rail_without_statement_and_without_money_that_comes_by_itself() -> None:
    async with answering({}) as pawapay:
        rail: Rail = pawapay.rail
        with pytest.raises(StatementUnavailable, match="export one from its dashboard"):
            await anext(rail.statement(SIGNED_AT - timedelta(days=1), SIGNED_AT))
        came = MoneyCame("TXX0000009", KES_100, "12345678", None, None)
        assert isinstance(await rail.confirm(came, rail.new_id()), Unknown)
        assert UUID(rail.new_id()).version == 4 and rail.new_id() != rail.new_id()


@pytest.mark.parametrize("reply", [{"status": "FAILED", "failureReason": None}, {"status": "FAILED"}])
def test_a_failure_without_a_code_is_one_all_the_same(reply: dict[str, object]) -> None:
    assert "UNKNOWN_ERROR" not in REASONS and "UNSPECIFIED_FAILURE" not in REASONS  # they say no more than FAILED
    found = read_transfer(OPERATIONS["collect"], {"depositId": DEPOSIT} | reply)
    assert found.outcome == Failed(FailReason.REFUSED, "UNKNOWN")


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("1", "KES", 100), ("1.0", "KES", 100), ("1.00", "KES", 100), ("5.55", "ZMW", 555), ("0.5", "GHS", 50),
        ("100.00", "UGX", 100), ("100.0000", "RWF", 100), (7, "KES", 700), (7.5, "KES", 750),
    ],
)  # fmt: skip
def test_amounts_are_compared_as_numbers(text: object, currency: str, minor: int) -> None:
    assert read_money(text, currency) == Money(minor, Currency(currency))


@pytest.mark.parametrize(
    ("amount", "currency", "field"),
    [
        ("", "KES", "amount"), (".5", "KES", "amount"), ("5.", "KES", "amount"), ("-5.5", "KES", "amount"),
        ("1,000", "KES", "amount"), ("1e3", "KES", "amount"), ("5.555", "KES", "amount"), ("100.50", "UGX", "amount"),
        (True, "KES", "amount"), (None, "KES", "amount"), ("٣", "KES", "amount"), ("1" * 16, "KES", "amount"),
        ("1", "USD", "currency"), ("1", None, "currency"), ("1", ["KES"], "currency"),
    ],
)  # fmt: skip
def test_an_amount_that_cannot_be_read_is_no_amount(amount: object, currency: object, field: str) -> None:
    with pytest.raises(BadWire) as bad:
        read_money(amount, currency)
    assert bad.value.field == field


@pytest.mark.parametrize(
    ("money", "text"),
    [
        (Money(10_000, Currency.KES), "100"), (Money(100_000_000_00, Currency.KES), "100000000"),
        (Money(555, Currency.ZMW), "5.55"), (Money(550, Currency.ZMW), "5.5"), (Money(50, Currency.GHS), "0.5"),
        (Money(1, Currency.MWK), "0.01"), (Money(1000, Currency.UGX), "1000"),
    ],
)  # fmt: skip
def test_amounts_are_written_without_needless_zeros(money: Money, text: str) -> None:
    assert write_amount(money) == text
