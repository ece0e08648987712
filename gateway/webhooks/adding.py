"""What an operator does to webhooks, by REST or on the command line."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from gateway.feed.tail import read_after
from gateway.webhooks.secrets import encrypt_secret
from gateway.webhooks.signing import new_secret
from storage.encryption import Encryptor
from storage.feed import FeedRows
from storage.webhooks import OperatorAct, WebhookRows
from values.ids import new_id

OVERLAP: Final = timedelta(hours=24)  # both secrets sign, after a rotation
MOST_REPLAYED: Final = 10_000  # events at once: each becomes a row that waits
_BATCH = 500


class TooManyEvents(Exception):  # noqa: N818 - it reads as what is wrong
    """More than MOST_REPLAYED events are asked for."""


async def add_webhook(
    rows: WebhookRows, encryptor: Encryptor, url: str, types: Sequence[str] | None, after: int, by: OperatorAct
) -> tuple[UUID, str] | None:  # fmt: skip
    """Add an endpoint for events behind `after`. Return its id and secret; None if this address has one."""
    endpoint_id, secret = new_id(), new_secret()
    stored = encrypt_secret(encryptor, endpoint_id, secret)
    return (endpoint_id, secret) if await rows.add(endpoint_id, url, stored, types, after, by) else None


async def rotate_secret(rows: WebhookRows, encryptor: Encryptor, endpoint_id: UUID, by: OperatorAct) -> str | None:
    """Return a new secret, which signs from now on; the one before does, too, for a day. None: no such endpoint."""
    secret = new_secret()
    stored = encrypt_secret(encryptor, endpoint_id, secret)
    return secret if await rows.rotate(endpoint_id, stored, by.at + OVERLAP, by) else None


async def replay_from(
    rows: WebhookRows, feed: FeedRows, endpoint_id: UUID, after: int, to: int | None, now: datetime
) -> int:  # fmt: skip
    """Send the events behind `after`, up to `to` (None: all that it was sent), once more. Return how many. Raise
    TooManyEvents."""
    endpoint, count = await rows.one(endpoint_id), 0
    if endpoint is None:
        return 0
    last = min(endpoint["cursor"], to if to is not None else endpoint["cursor"])
    if last - after > MOST_REPLAYED:
        raise TooManyEvents
    while after < last:
        events, after = await read_after(feed, after, _BATCH, last)
        types = endpoint["types"]
        wanted = [
            (event.position, event.lane)
            for event in events
            if event.position <= last and (types is None or event.type in types)
        ]
        count += await rows.replay(endpoint_id, wanted, now)
    return count
