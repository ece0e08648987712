"""PostgreSQL: one pool per process (storage/postgres/pool.py), connections leased without a reset query.

Because nothing is reset, nothing that uses the pool may SET, LISTEN, take a session lock or leave a transaction open.
What needs those (migrations, the outbox's LISTEN) opens a connection of its own with `connect`.
"""

import asyncio
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg
import msgspec
import orjson

from storage.postgres import pool as leases

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Pool: TypeAlias = leases.Pool

# What PostgreSQL says when one row is wrong, as against the server or the wire being broken. Nothing was written.
ROW_FAULTS: tuple[type[Exception], ...] = (
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.DataError,
    asyncpg.CardinalityViolationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.InvalidParameterValueError,
)

# What a caller may meet when the database is away, slow or being restarted; the act, if any, may or may not have
# happened, and its unique key tells the next try.
UNAVAILABLE: tuple[type[Exception], ...] = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # of a connection that the server has just given up, before its end is here
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.CannotConnectNowError,
    asyncpg.ReadOnlySQLTransactionError,
)


def plain_url(url: str) -> str:
    """The URL as asyncpg takes it: the `postgresql+asyncpg://` spelling loses its driver."""
    scheme, colon, rest = url.partition(":")
    return scheme.partition("+")[0] + colon + rest


async def open_pool(url: str, *, smallest: int, largest: int, timeout_seconds: float) -> Pool:
    """A pool of `smallest` to `largest` connections; a statement, or connecting, past
    `timeout_seconds` raises TimeoutError."""
    owner = await asyncpg.create_pool(
        plain_url(url),
        min_size=smallest,
        max_size=largest,
        command_timeout=timeout_seconds,
        timeout=timeout_seconds,
        init=speak_json,
        reset=_leave_as_is,
        server_settings={
            "application_name": "voicepact",
            "jit": "off",
            "TimeZone": "UTC",
            # Planning a query costs several times what running it does, and no plan of ours hangs on its values.
            "plan_cache_mode": "force_generic_plan",
            # Every query of ours is by key: by index, one row after another, whatever stale statistics say.
            "enable_hashjoin": "off",
            "enable_mergejoin": "off",
            "enable_seqscan": "off",
        },
    )
    return Pool(owner, largest=largest)


async def close_pool(pool: Pool, *, within_seconds: float) -> None:
    """Close when every lease is back; one that does not come back in time is cut off, so that a stop always stops."""
    try:
        async with asyncio.timeout(within_seconds):
            await pool.close()
    except TimeoutError:
        pool.terminate()


async def connect(url: str) -> Connection:
    """A connection outside the pool, for LISTEN and the like; the caller closes it."""
    return await asyncpg.connect(plain_url(url), server_settings={"application_name": "voicepact"})


async def _leave_as_is(connection: Any) -> None:
    """In place of asyncpg's reset query, which costs more than most of our reads."""


async def speak_json(connection: Any) -> None:
    """jsonb as Python values, on this connection."""
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        format="binary",
        encoder=lambda value: b"\x01" + msgspec.json.encode(value, enc_hook=_as_text),
        decoder=lambda raw: orjson.loads(memoryview(raw)[1:]),
    )


def _as_text(value: object) -> str:
    """asyncpg's own UUID, which msgspec does not take for the one it knows."""
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} is no JSON")
