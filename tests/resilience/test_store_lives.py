"""The session store dies and lacks the last save when it is back: what was typed is what is kept all the same.

A standby has what the store had before the hop whose save is to be lost, and takes its place after it. What happens
then is compared with the same dialogue on a store that lost nothing. `LOST_SAVES=10000 pytest --timeout 0` plays as
many dialogues as it says.
"""

import asyncio
import os
import random
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest_asyncio
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as NoConnection

from tests.handset import Handset
from tests.resilience.people import AMINA, OFFER, PIN
from tests.service import Service, open_service
from tests.storage.valkey_process import Valkey

DIALOGUES_PLAYED = int(os.environ.get("LOST_SAVES", "20"))
ODD = ("", "*", "**", "#", "a*b", "*x", "x*", "x**", "#*1", "0", "9")


@dataclass
class Stores:
    """Two servers behind one name: the one that the service reaches, and the one that stands by."""

    name: Path
    primary: Redis
    standby: Redis
    places: dict[Redis, Path]

    async def fall_back(self) -> None:
        """The standby has what the primary has now, and gets nothing more."""
        await self.standby.flushall()
        async for key in self.primary.scan_iter("*"):
            kept, ttl_ms = await self.primary.dump(key), await self.primary.pttl(key)
            if kept:
                await self.standby.restore(key, max(ttl_ms, 1), kept)

    async def fail_over(self) -> None:
        """The standby is the primary from now on; nobody has a connection to the old one."""
        self.primary, self.standby = self.standby, self.primary
        self.point()
        await self.standby.client_kill_filter(_type="normal", skipme=True)

    def point(self) -> None:
        self.name.unlink(missing_ok=True)
        self.name.symlink_to(self.places[self.primary])


@pytest_asyncio.fixture
async def stores() -> AsyncIterator[Stores]:
    folder = Path(tempfile.mkdtemp(prefix="vp-"))
    servers = []
    try:
        async with AsyncExitStack() as stack:
            clients = []
            for number in "12":
                (folder / number).mkdir()
                server = Valkey(folder / number)
                server.start()
                servers.append(server)
                clients.append(await stack.enter_async_context(Redis.from_url(server.url)))
                await _until_up(clients[-1])
            places = {client: folder / number / "v.sock" for client, number in zip(clients, "12", strict=True)}
            stores = Stores(folder / "name", clients[0], clients[1], places)
            stores.point()
            yield stores
    finally:
        for server in servers:
            server.kill()
        shutil.rmtree(folder)


@pytest_asyncio.fixture
async def service(database_url: str, stores: Stores) -> AsyncIterator[Service]:
    async with open_service(database_url, f"unix://{stores.name}") as running:
        yield running


async def _until_up(client: Redis) -> None:
    async with asyncio.timeout(30):
        while True:
            try:
                await client.ping()
            except NoConnection:
                await asyncio.sleep(0.01)
            else:
                return


async def play(phone: Handset, answers: list[str], stores: Stores, lost: int | None = None) -> list[str]:
    """Return what the phone shows after each answer; the save of the answer at `lost` is lost with its store."""
    await phone.dial()
    seen = []
    for number, answer in enumerate(answers):
        if number == lost:
            await stores.fall_back()
        seen.append((await phone.types(answer)).text)
        if number == lost:
            await stores.fail_over()
    return seen


async def test_what_was_typed_is_what_is_kept(service: Service, stores: Stores) -> None:
    """Of the two answers around the failover none has a star: a star there would be read as the end of an answer."""
    chance = random.Random(20261129)  # noqa: S311 - no secret
    for number in range(DIALOGUES_PLAYED):
        answers = ["2", "1"]
        for answer in OFFER[2:-1]:
            answers += chance.choices(ODD, k=chance.choice((0, 0, 0, 1, 2)))
            answers.append(answer)
        certain = [at for at in range(len(answers) - 1) if "*" not in answers[at] + answers[at + 1]]
        lost = chance.choice(certain)
        await stores.primary.flushall()  # what is copied does not grow with the dialogues before
        one, other = (service.phone(f"+2547{digit}{number:07}") for digit in "12")  # neither goes on with a cut call
        whole = await play(one, answers, stores)
        assert await play(other, answers, stores, lost) == whole, (number, lost, answers)


async def test_a_star_in_an_answer_is_kept_where_no_save_was_lost(service: Service, stores: Stores) -> None:
    phone = service.phone(AMINA)
    await phone.dial()
    await phone.types(*OFFER[:3], "maize*flour", OFFER[4])
    await stores.fall_back()
    await stores.fail_over()
    await phone.types(*OFFER[5:8])
    assert "maize*flour" in phone.screen.text


async def test_an_act_whose_session_was_not_saved_is_not_read_as_one_answer(service: Service, stores: Stores) -> None:
    """The store lives on, and lacks only the save after the act: the reply was sent, and the next key is a key."""
    phone = service.phone(AMINA)
    await phone.dial()
    await phone.types(*OFFER, PIN)
    before = await service.sessions()
    made = await phone.types(PIN)
    assert "is made" in made.text
    whole = await phone.types("00")
    for key, value in before.items():
        await service.redis.set(key, value, px=900_000)
    await phone.hop()
    assert phone.screen == whole
    assert (await service.counts())["contracts"] == 1
