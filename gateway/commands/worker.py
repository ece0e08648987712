"""`voicepact worker`: send SMS in a process of its own."""

import asyncio
import signal
from contextlib import suppress

from gateway.app import freeze_loaded_objects, make_outbox
from gateway.logs import FLUSH_SECONDS, set_up_logs
from gateway.settings import Settings
from storage.postgres import database

_CLOSE_SECONDS = 3.0


async def work(settings: Settings) -> None:
    """Send until SIGINT or SIGTERM. Sends under way are finished and recorded first."""
    assert settings.database_url
    lines = set_up_logs(settings.log_level, settings.log_format)
    pool = await database.open_pool(
        settings.database_url, smallest=1, largest=settings.database_pool_max,
        timeout_seconds=settings.database_timeout_seconds,
    )  # fmt: skip
    freeze_loaded_objects()
    sending = asyncio.create_task(make_outbox(settings, pool).run())
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, sending.cancel)
    while not sending.done():
        await asyncio.wait([sending], timeout=FLUSH_SECONDS)
        lines.flush()
    await database.close_pool(pool, within_seconds=_CLOSE_SECONDS)
    with suppress(asyncio.CancelledError):
        await sending
