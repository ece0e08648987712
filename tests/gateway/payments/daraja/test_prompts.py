"""Prompts, from the rail over HTTP to the simulated handset and back: every way in which one can end."""

import asyncio
from decimal import Decimal

import pytest

from contracts.escrow.outcomes import Failed, FailReason, NotSent, OrderAccepted, Paid, SendOutcome, Unknown
from gateway.payments.daraja.codes import PROMPT_FAILS
from gateway.payments.port import MoneyCame, TransferNews
from tests.gateway.payments.daraja.daraja_account import JANE, NOW, kes
from tests.gateway.payments.daraja.simulated_daraja import PIN, SHORTCODE, SIMULATED, SimulatedDaraja, open_daraja
from values.frozen import replace

FULL = Decimal(400_000)


async def test_a_prompt_is_shown_paid_and_told_of(sim: SimulatedDaraja) -> None:
    order, shown = await sim.prompt()
    assert {name: shown[name] for name in ("amount", "currency", "business", "reference", "description", "code")} == {
        "amount": "150.00", "currency": "KES", "business": "VoicePact", "reference": "12345678",
        "description": "Pact 12345678", "code": None,
    }  # fmt: skip
    paid = await sim.control(f"prompts/{shown['id']}", pin=PIN)
    assert await sim.outcome(order) == Paid(paid["receipt"], kes(150), NOW, JANE, shown["id"])
    assert await sim.shown(f"prompts/{JANE}") == []
    purses = await sim.purses()
    assert (purses[JANE], purses[SHORTCODE]) == (FULL - 150, Decimal(150))
    assert sim.came[0].headers["businessshortcode"] == SHORTCODE


async def test_who_waits_for_a_prompt_sees_it_come(sim: SimulatedDaraja) -> None:
    waiting = asyncio.create_task(sim.shown(f"prompts/{JANE}?wait=10"))
    await asyncio.sleep(0.05)
    order = sim.order()
    await sim.rail.collect(order)
    (shown,) = await waiting
    assert shown["reference"] == order.reference


@pytest.mark.parametrize("code", PROMPT_FAILS)
@pytest.mark.parametrize("spells_codes", ["number", "string"])
async def test_a_prompt_ends_with_each_code(sim: SimulatedDaraja, code: str, spells_codes: str) -> None:
    await sim.control("faults", api="push", spells_codes=spells_codes)
    order, shown = await sim.prompt()
    await sim.control(f"prompts/{shown['id']}", code=code)
    outcome = await sim.outcome(order)
    assert isinstance(outcome, Failed) and (outcome.reason, outcome.code) == (PROMPT_FAILS[code], code)
    assert (await sim.purses())[JANE] == FULL


async def test_a_wrong_pin_and_an_empty_purse_pay_nothing(sim: SimulatedDaraja) -> None:
    await sim.control("handsets", msisdn=JANE, pin=PIN, balance="149.99")
    wrong, shown = await sim.prompt()
    await sim.control(f"prompts/{shown['id']}", pin="0000")
    poor, shown = await sim.prompt()
    await sim.control(f"prompts/{shown['id']}", pin=PIN)
    said = [each for each in await sim.news(2) if isinstance(each, TransferNews)]
    assert [each.own_id for each in said] == [wrong.own_id, poor.own_id]
    reasons = [each.outcome.reason for each in said if isinstance(each.outcome, Failed)]
    assert reasons == [FailReason.WRONG_PIN, FailReason.NO_FUNDS]
    assert (await sim.purses())[JANE] == Decimal("149.99")


async def test_a_prompt_that_nobody_answers_ends() -> None:
    async with open_daraja(replace(SIMULATED, prompt_seconds=0.01)) as sim:
        order = sim.order()
        await sim.rail.collect(order)
        outcome = await sim.outcome(order)
        assert isinstance(outcome, Failed) and outcome.reason is FailReason.NO_ANSWER


async def test_a_phone_has_one_prompt_at_a_time(sim: SimulatedDaraja) -> None:
    await sim.prompt()
    second = await sim.rail.collect(sim.order())
    assert isinstance(second, Failed) and second.reason is FailReason.BUSY


async def test_a_handset_may_pay_by_itself(sim: SimulatedDaraja) -> None:
    await sim.control("handsets", msisdn=JANE, answers="pay")
    order = sim.order()
    assert isinstance(await sim.rail.collect(order), OrderAccepted)
    assert isinstance(await sim.outcome(order), Paid)


async def test_a_callback_twice_has_one_receipt(sim: SimulatedDaraja) -> None:
    await sim.control("faults", api="push", callbacks="twice")
    receipt = await sim.pay()
    said = [each.outcome for each in await sim.news(2) if isinstance(each, TransferNews)]
    assert [each.receipt for each in said if isinstance(each, Paid)] == [receipt, receipt]
    assert (await sim.purses())[JANE] == FULL - 150


async def test_a_callback_may_come_before_the_reply(sim: SimulatedDaraja) -> None:
    await sim.control("faults", api="push", callbacks="early")
    order = sim.order()
    taken = await sim.rail.collect(order)
    assert len(sim.came) == 1, "it was there when the reply came"
    outcome = await sim.outcome(order)
    assert isinstance(outcome, Paid) and taken == OrderAccepted(outcome.rail_id)


async def test_a_callback_for_another_names_another_transfer(sim: SimulatedDaraja) -> None:
    await sim.control("faults", api="push", callbacks="other")
    _, shown = await sim.prompt()
    await sim.control(f"prompts/{shown['id']}", pin=PIN)
    (said,) = await sim.news(1)
    assert isinstance(said, TransferNews) and said.rail_id != shown["id"]


