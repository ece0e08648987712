"""The two ways from a handset in the terminal to the service: through the simulator, or straight to its hooks."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Protocol
from uuid import uuid4

import aiohttp

from contracts.fields.msisdn import Msisdn
from gateway.simulator.control import KEY_HEADER
from gateway.simulator.gateway_client import GatewayClient
from values.frozen import Frozen, Hidden

SHORTCODE: Final = "22483"  # the handset sends its SMS here; the service takes an SMS to any shortcode
_CANCELLED: Final = "1032"  # how M-Pesa says that a person refused
NETWORK_CODE: Final = "99999"  # the code that Africa's Talking gives its sandbox


class NoAnswerError(Exception):
    """The service sent no screen, or did not take an SMS. The message says why in a few words."""


@dataclass(slots=True)
class Call:
    """One USSD session as the network sees it. `history`: all answers so far, joined with `*`."""

    session_id: str = field(default_factory=lambda: f"ATUid_{uuid4().hex}")
    history: str = field(default="", repr=False)
    hops: int = 0
    last_reply: str = field(default="", repr=False)
    began_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def add(self, typed: str) -> None:
        """Append an answer to the history."""
        self.history = f"{self.history}*{typed}" if self.history else typed

    def status(self) -> str:
        """How the session ended, in the words of Africa's Talking."""
        return {"END": "Success", "CON": "Incomplete"}.get(self.last_reply[:3], "Failed")


class ReceivedSms(Frozen):
    """An SMS that arrived on this handset, the `n`th of all."""

    n: int
    message_id: str
    sender: str
    text: Hidden[str]
    at: datetime


class PaymentPrompt(Frozen):
    """A request of mobile money on this handset: to pay `amount` (`KES 3500.00`) for the account `reference`."""

    id: str
    amount: str
    business: str
    reference: str


class ServiceLink(Protocol):
    """What a handset needs of the service. Each method raises NoAnswerError, or what aiohttp raises."""

    shows_sms: bool  # whether SMS from the service reach this handset

    async def hop(self, call: Call) -> str: ...
    async def end(self, call: Call) -> None: ...
    async def send_sms(self, text: str, message_id: str) -> None: ...
    async def received_sms(self, after: int, wait_seconds: float) -> list[ReceivedSms]: ...
    async def payment_prompts(self, wait_seconds: float) -> list[PaymentPrompt]: ...
    async def answer_prompt(self, prompt_id: str, pin: str | None) -> str | None: ...


class SimulatorLink:
    """Through the simulator's control API: the simulator plays the provider and keeps this handset's SMS.
    `network_code`: of the network that carries the caller, in Africa's Talking's numbers."""

    shows_sms = True

    def __init__(
        self, http: aiohttp.ClientSession, url: str, key: str, msisdn: Msisdn, service_code: str,
        network_code: str = NETWORK_CODE,
    ) -> None:  # fmt: skip
        self._http = http
        self._headers = {KEY_HEADER: key}
        self._url = url.rstrip("/")
        self._msisdn = msisdn
        self._session = {"msisdn": msisdn, "service_code": service_code, "network_code": network_code}

    async def hop(self, call: Call) -> str:
        answer = await self._post("dial", {**self._session, "session_id": call.session_id, "text": call.history})
        return _screen(int(answer["status"]), str(answer["body"]))

    async def end(self, call: Call) -> None:
        await self._post("hangup", {**self._session, "session_id": call.session_id})

    async def send_sms(self, text: str, message_id: str) -> None:
        sms = {"from": self._msisdn, "to": SHORTCODE, "text": text, "id": message_id}
        _check_taken(int((await self._post("mo", sms))["status"]))

    async def received_sms(self, after: int, wait_seconds: float) -> list[ReceivedSms]:
        url = f"{self._url}/control/inbox/{self._msisdn}?after={after}&wait={wait_seconds:g}"
        async with self._http.get(url, headers=self._headers, allow_redirects=False) as answer:
            answer.raise_for_status()
            return [_received_sms(sms) for sms in await answer.json()]

    async def payment_prompts(self, wait_seconds: float) -> list[PaymentPrompt]:
        url = f"{self._url}/control/daraja/prompts/{self._msisdn}?wait={wait_seconds:g}"
        async with self._http.get(url, headers=self._headers, allow_redirects=False) as answer:
            if answer.status == 404:
                return []
            answer.raise_for_status()
            return [_prompt(each) for each in await answer.json()]

    async def answer_prompt(self, prompt_id: str, pin: str | None) -> str | None:
        body = {"pin": pin} if pin else {"code": _CANCELLED}
        answer = await self._post(f"daraja/prompts/{prompt_id}", body)
        return str(answer["receipt"]) if answer["code"] == "0" else None

    async def _post(self, path: str, body: dict[str, str]) -> dict[str, Any]:
        url = f"{self._url}/control/{path}"
        async with self._http.post(url, json=body, headers=self._headers, allow_redirects=False) as reply:
            answer: dict[str, Any] = await reply.json()
        if "error" in answer:
            raise NoAnswerError(f"the service does not answer ({answer['error']})")
        return answer


