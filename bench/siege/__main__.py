"""`python -m bench.siege` (`make siege`): see the package. Exits with 1 if an act is lost, doubled, halved or late."""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from random import Random
from typing import Annotated, Any

import cyclopts
import orjson
from cyclopts import Parameter, validators
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bench.processes import HERE, free_port, new_database, process
from bench.siege.attack import AttackJob, Damage
from bench.siege.check import compare
from bench.siege.fortress import Arrangement, Fortress
from bench.siege.people import Ledger, Pair, PeopleJob
from bench.siege.report import RowResult, as_json, print_table
from bench.siege.rows import SHORT, Row, make_rows
from storage.embedded.servers import run_servers

Positive = Annotated[int, Parameter(validator=validators.Number(gte=1))]
Seconds = Annotated[float, Parameter(validator=validators.Number(gt=0))]
_LONGEST_SECONDS = 7200.0
_OWN_DISK_MIB = 320


def siege(
    *, seconds: Seconds = 20, kills: Positive = 100, pairs: Positive = 6, requests: int = 0, rows: str = "",
    short: bool = False, seed: int | None = None, json: Path | None = None,
) -> None:  # fmt: skip
    """Besiege the service, and print a table of what came of it.

    Parameters
    ----------
    seconds: how long each row lasts; one with kills lasts until they are done.
    kills: how often the service is killed in each arrangement.
    pairs: how many pairs of people act at once.
    requests: an attack ends after so many requests, and its row with it; 0: after the row's seconds.
    rows: names of rows, with commas between them; all if none is given.
    short: a few rows of a few seconds, as the tests play them.
    seed: of the random numbers, to make the same requests again.
    json: a file for all the figures.
    """
    console = Console() if sys.stdout.isatty() else Console(width=170)
    seed = seed if seed is not None else int.from_bytes(os.urandom(4))
    if short:
        seconds, kills, pairs, rows = 2, 3, 3, ",".join(SHORT)
    chosen = _chosen(make_rows(kills), rows)
    results: list[RowResult] = []
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, refresh_per_second=2) as progress:
        task = progress.add_task("", total=len(chosen))
        for (arrangement, needs_disk), some in groupby(chosen, lambda row: (row.arrangement, row.needs_own_disk)):
            with _open_fortress(arrangement, console, needs_own_disk=needs_disk) as fortress:
                for row in some if fortress else ():
                    progress.update(task, description=row.name)
                    assert fortress
                    results.append(_besiege(fortress, row, seconds, pairs, requests, seed + len(results)))
                    progress.update(task, advance=1)
    print_table(results, console)
    if json:
        json.write_bytes(as_json(results))
    sys.exit(1 if any(one.wrongs for one in results) or not results else 0)


def _chosen(rows: list[Row], names: str) -> list[Row]:
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    if unknown := set(wanted) - {row.name for row in rows}:
        sys.exit(f"no row is called {', '.join(sorted(unknown))}; there are: {', '.join(row.name for row in rows)}")
    return [row for row in rows if not wanted or row.name in wanted]


@contextmanager
def _open_fortress(arrangement: Arrangement, console: Console, *, needs_own_disk: bool) -> Iterator[Fortress | None]:
    """Run the service with what it needs beside it. None, with a line that says why, where this machine cannot."""
    with ExitStack() as stack:
        made = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="voicepact-siege-")))
        made.chmod(0o711)  # PostgreSQL may run under another account than root
        if needs_own_disk and not _own_disk(stack, made):
            console.print(f"left out: a disk of its own for the service needs root and mount(8) ({arrangement})")
            yield None
            return
        urls: dict[str, str] = {}
        if arrangement is not Arrangement.EMBEDDED:
            servers = stack.enter_context(run_servers(made / "servers"))
            database_url = asyncio.run(new_database(servers.database_url, "siege"))
            urls = {"DATABASE_URL": database_url, "REDIS_URL": servers.redis_url}
        port = free_port()
        fortress = Fortress(arrangement, made, f"http://127.0.0.1:{port}", urls)
        simulator = [
            "gateway.simulator", "--port", str(port), "--gateway-url", fortress.url, "--token", fortress.token,
            "--control-key", fortress.control_key, "--report-seconds", "0.1", "--parent-pid", str(os.getpid()),
        ]  # fmt: skip
        stack.enter_context(process("simulator", simulator, {}, made, port))
        fortress.start()
        stack.callback(fortress.stop)
        yield fortress


def _own_disk(stack: ExitStack, folder: Path) -> bool:
    """Put a small file system into the folder; False if that cannot be done."""
    if os.geteuid() != 0:
        return False
    options = ["-t", "tmpfs", "-o", f"size={_OWN_DISK_MIB}m,mode=0711", "tmpfs", str(folder)]
    if subprocess.run(["/bin/mount", *options], capture_output=True, check=False).returncode:  # noqa: S603 - our own path
        return False
    stack.callback(subprocess.run, ["/bin/umount", "-l", str(folder)], check=False)
    return True


def _besiege(fortress: Fortress, row: Row, seconds: float, pairs: int, requests: int, seed: int) -> RowResult:
    """Play one row to its end, then compare what people were told with the record."""
    began, starts, memory = time.monotonic(), fortress.starts, fortress.memory_mib()
    ledger, damage = asyncio.run(_play(fortress, row, seconds, pairs, requests, seed))
    ended = 0
    if not fortress.is_ready():
        ended = fortress.has_ended()
        fortress.start_if_ended()
    compared = asyncio.run(compare(fortress.database_url(), ledger.pairs))
    return RowResult(
        row, time.monotonic() - began, seed, ledger, damage, compared, (memory, fortress.memory_mib()),
        fortress.starts - starts, ended,
    )  # fmt: skip


async def _play(
    fortress: Fortress, row: Row, seconds: float, pairs: int, requests: int, seed: int
) -> tuple[Ledger, Damage]:
    first = 1 + (seed * 100_003) % 9_000_000
    job = PeopleJob(fortress.url, fortress.token, pairs, first, seed)
    people = await _start("bench.siege.people", asdict(job))
    attack = None
    if row.attack:
        lasts = _LONGEST_SECONDS if requests else seconds
        attack = await _start(
            "bench.siege.attack",
            asdict(AttackJob(row.attack, fortress.port, fortress.token, lasts, row.connections, requests, seed)),
        )
    ends_at = time.monotonic() + seconds
    if row.fault:
        await row.fault(fortress, seconds, Random(seed))  # noqa: S311 - nothing secret hangs on it
    damage = Damage()
    if attack:
        told = await _told(attack)
        damage = Damage(told["sent"], Counter(told["answers"]))
    await asyncio.sleep(max(0.0, ends_at - time.monotonic()))
    told = await _told(people)
    return Ledger(**{**told, "pairs": [Pair(**pair) for pair in told["pairs"]]}), damage


async def _start(module: str, job: dict[str, Any]) -> asyncio.subprocess.Process:
    started = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, cwd=HERE, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert started.stdin
    started.stdin.write(orjson.dumps(job) + b"\n")
    await started.stdin.drain()
    return started


async def _told(started: asyncio.subprocess.Process) -> Any:
    """Close the process's stdin, which tells people to come to an end; return what it writes."""
    assert started.stdin and started.stdout
    started.stdin.close()
    told = await started.stdout.read()
    if await started.wait():
        raise RuntimeError(f"a process of the siege ended with {started.returncode}")
    return orjson.loads(told)


if __name__ == "__main__":
    cyclopts.run(siege)