async def test_without_a_callback_the_query_tells_that_it_was_paid_and_nothing_more(sim: SimulatedDaraja) -> None:
    await sim.control("faults", api="push", callbacks="never")
    order, shown = await sim.prompt()
    sent = sim.sent("collect", order, shown["id"])
    assert await sim.rail.enquire(sent) == Unknown("the prompt is open", is_pending=True, rail_id=shown["id"])
    await sim.control(f"prompts/{shown['id']}", pin=PIN)
    assert await sim.rail.enquire(sent) == Paid(rail_id=shown["id"])
    assert not sim.came


async def test_with_a_receipt_the_books_are_asked_for_the_amount(sim: SimulatedDaraja) -> None:
    """The callback named another one."""
    await sim.control("faults", api="push", callbacks="never")
    order, shown = await sim.prompt()
    receipt = (await sim.control(f"prompts/{shown['id']}", pin=PIN))["receipt"]
    sent = replace(sim.sent("collect", order, shown["id"]), receipt=receipt)
    assert await sim.rail.enquire(sent) == Paid(rail_id=shown["id"])
    (said,) = await sim.news(1)
    assert isinstance(said, TransferNews) and said.is_answer and said.own_id == order.own_id
    assert isinstance(said.outcome, Paid) and (said.outcome.receipt, said.outcome.money) == (receipt, order.money)


@pytest.mark.parametrize(
    ("query", "is_pending", "is_missing"),
    [("processing", True, False), ("processing_older", True, False), ("missing", False, True), ("1032", True, False)],
)
async def test_what_a_query_says_of_a_prompt_that_was_paid(
    sim: SimulatedDaraja, query: str, is_pending: bool, is_missing: bool
) -> None:
    order, shown = await sim.prompt()
    await sim.control(f"prompts/{shown['id']}", pin=PIN)
    await sim.control("faults", api="query", query=query)
    outcome = await sim.rail.enquire(sim.sent("collect", order, shown["id"]))
    assert isinstance(outcome, Unknown)
    assert (outcome.is_pending, outcome.is_missing) == (is_pending, is_missing)


@pytest.mark.parametrize(
    ("mode", "outcome"),
    [
        ("throttle", NotSent("HTTP 429", "busy")),
        ("spike", NotSent("HTTP 500 500.003.02 too many requests at once", "busy")),
        ("wrong_token", NotSent("404.001.03 wrong access token", "account")),
        (
            "wrong_credentials",
            NotSent("500.001.1001 wrong credentials: passkey, initiator or certificate", "account"),
        ),
        ("locked", Failed(FailReason.BUSY, "500.001.1001", "another prompt is open on this phone")),
        ("error", Unknown("HTTP 500 500.003.1001")),
        ("page", Unknown("the answer cannot be read: body: is not JSON")),
        ("drop", Unknown("no answer from Daraja: ServerDisconnectedError")),
    ],
)
async def test_a_refusal_leaves_no_prompt(sim: SimulatedDaraja, mode: str, outcome: SendOutcome) -> None:
    await sim.control("faults", api="push", mode=mode, times=2 if mode == "wrong_token" else 1)
    order = sim.order()
    assert await sim.rail.collect(order) == outcome
    assert await sim.shown(f"prompts/{JANE}") == []
    assert isinstance(await sim.rail.collect(order), OrderAccepted), "the fault is used up"


@pytest.mark.parametrize("mode", ["error_after_accept", "drop_after_accept"])
async def test_an_answer_that_is_lost_leaves_a_prompt(sim: SimulatedDaraja, mode: str) -> None:
    await sim.control("faults", api="push", mode=mode)
    order = sim.order()
    assert isinstance(await sim.rail.collect(order), Unknown)
    (shown,) = await sim.shown(f"prompts/{JANE}")
    await sim.control(f"prompts/{shown['id']}", pin=PIN)
    assert isinstance(await sim.outcome(order), Paid), "its address names the order"


async def test_a_paid_prompt_is_told_of_by_paybill_too(sim: SimulatedDaraja) -> None:
    await sim.daraja.register_paybill()
    receipt = await sim.pay()
    prompt, paybill = await sim.news(2)
    assert isinstance(prompt, TransferNews) and isinstance(prompt.outcome, Paid) and isinstance(paybill, MoneyCame)
    assert prompt.outcome.receipt == paybill.receipt == receipt
    assert (paybill.account, paybill.money) == ("12345678", kes(150))


async def test_more_than_a_prompt_takes_is_refused_by_its_result(sim: SimulatedDaraja) -> None:
    order, shown = await sim.prompt(sim.order(250_001))
    await sim.control(f"prompts/{shown['id']}", pin=PIN)
    outcome = await sim.outcome(order)
    assert isinstance(outcome, Failed) and outcome.reason is FailReason.LIMIT


async def test_what_the_control_api_refuses(sim: SimulatedDaraja) -> None:
    assert (await sim.control("prompts/ws_CO_none", pin=PIN))["http"] == 404
    _, shown = await sim.prompt()
    for wrong in ({}, {"pin": PIN, "code": "1032"}, {"code": "0"}, {"pin": "12"}):
        assert (await sim.control(f"prompts/{shown['id']}", **wrong))["http"] == 400
    assert (await sim.control("shortcodes", shortcode="999999", balance="1"))["http"] == 400
    await sim.control(f"prompts/{shown['id']}", code="1032")
    assert (await sim.control(f"prompts/{shown['id']}", pin=PIN))["http"] == 409
    async with sim.http.get(f"{sim.url}/control/daraja/purses") as said:
        assert said.status == 401, "it has people's money in it"
