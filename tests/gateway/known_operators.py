"""Operators with keys, in the database of a service under test."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from gateway.operators.keys import digest_of, key_id_of, make_key
from gateway.operators.scope import SCOPES_OF, OperatorRole, Scope
from storage.operators import OperatorChanges
from storage.postgres.database import connect, set_json_codec

YEAR = timedelta(days=365)


@asynccontextmanager
async def changes_in(database_url: str, now: datetime) -> AsyncIterator[OperatorChanges]:
    """Changes to the operators of a database, by a test."""
    connection = await connect(database_url)
    try:
        await set_json_codec(connection)
        yield OperatorChanges(connection, "command line: a test", now)
    finally:
        await connection.close()


async def add_operator(
    database_url: str, now: datetime, role: OperatorRole, scopes: Sequence[Scope] | None = None, *,
    name: str = "Ann", valid_for: timedelta = YEAR,
) -> str:  # fmt: skip
    """Add an operator, and return their key. A process that has just read the keys knows it a quarter of a second
    later."""
    key = make_key()
    async with changes_in(database_url, now) as changes:
        await changes.add(name, role, scopes or SCOPES_OF[role], kept(key), now + valid_for)
    return key


def kept(key: str) -> tuple[bytes, str]:
    """Return what is kept of a key: its SHA-256, and its id."""
    return digest_of(key), key_id_of(digest_of(key))


def key_id(key: str) -> str:
    """Return how audit, logs and looks name a key."""
    return key_id_of(digest_of(key))


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}
