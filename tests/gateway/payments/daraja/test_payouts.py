"""Payouts, reversals, questions and balances, from the rail over HTTP to the simulator and back."""

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.escrow.outcomes import Failed, FailReason, NotSent, OrderAccepted, Paid, Unknown
from gateway.payments.daraja.codes import PAYOUT_FAILS
from gateway.payments.port import Balance, BalanceNews, MoneyCame, TransferNews
from tests.gateway.payments.daraja.daraja_account import JANE, NOW, kes
from tests.gateway.payments.daraja.simulated_daraja import (
    PAYING,
    PIN,
    SHORTCODE,
    SIMULATED,
    SimulatedDaraja,
    open_daraja,
)
from values.frozen import replace

FULL, FLOAT = Decimal(400_000), Decimal(10_000_000)
KNOWN_THERE = Unknown("Daraja has this order already: ask about it")


async def test_a_payout_is_paid_and_told_of(sim: SimulatedDaraja) -> None:
    order = sim.order()
    taken = await sim.rail.pay_out(order)
    outcome = await sim.outcome(order)
    assert isinstance(outcome, Paid) and isinstance(taken, OrderAccepted)
    assert outcome == Paid(outcome.receipt, kes(150), NOW, JANE, taken.rail_id)
    purses = await sim.purses()
    assert (purses[JANE], purses[PAYING], purses[SHORTCODE]) == (FULL + 150, FLOAT - 150, Decimal(0))


@pytest.mark.parametrize(
    ("mode", "said"), [("ok", KNOWN_THERE), ("duplicate_as_code", Unknown("ResponseCode 1: ask about it"))]
)
async def test_the_same_payout_twice_is_paid_once(sim: SimulatedDaraja, mode: str, said: Unknown) -> None:
    order = sim.order()
    await sim.rail.pay_out(order)
    await sim.control("faults", api="payout", mode=mode)
    assert await sim.rail.pay_out(order) == said
    assert isinstance(await sim.outcome(order), Paid)
    assert (await sim.purses())[JANE] == FULL + 150


@pytest.mark.parametrize("mode", ["error_after_accept", "drop_after_accept"])
async def test_a_payout_whose_answer_was_lost_is_found_by_our_id(sim: SimulatedDaraja, mode: str) -> None:
    await sim.control("faults", api="payout", mode=mode, callbacks="never", times=1)
    order = sim.order()
    assert isinstance(await sim.rail.pay_out(order), Unknown)
    assert await sim.rail.pay_out(order) == KNOWN_THERE
    asked = await sim.rail.enquire(sim.sent("pay_out", order))
    assert isinstance(asked, Unknown) and asked.is_pending
    outcome = await sim.outcome(order)
    assert isinstance(outcome, Paid) and (outcome.money, outcome.payer) == (kes(150), JANE)
    assert (await sim.purses())[JANE] == FULL + 150


@pytest.mark.parametrize("mode", ["drop", "error", "page", "throttle", "spike", "wrong_credentials"])
async def test_a_payout_that_was_not_taken_may_be_sent_again(sim: SimulatedDaraja, mode: str) -> None:
    await sim.control("faults", api="payout", mode=mode, times=1)
    order = sim.order()
    assert isinstance(await sim.rail.pay_out(order), NotSent | Unknown)
    assert isinstance(await sim.rail.pay_out(order), OrderAccepted)
    assert isinstance(await sim.outcome(order), Paid)
    assert (await sim.purses())[JANE] == FULL + 150


async def test_a_payout_that_nobody_took_is_not_found(sim: SimulatedDaraja) -> None:
    order = sim.order()
    await sim.rail.enquire(sim.sent("pay_out", order))
    assert await sim.outcome(order) == Unknown("the question failed: ResultCode 15")


@pytest.mark.parametrize("code", PAYOUT_FAILS)
@pytest.mark.parametrize("spells_codes", ["number", "string"])
async def test_a_payout_fails_with_each_code_and_has_a_transaction_id_all_the_same(
    sim: SimulatedDaraja, code: str, spells_codes: str
) -> None:
    await sim.control("faults", api="payout", code=code, spells_codes=spells_codes)
    order = sim.order()
    assert isinstance(await sim.rail.pay_out(order), OrderAccepted)
    outcome = await sim.outcome(order)
    assert isinstance(outcome, Failed) and (outcome.reason, outcome.code) == (PAYOUT_FAILS[code], code)
    assert b'"TransactionID":"T' in sim.came[0].body
    assert (await sim.purses()).get(JANE, FULL) == FULL


async def test_a_failed_payout_is_declined_when_it_is_asked_about(sim: SimulatedDaraja) -> None:
    await sim.control("faults", api="payout", code="2040", callbacks="never")
    order = sim.order()
    await sim.rail.pay_out(order)
    await sim.rail.enquire(sim.sent("pay_out", order))
    assert await sim.outcome(order) == Failed(FailReason.REFUSED, "declined")


