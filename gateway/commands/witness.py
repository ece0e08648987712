"""`voicepact witness`: watch the logs of others, on a machine that is not theirs."""

import asyncio
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from aiohttp import web
from cyclopts import App, Parameter, validators

from contracts.proof.log.keys import BadKey, check_key_name, parse_key
from contracts.proof.log.policy import BadPolicy, parse_policy
from contracts.proof.log.witnessing import Logs, logs_of
from gateway.commands.startup import Limit, StartError
from gateway.commands.terminal import echo
from gateway.door.door import ConnectionLimits, DoorRunner
from gateway.logs import set_up_logs
from gateway.witness_service.cosigner import Cosigner
from gateway.witness_service.routes import make_witness
from storage.witness_book import NAME, BookError, WitnessBook

DATA_DIR = Path(".voicepact-witness")
# A log asks once a minute, a monitor now and then.
_LIMITS = ConnectionLimits(total=200, per_address=20, bodies=40, bodies_of_address=10)

witness = App(name="witness", help="A witness of other logs: it cosigns a log's checkpoints as long as each goes on.")


@witness.default
def serve(
    *, log: tuple[str, ...] = (), policy: Path | None = None, name: str | None = None, host: str = "127.0.0.1",
    port: Annotated[int, Parameter(validator=validators.Number(gte=1, lte=65535))] = 8100, data_dir: Path = DATA_DIR,
) -> None:  # fmt: skip
    """Run the witness. The first start makes its key, and needs --name.

    Parameters
    ----------
    log: the key of a log to watch, as `voicepact log show` of the log's operator prints it; may be given several times.
    policy: a policy file (c2sp.org/tlog-policy), whose logs are watched.
    name: the name of the witness in its cosignatures, like witness.example.org; later starts know it.
    host: the address to listen on.
    port: the port to listen on.
    data_dir: the folder for its key and its memory, which is one file. Never restore that from a backup.
    """
    from gateway.commands.serve import open_port  # noqa: PLC0415 - other commands start quicker without it

    logs = _logs(log, policy)
    with open_port(host, port) as listening:
        book = _open_or_make(data_dir / NAME, name)
        cosigner = Cosigner(book, logs, lambda: int(time.time()))
        echo(f"witness    {cosigner.key.line}")
        for origin in logs:
            latest = book.latest(origin)
            echo(f"watches    {origin}, {f'{latest.size} leaves cosigned' if latest else 'nothing cosigned yet'}")
        echo(f"listening  on port {port} of {host}")
        try:
            asyncio.run(_serve_until_told(cosigner, listening))
        finally:
            book.close()


@witness.command(name="log")
def show_log(*, limit: Limit = 20, data_dir: Path = DATA_DIR) -> None:
    """Print what was cosigned last, newest first.

    Parameters
    ----------
    limit: how many to print at most.
    data_dir: the folder of the witness.
    """
    with _opened(data_dir) as book:
        for row in book.newest_cosigned(limit):
            echo(f"{_time(row.at)}  {row.origin}  {row.size} leaves  root {row.root.hex()}")


@witness.command
def refused(*, data_dir: Path = DATA_DIR) -> None:
    """Print each signed checkpoint that was not cosigned, and the one that it was held against.

    A split view is two notes with the same log's signature, one size and two roots: together they prove that the log
    has shown two histories.

    Parameters
    ----------
    data_dir: the folder of the witness.
    """
    with _opened(data_dir) as book:
        for row in book.refused():
            times = f", {row.times} times until {_time(row.last_at)}" if row.times > 1 else ""
            echo(f"{row.kind}: {row.origin}, {row.size} leaves, {_time(row.first_at)}{times}")
            for title, note in (("sent", row.note), ("cosigned before", row.rival)):
                if note is not None:
                    echo(f"--- {title}\n{note.decode()}")


@contextmanager
def _opened(data_dir: Path) -> Iterator[WitnessBook]:
    try:
        book = WitnessBook.open(data_dir / NAME)
    except BookError as fault:
        raise StartError(str(fault)) from None
    try:
        yield book
    finally:
        book.close()


def _logs(keys: tuple[str, ...], policy: Path | None) -> Logs:
    try:
        known = [parse_key(key.strip().removeprefix("log ").strip()) for key in keys]
        if policy:
            known += [line.key for line in parse_policy(policy.read_bytes()).logs]
        logs = logs_of(known)
    except BadKey as bad:
        raise StartError(f"--log: {bad}") from None
    except BadPolicy as bad:
        raise StartError(f"--policy: {policy}: {bad}") from None
    except OSError as fault:
        raise StartError(f"--policy: {policy} cannot be read: {fault.strerror}") from None
    if not logs:
        raise StartError("--log or --policy: should name a log to watch")
    return logs


def _open_or_make(path: Path, name: str | None) -> WitnessBook:
    try:
        if not path.exists():
            if name is None:
                raise StartError(f"--name: is needed to make a witness on {path.parent}, like witness.example.org")
            check_key_name(name)
            return WitnessBook.make(path, name)
        book = WitnessBook.open(path)
    except BookError as fault:
        raise StartError(str(fault)) from None
    except BadKey as bad:
        raise StartError(f"--name: {bad}") from None
    if name not in (None, book.name):
        raise StartError(f"--name: the witness on {path.parent} is called {book.name}; it keeps its name")
    return book


async def _serve_until_told(cosigner: Cosigner, listening: socket.socket) -> None:
    set_up_logs("INFO", "console")  # which writes each line at once
    told = asyncio.Event()
    for stop in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(stop, told.set)
    runner = DoorRunner(make_witness(cosigner), _LIMITS)
    try:
        await runner.setup()
        await web.SockSite(runner, listening).start()
        await told.wait()
    finally:
        await runner.cleanup()


def _time(at: int) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S}Z"
