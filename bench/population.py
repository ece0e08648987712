"""The people of a bench, each with what their scenario needs: a PIN, contracts, messages. Written in bulk."""

import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count, islice
from typing import Any, Protocol, TypeAlias
from uuid import UUID, uuid4

import asyncpg
from rich.console import Console
from rich.progress import track

from bench.contract_rows import KEY, KEY_ID, BenchContract, Person
from bench.copying import write_rows
from bench.money_rows import LOCK, money_that_waits
from storage.copying import copy_rows
from storage.postgres.database import asyncpg_url
from values.ids import new_id

CONTRACTS_EACH, REPORTS_EACH = 5, 5
_AT_ONCE = 10_000  # buyers, with their contracts: in the memory of a laptop
SELLERS_FROM = 10_000_000  # callers are +254710000000 and up, sellers +254720000000 and up

PinHashes: TypeAlias = Callable[[Sequence[UUID]], Awaitable[Sequence[str]]]  # of the PIN of each of these people


@dataclass(frozen=True, slots=True)
class BenchCaller:
    """A caller. `waiting`: the references of their contracts, or what else each of their sessions uses up. `other`: the
    msisdn of the other party."""

    msisdn: str
    waiting: tuple[str, ...] = ()
    other: str = ""


class Peopled(Protocol):
    """A database that is given more people before each measurement. `written`: the row versions that this made."""

    database_url: str
    written: int

    async def add(self, plays: str, callers: int) -> list[BenchCaller]:
        """Add callers of the scenario `plays`."""
        ...


