"""Opens a session store in tests."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from storage.encryption import Encryptor
from storage.sessions import Sessions, open_client

ENCRYPTOR = Encryptor("a secret of a test")
PLAIN = b'{"language":"en","typed":"0712345678"}'


@asynccontextmanager
async def open_sessions(
    url: str, *, encryptor: Encryptor = ENCRYPTOR, ttl: int = 900, lock: float = 5
) -> AsyncIterator[Sessions]:
    sessions = Sessions(
        open_client(url, most_connections=4, timeout_seconds=1.0), encryptor, ttl_seconds=ttl, lock_seconds=lock
    )
    try:
        yield sessions
    finally:
        await sessions.close()