@pytest.mark.parametrize(
    ("shillings", "balance", "registered", "reason"),
    [
        (9, FULL, True, FailReason.LIMIT),
        (250_001, Decimal(0), True, FailReason.LIMIT),
        (100_001, FULL, True, FailReason.LIMIT),
        (150, FULL, False, FailReason.NOT_REGISTERED),
    ],
)
async def test_what_the_payee_may_not_get(
    sim: SimulatedDaraja, shillings: int, balance: Decimal, registered: bool, reason: FailReason
) -> None:
    await sim.control("handsets", msisdn=JANE, balance=str(balance), is_registered=registered)
    order = sim.order(shillings)
    await sim.rail.pay_out(order)
    outcome = await sim.outcome(order)
    assert isinstance(outcome, Failed) and outcome.reason is reason
    assert (await sim.purses())[JANE] == balance


async def test_an_empty_shortcode_pays_nothing(sim: SimulatedDaraja) -> None:
    await sim.control("shortcodes", shortcode=PAYING, balance="149")
    order = sim.order()
    await sim.rail.pay_out(order)
    outcome = await sim.outcome(order)
    assert isinstance(outcome, Failed) and outcome.reason is FailReason.OUR_FUNDS


async def test_a_queue_time_out_may_be_followed_by_success(sim: SimulatedDaraja) -> None:
    await sim.control("faults", api="payout", callbacks="queue_timeout")
    order = sim.order()
    await sim.rail.pay_out(order)
    said = [each.outcome for each in await sim.news(2) if isinstance(each, TransferNews)]
    assert isinstance(said[0], Unknown) and isinstance(said[1], Paid)
    assert [callback.kind for callback in sim.came] == ["timeout", "result"]


async def test_a_result_may_come_before_the_answer(sim: SimulatedDaraja) -> None:
    await sim.control("faults", api="payout", callbacks="early")
    order = sim.order()
    taken = await sim.rail.pay_out(order)
    assert len(sim.came) == 1
    outcome = await sim.outcome(order)
    assert isinstance(outcome, Paid) and taken == OrderAccepted(outcome.rail_id)


@pytest.mark.parametrize(
    ("status", "kind"),
    [("Completed", Paid), ("Declined", Failed), ("Cancelled", Failed), ("Expired", Failed), ("Authorized", Unknown),
     ("Pending Authorized", Unknown), ("Initiated", Unknown), ("Something New", Unknown)],
)  # fmt: skip
async def test_a_question_that_succeeds_says_nothing_of_the_payment_but_by_its_status(
    sim: SimulatedDaraja, status: str, kind: type
) -> None:
    await sim.control("faults", api="payout", callbacks="never")
    await sim.control("faults", api="status", status=status)
    order = sim.order()
    await sim.rail.pay_out(order)
    await sim.rail.enquire(sim.sent("pay_out", order))
    outcome = await sim.outcome(order)
    assert isinstance(outcome, kind)
    assert not isinstance(outcome, Unknown) or outcome.is_pending == (status != "Something New")


async def test_a_question_that_times_out_or_fails_says_nothing(sim: SimulatedDaraja) -> None:
    await sim.control("faults", api="payout", callbacks="never")
    order = sim.order()
    await sim.rail.pay_out(order)
    await sim.control("faults", api="status", code="2001", callbacks="queue_timeout")
    await sim.rail.enquire(sim.sent("pay_out", order))
    said = [each.outcome for each in await sim.news(2) if isinstance(each, TransferNews)]
    assert [isinstance(each, Unknown) and not each.is_pending for each in said] == [True, True]


async def test_a_payment_is_given_back_once(sim: SimulatedDaraja) -> None:
    receipt = await sim.pay()
    order = sim.order()
    taken = await sim.rail.reverse(order, receipt, None)
    again = await sim.rail.reverse(order, receipt, None)
    assert isinstance(taken, OrderAccepted) and isinstance(again, OrderAccepted)
    said = [each for each in await sim.news(3) if isinstance(each, TransferNews)][1:]
    done = next(each.outcome for each in said if each.rail_id == taken.rail_id)
    before = next(each.outcome for each in said if each.rail_id == again.rail_id)
    assert isinstance(done, Paid) and (done.money, done.payer) == (kes(150), JANE) and done.receipt != receipt
    assert before == Paid(rail_id=again.rail_id)
    purses = await sim.purses()
    assert (purses[JANE], purses[SHORTCODE]) == (FULL, Decimal(0))


async def test_a_reversal_is_found_by_the_id_that_daraja_gave_it(sim: SimulatedDaraja) -> None:
    receipt = await sim.pay()
    await sim.control("faults", api="reversal", callbacks="never")
    order = sim.order()
    taken = await sim.rail.reverse(order, receipt, None)
    assert isinstance(taken, OrderAccepted)
    await sim.rail.enquire(sim.sent("reverse", order, taken.rail_id))
    said = (await sim.news(2))[-1]
    assert isinstance(said, TransferNews) and said.own_id == order.own_id
    assert isinstance(said.outcome, Paid) and said.outcome.money == kes(150)


