"""Promises: effects that a caller chose with the right PIN, and that could not be written within the hop's time.

A promise is stored, carried out later by a background job, and its result is told to the caller by SMS. It has the key
of its hop, and so has the act that carries it out: if the hop's own statement was committed after all, when nobody
waited for it any more, the job finds that and acts no second time.
"""

from datetime import datetime, timedelta

import msgspec
import structlog

from contracts import actions, effects
from contracts.contract import Contract
from contracts.effects import Effect, MakeContract, OnContract, Pay, Propose, SayDelivered
from contracts.escrow.rules import EscrowRules
from contracts.notices import REFUSAL_NOTICES, Notice, NoticeKind, notice_to
from contracts.refusals import LimitReached, Refusal
from contracts.rules.offers import DEFAULT_OFFER_RULES, OfferRules, limit_reached
from contracts.rules.plan import Actor, Plan
from contracts.rules.waiting import WaitingPeriods
from gateway.background.repeat import JobState, repeat
from gateway.background.short_codes import ShortCodes
from gateway.logs import shown_session
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


class _StoredPromise(Frozen):
    """A promise as it is encrypted: who chose what, the reply to their hop, and the person whose PIN was right."""

    effect: Effect
    actor: Actor
    once: HopOnce
    proved: PersonRow | None


class PromiseJob:
    """Stores promises while a hop is answered (`make_promise`), and carries them out in the background (`run`)."""

    def __init__(
        self, records: Records, encryptor: Encryptor, composer: MessageComposer, periods: WaitingPeriods,
        codes: ShortCodes, offer_rules: OfferRules = DEFAULT_OFFER_RULES, escrow_rules: EscrowRules | None = None,
    ) -> None:  # fmt: skip
        self._records = records
        self._encryptor = encryptor
        self._composer = composer
        self._periods = periods
        self._codes = codes
        self._offer_rules = offer_rules
        self._escrow_rules = escrow_rules

    def can_promise(self, effect: Effect) -> bool:
        """Return whether this effect may be promised: whatever changes a contract. A caller can simply choose the
        others again."""
        return isinstance(effect, MakeContract | OnContract)

    async def make_promise(
        self, effect: Effect, actor: Actor, once: HopOnce, proved: PersonRow | None, now: datetime
    ) -> None:
        """Store a promise; `proved` is the row of the person whose PIN was right. Raise what storage raises."""
        plain = msgspec.json.encode(_StoredPromise(effect, actor, once, proved), enc_hook=str)
        encrypted = self._encryptor.encrypt(plain, _place_of(once.hop_key))
        hop = Hop(once.provider, once.session_id, bytes.fromhex(once.hop_key))
        await self._records.make_promise(PromiseRow(hop, encrypted, 0), due_at=now + _WAITS[0], now=now)

    async def run(self, now: actions.Clock, job: JobState) -> None:
        """Carry out what is due, until cancelled. Several may run: a promise is leased to one of them at a time."""

        async def work() -> float:
            for promise in await self._records.due_promises(now(), now() + _WAITS[-1]):
                await self._attempt(promise, now())
            return _NAP_SECONDS

        await repeat(job, work, _NAP_SECONDS)

    async def _attempt(self, promise: PromiseRow, now: datetime) -> None:
        """Carry out one promise or put it off. A fault must not hold up the promises behind it."""
        line = log.bind(**_where(promise))
        try:
            is_done = await self._carry_out(promise, now)
        except database.UNAVAILABLE as fault:
            is_done = False
            line.warning("a promise waits for the database, or for the key that signs", fault=type(fault).__name__)
        except Exception:
            is_done = False
            line.exception("a promise failed", exc_info=True)
        if is_done:
            await self._records.mark_promise_kept(promise.hop, now)
        else:
            await self._records.postpone_promise(promise.hop, now + _WAITS[min(promise.tries, len(_WAITS) - 1)])

    async def _carry_out(self, promise: PromiseRow, now: datetime) -> bool:
        """Carry out the effect now, or find that it has been, and tell the caller. Return False to try again later."""
        plain = self._encryptor.decrypt(promise.encrypted, _place_of(promise.hop.key.hex()))
        if plain is None:
            log.error("a promise cannot be decrypted: it was stored under another SECRET_KEY", **_where(promise))
            return True
        stored = _decode(plain)
        effect, actor = stored.effect, stored.actor
        if await self._records.saved_reply(promise.hop):
            return await self._tell_caller(effect, actor, promise, now)
        facts = await actions.read_facts(self._records, effect, actor, promise.hop, now, pin=False)
        decided = self._decide(effect, facts, actor, now)
        if isinstance(decided, Refusal):
            refused = _refused(decided, facts, actor, limit_reached(facts, self._offer_rules, now))
            return await self._commit(Plan(notices=(refused,)), promise, now, stored)
        assert decided.about, "what is promised is about a contract"
        if not any(notice.msisdn == actor.msisdn for notice in decided.notices):
            decided = replace(decided, notices=(*decided.notices, _done(effect, decided.about, actor)))
        return await self._commit(decided, promise, now, stored)

    def _decide(self, effect: Effect, facts: DecisionFacts, actor: Actor, now: datetime) -> Plan | Refusal:
        return actions.decide(
            effect, facts, actor, now, self._periods, offer_rules=self._offer_rules, escrow_rules=self._escrow_rules
        )

    async def _tell_caller(self, effect: Effect, actor: Actor, promise: PromiseRow, now: datetime) -> bool:
        """The hop's own statement was committed, but its reply came too late: tell what no SMS has told yet."""
        hop = promise.hop
        found = await self._records.outcome_of_hop(hop, effects.contract_id_of(effect), actor.msisdn)
        if found is None:
            facts = await actions.read_facts(self._records, effect, actor, hop, now, pin=False)
            decided = self._decide(effect, facts, actor, now)
            limit = limit_reached(facts, self._offer_rules, now)
            notice = _refused(decided if isinstance(decided, Refusal) else None, facts, actor, limit)
        else:
            contract_id, is_told = found
            row = None if is_told else await self._records.contract(contract_id)
            if row is None:
                return True
            notice = _done(effect, Contract.from_row(row), actor)
        await self._commit(Plan(notices=(notice,)), promise, now)
        return True

    async def _commit(
        self, plan: Plan, promise: PromiseRow, now: datetime, stored: _StoredPromise | None = None
    ) -> bool:
        """Write the plan with its SMS; `stored` makes it the hop's own act. Return False to try again later."""
        messages = self._composer.compose(await self._codes.complete(plan.notices), now)
        is_done = await actions.carry_out(
            self._records, plan, channel="ussd", now=now, messages=messages, hop=stored.once if stored else None,
            mo=None if stored else MoOnce("promise", promise.hop.key.hex()), person=stored.proved if stored else None,
        )  # fmt: skip
        about = plan.about or next((each for notice in plan.notices for each in notice.contracts), None)
        if is_done:
            log.info(
                "promise kept", **_where(promise), contract_id=str(about.id) if about else None,
                tries=promise.tries + 1, messages=len(messages),
            )  # fmt: skip
        return is_done


