"""What attackers send: for each attack an endless series of raw HTTP requests."""

import gzip
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from random import Random
from urllib.parse import urlencode

_FORM = "Content-Type: application/x-www-form-urlencoded"
_JSON = "Content-Type: application/json"
_TWILIO = "/twilio/sms"


@dataclass(frozen=True, slots=True)
class Target:
    port: int
    token: str = field(repr=False)

    def hook(self, route: str, token: str | None = None) -> str:
        return f"/hooks/{token or self.token}{route if route.startswith('/twilio') else '/africastalking/' + route}"


def request(method: str, path: str, body: bytes = b"", *headers: str, length: int | None = None) -> bytes:
    """Return a request. `length`: what its Content-Length says, if that is not true."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *headers]
    if body or method == "POST":
        lines.append(f"Content-Length: {len(body) if length is None else length}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def form(path: str, fields: Mapping[str, str], *headers: str) -> bytes:
    return request("POST", path, urlencode(fields).encode(), _FORM, *headers)


def hop(rng: Random, typed: str, msisdn: str | None = None, session: str | None = None) -> dict[str, str]:
    return {
        "phoneNumber": msisdn or f"+25473{rng.randrange(10**7):07}", "serviceCode": "*483#", "text": typed,
        "sessionId": session or f"ATUid_{rng.getrandbits(128):032x}", "networkCode": "63902",
    }  # fmt: skip


def mo(rng: Random, text: str, message_id: str | None = None, msisdn: str | None = None) -> dict[str, str]:
    return {
        "from": msisdn or f"+25473{rng.randrange(10**7):07}", "to": "22483", "text": text, "linkId": "",
        "id": message_id or f"{rng.getrandbits(128):032x}", "date": "2026-11-21T06:04:45Z", "networkCode": "63902",
    }  # fmt: skip


@cache
def bomb() -> bytes:
    """Return 100 MB of zeros, compressed to less than the limit of a body. 64 KiB of it is 60 MB unpacked."""
    return gzip.compress(bytes(60_000_000))[:65_000]


def bombs(rng: Random, target: Target) -> Iterator[bytes]:
    """Compressed bodies, to every kind of address."""
    paths = ("/livez", "/nowhere", target.hook("ussd", "a-wrong-token"), target.hook("ussd"), "/v1/contracts")
    while True:
        yield request("POST", rng.choice(paths), bomb(), "Content-Encoding: gzip", _FORM)


def large(rng: Random, target: Target) -> Iterator[bytes]:
    """Bodies above the limit, and bodies that say to be."""
    for number in count():
        path = (target.hook("ussd"), "/v1/contracts", "/nowhere")[number % 3]
        if number % 2:
            yield request("POST", path, rng.randbytes(100_000), _FORM)
        else:
            yield request("POST", path, b"x", _FORM, length=10**12)


def junk(rng: Random, target: Target) -> Iterator[bytes]:
    """All that is no request of anybody's: broken HTTP, broken forms, fields of every wrong kind."""
    while True:
        yield rng.choice(_JUNK)(rng, target)


def tokens(rng: Random, target: Target) -> Iterator[bytes]:
    """Hooks with wrong tokens, and the REST API with wrong keys."""
    while True:
        wrong = f"{rng.getrandbits(160):040x}"
        yield form(target.hook("ussd", wrong), hop(rng, ""))
        yield request("GET", "/v1/contracts", b"", f"Authorization: Bearer {wrong}")


def replays(rng: Random, target: Target) -> Iterator[bytes]:
    """The same hop, the same MO and reports on messages that nobody sent, from one connection after another."""
    msisdn, message_id = f"+25473{rng.randrange(10**7):07}", f"{rng.getrandbits(128):032x}"
    session = f"ATUid_{rng.getrandbits(128):032x}"
    while True:
        yield form(target.hook("ussd"), hop(rng, "", msisdn, session))
        yield form(target.hook("sms"), mo(rng, "STATUS", message_id, msisdn))
        report = {
            "id": f"ATXid_{rng.getrandbits(128):032x}",
            "status": "Success",
            "phoneNumber": msisdn,
            "networkCode": "63902",
        }
        yield form(target.hook("sms/reports"), report)


def signatures(rng: Random, target: Target) -> Iterator[bytes]:
    """Twilio's callbacks with signatures that are cut, of another body, or none."""
    for number in count():
        fields = {
            "MessageSid": f"SM{rng.getrandbits(128):032x}",
            "From": "+254733000111",
            "To": "+254700000000",
            "Body": "YES",
        }
        signature = ("", "=" * 28, "bm90IHRoZSBzaWduYXR1cmUgb2Yg", "é".encode().hex())[number % 4]
        yield form(target.hook(_TWILIO), fields, *([f"X-Twilio-Signature: {signature}"] if signature else []))


