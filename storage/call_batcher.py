"""Calls that are made at the same moment travel to the server together.

One USSD request needs its session, a row and a write; so do the thirty others of the same millisecond. `CallBatcher`
collects the calls that are made in one iteration of the event loop and passes them to `run` as one list: one Redis
pipeline, one `= ANY` query or one statement for all of them. Nothing else saves as much time per request.

What happens when something fails:

- `run` may return an exception in place of one answer: only the caller of that call gets it.
- `run` raises one of the `retry_singly_on` types: the calls are run again one by one, so that one bad row does not
  fail the calls beside it. List only exceptions after which nothing has been written.
- `run` raises anything else (a broken connection, a timeout): every caller in the batch gets that exception.
- A caller that is cancelled does not disturb the others; its answer is dropped.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Call = TypeVar("Call")
Answer = TypeVar("Answer")
Run = Callable[[Sequence[Call]], Awaitable[Sequence[Answer | Exception]]]


class CallBatcher(Generic[Call, Answer]):
    """`await batcher(call)` returns the answer to this call, whichever batch it travelled in.

    A batch has up to `largest_batch` calls, and up to `batches_at_once` batches are under way; calls made meanwhile
    wait for the next one.
    """

    def __init__(
        self,
        run: Run[Call, Answer],
        *,
        largest_batch: int = 64,
        batches_at_once: int = 4,
        retry_singly_on: tuple[type[Exception], ...] = (),
    ) -> None:
        self._run = run
        self._largest_batch = largest_batch
        self._free_batches = batches_at_once
        self._retry_singly_on = retry_singly_on
        self._waiting: list[tuple[Call, asyncio.Future[Answer]]] = []
        self._is_start_scheduled = False
        self._under_way: set[asyncio.Task[None]] = set()

    async def __call__(self, call: Call) -> Answer:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Answer] = loop.create_future()
        self._waiting.append((call, answer))
        if not self._is_start_scheduled:
            self._is_start_scheduled = True
            loop.call_soon(self._start_batches)
        return await answer

    def _start_batches(self) -> None:
        self._is_start_scheduled = False
        while self._waiting and self._free_batches:
            calls, self._waiting = self._waiting[: self._largest_batch], self._waiting[self._largest_batch :]
            self._free_batches -= 1
            task = asyncio.ensure_future(self._run_batch(calls))
            self._under_way.add(task)
            task.add_done_callback(self._finish_batch)

    def _finish_batch(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self._free_batches += 1
        self._start_batches()

    async def _run_batch(self, calls: list[tuple[Call, asyncio.Future[Answer]]]) -> None:
        try:
            answers = await self._run([call for call, _ in calls])
            if len(answers) != len(calls):  # without this check, some callers would wait for ever
                raise ValueError(f"{len(answers)} answers to {len(calls)} calls")
        except BaseException as fault:
            if len(calls) > 1 and isinstance(fault, self._retry_singly_on):
                for one in calls:
                    await self._run_batch([one])
                return
            _give_answers(calls, [fault] * len(calls))
            if not isinstance(fault, Exception):
                raise
        else:
            _give_answers(calls, answers)


def _give_answers(calls: list[tuple[Call, asyncio.Future[Answer]]], answers: Sequence[Answer | BaseException]) -> None:
    for (_, future), answer in zip(calls, answers, strict=True):
        if future.done():
            continue  # its caller was cancelled
        if isinstance(answer, asyncio.CancelledError):
            future.cancel()
        elif isinstance(answer, BaseException):
            future.set_exception(answer)
        else:
            future.set_result(answer)
