"""What providers bring that no caller waits for: MOs, delivery reports, opt-outs and ends of USSD sessions.

One statement stores an MO, acts on it and queues its answer. The provider's message id is its unique key, because a
provider repeats an MO until it gets a 200, for hours if need be.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

import structlog

from contracts import actions
from contracts.actions import Clock
from contracts.fields.msisdn import Msisdn, masked
from contracts.notices import ANSWERS, ASK_NOTHING, ASKED_WHAT_YES_IS_FOR, PROPOSAL_NOTICES, NoticeKind
from contracts.proof.paper_check import PaperCheck
from contracts.rules.plan import Plan
from contracts.rules.sms_limits import SmsLimits
from contracts.rules.waiting import WaitingPeriods
from contracts.sms.pin_in_text import without_pin
from contracts.sms.understand import SmsMeaning, understand
from gateway.background.short_codes import ShortCodes
from gateway.events import Dlr, DlrState, MoSms, UssdEnd
from gateway.inbox.blocking import find_block_target
from gateway.inbox.decide import decide, sender_of, wants_newest
from gateway.inbox.limits import MOST_IN_DAY, within_limits
from gateway.inbox.mo_context import MoContext, known_contracts
from gateway.inbox.presumed_opt_out import hear_again
from gateway.inbox.provider_time import believed, is_old, recent
from gateway.inbox.reply_number import from_number_written_to
from gateway.inbox.sender_language import speak_as_written
from gateway.inbox.stopped_clock import stop_clocks
from gateway.logs import shown_session
from gateway.outbox.compose import MessageComposer
from gateway.verify.paper_checks import PaperChecks
from menus.gsm7 import segments
from storage.acts.rows import MessageRow, MoOnce, PersonRow
from storage.mo_facts import MoFactsReader, MoLookup
from storage.outbox import OutboxRows, ReportRow
from storage.record_rows import SessionRow
from storage.records import Records
from values.frozen import replace
from values.ids import new_id

log = structlog.get_logger()


class Inbox:
    """Takes each thing that a provider brings once, however often it comes. Raises what storage raises."""

    def __init__(
        self, records: Records, queue: OutboxRows, composer: MessageComposer, codes: ShortCodes, papers: PaperChecks,
        periods: WaitingPeriods, now: Clock, limits: SmsLimits | None = None, receive_only: Collection[str] = (),
    ) -> None:  # fmt: skip
        """`receive_only`: numbers of ours that cannot send, as digits."""
        self._records = records
        self._mo_facts = MoFactsReader(
            records.pool, sorted(ANSWERS), sorted(PROPOSAL_NOTICES), sorted(ASKED_WHAT_YES_IS_FOR),
            NoticeKind.ANSWERS_PAUSED.value, MOST_IN_DAY, sorted(ASK_NOTHING),
        )  # fmt: skip
        self._queue = queue
        self._composer = composer
        self._codes = codes
        self._papers = papers
        self._periods = periods
        self._limits = limits or SmsLimits()
        self._receive_only = frozenset(receive_only)
        self._now = now

    async def receive(self, mo: MoSms) -> None:
        """Store an MO, act on it and queue its answer. What may be a PIN in it is understood, and not kept."""
        now, meaning = self._now(), understand(mo.text)
        kept = replace(mo, text=without_pin(mo.text), sent_at=believed(mo.sent_at, now), told_at=mo.sent_at)
        if meaning.wrong_reference:
            meaning = replace(meaning, wrong_reference=without_pin(meaning.wrong_reference))
        await actions.retry_when_changed(lambda: self._attempt(kept, meaning, now))

    async def report(self, dlr: Dlr) -> None:
        """Store a delivery report, one with an unknown status too."""
        where = {
            "provider": dlr.provider, "provider_message_id": dlr.message_id,
            "msisdn": masked(dlr.msisdn) if dlr.msisdn else None,
        }  # fmt: skip
        if dlr.state is DlrState.UNKNOWN:
            log.warning("dlr with an unknown status", **where, status=dlr.status)
        await self._queue.report(
            ReportRow(
                dlr.provider, dlr.message_id, dlr.status, dlr.state.value, dlr.reason, dlr.network_code, dlr.msisdn,
                self._now(),
            )
        )  # fmt: skip
        log.info("dlr", **where, status=dlr.status, reason=dlr.reason)

    async def opted_out(self, msisdn: Msisdn, provider: str) -> None:
        """Send nothing more to a person who told the provider, not us, to stop."""
        if await self._queue.opt_out(msisdn, provider, self._now()):
            log.info("opted out", provider=provider, msisdn=masked(msisdn))

    async def session_ended(self, end: UssdEnd) -> None:
        """Store how a USSD session ended."""
        await self._records.record_session_end(
            SessionRow(
                end.provider, end.session_id, end.msisdn, end.network_code, end.status, end.hops, end.duration_ms,
                end.cost, recent(end.ended_at, self._now()),
            )
        )  # fmt: skip
        log.info(
            "session ended", provider=end.provider, session=shown_session(end.session_id), msisdn=masked(end.msisdn),
            status=end.status, hops=end.hops, cost=end.cost,
        )  # fmt: skip

    async def _attempt(self, mo: MoSms, meaning: SmsMeaning, now: datetime) -> bool | None:
        """Return True if the message is acted on, by this or an earlier request; None if its contract changed."""
        if await self._act(mo, meaning, now):
            return True
        if not await self._records.has_acted_on_mo(mo.provider, mo.message_id):
            return None
        sender = sender_of(mo)
        log.info(
            "mo", provider=mo.provider, provider_message_id=mo.message_id, msisdn=masked(sender) if sender else None,
            repeat="repeat",
        )  # fmt: skip
        return True

    async def _act(self, mo: MoSms, meaning: SmsMeaning, now: datetime) -> bool:
        """Decide on an MO and carry it out. Return False if it is a repeat, or if its contract changed meanwhile."""
        sender = sender_of(mo)
        if sender is None:
            return await self._carry_out(mo, mo_row(mo, "no_number", Plan()), Plan(), (), None, now)
        facts = await self._mo_facts.read(
            MoLookup(sender, mo.text, meaning.reference, now, wants_newest(meaning), mo.to)
        )
        context = MoContext(
            mo,
            sender,
            meaning,
            facts,
            known_contracts(facts),
            self._composer.language_of(sender),
            now,
            self._periods,
            self._limits,
            await find_block_target(self._records, meaning, sender, now),
            await self._checked(meaning, sender),
        )
        clocks = stop_clocks(decide(context), context)
        if not await self._stop_others(clocks.others, mo, sender, now):
            return False
        plan = hear_again(speak_as_written(clocks.plan, context), context)
        notices = await self._codes.complete(plan.notices)
        answers = from_number_written_to(
            within_limits(notices, context, self._composer.compose), mo, sender, self._receive_only
        )
        row = mo_row(mo, meaning.intent.value, plan, sender, facts.phone_id)
        return await self._carry_out(mo, row, plan, answers, _new_person(context, plan), now)

    async def _checked(self, meaning: SmsMeaning, sender: Msisdn) -> PaperCheck | None:
        """Return what a CHECK found; None for any other text, and if the code is not there."""
        typed = meaning.paper
        if typed is None or typed.reference is None or typed.code is None:
            return None
        return await self._papers.check(sender, typed.reference, typed.code)

    async def _stop_others(self, plans: Sequence[Plan], mo: MoSms, sender: Msisdn, now: datetime) -> bool:
        """Carry out `plans`, each once for the MO and its contract, before the MO itself is stored: once it is, no
        silence of its sender completes anything. Return False if a contract changed meanwhile."""
        for plan in plans:
            assert plan.about, "each is about a contract"
            once = MoOnce(f"{mo.provider} clock", f"{mo.message_id} {plan.about.id}", mo.sent_at is None)
            messages = from_number_written_to(self._composer.compose(plan.notices, now), mo, sender, self._receive_only)
            is_first = await actions.carry_out(
                self._records, plan, channel="sms", now=now, mo=once, messages=messages
            )  # fmt: skip
            if is_first:
                log.info("clock stands", contract_id=str(plan.about.id), messages=len(messages))
            elif not await self._records.has_acted_on_mo(once.provider, once.message_id):
                return False
        return True

    async def _carry_out(
        self, mo: MoSms, row: MessageRow, plan: Plan, answers: Sequence[MessageRow], new_person: PersonRow | None,
        now: datetime,
    ) -> bool:  # fmt: skip
        is_first = await actions.carry_out(
            self._records, plan, channel="sms", now=now, mo=MoOnce(mo.provider, mo.message_id, mo.sent_at is None),
            person=new_person, messages=(row, *answers),
        )  # fmt: skip
        if is_first:
            log.info(
                "mo", provider=mo.provider, message_id=str(row.id), provider_message_id=mo.message_id,
                msisdn=masked(Msisdn(row.msisdn)) if row.msisdn else None,
                contract_id=str(row.contract_id) if row.contract_id else None, kind=row.kind,
                age="old" if is_old(mo.sent_at, now) else None,
                clock="stands" if plan.change and plan.change.clock_stopped_at else None,
                messages=len(answers), held_back=len(plan.notices) - len(answers) or None,
            )  # fmt: skip
        return is_first


def mo_row(mo: MoSms, kind: str, plan: Plan, sender: Msisdn | None = None, phone_id: UUID | None = None) -> MessageRow:
    """Return the row that stores an MO. `kind`: what it was taken for; `plan`: what it made happen."""
    return MessageRow(
        id=new_id(), direction="in", text=mo.text, kind=kind, segments=len(segments(mo.text)), phone_id=phone_id,
        msisdn=sender, raw_sender=None if sender else mo.raw_sender, shortcode=mo.to,
        contract_id=plan.about.id if plan.about else None, provider=mo.provider, provider_message_id=mo.message_id,
        network_code=mo.network_code or None, provider_sent_at=mo.told_at,
    )  # fmt: skip


def _new_person(context: MoContext, plan: Plan) -> PersonRow | None:
    """The row of a sender whom we do not know yet; None if the plan writes it."""
    if context.facts.phone_id or any(person.msisdn == context.sender for person in plan.people):
        return None
    return PersonRow(new_id(), context.sender)
