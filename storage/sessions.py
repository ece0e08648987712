"""USSD sessions in Redis or Valkey: one round trip loads a session, another saves it by compare-and-set.

A value is `<version>:<encrypted bytes>`. The version is not encrypted, so that the server can compare it; the session
(screens, what was typed) can be read only with SECRET_KEY. A hop holds a short lock from its load to its save, so that
copies of one hop wait instead of working twice. Correctness does not depend on the lock: the compare-and-set, and
unique keys in SQL, stop a second copy.

A store that was killed, or a replica that became the primary, may lack the saves of its last second or two. So each
load says which life of the store answered it (the server's run id): who finds a session of another life knows that
later saves of it may be lost.
"""

import asyncio
import hashlib
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import redis.asyncio as redis
from hiredis import pack_command
from redis.asyncio.connection import AbstractConnection
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, ReadOnlyError, RedisError, ResponseError

from storage.away import AwayWatch
from storage.call_batcher import CallBatcher
from storage.encryption import Encryptor
from values.frozen import Frozen, Hidden
from values.ids import random_bytes

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
_SAVE_SHA = hashlib.sha1(_SAVE.encode(), usedforsecurity=False).hexdigest()  # the server's name for it
_UNLOCK = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"


Command = tuple[Any, ...]
Answers = tuple[str, list[Any]]  # the life of the store that answered, and its reply to each command
_ASK_LIFE: Command = ("INFO", "server")
_RUN_ID = re.compile(rb"^run_id:(\w+)", re.MULTILINE)


class Loaded(Frozen):
    """A session as it was loaded. `plain`: the session decrypted, None if there is none. `is_ours`: whether we got the
    lock. `life`: the life of the store that answered; empty where the server does not tell. `left_at`: the key of the
    session that this caller last left unfinished, if `load` was asked for it.
    """

    key: str
    version: int
    plain: Hidden[bytes | None]
    token: Hidden[str]
    is_ours: bool
    life: str = ""
    left_at: str | None = None


class Sessions:
    """The session store of one process. A session is kept for `ttl_seconds`, and can be resumed for as long."""

    def __init__(self, client: Client, encryptor: Encryptor, *, ttl_seconds: int, lock_seconds: float) -> None:
        self._client = client
        self._connections = _Connections(client)
        self._encryptor = encryptor
        self._ttl_ms = ttl_seconds * 1000
        self._lock_ms = int(lock_seconds * 1000)
        self._batcher = CallBatcher[tuple[Command, ...], Answers](self._send, largest_batch=128, batches_at_once=4)

    async def load(
        self, provider: str, session_id: str, dialler: bytes | None = None, token: str | None = None
    ) -> Loaded:
        """Load a session and take its lock if it is free. Pass the same `token` again while waiting for the lock.

        `dialler`: a caller's key, to load also which session that caller left unfinished.
        """
        key, token = f"ussd:{{{provider}:{session_id}}}", token or random_bytes(8).hex()
        asked: list[Command] = [("SET", key + ":lock", token, "NX", "PX", self._lock_ms), ("GET", key)]
        if dialler:
            asked.append(("GET", _left_key(dialler)))
        life, (locked, value, *left) = await self._batcher(tuple(asked))
        left_at = left[0].decode() if left and left[0] else None
        version, plain = self._opened(key, value)
        return Loaded(key, version, plain, token, bool(locked), life, left_at if left_at != key else None)

    async def peek(self, key: str) -> bytes | None:
        """Return the session at `key`, decrypted, without taking its lock."""
        _, (value,) = await self._batcher((("GET", key),))
        return self._opened(key, value)[1]

    async def save(self, loaded: Loaded, plain: bytes, *, leaver: bytes | None = None, leaves: bool = False) -> bool:
        """Save `plain` in place of what was loaded, and release the lock. False: nothing was saved, because another
        request saved this session in between.

        `leaver`: a caller's key. With `leaves`, note that this session is the one they left unfinished; else delete the
        note.
        """
        value = b"%d:%b" % (loaded.version + 1, self._encryptor.encrypt(plain, loaded.key))
        save = (2, loaded.key, loaded.key + ":lock", loaded.version, value, self._ttl_ms, loaded.token)
        notes: tuple[Command, ...] = ()
        if leaver is not None:
            left = _left_key(leaver)
            notes = (("SET", left, loaded.key, "PX", self._ttl_ms) if leaves else ("DEL", left),)
        try:
            _, (saved, *_) = await self._batcher((("EVALSHA", _SAVE_SHA, *save), *notes))
        except NoScriptError:  # this server has not seen the script; it keeps what it was sent once
            _, (saved, *_) = await self._batcher((("EVAL", _SAVE, *save), *notes))
        return bool(saved)

    async def release(self, loaded: Loaded) -> None:
        """Release the lock without saving."""
        if loaded.is_ours:
            await self._batcher((("EVAL", _UNLOCK, 1, loaded.key + ":lock", loaded.token),))

    async def forget(self, callers: Sequence[bytes], is_about: Callable[[bytes], bool]) -> int:
        """Delete the note of what a caller left unfinished, and every session that `is_about` them. `callers`: the
        caller's key, under every SECRET_KEY that we know. Return how many keys were deleted. A call under way is
        rebuilt from what the provider repeats."""
        found = [_left_key(caller) for caller in callers]
        async for name in self._client.scan_iter("ussd:*", count=500):
            key = name.decode()
            if not key.endswith(":lock"):
                plain = await self.peek(key)
                if plain and is_about(plain):
                    found.append(key)
        return int(await self._client.delete(*found))

    async def beat(self) -> None:
        """Write a key that goes by itself, as a hop would. Raise one of UNAVAILABLE if the store takes no writes."""
        _life, [reply] = await self._connections.send([("SET", "heartbeat", "1", "EX", "60")])
        if isinstance(reply, Exception):
            raise reply

    async def close(self) -> None:
        await self._connections.watch.close()
        await self._client.aclose()

    def _opened(self, key: str, value: bytes | None) -> tuple[int, bytes | None]:
        if value is None:
            return 0, None
        version, colon, encrypted = value.partition(b":")
        if not (colon and version.isdigit()):  # not written by us: treat as no session, as _SAVE does
            return 0, None
        return int(version), self._encryptor.decrypt(encrypted, key)

    async def _send(self, calls: Sequence[tuple[Command, ...]]) -> list[Answers | Exception]:
        """Send the commands of all calls in one write. A command that fails, fails only its own call."""
        life, answered = await self._connections.send([command for call in calls for command in call])
        replies = iter(answered)
        return [_or_fault(life, [next(replies) for _ in call]) for call in calls]


