"""Conversations, played on the real edge: each file in `tests/dialogues/` is a story that two or three phones live.

To add one, write a text file there; look at `buyer_asks_seller_says_yes.txt` first. What can be written:

    # a comment
    phone amina +254712345678          who has which number; above everything else
    amina dials *483#                  a new session; `*483*2*1#` dials deeper at once
      VoicePact: agree, ...            the screen, two spaces in front, compared exactly
      (ends)                           ... and the session is over
    amina> 2                           she types 2; `amina>` alone is an empty answer
    amina hangs up                     the provider's event at the end of a session
    amina sms> YES {ref}               she sends an SMS; `amina sms>` alone is one with nothing in it
    sms< amina: Contract {ref} is ...  the next SMS she gets (it is waited for)
    6 minutes pass                     for locks, that is: the service's clock is the real one
    operator decides {ref} cancel      over the API, what a mediator decided: complete or cancel
    status {ref} CONFIRMED             where the contract stands
    audit {ref}                        its audit, or with a name instead, that person's
      amina ussd contract.made         who, through what, did what; oldest first
    end                                last line: nobody got an SMS, and nothing was audited, that is not above

`{ref}`, `{ref2}` ... is a reference, with or without a space in it: any the first time, then always the same.
`{...}` is any text, and `...` alone any lines of a screen. A PIN is typed as its digits, or as `{pin}`, `{pin2}` ...
(each another), `{weak pin}` (too easy to guess) and `{no pin}` (not 4 digits).

A story that does not go as written fails with a diff, `-` as written and `+` as it went. So the easiest way to write
one is to leave the screens out and take them from the diff, after reading them. Or live it: `voicepact phone MSISDN
--record FILE` writes what one phone lives (docs/dialogues.md).
"""

import difflib
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from tests.handset import Handset, HandsetScreen, holds_pin
from tests.service import Service, audit_of, open_service

STORIES = Path(__file__).parent / "dialogues"
SMS_WAIT_SECONDS = 5.0

_PLACEHOLDER = re.compile(r"\{(ref\w*|\.\.\.)\}")
_TYPED_FOR = re.compile(r"\{(ref\w*|[\w ]*pin\w*)\}")
_ANY_LINES = "  ..."
_PINS = {
    "pin": "4826", "pin2": "7391", "pin3": "5927", "pin4": "9164", "pin5": "6038", "pin6": "2715", "pin7": "8402",
    "weak pin": "1234", "no pin": "48260",
}  # fmt: skip
_CAPTURED = {"...": ".+", "ref": "[1-9][0-9]{3} ?[0-9]{4}"}


@pytest_asyncio.fixture
async def service(database_url: str, redis_url: str) -> AsyncIterator[Service]:
    async with open_service(database_url, redis_url) as running:
        yield running


@pytest.mark.parametrize("path", sorted(STORIES.glob("*.txt")), ids=lambda path: path.stem)
async def test_it_goes_as_written(path: Path, service: Service) -> None:
    written = path.read_text(encoding="utf-8").splitlines()  # noqa: ASYNC240 - a page of text
    went = await Stage(service).play(written)
    diff = [line.rstrip() for line in difflib.unified_diff(written, went, "as written", "as it went", n=6, lineterm="")]
    if diff:
        pytest.fail("\n".join([f"{path.name} does not go as written", *diff]), pytrace=False)


@pytest.mark.parametrize(
    ("changed", "into", "complaint"),
    [
        pytest.param(
            "  2. New contract", "  2. Vertrag", "-  2. Vertrag\n+  2. New contract", id="another word on a screen"
        ),
        pytest.param("  1. My contracts\n", "", "+  1. My contracts", id="a line more than written"),
        pytest.param(
            "  ...\n  00. Home\namina> 4826", "  ...\n  00. Nyumbani\namina> 4826", "-  00. Nyumbani", id="..."
        ),
        pytest.param("  (ends)\n", "", "+  (ends)", id="an end where none is written"),
        pytest.param("confirmed by all: {...}", "on hold: {...}", "-sms< otieno: Contract {ref} is on", id="an SMS"),
        pytest.param("sms< amina: Contract", "# Contract", "+sms< amina: Contract", id="an SMS nobody mentions"),
        pytest.param("status {ref} CONFIRMED", "status {ref} PENDING", "+status {ref} CONFIRMED", id="a status"),
        pytest.param("  otieno sms contract.confirm\n", "", "+  otieno sms contract.confirm", id="an audit entry"),
        pytest.param("audit amina\n  amina ussd pin.proposed\n", "", "+  amina ussd pin.proposed", id="an audit"),
        pytest.param("amina sms> hello", "amina writes hello", "cannot read: amina writes hello", id="no such line"),
    ],
)
async def test_a_story_told_wrong_fails(service: Service, changed: str, into: str, complaint: str) -> None:
    told = _A_STORY.replace(changed, into)
    assert told != _A_STORY
    went = await Stage(service).play(told.splitlines())
    diff = "\n".join(difflib.unified_diff(told.splitlines(), went, lineterm=""))
    assert complaint in diff


