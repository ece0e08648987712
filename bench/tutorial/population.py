"""The people of the tutorial's database: as many and with as many contracts as ours have (`bench.population`)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count, islice
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import orjson
from argon2 import PasswordHasher

from bench.contract_rows import TERMS, Person
from bench.copying import write_rows
from bench.plays import PIN
from bench.population import CONTRACTS_EACH, SELLERS_FROM, BenchCaller, msisdn_of

SCHEMA = Path(__file__).with_name("schema.sql")


@dataclass(slots=True)
class TutorialPopulation:
    """The people in one database of the tutorial; each call adds new ones. `pin`: the cost of a check."""

    database_url: str
    pin: dict[str, int]
    written: int = 0
    _callers: Iterator[int] = field(default_factory=lambda: count(0))
    _references: Iterator[int] = field(default_factory=lambda: count(10_000_000))

    async def add(self, plays: str, callers: int) -> list[BenchCaller]:
        """Add callers of the scenario `plays`: senders without contracts, or buyers whose contracts wait for them."""
        people = {msisdn_of(number): uuid4() for number in islice(self._callers, callers)}
        return await (self._add_senders(people) if plays == "messages" else self._add_buyers(people))

    async def _add_senders(self, people: dict[str, UUID]) -> list[BenchCaller]:
        phones = [_phone(*person, None) for person in people.items()]
        self.written += await write_rows(self.database_url, {"phones": phones})
        return [BenchCaller(msisdn, ("texts",)) for msisdn in people]

    async def _add_buyers(self, buyers: dict[str, UUID]) -> list[BenchCaller]:
        """Add buyers, each in `CONTRACTS_EACH` contracts that their sellers have confirmed."""
        sellers = {f"+2547{int(msisdn[5:]) + SELLERS_FROM}": uuid4() for msisdn in buyers}
        contracts = self._contracts(list(buyers.items()), list(sellers.values()))
        pin_hash = self._hash()
        self.written += await write_rows(
            self.database_url,
            {
                "phones": [*(_phone(*one, pin_hash) for one in buyers.items()),
                           *(_phone(*one, None) for one in sellers.items())],
                "contracts": [contract.row() for contract in contracts],
                "contract_parties": [row for contract in contracts for row in contract.parties()],
                "contract_signatures": [row for contract in contracts for row in contract.signatures()],
            },
        )  # fmt: skip
        owned: dict[UUID, list[str]] = {buyer: [] for buyer in buyers.values()}
        for contract in contracts:
            owned[contract.buyer].append(contract.reference)
        return [BenchCaller(msisdn, tuple(owned[buyer])) for msisdn, buyer in buyers.items()]

    def _contracts(self, buyers: list[Person], sellers: list[UUID]) -> list["_Contract"]:
        now = datetime.now(UTC)
        return [
            _Contract(uuid4(), str(next(self._references)), buyer, sellers[(at + n) % len(sellers)],
                      now - timedelta(minutes=n + 1))
            for at, (_, buyer) in enumerate(buyers)
            for n in range(CONTRACTS_EACH)
        ]  # fmt: skip

    def _hash(self) -> str:
        """Return one hash for all: a check costs the same."""
        memory_kib, passes = self.pin["PIN_MEMORY_KIB"], self.pin["PIN_PASSES"]
        return PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=1).hash(PIN)


@dataclass(frozen=True, slots=True)
class _Contract:
    id: UUID
    reference: str
    buyer: UUID
    seller: UUID
    made_at: datetime

    def row(self) -> dict[str, Any]:
        return {
            "id": self.id, "reference": self.reference, "terms": orjson.dumps(TERMS).decode(),
            "total_minor": TERMS["total_minor"], "currency": "KES", "created_at": self.made_at,
        }  # fmt: skip

    def parties(self) -> Iterator[dict[str, Any]]:
        yield {"contract_id": self.id, "phone_id": self.buyer, "role": "buyer"}
        yield {"contract_id": self.id, "phone_id": self.seller, "role": "seller"}

    def signatures(self) -> Iterator[dict[str, Any]]:
        yield {"contract_id": self.id, "phone_id": self.buyer, "status": "pending", "settled_at": None}
        yield {"contract_id": self.id, "phone_id": self.seller, "status": "signed", "settled_at": self.made_at}


def _phone(msisdn: str, phone_id: UUID, pin_hash: str | None) -> dict[str, Any]:
    return {"id": phone_id, "msisdn": msisdn, "pin_hash": pin_hash}
