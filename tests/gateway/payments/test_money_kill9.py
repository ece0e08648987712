"""A real process that moves money, killed with kill -9 again and again while it works; the last one ends everything."""

import asyncio
import sys
import time
from collections import Counter
from pathlib import Path
from random import Random
from uuid import UUID

import orjson

from contracts.contract import Status
from contracts.escrow import acts
from storage.records import Records
from tests.gateway.payments.money_process import BUYER, SELLER, act, make_confirmed, read, receive
from tests.gateway.payments.mortal_worker import READY, FastClock
from tests.storage.make_acts import open_records

_KILLS = 6
_CONTRACTS = 6
_TOTAL, _FEE = 350_000, 3500


async def test_money_survives_kill_9(database_url: str, tmp_path: Path) -> None:
    random, began = Random(9), time.time()  # noqa: S311 - not for secrets
    clock = FastClock(began)
    async with open_records(database_url) as records:
        ids = [(await make_confirmed(records, clock(), total=_TOTAL, fee=_FEE)).id for _ in range(_CONTRACTS)]
        for _ in range(_KILLS):
            worker = await start_worker(database_url, tmp_path, began)
            await asyncio.sleep(random.random() * 0.3)  # anywhere in its work
            worker.kill()
            await worker.wait()
            await let_people_act(records, ids, clock)
        worker = await start_worker(database_url, tmp_path, began)
        try:
            async with asyncio.timeout(120):
                while not await is_all_done(records, ids):
                    await let_people_act(records, ids, clock)
                    await asyncio.sleep(0.1)
        finally:
            worker.kill()
            await worker.wait()
        went = Counter[tuple[str, str]]()
        for book in await asyncio.to_thread(lambda: [path.read_bytes() for path in tmp_path.glob("*.json")]):
            entry = orjson.loads(book)
            went[entry["kind"], entry["msisdn"]] += entry["minor"]
        returned = went["pay_out", BUYER]
        assert went["pay_out", SELLER] == _CONTRACTS * (_TOTAL - _FEE), "each contract is paid out once"
        assert went["collect", BUYER] == _CONTRACTS * _TOTAL + returned, "and paid once, or the rest is back"


async def start_worker(url: str, folder: Path, began: float) -> asyncio.subprocess.Process:
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.gateway.payments.mortal_worker", url, str(folder), str(began),
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert worker.stderr
    assert (await worker.stderr.readline()).decode().strip() == READY
    return worker


async def let_people_act(records: Records, ids: list[UUID], clock: FastClock) -> None:
    """Let the buyers pay what they are not asked for any more, and receive what they have paid."""
    for contract_id in ids:
        contract = await read(records, contract_id)
        if contract.escrow and contract.escrow.is_there:
            await act(records, contract_id, receive(clock()), clock())
        elif contract.status_goes_on:
            await act(records, contract_id, lambda found: acts.ask_to_pay(found, BUYER), clock())


async def is_all_done(records: Records, ids: list[UUID]) -> bool:
    are_open = await records.pool.fetchval(
        "SELECT EXISTS (SELECT FROM transfers WHERE status NOT IN ('done', 'failed'))"
    )
    contracts = [await read(records, contract_id) for contract_id in ids]
    return not are_open and all(contract.status is Status.COMPLETED for contract in contracts)
