"""`voicepact recover` asks whether the SIM of the number was changed before it gives a code; payouts wait after it."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from contracts.escrow.number_risk import HoldReason
from contracts.fields.msisdn import Msisdn
from gateway.commands.recover import _give_code
from gateway.commands.startup import StartError
from tests.gateway.number_risk.sim_cards import CAMARA, HOUR, MINUTE, SimCards
from tests.gateway.number_risk.test_payout_hold import Payouts
from tests.resilience.people import AMINA, OTHER_PIN, with_pin
from tests.service import Service, open_service


@pytest_asyncio.fixture
async def service(database_url: str, redis_url: str) -> AsyncIterator[Service]:
    """A service of which Amina is a caller, and which asks CAMARA."""
    async with open_service(database_url, redis_url, number_checks="camara", **CAMARA) as service:
        await with_pin(service, AMINA)
        yield service


@pytest.fixture
def sims(service: Service) -> SimCards:
    return SimCards(service.edge.double_url, service.edge.http)


async def code(service: Service, **options: Any) -> str:
    return await _give_code(service.settings, Msisdn(AMINA), "command line: a test", service.now(), **options)


async def audited(service: Service) -> list[dict[str, Any]]:
    rows = await service.db.fetch("SELECT details FROM audit_actions WHERE action = 'pin.recovery_given' ORDER BY n")
    return [json.loads(row["details"]) for row in rows]


async def test_a_sim_that_was_not_changed(service: Service) -> None:
    await code(service)
    assert await audited(service) == [{"operator": "command line: a test", "sim": "not changed lately"}]


async def test_a_sim_that_was_changed_lately_refuses_until_it_has_cooled(service: Service, sims: SimCards) -> None:
    at = service.now() - HOUR
    await sims.set(AMINA, swapped_at=at)
    with pytest.raises(StartError) as refused:
        await code(service)
    since, until = (f"{each.astimezone(service.settings.zone):%Y-%m-%d %H:%M}" for each in (at, at + 72 * HOUR))
    assert str(refused.value) == (
        f"the SIM of this number was changed at {since}: no code before {until} (COOLING_HOURS); "
        "if you are sure who asks: --although-swapped"
    )
    row = await service.db.fetchrow("SELECT recovery_key, recovered_at FROM phones WHERE msisdn = $1", AMINA)
    assert row and tuple(row) == (None, None) and await audited(service) == []
    service.now.passes(71 * HOUR)
    await code(service)


async def test_an_operator_may_give_it_all_the_same_and_the_audit_says_so(service: Service, sims: SimCards) -> None:
    await sims.set(AMINA, swapped_at=service.now() - HOUR)
    await code(service, although_swapped=True)
    (said,) = await audited(service)
    assert said == {"operator": "command line: a test", "sim": "changed lately", "although": "although-swapped"}


@pytest.mark.parametrize("mode", ["throttle", "unavailable", "unreadable"])
async def test_where_nobody_knows_an_operator_must_say_so(service: Service, sims: SimCards, mode: str) -> None:
    await sims.set(AMINA, mode)
    with pytest.raises(StartError, match=r"nobody says .* lately \(camara: .*\): try again .*--although-swapped"):
        await code(service)
    await code(service, although_swapped=True)
    assert [said["sim"] for said in await audited(service)] == ["not known"]
    await sims.set(AMINA)
    await code(service)
    assert [said["sim"] for said in await audited(service)] == ["not known", "not changed lately"], "it is asked anew"


async def test_an_answer_of_this_morning_is_not_enough_for_a_new_pin(service: Service, sims: SimCards) -> None:
    await code(service)
    service.now.passes(14 * MINUTE)
    await sims.set(AMINA, swapped_at=service.now())
    await code(service)
    service.now.passes(MINUTE)
    with pytest.raises(StartError, match="was changed at"):
        await code(service)


async def test_nobody_is_asked_about_a_number_that_we_do_not_know(service: Service, sims: SimCards) -> None:
    with pytest.raises(StartError, match="no PIN to recover"):
        await _give_code(service.settings, Msisdn("+254733000111"), "a test", service.now())
    assert await sims.calls() == {}


async def test_payouts_wait_from_the_code_and_from_its_use(service: Service) -> None:
    person = await service.db.fetchval("SELECT id FROM phones WHERE msisdn = $1", AMINA)
    payouts, amina = Payouts(service, person), service.phone(AMINA)
    given = await code(service)
    assert await payouts.minutes() == 72 * 60
    service.now.passes(20 * HOUR)
    await amina.dial("5")
    await amina.chooses("Forgot PIN")
    await amina.chooses("I have the code")
    await amina.types(f"{(int(given) + 1) % 10**8:08}")
    assert await payouts.minutes() == 52 * 60, "a wrong code changes nothing"
    await amina.types(given, OTHER_PIN, OTHER_PIN)
    assert await payouts.minutes() == 72 * 60
    service.now.passes(72 * HOUR + timedelta(seconds=1))
    assert await payouts.why() is None


async def test_without_checks_it_says_that_nobody_was_asked(
    database_url: str, redis_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async with open_service(database_url, redis_url) as service:
        await with_pin(service, AMINA)
        await code(service)
        assert [said["sim"] for said in await audited(service)] == ["not checked"]
        assert "NUMBER_CHECKS is not set: nobody was asked" in capsys.readouterr().err
        person = await service.db.fetchval("SELECT id FROM phones WHERE msisdn = $1", AMINA)
        assert await Payouts(service, person).why() is HoldReason.PIN_RECOVERED
