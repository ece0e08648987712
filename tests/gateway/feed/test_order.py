"""The order of the feed: nothing is missing from it, nothing is in it twice, and what is numbered stays where it is."""

import asyncio
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from storage.feed import FeedNumbers
from tests.gateway.feed.reading import (
    Event,
    all_events,
    check_complete,
    get_json,
    live_by_websocket,
    make_contract,
    note,
    once,
)
from tests.service import Service


def types(events: list[Event]) -> list[str]:
    return [event["type"] for event in events]


async def test_what_commits_later_is_not_missed_though_it_began_before(service: Service) -> None:
    slow = await asyncpg.connect(service.settings.database_url)
    try:
        began = slow.transaction()
        await began.start()
        await note(slow, "began.first")
        await note(service.db, "came.second")
        before = await once(service, lambda events: "came.second" in types(events))
        assert "began.first" not in types(before), "the transaction is open"
        await note(service.db, "came.third")
        await once(service, lambda events: "came.third" in types(events))
        await began.commit()
        after = await once(service, lambda events: "began.first" in types(events))
    finally:
        await slow.close()
    assert types(after) == ["came.second", "came.third", "began.first"]
    assert after[: len(before)] == before, "what was read stays where it is"


async def test_of_two_who_wait_for_each_other_the_one_that_waited_is_second(service: Service) -> None:
    """The second transaction has the lower number, because it wrote something else before it waited."""
    contract_id = UUID(await make_contract(service, 1))
    first, second = [await asyncpg.connect(service.settings.database_url) for _ in range(2)]
    try:
        one, two = first.transaction(), second.transaction()
        await two.start()
        await note(second, "wrote.early")
        await one.start()
        await note(first, "comes.first", contract_id)
        waits = asyncio.create_task(note(second, "comes.second", contract_id))
        await asyncio.sleep(0.1)
        assert not waits.done(), "it waits for the row of the contract"
        await one.commit()
        await waits
        await two.commit()
    finally:
        await asyncio.gather(first.close(), second.close())
    events = await once(service, lambda found: {"comes.first", "comes.second"} <= set(types(found)))
    assert [kind for kind in types(events) if kind.startswith("comes.")] == ["comes.first", "comes.second"]


async def test_many_who_number_at_once_give_each_position_once(service: Service) -> None:
    assert service.settings.database_url
    numbers = [await FeedNumbers.open(service.settings.database_url) for _ in range(4)]
    is_over = asyncio.Event()

    async def number(one: FeedNumbers) -> None:
        while not is_over.is_set():
            await one.number()

    numbering = [asyncio.create_task(number(one)) for one in numbers]
    try:
        await asyncio.gather(*(make_contract(service, place, place % 2) for place in range(24)))
    finally:
        is_over.set()
        await asyncio.gather(*numbering)
        for one in numbers:
            one.connection.terminate()
    await service.sms_settled()
    await check_complete(service)


async def test_what_becomes_of_a_message_is_in_the_feed(service: Service) -> None:
    await make_contract(service, 7)
    await service.sms_settled()
    events = await check_complete(service)
    delivered = [event for event in events if event["type"] == "message.delivered"]
    sent = await service.db.fetchval("SELECT count(*) FROM sms_logs WHERE direction = 'out'")
    assert len(delivered) == sent
    assert all(event["contract"]["reference"] and event["data"]["person"] for event in delivered)


async def test_no_event_has_a_number_a_name_or_a_text(service: Service) -> None:
    await make_contract(service, 7)
    await service.sms_settled()
    shown = orjson.dumps(await check_complete(service)).decode()
    for secret in ("7110", "7120", "Amina", "YES"):
        assert secret not in shown


async def test_positions_go_on_where_the_database_moves_to_another_server(service: Service) -> None:
    """There transactions are numbered anew: all that there is seems to come from the future."""
    await make_contract(service, 1)
    await service.sms_settled()
    before = await check_complete(service)
    async with service.db.transaction():
        await service.db.execute("SET LOCAL session_replication_role = replica")
        for table in ("audit_logs", "message_fates", "feed_positions"):
            await service.db.execute(f"UPDATE {table} SET xid = xid + 100000000")  # noqa: S608 - our own words
        await service.db.execute("UPDATE feed_state SET server = 'another', seen_xid = seen_xid + 100000000")
    assert (await all_events(service))[: len(before)] == before
    await make_contract(service, 2)
    await service.sms_settled()
    after = await check_complete(service)
    assert after[: len(before)] == before
    state = await service.db.fetchrow("SELECT * FROM feed_state")
    assert state is not None
    assert state["server"] != "another" and state["moved_n"] > 0


async def test_messages_that_are_deleted_take_their_events_along(service: Service) -> None:
    await make_contract(service, 1)
    await service.sms_settled()
    before = await check_complete(service)
    gone = await service.db.fetch("DELETE FROM message_fates RETURNING n")
    fates = [event for event in before if event["type"] in ("message.submitted", "message.delivered")]
    assert len(gone) == len(fates) > 0
    left: list[Any] = [event for event in before if event not in fates]
    assert await all_events(service) == left, "their positions are left out"
    await service.db.execute("DELETE FROM feed_positions p WHERE is_fate")
    assert await all_events(service) == left, "also once these are gone"
    page = await get_json(service, f"/v1/events?after={left[-1]['id']}")
    assert page["items"] == [] and page["next"] == before[-1]["id"] and not page["more"]
    async with live_by_websocket(service, f"/v1/events/live?after={left[-1]['id']}") as socket:
        await note(service.db, "came.later")
        assert orjson.loads((await socket.receive(30)).data)["type"] == "came.later"


async def test_nobody_is_led_astray_by_a_notification(service: Service) -> None:
    await make_contract(service, 1)
    async with live_by_websocket(service) as socket:
        for told in ("7000000", "x", "-1", ""):
            await service.db.execute("SELECT pg_notify('events', $1)", told)
        await asyncio.sleep(0.2)
        await note(service.db, "came.later")
        async with asyncio.timeout(30):
            while orjson.loads((await socket.receive()).data)["type"] != "came.later":
                pass
