"""Plays dialogues: each file in `tests/dialogues/` says what two or three phones do, and what the service answers.

To add one, write a text file there; read `buyer_asks_seller_says_yes.txt` first. The lines of a dialogue:

    # a comment
    phone amina +254712345678          amina has this number; such lines come first
    service with escrow                money may wait with it; else people pay each other
    amina dials *483#                  a new session; `*483*2*1#` dials deeper at once
      VoicePact: agree, ...            the screen, two spaces in front, compared exactly
      (ends)                           ... and the session has ended
    amina> 2                           she types 2; `amina>` alone is an empty answer
    amina hangs up                     the provider's event at the end of a session
    amina sms> YES {ref}               she sends an SMS; `amina sms>` alone is one with nothing in it
    sms< amina: Contract {ref} is ...  the next SMS she gets (it is waited for)
    6 minutes pass                     on the service's clock, which begins on Monday 23 November 2026 at 10:00 in
                                       Nairobi; `hours pass` and `days pass`, too
    mobile money brings {ref} 3500 SJK1    the buyer has paid the open request to pay: so much, under this receipt
    mobile money pays out {ref} SJK2       what is to leave to the seller, and back to the buyer, has left
    mobile money refuses {ref} no_funds    the open request, or else the payout, has failed for this reason
    operator names {ref} amos Mzee Barasa    `voicepact disputes mediator`: amos, of this name, decides from now on
    operator sees                      what `voicepact disputes waiting` prints
      {ref}  reported {...}
    operator decides {ref} cancel      an operator reports over the API that a mediator decided: complete or cancel
    status {ref} CONFIRMED             the contract's status
    clock {ref} stands                 whether silence counts after a delivery: `stands`, or `runs` (or there is none)
    pack {ref}                         what parties wrote about a delivery, as the evidence pack has it
      otieno wrote: sijapokea
    paper {ref}                        the evidence pack verifies offline with the commands of its README, and its
      Reported a problem  ·  {...}     contract.pdf has these lines; `{...}`: a few words
    audit {ref}                        the audit of the contract; `audit amina`: of that person
      amina ussd contract.made         who acted, by which channel, what happened; oldest first
    end                                last line: no SMS and no audit happened that is not written above

`{ref}`, `{ref2}` and so on: a reference, with or without a space in it; any the first time, then always the same one.
`{code}` and so on: the short code of a contract, in the same way. `{...}`: any text. `...` alone: any lines of a
screen. A PIN is typed as its digits, or as `{pin}`, `{pin2}` and so on,
`{weak pin}` (too easy to guess) or `{no pin}` (not 4 digits).

A dialogue that does not go as written fails with a diff: `-` as written, `+` as it went. The easiest way to write one
is to leave the screens out and copy them from the diff, after reading them. Or use a phone: `voicepact phone MSISDN
--record FILE` writes down what it sends and receives (docs/dialogues.md).
"""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from contracts.contract import Party, Role
from contracts.fields.msisdn import Msisdn
from contracts.proof.short_code import ALPHABET
from gateway.commands.disputes import list_waiting, name_mediator
from gateway.outbox.compose import composer_of
from gateway.settings import Settings
from storage.looks import Looker
from storage.postgres import database
from storage.postgres.pool import Pool
from tests.gateway.evidence_pack import verify_offline
from tests.gateway.money_by_hand import happen_by_hand
from tests.gateway.pdf_text import pdf_text
from tests.handset import Handset, HandsetScreen, holds_pin
from tests.service import Service, audit_of, unzip

DIALOGUES = Path(__file__).parent / "dialogues"
WITH_ESCROW = "service with escrow"


def escrow_of(request: pytest.FixtureRequest) -> str:
    """Return the setting ESCROW that the dialogue `path` of a test needs."""
    callspec = getattr(request.node, "callspec", None)
    path = callspec.params.get("path") if callspec else None
    return "on" if path and WITH_ESCROW in path.read_text(encoding="utf-8").splitlines() else "off"


SMS_WAIT_SECONDS = 5.0

_PLACEHOLDER = re.compile(r"\{(ref\w*|code\w*|\.\.\.)\}")
_TYPED_FOR = re.compile(r"\{(ref\w*|code\w*|[\w ]*pin\w*)\}")
_ANY_LINES = "  ..."
_PINS = {
    "pin": "4826", "pin2": "7391", "pin3": "5927", "pin4": "9164", "pin5": "6038", "pin6": "2715", "pin7": "8402",
    "weak pin": "1234", "no pin": "48260",
}  # fmt: skip
_CAPTURED = {"...": ".+", "ref": "[1-9][0-9]{3} ?[0-9]{4}", "cod": f"[{ALPHABET}]{{4}}(?: ?[{ALPHABET}]{{4}}){{2}}"}


