"""Promises: effects that were wanted, with the right PIN, and were late. Written down, kept later, told by SMS.

A promise is made under the key of the hop that wanted the effect, and kept under the same key: if the effect happened
after all, while nobody waited for it any more, keeping the promise finds that out.
"""

import asyncio
from datetime import datetime, timedelta

import msgspec
import structlog

from contracts import actions, effects
from contracts.contract import Contract
from contracts.effects import Effect, MakeContract, OnContract, Propose
from contracts.notices import REFUSED, Notice, NoticeKind, notice_to
from contracts.refusals import Refusal
from contracts.rules.plan import Actor, Plan
from contracts.rules.waiting import WaitingPeriods
from gateway.outbox.compose import MessageComposer
from storage.acts.rows import HopOnce, MoOnce, PersonRow
from storage.encryption import Encryptor
from storage.postgres import database
from storage.record_rows import DecisionFacts, Hop, PromiseRow
from storage.records import Records
from values.frozen import Frozen, replace

log = structlog.get_logger()

_WAITS = (timedelta(seconds=2), timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=5))
_NAP_SECONDS = 1.0


class _Wanted(Frozen):
    """What is promised, as it is encrypted: who wanted what, what their hop was answered, and the PIN they proved."""

    effect: Effect
    actor: Actor
    once: HopOnce
    proved: PersonRow | None


class PromiseJob:
    """Makes promises at the edge, and keeps them in the background (`run`)."""

    def __init__(
        self, records: Records, encryptor: Encryptor, composer: MessageComposer, periods: WaitingPeriods
    ) -> None:
        self._records = records
        self._encryptor = encryptor
        self._composer = composer
        self._periods = periods

    def can_promise(self, effect: Effect) -> bool:
        """Whether this effect can be promised: those that concern a contract. Of the others none is lost by being had
        again."""
        return isinstance(effect, MakeContract | OnContract)

    async def make_promise(
        self, effect: Effect, actor: Actor, once: HopOnce, proved: PersonRow | None, now: datetime
    ) -> None:
        """Write it down, with the PIN that was `proved` for it; raises what storage raises when it cannot be."""
        plain = msgspec.json.encode(_Wanted(effect, actor, once, proved), enc_hook=str)
        encrypted = self._encryptor.encrypt(plain, _place_of(once.hop_key))
        hop = Hop(once.provider, once.session_id, bytes.fromhex(once.hop_key))
        await self._records.make_promise(PromiseRow(hop, encrypted, 0), due_at=now + _WAITS[0], now=now)

    async def run(self, now: actions.Clock) -> None:
        """Keep what is due, until cancelled. Several may run: a promise is leased to one of them at a time."""
        while True:
            try:
                for promise in await self._records.due_promises(now(), now() + _WAITS[-1]):
                    await self._keep(promise, now())
            except database.UNAVAILABLE as fault:
                log.warning("promises wait for the database", fault=type(fault).__name__)
            except Exception:  # whatever it is: a keeper that is gone is missed by nobody until people complain
                log.exception("promises", exc_info=True)
            await asyncio.sleep(_NAP_SECONDS)

    async def _keep(self, promise: PromiseRow, now: datetime) -> None:
        try:
            kept = await self._try(promise, now)
        except database.UNAVAILABLE as fault:
            kept = False
            log.warning("a promise waits for the database", fault=type(fault).__name__)
        except Exception:  # the promises behind it are not to wait for it
            kept = False
            log.exception("a promise cannot be kept", exc_info=True)
        if kept:
            await self._records.mark_promise_kept(promise.hop, now)
            log.info("promise kept", tries=promise.tries + 1)
        else:
            await self._records.postpone_promise(promise.hop, now + _WAITS[min(promise.tries, len(_WAITS) - 1)])

    async def _try(self, promise: PromiseRow, now: datetime) -> bool:
        """Have the effect now, or find that it was had, and tell the caller. False: not yet."""
        plain = self._encryptor.decrypt(promise.encrypted, _place_of(promise.hop.key.hex()))
        if plain is None:
            log.error("a promise cannot be read: it was encrypted under another SECRET_KEY")
            return True
        wanted = _read(plain)
        effect, actor = wanted.effect, wanted.actor
        if await self._records.saved_reply(promise.hop):
            return await self._tell(effect, actor, promise.hop, now)
        facts = await actions.read_facts(self._records, effect, actor, promise.hop, now, pin=False)
        decided = actions.decide(effect, facts, actor, now, self._periods)
        if isinstance(decided, Refusal):
            plan = Plan(notices=(_refused(decided, facts, actor),))
            return await self._carry_out(plan, now, hop=wanted.once, person=wanted.proved)
        assert decided.about, "what is promised is about a contract"
        if not any(notice.msisdn == actor.msisdn for notice in decided.notices):
            decided = replace(decided, notices=(*decided.notices, _done(effect, decided.about, actor)))
        return await self._carry_out(decided, now, hop=wanted.once, person=wanted.proved)

    async def _tell(self, effect: Effect, actor: Actor, hop: Hop, now: datetime) -> bool:
        """The hop itself was answered after all, but nobody waited for it. Tell what no SMS has told yet."""
        found = await self._records.outcome_of_hop(hop, effects.contract_id_of(effect), actor.msisdn)
        if found is None:
            facts = await actions.read_facts(self._records, effect, actor, hop, now, pin=False)
            decided = actions.decide(effect, facts, actor, now, self._periods)
            notice = _refused(decided if isinstance(decided, Refusal) else None, facts, actor)
        else:
            contract_id, is_told = found
            row = None if is_told else await self._records.contract(contract_id)
            if row is None:
                return True
            notice = _done(effect, Contract.from_row(row), actor)
        await self._carry_out(Plan(notices=(notice,)), now, mo=MoOnce("promise", hop.key.hex()))
        return True

    async def _carry_out(
        self, plan: Plan, now: datetime, *, hop: HopOnce | None = None, mo: MoOnce | None = None,
        person: PersonRow | None = None,
    ) -> bool:  # fmt: skip
        messages = self._composer.compose(plan.notices, now)
        return await actions.carry_out(
            self._records, plan, channel="ussd", now=now, hop=hop, mo=mo, person=person, messages=messages
        )


