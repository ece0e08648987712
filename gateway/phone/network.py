"""The network a handset in the terminal hangs on: the double of Africa's Talking, or the service's hooks themselves."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar
from uuid import uuid4

import aiohttp
import orjson

from contracts.fields.msisdn import Msisdn
from gateway.commands.startup import StartError
from gateway.simulator.gateway_client import GatewayClient
from values.frozen import Frozen, Hidden

SHORTCODE: Final = "22483"  # where the handset's SMS go; the service takes them at any
NETWORK_CODE: Final = "99999"  # Africa's Talking's own for its sandbox
POLL_SECONDS: Final = 25.0  # a long poll; the double grants 30
_DEADLINE = aiohttp.ClientTimeout(total=POLL_SECONDS + 10)
_PROBE = aiohttp.ClientTimeout(total=3)
_LOST: Final = (aiohttp.ClientError, TimeoutError)

_T = TypeVar("_T")


class NoAnswerError(Exception):
    """Why there is nothing to show, in a few words."""


@dataclass(slots=True)
class Call:
    """One USSD session as the network sees it. `history` is all that was typed, joined with `*`."""

    session_id: str = field(default_factory=lambda: f"ATUid_{uuid4().hex}")
    history: str = field(default="", repr=False)
    hops: int = 0
    last_reply: str = field(default="", repr=False)
    began_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def typed(self, text: str) -> None:
        """Put an answer at the end of the history."""
        self.history = f"{self.history}*{text}" if self.history else text

    def status(self) -> str:
        """Africa's Talking's word for how it went."""
        return {"END": "Success", "CON": "Incomplete"}.get(self.last_reply[:3], "Failed")


class Sms(Frozen):
    """A text that arrived on this handset."""

    n: int
    message_id: str
    sender: str
    text: Hidden[str]
    at: datetime


class Where(Frozen):
    """The addresses of a running service; without `simulator_url` its hooks are called directly."""

    url: str | None
    token: Hidden[str]
    simulator_url: str | None


class Way(Protocol):
    """What both ways to the service can do. Each raises what aiohttp raises, or NoAnswerError."""

    brings_sms: bool

    async def hop(self, call: Call) -> str: ...
    async def end(self, call: Call) -> None: ...
    async def send_sms(self, text: str, message_id: str) -> None: ...
    async def texts(self, after: int, wait_seconds: float) -> list[Sms]: ...


class ThroughDouble:
    """The double's control API: it plays the provider, and keeps this handset's inbox."""

    brings_sms = True

    def __init__(self, http: aiohttp.ClientSession, url: str, msisdn: Msisdn, service_code: str) -> None:
        self._http = http
        self._url = url.rstrip("/")
        self._msisdn = msisdn
        self._line = {"msisdn": msisdn, "service_code": service_code}

    async def hop(self, call: Call) -> str:
        said = await self._post("dial", {**self._line, "session_id": call.session_id, "text": call.history})
        return _screen(int(said["status"]), str(said["body"]))

    async def end(self, call: Call) -> None:
        await self._post("hangup", {**self._line, "session_id": call.session_id})

    async def send_sms(self, text: str, message_id: str) -> None:
        said = await self._post("mo", {"from": self._msisdn, "to": SHORTCODE, "text": text, "id": message_id})
        _taken(int(said["status"]))

    async def texts(self, after: int, wait_seconds: float) -> list[Sms]:
        where = f"{self._url}/control/inbox/{self._msisdn}?after={after}&wait={wait_seconds:g}"
        async with self._http.get(where) as answer:
            answer.raise_for_status()
            return [_sms(found) for found in await answer.json()]

    async def _post(self, path: str, body: dict[str, str]) -> dict[str, Any]:
        async with self._http.post(f"{self._url}/control/{path}", json=body) as answer:
            said: dict[str, Any] = await answer.json()
        if "error" in said:
            raise NoAnswerError(f"the service does not answer ({said['error']})")
        return said


class ThroughHooks:
    """Form posts straight to the service, as the provider makes them. What it sends by SMS goes elsewhere."""

    brings_sms = False

    def __init__(self, line: GatewayClient, msisdn: Msisdn, service_code: str) -> None:
        self._line = line
        self._msisdn = msisdn
        self._form = {"phoneNumber": msisdn, "serviceCode": service_code, "networkCode": NETWORK_CODE}

    async def hop(self, call: Call) -> str:
        answer = await self._line.post("ussd", {**self._form, "sessionId": call.session_id, "text": call.history})
        return _screen(answer.status, answer.body.decode(errors="replace"))

    async def end(self, call: Call) -> None:
        now = datetime.now(UTC)
        took_ms = int((now - call.began_at).total_seconds() * 1000)
        form = {**self._form, "sessionId": call.session_id, "input": call.history, "status": call.status()}
        form |= {"date": f"{now:%Y-%m-%d %H:%M:%S}", "durationInMillis": str(took_ms), "cost": "0.00"}
        form |= {"hopsCount": str(call.hops), "lastAppResponse": call.last_reply, "errorMessage": ""}
        await self._line.post("ussd/events", form)

    async def send_sms(self, text: str, message_id: str) -> None:
        form = {"from": self._msisdn, "to": SHORTCODE, "text": text, "id": message_id, "linkId": ""}
        form |= {"date": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", "networkCode": NETWORK_CODE}
        _taken((await self._line.deliver("sms", form)).status)

    async def texts(self, after: int, wait_seconds: float) -> list[Sms]:
        return []


class Network:
    """One way to the service at a time. When it breaks, `find` is asked once more: a restarted service is elsewhere."""

    def __init__(self, find: Callable[[], Awaitable[Way]], way: Way) -> None:
        self._find = find
        self._way = way

    @property
    def brings_sms(self) -> bool:
        return self._way.brings_sms

    async def hop(self, call: Call) -> str:
        """The service's reply, prefix and all. Raises NoAnswerError; the same call may be tried again then."""
        call.last_reply = await self._tried(lambda way: way.hop(call))
        return call.last_reply

    async def end(self, call: Call) -> None:
        """Tell the service that the session is over, as the provider does. Raises NoAnswerError."""
        await self._tried(lambda way: way.end(call))

    async def send_sms(self, text: str) -> None:
        """Raises NoAnswerError where the service did not take it. Tried twice it is still one SMS."""
        message_id = str(uuid4())
        await self._tried(lambda way: way.send_sms(text, message_id))

    async def texts(self, after: int, wait_seconds: float) -> list[Sms]:
        """What arrived after the `after`th text. Raises NoAnswerError."""
        return await self._tried(lambda way: way.texts(after, wait_seconds))

    async def _tried(self, ask: Callable[[Way], Awaitable[_T]]) -> _T:
        try:
            try:
                return await ask(self._way)
            except aiohttp.ClientConnectionError:
                self._way = await self._find()
                return await ask(self._way)
        except StartError as fault:
            raise NoAnswerError(str(fault)) from None
        except _LOST as fault:
            raise NoAnswerError(f"the service does not answer ({type(fault).__name__})") from None


