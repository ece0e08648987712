"""`/verify/{reference}`: anybody asks whether a contract.json is the one on record. No key, and nothing about people.

Who has the document may know how it stands: the status and its date are shown to a hash that is right, and to no other.
A reference that does not exist is answered to the letter as one whose hash is wrong.
"""

import ipaddress
import re
from datetime import datetime
from enum import Enum
from typing import Any
from urllib.parse import urlsplit

import orjson
from aiohttp import web

from contracts.fields.reference import is_reference
from gateway.http import problem
from gateway.services import SERVICES
from gateway.verify.page import page
from values.frozen import Frozen

routes = web.RouteTableDef()

_HASH = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
_WINDOW_SECONDS = 60
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
}


class HashVerdict(Enum):
    """What is said of a hash."""

    ASK = "ask"  # none was given
    IN_FORCE = "in_force"
    NOT_IN_FORCE = "not_in_force"  # terms that were replaced since, or proposed and never agreed to
    NO_MATCH = "no_match"
    NO_HASH = "no_hash"  # what was given is none
    NO_REFERENCE = "no_reference"  # eight digits that no contract can have: one was mistyped


class VerifyResult(Frozen):
    """`status` and `since` of a contract whose document this is; None of all others."""

    verdict: HashVerdict
    status: str | None = None
    since: datetime | None = None
    terms_version: int | None = None


@routes.get("/verify/{reference}")
async def verify(request: web.Request) -> web.Response:
    """With ?sha256= (or what `b2sum -l 256` gives): does it match? HTML, or JSON where that is what is accepted."""
    services, settings = request.app[SERVICES], request.app[SERVICES].settings
    wait = await services.limits.retry_after_seconds(
        "verify", client_of(request, settings.proxy_hops), most=settings.verify_per_minute, seconds=_WINDOW_SECONDS
    )
    if wait:
        answer = problem(429, "You have asked too often. Please wait a minute.")
        answer.headers["Retry-After"] = str(wait)
        return answer
    reference, given = request.match_info["reference"], request.query.get("sha256", "")
    finding = await _compare(request, reference.replace(" ", ""), given)
    bad = finding.verdict in (HashVerdict.NO_HASH, HashVerdict.NO_REFERENCE)
    if _wants_json(request):
        return web.Response(
            status=400 if bad else 200, body=orjson.dumps(_as_json(finding)), content_type="application/json",
            headers=_HEADERS,
        )  # fmt: skip
    shown = reference if is_reference(reference) else ""
    text = page(shown, finding.verdict.value, finding.status, finding.since, settings.zone)
    return web.Response(status=400 if bad else 200, text=text, content_type="text/html", headers=_HEADERS)


def address_of(request: web.Request) -> str:
    """How the world reaches us: the setting, or what this request was sent to."""
    base = request.app[SERVICES].settings.webhook_base_url
    if base:
        parts = urlsplit(base)
        return f"{parts.scheme}://{parts.netloc}"
    return str(request.url.origin())


def client_of(request: web.Request, proxy_hops: int) -> str:
    """Whose request it is: our peer, or what the outermost of our own `proxy_hops` proxies says its peer was. Of an
    IPv6 address, the network: its owner has as many addresses as they like."""
    said = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    peer = said[-proxy_hops] if proxy_hops and len(said) >= proxy_hops else request.remote or "nobody"
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return peer[:64]
    return str(ipaddress.ip_network((address, 64), strict=False)) if address.version == 6 else str(address)


async def _compare(request: web.Request, reference: str, given: str) -> VerifyResult:
    if not is_reference(reference):
        return VerifyResult(HashVerdict.NO_REFERENCE)
    if not given.strip():
        return VerifyResult(HashVerdict.ASK)
    asked = _HASH.search(given.lower())  # a line of sha256sum has the file's name behind it
    if asked is None:
        return VerifyResult(HashVerdict.NO_HASH)
    found = await request.app[SERVICES].evidence.public(reference)
    for version, *hashes in (found and found["forms"]) or []:
        if asked[0] in hashes:
            return _matched(found or {}, version)
    return VerifyResult(HashVerdict.NO_MATCH)


def _matched(found: dict[str, Any], version: int) -> VerifyResult:
    is_in_force = version == found["terms_version"]
    since = found.get(f"{found['status'].lower()}_at") or found["created_at"]
    verdict = HashVerdict.IN_FORCE if is_in_force else HashVerdict.NOT_IN_FORCE
    return VerifyResult(verdict, found["status"], since, version)


def _as_json(finding: VerifyResult) -> dict[str, Any]:
    matches = finding.verdict in (HashVerdict.IN_FORCE, HashVerdict.NOT_IN_FORCE)
    if not matches:
        return {"matches": False, "verdict": finding.verdict.value}
    assert finding.since
    return {
        "matches": True,
        "verdict": finding.verdict.value,
        "status": finding.status,
        "since": finding.since.date().isoformat(),
        "terms_version": finding.terms_version,
    }


def _wants_json(request: web.Request) -> bool:
    accepted = request.headers.get("Accept", "")
    return "application/json" in accepted and "text/html" not in accepted