async def test_a_reversal_whose_answer_was_lost_is_known_by_its_callback(sim: SimulatedDaraja) -> None:
    receipt = await sim.pay()
    await sim.control("faults", api="reversal", mode="drop_after_accept")
    order = sim.order()
    assert isinstance(await sim.rail.reverse(order, receipt, None), Unknown)
    said = (await sim.news(2))[-1]
    assert isinstance(said, TransferNews) and said.own_id == order.own_id and isinstance(said.outcome, Paid)


async def test_what_cannot_be_given_back(sim: SimulatedDaraja) -> None:
    receipt = await sim.pay()
    for wrong in ((sim.order(150), "TXXXXXXXXX"), (sim.order(149), receipt)):
        await sim.rail.reverse(*wrong, None)
    await sim.control("shortcodes", shortcode=SHORTCODE, balance="0")
    said = [each.outcome for each in await sim.news(3) if isinstance(each, TransferNews)][1:]
    assert [each.reason for each in said if isinstance(each, Failed)] == [FailReason.REFUSED] * 2
    short = sim.order()
    await sim.rail.reverse(short, receipt, None)
    last = (await sim.news(4))[-1]
    assert isinstance(last, TransferNews) and isinstance(last.outcome, Failed)
    assert last.outcome.reason is FailReason.OUR_FUNDS


async def test_a_confirmed_payment_is_asked_about_by_its_receipt(sim: SimulatedDaraja) -> None:
    receipt = await sim.pay()
    question = sim.rail.new_id()
    for number, asked in ((receipt, question), ("TFORGED000", question)):
        await sim.rail.confirm(MoneyCame(number, kes(150), "12345678", None, None), asked)
    said = [each for each in await sim.news(3) if isinstance(each, TransferNews)][1:]
    assert said[0] == TransferNews(question, None, Paid(receipt, kes(150), NOW, JANE), is_answer=True)
    assert said[1].own_id == question and isinstance(said[1].outcome, Unknown)


async def test_a_wrong_initiator_is_told_by_the_result() -> None:
    async with open_daraja(SIMULATED) as sim:
        sim.settings = replace(SIMULATED, initiator="somebody")
        sim.__post_init__()
        order = sim.order()
        assert isinstance(await sim.rail.pay_out(order), OrderAccepted)
        outcome = await sim.outcome(order)
        assert isinstance(outcome, Failed) and (outcome.code, outcome.reason) == ("2001", FailReason.OUR_FUNDS)


async def test_balances_come_for_each_shortcode(sim: SimulatedDaraja) -> None:
    await sim.pay()
    assert await sim.rail.balances() == ()
    said = [each for each in await sim.news(3) if isinstance(each, BalanceNews)]
    held = {balance.name: balance for each in said for balance in each.balances}
    assert held[f"{SHORTCODE} Utility Account"] == Balance(f"{SHORTCODE} Utility Account", kes(150))
    assert held[f"{PAYING} Utility Account"].money == kes(10_000_000)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["pay", "poor", "cancel", "pay_out", "again", "reverse"]),
        st.sampled_from(["usual", "never", "twice", "early", "late", "queue_timeout", "other"]),
        st.sampled_from(["ok", "error_after_accept", "drop_after_accept", "duplicate_as_code"]),
        st.integers(10, 400),
    ),
    max_size=12,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
@given(STEPS)
async def test_whatever_is_lost_or_comes_twice_no_money_is_made_and_nobody_is_paid_twice(
    steps: list[tuple[str, str, str, int]],
) -> None:
    async with open_daraja() as sim:
        receipts, orders, owed = list[str](), list[tuple[int, str]](), 0
        for act, callbacks, mode, shillings in steps:
            for api in ("push", "payout", "reversal"):
                await sim.control("faults", api=api, callbacks=callbacks, mode=mode)
            order = sim.order(shillings)
            if act in ("pay", "poor", "cancel"):
                await sim.rail.collect(order)
                for shown in await sim.shown(f"prompts/{JANE}"):
                    how = {"code": "1032"} if act == "cancel" else {"code": "1"} if act == "poor" else {"pin": PIN}
                    await sim.control(f"prompts/{shown['id']}", **how)
            elif act == "pay_out":
                await sim.rail.pay_out(order)
                orders.append((shillings, order.own_id))
                owed += shillings
            elif act == "again" and orders:
                before, own_id = orders[-1]
                assert isinstance(await sim.rail.pay_out(replace(sim.order(before), own_id=own_id)), Unknown)
            elif receipts:
                await sim.rail.reverse(order, receipts[-1], None)
            payments = await sim.shown("payments")
            receipts = [each["receipt"] for each in payments if each["kind"] == "prompt" and not each["is_reversed"]]
            kept = sum(Decimal(each["amount"]) for each in payments if each["kind"] == "prompt")
            given_back = sum(
                Decimal(each["amount"])
                for each in payments
                if each["kind"] == "reversal" and each["status"] == "Completed"
            )
            purses = await sim.purses()
            assert purses.get(SHORTCODE) == kept - given_back
            assert purses[PAYING] == FLOAT - owed