@asynccontextmanager
async def connected(where: Callable[[], Where], msisdn: Msisdn, service_code: str) -> AsyncIterator[Network]:
    """The network, for one handset. Raises StartError where nothing answers at `where`."""
    async with aiohttp.ClientSession(timeout=_DEADLINE) as http:
        lines: list[GatewayClient] = []

        async def find() -> Way:
            found = where()
            await _alive(http, found)
            if found.simulator_url and (found.url is None or await _is_double(http, found.simulator_url)):
                return ThroughDouble(http, found.simulator_url, msisdn, service_code)
            assert found.url
            lines.append(GatewayClient(found.url, found.token, 0.2, 3))
            await lines[-1].open()
            return ThroughHooks(lines[-1], msisdn, service_code)

        try:
            yield Network(find, await find())
        finally:
            for line in lines:
                await line.close()


def running_on(data_dir: Path) -> Where:
    """What `voicepact serve` wrote down there. Raises StartError where it did not."""
    try:
        told = orjson.loads((data_dir / "serve.json").read_bytes())
        return Where(str(told["url"]), str(told["token"]), told["simulator_url"])
    except FileNotFoundError:
        raise StartError(f"no service has run on {data_dir}; start it with make run") from None
    except (OSError, ValueError, KeyError, TypeError):
        raise StartError(f"{data_dir / 'serve.json'} cannot be read; start the service again with make run") from None


async def _alive(http: aiohttp.ClientSession, where: Where) -> None:
    url = where.url or where.simulator_url
    path = "/livez" if where.url else "/control/faults"
    try:
        async with http.get(f"{(url or '').rstrip('/')}{path}", timeout=_PROBE) as answer:
            if answer.status == 200:
                return
    except (*_LOST, ValueError):
        pass
    raise StartError(f"the service is not running at {url}; start it with make run")


async def _is_double(http: aiohttp.ClientSession, url: str) -> bool:
    """AT_BASE_URL may name any host; only our double has a control API."""
    try:
        async with http.get(f"{url.rstrip('/')}/control/faults", timeout=_PROBE) as answer:
            return answer.status == 200
    except (*_LOST, ValueError):
        return False


def _screen(status: int, body: str) -> str:
    if status == 404:
        raise NoAnswerError("the service does not know this token (404)")
    if status != 200 or not body.startswith(("CON", "END")):
        raise NoAnswerError(f"the service sent no screen (status {status})")
    return body


def _taken(status: int) -> None:
    if status != 200:
        raise NoAnswerError(f"the service did not take the SMS (status {status or 'none'})")


def _sms(found: dict[str, Any]) -> Sms:
    at = datetime.fromisoformat(found["accepted_at"])
    return Sms(int(found["n"]), str(found["id"]), str(found["from"]), str(found["text"]), at)
