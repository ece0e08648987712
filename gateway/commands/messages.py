"""`voicepact messages`: list the messages that could not be sent, and send them again."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from cyclopts import App
from rich.console import Console
from rich.table import Table

from contracts.fields.msisdn import Msisdn, masked
from gateway.commands.db import DATA_DIR, database_of
from gateway.commands.startup import echo, no_database
from storage.outbox import OutboxRows
from storage.postgres import database
from values.ids import new_id

T = TypeVar("T")
_DEAD = ("failed", "rejected", "expired")
_PAGE = 100

messages = App(name="messages", help="Messages that could not be sent: list them, and send them again.")


@messages.command
def dead(*, limit: int = 50, data_dir: Path = DATA_DIR) -> None:
    """List the newest messages that will not be sent any more, with the reason. Numbers are masked."""

    async def find(rows: OutboxRows) -> list[dict[str, Any]]:
        pages = [await rows.page(limit, None, status=status, direction="out") for status in _DEAD]
        every = [row for page in pages for row in page]
        return sorted(every, key=lambda row: row["created_at"], reverse=True)[:limit]

    rows = _with_rows(data_dir, find)
    if not rows:
        echo("no message is dead")
        return
    table = Table("id", "to", "kind", "class", "status", "tries", "why")
    for row in rows:
        to = masked(Msisdn(row["msisdn"] or ""))  # an old row has none; it is kept for the one sent in its place
        table.add_row(str(row["id"]), to, row["kind"], row["class"], row["status"], str(row["tries"]), row["why"])
    Console().print(table)


@messages.command
def resend(*ids: UUID, all_failed: bool = False, data_dir: Path = DATA_DIR) -> None:
    """Send dead messages again, each once, as a new message.

    Parameters
    ----------
    ids: the ids of the messages.
    all_failed: every message that failed; not those that were rejected or expired.
    """

    async def again(rows: OutboxRows) -> int:
        wanted, after = list(ids), None
        while all_failed:
            page = await rows.page(_PAGE, after, status="failed", direction="out")
            wanted += [row["id"] for row in page]
            if len(page) < _PAGE:
                break
            after = page[-1]["created_at"], page[-1]["id"]
        now = datetime.now(UTC)
        return sum([await rows.resend(message_id, new_id(), now) for message_id in wanted])

    echo(f"{_with_rows(data_dir, again)} queued again")


def _with_rows(data_dir: Path, work: Callable[[OutboxRows], Awaitable[T]]) -> T:
    async def run(url: str) -> T:
        pool = await database.open_pool(url, smallest=1, largest=1, timeout_seconds=10)
        try:
            return await work(OutboxRows(pool))
        finally:
            await database.close_pool(pool, within_seconds=1.0)

    with database_of(data_dir) as url:
        try:
            return asyncio.run(run(url))
        except database.UNAVAILABLE as fault:
            raise no_database(fault) from None
