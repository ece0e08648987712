"""The callers of a bench, each with a PIN and with contracts that wait for their answer. Written in bulk, by COPY."""

import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count, islice
from typing import Any, TypeAlias
from uuid import UUID, uuid4

import asyncpg
import orjson

from contracts.proof.canonical import CanonicalForm, FormParty, contract_form, person_file, sha256_hex
from contracts.proof.short_code import ALPHABET, LETTERS
from contracts.proof.statements import SALT_BYTES
from storage.postgres.database import asyncpg_url
from values.ids import new_id, random_bytes

CONTRACTS_EACH = 5
MESSAGES_EACH = 5  # about as many as a person writes in a day: all of them are read when the next one comes
_SELLERS_FROM = 10_000_000  # callers are +254710000000 and up, sellers +254720000000 and up
_TYPE = "agricultural_supply"
_TERMS = {
    "product": "maize", "quantity": "50", "unit": "bags", "total_minor": 350_000, "currency": "KES",
    "delivery_place": "Busia", "delivery_date": "2026-12-25",
}  # fmt: skip

_KEY_ID, _KEY = "0123456789abcdef", bytes(range(32))  # signs the sellers' confirmations; nobody checks them here
_ADD_KEY = """INSERT INTO signature_keys (key_id, public_key, first_used_at) VALUES ($1, $2, now())
    ON CONFLICT DO NOTHING"""
_Person: TypeAlias = tuple[str, UUID]  # msisdn and id
PinHashes: TypeAlias = Callable[[Sequence[UUID]], Awaitable[Sequence[str]]]  # of the PIN of each of these people


@dataclass(frozen=True, slots=True)
class BenchCaller:
    """A caller, and the references of the contracts that wait for an answer."""

    msisdn: str
    references: tuple[str, ...]


@dataclass(slots=True)
class Population:
    """The people in one database; each call adds new ones."""

    database_url: str
    pin_hashes: PinHashes
    _callers: Iterator[int] = field(default_factory=lambda: count(0))
    _references: Iterator[int] = field(default_factory=lambda: count(10_000_000))

    async def add_callers(self, callers: int) -> list[BenchCaller]:
        """Add callers, each the buyer in `CONTRACTS_EACH` contracts that their sellers have confirmed."""
        now = datetime.now(UTC)
        numbers = list(islice(self._callers, callers))
        buyers = {_msisdn(number): uuid4() for number in numbers}
        sellers = {_msisdn(number + _SELLERS_FROM): uuid4() for number in numbers}
        contracts = self._contracts(list(buyers.items()), list(sellers.items()), now)
        connection = await asyncpg.connect(asyncpg_url(self.database_url))
        try:
            hashes = await self.pin_hashes(list(buyers.values()))
            await _copy(
                connection, "phones", [_phone(*who, pin, now) for who, pin in zip(buyers.items(), hashes, strict=True)]
            )
            await _copy(connection, "phones", [_phone(*person, None, now) for person in sellers.items()])
            await _copy(connection, "contracts", [contract.row() for contract in contracts])
            await _copy(connection, "contract_parties", [row for contract in contracts for row in contract.parties()])
            await _copy(
                connection, "contract_signatures", [row for contract in contracts for row in contract.signatures()]
            )
            await _copy(connection, "contract_forms", [contract.form_row() for contract in contracts])
            await _copy(connection, "form_codes", [contract.code_row() for contract in contracts])
            await connection.execute(_ADD_KEY, _KEY_ID, _KEY)
            await _copy(connection, "confirmations", [contract.sellers_confirmation() for contract in contracts])
            await connection.execute(
                "VACUUM ANALYZE phones, contracts, contract_parties, contract_signatures, contract_forms, form_codes,"
                " confirmations"
            )
            await connection.execute("CHECKPOINT")
        finally:
            await connection.close()
        owned: dict[UUID, list[str]] = {buyer: [] for buyer in buyers.values()}
        for contract in contracts:
            owned[contract.buyer[1]].append(contract.reference)
        return [BenchCaller(msisdn, tuple(owned[buyer])) for msisdn, buyer in buyers.items()]

    async def add_senders(self, callers: int) -> list[BenchCaller]:
        """Add people without contracts who have had our help text: what they write is stored and not answered."""
        now = datetime.now(UTC)
        people = {_msisdn(number): uuid4() for number in islice(self._callers, callers)}
        connection = await asyncpg.connect(asyncpg_url(self.database_url))
        try:
            await _copy(connection, "phones", [_phone(*person, None, now) for person in people.items()])
            await _copy(connection, "sms_logs", [_help(phone_id, now) for phone_id in people.values()])
            await connection.execute("VACUUM ANALYZE phones, sms_logs")
        finally:
            await connection.close()
        return [BenchCaller(msisdn, ()) for msisdn in people]

    async def queue_messages(self, texts: Sequence[tuple[str, str]], now: datetime) -> float:
        """Queue a text to each msisdn, due now. Return when all were committed, by time.perf_counter()."""
        people = {msisdn: uuid4() for msisdn, _ in texts}
        connection = await asyncpg.connect(asyncpg_url(self.database_url))
        try:
            await _copy(connection, "phones", [_phone(*person, None, now) for person in people.items()])
            await connection.execute("BEGIN")
            await _copy(connection, "sms_logs", [_notice(people[msisdn], text, now) for msisdn, text in texts])
            await connection.execute("NOTIFY sms_queued")
            await connection.execute("COMMIT")
            return time.perf_counter()
        finally:
            await connection.close()

    def _contracts(self, buyers: list[_Person], sellers: list[_Person], now: datetime) -> list["_Contract"]:
        return [
            _Contract(new_id(), str(next(self._references)), buyer, sellers[(at + n) % len(sellers)],
                  now - timedelta(minutes=n + 1))
            for at, buyer in enumerate(buyers)
            for n in range(CONTRACTS_EACH)
        ]  # fmt: skip