@dataclass(frozen=True)
class DialogueLine:
    """One line, as written, with the indented lines under it."""

    text: str
    under: tuple[str, ...]


@dataclass
class DialoguePlayer:
    """Plays a dialogue and writes down how it goes: with the written line wherever that line fits what happened."""

    service: Service
    phones: dict[str, Handset] = field(default_factory=dict)
    refs: dict[str, str] = field(default_factory=dict)
    audited: set[object] = field(default_factory=set)

    async def play(self, written: list[str]) -> list[str]:
        """Return the dialogue as it went. After the first line that goes otherwise, the rest is copied, not played."""
        went: list[str] = []
        lines = list(read_lines(written))
        for at, line in enumerate(lines, start=1):
            happened = await self._happens(line)
            went += happened
            if happened != [line.text, *line.under]:
                return went + [text for left in lines[at:] for text in (left.text, *left.under)]
        return went + self._leaks()

    def _leaks(self) -> list[str]:
        pins = {pin for phone in self.phones.values() for pin in phone.pins}
        return [f"the log holds the PIN {pin}" for pin in pins if holds_pin(self.service.logged(), pin)]

    async def _happens(self, line: DialogueLine) -> list[str]:
        match line.text.split(maxsplit=2):
            case [] | ["#", *_]:
                return [line.text, *line.under]
            case ["phone", name, msisdn]:
                self.phones[name] = self.service.phone(msisdn)
                return [line.text]
            case [name, "dials", code] if name in self.phones:
                return self._as_written(line, lines_of(await self._dial(self.phones[name], code)))
            case [name, "hangs", "up"] if name in self.phones:
                assert (await self.phones[name].hangs_up()).status == 200
                return [line.text]
            case [name, "sms>", *text] if name in self.phones:
                await self.phones[name].sends_sms(self._fill("".join(text)))
                return [line.text]
            case ["sms<", name, text] if name[:-1] in self.phones:
                return [await self._arrives(name[:-1], text)]
            case ["service" | "mobile", *_]:
                return [await self._money(line.text)]
            case [many, "minutes" | "hours" | "days" as what, "pass"]:
                self.service.now.passes(timedelta(**{what: int(many)}))
                return [line.text]
            case ["operator", *_]:
                return await self._operator(line)
            case ["status" | "clock" | "pack" | "paper" | "audit" as what, whose, *_]:
                return await self._record_of(line, what, whose)
            case ["end"]:
                return [*await self._unmentioned(), "end"]
            case [name, *_] if name.endswith(">") and name[:-1] in self.phones:
                typed = line.text.removeprefix(name).removeprefix(" ")
                return self._as_written(line, lines_of(await self.phones[name[:-1]].types(self._fill(typed))))
        return [f"cannot read: {line.text}"]

    async def _money(self, text: str) -> str:
        if text == WITH_ESCROW:
            return text if self.service.settings.escrow_rules else f"cannot read: {text}"
        await happen_by_hand(self.service, self._fill(text.removeprefix("mobile money ")))
        return text

    async def _record_of(self, line: DialogueLine, what: str, whose: str) -> list[str]:
        match what:
            case "status":
                sql = "SELECT status FROM contracts WHERE reference = $1"
                return [f"status {whose} {await self.service.db.fetchval(sql, self._fill(whose))}"]
            case "clock":
                sql = "SELECT clock_stopped_at FROM contracts WHERE reference = $1"
                stands = await self.service.db.fetchval(sql, self._fill(whose))
                return [f"clock {whose} {'stands' if stands else 'runs'}"]
            case "paper":
                return [line.text, *await self._paper(self._fill(whose), line.under)]
            case "pack":
                return self._as_written(line, await self._pack(self._fill(whose)))
            case _:
                return self._as_written(line, await self._audit(whose))

    async def _dial(self, phone: Handset, code: str) -> HandsetScreen:
        stem = phone.service_code.rstrip("#")
        assert code.startswith(stem) and code.endswith("#"), f"the service is dialled {phone.service_code}"
        return await phone.dial(code.removeprefix(stem).removesuffix("#").removeprefix("*"))

    async def _arrives(self, name: str, text: str) -> str:
        sms = await self.phones[name].next_sms(SMS_WAIT_SECONDS)
        if sms is None:
            return f"sms< {name}: (nothing came)"
        return f"sms< {name}: {text if self._fits(text, sms) else sms}"

    async def _audit(self, whose: str) -> list[str]:
        if whose in self.phones:
            sql, key = "SELECT id FROM phones WHERE msisdn = $1", self.phones[whose].msisdn
        else:
            sql, key = "SELECT id FROM contracts WHERE reference = $1", self._fill(whose)
        chain_id = await self.service.db.fetchval(sql, key)
        self.audited.add(chain_id)
        names = {phone.msisdn: name for name, phone in self.phones.items()}
        chain = await audit_of(self.service.db, chain_id)
        return [f"{names[msisdn] if msisdn else '-'} {channel} {action}" for msisdn, channel, action in chain]

    async def _pack(self, reference: str) -> list[str]:
        names = {phone.msisdn: name for name, phone in self.phones.items()}
        return [f"{names[msisdn]} wrote: {words}" for msisdn, words in await self.service.words_in_pack(reference)]

    async def _operator(self, line: DialogueLine) -> list[str]:
        match line.text.split():
            case [_, "decides", reference, decision]:
                await self.service.decides(self._fill(reference), decision)
            case [_, "names", reference, name, *called] if name in self.phones:
                await self._name_mediator(self._fill(reference), self.phones[name].msisdn, " ".join(called))
            case [_, "sees"]:
                return self._as_written(line, await self._problems_waiting())
            case _:
                return [f"cannot read: {line.text}"]
        return [line.text]

    async def _name_mediator(self, reference: str, msisdn: str, called: str) -> None:
        settings = self.service.settings
        async with connected(settings) as pool:
            composer, now = composer_of(settings), self.service.now()
            party = Party(None, Msisdn(msisdn), Role.MEDIATOR, called or None, None, None)
            await name_mediator(pool, composer, reference, party, "command line: a test", now)

    async def _problems_waiting(self) -> list[str]:
        async with connected(self.service.settings) as pool:
            return await list_waiting(pool, 50, self.service.settings.zone, Looker(None, "a test"))

    async def _paper(self, reference: str, under: tuple[str, ...]) -> list[str]:
        """Return the lines that are on the paper as they are written, others marked; and what the commands find."""
        pack = await self.service.pack(reference)
        faults, text = await asyncio.to_thread(verify_offline, pack), pdf_text(unzip(pack)["contract.pdf"])
        broken = [f"  {one}" for one in faults]
        return broken + [line if self._stands(line[2:], text) else f"  (not on the paper) {line[2:]}" for line in under]

    def _stands(self, written: str, text: str) -> bool:
        parts = self._fill(" ".join(written.split())).split("{...}")
        return re.search(".{1,40}?".join(map(re.escape, parts)), text) is not None

    async def _unmentioned(self) -> list[str]:
        """Return what happened that the dialogue does not mention."""
        await self.service.sms_settled()
        unmentioned = [f"sms< {name}: {sms}" for name, phone in self.phones.items() for sms in await phone.unread_sms()]
        for row in await self.service.db.fetch("SELECT DISTINCT chain_id FROM audit_logs"):
            if (chain_id := row["chain_id"]) not in self.audited:
                owner = await self.service.db.fetchval("SELECT reference FROM contracts WHERE id = $1", chain_id)
                msisdn = await self.service.db.fetchval("SELECT msisdn FROM phones WHERE id = $1", chain_id)
                name = next((name for name, phone in self.phones.items() if phone.msisdn == msisdn), "?")
                unmentioned += [f"audit {owner or name}", *(f"  {entry}" for entry in await self._audit(owner or name))]
        return unmentioned

    def _as_written(self, line: DialogueLine, happened: list[str]) -> list[str]:
        """Return what happened, each line as it was written if what was written fits it."""
        went, left = [line.text], list(line.under)
        for one in happened:
            at = next((i for i, written in enumerate(left) if self._fits(written[2:], one)), None)
            if at is not None:
                went += [*(text for text in left[:at] if text == _ANY_LINES), left[at]]
                left = left[at + 1 :]
            elif left[:1] != [_ANY_LINES]:
                went.append(f"  {one}")
        return went + [text for text in left if text == _ANY_LINES]

    def _fits(self, written: str, happened: str) -> bool:
        """Whether `written` fits `happened`. Keep the value of each name that stands there for the first time."""
        parts, names = _PLACEHOLDER.split(written), _PLACEHOLDER.findall(written)
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

    def _fill(self, text: str) -> str:
        return _TYPED_FOR.sub(lambda found: {**_PINS, **self.refs}.get(found[1], found[0]), text)


@asynccontextmanager
async def connected(settings: Settings) -> AsyncIterator[Pool]:
    """The database, as a command of the operator's opens it."""
    assert settings.database_url
    pool = await database.open_pool(settings.database_url, smallest=1, largest=1, timeout_seconds=10)
    try:
        yield pool
    finally:
        await database.close_pool(pool, within_seconds=1.0)


def read_lines(written: list[str]) -> Iterator[DialogueLine]:
    at = 0
    while at < len(written):
        stop = at + 1
        while stop < len(written) and written[stop].startswith("  "):
            stop += 1
        yield DialogueLine(written[at], tuple(written[at + 1 : stop]))
        at = stop


def lines_of(screen: HandsetScreen) -> list[str]:
    return [*screen.text.split("\n"), *(["(ends)"] if screen.ends else [])]
