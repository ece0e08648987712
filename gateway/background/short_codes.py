"""Computes the short code of each form soon after it is made, and stores it: days later, an SMS ends with it.

A code takes a quarter of a second of a core. So there is one thread for it, with the lowest priority, and a bounded
queue before it. A form that the queue has no room for, or whose process ends first, gets its code when that is needed.
"""

import asyncio
import os
import sys
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Final
from uuid import UUID

import structlog

from contracts.contract import Contract
from contracts.notices import Notice, tells_code
from contracts.proof.short_code import COST, short_code
from storage.acts.rows import FormRow
from storage.codes import CodeRows
from storage.postgres import database
from values.frozen import replace

log = structlog.get_logger()

_MOST_OWED: Final = 1000  # forms: five minutes of work
_LOWEST_PRIORITY: Final = 19
_FASTEST_SECONDS: Final = 0.2  # of one code
_ACT_WAITS_SECONDS: Final = 1.0  # at most, for a code that is not stored yet
COST_IN_TESTS: Final = 16
_IN_PLACE_COST: Final = 64  # less than a thread costs

_Form = tuple[UUID, int]


class ShortCodes:
    """One per process. `cost` is scrypt's; only tests give another."""

    def __init__(self, rows: CodeRows, cost: int = COST) -> None:
        self.cost = cost
        self._rows = rows
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="short-code", initializer=_step_back)
        self._owed = asyncio.Queue[_Form](_MOST_OWED)
        self._running: dict[_Form, asyncio.Future[str | None]] = {}

    def soon(self, form: FormRow) -> None:
        """Compute the code of a form that was stored just now."""
        with suppress(asyncio.QueueFull):
            self._owed.put_nowait((form.contract_id, form.terms_version))

    async def run(self) -> None:
        """Compute what is owed, until cancelled."""
        while True:
            contract_id, terms_version = await self._owed.get()
            try:
                await self.of(contract_id, terms_version)
            except database.UNAVAILABLE:
                continue  # it is computed when it is needed
            except Exception:
                log.exception("a short code failed", contract_id=str(contract_id), exc_info=True)

    async def of(self, contract_id: UUID, terms_version: int) -> str | None:
        """Return the code of a stored form; compute and store it first, if it has none. None: there is no such form."""
        form = (contract_id, terms_version)
        if form not in self._running:
            self._running[form] = asyncio.ensure_future(self._make(form))
            self._running[form].add_done_callback(_look_at)  # its fault is no news where nobody waits any more
        return await asyncio.shield(self._running[form])

    async def complete(self, notices: Sequence[Notice]) -> tuple[Notice, ...]:
        """Return `notices` so that each that tells a code has it.

        Almost always it was stored long before. Else this takes a second at most: where there is no code by then, or
        others wait already, the SMS goes without one, since an act is worth more than its code.
        """
        missing = [about for notice in notices if (about := _without_code(notice))]
        codes = {about.id: code for about in missing[:1] if (code := await self._in_time(about))}
        return tuple(_with_code(notice, codes) for notice in notices)

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _in_time(self, contract: Contract) -> str | None:
        if len(self._running) * _FASTEST_SECONDS >= _ACT_WAITS_SECONDS:
            return None
        with suppress(TimeoutError, *database.UNAVAILABLE):
            async with asyncio.timeout(_ACT_WAITS_SECONDS):
                return await self.of(contract.id, contract.terms_version)
        return None

    async def _make(self, form: _Form) -> str | None:
        try:
            stored = await self._rows.form(*form)
            if stored is None or stored[1]:
                return stored and stored[1]
            code = await self._compute(stored[0])
            await self._rows.save(*form, code)
            return code
        finally:
            del self._running[form]

    async def _compute(self, form: bytes) -> str:
        if self.cost <= _IN_PLACE_COST:
            return short_code(form, self.cost)
        return await asyncio.get_running_loop().run_in_executor(self._pool, short_code, form, self.cost)


def _step_back() -> None:
    """Give this thread the lowest priority. On Linux a thread has a priority of its own; elsewhere nothing is changed,
    since all of the process would be slowed."""
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _LOWEST_PRIORITY)


def _without_code(notice: Notice) -> Contract | None:
    """The contract whose code the notice should tell and does not know yet."""
    about = notice.contracts[0] if tells_code(notice) else None
    return about if about and about.code is None else None


def _with_code(notice: Notice, codes: Mapping[UUID, str]) -> Notice:
    about = _without_code(notice)
    if about is None or about.id not in codes:
        return notice
    known = replace(about, codes={**about.codes, about.terms_version: codes[about.id]})
    return replace(notice, contracts=(known,))


def _look_at(done: asyncio.Future[str | None]) -> None:
    if not done.cancelled():
        done.exception()
