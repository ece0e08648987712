"""The session store is emptied between two hops: the session is built anew from the history, and no act is repeated.

Every dialogue of tests/dialogues is played again and again: with Valkey emptied just before the first hop of each of
its sessions, then before the second of each, and so on; at last before every hop. Such a hop is answered as written;
or, where something would be done, it leads back to the screen that says what, or asks the PIN again (Turns._walk):
then the caller answers once more from there, and it goes on as written. Either way the rest of the story holds to the
end, with its SMS and its audit, and with as many rows as ever.
"""

import re
from collections.abc import AsyncIterator, Container, Iterable
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path

import pytest
import pytest_asyncio

from tests.dialogue_player import DIALOGUES, DialogueLine, DialoguePlayer, lines_of, read_lines
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
from tests.service import Service, open_service

REFUSED_PIN = ("  Wrong PIN. ", "  The two PINs differ.", "  PIN locked until ")
_NEVER = 0
CUT = "  Your last call was cut."
COUNTED = ("contracts", "confirmations", "audit_logs", "sms_logs", "contract_signatures", "phones", "promises")


@pytest_asyncio.fixture
async def service(database_url: str, redis_url: str) -> AsyncIterator[Service]:
    async with open_service(database_url, redis_url) as running:
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
        name = _who_hops(line, self.phones)
        if name is None:
            happened = await super()._happens(line)
            if line.text.startswith("phone "):  # its inbox may hold what came in an earlier playing
                phone = self.phones[line.text.split()[1]]
                phone.read = len(await self.service.edge.inbox_of(phone.msisdn))
            return happened
        self.hops += 1
        is_emptied = self.hops in self.emptied_before
        if _is_dial(line):
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
        """Answer once more from the screen the caller was led back to; None if it is none of this session's."""
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


def _who_hops(line: DialogueLine, phones: Container[str]) -> str | None:
    name, _, rest = line.text.partition(" ")
    if name.endswith(">") and name[:-1] in phones:
        return name[:-1]
    return name if name in phones and rest.startswith("dials ") else None


def _is_dial(line: DialogueLine) -> bool:
    return ">" not in line.text.split(maxsplit=1)[0]


def _names(written: list[str]) -> set[str]:
    return {line.split()[1] for line in written if line.startswith("phone ")}


def _up_to(written: list[str], number: int) -> list[str]:
    """What is written above a hop."""
    above: list[str] = []
    for line in read_lines(written):
        number -= _who_hops(line, _names(written)) is not None
        if number == 0:
            break
        above += [line.text, *line.under]
    return above


def sessions_of(written: list[str]) -> list[list[tuple[int, DialogueLine]]]:
    """The hops of each session, numbered from 1 through the whole story."""
    sessions: list[list[tuple[int, DialogueLine]]] = []
    phones = _names(written)
    for number, line in enumerate((line for line in read_lines(written) if _who_hops(line, phones)), start=1):
        if _is_dial(line):
            sessions.append([])
        sessions[-1].append((number, line))
    return sessions


def knowable(session: list[tuple[int, DialogueLine]]) -> list[int]:
    """The hops before which the store may be lost: as far as the provider's history says what was answered.

    Before a dial that goes on with a cut call it may not: what was cut is nowhere else. It does not behind an answer
    with a star in it, which is not escaped, or an empty one to the first screen, which leaves the history as it was.
    """
    known: list[int] = []
    for number, hop in session:
        answer = hop.text.partition(">")[2]
        if "*" in answer or (len(known) == 1 and not answer.strip()):
            break
        known.append(_NEVER if CUT in hop.under else number)
    return known


def read(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


async def play(service: Service, written: list[str], emptied_before: Iterable[int] = ()) -> tuple[Forgetful, list[str]]:
    """The story on an empty database, on the day on which it begins."""
    service.now.goes_back()
    await service.db.execute("SET session_replication_role = replica")  # for what may only be appended to
    await service.db.execute(f"TRUNCATE {', '.join(await service.counts())} CASCADE")
    await service.db.execute("RESET session_replication_role")
    await service.redis.flushdb()
    stage = Forgetful(service, emptied_before=frozenset(emptied_before))
    return stage, await stage.play(written)


STORY = pytest.mark.parametrize("path", sorted(DIALOGUES.glob("*.txt")), ids=lambda path: path.stem)


@STORY
async def test_a_story_goes_on_wherever_the_store_is_emptied(path: Path, service: Service) -> None:
    written = read(path)
    undisturbed, went = await play(service, written)
    assert went == written
    rows = await service.counts()
    sessions = [knowable(session) for session in sessions_of(written)]
    in_turn = [set(filter(None, numbers)) for numbers in zip_longest(*sessions)]
    for emptied in (*in_turn, set().union(*in_turn)):
        stage, went = await play(service, written, emptied)
        assert went == written, f"emptied before the hops {sorted(emptied)}"
        assert all(_is_at_an_effect(line) for line in stage.led_back)
        after = await service.counts()
        assert {name: after[name] for name in COUNTED} == {name: rows[name] for name in COUNTED}
    assert undisturbed.led_back == []


def _is_at_an_effect(line: DialogueLine) -> bool:
    """Whether a PIN was typed or is asked for, or a language chosen: none of that is done on the way back."""
    if re.search(r"> ?(?:[0-9]{4,}|\{pin)", line.text):
        return True
    return any("PIN" in text or text.startswith(("  Kuanzia sasa", "  From now on")) for text in line.under)


@STORY
async def test_where_the_history_does_not_tell_nothing_is_done(path: Path, service: Service) -> None:
    """What the caller sees then may surprise them, but nothing happens, nothing ends, and Home is a key away."""
    written = read(path)
    for session in sessions_of(written):
        known = knowable(session)
        for number, hop in session[len(known) :]:
            if _is_dial(hop):
                continue
            stage, _ = await play(service, _up_to(written, number))
            rows = await service.rows()
            await service.redis.flushdb()
            phone = stage.phones[hop.text.partition(">")[0]]
            phone.typed.append(hop.text.partition("> ")[2])
            await phone.hop()
            await phone.types("00")
            assert await service.rows() == rows


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
