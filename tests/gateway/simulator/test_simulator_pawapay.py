"""The simulator of pawaPay over real HTTP, with the adapter of production: payments, numbers, prompts, purses."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from aiohttp.test_utils import TestServer

from contracts.escrow.outcomes import Failed, FailReason, OrderAccepted, Paid, SendOutcome, Unknown
from contracts.fields.money import Currency, Money
from contracts.fields.msisdn import Msisdn
from gateway.background.rail_limits_job import RailLimitsJob
from gateway.background.repeat import JobState
from gateway.payments.port import Balance, Order, TransferNews
from gateway.simulator.africastalking import SimulatorSettings, make_simulator
from tests.gateway.simulator.played_pawapay import AMINA, KES_100, PlayedPawaPay, listening
from tests.handset import CONTROL_KEY


@pytest.fixture
async def pawapay() -> AsyncIterator[PlayedPawaPay]:
    async with listening() as played:
        yield played


@pytest.mark.parametrize("signs", ["der", "raw", "no"])
async def test_a_payment_comes_and_goes_out_again(signs: str) -> None:
    async with listening(signs=signs) as pawapay:
        deposit, payout = pawapay.rail.new_id(), pawapay.rail.new_id()
        assert await pawapay.collect(own_id=deposit) == OrderAccepted()
        assert await pawapay.news(1) == [TransferNews(deposit, None, Paid("TXX0000001", KES_100, payer=AMINA))]
        assert await pawapay.enquire(deposit) == Paid("TXX0000001", KES_100, payer=AMINA)
        assert Balance("KEN", Money(100_010_000, Currency.KES)) in await pawapay.rail.balances()
        assert await pawapay.pay_out(own_id=payout) == OrderAccepted()
        assert (await pawapay.news(2))[1] == TransferNews(payout, None, Paid("TXX0000002", KES_100, payer=AMINA))
        purses = await pawapay.control("purses")
        assert (purses["wallets"]["KEN"], purses["phones"][AMINA[1:]]) == ("1000000", "500000")
        await pawapay.books_balance()


async def test_a_payment_is_given_back_whole_and_once(pawapay: PlayedPawaPay) -> None:
    deposit = pawapay.rail.new_id()

    async def reverse(money: Money = KES_100) -> SendOutcome:
        order = Order(pawapay.rail.new_id(), AMINA, money, "12345678")
        return await pawapay.rail.reverse(order, None, deposit)

    assert await reverse() == Failed(FailReason.REFUSED, "NOT_FOUND", "This cannot be processed: NOT_FOUND.")
    await pawapay.control("faults", mode="open", times=1)
    await pawapay.collect(own_id=deposit)
    outcome = await reverse()
    assert isinstance(outcome, Failed) and outcome.code == "INVALID_STATE"
    await pawapay.control(f"transfers/{deposit}", status="COMPLETED")
    outcome = await reverse(Money(10_100, Currency.KES))
    assert isinstance(outcome, Failed) and outcome.code == "AMOUNT_TOO_LARGE"
    await pawapay.control("faults", mode="open", times=1)
    assert await reverse() == OrderAccepted()
    outcome = await reverse()
    assert isinstance(outcome, Failed) and (outcome.code, outcome.reason) == ("REFUND_IN_PROGRESS", FailReason.BUSY)
    refund = (await pawapay.control("transfers"))[-1]
    await pawapay.control(f"transfers/{refund['id']}", status="COMPLETED")
    assert [each.outcome for each in await pawapay.news(2)] == [
        Paid("TXX0000001", KES_100, payer=AMINA), Paid("TXX0000002", KES_100, payer=AMINA),
    ]  # fmt: skip
    outcome = await reverse()
    assert isinstance(outcome, Failed) and outcome.code == "DEPOSIT_ALREADY_REFUNDED"
    assert (await pawapay.control("purses"))["phones"][AMINA[1:]] == "500000"
    await pawapay.books_balance()


COUNTRIES = {
    "254703456": Currency.KES, "256783456": Currency.UGX, "256753456": Currency.UGX, "255763456": Currency.TZS,
    "255683456": Currency.TZS, "255713456": Currency.TZS, "255623456": Currency.TZS, "250783456": Currency.RWF,
    "250733456": Currency.RWF, "233593456": Currency.GHS, "233273456": Currency.GHS, "233503456": Currency.GHS,
    "260763456": Currency.ZMW, "260973456": Currency.ZMW, "265883456": Currency.MWK, "265993456": Currency.MWK,
}  # fmt: skip


@pytest.mark.parametrize("lead", COUNTRIES)
async def test_a_test_number_of_each_network_pays(pawapay: PlayedPawaPay, lead: str) -> None:
    money = Money(100 * 10 ** COUNTRIES[lead].exponent, COUNTRIES[lead])
    assert await pawapay.collect(Msisdn(f"+{lead}789"), money) == OrderAccepted()
    outcome = await pawapay.outcome()
    assert isinstance(outcome, Paid) and outcome.money == money
    await pawapay.books_balance()


@pytest.mark.parametrize(
    ("suffix", "reason"),
    [
        ("019", FailReason.LIMIT), ("029", FailReason.NOT_REGISTERED), ("039", FailReason.CANCELLED),
        ("049", FailReason.NO_FUNDS), ("059", FailReason.BUSY), ("069", FailReason.REFUSED),
    ],
)  # fmt: skip
async def test_a_deposit_from_a_test_number_fails_as_it_says(
    pawapay: PlayedPawaPay, suffix: str, reason: FailReason
) -> None:
    assert await pawapay.collect(Msisdn(f"+254703456{suffix}")) == OrderAccepted()
    outcome = await pawapay.outcome()
    assert isinstance(outcome, Failed) and outcome.reason is reason
    await pawapay.books_balance()


@pytest.mark.parametrize(
    ("suffix", "reason"),
    [
        ("089", FailReason.NOT_REGISTERED), ("099", FailReason.LIMIT), ("109", FailReason.LIMIT),
        ("119", FailReason.REFUSED),
    ],
)  # fmt: skip
async def test_a_payout_to_a_test_number_fails_as_it_says(
    pawapay: PlayedPawaPay, suffix: str, reason: FailReason
) -> None:
    assert await pawapay.pay_out(Msisdn(f"+254703456{suffix}")) == OrderAccepted()
    outcome = await pawapay.outcome()
    assert isinstance(outcome, Failed) and outcome.reason is reason
    assert (await pawapay.control("purses"))["wallets"]["KEN"] == "1000000"
    await pawapay.books_balance()


async def test_a_number_that_never_ends_is_pending_until_it_is_ended(pawapay: PlayedPawaPay) -> None:
    payout = pawapay.rail.new_id()
    assert await pawapay.pay_out(Msisdn("+254703456129"), own_id=payout) == OrderAccepted()
    assert await pawapay.enquire(payout, "pay_out") == Unknown("ACCEPTED", is_pending=True)
    assert (await pawapay.control("purses"))["on_the_way"] == {"KES": "100"}
    await pawapay.books_balance()
    await pawapay.control(f"transfers/{payout}", status="FAILED", code="MANUALLY_CANCELLED")
    outcome = await pawapay.outcome()
    assert isinstance(outcome, Failed) and outcome.code == "MANUALLY_CANCELLED"
    await pawapay.books_balance()


async def test_a_prompt_waits_on_the_phone_for_an_answer() -> None:
    async with listening(prompts_wait=True) as pawapay:
        first, second = pawapay.rail.new_id(), pawapay.rail.new_id()
        looking = asyncio.create_task(pawapay.control(f"prompts/{AMINA}?wait=20"))
        assert await pawapay.collect(own_id=first) == OrderAccepted()
        (prompt,) = await looking
        assert (prompt["id"], prompt["amount"], prompt["currency"]) == (first, "100.00", "KES")
        assert prompt["message"] == "Contract 12345678"
        assert await pawapay.collect(own_id=second) == OrderAccepted()
        (busy,) = await pawapay.news(1)
        assert busy.own_id == second and isinstance(busy.outcome, Failed) and busy.outcome.reason is FailReason.BUSY
        await pawapay.control(f"transfers/{first}", status="COMPLETED")
        paid = (await pawapay.news(2))[1]
        assert paid.own_id == first and isinstance(paid.outcome, Paid)
        assert await pawapay.control(f"prompts/{AMINA}") == []
        async with pawapay.http.post(
            f"{pawapay.url}/control/pawapay/transfers/{first}", json={"status": "FAILED"}
        ) as said:  # fmt: skip
            assert said.status == 409
        assert [each["status"] for each in await pawapay.control("transfers")] == ["COMPLETED", "FAILED"]
        assert len(await pawapay.control("transfers?after=1")) == 1


async def test_a_prompt_that_nobody_answers_is_not_approved() -> None:
    async with listening(prompts_wait=True, prompt_seconds=0.02) as pawapay:
        await pawapay.collect()
        outcome = await pawapay.outcome()
        assert isinstance(outcome, Failed) and outcome.reason is FailReason.CANCELLED


async def test_purses_can_be_short(pawapay: PlayedPawaPay) -> None:
    await pawapay.control("purses", msisdn=AMINA, amount="99.99")
    await pawapay.collect()
    poor = await pawapay.outcome()
    assert isinstance(poor, Failed) and poor.reason is FailReason.NO_FUNDS
    await pawapay.control("purses", country="KEN", amount="99")
    refused = await pawapay.pay_out()
    assert isinstance(refused, Failed) and refused.reason is FailReason.OUR_FUNDS
    await pawapay.books_balance()


@pytest.mark.parametrize(
    ("msisdn", "money", "code"),
    [
        (AMINA, Money(150, Currency.KES), "INVALID_AMOUNT"),
        (AMINA, Money(15_000_100, Currency.KES), "AMOUNT_OUT_OF_BOUNDS"),
        (AMINA, Money(0, Currency.KES), "AMOUNT_OUT_OF_BOUNDS"),
        (Msisdn("+491711234567"), KES_100, "INVALID_PHONE_NUMBER"),
        (Msisdn("+256783456789"), KES_100, "INVALID_CURRENCY"),
    ],
)
async def test_an_order_that_is_not_right_is_refused(
    pawapay: PlayedPawaPay, msisdn: Msisdn, money: Money, code: str
) -> None:
    outcome = await pawapay.collect(msisdn, money)
    assert isinstance(outcome, Failed) and outcome.code == code
    assert await pawapay.control("transfers") == []


async def test_limits_are_read_from_the_simulator_when_a_process_starts(pawapay: PlayedPawaPay) -> None:
    assert pawapay.rail.payout_limits(Currency.KES) == (1, 150_000 * 100), "those of the documents"
    job = asyncio.create_task(RailLimitsJob({"pawapay": pawapay.rail}).run(JobState("rail limits")))
    async with asyncio.timeout(10):
        while pawapay.rail.payout_limits(Currency.MWK) != (100, 150_000 * 100):  # noqa: ASYNC110 - read last
            await asyncio.sleep(0.01)
    job.cancel()
    assert pawapay.rail.payout_limits(Currency.KES) == (10 * 100, 150_000 * 100)
    too_little = await pawapay.pay_out(money=Money(9 * 100, Currency.KES))
    assert isinstance(too_little, Failed) and too_little.code == "AMOUNT_OUT_OF_BOUNDS"
    units = {currency.value: pawapay.rail.smallest_unit(currency) for currency in pawapay.rail.currencies}
    assert units == {"KES": 100, "UGX": 1, "TZS": 100, "RWF": 1, "GHS": 1, "ZMW": 1, "MWK": 1}
    assert pawapay.rail.largest_prompt(Currency.GHS) == 150_000 * 100


@pytest.mark.parametrize(("token", "code"), [("wrong", "AUTHENTICATION_ERROR"), ("", "NO_AUTHENTICATION")])
async def test_a_wrong_token_is_refused_everywhere(pawapay: PlayedPawaPay, token: str, code: str) -> None:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    for method, path in (
        ("POST", "deposits"), ("GET", f"payouts/{uuid4()}"), ("POST", "predict-provider"), ("GET", "active-conf"),
        ("GET", "wallet-balances"), ("GET", "public-key/http"), ("POST", f"refunds/resend-callback/{uuid4()}"),
    ):  # fmt: skip
        async with pawapay.http.request(method, f"{pawapay.url}/v2/{path}", json={}, headers=headers) as said:
            assert said.status == (403 if token else 401)
            assert (await said.json())["failureReason"]["failureCode"] == code


async def test_many_at_once_make_and_lose_no_money(pawapay: PlayedPawaPay) -> None:
    phones = [Msisdn(f"+25470345600{n}") for n in range(3)] + [Msisdn(f"+2547110000{n:02}") for n in range(7)]
    await asyncio.gather(*(pawapay.collect(phone) for phone in phones), *(pawapay.pay_out(phone) for phone in phones))
    await pawapay.news(20)
    await pawapay.books_balance()


async def test_without_an_account_the_double_knows_nothing_of_pawapay(pawapay: PlayedPawaPay) -> None:
    plain = SimulatorSettings(pawapay.gateway, "t", control_key=CONTROL_KEY)
    async with TestServer(make_simulator(plain)) as simulator:
        url = str(simulator.make_url("/")).rstrip("/")
        for path in ("/v2/deposits", "/control/pawapay/faults"):
            async with pawapay.http.post(url + path, json={}) as said:
                assert said.status == 404


async def test_the_time_that_is_signed_is_of_the_clock_that_was_given() -> None:
    async with listening(clock=lambda: datetime.now(UTC) - timedelta(hours=1)) as pawapay:
        await pawapay.control("faults", mode="open", times=1)
        deposit = pawapay.rail.new_id()
        await pawapay.collect(own_id=deposit)
        await pawapay.control(f"transfers/{deposit}", status="COMPLETED")
        (post,) = pawapay.posts
        assert not await pawapay.rail.verify(post), "our own clock is an hour ahead"
