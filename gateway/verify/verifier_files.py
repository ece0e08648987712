"""The programs that check an evidence pack without us, for anybody: `/verifier/verify.py` and `/verifier/verify.html`.

Who fetches one compares its SHA-256 with the one in docs/evidence.md, or on `/verify`.
"""

import hashlib
from importlib.resources import files
from typing import Final

from aiohttp import web
from aiohttp.helpers import ETag

from gateway.http import problem
from gateway.verify.public_files import too_often
from values.frozen import Frozen

routes = web.RouteTableDef()

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "public, max-age=300",
    "Content-Security-Policy": "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
}


class VerifierFile(Frozen):
    """One of the programs. `sha256` in hex."""

    media_type: str
    content: bytes
    sha256: str


def _read(name: str, media_type: str) -> VerifierFile:
    content = (files("verifier") / name).read_bytes()
    return VerifierFile(media_type, content, hashlib.sha256(content).hexdigest())


VERIFIERS: Final = {
    "verify.py": _read("verify.py", "text/plain"),
    "verify.html": _read("verify.html", "text/html"),
}


@routes.get("/verifier")
@routes.get("/verifier/")
async def verifiers(request: web.Request) -> web.Response:
    """Lead whoever asks for the folder, which the README of a pack names, to the page that has both programs."""
    return too_often(request) or web.Response(status=303, headers={"Location": "/verify", **_HEADERS})


@routes.get("/verifier/{name}")
async def verifier(request: web.Request) -> web.Response:
    """Return a program as it is; 304 to whoever has it already, 404 for another name."""
    if refused := too_often(request):
        return refused
    file = VERIFIERS.get(request.match_info["name"])
    if file is None:
        return problem(404, "There is no such file.")
    if any(tag.value == file.sha256 for tag in request.if_none_match or ()):
        answer = web.Response(status=304, headers=_HEADERS)
    else:
        answer = web.Response(body=file.content, content_type=file.media_type, charset="utf-8", headers=_HEADERS)
    answer.etag = ETag(file.sha256)
    return answer
