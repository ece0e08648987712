"""Takes the embedded servers away and brings them back, for who wants to see what the service does without them.

No server is stopped, so nothing can stay stopped. Its socket gets another name, which nobody knows, and whoever is
connected is cut off: that looks like a server that is gone. A server that is started again makes a socket anew, and the
folder of the sockets does not outlive the service: whatever happens in between, the next start finds all in order.
"""

from pathlib import Path
from typing import Final

import asyncpg
from redis.asyncio import Redis

POSTGRES, VALKEY = ".s.PGSQL.5432", "valkey.sock"
_AWAY: Final = ".s.PGSQL.5433"  # a name that asyncpg makes of a port: so that we reach it to cut off the others
_CUT_OFF = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
"""


class EmbeddedSockets:
    """The servers with their sockets in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def database_is_away(self) -> bool:
        return not (self._folder / POSTGRES).exists()

    @property
    def sessions_are_away(self) -> bool:
        return not (self._folder / VALKEY).exists()

    async def take_database(self) -> None:
        """Take PostgreSQL away, if it is there."""
        if self.database_is_away:
            return
        (self._folder / POSTGRES).rename(self._folder / _AWAY)
        connection = await asyncpg.connect(
            host=str(self._folder), port=int(_AWAY.rpartition(".")[2]), user="voicepact", database="voicepact"
        )
        try:
            await connection.fetchval(_CUT_OFF)
        finally:
            await connection.close()

    def bring_database(self) -> None:
        """Bring PostgreSQL back, unless it came by itself."""
        _bring(self._folder / _AWAY, self._folder / POSTGRES)

    async def take_sessions(self) -> None:
        """Take Valkey away, if it is there."""
        if self.sessions_are_away:
            return
        away = (self._folder / VALKEY).rename(self._folder / f"{VALKEY}.away")
        async with Redis(unix_socket_path=str(away)) as redis:
            await redis.execute_command("CLIENT", "KILL", "TYPE", "normal")  # type: ignore[no-untyped-call]

    def bring_sessions(self) -> None:
        """Bring Valkey back, unless it came by itself."""
        _bring(self._folder / f"{VALKEY}.away", self._folder / VALKEY)


def _bring(away: Path, back: Path) -> None:
    if away.exists() and not back.exists():
        away.rename(back)
    away.unlink(missing_ok=True)
