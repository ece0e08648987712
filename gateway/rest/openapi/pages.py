"""`/v1/openapi.json`, the document; and `/docs`, a page to read it and to try it. Both are open: they say nothing about
anybody, and a request from the page needs a key like any other.

The page is Swagger UI as the package offapi carries it. Nothing is fetched from elsewhere.
"""

import asyncio
import gzip
import hashlib
from collections.abc import Callable, Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import orjson
from aiohttp import hdrs, web

from gateway.http import problem
from gateway.rest.openapi.document import endpoints_of, make_document
from gateway.rest.openapi.operation import reads
from gateway.rest.query import NoQuery
from gateway.verify.public_files import too_often
from values.frozen import Frozen

routes = web.RouteTableDef()

# Swagger UI sets style attributes and draws its icons from data: addresses; its scripts are files of ours alone.
_HEADERS: Final[Mapping[str, str]] = {
    "Cache-Control": "public, max-age=300",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

_PAGE: Final = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>VoicePact API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/swagger-ui.css">
<main id="api"><noscript>This page needs JavaScript. The document is at <a href="/v1/openapi.json">/v1/openapi.json</a>.
</noscript></main>
<script src="/docs/swagger-ui.js"></script>
<script src="/docs/start.js"></script>
</html>
"""
_START: Final = """\
SwaggerUIBundle({
  url: "/v1/openapi.json", dom_id: "#api", deepLinking: true, displayRequestDuration: true, validatorUrl: null,
  defaultModelsExpandDepth: 0, filter: true, tryItOutEnabled: false, persistAuthorization: false
});
"""


class DocsFile(Frozen):
    """A file of the page, packed with gzip. `etag` in quotes."""

    media_type: str
    packed: bytes
    etag: str


@routes.get("/v1/openapi.json")
@reads(NoQuery, dict[str, Any])
async def read_openapi(request: web.Request, _query: NoQuery) -> web.Response:
    """Read this document. It is OpenAPI 3.1, and needs no key."""
    if refused := too_often(request):
        return refused
    document = await asyncio.to_thread(make_document, endpoints_of(request.app))
    headers = {"Cache-Control": "public, max-age=300", "Access-Control-Allow-Origin": "*"}
    return web.Response(body=orjson.dumps(document), content_type="application/json", headers=headers)


@routes.get("/docs")
async def read_docs(request: web.Request) -> web.Response:
    return too_often(request) or web.Response(text=_PAGE, content_type="text/html", headers=_HEADERS)


@routes.get("/docs/{name}")
async def read_docs_file(request: web.Request) -> web.Response:
    """Return a file of the page; 304 to whoever has it already."""
    if refused := too_often(request):
        return refused
    name = request.match_info["name"]
    if name not in _FILES:
        return problem(404, "There is no such file.")
    file = await asyncio.to_thread(_pack, name)
    headers = {**_HEADERS, "ETag": file.etag, "Vary": "Accept-Encoding"}
    if any(f'"{tag.value}"' == file.etag for tag in request.if_none_match or ()):
        return web.Response(status=304, headers=headers)
    if "gzip" in request.headers.get(hdrs.ACCEPT_ENCODING, ""):
        headers[hdrs.CONTENT_ENCODING] = "gzip"
        return web.Response(body=file.packed, content_type=file.media_type, charset="utf-8", headers=headers)
    content = await asyncio.to_thread(gzip.decompress, file.packed)
    return web.Response(body=content, content_type=file.media_type, charset="utf-8", headers=headers)


def _of_package(name: str) -> bytes:
    """Read a file of offapi without importing it: that would read all three pages it carries into memory."""
    found = find_spec("offapi")
    assert found and found.origin, "it is a dependency"
    return (Path(found.origin).parent / name).read_bytes()


_FILES: Final[Mapping[str, tuple[str, Callable[[], bytes]]]] = {
    "swagger-ui.js": ("text/javascript", lambda: _of_package("swagger_bundle.js")),
    "swagger-ui.css": ("text/css", lambda: _of_package("swagger_style.css")),
    "start.js": ("text/javascript", _START.encode),
}


@cache
def _pack(name: str) -> DocsFile:
    media_type, read = _FILES[name]
    content = read()
    return DocsFile(media_type, gzip.compress(content, mtime=0), f'"{hashlib.sha256(content).hexdigest()[:32]}"')
