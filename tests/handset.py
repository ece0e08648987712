"""A feature phone on the real HTTP edge, in Africa's Talking's wire.

    amina = Handset(edge, "+254712345678")
    home = await amina.dial()
    screen = await amina.types("2")
    assert "buyer" in screen.text
    await amina.texts("YES")
    sms = await amina.next_sms()

Every screen is weighed as it comes, and every PIN is remembered, so that a test can look for it where it must not be.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import aiohttp

from menus.gsm7 import is_gsm7, septets, units

SEPTETS, UNITS = 160, 70  # what any network shows of a screen, the provider's prefix included
MORE = "98"
HEADERS = {
    "Content-Type": "application/x-www-form-urlencoded",
    "User-Agent": "at-ussd-api/1.0",
    "Accept-Encoding": "gzip",
}
_PIN = re.compile(r"[0-9]{4,}")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the edge said to one request."""

    status: int
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Edge:
    """Where the provider of a handset calls (`url`, with the hooks' `token`), and the double that holds its inbox."""

    http: aiohttp.ClientSession
    url: str
    token: str = field(repr=False)
    double_url: str

    async def hook(self, route: str, form: Mapping[str, str] | bytes, **headers: str) -> Answer:
        """POST to a hook (`ussd`, `ussd/events`, `sms`, `sms/reports`) as the provider does."""
        body = form if isinstance(form, bytes) else urlencode(form).encode()
        return await self.request("POST", f"/hooks/{self.token}/africastalking/{route}", body, **(HEADERS | headers))

    async def request(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        async with self.http.request(method, self.url + path, data=body, headers=headers) as answer:
            return Answer(answer.status, answer.headers.get("Content-Type", ""), await answer.read())

    async def texts_to(self, msisdn: str, after: int = 0, wait: float = 0) -> list[dict[str, Any]]:
        """The SMS that reached this number, but for the first `after`; waits so many seconds for one."""
        asked = f"{self.double_url}/control/inbox/{msisdn}?after={after}&wait={wait}"
        async with self.http.get(asked) as answer:
            found: list[dict[str, Any]] = await answer.json()
            return found


@dataclass(frozen=True, slots=True)
class Screen:
    """What the phone shows. `text` is without the provider's prefix, `wire` the whole body as it came."""

    wire: bytes
    text: str
    ends: bool

    def key_of(self, label: str) -> str | None:
        """The key of the choice called `label`; None if it is further on. AssertionError if it is nowhere."""
        found = re.search(rf"^([0-9]+)\. {re.escape(label)}", self.text, re.MULTILINE)
        assert found or f"\n{MORE}. " in self.text, f"no {label!r} on {self.text!r}"
        return found[1] if found else None


def weighed(answer: Answer) -> Screen:
    """The screen in an answer; AssertionError if a provider would not take it, or a phone not show it whole."""
    assert answer.status == 200, f"HTTP {answer.status}: {answer.body[:300]!r}"
    assert answer.content_type == "text/plain; charset=utf-8"
    said = answer.body.decode()
    assert said.startswith(("CON ", "END ")), f"neither CON nor END: {said!r}"
    if is_gsm7(said):
        assert septets(said) <= SEPTETS, f"{septets(said)} septets: {said!r}"
    else:
        assert units(said) <= UNITS, f"{units(said)} UCS-2 units: {said!r}"
    return Screen(answer.body, said[4:], said.startswith("END "))


_UUID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")


def holds_pin(text: str, pin: str) -> bool:
    """Whether `pin` stands in `text` by itself, or percent-encoded behind a star; not as digits of something longer,
    nor as a group of a UUID, which it is once in some thousands."""
    text = _UUID.sub("", text)
    return re.search(rf"(?:(?<![0-9A-Za-z])|(?<=%2A)|(?<=%2a)){re.escape(pin)}(?![0-9A-Za-z])", text) is not None


class Handset:
    """One phone: `typed` is what was keyed in this session, `screen` what it shows now, `pins` every PIN ever typed."""

    def __init__(
        self, edge: Edge, msisdn: str, *, service_code: str = "*483#", shortcode: str = "22483",
        network_code: str = "63902",
    ) -> None:  # fmt: skip
        self.edge = edge
        self.msisdn = msisdn
        self.service_code = service_code
        self.shortcode = shortcode
        self.network_code = network_code
        self.session_id = ""
        self.typed: list[str] = []
        self.screen = Screen(b"", "", ends=True)
        self.pins: set[str] = set()
        self.read = 0

    @property
    def history(self) -> str:
        """The `text` of the wire."""
        return "*".join(self.typed)

    async def dial(self, deeper: str = "") -> Screen:
        """Begin a session; `deeper` is what followed the service code in what was dialled (`*483*2*1#`: `2*1`)."""
        self.session_id = f"ATUid_{uuid4().hex}"
        self.typed = [deeper] if deeper else []
        return await self.hop()

    async def types(self, answer: str) -> Screen:
        """Answer the screen."""
        if "PIN" in self.screen.text and _PIN.fullmatch(answer):
            self.pins.add(answer)
        self.typed.append(answer)
        return await self.hop()

    async def types_all(self, *answers: str) -> Screen:
        """Answer several screens, one hop each; gives the last."""
        for answer in answers:
            await self.types(answer)
        return self.screen

    async def chooses(self, label: str) -> Screen:
        """Press the key of the choice called `label`, on whatever page it is."""
        while (key := self.screen.key_of(label)) is None:
            await self.types(MORE)
        return await self.types(key)

    async def hop(self) -> Screen:
        """Send the session as it stands: a second time, that is the provider's repeat."""
        self.screen = weighed(await self.edge.hook("ussd", self.hop_form()))
        return self.screen

    async def hangs_up(self, status: str = "Incomplete") -> Answer:
        """The provider's event at the end of the session."""
        return await self.edge.hook("ussd/events", self.end_form(status))

    async def texts(self, text: str, message_id: str | None = None) -> Answer:
        """Send an SMS to the service; the same `message_id` again is the provider's repeat."""
        answer = await self.edge.hook("sms", self.mo_form(text, message_id or str(uuid4())))
        assert answer.status == 200, f"HTTP {answer.status}: {answer.body[:300]!r}"
        return answer

    async def next_sms(self, wait: float = 5.0) -> str | None:
        """The text of the next SMS not read yet; None if none comes in time."""
        found = await self.edge.texts_to(self.msisdn, self.read, wait)
        if not found:
            return None
        self.read += 1
        return str(found[0]["text"])

    async def unread(self) -> list[str]:
        """The texts that wait in the inbox."""
        return [str(sms["text"]) for sms in await self.edge.texts_to(self.msisdn, self.read)]

    def hop_form(self, history: str | None = None) -> dict[str, str]:
        """The form of a hop: of the session as it stands, or with another `text`."""
        return {
            "phoneNumber": self.msisdn,
            "serviceCode": self.service_code,
            "text": self.history if history is None else history,
            "sessionId": self.session_id,
            "networkCode": self.network_code,
        }

    def end_form(self, status: str = "Incomplete") -> dict[str, str]:
        return {
            "durationInMillis": "1920",
            "phoneNumber": self.msisdn,
            "errorMessage": "",
            "serviceCode": self.service_code,
            "lastAppResponse": self.screen.wire.decode(),
            "hopsMetadata": "",
            "hopsCount": str(len(self.typed) + 1),
            "status": status,
            "sessionId": self.session_id,
            "cost": "0.00",
            "date": "2026-10-09 12:17:37",
            "networkCode": self.network_code,
            "input": self.history,
        }

    def mo_form(self, text: str, message_id: str) -> dict[str, str]:
        return {
            "linkId": "",
            "text": text,
            "to": self.shortcode,
            "id": message_id,
            "date": "2026-10-09T12:17:37Z",
            "from": self.msisdn,
            "networkCode": self.network_code,
        }
