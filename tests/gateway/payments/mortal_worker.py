"""A process that moves money and can be killed: `python -m tests.gateway.payments.mortal_worker DATABASE FOLDER BEGAN`.

Its rail keeps its books as files in FOLDER, which outlive the process. On its clock a second is ten minutes.
"""

import asyncio
import os
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import orjson

from contracts.escrow.outcomes import OrderAccepted, Outcome, Paid, SendOutcome, Unknown
from contracts.fields.money import Currency, Money
from gateway.payments.port import Order, Sent
from storage.postgres.database import open_pool
from tests.gateway.payments.memory_rail import MemoryRail
from tests.gateway.payments.money_process import START, Clock, MoneyProcess

READY = "ready"
_TIMES_FASTER = 600


class FastClock(Clock):
    """The same in every process that is told when it `began` (seconds of the machine's clock)."""

    def __init__(self, began: float) -> None:
        super().__init__()
        self._began = began

    def __call__(self) -> datetime:
        return START + timedelta(seconds=(time.time() - self._began) * _TIMES_FASTER)


class FileRail(MemoryRail):
    """Takes an order once for its id, and carries it out; says so when it is asked."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def new_id(self) -> str:
        return uuid4().hex

    async def enquire(self, sent: Sent) -> Outcome:
        await asyncio.sleep(0.002)
        entry = self._path(sent.own_id)
        if not entry.exists():
            return Unknown("not found", is_missing=True)
        return Paid(f"R{sent.own_id}", Money(orjson.loads(entry.read_bytes())["minor"], Currency.KES))

    async def _take(self, kind: str, order: Order) -> SendOutcome:
        await asyncio.sleep(0.002)
        written = self._folder / f"{uuid4().hex}.new"
        written.write_bytes(orjson.dumps({"kind": kind, "msisdn": order.msisdn, "minor": order.money.minor}))
        if not self._path(order.own_id).exists():
            written.rename(self._path(order.own_id))
        await asyncio.sleep(0.002)
        return OrderAccepted()

    def _path(self, own_id: str) -> Path:
        return self._folder / f"{own_id}.json"


async def work(url: str, folder: Path, began: float) -> None:
    pool = await open_pool(url, smallest=1, largest=4, timeout_seconds=10)
    process = MoneyProcess(pool, FileRail(folder), FastClock(began))
    os.write(2, f"{READY}\n".encode())
    while True:
        await process.work()
        await asyncio.sleep(0.005)


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1], Path(sys.argv[2]), float(sys.argv[3])))
