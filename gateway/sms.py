"""Messages from phones, and reports about messages to them.

An MO is stored, understood, acted on and answered in one statement, whose unique key is the provider's message id: a
provider repeats a message until it hears 200, for hours if need be.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import uuid4

import structlog

from contracts import actions
from contracts.actions import Actor, Clock, Plan
from contracts.lifecycle import Contract, Refusal
from contracts.msisdn import Msisdn, masked
from contracts.notices import REFUSED, Kind, Notice
from contracts.replies import Intent, Said, understand
from gateway.events import Dlr, DlrState, MoSms, UssdEnd
from gateway.wording import messages_for
from menus import MENU_VERSION
from storage.acts import MessageRow, MoOnce, PersonRow
from storage.records import AnswerableRow, Records, ReportRow, SessionRow

log = structlog.get_logger()

_TRIES_WHEN_MOVED = 50
_RETRY_SECONDS = 0.04


class Inbox:
    """Takes what providers bring about messages and ended sessions. Raises what storage raises when it is away."""

    def __init__(self, records: Records, *, language: str, service_code: str, now: Clock) -> None:
        self._records = records
        self._language = language
        self._service_code = service_code
        self._now = now

    async def receive(self, mo: MoSms) -> None:
        """Act on a message, once, however often it comes."""
        now = self._now()
        for _ in range(_TRIES_WHEN_MOVED):
            if await self._act(mo, now):
                return
            if await self._records.mo_received(mo.provider, mo.message_id):
                log.info("mo", provider=mo.provider, repeat="repeat")
                return
            await asyncio.sleep(_RETRY_SECONDS)
        raise TimeoutError("the contract moved each time it was decided on")

    async def report(self, dlr: Dlr) -> None:
        """Keep a delivery report; one in words we never saw is kept too, and logged."""
        if dlr.state is DlrState.UNKNOWN:
            log.warning("dlr in unknown words", provider=dlr.provider, status=dlr.status)
        await self._records.report(
            ReportRow(
                dlr.provider, dlr.message_id, dlr.status, dlr.state.value, dlr.reason, dlr.network_code, self._now()
            )
        )  # fmt: skip
        log.info("dlr", provider=dlr.provider, status=dlr.status, reason=dlr.reason)

    async def session_ended(self, end: UssdEnd) -> None:
        await self._records.session_ended(
            SessionRow(
                end.provider, end.session_id, end.msisdn, end.network_code, end.status, end.hops, end.duration_ms,
                end.cost, end.ended_at or self._now(),
            )
        )  # fmt: skip
        log.info("session ended", provider=end.provider, status=end.status, hops=end.hops, cost=end.cost)

    async def _act(self, mo: MoSms, now: datetime) -> bool:
        if mo.sender is None:
            return await self._keep(mo, None, "no_number", Plan(), now)
        said = understand(mo.text)
        found = await self._records.answerable(mo.sender, said.reference, now)
        plan = _decide(said, found, mo, mo.sender, self._language)
        if await self._keep(mo, found, said.intent.value, plan, now):
            told = ",".join(notice.kind.value for notice in plan.notices) or None
            log.info("mo", provider=mo.provider, sender=masked(mo.sender), understood=said.intent.value, told=told)
            return True
        return False

    async def _keep(self, mo: MoSms, found: AnswerableRow | None, kind: str, plan: Plan, now: datetime) -> bool:
        phone_id = found.phone_id if found else None
        row = MessageRow(
            id=uuid4(), direction="in", text=mo.text, kind=kind, segments=1, phone_id=phone_id, msisdn=mo.sender,
            raw_sender=None if mo.sender else mo.raw_sender, shortcode=mo.to,
            contract_id=plan.about.id if plan.about else None, provider=mo.provider, provider_message_id=mo.message_id,
        )  # fmt: skip
        is_new = mo.sender is not None and phone_id is None
        return await actions.carry_out(
            self._records, plan, channel="sms", now=now, mo=MoOnce(mo.provider, mo.message_id),
            person=PersonRow(uuid4(), mo.sender) if is_new and mo.sender else None,
            messages=(row, *messages_for(plan.notices, self._language, self._service_code)),
        )  # fmt: skip


def _decide(said: Said, found: AnswerableRow, mo: MoSms, sender: Msisdn, language: str) -> Plan:
    """What a message makes happen; nothing, or only an answer, where it is not clear."""
    about = [(Contract.from_row(row), text) for row, text in found.contracts]
    tell = Notice(Kind.HELP, found.phone_id, sender, found.language)
    if said.intent is Intent.OTHER:
        return Plan() if found.helped else Plan(notices=(tell,))
    if said.misnamed:
        return Plan(notices=(replace(tell, kind=Kind.NOT_FOUND, reference=said.misnamed),))
    if said.reference:
        about = [(contract, text) for contract, text in about if contract.reference == said.reference]
        if not about:
            return Plan(notices=(replace(tell, kind=Kind.NOT_FOUND, reference=said.reference),))
    if not about:
        return Plan(notices=(replace(tell, kind=Kind.NOTHING_WAITS),))
    if len(about) > 1:
        return Plan(notices=(replace(tell, kind=Kind.WHICH, contracts=_first_few(about)),))
    contract, text = about[0]
    actor = Actor(
        sender, found.language or language, "sms", mo.provider, "", mo.message_id, MENU_VERSION, (text,) if text else ()
    )  # fmt: skip
    decided = actions.answer(contract, actor, yes=said.intent is Intent.YES)
    if isinstance(decided, Refusal):
        refused = replace(tell, kind=REFUSED[decided], contracts=(contract,), reference=contract.reference)
        return Plan(notices=(refused,), about=contract)
    return decided


def _first_few(about: Sequence[tuple[Contract, str | None]]) -> tuple[Contract, ...]:
    """As many as an SMS can name."""
    return tuple(contract for contract, _ in about[:5])
