"""The deadlines of the requests under way, all on one timer. asyncio has a timer for each, which costs a request three
times as much."""

import asyncio
from types import TracebackType
from typing import Self


class RequestDeadlines:
    """`with deadlines.of_request(): …` raises TimeoutError once `seconds` are over, as `asyncio.timeout` does. All have
    as long, so the request that began first is the first that is late."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._under_way: dict[RequestDeadline, None] = {}
        self._timer: asyncio.TimerHandle | None = None

    def of_request(self) -> "RequestDeadline":
        """Return the deadline of the request that this task answers."""
        return RequestDeadline(self)

    def add(self, deadline: "RequestDeadline") -> None:
        loop = asyncio.get_running_loop()
        deadline.at = loop.time() + self.seconds
        self._under_way[deadline] = None
        if self._timer is None:
            self._timer = loop.call_at(deadline.at, self._end_late, loop)

    def remove(self, deadline: "RequestDeadline") -> None:
        del self._under_way[deadline]

    def _end_late(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer, now = None, loop.time()
        for deadline in self._under_way:
            if deadline.at > now:
                self._timer = loop.call_at(deadline.at, self._end_late, loop)
                return
            deadline.expire()


class RequestDeadline:
    """What is awaited within is cancelled `at` a time of the loop's clock; then it `is_over`."""

    __slots__ = ("_deadlines", "_task", "_was_cancelling", "at", "is_over")

    def __init__(self, deadlines: RequestDeadlines) -> None:
        self._deadlines = deadlines
        self.is_over = False
        self.at = 0.0

    def __enter__(self) -> Self:
        task = asyncio.current_task()
        assert task, "a request is answered in a task"
        self._task, self._was_cancelling = task, task.cancelling()
        self._deadlines.add(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._deadlines.remove(self)
        if self.is_over and self._task.uncancel() <= self._was_cancelling and kind is asyncio.CancelledError:
            raise TimeoutError from fault  # nobody else wanted it to end

    def expire(self) -> None:
        """Cancel the request, once."""
        if not self.is_over:
            self.is_over = True
            self._task.cancel()
