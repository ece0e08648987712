"""`/verify/{reference}`: anybody asks whether a contract.json is the one on record, without a key.

The answer says nothing about people. Only a right hash gets the contract's status and its date: who has the document
may know them. A reference that does not exist gets the same answer, to the letter, as a wrong hash.
"""

import re
from datetime import datetime
from enum import Enum
from typing import Any
from urllib.parse import urlsplit

import orjson
from aiohttp import web
from yarl import URL

from contracts.fields.reference import is_reference
from gateway.door.client_address import client_address, counted_address
from gateway.http import problem
from gateway.services import SERVICES
from gateway.verify.page import page
from values.frozen import Frozen

routes = web.RouteTableDef()

_HASH = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
}


class HashVerdict(Enum):
    """The answer to a hash."""

    ASK = "ask"  # no hash was given
    IN_FORCE = "in_force"
    NOT_IN_FORCE = "not_in_force"  # the hash of terms that were replaced, or were proposed and not agreed
    NO_MATCH = "no_match"
    NO_HASH = "no_hash"  # no SHA-256 was found in what was given
    NO_REFERENCE = "no_reference"  # no contract can have this reference: a digit was mistyped


class VerifyResult(Frozen):
    """`status`, `since` and `terms_version` are None unless the hash is one of the contract's documents."""

    verdict: HashVerdict
    status: str | None = None
    since: datetime | None = None
    terms_version: int | None = None


@routes.get("/verify/{reference}")
async def verify(request: web.Request) -> web.Response:
    """Compare ?sha256= with the record; a BLAKE2b hash (`b2sum -l 256`) is accepted too. Answer JSON if only JSON is
    accepted, else HTML; 429 after too many requests from one address."""
    services, settings = request.app[SERVICES], request.app[SERVICES].settings
    client = counted_address(client_address(request, settings.proxy_hops))
    if wait := services.limits.verify.retry_after_seconds(client):
        answer = problem(429, "You have asked too often. Please wait a minute.")
        answer.headers["Retry-After"] = str(wait)
        return answer
    reference, given = request.match_info["reference"], request.query.get("sha256", "")
    result = await _compare(request, reference.replace(" ", ""), given)
    bad = result.verdict in (HashVerdict.NO_HASH, HashVerdict.NO_REFERENCE)
    if _wants_json(request):
        return web.Response(
            status=400 if bad else 200, body=orjson.dumps(_as_json(result)), content_type="application/json",
            headers=_HEADERS,
        )  # fmt: skip
    shown = reference if is_reference(reference) else ""
    text = page(shown, result.verdict.value, result.status, result.since, settings.zone)
    return web.Response(status=400 if bad else 200, text=text, content_type="text/html", headers=_HEADERS)


def address_of(request: web.Request) -> str:
    """Return the public address of the service: of WEBHOOK_BASE_URL, or else where this process listens. A Host header
    is what the other side wants it to be, and this is printed on paper."""
    base = request.app[SERVICES].settings.webhook_base_url
    if base:
        split = urlsplit(base)
        return f"{split.scheme}://{split.netloc}"
    own = request.transport.get_extra_info("sockname") if request.transport else None
    host, port = own[:2] if own else ("127.0.0.1", 8000)
    return str(URL.build(scheme="http", host=host, port=port))


async def _compare(request: web.Request, reference: str, given: str) -> VerifyResult:
    if not is_reference(reference):
        return VerifyResult(HashVerdict.NO_REFERENCE)
    if not given.strip():
        return VerifyResult(HashVerdict.ASK)
    digest = _HASH.search(given.lower())  # a line of sha256sum also has the file's name
    if digest is None:
        return VerifyResult(HashVerdict.NO_HASH)
    found = await request.app[SERVICES].evidence.public(reference)
    for version, *hashes in (found and found["forms"]) or []:
        if digest[0] in hashes:
            return _match(found or {}, version)
    return VerifyResult(HashVerdict.NO_MATCH)


def _match(found: dict[str, Any], version: int) -> VerifyResult:
    is_in_force = version == found["terms_version"]
    since = found.get(f"{found['status'].lower()}_at") or found["created_at"]
    verdict = HashVerdict.IN_FORCE if is_in_force else HashVerdict.NOT_IN_FORCE
    return VerifyResult(verdict, found["status"], since, version)


def _as_json(result: VerifyResult) -> dict[str, Any]:
    matches = result.verdict in (HashVerdict.IN_FORCE, HashVerdict.NOT_IN_FORCE)
    if not matches:
        return {"matches": False, "verdict": result.verdict.value}
    assert result.since
    return {
        "matches": True,
        "verdict": result.verdict.value,
        "status": result.status,
        "since": result.since.date().isoformat(),
        "terms_version": result.terms_version,
    }


def _wants_json(request: web.Request) -> bool:
    accepted = request.headers.get("Accept", "")
    return "application/json" in accepted and "text/html" not in accepted
