"""The simulator of pawaPay over real HTTP, with the adapter that runs in production: what goes wrong."""

from collections.abc import AsyncIterator

import pytest

from contracts.escrow.outcomes import Failed, FailReason, NotSent, OrderAccepted, Outcome, Paid, SendOutcome, Unknown
from contracts.fields.money import Currency, Money
from tests.gateway.simulator.played_pawapay import AMINA, KES_100, TOKEN, PlayedPawaPay, listening


@pytest.fixture
async def pawapay() -> AsyncIterator[PlayedPawaPay]:
    async with listening() as played:
        yield played


@pytest.mark.parametrize(
    ("mode", "outcome", "found"),
    [
        ("error_but_taken", Unknown("HTTP 500 UNKNOWN_ERROR"), Paid),
        ("drop_but_taken", Unknown("ServerDisconnectedError"), Paid),
        ("error", Unknown("HTTP 500 UNKNOWN_ERROR"), Unknown),
        ("drop", Unknown("ServerDisconnectedError"), Unknown),
        ("throttle", NotSent("HTTP 429", "busy", 1.0), Unknown),
        (
            "unavailable",
            NotSent("PROVIDER_TEMPORARILY_UNAVAILABLE This cannot be processed: PROVIDER_TEMPORARILY_UNAVAILABLE."),
            Unknown,
        ),
    ],
)
async def test_a_lost_answer_may_or_may_not_hide_a_payment(
    pawapay: PlayedPawaPay, mode: str, outcome: SendOutcome, found: type[Outcome]
) -> None:
    payout = pawapay.rail.new_id()
    await pawapay.control("faults", mode=mode, times=1)
    assert await pawapay.pay_out(own_id=payout) == outcome
    if found is Paid:
        await pawapay.news()
    else:
        unknown = await pawapay.enquire(payout, "pay_out")
        assert isinstance(unknown, Unknown) and unknown.is_missing
    again = await pawapay.pay_out(own_id=payout)  # under the same id nothing is paid twice
    assert isinstance(again, Paid if found is Paid else OrderAccepted)
    await pawapay.news()
    assert (await pawapay.control("purses"))["phones"][AMINA[1:]] == "500100"
    await pawapay.books_balance()


async def test_an_order_may_be_taken_and_not_be_found_for_a_while(pawapay: PlayedPawaPay) -> None:
    payout = pawapay.rail.new_id()
    await pawapay.control("faults", mode="hidden", times=1, seconds=3600)
    assert await pawapay.pay_out(own_id=payout) == Unknown("ServerDisconnectedError")
    await pawapay.news()
    missing = await pawapay.enquire(payout, "pay_out")
    assert isinstance(missing, Unknown) and missing.is_missing
    await pawapay.control("faults", mode="hidden", times=1, seconds=0)
    found = pawapay.rail.new_id()
    await pawapay.pay_out(own_id=found)
    await pawapay.news(2)
    assert isinstance(await pawapay.enquire(found, "pay_out"), Paid)


async def test_an_accepted_order_may_fail_all_the_same(pawapay: PlayedPawaPay) -> None:
    await pawapay.control("faults", mode="fail", code="WALLET_LIMIT_REACHED", times=1)
    assert await pawapay.pay_out() == OrderAccepted()
    outcome = await pawapay.outcome()
    assert isinstance(outcome, Failed) and outcome.reason is FailReason.LIMIT
    assert await pawapay.pay_out() == OrderAccepted()
    assert isinstance((await pawapay.news(2))[1].outcome, Paid)


async def test_a_second_order_under_one_id_is_ignored(pawapay: PlayedPawaPay) -> None:
    payout = pawapay.rail.new_id()
    await pawapay.control("faults", mode="open", times=1)
    assert await pawapay.pay_out(own_id=payout) == OrderAccepted()
    assert await pawapay.pay_out(own_id=payout) == OrderAccepted()
    other = await pawapay.pay_out(own_id=payout, money=Money(20_000, Currency.KES))
    assert other == Unknown("DUPLICATE_IGNORED: pawaPay has another order under this id")
    assert len(await pawapay.control("transfers")) == 1


async def test_a_callback_is_repeated_until_it_is_taken_and_signed_anew(pawapay: PlayedPawaPay) -> None:
    pawapay.deaf = 3
    await pawapay.collect()
    assert isinstance(await pawapay.outcome(), Paid)
    assert pawapay.deaf == 0


async def test_a_callback_may_come_before_the_answer_or_twice_or_never(pawapay: PlayedPawaPay) -> None:
    await pawapay.control("faults", callback="early", times=1)
    early = pawapay.rail.new_id()
    assert await pawapay.collect(own_id=early) == OrderAccepted()
    assert [each.own_id for each in await pawapay.news(1)] == [early]
    await pawapay.control("faults", callback="twice", times=1)
    twice = pawapay.rail.new_id()
    await pawapay.collect(own_id=twice)
    assert [each.own_id for each in await pawapay.news(3)] == [early, twice, twice]
    await pawapay.control("faults", callback="none", mode="open", times=1)
    never = pawapay.rail.new_id()
    await pawapay.collect(own_id=never)
    await pawapay.control(f"transfers/{never}", status="COMPLETED")
    assert isinstance(await pawapay.enquire(never), Paid)
    assert len(pawapay.posts) == 3
    resend = f"{pawapay.url}/v2/deposits/resend-callback/{never}"
    async with pawapay.http.post(resend, headers={"Authorization": f"Bearer {TOKEN}"}) as said:
        assert await said.json() == {"depositId": never, "status": "ACCEPTED"}
    assert (await pawapay.news(4))[3].own_id == never


@pytest.mark.parametrize("forged", ["unsigned", "forged", "stale"])
async def test_a_callback_that_is_not_signed_as_it_must_be_is_not_believed(pawapay: PlayedPawaPay, forged: str) -> None:
    await pawapay.control("faults", callback=forged, mode="open", times=1)
    deposit = pawapay.rail.new_id()
    await pawapay.collect(own_id=deposit)
    await pawapay.control(f"transfers/{deposit}", status="COMPLETED")
    (post,) = pawapay.posts
    assert not await pawapay.rail.verify(post)


async def test_the_public_address_is_signed_where_a_proxy_stands_between() -> None:
    async with listening(public_url="https://voicepact.example/pay") as pawapay:
        await pawapay.collect()
        assert isinstance(await pawapay.outcome(), Paid)
        (post,) = pawapay.posts
        assert post.url == "https://voicepact.example/pay/hooks/t/pawapay/payments/deposits"


async def test_a_payment_without_a_receipt_is_one_all_the_same(pawapay: PlayedPawaPay) -> None:
    await pawapay.control("faults", has_receipt=False, times=1)
    await pawapay.collect()
    assert await pawapay.outcome() == Paid(None, KES_100, payer=AMINA)
