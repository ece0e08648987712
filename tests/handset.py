"""A feature phone for tests: it calls the service over real HTTP, in the form that Africa's Talking uses.

    amina = Handset(edge, "+254712345678")
    home = await amina.dial()
    screen = await amina.types("2")
    assert "buyer" in screen.text
    await amina.sends_sms("YES")
    sms = await amina.next_sms()

Each screen must fit on a phone, or the test fails. The handset remembers every PIN that a test types, so that the test
can search logs and tables for it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import aiohttp

from gateway.simulator.control import KEY_HEADER
from menus.gsm7 import is_gsm7, septets, units

SEPTETS, UNITS = 160, 70  # the longest screen that every network shows whole, the provider's prefix included
MORE = "98"
HEADERS = {
    "Content-Type": "application/x-www-form-urlencoded",
    "User-Agent": "at-ussd-api/1.0",
    "Accept-Encoding": "gzip",
}
CONTROL_KEY = "control-key-of-a-test"
CONTROL = {KEY_HEADER: CONTROL_KEY}  # opens the simulator's control API
_PIN = re.compile(r"[0-9]{4,}")


@dataclass(frozen=True, slots=True)
class ServiceReply:
    """The HTTP reply of the service to one request."""

    status: int
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Edge:
    """The addresses that a handset needs: the service (`url`, and the hooks' `token`), and the simulator that keeps the
    SMS sent to this handset (`double_url`)."""

    http: aiohttp.ClientSession
    url: str
    token: str = field(repr=False)
    double_url: str

    async def hook(self, route: str, form: Mapping[str, str] | bytes, **headers: str) -> ServiceReply:
        """POST to a hook (`ussd`, `ussd/events`, `sms`, `sms/reports`) as the provider does."""
        body = form if isinstance(form, bytes) else urlencode(form).encode()
        return await self.request("POST", f"/hooks/{self.token}/africastalking/{route}", body, **(HEADERS | headers))

    async def request(self, method: str, path: str, body: bytes | None = None, **headers: str) -> ServiceReply:
        async with self.http.request(method, self.url + path, data=body, headers=headers) as answer:
            return ServiceReply(answer.status, answer.headers.get("Content-Type", ""), await answer.read())

    async def inbox_of(self, msisdn: str, after: int = 0, wait: float = 0) -> list[dict[str, Any]]:
        """The SMS that reached this number after the first `after` of them. Wait up to `wait` seconds for one."""
        url = f"{self.double_url}/control/inbox/{msisdn}?after={after}&wait={wait}"
        async with self.http.get(url, headers=CONTROL) as answer:
            found: list[dict[str, Any]] = await answer.json()
            return found


@dataclass(frozen=True, slots=True)
class HandsetScreen:
    """A screen as the phone shows it: `text` has no CON or END in front; `wire` is the whole HTTP body."""

    wire: bytes
    text: str
    ends: bool

    def key_of(self, label: str) -> str | None:
        """The key of the choice `label`; None if it may be on the next page; AssertionError if no page follows."""
        found = re.search(rf"^([0-9]+)\. {re.escape(label)}", self.text, re.MULTILINE)
        assert found or f"\n{MORE}. " in self.text, f"no {label!r} on {self.text!r}"
        return found[1] if found else None


def read_screen(answer: ServiceReply) -> HandsetScreen:
    """The screen in a reply. AssertionError if Africa's Talking would refuse it, or a phone cannot show it whole."""
    assert answer.status == 200, f"HTTP {answer.status}: {answer.body[:300]!r}"
    assert answer.content_type == "text/plain; charset=utf-8"
    body = answer.body.decode()
    assert body.startswith(("CON ", "END ")), f"neither CON nor END: {body!r}"
    if is_gsm7(body):
        assert septets(body) <= SEPTETS, f"{septets(body)} septets: {body!r}"
    else:
        assert units(body) <= UNITS, f"{units(body)} UCS-2 units: {body!r}"
    return HandsetScreen(answer.body, body[4:], body.startswith("END "))


_UUID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")


def holds_pin(text: str, pin: str) -> bool:
    """Whether `text` has `pin` as a word of its own, or behind a percent-encoded star (`%2A`). The same digits inside a
    longer number or a UUID do not count: one UUID in some thousands has them by chance."""
    text = _UUID.sub("", text)
    return re.search(rf"(?:(?<![0-9A-Za-z])|(?<=%2A)|(?<=%2a)){re.escape(pin)}(?![0-9A-Za-z])", text) is not None


class Handset:
    """One phone. `typed`: the answers of this session; `screen`: the screen now; `pins`: every PIN ever typed;
    `read`: how many SMS the test has read."""

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
        self.screen = HandsetScreen(b"", "", ends=True)
        self.pins: set[str] = set()
        self.read = 0

    @property
    def history(self) -> str:
        """The form's `text`: all answers, joined with stars."""
        return "*".join(self.typed)

    async def dial(self, deeper: str = "") -> HandsetScreen:
        """Begin a session. `deeper`: what was dialled after the service code (`2*1` in `*483*2*1#`)."""
        self.session_id = f"ATUid_{uuid4().hex}"
        self.typed = [deeper] if deeper else []
        return await self.hop()

    async def types(self, *answers: str) -> HandsetScreen:
        """Answer one screen after the other, one hop each; return the last screen."""
        for answer in answers:
            if "PIN" in self.screen.text and _PIN.fullmatch(answer):
                self.pins.add(answer)
            self.typed.append(answer)
            await self.hop()
        return self.screen

    async def chooses(self, label: str) -> HandsetScreen:
        """Press the key of the choice `label`, on whichever page it is."""
        while (key := self.screen.key_of(label)) is None:
            await self.types(MORE)
        return await self.types(key)

    async def hop(self) -> HandsetScreen:
        """Send the session as it is now. A second call is the provider's repeat of the first."""
        self.screen = read_screen(await self.edge.hook("ussd", self.hop_form()))
        return self.screen

    async def hangs_up(self, status: str = "Incomplete") -> ServiceReply:
        """Send the event with which the provider reports the end of the session."""
        return await self.edge.hook("ussd/events", self.end_form(status))

    async def sends_sms(self, text: str, message_id: str | None = None) -> ServiceReply:
        """Send an SMS to the service. The same `message_id` again is the provider's repeat."""
        answer = await self.edge.hook("sms", self.mo_form(text, message_id or str(uuid4())))
        assert answer.status == 200, f"HTTP {answer.status}: {answer.body[:300]!r}"
        return answer

    async def next_sms(self, wait: float = 5.0) -> str | None:
        """The text of the next unread SMS; None if none comes within `wait` seconds."""
        found = await self.edge.inbox_of(self.msisdn, self.read, wait)
        if not found:
            return None
        self.read += 1
        return str(found[0]["text"])

    async def unread_sms(self) -> list[str]:
        """The texts of all unread SMS."""
        return [str(sms["text"]) for sms in await self.edge.inbox_of(self.msisdn, self.read)]

    def hop_form(self, history: str | None = None) -> dict[str, str]:
        """The form of a hop: the session as it is now, or with `history` as its `text`."""
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
            "date": "",  # as of now: the service may have another clock than this phone
            "from": self.msisdn,
            "networkCode": self.network_code,
        }
