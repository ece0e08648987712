"""The provider calls for the messages of one claim: by which provider, when, and what each answer means."""

import asyncio
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, time, timedelta
from typing import TypeAlias
from zoneinfo import ZoneInfo

import aiohttp
import structlog

from contracts.actions import Clock
from contracts.fields.msisdn import Msisdn, masked
from contracts.rules.quiet_hours import held_until
from contracts.urgency import waits_for_morning
from gateway.events import Accepted, HttpAnswer, MtOutcome, MtSms, Rejected, TryLater, Unsure
from gateway.outbox.breaker import CircuitBreaker
from gateway.outbox.reply_numbers import (
    RefusedNumbers,
    providers_in_order,
    refuses_sender,
    sender_of,
    why_not_from_number,
    without_reply,
)
from gateway.outbox.retry import UNCONFIRMED_FOR, requeued, result_of_try
from gateway.outbox.routes import Route, Routes
from gateway.outgoing import AnswerLostError, NotReachedError, post
from gateway.providers import Provider
from storage.outbox import ClaimedRow, OutboxRows, ResultRow
from storage.postgres import database
from values.frozen import Frozen, Hidden, field, replace

log = structlog.get_logger()

MtOutcomes: TypeAlias = dict[Msisdn, MtOutcome]

_SOON = timedelta(milliseconds=250)
_LEASE_LEFT_IN_TIMEOUTS = 1.5  # start a call only if the lease outlasts its timeout, and then some to record it
_LONGEST_PACE_SECONDS = 2.0  # a message that must wait longer for its sender id goes back into the queue


class OutboxOptions(Frozen):
    """`in_flight`: provider calls at the same time. `per_second`: messages of one sender id; None is without limit.
    `quiet_hours`: from when to when messages that can wait are held. `reports_within`: a message without a delivery
    report is given up after this. `unconfirmed_for`: how long a send without an answer waits for its report.
    `waits_factor` multiplies the waits between tries. `number_gap`: from one message to an msisdn to the next one."""

    database_url: Hidden[str]
    in_flight: int
    timeout_seconds: float
    most_tries: int
    per_second: float | None = None
    hourly_per_number: int = 60
    quiet_hours: tuple[time, time] = (time(21), time(7))
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    reports_within: timedelta = timedelta(hours=48)
    unconfirmed_for: timedelta = UNCONFIRMED_FOR
    waits_factor: float = 1.0
    number_gap: timedelta = timedelta(seconds=1)


class Batch(Frozen):
    """Messages with the same text that go to one provider in one call. The claim's lease ends at `leased_until`."""

    route: Route
    provider: Provider
    messages: Sequence[ClaimedRow]
    leased_until: datetime

    @property
    def sender_id(self) -> str | None:
        """None if neither messages nor account have one."""
        return sender_of(self.messages[0], self.provider.name, self.route) or self.provider.sender_id

    @property
    def leaves_route(self) -> bool:
        """Whether these answers go from the number written to, and their route would send them in another way."""
        return self.messages[0].reply_provider == self.provider.name and (self.provider.name, self.sender_id) != (
            self.route.providers[0], self.route.sender_id or self.provider.sender_id
        )  # fmt: skip


