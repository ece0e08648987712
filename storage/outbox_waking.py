"""Which outbox is told that a message is queued: one of them, so that not every process asks for it.

An outbox listens on a connection of its own, which PostgreSQL shows by the name `WORKER` or `SERVER`. So PostgreSQL
itself knows who is there, and nothing is to be cleaned up after a process that died.
"""

from datetime import timedelta
from typing import Final

from storage.postgres.database import Connection, Pool
from storage.postgres.queries import QUERIES

CHANNEL: Final = "sms_queued"
WORKER: Final = "voicepact worker"  # it only sends: it is told before any other
SERVER: Final = "voicepact outbox"  # of a process that serves callers, too
ASKED_EVERY_SECONDS: Final = 5.0
_SILENT: Final = timedelta(seconds=3 * ASKED_EVERY_SECONDS)  # then nobody is there: it hangs, or its machine is gone


async def wake_one(pool: Pool) -> None:
    """Tell one outbox, in any process, that a message is queued."""
    await pool.execute(*QUERIES["outbox.wake"](worker=WORKER, server=SERVER, silent=_SILENT))


async def worker_listens(connection: Connection) -> bool:
    return bool(await connection.fetchval(*QUERIES["outbox.worker_listens"](worker=WORKER, silent=_SILENT)))
