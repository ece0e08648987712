"""A confirmation: the PIN is proved, then all rows of the act are written in one transaction."""

import asyncio
import json
from datetime import UTC, datetime
from enum import Enum, auto
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

TRIES = 3


class PinState(Enum):
    RIGHT = auto()
    WRONG = auto()
    LOCKED = auto()


class Confirming:
    def __init__(
        self, pool: "asyncpg.Pool[asyncpg.Record]", key: Ed25519PrivateKey, pins: PasswordHasher
    ) -> None:  # fmt: skip
        self._pool = pool
        self._key = key
        self._pins = pins

    async def prove(self, phone_id: UUID, pin: str) -> PinState:
        """Count the try first, in a commit of its own, so that parallel guesses cannot escape the count."""
        found = await self._pool.fetchrow(
            "UPDATE phones SET pin_tries = pin_tries + 1 WHERE id = $1 AND pin_tries < $2 "
            "AND (pin_locked_until IS NULL OR pin_locked_until < now()) RETURNING pin_hash, pin_tries",
            phone_id, TRIES,
        )  # fmt: skip
        if found is None or found["pin_hash"] is None:
            return PinState.LOCKED
        try:
            await asyncio.to_thread(self._pins.verify, found["pin_hash"], pin)
        except VerifyMismatchError:
            if found["pin_tries"] >= TRIES:
                await self._pool.execute(
                    "UPDATE phones SET pin_tries = 0, pin_locked_until = now() + interval '1 hour' WHERE id = $1",
                    phone_id,
                )
            return PinState.WRONG
        return PinState.RIGHT

    async def confirm(self, contract_id: UUID, phone_id: UUID, conversation: str, shown: list[str]) -> str | None:
        """Write the act. Return the contract's reference; None if it no longer waits for this person."""
        now = datetime.now(UTC)
        async with self._pool.acquire() as db, db.transaction():
            contract = await db.fetchrow("SELECT * FROM contracts WHERE id = $1 FOR UPDATE", contract_id)
            signed = await db.fetchval(
                "UPDATE contract_signatures SET status = 'signed', settled_at = $3 "
                "WHERE contract_id = $1 AND phone_id = $2 AND status = 'pending' RETURNING true",
                contract_id, phone_id, now,
            )  # fmt: skip
            if contract is None or contract["status"] != "PENDING" or not signed:
                return None
            await db.execute("UPDATE phones SET pin_tries = 0 WHERE id = $1", phone_id)
            await self._insert_confirmation(db, contract, phone_id, conversation, shown, now)
            actions = ["contract.confirm"]
            if not await _still_waits(db, contract_id):
                await db.execute(
                    "UPDATE contracts SET status = 'CONFIRMED', confirmed_at = $2 WHERE id = $1", contract_id, now
                )
                actions.append("contract.confirmed")
                await _queue_messages(db, contract)
            await db.execute(
                "INSERT INTO audit_logs (contract_id, actor_id, channel, action, details, at) "
                "VALUES ($1, $2, 'ussd', $3, $4, $5)",
                contract_id, phone_id, " ".join(actions), json.dumps({"conversation": conversation}), now,
            )  # fmt: skip
        return str(contract["reference"])

    async def _insert_confirmation(
        self, db: Any, contract: asyncpg.Record, phone_id: UUID, conversation: str, shown: list[str], now: datetime
    ) -> None:
        confirmation_id = uuid4()
        statement = json.dumps(
            {
                "confirmation": str(confirmation_id), "contract": str(contract["id"]), "terms": contract["terms"],
                "party": str(phone_id), "answer": "confirm", "channel": "ussd", "conversation": conversation,
                "shown": shown, "answered_at": now.isoformat(),
            },
            sort_keys=True,
        ).encode()  # fmt: skip
        await db.execute(
            "INSERT INTO confirmations (id, contract_id, phone_id, answer, channel, conversation, statement, shown, "
            "signature, answered_at) VALUES ($1, $2, $3, 'confirm', 'ussd', $4, $5, $6, $7, $8)",
            confirmation_id, contract["id"], phone_id, conversation, statement, json.dumps(shown),
            self._key.sign(statement), now,
        )  # fmt: skip


async def _still_waits(db: Any, contract_id: UUID) -> bool:
    sql = "SELECT EXISTS (SELECT FROM contract_signatures WHERE contract_id = $1 AND status = 'pending')"
    return bool(await db.fetchval(sql, contract_id))


async def _queue_messages(db: Any, contract: asyncpg.Record) -> None:
    """Queue an SMS to each party."""
    terms, reference = json.loads(contract["terms"]), contract["reference"]
    text = (
        f"Contract {reference[:4]} {reference[4:]} is confirmed by all: {terms['quantity']} {terms['unit']} "
        f"{terms['product']}, {contract['currency']} {contract['total_minor'] // 100:,}. VoicePact holds no money; "
        "your SMS cost as usual. Keep this SMS."
    )
    for party in await db.fetch("SELECT phone_id FROM contract_parties WHERE contract_id = $1", contract["id"]):
        await db.execute(
            "INSERT INTO sms_logs (direction, phone_id, contract_id, text, kind, status) "
            "VALUES ('out', $1, $2, $3, 'confirmed', 'queued')",
            party["phone_id"], contract["id"], text,
        )  # fmt: skip
