"""`voicepact webhook`: where events are sent, what became of them, and sending them again."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar
from uuid import UUID

from cyclopts import App, Parameter
from rich.console import Console
from rich.table import Table

from gateway.commands.existing import check_secret_key, existing_servers, with_pool
from gateway.commands.operator import CommandOperator, Operator, with_operator
from gateway.commands.startup import DATA_DIR, Limit, StartError, read_settings
from gateway.commands.terminal import echo, pluralize
from gateway.feed.catalogue import EVENT_TYPES
from gateway.operators.scope import Scope
from gateway.webhooks.adding import MOST_REPLAYED, OVERLAP, TooManyEvents, add_webhook, replay_from, rotate_secret
from gateway.webhooks.addresses import why_not_url
from storage.encryption import Encryptor
from storage.feed import FeedRows
from storage.postgres import database
from storage.webhooks import OperatorAct, WebhookRows

T = TypeVar("T")
_NONE = "there is no webhook with this id (`voicepact webhook list` shows them)"
_DISABLED = "an operator disabled it"

webhook = App(name="webhook", help="Addresses to which events are sent, signed: docs/events.md.")


@webhook.command
def add(
    url: str, *, types: Annotated[tuple[str, ...], Parameter(name="--type")] = (), after: int | None = None,
    operator: Operator = None, data_dir: Path = DATA_DIR,
) -> None:  # fmt: skip
    """Add an address, and show its secret, once.

    Parameters
    ----------
    url: where events are posted to.
    types: a type of events to send, given once for each; without it all are sent.
    after: the id of the event behind which to begin; without it with those that come from now on.
    """
    settings = read_settings()
    if why := why_not_url(url, allows_private=settings.events_to_private_addresses):
        raise StartError(f"{url}: {why}")
    if unknown := sorted(set(types) - EVENT_TYPES.keys()):
        raise StartError(f"--type: {unknown[0]} is no type of events; docs/events.md lists them")

    async def work(pool: database.Pool, encryptor: Encryptor, by: OperatorAct) -> tuple[UUID, str] | None:
        last = await FeedRows(pool).last()
        if after is not None and not 0 <= after <= last:
            raise StartError(f"--after: the newest event is {last}")
        begin = last if after is None else after
        return await add_webhook(WebhookRows(pool), encryptor, url, types or None, begin, by)

    added = _with_encryptor(data_dir, operator, work)
    if added is None:
        raise StartError(f"{url}: there is a webhook with this address already")
    echo(f"{added[0]}\nsecret, shown once: {added[1]}")


@webhook.command(name="list")
def show(*, data_dir: Path = DATA_DIR) -> None:
    """List all webhooks, with how many events wait and were given up."""

    async def work(pool: database.Pool) -> list[dict[str, Any]]:
        return await WebhookRows(pool).all()

    rows = with_pool(data_dir, work)
    if not rows:
        echo("there is no webhook")
        return
    table = Table("id", "address", "types", "status", "sent up to", "waiting", "given up")
    for row in rows:
        status = row["status"] if row["why"] is None else f"{row['status']}: {row['why']}"
        counts = (str(row["cursor"]), str(row["waiting"]), str(row["failed"]))
        table.add_row(str(row["id"]), row["url"], ", ".join(row["types"] or ["all"]), status, *counts)
    Console().print(table)


@webhook.command
def remove(webhook_id: UUID, *, operator: Operator = None, data_dir: Path = DATA_DIR) -> None:
    """Remove a webhook, with what waits for it."""
    _change(data_dir, operator, lambda rows, by: rows.remove(webhook_id, by), _NONE)
    echo("removed")


@webhook.command
def disable(webhook_id: UUID, *, operator: Operator = None, data_dir: Path = DATA_DIR) -> None:
    """Send nothing more to a webhook; what waits goes on waiting."""
    no_such = "there is no such active webhook"
    _change(data_dir, operator, lambda rows, by: rows.disable(webhook_id, _DISABLED, by), no_such)
    echo("disabled")


@webhook.command
def enable(webhook_id: UUID, *, operator: Operator = None, data_dir: Path = DATA_DIR) -> None:
    """Send to a disabled webhook again, first what waits."""
    no_such = "there is no such disabled webhook"
    _change(data_dir, operator, lambda rows, by: rows.enable(webhook_id, by), no_such)
    echo("enabled")


@webhook.command
def rotate(webhook_id: UUID, *, operator: Operator = None, data_dir: Path = DATA_DIR) -> None:
    """Give a webhook a new secret, and show it, once. For a day the one before signs, too."""

    async def work(pool: database.Pool, encryptor: Encryptor, by: OperatorAct) -> str | None:
        return await rotate_secret(WebhookRows(pool), encryptor, webhook_id, by)

    secret = _with_encryptor(data_dir, operator, work)
    if secret is None:
        raise StartError(_NONE)
    hours = OVERLAP.total_seconds() / 3600
    echo(f"secret, shown once: {secret}\nthe one before signs, too, for {hours:.0f} hours")


@webhook.command
def replay(
    webhook_id: UUID, *, after: int | None = None, to: int | None = None, failed: bool = False,
    operator: Operator = None, data_dir: Path = DATA_DIR,
) -> None:  # fmt: skip
    """Send events once more, with the webhook-id that they had.

    Parameters
    ----------
    after: the id of the event behind which to begin.
    to: the id of the last one; without it all that it was sent.
    failed: all that were given up, instead of --after.
    """
    if failed == (after is not None):
        raise StartError("give --after ID, or --failed")

    async def work(pool: database.Pool, _who: CommandOperator) -> int:
        rows, now = WebhookRows(pool), datetime.now(UTC)
        if await rows.one(webhook_id) is None:
            raise StartError(_NONE)
        if after is None:
            return await rows.replay_failed(webhook_id, now)
        try:
            return await replay_from(rows, FeedRows(pool), webhook_id, after, to, now)
        except TooManyEvents:
            raise StartError(f"--to: should be at most {MOST_REPLAYED} behind --after") from None

    echo(f"{pluralize(with_operator(data_dir, operator, Scope.ADMIN, work), 'event')} will be sent again")


@webhook.command
def attempts(
    webhook_id: UUID, *, event: int | None = None, limit: Limit = 50, data_dir: Path = DATA_DIR
) -> None:  # fmt: skip
    """List the newest tries to send.

    Parameters
    ----------
    event: those for the event with this id only.
    """

    async def work(pool: database.Pool) -> list[dict[str, Any]]:
        return await WebhookRows(pool).attempts(webhook_id, limit, event)

    table = Table("event", "at", "answer", "ms", "the event is", "tries", "due")
    for row in with_pool(data_dir, work):
        answer, due = row["why"] or f"HTTP {row['http_status']}", row["due_at"]
        table.add_row(
            str(row["position"]), f"{row['at']:%Y-%m-%d %H:%M:%S}", answer, str(row["took_ms"]), row["status"],
            str(row["tries"]), f"{due:%Y-%m-%d %H:%M:%S}" if due else "",
        )  # fmt: skip
    Console().print(table)


def _by(who: CommandOperator) -> OperatorAct:
    return OperatorAct(who.audit_name, datetime.now(UTC))


def _change(
    data_dir: Path, operator: str | None, change: Callable[[WebhookRows, OperatorAct], Awaitable[bool]], why_not: str
) -> None:
    async def work(pool: database.Pool, who: CommandOperator) -> bool:
        return await change(WebhookRows(pool), _by(who))

    if not with_operator(data_dir, operator, Scope.ADMIN, work):
        raise StartError(why_not)


def _with_encryptor(
    data_dir: Path, operator: str | None, work: Callable[[database.Pool, Encryptor, OperatorAct], Awaitable[T]]
) -> T:
    with existing_servers(read_settings(), data_dir) as settings:
        check_secret_key(settings, data_dir)
        encryptor = Encryptor(*settings.secret_keys)
    return with_operator(data_dir, operator, Scope.ADMIN, lambda pool, who: work(pool, encryptor, _by(who)))
