"""The provider calls for one claim: which provider, when, and what each answer means for its messages."""

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
from yarl import URL

from contracts.actions import Clock
from contracts.fields.msisdn import Msisdn, masked
from gateway.events import HttpAnswer, HttpCall, MtOutcome, MtSms, Rejected, TryLater, Unsure
from gateway.outbox.breaker import CircuitBreaker
from gateway.outbox.quiet_hours import CAN_WAIT, held_until
from gateway.outbox.retry import SETTLES_WITHIN, requeued, result_of_try
from gateway.outbox.routes import Route, Routes
from gateway.providers import Provider
from storage.outbox import ClaimedRow, OutboxRows, ResultRow
from storage.postgres import database
from values.frozen import Frozen, Hidden, field, replace

log = structlog.get_logger()

MtOutcomes: TypeAlias = dict[Msisdn, MtOutcome]

_SOON = timedelta(milliseconds=250)
_NEEDS_TIMEOUTS = 1.5  # a call is begun only if the lease outlasts its longest wait, and then some to record it
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_LONGEST_PACE_SECONDS = 2.0  # a message whose turn is later than this goes back into the queue meanwhile


class OutboxOptions(Frozen):
    """`in_flight`: provider calls at once. `quiet`: from when to when people are not bothered with what can wait.
    `reports_within`: after this a message that was never reported on is given up. `settles_within`: how long a send
    without an answer waits for its report. `waits_factor` stretches the waits between tries.
    `number_gap`: from one message to a number until its next."""

    database_url: Hidden[str]
    in_flight: int
    timeout_seconds: float
    most_tries: int
    per_second: float | None = None
    hourly_per_number: int = 60
    quiet: tuple[time, time] = (time(21), time(7))
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    reports_within: timedelta = timedelta(hours=48)
    settles_within: timedelta = SETTLES_WITHIN
    waits_factor: float = 1.0
    number_gap: timedelta = timedelta(seconds=1)


class Batch(Frozen):
    """Messages of one text that go to one provider in one call."""

    route: Route
    provider: Provider
    messages: Sequence[ClaimedRow]
    until: datetime  # when they are no longer ours

    @property
    def sender(self) -> str | None:
        return self.messages[0].sender_id or self.route.sender_id


