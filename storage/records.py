"""What the rest of the service reads and writes in PostgreSQL, as plain records. Nothing is decided here.

Reads that many USSD requests make at the same moment are batched into one query (storage/call_batcher.py), and so are
acts.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from storage import contract_lists
from storage.acts.apply import Acts
from storage.acts.rows import Act, FormRow
from storage.call_batcher import CallBatcher
from storage.contract_lists import ContractFilter
from storage.pages import Cursor, PageRows
from storage.postgres.database import ROW_FAULTS, Pool
from storage.postgres.queries import QUERIES
from storage.record_rows import (
    CallerRow,
    ContractLineRow,
    DecisionFacts,
    DiallerRow,
    Hop,
    Json,
    PinTry,
    PromiseRow,
    SessionRow,
)
from storage.signing import SignerPort
from values.frozen import asdict
from values.ids import new_id


class Records:
    """The database as contracts/ and gateway/ use it; one per process."""

    def __init__(
        self, pool: Pool, pin_locks: Sequence[timedelta | None] = (), signer: SignerPort | None = None,
        most_offers: Sequence[int] = (1, 1, 1, 1, 1, 1),
    ) -> None:  # fmt: skip
        """`pin_locks`: how long a PIN is locked after the nth wrong try in a row; the last value is used for all later
        tries. `signer` signs confirmations; with None, no confirmation can be written. `most_offers`: up to which
        numbers offers are counted, as SQL's offer_facts takes them."""
        self.pool = pool
        self.signer = signer
        self.when_form_is_stored: Callable[[FormRow], None] = lambda _form: None
        self._pin_locks = list(pin_locks)
        self._most_offers = list(most_offers)
        self._acts = Acts(pool)
        self._callers = CallBatcher[str, CallerRow | None](self._read_callers)
        self._diallers = CallBatcher[str, DiallerRow | None](self._read_diallers)
        self._lists = CallBatcher[str, list[ContractLineRow]](self._read_lists)
        self._contracts = CallBatcher[UUID, Json | None](self._read_contracts)
        self._resume_points = CallBatcher[tuple[str, str, bytes, datetime], None](
            self._save_resume_points, retry_singly_on=ROW_FAULTS
        )
        self._pin_tries = CallBatcher[PinTry, DecisionFacts | None](self._try_pins, retry_singly_on=ROW_FAULTS)

    async def apply(self, act: Act) -> bool:
        """Write an act: all of it, once for its cause, or nothing. Return False if nothing was written. Calls
        `when_form_is_stored` with the canonical form that the act brought."""
        is_written = await self._acts.apply(act)
        if is_written and act.form:
            self.when_form_is_stored(act.form)
        return is_written

    def wake_by(self, wake: Callable[[], bool]) -> None:
        """Let `wake` wake the outbox of this process; see `Acts`."""
        self._acts.wake_own_outbox = wake

    def call_when_written(self, call: Callable[[], None]) -> None:
        """Call this after each commit of acts."""
        self._acts.when_written = call

    async def finish_waking_outbox(self) -> None:
        """See `Acts.finish_waking_outbox`."""
        await self._acts.finish_waking_outbox()

    async def caller(self, msisdn: str) -> CallerRow | None:
        return await self._callers(msisdn)

    async def dialler(self, msisdn: str) -> DiallerRow | None:
        """Return who dials and what waits for them; None: we do not know this phone."""
        return await self._diallers(msisdn)

    async def deliveries_of_caller(self, msisdn: str) -> tuple[list[ContractLineRow], Json | None]:
        """Return the contracts under way of which this phone is a buyer or seller, newest first, and the whole contract
        where it is the only one."""
        rows = await self.pool.fetch(*QUERIES["contracts.deliveries_of_caller"](msisdn=msisdn))
        return [ContractLineRow(*row[:-1]) for row in rows], rows[0]["only"] if rows else None

    async def contracts_of_caller(self, msisdn: str) -> list[ContractLineRow]:
        """Return the newest 40 contracts of this phone, newest first."""
        return await self._lists(msisdn)

    async def contract(self, contract_id: UUID) -> Json | None:
        return await self._contracts(contract_id)

    async def payments_of_caller(self, msisdn: str) -> list[Json]:
        """Return the newest contracts of this phone whose money waits with us, or did, newest first."""
        return [dict(row) for row in await self.pool.fetch(*QUERIES["payments.of_caller"](msisdn=msisdn))]

    async def payment_of_contract(self, contract_id: UUID) -> tuple[Json, list[Json]] | None:
        """Return a contract and the movements of its money, oldest first; None: there is no such contract."""
        row = await self.pool.fetchrow(*QUERIES["payments.of_contract"](contract_id=contract_id))
        return (row["contract"], row["movements"] or []) if row else None

    async def contract_by_reference(self, reference: str) -> Json | None:
        found: Json | None = await self.pool.fetchval(*QUERIES["contracts.by_reference"](reference=reference))
        return found

    async def contracts_page(self, limit: int, after: Cursor | None, wanted: ContractFilter) -> PageRows:
        """See `storage.contract_lists`."""
        return await contract_lists.contracts_page(self.pool, limit, after, wanted)

    async def audit_entries(self, chain_id: UUID) -> list[Json]:
        """Return the entries of an audit chain, oldest first."""
        return [dict(row) for row in await self.pool.fetch(*QUERIES["contracts.audit"](chain_id=chain_id))]

    async def facts(self, msisdn: str | None, contract_id: UUID | None, others: Sequence[str]) -> DecisionFacts:
        """Return what an effect without a PIN is decided on."""
        query = QUERIES["phones.facts"](
            msisdn=msisdn, contract_id=contract_id, others=list(others), most_offers=self._most_offers
        )  # fmt: skip
        row = await self.pool.fetchrow(*query)
        assert row is not None
        return DecisionFacts(
            row["id"], row["language"], bool(row["has_pin"]), row["contract"], row["others"] or [], name=row["name"],
            offer=row["offer"],
        )  # fmt: skip

    async def try_pin(
        self, msisdn: str, hop: Hop, now: datetime, contract_id: UUID | None, others: Sequence[str]
    ) -> DecisionFacts | None:
        """Count a PIN try and return what its effect is decided on. None: we do not know this phone."""
        pin_try = PinTry(msisdn, hop.provider, hop.session_id, hop.key.hex(), now, contract_id, others)
        return await self._pin_tries(pin_try)

    async def replace_pin_hash(self, phone_id: UUID, old: str, new: str) -> None:
        """Store another hash of the PIN that `old` is a hash of; nothing if the PIN was changed meanwhile."""
        await self.pool.execute(*QUERIES["phones.replace_pin_hash"](phone_id=phone_id, old=old, new=new))

    async def audit_wrong_pin(self, msisdn: str, hop: Hop, now: datetime) -> None:
        """Write a wrong PIN, which `try_pin` has counted, into the person's audit; once per hop."""
        query = QUERIES["phones.audit_wrong_pin"]
        await self.pool.execute(*query(msisdn=msisdn, **_hop(hop), now=now, act_id=new_id()))

    async def has_tried_pin(self, hop: Hop) -> bool:
        """Return whether this hop has tried a PIN, right or wrong."""
        return bool(await self.pool.fetchval(*QUERIES["acts.has_tried_pin"](**_hop(hop))))

    async def knows_a_hop(self, hop: Hop, keys: Sequence[bytes]) -> bool:
        """Return whether a hop of this session with one of `keys` has acted, tried a PIN or got a promise."""
        query = QUERIES["acts.knows_a_hop"](provider=hop.provider, session_id=hop.session_id, hop_keys=keys)
        return bool(await self.pool.fetchval(*query))

    async def saved_reply(self, hop: Hop) -> tuple[str, bool, bytes] | None:
        """Return what a hop that has acted was answered: the reply, whether it ended the session, and the encrypted
        session. None: it has not acted."""
        row = await self.pool.fetchrow(*QUERIES["acts.saved_reply"](**_hop(hop)))
        return (row["reply"], row["ends"], row["session"]) if row else None

    async def outcome_of_hop(self, hop: Hop, contract_id: UUID | None, msisdn: str) -> tuple[UUID, bool] | None:
        """Return what a hop that has acted came to: the contract it made or acted on (`contract_id`), and whether an
        SMS of the act tells `msisdn`. None: the act was refused."""
        query = QUERIES["acts.outcome_of_hop"](**_hop(hop), contract_id=contract_id, msisdn=msisdn)
        row = await self.pool.fetchrow(*query)
        return (row["contract_id"], row["is_told"]) if row else None

    async def use_recovery_code(self, msisdn: str, keys: Sequence[bytes], now: datetime) -> bool:
        """Use up the recovery code whose key is one of `keys`. False: it is wrong, used or too old, or three wrong ones
        came."""
        return bool(await self.pool.fetchval(*QUERIES["phones.use_recovery_code"](msisdn=msisdn, keys=keys, now=now)))

    async def set_recovery_code(
        self, msisdn: str, key: bytes, now: datetime, until: datetime
    ) -> tuple[UUID, str | None] | None:
        """Let this phone choose a new PIN with a recovery code until `until`. Return the person's id and language.
        None: this phone has no PIN."""
        row = await self.pool.fetchrow(
            *QUERIES["phones.set_recovery_code"](msisdn=msisdn, key=key, now=now, until=until)
        )
        return (row["id"], row["language"]) if row else None

    async def make_promise(self, promise: PromiseRow, *, due_at: datetime, now: datetime) -> None:
        query = QUERIES["promises.make"](**_hop(promise.hop), encrypted=promise.encrypted, due_at=due_at, now=now)
        await self.pool.execute(*query)

    async def has_promise(self, hop: Hop) -> bool:
        """Return whether an effect of this hop was promised, whether or not the promise is kept by now."""
        return bool(await self.pool.fetchval(*QUERIES["promises.exists"](**_hop(hop))))

    async def due_promises(self, now: datetime, until: datetime) -> list[PromiseRow]:
        """Take the promises that are due; no other process gets them before `until`."""
        rows = await self.pool.fetch(*QUERIES["promises.due"](now=now, until=until))
        return [PromiseRow(Hop(r["provider"], r["session_id"], r["hop_key"]), r["sealed"], r["tries"]) for r in rows]

    async def mark_promise_kept(self, hop: Hop, now: datetime) -> None:
        await self.pool.execute(*QUERIES["promises.mark_kept"](**_hop(hop), now=now))

    async def postpone_promise(self, hop: Hop, due_at: datetime) -> None:
        await self.pool.execute(*QUERIES["promises.postpone"](**_hop(hop), due_at=due_at))

    async def save_resume_point(self, provider: str, session_id: str, encrypted: bytes, now: datetime) -> None:
        """Save the encrypted session with which this session began, because it goes on with one that was cut off."""
        await self._resume_points((provider, session_id, encrypted, now))

    async def resume_point(self, provider: str, session_id: str) -> bytes | None:
        """Return the encrypted session with which this session began; None: it began at the first screen."""
        query = QUERIES["sessions.resume_point"](provider=provider, session_id=session_id)
        found: bytes | None = await self.pool.fetchval(*query)
        return found

    async def record_session_end(self, ended: SessionRow) -> None:
        """Save how a USSD session ended, as the provider reported first."""
        await self.pool.execute(*QUERIES["sessions.record_end"](**asdict(ended)))

    async def has_acted_on_mo(self, provider: str, message_id: str) -> bool:
        """Return whether this MO was already acted on."""
        query = QUERIES["sms.has_acted_on_mo"](provider=provider, message_id=message_id)
        return bool(await self.pool.fetchval(*query))

    async def block_target(
        self, msisdn: str, number: str | None, reference: str | None, since: datetime
    ) -> tuple[UUID, str] | None:
        """Return id and msisdn of the person whom `msisdn` means by BLOCK: the one with this number, else who made them
        the contract with this reference, else who made them the newest offer since `since`. None: nobody we know."""
        query = QUERIES["sms.block_target"]
        row = await self.pool.fetchrow(*query(msisdn=msisdn, number=number, reference=reference, since=since))
        return (row["id"], row["msisdn"]) if row else None

    async def _try_pins(self, tries: Sequence[PinTry]) -> list[DecisionFacts | None]:
        """Count all tries in one statement, except a phone's second try: a statement can update a row only once."""
        first = {one.msisdn: one for one in tries}
        later = [one for one in tries if first[one.msisdn] is not one]
        found: dict[PinTry, DecisionFacts | None] = {}
        for together in (list(first.values()), *([one] for one in later)):
            rows = await self.pool.fetch(*self._try_pins_query(together))
            by_msisdn = {one.msisdn: one for one in together}
            found.update({by_msisdn[row["msisdn"]]: _facts_of(row) for row in rows})
        return [found.get(one) for one in tries]

    def _try_pins_query(self, tries: Sequence[PinTry]) -> tuple[Any, ...]:
        """Return the statement with the parts that the tries need: where no one else is named, none looks for them."""
        parts, values = set[str](), dict[str, object](tries=tries, locks=self._pin_locks)
        if any(one.contract_id for one in tries):
            parts.add("contract")
        if any(one.others for one in tries):
            parts.add("others")
            values["most_offers"] = self._most_offers
        return QUERIES["phones.try_pins"].with_parts(frozenset(parts))(**values)

    async def _save_resume_points(self, points: Sequence[tuple[str, str, bytes, datetime]]) -> list[None]:
        providers, session_ids, encrypted, at = map(list, zip(*points, strict=True))
        query = QUERIES["sessions.save_resume_points"]
        await self.pool.execute(*query(providers=providers, session_ids=session_ids, encrypted=encrypted, at=at))
        return [None for _ in points]

    async def _read_callers(self, msisdns: Sequence[str]) -> list[CallerRow | None]:
        rows = await self.pool.fetch(*QUERIES["phones.callers"](msisdns=msisdns))
        found = {
            r["msisdn"]: CallerRow(
                r["id"],
                r["language"],
                r["has_pin"],
                r["waiting"],
                r["pin_only"],
                r["language_presumed"],
                r["more_wait"],
            )
            for r in rows
        }
        return [found.get(msisdn) for msisdn in msisdns]

    async def _read_diallers(self, msisdns: Sequence[str]) -> list[DiallerRow | None]:
        rows = await self.pool.fetch(*QUERIES["phones.diallers"](msisdns=msisdns))
        found = {row["msisdn"]: _dialler(row) for row in rows}
        return [found.get(msisdn) for msisdn in msisdns]

    async def _read_lists(self, msisdns: Sequence[str]) -> list[list[ContractLineRow]]:
        lists: dict[str, list[ContractLineRow]] = {msisdn: [] for msisdn in msisdns}
        for caller, *line in await self.pool.fetch(*QUERIES["contracts.of_callers"](msisdns=list(lists))):
            lists[caller].append(ContractLineRow(*line))
        return [lists[msisdn] for msisdn in msisdns]

    async def _read_contracts(self, ids: Sequence[UUID]) -> list[Json | None]:
        rows = await self.pool.fetch(*QUERIES["contracts.by_ids"](contract_ids=ids))
        found = {row["id"]: row["contract"] for row in rows}
        return [found.get(contract_id) for contract_id in ids]


def _dialler(row: Any) -> DiallerRow:
    caller = CallerRow(
        row["id"], row["language"], row["has_pin"], row["waiting"], language_presumed=row["language_presumed"],
        more_wait=row["more_wait"],
    )  # fmt: skip
    lines = tuple(ContractLineRow(**{**line, "id": UUID(line["id"])}) for line in row["lines"] or ())
    return DiallerRow(caller, lines, row["only"], row["is_more"])


def _hop(hop: Hop) -> dict[str, Any]:
    return {"provider": hop.provider, "session_id": hop.session_id, "hop_key": hop.key}


def _facts_of(row: Any) -> DecisionFacts:
    return DecisionFacts(
        row["id"], row["language"], row["has_pin"], row.get("contract"), row.get("others") or [],
        row["pin_hash"], row["granted"], row["tries"], row["locked_until"],
        row["name"], row.get("offer"),
    )  # fmt: skip
