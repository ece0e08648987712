"""What is done to the service, its servers and its machine while people act. Each fault lasts a few seconds."""

import asyncio
import os
import resource
import signal
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from random import Random

from bench.siege.fortress import Arrangement, Fortress, family
from bench.storm.random_faults import change_faults

Fault = Callable[[Fortress, float, Random], Awaitable[None]]  # is given the seconds of its row
_DESCRIPTORS_LEFT = 12


async def hung_database(fortress: Fortress, seconds: float, _rng: Random) -> None:
    await _hang(_servers(fortress, "postgres"), seconds)


async def hung_store(fortress: Fortress, seconds: float, _rng: Random) -> None:
    await _hang(_servers(fortress, "valkey-server"), seconds)


async def killed_database(fortress: Fortress, seconds: float, _rng: Random) -> None:
    """Kill the first process of the service's own PostgreSQL, which the service starts again."""
    await asyncio.sleep(seconds / 4)
    os.kill(_servers(fortress, "postgres")[0], signal.SIGKILL)
    await asyncio.sleep(seconds / 2)


async def killed_store(fortress: Fortress, seconds: float, _rng: Random) -> None:
    """Kill the service's own Valkey, which loses up to a second of what was saved."""
    await asyncio.sleep(seconds / 4)
    os.kill(_servers(fortress, "valkey-server")[0], signal.SIGKILL)
    await asyncio.sleep(seconds / 2)


async def full_disk(fortress: Fortress, seconds: float, _rng: Random) -> None:
    """Leave no byte free where the service's own servers write."""
    ballast = fortress.folder / "ballast"
    await asyncio.sleep(seconds / 4)
    await asyncio.to_thread(_fill, ballast)
    await asyncio.sleep(seconds / 4)
    ballast.unlink()
    await asyncio.sleep(seconds / 4)


async def few_descriptors(fortress: Fortress, seconds: float, _rng: Random) -> None:
    """Take the free file descriptors away from the service."""
    _, hard = resource.prlimit(fortress.pid, resource.RLIMIT_NOFILE)
    open_now = sum(1 for _ in Path(f"/proc/{fortress.pid}/fd").iterdir())  # noqa: ASYNC240 - of /proc
    resource.prlimit(fortress.pid, resource.RLIMIT_NOFILE, (open_now + _DESCRIPTORS_LEFT, hard))
    await asyncio.sleep(seconds / 2)
    resource.prlimit(fortress.pid, resource.RLIMIT_NOFILE, (hard, hard))
    await asyncio.sleep(seconds / 4)


async def hostile_provider(fortress: Fortress, seconds: float, rng: Random) -> None:
    """The provider that we send through is slow, refuses, loses answers and reports out of order."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await change_faults(fortress.simulator_url, fortress.control_key, 2.0, rng, Counter())


def kills(often: int) -> Fault:
    """Return the fault that kills the service so often, and starts it again where nobody else does."""

    async def kill(fortress: Fortress, _seconds: float, rng: Random) -> None:
        for _ in range(often):
            await asyncio.sleep(rng.uniform(0.2, 1.2))
            await asyncio.to_thread(fortress.kill, rng)

    return kill


FAULTS: Mapping[str, Fault] = {
    "hung database": hung_database, "hung store": hung_store, "killed database": killed_database,
    "killed store": killed_store, "full disk": full_disk, "few descriptors": few_descriptors,
    "hostile provider": hostile_provider,
}  # fmt: skip


def _servers(fortress: Fortress, command: str) -> list[int]:
    """Return the processes of a database server, the first of them first: the service's own, or those beside it."""
    own = family(fortress.pid)
    among = own if fortress.arrangement is Arrangement.EMBEDDED else set(family(os.getpid())) - set(own)
    return [pid for pid in sorted(among) if _name_of(pid) == command]


async def _hang(pids: Iterable[int], seconds: float) -> None:
    await asyncio.sleep(seconds / 4)
    _signal(pids, signal.SIGSTOP)
    try:
        await asyncio.sleep(min(seconds / 3, 8))
    finally:
        _signal(pids, signal.SIGCONT)
    await asyncio.sleep(seconds / 4)


def _signal(pids: Iterable[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def _name_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def _fill(ballast: Path) -> None:
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(2**16))
