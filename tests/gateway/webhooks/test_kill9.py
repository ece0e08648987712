"""kill -9 of the process that delivers: another one goes on, and nothing is lost."""

import asyncio
import random
from pathlib import Path
from signal import SIGKILL

import orjson

from storage.postgres.database import connect
from tests.gateway.feed.reading import note
from tests.gateway.webhooks.receiver import open_receiver
from tests.gateway.webhooks.waiting import until
from tests.serving import open_serving

KEY = "an-api-key-of-a-test"
_EVENTS = 400


async def test_another_goes_on_when_the_one_that_delivers_is_killed(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    env = {
        "DATABASE_URL": database_url, "REDIS_URL": redis_url, "AT_BASE_URL": "http://127.0.0.1:9",
        "ENVIRONMENT": "testing", "API_KEY": KEY, "EVENTS_TO_PRIVATE_ADDRESSES": "true", "SECRET_KEY": "s" * 32,
    }  # fmt: skip
    dice, db = random.Random(9), await connect(database_url)  # noqa: S311 - a test's own

    async def write() -> None:
        """On a connection of its own."""
        writer = await connect(database_url)
        for number in range(_EVENTS):
            await note(writer, f"number.n{number}")
            await asyncio.sleep(0.005)
        await writer.close()

    async with (
        open_receiver(lambda _event, _before: 204) as receiver,
        open_serving(tmp_path / "first", **env) as first,
    ):
        body = orjson.dumps({"url": receiver.url})
        headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
        async with first.http.post(f"{first.url}/v1/webhooks", data=body, headers=headers) as answer:
            assert answer.status == 201, await answer.text()
            receiver.secrets = [(await answer.json())["secret"]]
        async with asyncio.timeout(60):  # the first alone runs, so it is the first that holds the webhook
            while (holder := await db.fetchval("SELECT holder FROM webhook_endpoints")) is None:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        async with open_serving(tmp_path / "second", **env):
            writing = asyncio.create_task(write())
            await until(lambda: len(receiver.had) > dice.randint(20, 80))
            await first.stop_with(SIGKILL)
            await writing
            await until(lambda: len({event["id"] for event in receiver.had}) >= _EVENTS + 1)
            assert await db.fetchval("SELECT holder FROM webhook_endpoints") not in (None, holder)
    await db.close()
    first_times = [event["type"] for place, event in enumerate(receiver.had) if event not in receiver.had[:place]]
    assert {*first_times} == {"webhook.added", *(f"number.n{number}" for number in range(_EVENTS))}
    assert len(receiver.had) - len(first_times) <= 8, "only what was under way came twice"