class HookLink:
    """Straight to the service's hooks, with the forms that the provider posts. SMS from the service go elsewhere."""

    shows_sms = False

    def __init__(self, client: GatewayClient, msisdn: Msisdn, service_code: str) -> None:
        self._client = client
        self._msisdn = msisdn
        self._form = {"phoneNumber": msisdn, "serviceCode": service_code, "networkCode": NETWORK_CODE}

    async def hop(self, call: Call) -> str:
        answer = await self._client.post("ussd", {**self._form, "sessionId": call.session_id, "text": call.history})
        return _screen(answer.status, answer.body.decode(errors="replace"))

    async def end(self, call: Call) -> None:
        now = datetime.now(UTC)
        took_ms = int((now - call.began_at).total_seconds() * 1000)
        form = {**self._form, "sessionId": call.session_id, "input": call.history, "status": call.status()}
        form |= {"date": f"{now:%Y-%m-%d %H:%M:%S}", "durationInMillis": str(took_ms), "cost": "0.00"}
        form |= {"hopsCount": str(call.hops), "lastAppResponse": call.last_reply, "errorMessage": ""}
        await self._client.post("ussd/events", form)

    async def send_sms(self, text: str, message_id: str) -> None:
        form = {"from": self._msisdn, "to": SHORTCODE, "text": text, "id": message_id, "linkId": ""}
        form |= {"date": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", "networkCode": NETWORK_CODE}
        _check_taken((await self._client.deliver("sms", form)).status)

    async def received_sms(self, after: int, wait_seconds: float) -> list[ReceivedSms]:
        return []

    async def payment_prompts(self, wait_seconds: float) -> list[PaymentPrompt]:
        return []

    async def answer_prompt(self, prompt_id: str, pin: str | None) -> str | None:
        raise NoAnswerError("there is no request to pay here")


def _screen(status: int, body: str) -> str:
    if status == 404:
        raise NoAnswerError("the service does not know this token (404)")
    if status != 200 or not body.startswith(("CON", "END")):
        raise NoAnswerError(f"the service sent no screen (status {status})")
    return body


def _check_taken(status: int) -> None:
    if status != 200:
        raise NoAnswerError(f"the service did not take the SMS (status {status or 'none'})")


def _prompt(found: dict[str, Any]) -> PaymentPrompt:
    amount = f"{found['currency']} {found['amount'].removesuffix('.00')}"
    return PaymentPrompt(str(found["id"]), amount, str(found["business"]), str(found["reference"]))


def _received_sms(found: dict[str, Any]) -> ReceivedSms:
    at = datetime.fromisoformat(found["accepted_at"])
    return ReceivedSms(int(found["n"]), str(found["id"]), str(found["from"]), str(found["text"]), at)