def _where(promise: PromiseRow) -> dict[str, str]:
    """The keys under which every log line about this promise is found."""
    return {"provider": promise.hop.provider, "session": shown_session(promise.hop.session_id)}


def _decode(plain: bytes) -> _StoredPromise:
    """Also read what versions before migration 0015 stored: they wrote an effect as a list, its type and its fields;
    and those before 0031, which did not say that a PIN was typed for everything that is promised."""
    stored = msgspec.json.decode(plain)
    stored["actor"].setdefault("pin", "typed")
    if isinstance(stored["effect"], list):
        effect_type, fields = stored["effect"]
        stored["effect"] = {"type": effect_type, **fields}
    return msgspec.convert(stored, _StoredPromise)


def _done(effect: Effect, contract: Contract, actor: Actor) -> Notice:
    """Return the notice that tells the caller what the screen after their hop would have said."""
    party = contract.party(actor.msisdn)
    assert party, "who acts on a contract is in it"
    return notice_to(party, _own_notice(effect), contract, actor.msisdn)


def _own_notice(effect: Effect) -> NoticeKind:
    match effect:
        case MakeContract():
            return NoticeKind.MADE
        case SayDelivered():
            return NoticeKind.YOU_DELIVERED
        case Pay():
            return NoticeKind.PROMPTED
        case Propose(_, kind, _):
            return NoticeKind.YOU_ASKED_TO_CANCEL if kind == "cancel" else NoticeKind.YOU_ASKED_TO_CHANGE
        case _:
            return NoticeKind.ANSWER_KEPT


def _refused(
    why: Refusal | None, facts: DecisionFacts, actor: Actor, limit: LimitReached | None = None
) -> Notice:  # fmt: skip
    """Return the notice of a refusal; `limit`: the one on offers that is reached. With `why` None it was refused then
    and would not be refused now: all that can be told is the contract's status."""
    about = (Contract.from_row(facts.contract),) if facts.contract else ()
    kind = REFUSAL_NOTICES[why] if why else NoticeKind.STATUS
    reference = about[0].reference if about else None
    return Notice(kind, facts.phone_id, actor.msisdn, actor.language, about, reference=reference, limit=limit)


def _place_of(hop_key: str) -> str:
    """What the encryption binds a promise to: it cannot be moved to another hop."""
    return f"promise:{hop_key}"
