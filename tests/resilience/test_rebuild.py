"""The session store is emptied between two hops: the session is built anew from the history, and no act is repeated.

The dialogues of tests/dialogues are played again and again: with Valkey emptied just before the first new place of each
of its calls (places.py), then before the second of each, and so on; at last before every hop. Such a hop is answered as
written; or, where something would be done, it leads back to the screen that says what, or asks the PIN again
(SessionRebuilder._walk): then the caller answers once more from there, and it goes on as written. Either way the rest
of the story holds to the end, with its SMS and its audit, and with as many rows as ever.
"""

import re
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from tests.dialogue_player import DIALOGUES, DialogueLine, DialoguePlayer, escrow_of, lines_of
from tests.handset import Handset
from tests.resilience.people import (
    AMINA,
    ASKS_PIN,
    EVE,
    OFFER,
    OTHER_PIN,
    OTIENO,
    PIN,
    contracts,
    offers,
    to_the_pin,
    with_pin,
)
from tests.resilience.places import is_dial, new_places, numbered, places_of, read, sessions_of, untold, who_hops
from tests.service import Service, open_service

STORIES = sorted(DIALOGUES.glob("*.txt"))
NEW_PLACES = new_places(STORIES)
REFUSED_PIN = ("  Wrong PIN. ", "  The two PINs differ.", "  PIN locked until ")
FROM_THE_ROWS = ("pack ", "paper ", "operator sees")  # what the rows say, which are counted; some take seconds
COUNTED = ("contracts", "confirmations", "audit_logs", "sms_logs", "contract_signatures", "phones", "promises")


@pytest_asyncio.fixture
async def service(database_url: str, redis_url: str, request: pytest.FixtureRequest) -> AsyncIterator[Service]:
    async with open_service(database_url, redis_url, escrow=escrow_of(request)) as running:
        yield running


@dataclass
class Forgetful(DialoguePlayer):
    """Plays a story in which the session store is emptied before some hops (by number, from 1).
    `led_back`: those of them that were not answered as written at once."""

    emptied_before: frozenset[int] = frozenset()
    hops: int = 0
    led_back: list[DialogueLine] = field(default_factory=list)
    so_far: dict[str, list[DialogueLine]] = field(default_factory=dict)

    async def _happens(self, line: DialogueLine) -> list[str]:
        name = who_hops(line, self.phones)
        if line.text.startswith(FROM_THE_ROWS):
            return [line.text, *line.under]
        if name is None:
            happened = await super()._happens(line)
            if line.text.startswith("phone "):  # its inbox may hold what came in an earlier playing
                phone = self.phones[line.text.split()[1]]
                phone.read = len(await self.service.edge.inbox_of(phone.msisdn))
            return happened
        self.hops += 1
        is_emptied = self.hops in self.emptied_before
        if is_dial(line):
            self.so_far[name] = []
        if is_emptied:
            await self.service.redis.flushdb()
        happened = await super()._happens(line)
        written = [line.text, *line.under]
        if happened != written and is_emptied:
            self.led_back.append(line)
            happened = await self._again(name, line) or happened
        self.so_far[name].append(line)
        return happened

    async def _again(self, name: str, line: DialogueLine) -> list[str] | None:
        """Answer once more from the screen the caller was led back to; None if it is none of this session's.

        It is found by what is written of it, so a story writes the screens around a PIN in full."""
        shown, lines = lines_of(self.phones[name].screen), self.so_far[name]
        for at in range(len(lines) - 1, -1, -1):
            if self._as_written(lines[at], shown) == [lines[at].text, *lines[at].under]:
                break
        else:
            return None
        for again in lines[at + 1 :]:
            if not again.under[0].startswith(REFUSED_PIN):  # counted, or locked then: not typed again
                happened = await super()._happens(again)
                assert happened == [again.text, *again.under], happened
        return await super()._happens(line)


async def play(service: Service, written: list[str], emptied_before: Iterable[int] = ()) -> tuple[Forgetful, list[str]]:
    """The story on an empty database, on the day on which it begins."""
    service.now.goes_back()
    full = [name for name, count in (await service.counts()).items() if count]
    deletes = "".join(f"DELETE FROM {name};" for name in full)  # noqa: S608 - names of our own tables
    # Without triggers, because those rightly refuse it. The service's jobs look at the same rows in another order.
    while True:
        try:
            await service.db.execute(
                f"SET session_replication_role = replica; {deletes} RESET session_replication_role"
            )
            break
        except asyncpg.DeadlockDetectedError:
            continue
    await service.redis.flushdb()
    stage = Forgetful(service, emptied_before=frozenset(emptied_before))
    return stage, await stage.play(written)


