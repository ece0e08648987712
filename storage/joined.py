"""Calls that are made in the same turn of the loop travel together.

A hop needs its session, a row, a write; so do the thirty other hops of this millisecond. `Joined` gathers the calls
of one turn and hands them to `run` as one list: one pipeline, one `= ANY` query, one statement. That, more than any
client or server, is what a hop's speed is made of.

The rules when something fails, which the tests hold:

- `run` may answer one call with an exception instead of a value: only that caller gets it.
- `run` itself raises a *fault of the data* (the `alone_on` types): the calls are run again one by one, so that a bad
  row never fails its neighbours. Only give types after which nothing has been done.
- `run` raises anything else (a broken connection, a timeout): every waiter gets it at once.
- A caller that gives up leaves the others alone, and its answer is dropped when it comes.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Call = TypeVar("Call")
Answer = TypeVar("Answer")
Run = Callable[[Sequence[Call]], Awaitable[Sequence[Answer | Exception]]]


class Joined(Generic[Call, Answer]):
    """`await joined(call)` gives the call's own answer; `most` calls a trip, `trips` trips under way at once."""

    def __init__(
        self,
        run: Run[Call, Answer],
        *,
        most: int = 64,
        trips: int = 4,
        alone_on: tuple[type[Exception], ...] = (),
    ) -> None:
        self._run = run
        self._most = most
        self._trips_left = trips
        self._alone_on = alone_on
        self._waiting: list[tuple[Call, asyncio.Future[Answer]]] = []
        self._leaves_soon = False
        self._under_way: set[asyncio.Task[None]] = set()

    async def __call__(self, call: Call) -> Answer:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Answer] = loop.create_future()
        self._waiting.append((call, answer))
        if not self._leaves_soon:
            self._leaves_soon = True
            loop.call_soon(self._leave)
        return await answer

    def _leave(self) -> None:
        self._leaves_soon = False
        while self._waiting and self._trips_left:
            calls, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
            self._trips_left -= 1
            task = asyncio.ensure_future(self._travel(calls))
            self._under_way.add(task)
            task.add_done_callback(self._land)

    def _land(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self._trips_left += 1
        self._leave()

    async def _travel(self, calls: list[tuple[Call, asyncio.Future[Answer]]]) -> None:
        try:
            answers = await self._run([call for call, _ in calls])
            if len(answers) != len(calls):
                raise ValueError(f"{len(answers)} answers to {len(calls)} calls")  # else some would wait for ever
        except BaseException as fault:
            if len(calls) > 1 and isinstance(fault, self._alone_on):
                for one in calls:
                    await self._travel([one])
                return
            _settle(calls, [fault] * len(calls))
            if not isinstance(fault, Exception):
                raise
        else:
            _settle(calls, answers)


def _settle(calls: list[tuple[Call, asyncio.Future[Answer]]], answers: Sequence[Answer | BaseException]) -> None:
    for (_, future), answer in zip(calls, answers, strict=True):
        if future.done():
            continue  # the caller gave up
        if isinstance(answer, asyncio.CancelledError):
            future.cancel()
        elif isinstance(answer, BaseException):
            future.set_exception(answer)
        else:
            future.set_result(answer)
