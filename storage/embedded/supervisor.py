"""Starts an embedded server again that died, as often as that helps; else ends the service, with one line.

A thread does it, because a loop may be busy and gunicorn's main process has none. It lives until both servers have been
stopped: the kernel ties a server to the thread that started it.
"""

import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from signal import SIGTERM

from storage.embedded.postgres_place import EmbeddedError
from storage.embedded.server_process import ServerProcess

log = logging.getLogger("voicepact.embedded")

_LOOKS_EVERY_SECONDS = 0.1
_WAITS_SECONDS = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0)  # before each try to start one server
# One that starts and dies, again and again: a full disk, a broken folder.
_MOST_DEATHS = 60
_WITHIN_SECONDS = 600.0


class SupervisedServer:
    """A running server, and `start`, which starts it again and returns once it is ready, or raises EmbeddedError."""

    def __init__(self, server: ServerProcess, start: Callable[[], ServerProcess]) -> None:
        self.server = server
        self.start = start


class Supervisor:
    """Watches servers from a thread of its own. `fault` is the line that says why it gave up."""

    def __init__(self, servers: Sequence[SupervisedServer]) -> None:
        self.fault: str | None = None
        self._servers = servers
        self._deaths: deque[float] = deque(maxlen=_MOST_DEATHS)
        self._stopping, self._stopped = threading.Event(), threading.Event()
        self._starting = threading.Lock()
        self._thread = threading.Thread(target=self._watch, name="embedded servers", daemon=True)
        self._thread.start()

    def rest(self) -> None:
        """Start nothing any more; a start under way is waited for. Call it before the servers are stopped."""
        self._stopping.set()
        with self._starting:
            pass

    def end(self) -> None:
        """End the thread. Call it after the servers have been stopped."""
        self._stopped.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stopping.wait(_LOOKS_EVERY_SECONDS):
            for each in self._servers:
                with self._starting:
                    if not self._stopping.is_set() and each.server.process.poll() is not None:
                        self._start_again(each)
        self._stopped.wait()

    def _start_again(self, each: SupervisedServer) -> None:
        name, now = each.server.name, time.monotonic()
        if len(self._deaths) == _MOST_DEATHS and now - self._deaths[0] < _WITHIN_SECONDS:
            self._give_up(f"{name} died {_MOST_DEATHS} times in {_WITHIN_SECONDS / 60:.0f} minutes")
            return
        self._deaths.append(now)
        log.warning("%s died and is started again", name)
        why = ""
        for seconds in _WAITS_SECONDS:
            if self._stopping.wait(seconds):
                return
            with suppress(OSError):
                try:
                    each.server = each.start()
                except EmbeddedError as error:
                    why = str(error)
                else:
                    log.warning("%s runs again after %.1f s", name, time.monotonic() - now)
                    return
        self._give_up(f"{name} died and could not be started again: {why or 'the system refuses to start it'}")

    def _give_up(self, why: str) -> None:
        """Tell this process to stop, as a supervisor of services would; it then ends with the line."""
        self.fault = why
        self._stopping.set()
        os.kill(os.getpid(), SIGTERM)
