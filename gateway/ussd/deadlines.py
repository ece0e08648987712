"""The deadlines of the hops under way, all on one timer. asyncio has a timer for each, which costs a hop three times as
much."""

import asyncio
from types import TracebackType


class HopDeadlines:
    """`with deadlines.of_hop(): …` raises TimeoutError once `seconds` are over, as `asyncio.timeout` does. All have
    as long, so the hop that began first is the first that is late."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._under_way: dict[HopDeadline, None] = {}
        self._timer: asyncio.TimerHandle | None = None

    def of_hop(self) -> "HopDeadline":
        """Return the deadline of the hop that this task answers."""
        return HopDeadline(self)

    def add(self, deadline: "HopDeadline") -> None:
        loop = asyncio.get_running_loop()
        deadline.at = loop.time() + self._seconds
        self._under_way[deadline] = None
        if self._timer is None:
            self._timer = loop.call_at(deadline.at, self._end_late, loop)

    def remove(self, deadline: "HopDeadline") -> None:
        del self._under_way[deadline]

    def _end_late(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer, now = None, loop.time()
        for deadline in self._under_way:
            if deadline.at > now:
                self._timer = loop.call_at(deadline.at, self._end_late, loop)
                return
            deadline.expire()


class HopDeadline:
    """What is awaited within is cancelled `at` a time of the loop's clock."""

    __slots__ = ("_deadlines", "_is_over", "_task", "_was_cancelling", "at")

    def __init__(self, deadlines: HopDeadlines) -> None:
        self._deadlines = deadlines
        self._is_over = False
        self.at = 0.0

    def __enter__(self) -> None:
        task = asyncio.current_task()
        assert task, "a hop is answered in a task"
        self._task, self._was_cancelling = task, task.cancelling()
        self._deadlines.add(self)

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._deadlines.remove(self)
        if self._is_over and self._task.uncancel() <= self._was_cancelling and kind is asyncio.CancelledError:
            raise TimeoutError from fault  # nobody else wanted it to end

    def expire(self) -> None:
        """Cancel the hop, once."""
        if not self._is_over:
            self._is_over = True
            self._task.cancel()
