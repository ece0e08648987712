"""The outbox is told of what is queued, by a process that ends at once as well."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from storage.outbox_waking import SERVER
from storage.postgres.database import connect
from tests.storage.make_acts import make_act, make_contract_act, make_sms, open_records


@asynccontextmanager
async def listening(url: str) -> AsyncIterator[asyncio.Queue[str]]:
    """The wakings that an outbox would get."""
    connection, wakings = await connect(url, SERVER), asyncio.Queue[str]()
    await connection.add_listener("sms_queued", lambda *told: wakings.put_nowait(told[2]))
    try:
        yield wakings
    finally:
        await connection.close()


async def test_who_settles_before_the_pool_closes_has_woken_the_outbox(database_url: str) -> None:
    async with listening(database_url) as wakings:
        async with open_records(database_url, largest=1) as records:
            assert await records.apply(make_act(messages=(make_sms(1),), people=make_contract_act(1, 2).people))
            await records.finish_waking_outbox()
        await asyncio.wait_for(wakings.get(), 1)


async def test_what_is_queued_in_one_moment_wakes_once(database_url: str) -> None:
    async with listening(database_url) as wakings, open_records(database_url) as records:
        queueing = (make_act(messages=(make_sms(n),), people=make_contract_act(n, n + 1).people) for n in (1, 3))
        assert await asyncio.gather(*map(records.apply, queueing)) == [True, True]
        await records.finish_waking_outbox()
        await asyncio.wait_for(wakings.get(), 1)
        assert wakings.empty()


async def test_where_nothing_was_queued_nothing_is_waited_for(database_url: str) -> None:
    async with listening(database_url) as wakings, open_records(database_url) as records:
        await records.finish_waking_outbox()
        assert await records.apply(make_act(people=make_contract_act(1, 2).people))
        await records.finish_waking_outbox()
        assert wakings.empty()
