"""`/verify`: anybody asks whether a contract.json, or a short code, is of terms in force, without a key.

The answer says nothing about people. Only a right hash or code gets the contract's status and a date: who has the
document may know them. A reference that does not exist gets the same answer, to the letter, as a wrong hash or code.
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import orjson
from aiohttp import web
from yarl import URL

from contracts.fields.reference import is_reference
from contracts.proof.log.keys import parse_key
from contracts.proof.paper_check import NO_MATCH, ON_RECORD, TOO_OFTEN, PaperCheck
from contracts.proof.short_code import parse_code
from gateway.door.client_address import client_address, counted_address
from gateway.http import problem
from gateway.limits.table import CHECKS
from gateway.services import SERVICES, Services
from gateway.verify.page import page
from storage.signing import key_id_of, letters_of
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


class Answer(Frozen):
    """`verdict`: of `check`, or what was wrong with the question: `ask` (nothing was asked), `no_hash`, `no_code`,
    `no_reference` (no contract can have it)."""

    verdict: str
    check: PaperCheck = NO_MATCH


_ASK, _NO_HASH, _NO_CODE, _NO_REFERENCE = map(Answer, ("ask", "no_hash", "no_code", "no_reference"))


@routes.get("/verify")
@routes.get("/verify/{reference}")
async def verify(request: web.Request) -> web.Response:
    """Compare ?code= or ?sha256= with the record; a BLAKE2b hash (`b2sum -l 256`) is accepted too. The reference may be
    a query parameter, as a form sends it. Answer JSON if only JSON is accepted, else HTML; 429 after too many
    questions."""
    services, settings = request.app[SERVICES], request.app[SERVICES].settings
    client = counted_address(client_address(request, settings.proxy_hops))
    if wait := services.limits.verify.retry_after_seconds(client):
        return _too_often(wait)
    given = request.match_info.get("reference") or request.query.get("reference", "")
    reference = re.sub(r"[\s-]", "", given)
    answer = await _compare(services, client, reference, request.query)
    if answer.check is TOO_OFTEN:
        return _too_often(CHECKS.seconds)
    status = 400 if answer in (_NO_HASH, _NO_CODE, _NO_REFERENCE) else 200
    if _wants_json(request):
        body = orjson.dumps(_as_json(answer))
        return web.Response(status=status, body=body, content_type="application/json", headers=_HEADERS)
    shown = reference if is_reference(reference) else ""
    keys = await _keys(services) if answer.check.status else {}
    text = page(shown, answer.verdict, answer.check, settings.zone, keys)
    return web.Response(status=status, text=text, content_type="text/html", headers=_HEADERS)


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


async def _compare(services: Services, client: str, reference: str, query: Mapping[str, str]) -> Answer:
    if not is_reference(reference):
        return _NO_REFERENCE if reference else _ASK
    if typed := query.get("code", "").strip():
        code = parse_code(typed)
        return _answer(await services.papers.check(client, reference, code)) if code else _NO_CODE
    if not (typed := query.get("sha256", "").strip()):
        return _ASK
    digest = _HASH.search(typed.lower())  # a line of sha256sum also has the file's name
    return _answer(await services.papers.check_hash(reference, digest[0])) if digest else _NO_HASH


async def _keys(services: Services) -> dict[str, str]:
    """Return the letters of the keys of today, as papers have them."""
    keys = {"Key of words": letters_of(services.signer.key_id)}
    for line in (await services.evidence.log.keys())[-1:]:
        keys["Key of the log"] = letters_of(key_id_of(parse_key(line).public_key))
    return keys


def _answer(check: PaperCheck) -> Answer:
    return Answer(check.verdict.value, check)


def _too_often(seconds: int) -> web.Response:
    answer = problem(429, "You have asked too often. Please wait.")
    answer.headers["Retry-After"] = str(seconds)
    return answer


def _as_json(answer: Answer) -> dict[str, Any]:
    check = answer.check
    if check.verdict not in ON_RECORD:
        return {"matches": False, "verdict": answer.verdict}
    return {
        "matches": True,
        "verdict": answer.verdict,
        "status": check.status,
        "since": check.since.date().isoformat() if check.since else None,
        "terms_version": check.terms_version,
    }


def _wants_json(request: web.Request) -> bool:
    accepted = request.headers.get("Accept", "")
    return "application/json" in accepted and "text/html" not in accepted