class BatchSender:
    """Sends claimed messages and records what became of them."""

    def __init__(
        self, rows: OutboxRows, providers: Mapping[str, Provider], routes: Sequence[Route], options: OutboxOptions,
        now: Clock,
    ) -> None:  # fmt: skip
        self._rows = rows
        self._providers = providers
        self._routes = Routes(routes, providers, options.per_second)
        self._breakers = {name: CircuitBreaker() for name in providers}
        self._refused_numbers = RefusedNumbers()
        self._options = options
        self._now = now
        self._last_in_line: dict[str, datetime] = {}  # by sender: the time of the last message that was put back

    @property
    def provider_names(self) -> list[str]:
        return list(self._breakers)

    @property
    def paused_providers(self) -> list[str]:
        """The providers whose breaker is open."""
        return [name for name, breaker in self._breakers.items() if breaker.is_open]

    async def make_batches(self, claimed: Sequence[ClaimedRow], leased_until: datetime) -> list[Batch]:
        """Return what can be sent now; put the rest back into the queue, each until its time."""
        now, ready, back = self._now(), list[ClaimedRow](), list[ResultRow]()
        for message in claimed:
            morning = None
            if waits_for_morning(message.kind, message.message_class):
                morning = held_until(message.msisdn, now, self._options.quiet_hours, self._options.zone)
            if morning:
                back.append(requeued(message, now, morning, "held for quiet hours"))
            else:
                ready.append(self._by_route_if_refused(message, now))
        batches = [batch for alike in _alike(ready, self._routes) for batch in self._route(*alike, leased_until, back)]
        await asyncio.gather(*map(self._finish, back))
        return batches

    async def send(self, http: aiohttp.ClientSession, batch: Batch) -> MtOutcomes:
        """Make the call when the sender id may send, and return the outcomes; none if the messages were put back."""
        if await self._is_too_late(batch):
            return {}
        per_second = batch.route.per_second
        if per_second and (not await self._waited_for_pace(batch, per_second) or await self._is_too_late(batch)):
            return {}
        now = self._now()
        if not self._breakers[batch.provider.name].allows(asyncio.get_running_loop().time()):
            # The provider failed after the batch was made: the next claim may choose another one.
            await self._put_back(batch.messages, now, now + _SOON, "no provider is in order")
            return {}
        recipients = tuple(Msisdn(message.msisdn) for message in batch.messages)
        return await self._call(http, batch.provider, MtSms(recipients, batch.messages[0].text, batch.sender_id))

    async def record(self, batch: Batch, outcomes: MtOutcomes) -> None:
        """Write down what became of each message of a call."""
        now, provider = self._now(), batch.provider.name
        self._note_refusals(batch, outcomes, now)
        sent = [(message, outcomes[Msisdn(message.msisdn)]) for message in batch.messages] if outcomes else []
        results = [self._result(message, outcome, batch, now) for message, outcome in sent]
        for (message, outcome), result in zip(sent, results, strict=True):
            if isinstance(outcome, Rejected) and outcome.opted_out and result.status == "rejected":
                with suppress(*database.UNAVAILABLE):
                    await self._rows.count_refusal(message.msisdn, provider, now)
        if len(results) == 1:
            await self._finish(results[0])
        else:
            await asyncio.gather(*map(self._finish, results))
        for (message, outcome), result in zip(sent, results, strict=True):
            log.info(
                "mt", provider=provider, message_id=str(message.id), msisdn=masked(Msisdn(message.msisdn)),
                provider_message_id=outcome.message_id if isinstance(outcome, Accepted) else None, kind=message.kind,
                status=result.status, tries=message.tries, why=result.why, cost=result.cost,
            )  # fmt: skip

    async def release(self, batch: Batch) -> None:
        """Put back what was claimed and not started, so that another worker can send it."""
        now = self._now()
        await self._put_back(batch.messages, now, now, "its sender was stopped")

    def _result(self, message: ClaimedRow, outcome: MtOutcome, batch: Batch, now: datetime) -> ResultRow:
        """What to record. A message that this provider surely did not take goes to the route's next one at once; what
        the number that it answers from cannot send is put back for its route."""
        if batch.leaves_route and (why := why_not_from_number(outcome)):
            return requeued(without_reply(message), now, now, f"not from the number written to: {why}")
        options = self._options
        result = result_of_try(
            message, outcome, batch.provider.name, now, options.most_tries, random.random(),  # noqa: S311 - it only spreads waits
            unconfirmed_for=options.unconfirmed_for, waits_factor=options.waits_factor,
        )  # fmt: skip
        is_other_left = message.tries < len(providers_in_order(batch.route, message))
        return replace(result, due_at=now) if result.outcome == "later" and result.due_at and is_other_left else result

    def _by_route_if_refused(self, message: ClaimedRow, now: datetime) -> ClaimedRow:
        """Return an answer as one that goes by its route, if the number written to cannot send it."""
        provider, number = message.reply_provider, message.sender_id
        if provider is None or number is None:
            return message
        is_refused = provider not in self._providers or self._refused_numbers.has(provider, number, now)
        return without_reply(message) if is_refused else message

    def _note_refusals(self, batch: Batch, outcomes: MtOutcomes, now: datetime) -> None:
        """Remember, and log once within the hour, that the provider does not send from the number written to."""
        number = batch.sender_id
        is_refused = number and batch.leaves_route and any(map(refuses_sender, outcomes.values()))
        if number and is_refused and self._refused_numbers.add(batch.provider.name, number, now):
            log.warning("a number cannot answer", provider=batch.provider.name, shortcode=number)

    def _route(
        self, route: Route, messages: Sequence[ClaimedRow], leased_until: datetime, back: list[ResultRow]
    ) -> list[Batch]:
        """Make batches for the first provider that works, as big as it takes them. If none works, add all to `back`."""
        clock = asyncio.get_running_loop().time()
        in_order = providers_in_order(route, messages[0])
        name = next((name for name in in_order if not self._breakers[name].seconds_until_probe(clock)), None)
        if name is None:
            wait = min(self._breakers[name].seconds_until_probe(clock) for name in in_order)
            now = self._now()
            until = now + timedelta(seconds=max(wait, 0.25) + random.random() / 4)  # noqa: S311 - it only spreads waits
            back.extend(requeued(message, now, until, "no provider is in order") for message in messages)
            return []
        provider = self._providers[name]
        most = provider.max_recipients
        return [Batch(route, provider, messages[at : at + most], leased_until) for at in range(0, len(messages), most)]

    async def _waited_for_pace(self, batch: Batch, per_second: float) -> bool:
        """Wait until the sender id may send. False if that is too far off: then the messages were put back."""
        now, gap = self._now(), timedelta(seconds=1 / per_second)
        sender = f"{batch.provider.name}:{batch.sender_id or ''}"
        longest = timedelta(seconds=min(self._options.timeout_seconds / 2, _LONGEST_PACE_SECONDS))
        starts_at, is_reserved = await self._rows.pace(sender, now, len(batch.messages), gap, now + longest)
        if not is_reserved:
            # Behind those put back before, so that they do not all come at once and urgent ones can overtake them.
            starts_at = max(starts_at, self._last_in_line.get(sender, now))
            self._last_in_line[sender] = starts_at + gap * len(batch.messages)
            await self._put_back(batch.messages, now, starts_at, "its sender's turn comes later")
            return False
        await asyncio.sleep(max((starts_at - now).total_seconds(), 0))
        return True

    async def _is_too_late(self, batch: Batch) -> bool:
        """Whether the lease might end before the call does; if so, the messages were put back."""
        now = self._now()
        if now + timedelta(seconds=self._options.timeout_seconds * _LEASE_LEFT_IN_TIMEOUTS) <= batch.leased_until:
            return False
        await self._put_back(batch.messages, now, now, "its turn came too late")
        return True

    async def _call(self, http: aiohttp.ClientSession, provider: Provider, sms: MtSms) -> MtOutcomes:
        breaker, loop = self._breakers[provider.name], asyncio.get_running_loop()
        try:
            call = provider.render_mt(sms)
        except ValueError as wrong:
            return dict.fromkeys(sms.to, Rejected(str(wrong)))
        try:
            answer = await post(http, call)
        except NotReachedError:
            breaker.record_failure(loop.time())
            return dict.fromkeys(sms.to, TryLater("the provider could not be reached"))
        except AnswerLostError as fault:
            breaker.record_failure(loop.time())
            return dict.fromkeys(sms.to, Unsure(f"no answer from the provider: {fault}"))
        outcomes = provider.read_mt(answer, sms)
        if _is_down(answer, outcomes):
            breaker.record_failure(loop.time())
        else:
            breaker.record_success()
        return outcomes

    async def _put_back(self, messages: Sequence[ClaimedRow], now: datetime, until: datetime, why: str) -> None:
        await asyncio.gather(*(self._finish(requeued(message, now, until, why)) for message in messages))

    async def _finish(self, result: ResultRow) -> None:
        try:
            await self._rows.finish(result)
        except database.UNAVAILABLE as fault:
            # The lease ends, the message is unconfirmed and may be sent again: then it arrives twice, but not never.
            log.error(
                "sent but not recorded", provider=result.provider, message_id=str(result.id),
                provider_message_id=result.message_id, fault=type(fault).__name__,
            )  # fmt: skip


def _alike(claimed: Sequence[ClaimedRow], routes: Routes) -> list[tuple[Route, list[ClaimedRow]]]:
    """Group messages that can share a call: same route, text, sender id and next providers, each recipient once."""
    groups: dict[tuple[object, ...], tuple[Route, list[ClaimedRow]]] = {}
    seen: dict[tuple[str, str | None, str], int] = defaultdict(int)
    for message in claimed:
        same, route = (message.text, message.sender_id, message.msisdn), routes.for_number(message.msisdn)
        sender = (message.sender_id, message.reply_provider)
        key = (id(route), message.text, sender, providers_in_order(route, message), seen[same])
        groups.setdefault(key, (route, []))[1].append(message)
        seen[same] += 1
    return list(groups.values())


def _is_down(answer: HttpAnswer, outcomes: MtOutcomes) -> bool:
    """Whether an answer speaks of the provider itself: it is busy or down, or sent what nobody can read."""
    if 200 <= answer.status < 300:
        return any(isinstance(outcome, Unsure) and outcome.is_unreadable for outcome in outcomes.values())
    return any(isinstance(outcome, TryLater) and outcome.cause != "account" for outcome in outcomes.values())
