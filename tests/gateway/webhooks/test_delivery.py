"""Events sent by webhook: all of them, each lane in order, whatever the receiver does."""

import asyncio
import os
import random
from collections import Counter
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from tests.gateway.feed.reading import check_complete, get_json, make_contract, note, once, send_json, sent
from tests.gateway.webhooks.receiver import Receiver, open_receiver
from tests.gateway.webhooks.waiting import until
from tests.service import Service, open_service

Webhook = dict[str, Any]
ACTS = int(os.environ.get("VOICEPACT_ACTS", "36"))


async def add(service: Service, receiver: Receiver, **more: object) -> Webhook:
    added: Webhook = await send_json(service, "POST", "/v1/webhooks", {"url": receiver.url, **more}, 201)
    receiver.secrets = [added["secret"]]
    return added


async def make_each(service: Service, numbers: Iterator[int], worker: int) -> None:
    for number in numbers:
        await make_contract(service, number, worker)


async def shown(service: Service, webhook: Webhook) -> Webhook:
    found: Webhook = await get_json(service, f"/v1/webhooks/{webhook['id']}")
    return found


def in_lanes(events: list[dict[str, Any]]) -> dict[str, list[str]]:
    """Return the ids of the events of each contract, each at the place where it came first."""
    lanes: dict[str, list[str]] = {}
    for event in events:
        ids = lanes.setdefault(event["contract"]["id"] if event["contract"] else "", [])
        if event["id"] not in ids:
            ids.append(event["id"])
    return lanes


