"""`voicepact messages`: list the messages that could not be sent, and send them again."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from cyclopts import App
from rich.table import Table

from contracts.fields.msisdn import Msisdn, masked
from gateway.commands.operator import CommandOperator, Operator, with_operator
from gateway.commands.startup import DATA_DIR, Limit, StartError
from gateway.commands.terminal import echo, show_table, whole
from gateway.operators.scope import Scope
from storage.looks import LookRows
from storage.outbox import OutboxRows
from storage.postgres import database
from values.ids import new_id

T = TypeVar("T")
_DEAD = ("failed", "rejected", "expired")
_PAGE = 100

messages = App(name="messages", help="Messages that could not be sent: list them, and send them again.")


@messages.command
def dead(*, limit: Limit = 50, operator: Operator = None, data_dir: Path = DATA_DIR) -> None:
    """List the newest messages that will not be sent any more, with the reason. Numbers are masked."""

    async def find(pool: database.Pool, who: CommandOperator) -> list[dict[str, Any]]:
        rows = OutboxRows(pool)
        pages = [await rows.page(limit, None, status=status) for status in _DEAD]
        every = [row for page in pages for row in page.rows]
        found = sorted(every, key=lambda row: row["created_at"], reverse=True)[:limit]
        seen = [row["id"] for row in found]
        await LookRows(pool).note(who.looker, "messages dead", datetime.now(UTC), ids=seen)
        return found

    rows = with_operator(data_dir, operator, Scope.READ, find)
    if not rows:
        echo("no message is dead")
        return
    table = Table(whole("id"), "to", "kind", "class", "status", "tries", "why")
    for row in rows:
        to = masked(Msisdn(row["msisdn"] or ""))  # an old row has none; it is kept for the one sent in its place
        table.add_row(str(row["id"]), to, row["kind"], row["class"], row["status"], str(row["tries"]), row["why"])
    show_table(table)


@messages.command
def resend(*ids: UUID, all_failed: bool = False, operator: Operator = None, data_dir: Path = DATA_DIR) -> None:
    """Send dead messages again, each once, as a new message. Say of each that is not sent why, and exit with 1.

    Parameters
    ----------
    ids: the ids of the messages.
    all_failed: every message that failed and was not sent again yet; not those that were rejected or expired.
    """
    if not ids and not all_failed:
        raise StartError("give the ids of messages (`voicepact messages dead` lists them), or --all-failed")

    async def again(pool: database.Pool, who: CommandOperator) -> tuple[int, list[str]]:
        rows, now, count, kept = OutboxRows(pool), datetime.now(UTC), 0, list[str]()
        for message_id in dict.fromkeys([*ids, *(await _failed(rows) if all_failed else ())]):
            if await rows.resend(message_id, new_id(), now, who.audit_name):
                count += 1
                continue
            row = await rows.message(message_id)
            if message_id in ids or not (row and row["resent_as"]):
                kept.append(f"not queued: {message_id}  {_why_not(row)}")
        return count, kept

    count, kept = with_operator(data_dir, operator, Scope.WRITE, again)
    echo(f"{count} queued again")
    for line in kept:
        echo(line)
    if kept:
        sys.exit(1)


def _why_not(row: dict[str, Any] | None) -> str:
    """Return why this message was not queued again."""
    if row is None:
        return "there is no message with this id"
    if row["direction"] == "in":
        return "it came from a phone: only what we send is sent again"
    if row["resent_as"]:
        return f"it was sent again before, as {row['resent_as']}"
    if row["status"] not in _DEAD:
        return f"it is {row['status']}: only one that is {', '.join(_DEAD[:-1])} or {_DEAD[-1]} is sent again"
    return "the person it was for was erased"


async def _failed(rows: OutboxRows) -> list[UUID]:
    """Return the ids of all messages that failed."""
    found, after = list[UUID](), None
    while True:
        page = await rows.page(_PAGE, after, status="failed")
        found += [row["id"] for row in page.rows]
        if page.end is None:
            return found
        after = page.end
