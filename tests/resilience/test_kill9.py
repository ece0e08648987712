"""The service killed where it hurts most, and started again: nobody has to begin anew, and nothing is done by half."""

import asyncio
from collections.abc import Awaitable
from signal import SIGKILL, SIGTERM
from typing import Any

import aiohttp
import pytest

from bench.siege.check import HALF_WRITTEN
from menus.refusal_texts import BUSY, LATER, UNSURE
from menus.translate import translate
from tests.clock import IN_A_MONTH
from tests.handset import Edge, Handset, ServiceReply, read_screen
from tests.resilience.service_process import ServiceProcess, open_service_process

AMINA, OTIENO = "+254712345678", "+254711222333"
OFFER = ("2", "1", "0711222333", "maize", "50 bags", "3500", "Bungoma market", IN_A_MONTH, "1")
PIN = "4826"
LATE = translate(LATER, "en")
NOT_IN_TIME = {LATE, *(translate(text, "en") for text in (BUSY, UNSURE))}


async def test_killed_between_every_two_hops() -> None:
    async with open_service_process() as process:
        amina, otieno = process.phone(AMINA), process.phone(OTIENO)
        await amina.dial()
        for answer in (*OFFER, PIN, PIN):
            await process.serving.restart()
            before = amina.screen
            await amina.types(answer)
            assert not amina.screen.text.startswith(before.text), "it went on"
        assert "is made" in amina.screen.text
        made = amina.screen
        assert "Reply YES" in (await otieno.next_sms() or "")
        await process.serving.restart()
        assert await amina.hop() == made

        await process.serving.stop_with(SIGKILL)
        repeated = asyncio.create_task(until_taken(otieno.mo_form("YES", "mo-1"), process.edge))
        await process.serving.start()
        await repeated
        for phone in (amina, otieno):
            assert "is confirmed by all" in (await phone.next_sms() or "")
        await process.serving.restart()
        await until_taken(otieno.mo_form("YES", "mo-1"), process.edge)

        (contract,) = await process.fetch("SELECT id, status FROM contracts")
        assert contract["status"] == "CONFIRMED"
        assert await process.audit(contract["id"]) == [
            "contract.made", "contract.confirm", "contract.confirm", "contract.confirmed",
        ]  # fmt: skip
        assert await process.fetch(HALF_WRITTEN) == []


@pytest.mark.parametrize("with_servers", [False, True], ids=["the service", "its servers too"])
async def test_killed_while_thirty_people_act(with_servers: bool) -> None:
    """With its servers the session store loses its last second, too."""
    async with open_service_process() as process:
        sellers = {f"+2547110000{n:02}": f"+2547220000{n:02}" for n in range(30)}
        buyers = [process.phone(buyer) for buyer in sellers.values()]
        await asyncio.gather(*(up_to_the_pin(buyer, seller) for seller, buyer in zip(sellers, buyers, strict=True)))

        for after in (0.02, 0.08, 0.3):  # at the first PIN hash, amid the statements, near the end
            hops = (buyer.edge.hook("ussd", buyer.hop_form()) for buyer in buyers)
            await killed_amid(process, hops, after, with_servers)
            assert await process.fetch(HALF_WRITTEN) == []
        for buyer in buyers:
            await until_made_or_promised(buyer)
        async with asyncio.timeout(120):
            while await process.fetch("SELECT FROM promises WHERE kept_at IS NULL"):  # noqa: ASYNC110 - in another process
                await asyncio.sleep(0.2)
        assert await process.fetch("SELECT count(*) AS n FROM contracts") == [{"n": 30}]
        assert await process.fetch(HALF_WRITTEN) == []

        forms = [process.phone(seller).mo_form("YES", f"mo-{seller}") for seller in sellers]
        for after in (0.01, 0.03):
            await killed_amid(process, (process.edge.hook("sms", form) for form in forms), after, with_servers)
            assert await process.fetch(HALF_WRITTEN) == []
        await asyncio.gather(*(until_taken(form, process.edge) for form in forms))
        assert await process.fetch("SELECT status, count(*) AS n FROM contracts GROUP BY status") == [
            {"status": "CONFIRMED", "n": 30}
        ]
        assert await process.fetch(HALF_WRITTEN) == []
        assert await process.fetch("SELECT count(*) AS n FROM sms_logs WHERE direction = 'in'") == [{"n": 30}]
        for row in await process.fetch("SELECT id FROM contracts"):
            assert len(await process.audit(row["id"])) == 4


