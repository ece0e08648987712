"""What a caller sees. Each screen asks PostgreSQL for what it shows, and Redis remembers what its keys mean."""

import json
from typing import Any
from uuid import UUID

import asyncpg
import redis.asyncio as redis

from bench.tutorial.confirming import Confirming, PinState

SESSION_SECONDS = 180
LISTED = 4  # as many as fit a screen

_WAITING = """
SELECT c.id, c.reference, c.terms, c.total_minor, c.currency FROM contract_signatures s JOIN contracts c
ON c.id = s.contract_id WHERE s.phone_id = $1 AND s.status = 'pending' AND c.status = 'PENDING'
ORDER BY c.created_at DESC LIMIT $2"""
_CONTRACT = """
SELECT c.id, c.reference, c.terms, c.total_minor, c.currency, me.role, other.msisdn
FROM contracts c JOIN contract_parties me ON me.contract_id = c.id AND me.phone_id = $2
JOIN contract_parties o ON o.contract_id = c.id AND o.phone_id <> $2 JOIN phones other ON other.id = o.phone_id
WHERE c.id = $1"""


class Screens:
    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]", sessions: redis.Redis, confirming: Confirming) -> None:
        self._pool = pool
        self._sessions = sessions
        self._confirming = confirming

    async def answer(self, session_id: str, msisdn: str, typed: str) -> str:
        """Return the next screen of a session; it begins with CON or END."""
        phone = await self._pool.fetchrow("SELECT * FROM phones WHERE msisdn = $1", msisdn)
        if phone is None:
            return "END Nobody has a contract with you."
        saved = await self._sessions.get(f"session:{session_id}")
        session: dict[str, Any] = json.loads(saved) if saved else {"screen": "dial", "msisdn": msisdn, "shown": []}
        if session["msisdn"] != msisdn:
            return "END This session belongs to another caller."
        text = await self._step(session_id, session, phone, typed)
        if text.startswith("END"):
            await self._sessions.delete(f"session:{session_id}")
        else:
            session["shown"].append(text)
            await self._sessions.set(f"session:{session_id}", json.dumps(session), ex=SESSION_SECONDS)
        return text

    async def _step(self, session_id: str, session: dict[str, Any], phone: asyncpg.Record, typed: str) -> str:
        match session["screen"], typed:
            case "dial", _:
                return await self._dialled(session, phone)
            case "list", key if key.isdecimal() and 1 <= int(key) <= len(session["listed"]):
                return await self._contract(session, phone, UUID(session["listed"][int(key) - 1]))
            case "contract", "1":
                session["screen"] = "pin"
                return "CON Enter your PIN\n0. Back\n00. Home"
            case "pin", pin:
                return await self._confirm(session_id, session, phone, pin)
            case _:
                return "CON Please choose one of the numbers.\n" + str(session["shown"][-1]).removeprefix("CON ")

    async def _dialled(self, session: dict[str, Any], phone: asyncpg.Record) -> str:
        """List what waits for the caller, or show it if it is the only one."""
        waiting = await self._pool.fetch(_WAITING, phone["id"], LISTED)
        if not waiting:
            return "END No contract waits for your answer."
        if len(waiting) == 1:
            return await self._contract(session, phone, waiting[0]["id"])
        session |= {"screen": "list", "listed": [str(contract["id"]) for contract in waiting]}
        lines = [
            f"{n}. answer: {json.loads(contract['terms'])['product']} {money(contract)}"
            for n, contract in enumerate(waiting, 1)
        ]
        return "\n".join(["CON Waiting for your answer", *lines, "0. Menu"])

    async def _contract(self, session: dict[str, Any], phone: asyncpg.Record, contract_id: UUID) -> str:
        contract = await self._pool.fetchrow(_CONTRACT, contract_id, phone["id"])
        if contract is None:
            return "END That contract is not yours."
        session |= {"screen": "contract", "contract": str(contract_id)}
        terms = json.loads(contract["terms"])
        does = "buy" if contract["role"] == "buyer" else "sell"
        return (
            f"CON {spaced(contract['reference'])}: you {does} {terms['quantity']} {terms['unit']} {terms['product']} "
            f"from 0{contract['msisdn'][4:]} for {money(contract)}. Delivery: {terms['delivery_place']}, "
            f"{terms['delivery_date']}. Confirm?\n1. Confirm\n2. Decline\n0. Back\n00. Home"
        )

    async def _confirm(self, session_id: str, session: dict[str, Any], phone: asyncpg.Record, pin: str) -> str:
        state = await self._confirming.prove(phone["id"], pin)
        if state is PinState.LOCKED:
            return "END Your PIN is locked for an hour."
        if state is PinState.WRONG:
            return "CON Wrong PIN.\nEnter your PIN\n0. Back\n00. Home"
        reference = await self._confirming.confirm(
            UUID(session["contract"]), phone["id"], session_id, session["shown"]
        )  # fmt: skip
        if reference is None:
            return "END It was answered already."
        return f"END Contract {spaced(reference)} is confirmed by all. You both get an SMS."


def spaced(reference: str) -> str:
    return f"{reference[:4]} {reference[4:]}"


def money(contract: asyncpg.Record) -> str:
    return f"{contract['currency']} {contract['total_minor'] // 100:,}"
