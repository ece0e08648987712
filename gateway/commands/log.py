"""`voicepact log`: show the log of all audit entries, and begin another one where it cannot go on."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from cyclopts import App

from contracts.proof.log.beginning import beginning_file, origin_after
from contracts.proof.log.checkpoints import Checkpoint, read_checkpoint
from contracts.proof.log.tree import leaf_hash
from gateway.background.log_head import NAME, HeadFile, read_head
from gateway.commands.existing import existing_database
from gateway.commands.startup import DATA_DIR, StartError
from gateway.commands.terminal import echo, pluralize
from storage.log import LogRows, LogState
from storage.postgres import database

T = TypeVar("T")
_NONE = "no log has begun: a running service begins it"
_SHORTEST_REASON = 10  # letters

log = App(name="log", help="The log of all audit entries, which witnesses watch.")


@log.command
def show(*, before: datetime | None = None, data_dir: Path = DATA_DIR) -> None:
    """Print the log's name and size, its newest checkpoint, and its keys as lines of a policy file.

    Parameters
    ----------
    before: also print the size of the last checkpoint that was signed before this time (UTC), like 2026-11-28T18:00.
    data_dir: the data folder of the service.
    """
    at = before and (before if before.tzinfo else before.replace(tzinfo=UTC))

    async def read(
        rows: LogRows,
    ) -> tuple[LogState | None, Checkpoint | None, list[str], tuple[int, datetime] | None]:
        state = await rows.state()
        newest = await _newest(rows, state) if state else None
        then = await rows.checkpoint_before(state.log, at) if state and at else None
        return state, newest, await rows.keys(), then

    state, newest, keys, then = _with_rows(data_dir, read)
    if state is None:
        raise StartError(_NONE)
    echo(f"{state.origin}  {pluralize(state.size, 'leaf', 'leaves')}, {newest.size if newest else 'none'} signed")
    for key in keys:
        echo(f"log {key}")
    if at:
        told = (
            f"size {then[0]}, signed {then[1].astimezone(UTC):%Y-%m-%d %H:%M} UTC"
            if then
            else "nothing was signed, so size 1"
        )
        echo(f"before {at.astimezone(UTC):%Y-%m-%d %H:%M} UTC: {told}")
    if state.halted:
        echo(f"no checkpoint is signed: {state.halted}")
        echo("was the database restored from a backup: voicepact log restart --because …; if not, it was altered:")
        echo("keep it as it is, and look for who has written into it")


@log.command
def restart(*, because: str, although_it_goes_on: bool = False, data_dir: Path = DATA_DIR) -> None:
    """Begin a new log after the present one, with all entries in it. Only for a log that cannot go on, because the
    database was restored from a backup: its witnesses and its readers must be told of the new name.

    Parameters
    ----------
    because: the reason, in a sentence; it becomes part of the new log for good.
    although_it_goes_on: also a log that seems to go on: its key was stolen and used, or log-head is lost, too.
    data_dir: the folder in which the service has run; its log-head knows what was signed last.
    """
    if len(because.strip()) < _SHORTEST_REASON:
        raise StartError("--because: should say in a sentence why the log cannot go on; everybody can read it")
    head, _ = read_head(HeadFile(data_dir / NAME))

    async def begin(rows: LogRows) -> tuple[str, Checkpoint | None]:
        states, now = await rows.states(), datetime.now(UTC)
        if not states:
            raise StartError(_NONE)
        last, number = states[-1], states[-1].log + 1
        origin = origin_after(states[0].origin, number)
        known = [each for each in (await _newest(rows, last), head) if each and each.origin == last.origin]
        before = max(known, key=lambda each: each.size, default=None)
        if not although_it_goes_on and last.halted is None and (before is None or before.size <= last.size):
            raise StartError(
                f"{last.origin} seems to go on, and its witnesses watch no other by themselves: if its key was stolen "
                "and used, or the database restored where log-head is lost, give --although-it-goes-on"
            )
        beginning = beginning_file(origin, now, because.strip(), before)
        if not await rows.begin(number, origin, beginning, leaf_hash(beginning), now):
            raise StartError("another command has begun a new log just now: see `voicepact log show`")
        return origin, before

    origin, before = _with_rows(data_dir, begin)
    echo(f"the log {origin} has begun; a running service enters all entries into it")
    if before:
        echo(f"it names the last checkpoint of {before.origin}, with {pluralize(before.size, 'leaf', 'leaves')}")


async def _newest(rows: LogRows, state: LogState) -> Checkpoint | None:
    row = await rows.last_checkpoint(state.log)
    return read_checkpoint(row["note"])[0] if row else None


def _with_rows(data_dir: Path, work: Callable[[LogRows], Awaitable[T]]) -> T:
    async def run(url: str) -> T:
        connection = await database.connect(url)
        try:
            return await work(LogRows(connection))
        finally:
            await connection.close()

    with existing_database(data_dir) as url:
        return asyncio.run(run(url))
