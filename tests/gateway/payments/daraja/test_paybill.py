"""Paybill and statements, from the simulated handset to the rail: what people pay by themselves."""

from datetime import timedelta
from decimal import Decimal

import pytest
from aiohttp import web

from gateway.payments.port import MoneyCame, StatementLine, StatementUnavailable
from gateway.simulator.daraja_payers import spelled_payer
from tests.gateway.payments.daraja.daraja_account import JANE, NOW, kes
from tests.gateway.payments.daraja.simulated_daraja import (
    PIN,
    SHORTCODE,
    SIMULATED,
    SimulatedDaraja,
    open_daraja,
    rejection,
)
from values.frozen import replace

PAYMENT = {"msisdn": JANE, "pin": PIN, "amount": "1500", "account": "12 34 5678"}
VALIDATING = replace(SIMULATED, validates=True)


@pytest.mark.parametrize("payer", ["hashed", "masked", "full"])
async def test_a_payment_by_paybill_comes_with_what_was_typed(sim: SimulatedDaraja, payer: str) -> None:
    await sim.daraja.register_paybill()
    paid = await sim.control("pay", **PAYMENT, payer=payer)
    assert paid["code"] == "0"
    told = {"hashed": spelled_payer(JANE[1:], "hashed"), "masked": "2547****022", "full": JANE}[payer]
    assert await sim.news(1) == [MoneyCame(paid["receipt"], kes(1500), "12 34 5678", told, NOW)]
    assert (await sim.purses())[SHORTCODE] == Decimal(1500)


async def test_without_registered_addresses_money_comes_and_nobody_is_told(sim: SimulatedDaraja) -> None:
    assert (await sim.control("pay", **PAYMENT))["code"] == "0"
    assert not sim.came and (await sim.purses())[SHORTCODE] == Decimal(1500)


async def test_a_handset_without_the_money_or_the_pin_pays_nothing(sim: SimulatedDaraja) -> None:
    await sim.daraja.register_paybill()
    await sim.control("handsets", msisdn=JANE, pin=PIN, balance="1499")
    for sent, code in ((PAYMENT, "1"), ({**PAYMENT, "pin": "0000"}, "2001")):
        paid = await sim.control("pay", **sent)
        assert (paid["code"], paid["receipt"]) == (code, None)
    assert not sim.came and (await sim.purses())[SHORTCODE] == 0


@pytest.mark.parametrize("callbacks", ["twice", "never", "other"])
async def test_a_confirmation_may_come_twice_never_or_for_another_shortcode(
    sim: SimulatedDaraja, callbacks: str
) -> None:
    await sim.daraja.register_paybill()
    await sim.control("faults", api="paybill", callbacks=callbacks)
    paid = await sim.control("pay", **PAYMENT)
    if callbacks == "other":
        with pytest.raises(ValueError, match="BusinessShortCode: must be our shortcode"):
            await sim.news(1)
        return
    said = await sim.news(2 if callbacks == "twice" else 0)
    assert {each.receipt for each in said if isinstance(each, MoneyCame)} <= {paid["receipt"]}
    assert (await sim.purses())[SHORTCODE] == Decimal(1500)


async def test_our_answer_to_a_validation_is_taken_for_a_yes() -> None:
    async with open_daraja(VALIDATING) as sim:
        await sim.daraja.register_paybill()
        paid = await sim.control("pay", **PAYMENT)
        assert [callback.kind for callback in sim.came] == ["validation", "confirmation"]
        (came,) = await sim.news(2)
        assert isinstance(came, MoneyCame) and came.receipt == paid["receipt"]


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (rejection("C2B00012"), "C2B00012"),
        (web.Response(status=503), "0"),
        (web.Response(text="<html>"), "0"),
    ],
)
async def test_a_payment_that_the_gateway_refuses_does_not_move_and_one_without_an_answer_does(
    answer: web.Response, code: str
) -> None:
    async with open_daraja(VALIDATING) as sim:
        await sim.daraja.register_paybill()
        sim.answer = answer
        assert (await sim.control("pay", **PAYMENT))["code"] == code
        assert (await sim.purses())[SHORTCODE] == (Decimal(1500) if code == "0" else 0)


async def lines(sim: SimulatedDaraja) -> list[StatementLine]:
    return [line async for line in sim.rail.statement(NOW - timedelta(hours=47), NOW)]


async def test_a_statement_has_every_payment_to_us_over_all_its_pages() -> None:
    async with open_daraja(replace(SIMULATED, page_size=2)) as sim:
        await sim.daraja.register_statement(JANE)
        await sim.daraja.register_statement(JANE)
        assert await lines(sim) == []
        receipts = {(await sim.control("pay", **PAYMENT))["receipt"] for _ in range(4)}
        receipts.add(await sim.pay())
        await sim.rail.pay_out(sim.order())
        found = await lines(sim)
        assert {line.receipt for line in found} == receipts and len(found) == 5
        assert {line.payer for line in found} == {JANE, "2547 ***** 022"}
        assert {line.account for line in found} == {"12 34 5678", "12345678"}
        assert all(line.at and abs(line.at - NOW) <= timedelta(hours=3) for line in found), "off by a zone at most"


async def test_a_statement_that_is_not_registered_is_none(sim: SimulatedDaraja) -> None:
    with pytest.raises(StatementUnavailable, match=r"HTTP 400 400\.001"):
        await lines(sim)


async def test_the_faults_that_are_set_are_shown(sim: SimulatedDaraja) -> None:
    await sim.control("faults", api="payout", mode="slow", seconds=0.01, times=2, code="1")
    assert (await sim.shown("faults"))["payout"] == {
        "mode": "slow", "callbacks": "usual", "code": "1", "status": None, "query": None, "spells_codes": "number",
        "times": 2, "seconds": 0.01,
    }  # fmt: skip
    await sim.rail.pay_out(sim.order())
    await sim.rail.pay_out(sim.order())
    assert await sim.shown("faults") == {}
    assert (await sim.control("faults", api="nothing"))["http"] == 400
