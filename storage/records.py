"""What the rest of the service reads and writes in PostgreSQL: plain records in and out, nothing decided.

Reads that many hops make at once are joined, one query a kind; so are acts.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from storage.acts.apply import Acts
from storage.acts.rows import Act
from storage.call_batcher import CallBatcher
from storage.postgres.database import ROW_FAULTS, Pool
from storage.postgres.queries import QUERIES
from storage.record_rows import CallerRow, ContractLineRow, DecisionFacts, Hop, Json, PinTry, PromiseRow, SessionRow
from storage.signing import Signer
from values.ids import new_id


class Records:
    """The database as the rules see it; one per process."""

    def __init__(self, pool: Pool, locks: Sequence[timedelta | None] = (), signer: Signer | None = None) -> None:
        """`locks`: for how long a PIN is locked after the nth wrong try in a row; the last repeats. `signer`: signs
        what people say; None: nobody says anything through here."""
        self.pool = pool
        self.signer = signer
        self._locks = list(locks)
        self._acts = Acts(pool)
        self._callers = CallBatcher[str, CallerRow | None](self._read_callers)
        self._lists = CallBatcher[str, list[ContractLineRow]](self._read_lists)
        self._contracts = CallBatcher[UUID, Json | None](self._read_contracts)
        self._tries = CallBatcher[PinTry, DecisionFacts | None](self._try_pins, retry_singly_on=ROW_FAULTS)

    async def apply(self, act: Act) -> bool:
        """See `Acts.apply`."""
        return await self._acts.apply(act)

    async def finish_waking_outbox(self) -> None:
        """See `Acts.finish_waking_outbox`."""
        await self._acts.finish_waking_outbox()

    async def caller(self, msisdn: str) -> CallerRow | None:
        return await self._callers(msisdn)

    async def contracts_of_caller(self, msisdn: str) -> list[ContractLineRow]:
        """The newest 40, newest first."""
        return await self._lists(msisdn)

    async def contract(self, contract_id: UUID) -> Json | None:
        return await self._contracts(contract_id)

    async def contract_by_reference(self, reference: str) -> Json | None:
        found: Json | None = await self.pool.fetchval(QUERIES["contracts.by_reference"], reference)
        return found

    async def facts(self, msisdn: str | None, contract_id: UUID | None, others: Sequence[str]) -> DecisionFacts:
        """What an effect without a PIN is decided on."""
        row = await self.pool.fetchrow(QUERIES["phones.facts"], msisdn, contract_id, list(others))
        assert row is not None
        return DecisionFacts(row["id"], row["language"], bool(row["has_pin"]), row["contract"], row["others"] or [])

    async def try_pin(
        self, msisdn: str, hop: Hop, now: datetime, contract_id: UUID | None, others: Sequence[str]
    ) -> DecisionFacts | None:
        """Count a PIN try and read what its effect is decided on. None: nobody we know."""
        return await self._tries(PinTry(msisdn, hop.provider, hop.session_id, hop.key.hex(), now, contract_id, others))

    async def audit_wrong_pin(self, msisdn: str, hop: Hop, now: datetime) -> None:
        """Put a wrong try that was counted into the person's audit; once per hop."""
        query = QUERIES["phones.audit_wrong_pin"]
        await self.pool.execute(query, msisdn, hop.provider, hop.session_id, hop.key, now, new_id())

    async def saved_reply(self, hop: Hop) -> tuple[str, bool, bytes] | None:
        """The reply, whether it ended, and the encrypted session of a hop that has acted."""
        row = await self.pool.fetchrow(QUERIES["acts.saved_reply"], hop.provider, hop.session_id, hop.key)
        return (row["reply"], row["ends"], row["session"]) if row else None

    async def has_tried_pin(self, hop: Hop) -> bool:
        """Whether this hop tried a PIN."""
        return bool(await self.pool.fetchval(QUERIES["acts.has_tried_pin"], hop.provider, hop.session_id, hop.key))

    async def outcome_of_hop(self, hop: Hop, contract_id: UUID | None, msisdn: str) -> tuple[UUID, bool] | None:
        """What this hop, which has acted, came to: the contract it made or (`contract_id`) acted on, and whether an SMS
        of the act tells `msisdn` so; None if it was refused."""
        row = await self.pool.fetchrow(
            QUERIES["acts.outcome_of_hop"], hop.provider, hop.session_id, hop.key, contract_id, msisdn
        )  # fmt: skip
        return (row["contract_id"], row["is_told"]) if row else None

    async def use_recovery_code(self, msisdn: str, key: bytes, now: datetime) -> bool:
        """Take a recovery code by its key; once, and never after three wrong tries."""
        return bool(await self.pool.fetchval(QUERIES["phones.use_recovery_code"], msisdn, key, now))

    async def set_recovery_code(self, msisdn: str, key: bytes, until: datetime) -> tuple[UUID, str | None] | None:
        """Let this phone choose a new PIN with a code. The person and their language; None: no PIN to recover."""
        row = await self.pool.fetchrow(QUERIES["phones.set_recovery_code"], msisdn, key, until)
        return (row["id"], row["language"]) if row else None

    async def make_promise(self, promise: PromiseRow, *, due_at: datetime, now: datetime) -> None:
        hop = promise.hop
        await self.pool.execute(
            QUERIES["promises.make"], hop.provider, hop.session_id, hop.key, promise.encrypted, due_at, now
        )  # fmt: skip

    async def has_promise(self, hop: Hop) -> bool:
        """Whether the effect of this hop was late, and promised."""
        return bool(await self.pool.fetchval(QUERIES["promises.exists"], hop.provider, hop.session_id, hop.key))

    async def due_promises(self, now: datetime, until: datetime) -> list[PromiseRow]:
        """Promises to keep now; they are nobody else's until `until`."""
        rows = await self.pool.fetch(QUERIES["promises.due"], now, until)
        return [PromiseRow(Hop(r["provider"], r["session_id"], r["hop_key"]), r["sealed"], r["tries"]) for r in rows]

    async def mark_promise_kept(self, hop: Hop, now: datetime) -> None:
        await self.pool.execute(QUERIES["promises.mark_kept"], hop.provider, hop.session_id, hop.key, now)

    async def postpone_promise(self, hop: Hop, due_at: datetime) -> None:
        await self.pool.execute(QUERIES["promises.postpone"], hop.provider, hop.session_id, hop.key, due_at)

    async def save_resume_point(self, provider: str, session_id: str, encrypted: bytes, at: datetime) -> None:
        """Note where a session that goes on with a cut one begins."""
        await self.pool.execute(QUERIES["sessions.save_resume_point"], provider, session_id, encrypted, at)

    async def resume_point(self, provider: str, session_id: str) -> bytes | None:
        """Where this session went on from, encrypted; None where it began like any other."""
        found: bytes | None = await self.pool.fetchval(QUERIES["sessions.resume_point"], provider, session_id)
        return found

    async def has_acted_on_mo(self, provider: str, message_id: str) -> bool:
        """Whether this message has been acted on."""
        return bool(await self.pool.fetchval(QUERIES["sms.has_acted_on_mo"], provider, message_id))

    async def record_session_end(self, ended: SessionRow) -> None:
        """Keep the provider's word on how a USSD session ended; the first word stands."""
        await self.pool.execute(
            QUERIES["sessions.record_end"], ended.provider, ended.session_id, ended.msisdn, ended.network_code,
            ended.status, ended.hops, ended.duration_ms, ended.cost, ended.ended_at,
        )  # fmt: skip

    async def _try_pins(self, tries: Sequence[PinTry]) -> list[DecisionFacts | None]:
        """In one statement, but for a phone's second try: a statement counts a row once."""
        first = {one.msisdn: one for one in tries}
        later = [one for one in tries if first[one.msisdn] is not one]
        rows = await self.pool.fetch(QUERIES["phones.try_pins"], list(first.values()), self._locks)
        found: dict[PinTry, DecisionFacts | None] = {first[row["msisdn"]]: _facts_of(row) for row in rows}
        for one in later:
            rows = await self.pool.fetch(QUERIES["phones.try_pins"], [one], self._locks)
            found[one] = _facts_of(rows[0]) if rows else None
        return [found.get(one) for one in tries]

    async def _read_callers(self, msisdns: Sequence[str]) -> list[CallerRow | None]:
        rows = await self.pool.fetch(QUERIES["phones.callers"], msisdns)
        found = {r["msisdn"]: CallerRow(r["id"], r["language"], r["has_pin"], r["waiting"]) for r in rows}
        return [found.get(msisdn) for msisdn in msisdns]

    async def _read_lists(self, msisdns: Sequence[str]) -> list[list[ContractLineRow]]:
        lists: dict[str, list[ContractLineRow]] = {msisdn: [] for msisdn in msisdns}
        for caller, *line in await self.pool.fetch(QUERIES["contracts.of_callers"], list(lists)):
            lists[caller].append(ContractLineRow(*line))
        return [lists[msisdn] for msisdn in msisdns]

    async def _read_contracts(self, ids: Sequence[UUID]) -> list[Json | None]:
        found = {row["id"]: row["contract"] for row in await self.pool.fetch(QUERIES["contracts.by_ids"], ids)}
        return [found.get(contract_id) for contract_id in ids]

    async def contracts_page(
        self, limit: int, after: tuple[datetime, UUID] | None, status: str | None, msisdn: str | None
    ) -> list[Json]:
        """Rows of `contract`, `created_at` and `id`, newest first, from just after the one made at `after`."""
        at, contract_id = after or (None, None)
        query = QUERIES["contracts.page_of_phone" if msisdn else "contracts.page"]
        rows = await self.pool.fetch(query, at, contract_id, limit, status, msisdn)
        return [dict(row) for row in rows]

    async def audit_entries(self, chain_id: UUID) -> list[Json]:
        """The chain's entries, first entry first."""
        return [dict(row) for row in await self.pool.fetch(QUERIES["contracts.audit"], chain_id)]


def _facts_of(row: Any) -> DecisionFacts:
    return DecisionFacts(
        row["id"], row["language"], row["has_pin"], row["contract"], row["others"] or [],
        row["pin_hash"], row["granted"],
    )  # fmt: skip