@dataclass(slots=True)
class Population:
    """The people in one database of the service; each call adds new ones."""

    database_url: str
    pin_hashes: PinHashes
    written: int = 0
    _callers: Iterator[int] = field(default_factory=lambda: count(0))
    _references: Iterator[int] = field(default_factory=lambda: count(10_000_000))

    async def add(self, plays: str, callers: int) -> list[BenchCaller]:
        """Add callers of the scenario `plays`: buyers whose contracts wait for them, or who else it needs."""
        match plays:
            case "messages":
                return await self._add_senders(callers)
            case "reports":
                return await self._add_recipients(callers)
            case "browse" | "settings":
                buyers = await self._add_buyers(callers)
                return [BenchCaller(f"+2547{int(each.msisdn[5:]) + SELLERS_FROM}") for each in buyers]
            case "wrong_pin" | "agree" | "deliver" | "receive" | "receive_escrow":
                return await self._add_pairs(plays, callers)
            case _:
                return await self._add_buyers(callers, has_escrow=plays == "confirm_escrow")

    async def add_crowd(self, contracts: int) -> list[BenchCaller]:
        """Add so many contracts that wait for their buyers; return these, in the order in which they came."""
        buyers, wanted = list[BenchCaller](), contracts // CONTRACTS_EACH
        parts = [min(_AT_ONCE, wanted - made) for made in range(0, wanted, _AT_ONCE)]
        for part in track(parts, f"making {contracts:,} contracts", console=Console(stderr=True), transient=True):
            buyers += await self._add_buyers(part)
        return buyers

    async def _add_buyers(self, callers: int, *, has_escrow: bool = False) -> list[BenchCaller]:
        """Add buyers, each in `CONTRACTS_EACH` contracts that their sellers have confirmed."""
        now = datetime.now(UTC)
        numbers = list(islice(self._callers, callers))
        buyers = {msisdn_of(number): new_id() for number in numbers}
        sellers = {msisdn_of(number + SELLERS_FROM): new_id() for number in numbers}
        contracts = self._contracts(list(buyers.items()), list(sellers.items()), now, has_escrow)
        await self._write_contracts(await self._with_pins(buyers, now) + _without_pins(sellers, now), contracts)
        owned: dict[UUID, list[str]] = {buyer: [] for buyer in buyers.values()}
        for contract in contracts:
            owned[contract.buyer[1]].append(contract.reference)
        return [BenchCaller(msisdn, tuple(owned[buyer])) for msisdn, buyer in buyers.items()]

    async def _add_senders(self, callers: int) -> list[BenchCaller]:
        """Add people without contracts: the first text of each is answered with the help, repeats are not."""
        people = {msisdn_of(number): new_id() for number in islice(self._callers, callers)}
        self.written += await write_rows(self.database_url, {"phones": _without_pins(people, datetime.now(UTC))})
        return [BenchCaller(msisdn, ("texts",)) for msisdn in people]

    async def _add_pairs(self, plays: str, callers: int) -> list[BenchCaller]:
        """Add pairs, each with a PIN, and but for `agree` with one contract, which is confirmed but for `wrong_pin`.
        The caller of `agree` and `deliver` is the seller. With escrow the money is there."""
        now, numbers = datetime.now(UTC), list(islice(self._callers, callers))
        buyers = [(msisdn_of(number), new_id()) for number in numbers]
        sellers = [(msisdn_of(number + SELLERS_FROM), new_id()) for number in numbers]
        phones = await self._with_pins(dict(buyers + sellers), now)
        if plays == "agree":
            self.written += await write_rows(self.database_url, {"phones": phones})
        else:
            await self._write_contracts(phones, [
                BenchContract(
                    new_id(), str(next(self._references)), buyer, seller, now, plays != "wrong_pin",
                    plays == "receive_escrow",
                )
                for buyer, seller in zip(buyers, sellers, strict=True)
            ])  # fmt: skip
        both = (sellers, buyers) if plays in ("agree", "deliver") else (buyers, sellers)
        return [BenchCaller(caller, (plays,), other) for (caller, _), (other, _) in zip(*both, strict=True)]

    async def _add_recipients(self, callers: int) -> list[BenchCaller]:
        """Add people who were sent messages that the provider has accepted and not reported on."""
        now, people = datetime.now(UTC), {msisdn_of(number): new_id() for number in islice(self._callers, callers)}
        sent = {msisdn: [f"ATXid_{uuid4().hex}" for _ in range(REPORTS_EACH)] for msisdn in people}
        messages = [_submitted(people[msisdn], each, now) for msisdn, ids in sent.items() for each in ids]
        tables = {"phones": _without_pins(people, now), "sms_logs": messages}
        self.written += await write_rows(self.database_url, tables)
        return [BenchCaller(msisdn, tuple(ids)) for msisdn, ids in sent.items()]

    async def queue_messages(self, texts: Sequence[tuple[str, str]], now: datetime) -> float:
        """Queue a text to each msisdn, due now. Return when all were committed, by time.perf_counter()."""
        people = {msisdn: new_id() for msisdn, _ in texts}
        connection = await asyncpg.connect(asyncpg_url(self.database_url))
        try:
            await copy_rows(connection, "phones", _without_pins(people, now))
            await connection.execute("BEGIN")
            await copy_rows(connection, "sms_logs", [_notice(people[msisdn], text, now) for msisdn, text in texts])
            await connection.execute("NOTIFY sms_queued")
            await connection.execute("COMMIT")
            return time.perf_counter()
        finally:
            await connection.close()

    async def _with_pins(self, people: Mapping[str, UUID], now: datetime) -> list[dict[str, Any]]:
        hashes = await self.pin_hashes(list(people.values()))
        return [_phone(*person, pin, now) for person, pin in zip(people.items(), hashes, strict=True)]

    async def _write_contracts(self, phones: list[dict[str, Any]], contracts: list[BenchContract]) -> None:
        await self._add_key()
        self.written += await write_rows(
            self.database_url,
            {
                "phones": phones,
                "contracts": [contract.row() for contract in contracts],
                "contract_parties": [row for contract in contracts for row in contract.parties()],
                "contract_signatures": [row for contract in contracts for row in contract.signatures()],
                "contract_forms": [contract.form_row() for contract in contracts],
                "form_codes": [contract.code_row() for contract in contracts],
                "confirmations": [row for contract in contracts for row in contract.confirmations()],
            },
        )
        if paid := [contract for contract in contracts if contract.has_escrow and contract.is_confirmed]:
            self.written += await write_rows(self.database_url, money_that_waits(paid), then=LOCK)

    async def _add_key(self) -> None:
        connection = await asyncpg.connect(asyncpg_url(self.database_url))
        try:
            sql = "INSERT INTO signature_keys (key_id, public_key, first_used_at) VALUES ($1, $2, now())"
            await connection.execute(f"{sql} ON CONFLICT DO NOTHING", KEY_ID, KEY)
        finally:
            await connection.close()

    def _contracts(
        self, buyers: list[Person], sellers: list[Person], now: datetime, has_escrow: bool
    ) -> list[BenchContract]:
        return [
            BenchContract(new_id(), str(next(self._references)), buyer, sellers[(at + n) % len(sellers)],
                          now - timedelta(minutes=n + 1), has_escrow=has_escrow)
            for at, buyer in enumerate(buyers)
            for n in range(CONTRACTS_EACH)
        ]  # fmt: skip


def msisdn_of(number: int) -> str:
    """Return a Kenyan msisdn for a number of up to eight digits."""
    return f"+2547{10_000_000 + number}"


def _without_pins(people: Mapping[str, UUID], now: datetime) -> list[dict[str, Any]]:
    return [_phone(*person, None, now) for person in people.items()]


def _phone(msisdn: str, phone_id: UUID, pin_hash: str | None, now: datetime) -> dict[str, Any]:
    return {
        "id": phone_id, "msisdn": msisdn, "language": "en", "pin_hash": pin_hash,
        "pin_proved_at": now if pin_hash else None, "created_at": now,
    }  # fmt: skip


def _submitted(phone_id: UUID, provider_message_id: str, now: datetime) -> dict[str, Any]:
    return {
        **_notice(phone_id, "Contract 1000 0000 is confirmed by all.", now), "status": "submitted", "due_at": None,
        "submitted_at": now, "tries": 1, "provider": "africastalking", "provider_message_id": provider_message_id,
    }  # fmt: skip


def _notice(phone_id: UUID, text: str, now: datetime) -> dict[str, Any]:
    return {
        "id": new_id(), "direction": "out", "phone_id": phone_id, "text": text, "kind": "confirmed", "act_id": uuid4(),
        "status": "queued", "segments": 1, "class": "critical", "priority": 1, "due_at": now, "created_at": now,
    }  # fmt: skip
