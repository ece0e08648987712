"""Opening connections to PostgreSQL: the pool of a process, or a single connection.

The pool (storage/postgres/pool.py) does not reset a connection between its users. So on a pooled connection nobody may
use SET or LISTEN, take a session lock, or leave a transaction open. Code that needs those (migrations, the outbox's
LISTEN) opens a connection of its own with `connect`.
"""

import asyncio
from contextlib import suppress
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import orjson

from storage.away import PROBE_SECONDS
from storage.postgres.hosts import Connection as Connection  # noqa: PLC0414 - exported again beside connect
from storage.postgres.hosts import DatabaseHosts
from storage.postgres.pool import OUTDATED
from storage.postgres.pool import Pool as Pool  # noqa: PLC0414 - exported again beside open_pool

APPLICATION = "voicepact"  # by this name PostgreSQL shows our connections

# Errors about a row, not about the server or the connection. After one of these, nothing was written.
ROW_FAULTS: tuple[type[Exception], ...] = (
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.DataError,
    asyncpg.CardinalityViolationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.InvalidParameterValueError,
)

# Errors when the database is away, slow or being restarted. Whether an act was written is then not known; applying it
# again is safe, because its unique key stops a second write.
UNAVAILABLE: tuple[type[Exception], ...] = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # the server has closed, but the closing is not read yet
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.CannotConnectNowError,
    *OUTDATED,
)


def asyncpg_url(url: str) -> str:
    """Return the URL as asyncpg reads it: `postgresql+asyncpg://` becomes `postgresql://`."""
    scheme, colon, rest = url.partition(":")
    return scheme.partition("+")[0] + colon + rest


async def open_pool(url: str, *, smallest: int, largest: int, timeout_seconds: float) -> Pool:
    """Open a pool of `smallest` to `largest` connections. A statement or a connection attempt that takes longer than
    `timeout_seconds` raises TimeoutError."""
    hosts = DatabaseHosts(asyncpg_url(url))
    owner = await asyncpg.create_pool(
        connect=hosts.connect,
        init_size=smallest,
        min_size=0,  # opened when needed: asyncpg would log a trace each time that it could not restore a minimum
        max_size=largest,
        command_timeout=timeout_seconds,
        timeout=timeout_seconds,
        init=set_json_codec,
        reset=_skip_reset,
        server_settings={
            "application_name": APPLICATION,
            "jit": "off",
            "TimeZone": "UTC",
            # Planning a query takes several times as long as running it, and none of our plans depends on values.
            "plan_cache_mode": "force_generic_plan",
            # All our queries look up rows by key; so the planner must use indexes, even with stale statistics.
            "enable_hashjoin": "off",
            "enable_mergejoin": "off",
            "enable_seqscan": "off",
            # A bitmap reads all that a person has, and sorts it, to find the newest few; an index has them in order.
            "random_page_cost": "1",
        },
    )

    async def probe() -> None:
        with suppress(asyncpg.TooManyConnectionsError):  # it answers
            connection = await hosts.connect(timeout=PROBE_SECONDS)
            try:
                await connection.fetchval("SELECT 1")
            finally:
                connection.terminate()

    return Pool(owner, largest=largest, probe=probe)


async def close_pool(pool: Pool, *, within_seconds: float) -> None:
    """Close the pool once every connection is back; after `within_seconds`, close it with those still in use."""
    try:
        async with asyncio.timeout(within_seconds):
            await pool.close()
    except TimeoutError:
        pool.terminate()


async def connect(url: str, application: str = APPLICATION) -> Connection:
    """Open a connection outside the pool, which the caller closes. PostgreSQL shows it as `application`."""
    connection: Connection = await DatabaseHosts(asyncpg_url(url)).connect(
        server_settings={"application_name": application}
    )
    return connection


async def _skip_reset(connection: Any) -> None:
    """Replace asyncpg's reset query, which takes longer than most of our reads."""


async def set_json_codec(connection: Any) -> None:
    """Make this connection read and write jsonb and json as Python values."""
    codecs = {
        # The text that json is, behind the number of this form.
        "jsonb": (lambda value: b"\x01" + _as_json(value), lambda raw: orjson.loads(memoryview(raw)[1:])),
        "json": (_as_json, orjson.loads),
    }
    for name, (encoder, decoder) in codecs.items():
        await connection.set_type_codec(name, schema="pg_catalog", format="binary", encoder=encoder, decoder=decoder)


def _as_json(value: object) -> bytes:
    return msgspec.json.encode(value, enc_hook=_as_text)


def _as_text(value: object) -> str:
    """Encode asyncpg's subclass of UUID, which msgspec does not know."""
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} is no JSON")
