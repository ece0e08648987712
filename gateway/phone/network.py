"""The network of a handset in the terminal: finds the running service, and finds it again after a restart."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final, TypeVar
from uuid import uuid4

import aiohttp
import orjson

from contracts.fields.msisdn import Msisdn
from gateway.commands.startup import StartError
from gateway.phone.service_link import (
    Call,
    HookLink,
    NoAnswerError,
    PaymentPrompt,
    ReceivedSms,
    ServiceLink,
    SimulatorLink,
)
from gateway.simulator.control import KEY_HEADER
from gateway.simulator.gateway_client import GatewayClient
from values.frozen import Frozen, Hidden

POLL_SECONDS: Final = 25.0  # how long one request waits for an SMS; the simulator allows 30
_TIMEOUT = aiohttp.ClientTimeout(total=POLL_SECONDS + 10)
_PROBE_TIMEOUT = aiohttp.ClientTimeout(total=10)  # a busy machine is slow; one without a service refuses at once
_CONNECTION_ERRORS: Final = (aiohttp.ClientError, TimeoutError)

_T = TypeVar("_T")


class ServiceAddress(Frozen):
    """Where the service runs. With `url` None it is reached through the simulator only."""

    url: str | None
    token: Hidden[str]
    simulator_url: str | None
    simulator_key: Hidden[str] = ""


class Network:
    """A link to the service. When the connection breaks, look once more where the service is: it may have restarted."""

    def __init__(self, find: Callable[[], Awaitable[ServiceLink]], link: ServiceLink) -> None:
        self._find = find
        self._link = link

    @property
    def shows_sms(self) -> bool:
        return self._link.shows_sms

    async def hop(self, call: Call) -> str:
        """Return the reply with its CON or END. Raise NoAnswerError; the same call may then be tried again."""
        call.last_reply = await self._try(lambda link: link.hop(call))
        return call.last_reply

    async def end(self, call: Call) -> None:
        """Tell the service that the session is over, as the provider does. Raise NoAnswerError."""
        await self._try(lambda link: link.end(call))

    async def send_sms(self, text: str) -> None:
        """Raise NoAnswerError if the service did not take it. A second try has the same id: it is still one SMS."""
        message_id = str(uuid4())
        await self._try(lambda link: link.send_sms(text, message_id))

    async def received_sms(self, after: int, wait_seconds: float) -> list[ReceivedSms]:
        """Return the SMS after the `after`th; wait up to `wait_seconds` for one. Raise NoAnswerError."""
        return await self._try(lambda link: link.received_sms(after, wait_seconds))

    async def payment_prompts(self, wait_seconds: float) -> list[PaymentPrompt]:
        """Return the requests to pay that are open on this phone; wait up to `wait_seconds` for one. Raise
        NoAnswerError."""
        return await self._try(lambda link: link.payment_prompts(wait_seconds))

    async def answer_prompt(self, prompt_id: str, pin: str | None) -> str | None:
        """Pay with the PIN of the mobile money, or (None) refuse. Return the receipt; None: it was not paid."""
        return await self._try(lambda link: link.answer_prompt(prompt_id, pin))

    async def _try(self, call: Callable[[ServiceLink], Awaitable[_T]]) -> _T:
        try:
            try:
                return await call(self._link)
            except aiohttp.ClientConnectionError:
                self._link = await self._find()
                return await call(self._link)
        except StartError as fault:
            raise NoAnswerError(str(fault)) from None
        except _CONNECTION_ERRORS as fault:
            raise NoAnswerError(f"the service does not answer ({type(fault).__name__})") from None


@asynccontextmanager
async def open_network(
    address: Callable[[], ServiceAddress], msisdn: Msisdn, service_code: str
) -> AsyncIterator[Network]:
    """Return the network for one handset. Raise StartError if nothing answers at the address."""
    async with aiohttp.ClientSession(timeout=_TIMEOUT) as http, AsyncExitStack() as clients:

        async def find() -> ServiceLink:
            found = address()
            await _check_running(http, found)
            if found.simulator_url and (found.url is None or await _is_simulator(http, found)):
                return SimulatorLink(http, found.simulator_url, found.simulator_key, msisdn, service_code)
            assert found.url
            client = GatewayClient(found.url, found.token, 0.2, 3)
            clients.push_async_callback(client.close)
            await client.open()
            return HookLink(client, msisdn, service_code)

        yield Network(find, await find())


def announced_address(data_dir: Path) -> ServiceAddress:
    """Return the address that `voicepact serve` wrote to the data folder. Raise StartError if there is none."""
    try:
        announced = orjson.loads((data_dir / "serve.json").read_bytes())
        return ServiceAddress(
            str(announced["url"]), str(announced["token"]), announced["simulator_url"],
            str(announced.get("simulator_key", "")),
        )  # fmt: skip
    except FileNotFoundError:
        raise StartError(f"no service has run on {data_dir}; start it with make run") from None
    except (OSError, ValueError, KeyError, TypeError):
        raise StartError(f"{data_dir / 'serve.json'} cannot be read; start the service again with make run") from None


async def _check_running(http: aiohttp.ClientSession, address: ServiceAddress) -> None:
    running = await (_answers(http, address.url, "/livez") if address.url else _is_simulator(http, address))
    if not running:
        url = address.url or address.simulator_url
        raise StartError(f"the service is not running at {url}; start it with make run")


async def _is_simulator(http: aiohttp.ClientSession, address: ServiceAddress) -> bool:
    """AT_BASE_URL may be any host's; only our simulator has a control API."""
    return await _answers(http, address.simulator_url, "/control/faults", {KEY_HEADER: address.simulator_key})


async def _answers(
    http: aiohttp.ClientSession, url: str | None, path: str, headers: dict[str, str] | None = None
) -> bool:
    try:
        probed = f"{(url or '').rstrip('/')}{path}"
        async with http.get(probed, headers=headers, timeout=_PROBE_TIMEOUT, allow_redirects=False) as answer:
            return answer.status == 200
    except (*_CONNECTION_ERRORS, ValueError):
        return False