@pytest.mark.parametrize("path", [path for path, new in NEW_PLACES.items() if any(new)], ids=lambda path: path.stem)
async def test_a_story_goes_on_wherever_the_store_is_emptied(path: Path, service: Service) -> None:
    written = read(path)
    in_turn = [set(filter(None, hops)) for hops in zip_longest(*NEW_PLACES[path])]
    everywhere = {hop for session in sessions_of(written) for hop in places_of(session)}
    rows = []
    for emptied in (*in_turn, everywhere):
        stage, went = await play(service, written, emptied)
        assert went == written, f"emptied before the hops {sorted(emptied)}"
        assert all(_is_at_an_effect(line) for line in stage.led_back)
        counts = await service.counts()
        rows.append({name: counts[name] for name in COUNTED})
        assert rows[-1] == rows[0], "each playing empties the store elsewhere, and has as many rows"


def _is_at_an_effect(line: DialogueLine) -> bool:
    """Whether a PIN was typed or is asked for, or a language chosen: none of that is done on the way back."""
    if re.search(r"> ?(?:[0-9]{4,}|\{pin)", line.text):
        return True
    return any("PIN" in text or text.startswith(("  Kuanzia sasa", "  From now on")) for text in line.under)


@pytest.mark.parametrize("path", [path for path in STORIES if untold(read(path))], ids=lambda path: path.stem)
async def test_where_the_history_does_not_tell_nothing_is_done(path: Path, service: Service) -> None:
    """What the caller sees then may surprise them, but nothing happens, nothing ends, and Home is a key away."""
    written = read(path)
    stage, surprising = DialoguePlayer(service), untold(written)
    for number, line in numbered(written):
        if number in surprising:
            await does_nothing(service, stage.phones[line.text.partition(">")[0]], line.text.partition("> ")[2])
        assert await stage.play([line.text, *line.under]) == [line.text, *line.under]


async def does_nothing(service: Service, phone: Handset, answer: str) -> None:
    """The store is emptied, the phone answers and goes home; then all that it knew is put back."""
    typed, screen, sessions, rows = [*phone.typed], phone.screen, await service.sessions(), await service.rows()
    await service.redis.flushdb()
    phone.typed.append(answer)
    await phone.hop()
    await phone.types("00")
    assert await service.rows() == rows
    await service.redis.flushdb()
    await service.redis.mset(sessions)
    phone.typed, phone.screen = typed, screen


async def test_a_list_that_has_changed_confirms_nothing_else(service: Service) -> None:
    """The first of her list is another contract now. The PIN confirms neither: the terms are shown, and asked about."""
    maize = await offers(service, AMINA, OTIENO, "maize", PIN)
    otieno = await with_pin(service, OTIENO, "7391")
    assert (await to_the_pin(otieno)).text.startswith(ASKS_PIN)
    beans = await offers(service, EVE, OTIENO, "beans", OTHER_PIN)
    await service.redis.flushdb()
    shown = await otieno.types("7391")
    assert shown.text.startswith(f"{beans[:4]} {beans[4:]}: you sell 50 bags beans to 0733 000 111"), shown.text
    assert await contracts(service) == [("PENDING", 1), ("PENDING", 1)]
    await otieno.chooses("Confirm")
    done = await otieno.types("7391")
    assert done.text.startswith(f"Contract {beans[:4]} {beans[4:]} is confirmed by all")
    assert await service.db.fetchval("SELECT status FROM contracts WHERE reference = $1", maize) == "PENDING"


async def test_nor_does_a_wrong_pin_before_it(service: Service) -> None:
    await offers(service, AMINA, OTIENO, "maize", PIN)
    otieno = await with_pin(service, OTIENO, "7391")
    await to_the_pin(otieno)
    await otieno.types("9999")
    beans = await offers(service, EVE, OTIENO, "beans", OTHER_PIN)
    await service.redis.flushdb()
    shown = await otieno.types("7391")
    assert shown.text.startswith(f"{beans[:4]} {beans[4:]}: you sell 50 bags beans")
    assert await contracts(service) == [("PENDING", 1), ("PENDING", 1)]
    assert await service.db.fetchval("SELECT max(pin_tries) FROM phones") == 1, "nor was the PIN tried"


async def test_a_pin_typed_again_is_for_what_was_shown_before_it(service: Service) -> None:
    """Chosen and typed again: the first is on record, with the contract it was for."""
    maize = await offers(service, AMINA, OTIENO, "maize", PIN)
    otieno = service.phone(OTIENO)
    await to_the_pin(otieno)
    asked = await otieno.types("7391")
    await offers(service, EVE, OTIENO, "beans", OTHER_PIN)
    await service.redis.flushdb()
    assert (await otieno.types("7391")).wire == asked.wire
    done = await otieno.types("7391")
    assert done.text.startswith(f"Contract {maize[:4]} {maize[4:]} is confirmed by all")
    assert await contracts(service) == [("CONFIRMED", 2), ("PENDING", 1)]


async def test_emptied_behind_an_end_that_acted(service: Service) -> None:
    amina = service.phone(AMINA)
    await amina.dial()
    made = await amina.types(*OFFER, PIN, PIN)
    rows = await service.counts()
    await service.redis.flushdb()
    assert (await amina.hop()).wire == made.wire
    assert (await service.counts())["contracts"] == rows["contracts"] == 1
