"""Ask whether a number may be in other hands, keep what was said, and say whether money or a new PIN waits for it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import structlog

from contracts.escrow.number_risk import (
    ASK_AGAIN,
    Hold,
    HoldReason,
    NotKnown,
    NotSwapped,
    NumberCheck,
    RiskRules,
    SwapAnswer,
    Swapped,
    hold_after_checks,
    hold_after_recovery,
    is_awaited,
    says_enough,
)
from contracts.fields.msisdn import Msisdn
from gateway.number_risk.port import Awaited, SourceThatCallsBack, SwapSource
from storage.number_checks import AnswerRow, CheckRow, NumberCheckRows
from values.frozen import replace

log = structlog.get_logger()


class NumberChecks:
    """`sources` are asked in this order until one says enough; without any, nobody is asked."""

    def __init__(self, sources: Sequence[SwapSource], rows: NumberCheckRows, rules: RiskRules) -> None:
        self._sources, self._rows, self._rules = sources, rows, rules
        self.calling_back: Mapping[str, SourceThatCallsBack] = {
            source.name: source for source in sources if isinstance(source, SourceThatCallsBack)
        }

    @property
    def is_configured(self) -> bool:
        return bool(self._sources)

    async def payout_hold(self, phone_id: UUID, msisdn: Msisdn, now: datetime) -> Hold | None:
        """Return why no money may leave to this person's number now, and when to look again; None: it may. A kept
        answer is used while it is believed; then sources are asked, which takes as long as they take."""
        if hold := hold_after_recovery(await self._rows.recovered_at(phone_id), now, self._rules):
            return hold
        checks = await self._kept(phone_id, now)
        hold = self._hold(checks, now, self._rules)
        if hold is None or hold.why is not HoldReason.NOT_KNOWN or hold.until > now:
            return hold
        await self._ask(phone_id, msisdn, now, checks)
        return self._hold(await self._kept(phone_id, now), now, self._rules)

    async def recovery_hold(self, phone_id: UUID, msisdn: Msisdn, now: datetime) -> Hold | None:
        """Return why nobody should get a new PIN for this number now; None: there is no reason. Sources are asked anew,
        unless they answered a quarter of an hour ago, or their answer may still come."""
        rules = replace(self._rules, believed_for=ASK_AGAIN)
        checks = await self._kept(phone_id, now)
        hold = self._hold(checks, now, rules)
        if hold is None or hold.why is not HoldReason.NOT_KNOWN or any(is_awaited(check, now) for check in checks):
            return hold
        await self._ask(phone_id, msisdn, now, checks)
        return self._hold(await self._kept(phone_id, now), now, rules)

    async def take_answer(self, source: SourceThatCallsBack, sent: Mapping[str, object], now: datetime) -> None:
        """Keep an answer that a source calls back with. Raise BadWire for what is none. A second one changes
        nothing."""
        request_id, answer = source.read_callback(sent, now)
        is_first = await self._rows.answer_question(source.name, request_id, _to_row(answer), now)
        log.info("number check", provider=source.name, status=_to_row(answer).status, repeat=not is_first)

    def _hold(self, checks: Sequence[NumberCheck], now: datetime, rules: RiskRules) -> Hold | None:
        return hold_after_checks(checks, now, rules) if self._sources else None

    async def _kept(self, phone_id: UUID, now: datetime) -> list[NumberCheck]:
        if not self._sources:
            return []
        since = now - max(self._rules.cooling, self._rules.believed_for)
        return [_to_check(row) for row in await self._rows.of_phone(phone_id, since)]

    async def _ask(self, phone_id: UUID, msisdn: Msisdn, now: datetime, checks: Sequence[NumberCheck]) -> None:
        """Ask one source after the other, until one says enough or calls back. One that has let a question unanswered
        is asked last."""
        silent = {check.source for check in checks if check.answer is None}
        for source in sorted(self._sources, key=lambda source: source.name in silent):
            answer = await source.ask(msisdn, now)
            if isinstance(answer, Awaited):
                log.info("number check", provider=source.name, status="asked")
                await self._rows.add_question(phone_id, source.name, answer.request_id, now)
                return
            row = _to_row(answer)
            log.info("number check", provider=source.name, status=row.status, why=row.why)
            await self._rows.add_answer(phone_id, source.name, row, now)
            if says_enough(answer, self._rules):
                return


def _to_row(answer: SwapAnswer) -> AnswerRow:
    match answer:
        case Swapped(at=at):
            return AnswerRow("swapped", swapped_at=at)
        case NotSwapped(within=within):
            return AnswerRow("not_swapped", looked_back=within)
        case NotKnown(why=why):
            return AnswerRow("not_known", why=why)


def _to_check(row: CheckRow) -> NumberCheck:
    return NumberCheck(row.source, row.asked_at, _to_answer(row.answer))


def _to_answer(row: AnswerRow) -> SwapAnswer | None:
    match row:
        case AnswerRow(status="swapped", swapped_at=datetime() as at):
            return Swapped(at)
        case AnswerRow(status="not_swapped", looked_back=within):
            return NotSwapped(within)
        case AnswerRow(why=str() as why):
            return NotKnown(why)
    return None