async def test_the_story_told_right_passes(service: Service) -> None:
    assert await Stage(service).play(_A_STORY.splitlines()) == _A_STORY.splitlines()


@dataclass(frozen=True)
class Line:
    """One thing that happens, as written, with the indented lines under it."""

    said: str
    under: tuple[str, ...]


@dataclass
class Stage:
    """Plays a story and writes it down as it goes, in the words of the story wherever those fit."""

    service: Service
    phones: dict[str, Handset] = field(default_factory=dict)
    refs: dict[str, str] = field(default_factory=dict)
    audited: set[object] = field(default_factory=set)

    async def play(self, written: list[str]) -> list[str]:
        """The story as it went. It ends with the first thing that goes otherwise: what follows would only confuse."""
        went: list[str] = []
        lines = list(_lines(written))
        for at, line in enumerate(lines, start=1):
            happened = await self._happens(line)
            went += happened
            if happened != [line.said, *line.under]:
                return went + [text for left in lines[at:] for text in (left.said, *left.under)]
        return went + self._leaks()

    def _leaks(self) -> list[str]:
        pins = {pin for phone in self.phones.values() for pin in phone.pins}
        return [f"the log holds the PIN {pin}" for pin in pins if holds_pin(self.service.logged(), pin)]

    async def _happens(self, line: Line) -> list[str]:
        match line.said.split(maxsplit=2):
            case [] | ["#", *_]:
                return [line.said, *line.under]
            case ["phone", name, msisdn]:
                self.phones[name] = self.service.phone(msisdn)
                return [line.said]
            case [name, "dials", code] if name in self.phones:
                return self._as_written(line, _shown(await self._dial(self.phones[name], code)))
            case [name, "hangs", "up"] if name in self.phones:
                assert (await self.phones[name].hangs_up()).status == 200
                return [line.said]
            case [name, "sms>", *text] if name in self.phones:
                await self.phones[name].sends_sms(self._filled("".join(text)))
                return [line.said]
            case ["sms<", name, text] if name[:-1] in self.phones:
                return [await self._arrives(name[:-1], text)]
            case [minutes, "minutes", "pass"]:
                await self._pass(int(minutes))
                return [line.said]
            case ["operator", "decides", what]:
                reference, decision = what.split()
                await self.service.decides(self._filled(reference), decision)
                return [line.said]
            case ["status", ref, _]:
                sql = "SELECT status FROM contracts WHERE reference = $1"
                return [f"status {ref} {await self.service.db.fetchval(sql, self._filled(ref))}"]
            case ["audit", whose]:
                return self._as_written(line, await self._audit(whose))
            case ["end"]:
                return [*await self._untold(), "end"]
            case [name, *_] if name.endswith(">") and name[:-1] in self.phones:
                typed = line.said.removeprefix(name).removeprefix(" ")
                return self._as_written(line, _shown(await self.phones[name[:-1]].types(self._filled(typed))))
        return [f"cannot read: {line.said}"]

    async def _dial(self, phone: Handset, code: str) -> HandsetScreen:
        stem = phone.service_code.rstrip("#")
        assert code.startswith(stem) and code.endswith("#"), f"the service is dialled {phone.service_code}"
        return await phone.dial(code.removeprefix(stem).removesuffix("#").removeprefix("*"))

    async def _arrives(self, name: str, text: str) -> str:
        sms = await self.phones[name].next_sms(SMS_WAIT_SECONDS)
        if sms is None:
            return f"sms< {name}: (nothing came)"
        return f"sms< {name}: {text if self._fits(text, sms) else sms}"

    async def _pass(self, minutes: int) -> None:
        sql = "UPDATE phones SET pin_locked_until = pin_locked_until - $1::interval"
        await self.service.db.execute(sql, timedelta(minutes=minutes))

    async def _audit(self, whose: str) -> list[str]:
        if whose in self.phones:
            sql, key = "SELECT id FROM phones WHERE msisdn = $1", self.phones[whose].msisdn
        else:
            sql, key = "SELECT id FROM contracts WHERE reference = $1", self._filled(whose)
        chain_id = await self.service.db.fetchval(sql, key)
        self.audited.add(chain_id)
        names = {phone.msisdn: name for name, phone in self.phones.items()}
        chain = await audit_of(self.service.db, chain_id)
        return [f"{names[msisdn] if msisdn else '-'} {channel} {action}" for msisdn, channel, action in chain]

    async def _untold(self) -> list[str]:
        """What happened that the story does not mention."""
        await self.service.sms_settled()
        untold = [f"sms< {name}: {sms}" for name, phone in self.phones.items() for sms in await phone.unread_sms()]
        for row in await self.service.db.fetch("SELECT DISTINCT chain_id FROM audit_logs"):
            if (chain_id := row["chain_id"]) not in self.audited:
                owner = await self.service.db.fetchval("SELECT reference FROM contracts WHERE id = $1", chain_id)
                msisdn = await self.service.db.fetchval("SELECT msisdn FROM phones WHERE id = $1", chain_id)
                name = next((name for name, phone in self.phones.items() if phone.msisdn == msisdn), "?")
                untold += [f"audit {owner or name}", *(f"  {entry}" for entry in await self._audit(owner or name))]
        return untold

    def _as_written(self, line: Line, happened: list[str]) -> list[str]:
        """What happened, each part of it in the words it was foretold in, where they fit."""
        went, left = [line.said], list(line.under)
        for one in happened:
            at = next((i for i, foretold in enumerate(left) if self._fits(foretold[2:], one)), None)
            if at is not None:
                went += [*(text for text in left[:at] if text == _ANY_LINES), left[at]]
                left = left[at + 1 :]
            elif left[:1] != [_ANY_LINES]:
                went.append(f"  {one}")
        return went + [text for text in left if text == _ANY_LINES]

    def _fits(self, foretold: str, happened: str) -> bool:
        """Whether it happened as foretold; captures what is named there for the first time."""
        parts, names = _PLACEHOLDER.split(foretold), _PLACEHOLDER.findall(foretold)
        pattern = "".join(f"({_CAPTURED[p[:3]]})" if i % 2 else re.escape(p) for i, p in enumerate(parts))
        found = re.fullmatch(pattern, happened)
        if not found:
            return False
        known = dict(self.refs)
        for name, value in zip(names, found.groups(), strict=True):
            if name != "..." and known.setdefault(name, value.replace(" ", "")) != value.replace(" ", ""):
                return False
        self.refs = known
        return True

    def _filled(self, text: str) -> str:
        return _TYPED_FOR.sub(lambda found: {**_PINS, **self.refs}.get(found[1], found[0]), text)


