"""`voicepact listen`: events in this terminal, as they happen, over the API."""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp
import orjson
from yarl import URL

from gateway.commands.operator import given_key
from gateway.commands.startup import StartError, running_service
from gateway.commands.terminal import echo, warn
from gateway.settings import Settings, with_kept_secrets

_AGAIN_SECONDS = 1.0
_CONNECTS_WITHIN_SECONDS = 5.0


async def follow(
    settings: Settings, url: str | None, after: int | None, contract: str | None, data_dir: Path, *, as_json: bool
) -> None:  # fmt: skip
    """Print each event on a line, until Ctrl-C. Where the service goes away, wait for it and go on behind the last
    event that was printed. Raise StartError if it refuses."""
    if settings.environment != "production":
        settings = with_kept_secrets(settings, data_dir)
    running = running_service(data_dir)
    base = url or (str(running["url"]) if running else "http://127.0.0.1:8000")
    given = given_key(must_be_there=False) or settings.api_key.get_secret_value()
    if not given:
        raise StartError(f"no service has run on {data_dir}: set OPERATOR_KEY or API_KEY")
    path = f"/v1/contracts/{contract}/live" if contract else "/v1/events/live"
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=_CONNECTS_WITHIN_SECONDS)
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {given}"}, timeout=timeout) as http:
        is_lost, query = False, {"after": "latest" if after is None else str(after)}
        while True:
            try:
                if query["after"] == "latest":  # what happens before the stream has begun is not missed, either
                    query = {"after": await _newest(http, URL(base))}
                async with http.ws_connect(URL(base + path).with_query(query), heartbeat=20.0) as socket:
                    is_lost = False
                    async for message in socket:
                        event = orjson.loads(message.data)
                        echo(message.data if as_json else line_of(event))
                        query = {"after": event["id"]}
            except aiohttp.WSServerHandshakeError as refused:
                if refused.status < 500:
                    raise StartError(await _why(http, URL(base + path).with_query(query), refused.status)) from None
            except (aiohttp.ClientError, TimeoutError, OSError):
                pass
            if not is_lost:
                warn(f"{base} is away; waiting for it")
                is_lost = True
            await asyncio.sleep(_AGAIN_SECONDS)


def line_of(event: dict[str, Any]) -> str:
    """Return an event for people: its time here, its id and type, the contract, and who or what became of what."""
    at, data = datetime.fromisoformat(event["at"]).astimezone(), event["data"]
    reference = event["contract"]["reference"] if event["contract"] else ""
    if message := data.get("message"):
        said = f"{message['kind']}{': ' + data['why'] if 'why' in data else ''}"
    else:
        role = (data["actor"] or {}).get("role") or ("person" if data["actor"] else "")
        who = role or data["details"].get("role") or data["details"].get("operator") or ""
        status = data.get("after", {}).get("status", "")
        said = f"{who} by {data['channel']}{', ' + status if status else ''}".strip()
    return f"{at:%H:%M:%S}  {event['id']:>8}  {event['type']:<22} {reference:<8}  {said}"


async def _newest(http: aiohttp.ClientSession, base: URL) -> str:
    """Return the id of the newest event. Raise StartError if the service refuses."""
    url = base.with_path("/v1/events").with_query(after="latest")
    async with http.get(url) as answer:
        if answer.status != 200:
            raise StartError(await _why(http, url, answer.status))
        return str(orjson.loads(await answer.read())["next"])


async def _why(http: aiohttp.ClientSession, url: URL, status: int) -> str:
    """Return what the service says to this request: a refused WebSocket has no body to read."""
    async with http.get(url) as answer:
        if answer.content_type == "application/problem+json":
            return str(orjson.loads(await answer.read())["title"])
    return f"{url.origin()} answered {status}: is it a VoicePact service?"