def _read(plain: bytes) -> _Wanted:
    """Also what versions before migration 0015 encrypted: they wrote an effect as its kind and its fields."""
    kept = msgspec.json.decode(plain)
    if isinstance(kept["effect"], list):
        kind, fields = kept["effect"]
        kept["effect"] = {"type": kind, **fields}
    return msgspec.convert(kept, _Wanted)


def _done(effect: Effect, contract: Contract, actor: Actor) -> Notice:
    """What the hop's own screen would have said."""
    me = contract.party(actor.msisdn)
    assert me, "who acts on a contract is in it"
    return notice_to(me, _own(effect), contract, actor.msisdn)


def _own(effect: Effect) -> NoticeKind:
    match effect:
        case MakeContract():
            return NoticeKind.MADE
        case Propose(_, kind, _):
            return NoticeKind.YOU_ASKED_TO_CANCEL if kind == "cancel" else NoticeKind.YOU_ASKED_TO_CHANGE
        case _:
            return NoticeKind.ANSWER_KEPT


def _refused(why: Refusal | None, facts: DecisionFacts, actor: Actor) -> Notice:
    """`why` None: it was refused then and would not be now, so all that can be told is how the contract stands."""
    about = (Contract.from_row(facts.contract),) if facts.contract else ()
    kind = REFUSED[why] if why else NoticeKind.STATUS
    reference = about[0].reference if about else None
    return Notice(kind, facts.phone_id, actor.msisdn, actor.language, about, reference=reference)


def _place_of(hop_key: str) -> str:
    return f"promise:{hop_key}"
