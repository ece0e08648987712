"""`voicepact worker`: send SMS in a process of its own."""

import asyncio
import signal
from contextlib import suppress
from pathlib import Path

from gateway.app import freeze_loaded_objects, system_clock
from gateway.commands.worker_mark import leave_mark, remove_mark
from gateway.logs import FLUSH_SECONDS, set_up_logs
from gateway.settings import Settings
from gateway.wiring import make_outbox
from storage.postgres import database

_CLOSE_SECONDS = 3.0


async def work(settings: Settings, data_dir: Path) -> None:
    """Send until SIGINT or SIGTERM. Sends under way are finished and recorded first. `data_dir`: where it leaves the
    mark that `voicepact health` looks at."""
    assert settings.database_url
    lines = set_up_logs(settings.log_level, settings.log_format)
    pool = await database.open_pool(
        settings.database_url, smallest=1, largest=settings.database_pool_max,
        timeout_seconds=settings.database_timeout_seconds,
    )  # fmt: skip
    freeze_loaded_objects()
    outbox = make_outbox(settings, pool, system_clock, in_worker=True)
    sending = asyncio.create_task(outbox.run())
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, sending.cancel)
    while not sending.done():
        await asyncio.wait([sending], timeout=FLUSH_SECONDS)
        lines.flush()
        leave_mark(data_dir, outbox.job)
    remove_mark(data_dir)
    await database.close_pool(pool, within_seconds=_CLOSE_SECONDS)
    with suppress(asyncio.CancelledError):
        await sending