async def test_a_receiver_that_fails_at_random_gets_each_event_at_least_once(service: Service) -> None:
    """It says which it had: those are all, and of each contract in order. Signatures are checked by their library."""
    dice = random.Random(4)  # noqa: S311 - a test's own
    async with open_receiver(lambda _event, _before: dice.choice([200, 204, 204, 500, 404, 503, 302])) as receiver:
        await add(service, receiver)
        numbers = iter(range(ACTS // 3))
        await asyncio.gather(*(make_each(service, numbers, place % 2) for place in range(8)))
        await sent(service, within=600)
        expected = events = await check_complete(service)
        await until(lambda: len({event["id"] for event in receiver.had}) >= len(expected), within=900)
        had = Counter(event["id"] for event in receiver.had)
        assert had.keys() >= {event["id"] for event in expected}
        assert all(event == events[int(event["id"]) - 1] for event in receiver.had), "as the feed shows them"
        order = {
            lane: [each["id"] for each in expected if each["contract"] and each["contract"]["id"] == lane]
            for lane in in_lanes(expected)
            if lane
        }
        assert {lane: ids for lane, ids in in_lanes(receiver.had).items() if lane} == order
        assert receiver.refused and receiver.redirected == 0, "a redirect is a refusal"
        assert len(set(receiver.ids)) == len(had), "a repeat has the webhook-id of the first"


async def test_an_event_that_fails_holds_back_its_own_contract_only(service: Service) -> None:
    first = await make_contract(service, 1)
    await once(service, lambda found: len(found) >= 12)
    is_broken = True

    def decide(event: dict[str, Any], _before: int) -> int:
        return 500 if is_broken and event["type"] == "bad.one" else 204

    async with open_receiver(decide) as receiver:
        await add(service, receiver, types=None)
        await service.sms_settled()
        await note(service.db, "bad.one", UUID(first))
        await note(service.db, "behind.it", UUID(first))
        await make_contract(service, 2)
        await note(service.db, "of.nobody")
        await until(lambda: {"contract.confirmed", "of.nobody"} <= {event["type"] for event in receiver.had})
        await until(lambda: receiver.refused.count(receiver.refused[0]) > 1)
        assert "behind.it" not in {event["type"] for event in receiver.sent}
        is_broken = False
        await until(lambda: "behind.it" in {event["type"] for event in receiver.had})
        kinds = [event["type"] for event in receiver.had]
        assert kinds.index("bad.one") < kinds.index("behind.it")


async def test_who_answers_410_is_sent_nothing_more_until_an_operator_wants_it(service: Service) -> None:
    is_gone = True
    async with open_receiver(lambda _event, _before: 410 if is_gone else 204) as receiver:
        webhook = await add(service, receiver)
        await note(service.db, "some.thing")

        async def is_disabled() -> bool:
            return bool((await shown(service, webhook))["status"] == "disabled")

        async with asyncio.timeout(30):
            while not await is_disabled():  # noqa: ASYNC110 - over HTTP
                await asyncio.sleep(0.05)
        assert (await shown(service, webhook))["why"] == "it answered 410: it wants no more events"
        await note(service.db, "while.disabled")
        await asyncio.sleep(1.5)
        assert "while.disabled" not in {event["type"] for event in receiver.sent}
        is_gone = False
        await send_json(service, "PATCH", f"/v1/webhooks/{webhook['id']}", {"status": "active"}, 200)
        await until(lambda: {"while.disabled", "some.thing"} <= {event["type"] for event in receiver.had})


async def test_types_limit_what_is_sent(service: Service) -> None:
    async with open_receiver() as receiver:
        await add(service, receiver, types=["contract.confirmed", "message.delivered"])
        await make_contract(service, 1)
        await service.sms_settled()
        await until(lambda: len(receiver.had) >= 7)
        assert {event["type"] for event in receiver.had} == {"contract.confirmed", "message.delivered"}


async def test_after_a_rotation_both_secrets_sign(service: Service) -> None:
    async with open_receiver() as receiver:
        webhook = await add(service, receiver)
        rotated = await send_json(service, "POST", f"/v1/webhooks/{webhook['id']}/rotate", None, 200)
        assert rotated["secret"] != webhook["secret"] and rotated["old_secret_signs_until"]
        receiver.secrets = [rotated["secret"], webhook["secret"]]
        await asyncio.sleep(1.2)  # the holder reads its endpoints once a second
        receiver.sent.clear()
        await note(service.db, "after.rotation")
        await until(lambda: any(event["type"] == "after.rotation" for event in receiver.had))
        stored = await service.db.fetchrow("SELECT secret, old_secret FROM webhook_endpoints")
        assert stored and b"whsec" not in stored["secret"] and b"whsec" not in stored["old_secret"], "encrypted"
        assert rotated["secret"][6:] not in service.logged()


async def test_a_replay_sends_again_with_the_same_id(service: Service) -> None:
    async with open_receiver() as receiver:
        webhook = await add(service, receiver, after=0)
        for number in range(4):
            await note(service.db, f"number.{'abcd'[number]}")
        events = await once(service, lambda found: len(found) >= 5)
        await until(lambda: len(receiver.had) >= 5)
        async with asyncio.timeout(30):
            while (await shown(service, webhook))["waiting"]:  # noqa: ASYNC110 - over HTTP
                await asyncio.sleep(0.05)
        path = f"/v1/webhooks/{webhook['id']}/replay"
        body = {"after": int(events[1]["id"]), "to": int(events[3]["id"])}
        assert await send_json(service, "POST", path, body, 202) == {"events": 2}
        await until(lambda: len(receiver.had) >= 7)
        await asyncio.sleep(0.3)
        assert sorted(event["id"] for event in receiver.had[5:]) == [events[2]["id"], events[3]["id"]]
        assert set(receiver.ids[5:]) <= set(receiver.ids[:5])
        attempts = await get_json(service, f"/v1/webhooks/{webhook['id']}/attempts?event={events[2]['id']}")
        assert [one["http_status"] for one in attempts["items"]] == [204, 204]


async def test_what_was_given_up_can_be_replayed(service: Service) -> None:
    is_broken = True
    async with open_receiver(lambda _event, _before: 500 if is_broken else 204) as receiver:
        webhook = await add(service, receiver)
        await note(service.db, "too.late")
        await until(lambda: sum(event["type"] == "too.late" for event in receiver.sent) > 1)
        await service.db.execute("UPDATE webhook_deliveries SET since = since - interval '4 days'")
        async with asyncio.timeout(30):
            while not (await shown(service, webhook))["failed"]:  # noqa: ASYNC110 - over HTTP
                await asyncio.sleep(0.05)
        is_broken = False
        await send_json(service, "POST", f"/v1/webhooks/{webhook['id']}/replay", {"failed": True}, 202)
        await until(lambda: any(event["type"] == "too.late" for event in receiver.had))
        assert '"webhook given up"' in service.logged()


async def test_a_private_address_that_was_allowed_before_is_not_connected_to(
    database_url: str, redis_url: str
) -> None:  # fmt: skip
    """The setting was switched off after the webhook had been added: the socket is refused, and the tries say why."""
    async with open_receiver() as receiver:
        async with open_service(database_url, redis_url, events_to_private_addresses=True) as service:
            webhook = await add(service, receiver)
        async with open_service(database_url, redis_url) as service:
            await note(service.db, "not.for.you")
            path = f"/v1/webhooks/{webhook['id']}/attempts"
            async with asyncio.timeout(30):
                while not (items := (await get_json(service, path))["items"]):  # noqa: ASYNC110 - over HTTP
                    await asyncio.sleep(0.05)
            assert {item["why"] for item in items} == {"its address is not public"}
            refused = await send_json(service, "POST", "/v1/webhooks", {"url": receiver.url + "x"}, 422)
            assert refused["field"] == "url"
        assert "not.for.you" not in {event["type"] for event in receiver.sent}
