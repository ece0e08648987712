"""`voicepact webhook` and `voicepact listen`, as a person types them."""

import asyncio
import os
import sys
from collections.abc import Mapping

import orjson

from tests.gateway.feed.reading import get_json, make_contract, note
from tests.gateway.webhooks.receiver import open_receiver
from tests.gateway.webhooks.waiting import until
from tests.service import Service
from tests.serving import ROOT


def env_of(service: Service) -> Mapping[str, str]:
    settings = service.settings
    assert settings.database_url
    return {
        **os.environ, "DATABASE_URL": settings.database_url, "COLUMNS": "250",
        "SECRET_KEY": settings.secret_key.get_secret_value(), "EVENTS_TO_PRIVATE_ADDRESSES": "true",
    }  # fmt: skip


async def run(service: Service, *words: str, code: int = 0, key: str | None = None) -> str:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway", *words, env={**env_of(service), **({"OPERATOR_KEY": key} if key else {})},
        cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    assert process.returncode == code, err.decode()
    return (out + err).decode()


async def test_a_webhook_is_added_looked_at_replayed_and_removed(service: Service) -> None:
    async with open_receiver() as receiver:
        first, second = (await run(service, "webhook", "add", receiver.url, "--operator", "Ann")).splitlines()
        assert second.startswith("secret, shown once: whsec_")
        receiver.secrets = [second.rpartition(" ")[2]]
        assert receiver.url in await run(service, "webhook", "list")
        # The service of this test may not post to this machine: it says so, and an operator sees it.
        await note(service.db, "some.thing")
        path = f"/v1/webhooks/{first}/attempts"
        async with asyncio.timeout(60):
            while not (await get_json(service, path))["items"]:  # noqa: ASYNC110 - over HTTP
                await asyncio.sleep(0.1)
        assert "its address is not public" in await run(service, "webhook", "attempts", first)
        rotated = await run(service, "webhook", "rotate", first)
        assert "whsec_" in rotated and receiver.secrets[0] not in rotated
        assert await run(service, "webhook", "replay", first, "--failed") == "0 events will be sent again\n"
        assert await run(service, "webhook", "disable", first) == "disabled\n"
        assert "disabled: an operator" in await run(service, "webhook", "list")
        assert await run(service, "webhook", "enable", first) == "enabled\n"
        assert "already" in await run(service, "webhook", "add", receiver.url, code=2)
        assert await run(service, "webhook", "remove", first) == "removed\n"
        assert "there is no webhook" in await run(service, "webhook", "remove", first, code=2)
        assert await run(service, "webhook", "list") == "there is no webhook\n"
    noted = await service.db.fetch("SELECT details FROM audit_actions WHERE action = 'webhook.added'")
    assert [row["details"]["operator"].startswith("command line: Ann") for row in noted] == [True]


async def test_what_cannot_be_is_named_in_one_line(service: Service) -> None:
    for words, why in (
        (("add", "ftp://shop.example/"), "should begin with"),
        (("add", "https://shop.example/", "--type", "no.such"), "no.such is no type of events"),
        (("add", "https://shop.example/", "--after", "99"), "the newest event is 0"),
        (("replay", "00000000-0000-0000-0000-000000000007"), "give --after ID, or --failed"),
        (("rotate", "00000000-0000-0000-0000-000000000007"), "there is no webhook with this id"),
    ):
        said = await run(service, "webhook", *words, code=2)
        assert why in said and len(said.splitlines()) == 1


async def test_listen_prints_events_as_they_happen(service: Service) -> None:
    key = service.settings.api_key.get_secret_value()
    where = ("listen", "--url", service.edge.url)
    listening = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-m", "gateway", *where, *more, env={**env_of(service), "OPERATOR_KEY": key}, cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
        )
        for more in (("--after", "0"), ("--after", "0", "--json"))
    ]  # fmt: skip
    lines: list[list[str]] = [[], []]

    async def read(place: int) -> None:
        stdout = listening[place].stdout
        assert stdout
        async for line in stdout:
            lines[place].append(line.decode().rstrip("\n"))

    reading = [asyncio.create_task(read(place)) for place in range(2)]
    await make_contract(service, 1)
    await service.sms_settled()
    await until(lambda: min(map(len, lines)) >= 24)
    for process in listening:
        process.terminate()
        await process.wait()
    await asyncio.gather(*reading)
    (confirmed,) = [line for line in lines[0] if "contract.confirmed" in line]
    event = next(orjson.loads(line) for line in lines[1] if '"contract.confirmed"' in line)
    assert event["contract"]["reference"] in confirmed and event["id"] in confirmed
    assert "service by service, CONFIRMED" in confirmed
    assert "seller by sms" in "".join(lines[0])


async def test_listen_says_why_the_service_refuses(service: Service) -> None:
    said = await run(service, "listen", "--url", service.edge.url, key="wrong", code=2)
    assert "your API key" in said and len(said.splitlines()) == 1
    key = service.settings.api_key.get_secret_value()
    said = await run(service, "listen", "--url", service.edge.url, "--after", "900", key=key, code=2)
    assert "behind the newest event" in said