async def fetch_value(database_url: str, query: str) -> Any:
    """Return the single value of a query."""
    connection = await asyncpg.connect(asyncpg_url(database_url))
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


@dataclass(frozen=True, slots=True)
class _Contract:
    id: UUID
    reference: str
    buyer: _Person
    seller: _Person
    made_at: datetime
    salt: bytes = field(default_factory=lambda: random_bytes(SALT_BYTES))

    def row(self) -> dict[str, Any]:
        return {
            "id": self.id, "reference": self.reference, "status": "PENDING", "type": _TYPE,
            "terms": orjson.dumps(_TERMS).decode(), "total_minor": _TERMS["total_minor"], "currency": "KES",
            "source": "ussd", "created_at": self.made_at,
        }  # fmt: skip

    def parties(self) -> Iterator[dict[str, Any]]:
        for role, (_, phone_id) in self._sides():
            yield {
                "contract_id": self.id, "phone_id": phone_id, "role": role, "since": self.made_at, "salt": self.salt
            }  # fmt: skip

    def signatures(self) -> Iterator[dict[str, Any]]:
        yield {"contract_id": self.id, "phone_id": self.buyer[1], "status": "pending", "settled_at": None}
        yield {"contract_id": self.id, "phone_id": self.seller[1], "status": "signed", "settled_at": self.made_at}

    def form(self) -> CanonicalForm:
        """Return the canonical form, as the service writes it when a contract is made."""
        sides = [
            FormParty(phone_id, role, sha256_hex(person_file(msisdn, None, self.salt.hex())))
            for role, (msisdn, phone_id) in self._sides()
        ]
        return contract_form(self.id, self.reference, _TYPE, _TERMS, 1, sides)

    def form_row(self) -> dict[str, Any]:
        form = self.form()
        return {
            "contract_id": self.id, "terms_version": 1, "form": form.text, "blake2b": bytes.fromhex(form.blake2b),
            "made_at": self.made_at,
        }  # fmt: skip

    def code_row(self) -> dict[str, Any]:
        """The real code takes a quarter of a second; nobody checks this one."""
        letters = (ALPHABET[byte % len(ALPHABET)] for byte in random_bytes(LETTERS))
        return {"contract_id": self.id, "terms_version": 1, "code": "".join(letters)}

    def sellers_confirmation(self) -> dict[str, Any]:
        return {
            "id": new_id(), "contract_id": self.id, "phone_id": self.seller[1], "answer": "confirm", "channel": "sms",
            "provider": "africastalking", "network_code": "63902", "conversation": str(self.id), "language": "en",
            "menu_version": "1", "answered_at": self.made_at, "terms_version": 1, "subject": "terms",
            "form_sha256": bytes.fromhex(self.form().sha256), "shown_sha256": random_bytes(32),
            "signature": random_bytes(64), "key_id": _KEY_ID,
        }  # fmt: skip

    def _sides(self) -> Iterator[tuple[str, _Person]]:
        yield "buyer", self.buyer
        yield "seller", self.seller


def _msisdn(number: int) -> str:
    return f"+2547{10_000_000 + number}"


def _phone(msisdn: str, phone_id: UUID, pin_hash: str | None, now: datetime) -> dict[str, Any]:
    return {
        "id": phone_id, "msisdn": msisdn, "language": "en", "pin_hash": pin_hash,
        "pin_proved_at": now if pin_hash else None, "created_at": now,
    }  # fmt: skip


def _help(phone_id: UUID, now: datetime) -> dict[str, Any]:
    return {
        "id": uuid4(), "direction": "out", "phone_id": phone_id, "text": "help", "kind": "help", "act_id": uuid4(),
        "status": "failed", "segments": 1, "created_at": now, "settled_at": now,
    }  # fmt: skip


def _notice(phone_id: UUID, text: str, now: datetime) -> dict[str, Any]:
    return {
        "id": uuid4(), "direction": "out", "phone_id": phone_id, "text": text, "kind": "confirmed", "act_id": uuid4(),
        "status": "queued", "segments": 1, "class": "critical", "priority": 1, "due_at": now, "created_at": now,
    }  # fmt: skip


async def _copy(connection: Any, table: str, rows: Iterable[dict[str, Any]]) -> None:
    rows = list(rows)
    columns = list(rows[0])
    await connection.copy_records_to_table(table, records=[tuple(row.values()) for row in rows], columns=columns)