class _Connections:
    """The client's connections, kept open between round trips, each with the life of the store that it leads to: no
    connection outlives it. redis-py's own pipeline takes several times as long: a task and a lock for each trip, a
    timeout for each reply, and every command packed in Python.

    Connections to a server that was demoted are closed, and the commands are sent once more on a new one: that server
    has written nothing. While the server is away, AwayError is raised at once."""

    def __init__(self, client: Client) -> None:
        self._pool = client.connection_pool
        self.watch = AwayWatch(client.ping)
        self._timeout_seconds: float | None = self._pool.connection_kwargs.get("socket_timeout")
        self._idle: list[tuple[AbstractConnection, str]] = []

    async def send(self, commands: Sequence[Command]) -> Answers:
        """Return the reply to each command, in order; an error reply is a ResponseError among them."""
        self.watch.check()
        try:
            answers = await self._sent_where_writable(commands)
        except UNAVAILABLE:
            self.watch.failed()
            raise
        self.watch.succeeded()
        return answers

    async def _sent_where_writable(self, commands: Sequence[Command]) -> Answers:
        if self._idle:
            with suppress(redis.ConnectionError):  # the server was restarted meanwhile: open a new one
                connection, life = self._idle.pop()
                replies = await self._send(connection, commands)
                self._idle.append((connection, life))
                if not any(isinstance(reply, ReadOnlyError) for reply in replies):
                    return life, replies
                await self._close_idle()
        async with asyncio.timeout(self._timeout_seconds):  # the pool's connections have none of their own, see _send
            connection = await self._pool.get_connection()  # type: ignore[no-untyped-call]  # redis-py has no types
        told, *replies = await self._send(connection, (_ASK_LIFE, *commands))
        life = _life_in(told)
        self._idle.append((connection, life))
        return life, replies

    async def _close_idle(self) -> None:
        while self._idle:
            connection, _ = self._idle.pop()
            await connection.disconnect(nowait=True)
            await self._pool.release(connection)

    async def _send(self, connection: AbstractConnection, commands: Sequence[Command]) -> list[Any]:
        connection.socket_timeout = None  # one timeout for all replies, below
        try:
            async with asyncio.timeout(self._timeout_seconds):
                await connection.send_packed_command(b"".join(map(pack_command, commands)))
                return [await _reply(connection) for _ in commands]
        except BaseException:  # a reply may still come, which no other caller may read
            await connection.disconnect(nowait=True)
            await self._pool.release(connection)
            raise


async def _reply(connection: AbstractConnection) -> Any:
    try:
        return await connection.read_response()
    except ResponseError as refusal:
        return refusal


def _or_fault(life: str, replies: list[Any]) -> Answers | Exception:
    return next((reply for reply in replies if isinstance(reply, Exception)), (life, replies))


def _life_in(told: Any) -> str:
    """Return the run id in the answer to INFO; empty where it is refused to us, or a proxy keeps it."""
    found = _RUN_ID.search(told) if isinstance(told, bytes) else None
    return found[1].decode() if found else ""


def _left_key(caller: bytes) -> str:
    return f"left:{caller.hex()}"


def open_client(url: str, *, most_connections: int, timeout_seconds: float) -> Client:
    """Make a client of the server at `url`. It connects at its first use, and again after a break."""
    return redis.Redis.from_url(
        url,
        max_connections=most_connections,
        socket_timeout=timeout_seconds,
        socket_connect_timeout=timeout_seconds,
        retry=Retry(NoBackoff(), 1),
        protocol=2,
    )
