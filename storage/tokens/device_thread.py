"""One thread for a device whose calls block, may hang, and may come from one thread at a time.

The interpreter's own executors wait for their threads at exit; a device that hangs would keep the service from
stopping. This thread is a daemon: it is left behind.
"""

import asyncio
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from storage.signing import SignerAwayError

T = TypeVar("T")


class DeviceThread:
    """Makes one call after the other, each with a deadline of `seconds`. While a call is past its deadline no other is
    begun: it would only wait behind it."""

    def __init__(self, name: str, seconds: float) -> None:
        self._calls = queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]]]()
        self._seconds = seconds
        self._busy_since: float | None = None
        threading.Thread(target=self._work, name=name, daemon=True).start()

    def call(self, work: Callable[[], T]) -> T:
        """Return what `work` returns, or raise what it raises. Raise SignerAwayError if it does not come in time."""
        future = self._begin(work)
        try:
            return future.result(self._seconds)
        except TimeoutError:
            raise self._late(future) from None

    async def call_in_time(self, work: Callable[[], T]) -> T:
        """The same from the event loop, which goes on meanwhile."""
        future = self._begin(work)
        try:
            async with asyncio.timeout(self._seconds) as deadline:
                return await asyncio.wrap_future(future)
        except TimeoutError:
            if not deadline.expired():
                raise
            raise self._late(future) from None

    def _begin(self, work: Callable[[], T]) -> Future[T]:
        since = self._busy_since
        if since is not None and time.monotonic() - since > self._seconds:
            raise SignerAwayError("the device does not answer")
        future = Future[T]()
        self._calls.put((future, work))
        return future

    def _late(self, future: Future[Any]) -> SignerAwayError:
        future.cancel()  # if it has not begun, it will not
        return SignerAwayError(f"the device did not answer within {self._seconds:g} seconds")

    def _work(self) -> None:
        while True:
            future, work = self._calls.get()
            if not future.set_running_or_notify_cancel():
                continue
            self._busy_since = time.monotonic()
            try:
                future.set_result(work())
            except BaseException as fault:
                future.set_exception(fault)
            self._busy_since = None
            del future, work  # keeps no statement until the next call