def pins(rng: Random, target: Target) -> Iterator[bytes]:
    """People who choose a PIN, one after another: every fourth hop computes a hash."""
    while True:
        msisdn, session = f"+25473{rng.randrange(10**7):07}", f"ATUid_{rng.getrandbits(128):032x}"
        for typed in ("5", "5*2", "5*2*4826", "5*2*4826*4826"):
            yield form(target.hook("ussd"), hop(rng, typed, msisdn, session))


def offers(rng: Random, target: Target) -> Iterator[bytes]:
    """One phone that offers contracts to two hundred others, and everybody's offers to one phone."""
    for number in count():
        to_one, session = number % 2, f"ATUid_{rng.getrandbits(128):032x}"
        buyer = f"+25473{rng.randrange(10**7):07}" if to_one else "+254730000001"
        seller = "+254740000001" if to_one else f"+25474{rng.randrange(200):07}"
        deep = f"2*1*{seller}*maize*50 bags*3500*Bungoma*25/12/2027"
        for typed in (deep, f"{deep}*1", f"{deep}*1*4826", f"{deep}*1*4826*4826"):
            yield form(target.hook("ussd"), hop(rng, typed, buyer, session))


def slow_heads(rng: Random, target: Target) -> Iterator[bytes]:
    """A head that never ends."""
    while True:
        yield request("POST", target.hook("ussd"), b"", *(f"X-{rng.getrandbits(64):x}: 1" for _ in range(50)))


def slow_bodies(rng: Random, target: Target) -> Iterator[bytes]:
    """A body that never ends, after a head that comes at once."""
    while True:
        yield request("POST", target.hook("ussd"), b"x" * 60_000, _FORM)


def idle(_rng: Random, _target: Target) -> Iterator[bytes]:
    """Connections on which nothing comes after the first request."""
    while True:
        yield request("GET", "/livez")
        yield b""


ATTACKS: Mapping[str, Callable[[Random, Target], Iterator[bytes]]] = {
    "bombs": bombs, "large": large, "junk": junk, "tokens": tokens, "replays": replays, "signatures": signatures,
    "pins": pins, "offers": offers, "slow heads": slow_heads, "slow bodies": slow_bodies, "idle": idle,
}  # fmt: skip


def _wrong_field(rng: Random, target: Target) -> bytes:
    """A hop or an MO in which one field is of a kind that it should not be."""
    fields, route = rng.choice(((hop(rng, ""), "ussd"), (mo(rng, "YES"), "sms")))
    wrong = (
        "",
        "\x00",
        "é" * 3000,
        "+" + "9" * 40,
        "null",
        "-1",
        "٣٣",
        "\ud7ff\uffff",
        "' OR 1=1--",
        "A" * 50_000,
        "2036-01-01",
    )
    fields[rng.choice(list(fields))] = rng.choice(wrong)
    if rng.random() < 0.3:
        del fields[rng.choice(list(fields))]
    return form(target.hook(route), fields)


def _wrong_bytes(rng: Random, target: Target) -> bytes:
    return request("POST", target.hook("ussd"), b"text=%ff%fe&phoneNumber=" + rng.randbytes(40), _FORM)


def _wrong_json(rng: Random, _target: Target) -> bytes:
    body = rng.choice(
        (b"[" * 5000, b'{"a":' * 2000, b"\xef\xbb\xbf{}", b"{", rng.randbytes(50), b'{"total_minor":1e999}')
    )
    return request("POST", "/v1/contracts", body, _JSON, "Authorization: Bearer nobody's")


def _wrong_path(rng: Random, target: Target) -> bytes:
    paths = (
        "/",
        "//",
        "/hooks",
        "/hooks/%2e%2e/%2f",
        "/v1/contracts/%00",
        "/verify/" + "9" * 400,
        "/?" + "a=b&" * 500,
        "/%ff",
        "*",
    )
    return request(rng.choice(("GET", "POST", "PUT", "DELETE", "OPTIONS", "BREW")), rng.choice(paths))


def _wrong_http(rng: Random, target: Target) -> bytes:
    """Requests that no HTTP library lets through. The connection ends with most of them."""
    return rng.choice(
        (
            b"GET / HTTP/9.9\r\n\r\n",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + rng.randbytes(100) + b"\r\n\r\n",
            b"GET " + b"/a" * 10_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
            b"GET / HTTP/1.1\r\nX: " + b"y" * 20_000 + b"\r\n\r\n",
            b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
            b"POST / HTTP/1.1\r\nContent-Length: 1e3\r\n\r\n",
            b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\nzz\r\n",
            b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n",
            b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", b"G\x00T / HTTP/1.1\r\n\r\n",
            request("POST", target.hook("ussd"), b"", _FORM, "Expect: 100-continue", length=50),
        )
    )  # fmt: skip


_JUNK = (_wrong_field, _wrong_field, _wrong_bytes, _wrong_json, _wrong_path, _wrong_path, _wrong_http)