def _lines(written: list[str]) -> Iterator[Line]:
    at = 0
    while at < len(written):
        stop = at + 1
        while stop < len(written) and written[stop].startswith("  "):
            stop += 1
        yield Line(written[at], tuple(written[at + 1 : stop]))
        at = stop


def _shown(screen: HandsetScreen) -> list[str]:
    return [*screen.text.split("\n"), *(["(ends)"] if screen.ends else [])]


_A_STORY = """\
phone amina +254712345678
phone otieno +254711222333
amina dials *483*2*1*0711222333*maize*50 bags*3500*Bungoma*25/12#
  You buy 50 bags maize from 0711 222 333 {...}
  ...
amina> 1
  Choose a PIN of 4 digits. It signs your contracts: keep it secret.
  ...
  00. Home
amina> 4826
  Type the same PIN again
  0. Back
  00. Home
amina> 4826
  Contract {ref} is made. We ask 0711 222 333 by SMS to confirm, and tell you the answer by SMS.
  (ends)
sms< otieno: VoicePact {ref}: {...}
otieno sms> YES
sms< otieno: Contract {ref} is confirmed by all: {...}
sms< amina: Contract {ref} is confirmed by all: {...}
status {ref} CONFIRMED
audit {ref}
  amina ussd contract.made
  amina ussd contract.confirm
  otieno sms contract.confirm
  - service contract.confirmed
audit amina
  amina ussd pin.proposed
amina dials *483*5#
  Settings
  ...
amina> 00
  VoicePact: agree, keep proof.
  1. My contracts
  2. New contract
  ...
amina sms> hello
sms< amina: VoicePact: with the contract's number, answer RECEIVED, PART, {...}
end
"""
