"""Messages from phones, and reports about messages to them.

An MO is stored, understood, acted on and answered in one statement, whose unique key is the provider's message id: a
provider repeats a message until it hears 200, for hours if need be.
"""

from datetime import datetime

import structlog

from contracts import actions
from contracts.actions import Clock
from contracts.fields.msisdn import Msisdn, masked
from contracts.notices import ANSWERS, QUESTIONS
from contracts.rules.plan import Plan
from contracts.rules.waiting import WaitingPeriods
from contracts.sms.understand import understand
from gateway.events import Dlr, DlrState, MoSms, UssdEnd
from gateway.inbox.decide import decide, sender_of, wants_newest, worth_sending
from gateway.inbox.mo_context import MoContext
from gateway.outbox.compose import MessageComposer
from menus.gsm7 import segments
from storage.acts.rows import MessageRow, MoOnce, PersonRow
from storage.mo_facts import MoFactsReader, MoLookup
from storage.outbox import OutboxRows, ReportRow
from storage.record_rows import SessionRow
from storage.records import Records
from values.ids import new_id

log = structlog.get_logger()


class Inbox:
    """Takes what providers bring about messages and ended sessions. Raises what storage raises when it is away."""

    def __init__(
        self, records: Records, queue: OutboxRows, composer: MessageComposer, periods: WaitingPeriods, now: Clock
    ) -> None:
        self._records = records
        self._mo_facts = MoFactsReader(records.pool, sorted(ANSWERS), sorted(QUESTIONS))
        self._queue = queue
        self._composer = composer
        self._periods = periods
        self._now = now

    async def receive(self, mo: MoSms) -> None:
        """Store a message and act on it, once, however often the provider repeats it."""
        now = self._now()
        await actions.retry_when_changed(lambda: self._attempt(mo, now))

    async def report(self, dlr: Dlr) -> None:
        """Keep a delivery report; one in words we never saw is kept too, and logged."""
        if dlr.state is DlrState.UNKNOWN:
            log.warning("dlr in unknown words", provider=dlr.provider, status=dlr.status)
        await self._queue.report(
            ReportRow(
                dlr.provider, dlr.message_id, dlr.status, dlr.state.value, dlr.reason, dlr.network_code, dlr.msisdn,
                self._now(),
            )
        )  # fmt: skip
        if dlr.opted_out and dlr.msisdn:
            await self.opted_out(dlr.msisdn, dlr.provider)
        log.info("dlr", provider=dlr.provider, status=dlr.status, reason=dlr.reason)

    async def opted_out(self, msisdn: Msisdn, provider: str) -> None:
        """A person told the provider, not us, to stop."""
        if await self._queue.opt_out(msisdn, provider, self._now()):
            log.info("opted out", provider=provider, person=masked(msisdn))

    async def session_ended(self, end: UssdEnd) -> None:
        await self._records.record_session_end(
            SessionRow(
                end.provider, end.session_id, end.msisdn, end.network_code, end.status, end.hops, end.duration_ms,
                end.cost, end.ended_at or self._now(),
            )
        )  # fmt: skip
        log.info("session ended", provider=end.provider, status=end.status, hops=end.hops, cost=end.cost)

    async def _attempt(self, mo: MoSms, now: datetime) -> bool | None:
        """Return True if the message is acted on, by this or an earlier request; None if its contract changed."""
        if await self._act(mo, now):
            return True
        if not await self._records.has_acted_on_mo(mo.provider, mo.message_id):
            return None
        log.info("mo", provider=mo.provider, repeat="repeat")
        return True

    async def _act(self, mo: MoSms, now: datetime) -> bool:
        sender = sender_of(mo)
        if sender is None:
            return await self._keep(mo, None, "no_number", Plan(), now)
        meaning = understand(mo.text)
        facts = await self._mo_facts.read(MoLookup(sender, mo.text, meaning.reference, now, wants_newest(meaning)))
        context = MoContext(mo, sender, meaning, facts, self._composer.language)
        return await self._keep(mo, context, meaning.intent.value, decide(context, now, self._periods), now)

    async def _keep(self, mo: MoSms, context: MoContext | None, kind: str, plan: Plan, now: datetime) -> bool:
        """Write it all down: the message, what it made happen, what is said to whom. False: it is not the first."""
        told = self._composer.compose(plan.notices, now)
        if context:
            told = tuple(worth_sending(told, context.facts))
        is_kept = await actions.carry_out(
            self._records, plan, channel="sms", now=now, mo=MoOnce(mo.provider, mo.message_id),
            person=_newcomer(context, plan), messages=(_row(mo, context, kind, plan), *told),
        )  # fmt: skip
        if is_kept:
            log.info(
                "mo", provider=mo.provider, sender=masked(context.sender) if context else None, understood=kind,
                told=",".join(row.kind for row in told) or None, held_back=len(plan.notices) - len(told) or None,
            )  # fmt: skip
        return is_kept


def _newcomer(context: MoContext | None, plan: Plan) -> PersonRow | None:
    """The row of a sender who is new to us, where the plan does not write it."""
    if context is None or context.facts.phone_id or any(person.msisdn == context.sender for person in plan.people):
        return None
    return PersonRow(new_id(), context.sender)


def _row(mo: MoSms, context: MoContext | None, kind: str, plan: Plan) -> MessageRow:
    return MessageRow(
        id=new_id(), direction="in", text=mo.text, kind=kind, segments=len(segments(mo.text)),
        phone_id=context.facts.phone_id if context else None, msisdn=context.sender if context else None,
        raw_sender=None if context else mo.raw_sender, shortcode=mo.to,
        contract_id=plan.about.id if plan.about else None, provider=mo.provider, provider_message_id=mo.message_id,
    )  # fmt: skip
