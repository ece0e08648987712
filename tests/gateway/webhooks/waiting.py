"""Waiting for what happens in another process."""

import asyncio
from collections.abc import Callable


async def until(is_so: Callable[[], bool], within: float = 60.0) -> None:
    async with asyncio.timeout(within):
        while not is_so():  # noqa: ASYNC110 - what happens elsewhere tells nobody
            await asyncio.sleep(0.02)