class BatchSender:
    """Sends what was claimed, and records what came of it."""

    def __init__(
        self, rows: OutboxRows, providers: Mapping[str, Provider], routes: Sequence[Route], options: OutboxOptions,
        now: Clock,
    ) -> None:  # fmt: skip
        self._rows = rows
        self._providers = providers
        self._routes = Routes(routes, providers, options.per_second)
        self._breakers = {name: CircuitBreaker() for name in providers}
        self._options = options
        self._now = now
        self._lines: dict[str, datetime] = {}  # by sender: when the last that this process put back has its turn

    async def make_batches(self, claimed: Sequence[ClaimedRow], until: datetime) -> list[Batch]:
        """What can go now, in groups; the rest is put back until its time. They are ours `until`."""
        now, ready, back = self._now(), list[ClaimedRow](), list[ResultRow]()
        for message in claimed:
            morning = None
            if message.message_class in CAN_WAIT:
                morning = held_until(message.msisdn, now, self._options.quiet, self._options.zone)
            if morning:
                back.append(requeued(message, now, morning, "held for quiet hours"))
            else:
                ready.append(message)
        groups = [group for alike in _alike(ready, self._routes) for group in self._routed(*alike, until, back)]
        await asyncio.gather(*map(self._finish, back))
        return groups

    async def send(self, http: aiohttp.ClientSession, group: Batch) -> MtOutcomes:
        """One call, when its sender's turn comes, and what it came to; nothing where the messages went back."""
        if await self._is_too_late(group):
            return {}
        per_second = group.route.per_second
        if per_second and (not await self._turn_came(group, per_second) or await self._is_too_late(group)):
            return {}
        now = self._now()
        if not self._breakers[group.provider.name].allows(asyncio.get_running_loop().time()):
            # It went out of order since the group was made: by the next claim another may take it.
            await self._put_back(group.messages, now, now + _SOON, "no provider is in order")
            return {}
        sms = MtSms(tuple(Msisdn(m.msisdn) for m in group.messages), group.messages[0].text, group.sender)
        return await self._ask(http, group.provider, sms)

    async def record(self, group: Batch, verdicts: MtOutcomes) -> None:
        """Write down what became of each message of a call."""
        now, name = self._now(), group.provider.name
        sent = [(message, verdicts[Msisdn(message.msisdn)]) for message in group.messages] if verdicts else []
        results = [self._result(message, verdict, name, now) for message, verdict in sent]
        for message, verdict in sent:
            if isinstance(verdict, Rejected) and verdict.opted_out:
                with suppress(*database.UNAVAILABLE):
                    await self._rows.opt_out(message.msisdn, name, now)
        if len(results) == 1:
            await self._finish(results[0])
        else:
            await asyncio.gather(*map(self._finish, results))
        for (message, _), result in zip(sent, results, strict=True):
            log.info(
                "mt", to=masked(Msisdn(message.msisdn)), kind=message.kind, provider=name, status=result.status,
                tries=message.tries, why=result.why, cost=result.cost,
            )  # fmt: skip

    async def leave(self, group: Batch) -> None:
        """Let others have what was claimed and not begun."""
        now = self._now()
        await self._put_back(group.messages, now, now, "its sender was stopped")

    def _result(self, message: ClaimedRow, verdict: MtOutcome, provider: str, now: datetime) -> ResultRow:
        options = self._options
        result = result_of_try(
            # Waits are spread on purpose; nothing secret hangs on this chance.
            message, verdict, provider, now, options.most_tries, random.random(),  # noqa: S311 - it only spreads waits
            settles_within=options.settles_within, waits_factor=options.waits_factor,
        )  # fmt: skip
        return self._failed_over(message, result)

    def _routed(
        self, route: Route, messages: Sequence[ClaimedRow], ours_until: datetime, back: list[ResultRow]
    ) -> list[Batch]:
        """Cut to what the first provider that is in order takes in one call. None is: all wait for the first to be."""
        clock = asyncio.get_running_loop().time()
        ways = self._in_order(route, messages)
        name = next((name for name in ways if not self._breakers[name].opens_in(clock)), None)
        if name is None:
            wait = min(self._breakers[name].opens_in(clock) for name in route.providers)
            now = self._now()
            until = now + timedelta(seconds=max(wait, 0.25) + random.random() / 4)  # noqa: S311 - it only spreads waits
            back.extend(requeued(message, now, until, "no provider is in order") for message in messages)
            return []
        provider = self._providers[name]
        most = provider.most_recipients
        return [Batch(route, provider, messages[at : at + most], ours_until) for at in range(0, len(messages), most)]

    def _in_order(self, route: Route, messages: Sequence[ClaimedRow]) -> Sequence[str]:
        """The route's providers; after a try that one of them refused, the next one first."""
        turn = (messages[0].tries - 1) % len(route.providers)
        return (*route.providers[turn:], *route.providers[:turn])

    async def _turn_came(self, group: Batch, per_second: float) -> bool:
        """Wait for the sender's turn; False when that is too far off and the messages went back."""
        now, gap = self._now(), timedelta(seconds=1 / per_second)
        sender = f"{group.provider.name}:{group.sender or ''}"
        longest = timedelta(seconds=min(self._options.timeout_seconds / 2, _LONGEST_PACE_SECONDS))
        starts_at, is_reserved = await self._rows.pace(sender, now, len(group.messages), gap, now + longest)
        if not is_reserved:
            # In line behind those that went back before: so they do not all come at once, and what is urgent overtakes.
            starts_at = max(starts_at, self._lines.get(sender, now))
            self._lines[sender] = starts_at + gap * len(group.messages)
            await self._put_back(group.messages, now, starts_at, "its sender's turn comes later")
            return False
        await asyncio.sleep(max((starts_at - now).total_seconds(), 0))
        return True

    async def _is_too_late(self, group: Batch) -> bool:
        """Whether too little is left of its lease to send it in; then it went back."""
        now = self._now()
        if now + timedelta(seconds=self._options.timeout_seconds * _NEEDS_TIMEOUTS) <= group.until:
            return False
        await self._put_back(group.messages, now, now, "its turn came too late")
        return True

    async def _ask(self, http: aiohttp.ClientSession, provider: Provider, sms: MtSms) -> MtOutcomes:
        breaker, loop = self._breakers[provider.name], asyncio.get_running_loop()
        try:
            call = provider.render_mt(sms)
        except ValueError as wrong:
            return dict.fromkeys(sms.to, Rejected(str(wrong)))
        try:
            answer = await _call(http, call)
        except aiohttp.ClientConnectorError:
            breaker.went_wrong(loop.time())
            return dict.fromkeys(sms.to, TryLater("the provider could not be reached"))
        except (aiohttp.ClientError, TimeoutError, OSError) as fault:
            breaker.went_wrong(loop.time())
            return dict.fromkeys(sms.to, Unsure(f"no answer from the provider: {type(fault).__name__}"))
        if answer.status == 429 or answer.status >= 500:
            breaker.went_wrong(loop.time())
        else:
            breaker.went_well()
        return provider.read_mt(answer, sms)

    def _failed_over(self, message: ClaimedRow, result: ResultRow) -> ResultRow:
        """A message that its provider surely did not take goes to the next provider of its route at once."""
        if result.outcome != "later" or not result.due_at:
            return result
        is_other_left = message.tries < len(self._routes.of(message.msisdn).providers)
        return replace(result, due_at=result.at) if is_other_left else result

    async def _put_back(self, messages: Sequence[ClaimedRow], now: datetime, until: datetime, why: str) -> None:
        await asyncio.gather(*(self._finish(requeued(message, now, until, why)) for message in messages))

    async def _finish(self, result: ResultRow) -> None:
        try:
            await self._rows.finish(result)
        except database.UNAVAILABLE as fault:
            # The lease ends, the message is unconfirmed and may go again: it may then arrive twice, but not never.
            log.error("sent but not recorded", fault=type(fault).__name__)


def _alike(claimed: Sequence[ClaimedRow], routes: Routes) -> list[tuple[Route, list[ClaimedRow]]]:
    """Messages that can share a call: same route, words, sender and turn, and each number once."""
    groups: dict[tuple[object, ...], tuple[Route, list[ClaimedRow]]] = {}
    seen: dict[tuple[str, str | None, str], int] = defaultdict(int)
    for message in claimed:
        same, route = (message.text, message.sender_id, message.msisdn), routes.of(message.msisdn)
        turn = (message.tries - 1) % len(route.providers)
        key = (id(route), message.text, message.sender_id, turn, seen[same])
        groups.setdefault(key, (route, []))[1].append(message)
        seen[same] += 1
    return list(groups.values())


async def _call(http: aiohttp.ClientSession, call: HttpCall) -> HttpAnswer:
    """The form is encoded here, by yarl: a client that does it builds a good deal around it, and urllib is slow."""
    headers, body = {**call.headers, **_FORM}, URL.build(query=call.form).raw_query_string.encode()
    async with http.request(call.method, call.url, headers=headers, data=body) as answer:
        return HttpAnswer(answer.status, answer.content_type, await answer.read(), answer.headers.get("Retry-After"))
