"""The loop of money: send what is due, ask about what has no outcome, deal with callbacks that were kept.

Any number may run, in any number of processes: a claim is a lease. A transfer is written down as `sending`, with our id
for it, before the rail hears of it. If the process dies then, the next one does not send it: it asks.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog

from contracts.actions import Clock
from contracts.escrow.number_risk import Hold, HoldReason
from contracts.escrow.outcomes import Failed, FailReason, NotSent, OrderAccepted, Outcome, Paid, SendOutcome, Unknown
from contracts.fields.money import Currency, Money
from contracts.fields.msisdn import Msisdn
from gateway.background.repeat import JobState, repeat
from gateway.outbox.breaker import CircuitBreaker
from gateway.payments.kept_callbacks import KeptCallbacks
from gateway.payments.port import MoneyCame, Order, Rail, Sent
from gateway.payments.recorder import Recorder
from gateway.payments.schedule import (
    DEFAULT_PATIENCE,
    PROMPT_QUESTIONS,
    PROMPT_TRIES,
    Patience,
    next_question,
    next_try,
)
from storage.transfers import DueTransfer, TransferRows
from values.frozen import Frozen

log = structlog.get_logger()

_AT_ONCE: Final = 20  # transfers
_LEASE: Final = timedelta(seconds=60)  # a rail's call ends long before
_LONGEST_NAP_SECONDS: Final = 2.0
_LOOKS_AGAIN: Final = timedelta(minutes=10)  # for an approval; one that is given lets it be sent at once
_LOOKS_AT_LIMITS: Final = timedelta(hours=6)  # of a rail, which change seldom
_PAYOUTS: Final = ("release", "refund")


PayoutHold = Callable[[UUID, Msisdn, datetime], Awaitable[Hold | None]]


class PayoutLimits(Frozen):
    """In minor units, by currency; one that is left out has no limit. `per_day`: to one phone; `two_people_above`:
    larger payouts wait until two operators have said that they may be sent."""

    per_day: Mapping[Currency, int] = MappingProxyType({})
    two_people_above: Mapping[Currency, int] = MappingProxyType({})


NO_LIMITS: Final = PayoutLimits()


class MoneyLoop:
    """Sends and asks. `hold` says whether a payout to a phone has to wait."""

    def __init__(
        self, rows: TransferRows, recorder: Recorder, callbacks: KeptCallbacks, rails: Mapping[str, Rail],
        hold: PayoutHold, now: Clock, *, limits: PayoutLimits = NO_LIMITS, patience: Patience = DEFAULT_PATIENCE,
        zone: ZoneInfo,
    ) -> None:  # fmt: skip
        self._rows = rows
        self._recorder = recorder
        self._callbacks = callbacks
        self._rails = rails
        self._hold = hold
        self._now = now
        self._limits = limits
        self._patience = patience
        self._zone = zone
        self._breakers = {name: CircuitBreaker() for name in rails}
        self._awake = asyncio.Event()

    def wake(self) -> None:
        """Look at once for what is due: this process has ordered a transfer, or kept a callback."""
        self._awake.set()

    async def run(self, job: JobState) -> None:
        """Work until cancelled."""

        async def work() -> float:
            self._awake.clear()
            while await self.work_once():
                pass  # there may be more
            due = await self._rows.next_due()
            nap = min(max((due - self._now()).total_seconds(), 0.05), _LONGEST_NAP_SECONDS) if due else None
            await self._sleep(_LONGEST_NAP_SECONDS if nap is None else nap)
            return 0.0

        await repeat(job, work, _LONGEST_NAP_SECONDS)

    async def work_once(self) -> int:
        """Deal with what is due now, and return how much that was."""
        now = self._now()
        dealt_with = await self._callbacks.deal_with_due(now)
        claimed = await self._rows.claim(now, now + _LEASE, _AT_ONCE)
        await asyncio.gather(*map(self._in_turn, _by_phone(claimed)))
        return dealt_with + len(claimed)

    async def _sleep(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._awake.wait(), seconds)
        except TimeoutError:
            return

    async def _in_turn(self, transfers: Sequence[DueTransfer]) -> None:
        for transfer in transfers:
            await self._handle_safely(transfer)

    async def _handle_safely(self, transfer: DueTransfer) -> None:
        """One transfer that fails must not stop the others: its lease ends, and it is looked at again."""
        try:
            await self._handle(transfer)
        except Exception:
            log.exception("a transfer failed", transfer=str(transfer.id), kind=transfer.kind, exc_info=True)

    async def _handle(self, transfer: DueTransfer) -> None:
        if transfer.status in ("queued", "held"):
            if hold := await self._why_wait(transfer):
                await self._hold_back(transfer, hold)
            else:
                await self._send(transfer)
        else:
            await self._ask(transfer)

    async def _why_wait(self, transfer: DueTransfer) -> Hold | None:
        if transfer.kind not in _PAYOUTS:
            return None
        assert transfer.phone_id and transfer.msisdn, "a payout goes to a phone"
        currency, now = Currency(transfer.currency), self._now()
        largest = self._limits.two_people_above.get(currency)
        if largest is not None and transfer.amount_minor > largest and transfer.approvals < 2:
            return Hold(now + _LOOKS_AGAIN, HoldReason.APPROVAL)
        if hold := self._beyond_rail(transfer, currency):
            return hold
        return await self._until_tomorrow(transfer) or await self._hold(transfer.phone_id, Msisdn(transfer.msisdn), now)

    def _beyond_rail(self, transfer: DueTransfer, currency: Currency) -> Hold | None:
        """Return the hold of a payout that its rail would refuse: somebody pays it by hand."""
        rail = self._rail_for(transfer, currency)
        if rail is None:
            return None
        least, most = rail.payout_limits(currency)
        is_possible = least <= transfer.amount_minor <= most
        return None if is_possible else Hold(self._now() + _LOOKS_AT_LIMITS, HoldReason.RAIL_LIMIT)

    async def _until_tomorrow(self, transfer: DueTransfer) -> Hold | None:
        """Return the hold of a payout with which too much would leave to its phone today."""
        per_day = self._limits.per_day.get(Currency(transfer.currency))
        if per_day is None or transfer.phone_id is None or transfer.kind not in _PAYOUTS:
            return None
        morning = self._morning()
        left = await self._rows.left_since(transfer.phone_id, transfer.currency, morning)
        is_too_much = left and left + transfer.amount_minor > per_day
        return Hold(morning + timedelta(days=1), HoldReason.DAY) if is_too_much else None

    def _morning(self) -> datetime:
        return self._now().astimezone(self._zone).replace(hour=0, minute=0, second=0, microsecond=0)

    async def _hold_back(self, transfer: DueTransfer, hold: Hold) -> None:
        """Put a payout off. Both sides are told when it begins to wait, and when the reason is another one."""
        if transfer.held_why != hold.why:
            log.warning("a payout is held", transfer=str(transfer.id), why=hold.why.value, note=hold.note)
            await self._recorder.held(transfer.id, hold)
        await self._rows.hold(transfer.id, hold.why.value, hold.until)

    async def _send(self, transfer: DueTransfer) -> None:
        now, currency = self._now(), Currency(transfer.currency)
        rail = self._rail_for(transfer, currency)
        if rail is None:
            log.error("no rail for this money", transfer=str(transfer.id), currency=transfer.currency)
            await self._rows.wait(transfer.id, "queued", now + _LOOKS_AGAIN, words="no rail", escalated_at=now)
            return
        breaker, clock = self._breakers[rail.name], asyncio.get_running_loop().time()
        if not breaker.allows(clock):
            pause = timedelta(seconds=max(breaker.seconds_until_probe(clock), 1.0))
            await self._rows.wait(transfer.id, "queued", now + pause)
            return
        amount = transfer.amount_minor
        if transfer.kind == "prompt":
            amount = min(amount, rail.largest_prompt(currency), await self._recorder.still_missing(transfer.id))
            if not amount:
                return
        begun = await self._rows.begin(
            transfer.id, rail.name, rail.new_id(), amount, now, now + _LEASE, self._limits.per_day.get(currency),
            self._morning(),
        )  # fmt: skip
        if begun is None and (hold := await self._until_tomorrow(transfer)):  # another process was faster
            await self._hold_back(transfer, hold)
            return
        if begun is None and await self._rows.end_assigned(transfer.id, now):
            return
        if begun is None:
            await self._rows.hold(transfer.id, "not owed", now + _LOOKS_AGAIN, escalated_at=now)
            return
        outcome = await self._call(rail, transfer, *begun)
        if isinstance(outcome, NotSent):
            breaker.record_failure(asyncio.get_running_loop().time())
        else:
            breaker.record_success()
        await self._record(transfer, outcome, tries=transfer.tries + 1)

    async def _call(self, rail: Rail, transfer: DueTransfer, own_id: str, amount: int) -> SendOutcome:
        money = Money(amount, Currency(transfer.currency))
        if transfer.kind == "paybill":
            assert transfer.receipt, "the rail has told of it"
            came = MoneyCame(transfer.receipt, money, transfer.account or "", transfer.payer, transfer.created_at)
            return await rail.confirm(came, own_id)
        order = Order(own_id, Msisdn(transfer.msisdn or ""), money, transfer.reference)
        if transfer.kind == "return":
            assert transfer.returned_receipt, "it gives back a payment"
            return await rail.reverse(order, transfer.returned_receipt, transfer.returned_id)
        return await (rail.collect(order) if transfer.kind == "prompt" else rail.pay_out(order))

    async def _ask(self, transfer: DueTransfer) -> None:
        assert transfer.rail and transfer.own_id and transfer.sent_at, "it was written down before it was sent"
        rail = self._rails.get(transfer.rail)
        if rail is None:
            now = self._now()
            log.error("this rail is not configured any more", transfer=str(transfer.id), provider=transfer.rail)
            await self._rows.wait(transfer.id, transfer.status, now + timedelta(hours=1), escalated_at=now)
            return
        kinds = {"prompt": "collect", "return": "reverse", "paybill": "confirm"}
        money = Money(transfer.amount_minor, Currency(transfer.currency))
        msisdn = Msisdn(transfer.msisdn) if transfer.msisdn else None
        sent = Sent(
            kinds.get(transfer.kind, "pay_out"), transfer.own_id, transfer.rail_id, money, msisdn, transfer.sent_at,
            transfer.receipt or transfer.returned_receipt or transfer.told_receipt,
        )  # fmt: skip
        await self._record_answer(transfer, await rail.enquire(sent))

    async def _record_answer(self, transfer: DueTransfer, outcome: Outcome) -> None:
        """Record what an enquiry found. What a rail has not heard of for long was never sent: a payout is sent under
        the same id, and a prompt is over, because a second one could be paid as well."""
        now = self._now()
        age = now - (transfer.sent_at or now)
        if transfer.kind == "prompt":
            says_no_more = isinstance(outcome, Unknown) or (isinstance(outcome, Paid) and not outcome.receipt)
            if transfer.escalated_at and age > self._patience.told_paid and says_no_more:
                await self._recorder.give_up(transfer.id)
                return
            if isinstance(outcome, Unknown) and self._is_given_up(transfer, age):
                outcome = Failed(FailReason.NO_ANSWER, "none", outcome.why, outcome.rail_id)
        elif isinstance(outcome, Unknown) and outcome.is_missing and age > self._patience.missing:
            log.warning("a rail does not know this transfer; it is sent again", transfer=str(transfer.id))
            await self._rows.wait(transfer.id, "queued", now, words=outcome.why, asked=True)
            return
        await self._record(transfer, outcome)

    def _is_given_up(self, transfer: DueTransfer, age: timedelta) -> bool:
        """Whether a prompt counts as not answered. Not by one answer that knows nothing, however long we were away
        before it; and not once the rail has said that it is paid, without a receipt or with another amount: then its
        books are asked, and a person looks at it."""
        return age > self._patience.prompt and transfer.asked >= PROMPT_QUESTIONS and transfer.escalated_at is None

    async def _record(self, transfer: DueTransfer, outcome: SendOutcome, tries: int = 0) -> None:
        now, asked_before = self._now(), transfer.asked
        match outcome:
            case Paid():
                await self._recorder.paid(transfer.id, outcome, is_answer=True)
            case Failed():
                await self._recorder.failed(transfer.id, outcome)
            case OrderAccepted(rail_id):
                await self._rows.wait(transfer.id, "accepted", next_question(0, now), rail_id=rail_id)
            case NotSent(why, _, after_seconds):
                if transfer.kind == "prompt" and tries >= PROMPT_TRIES:
                    await self._recorder.failed(transfer.id, Failed(FailReason.BUSY, "not taken", why))
                    return
                log.warning("a rail did not take a transfer", transfer=str(transfer.id), why=why, tries=tries)
                await self._rows.wait(transfer.id, "queued", next_try(tries, now, after_seconds), words=why)
            case Unknown(why, is_pending, _, rail_id):
                since = transfer.sent_at or now
                is_late = now - since > self._patience.escalate and transfer.kind != "prompt"  # that is given up
                is_late = is_late and transfer.escalated_at is None
                if is_late:
                    log.error("a transfer has no outcome", transfer=str(transfer.id), kind=transfer.kind, why=why)
                await self._rows.wait(
                    transfer.id, "accepted" if is_pending else "unknown", next_question(asked_before, now), words=why,
                    rail_id=rail_id, asked=True, escalated_at=now if is_late else None,
                )  # fmt: skip

    def _rail_for(self, transfer: DueTransfer, currency: Currency) -> Rail | None:
        if transfer.rail:
            return self._rails.get(transfer.rail)
        fitting = (rail for rail in self._rails.values() if currency in rail.currencies)
        if transfer.kind == "return":
            fitting = (rail for rail in fitting if rail.reverses)
        return next(fitting, None)


def _by_phone(claimed: Sequence[DueTransfer]) -> list[list[DueTransfer]]:
    """Return what may be handled at once: payouts to one phone come after each other, or each would find that nothing
    has left to it today."""
    groups: dict[UUID, list[DueTransfer]] = {}
    for transfer in claimed:
        is_payout = transfer.kind in _PAYOUTS and transfer.phone_id is not None
        groups.setdefault(transfer.phone_id if is_payout and transfer.phone_id else transfer.id, []).append(transfer)
    return list(groups.values())
