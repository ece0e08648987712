"""USSD sessions in Redis or Valkey: read with one trip, saved by compare-and-set with another.

A value is `<version>:<sealed bytes>`. The version is outside the seal so that the server itself can compare it; the
rest (a transcript, a number someone typed) only opens with SECRET_KEY. A hop holds a short lock from its load to its
save, so that copies of one hop queue up instead of racing; the lock makes things smooth, the compare-and-set and the
unique keys in SQL make them right.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import redis.asyncio as redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from storage.joined import Joined
from storage.sealing import Sealer

Client = redis.Redis
UNAVAILABLE: tuple[type[Exception], ...] = (RedisError, OSError, TimeoutError)

# KEYS: session, lock. ARGV: the version it was read at ("0": none), the new value, ttl in ms, the lock's token.
_SAVE = """
local now = redis.call('GET', KEYS[1])
local version = now and string.match(now, '^(%d+):') or '0'
if redis.call('GET', KEYS[2]) == ARGV[4] then redis.call('DEL', KEYS[2]) end
if version ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
"""
_UNLOCK = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"


@dataclass(frozen=True, slots=True)
class Loaded:
    """A session as it was found. `plain` is None where there is none; `is_ours` says whether the lock was had."""

    key: str
    version: int
    plain: bytes | None = field(repr=False)
    token: str = field(repr=False)
    is_ours: bool


class Sessions:
    """The session store of one process."""

    def __init__(self, client: Client, sealer: Sealer, *, ttl_seconds: int, lock_seconds: float) -> None:
        self._client = client
        self._sealer = sealer
        self._ttl_ms = ttl_seconds * 1000
        self._lock_ms = int(lock_seconds * 1000)
        self._commands: Joined[tuple[Any, ...], Any] = Joined(self._send, most=256, trips=4)

    async def load(self, provider: str, session_id: str, token: str | None = None) -> Loaded:
        """The session and, if it is free, its lock; `token` tells a wait for the same lock from a new one."""
        key, token = f"ussd:{{{provider}:{session_id}}}", token or secrets.token_hex(8)
        locked, value = await self._commands(("LOAD", key, token))
        if value is None:
            return Loaded(key, 0, None, token, bool(locked))
        version, _, sealed = value.partition(b":")
        return Loaded(key, int(version), self._sealer.open(sealed, key), token, bool(locked))

    async def save(self, loaded: Loaded, plain: bytes) -> bool:
        """Put `plain` in place of what was loaded and let go of the lock. False: somebody saved in between."""
        value = b"%d:%b" % (loaded.version + 1, self._sealer.seal(plain, loaded.key))
        saved = await self._commands(
            ("EVAL", _SAVE, 2, loaded.key, loaded.key + ":lock", loaded.version, value, self._ttl_ms, loaded.token)
        )
        return bool(saved)

    async def release(self, loaded: Loaded) -> None:
        """Let go of the lock without saving."""
        if loaded.is_ours:
            await self._commands(("EVAL", _UNLOCK, 1, loaded.key + ":lock", loaded.token))

    async def ping(self) -> None:
        """Raises one of UNAVAILABLE when the store does not answer."""
        await self._client.ping()

    async def close(self) -> None:
        await self._client.aclose()

    async def _send(self, commands: Sequence[tuple[Any, ...]]) -> list[Any]:
        pipe = self._client.pipeline(transaction=False)
        for command in commands:
            if command[0] == "LOAD":
                _, key, token = command
                pipe.execute_command("SET", key + ":lock", token, "NX", "PX", self._lock_ms)
                pipe.execute_command("GET", key)
            else:
                pipe.execute_command(*command)
        replies = iter(await pipe.execute(raise_on_error=False))
        return [_pair(next(replies), next(replies)) if c[0] == "LOAD" else next(replies) for c in commands]


def _pair(locked: Any, value: Any) -> Any:
    """The two replies of a load as one; an error in either is the load's error."""
    return next((reply for reply in (locked, value) if isinstance(reply, Exception)), (locked, value))


def open_client(url: str, *, most_connections: int, timeout_seconds: float) -> Client:
    """A client of the server at `url`; it connects at first use, and again after a break."""
    return redis.Redis.from_url(
        url,
        max_connections=most_connections,
        socket_timeout=timeout_seconds,
        socket_connect_timeout=timeout_seconds,
        retry=Retry(NoBackoff(), 1),
        protocol=2,
    )