@pytest.mark.parametrize("workers", ["1", "2"])
async def test_told_to_stop_while_hops_are_under_way(workers: str) -> None:
    """SIGTERM: whoever is being served is served, then it ends, and nothing is left for the next start to mend."""
    async with open_service_process("--workers", workers, HOP_BUDGET_MS="10000", PIN_PASSES="1") as process:
        people = [process.phone(f"+2547120000{n:02}") for n in range(4)]
        await asyncio.gather(*(up_to_the_pin(person, f"+2547112220{n:02}") for n, person in enumerate(people)))
        async with process.hold_lock("LOCK TABLE contracts IN ACCESS EXCLUSIVE MODE"):  # hops that last
            under_way = [asyncio.create_task(person.hop()) for person in people]
            await process.wait_for_hops_under_way(len(people))
            process.serving.send(SIGTERM)
        assert await process.serving.wait() == 0
        screens = await asyncio.gather(*under_way)
        assert ["is made" in screen.text for screen in screens] == [True] * 4
        with pytest.raises(aiohttp.ClientConnectorError):
            await process.edge.hook("ussd", people[0].hop_form())
        await process.serving.start()
        assert [await person.hop() for person in people] == screens
        assert await process.fetch("SELECT count(*) AS n FROM contracts") == [{"n": 4}]
        assert await process.fetch(HALF_WRITTEN) == []


async def up_to_the_pin(buyer: Handset, seller: str) -> None:
    """All of an offer but its last hop, which is not sent yet."""
    await buyer.dial("*".join(("2", "1", seller, *OFFER[3:-1])))
    await repeat_while_busy(buyer)
    await buyer.chooses("Confirm")
    await repeat_while_busy(buyer)
    await buyer.types(PIN)
    await repeat_while_busy(buyer)
    assert buyer.screen.text.startswith("Type the same PIN"), buyer.screen
    buyer.pins.add(PIN)
    buyer.typed.append(PIN)


async def killed_amid(process: ServiceProcess, requests: Any, after: float, with_servers: bool) -> None:
    """Send all at once, kill the service `after` seconds, start it again. Who was answered was answered well: a
    provider is told to repeat (503) in the moment in which only the servers are dead."""
    under_way = [asyncio.create_task(_sent(request)) for request in requests]
    await asyncio.sleep(after)
    if with_servers:
        process.serving.kill_embedded_servers()
    await process.serving.stop_with(SIGKILL)
    for answer in await asyncio.gather(*under_way):
        assert answer is None or answer.status == 200 or (with_servers and answer.status == 503)
        if answer and answer.content_type and answer.status == 200:
            screen = read_screen(answer)
            assert screen.text.startswith("Contract ") or screen.text in NOT_IN_TIME, screen
    await process.serving.start()


async def repeat_while_busy(phone: Handset) -> None:
    """Thirty phones at once are too many for a busy machine: repeat the hop until it is answered in time."""
    while phone.screen.text in NOT_IN_TIME:
        await phone.hop()


async def until_made_or_promised(buyer: Handset) -> None:
    """Repeat the hop, as a provider does, until the contract is made or promised: a busy machine may be late first."""
    async with asyncio.timeout(120):
        while "is made" not in (screen := await buyer.hop()).text and screen.text != LATE:
            assert screen.text in NOT_IN_TIME, screen


async def _sent(request: Awaitable[ServiceReply]) -> ServiceReply | None:
    try:
        return await request
    except aiohttp.ClientError:
        return None


async def until_taken(form: dict[str, str], edge: Edge) -> None:
    """As the provider does: repeat the message until it is taken."""
    async with asyncio.timeout(30):
        while True:
            answer = await _sent(edge.hook("sms", form))
            if answer and answer.status == 200:
                return
            await asyncio.sleep(0.05)
