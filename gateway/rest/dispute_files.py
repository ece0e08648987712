"""Evidence files of a dispute, stored unchanged. The same content is stored once: its SHA-256 tells."""

import hashlib
import re
import unicodedata
from typing import Any
from urllib.parse import quote
from uuid import UUID

from aiohttp import web

from contracts.fields.free_text import FILE_NAME_LETTERS
from gateway.door.body import read_body
from gateway.events import BadWire
from gateway.http import problem
from gateway.operators.scope import Scope
from gateway.rest import views
from gateway.rest.disputes import dispute_in_path
from gateway.rest.json_request import answer_json
from gateway.rest.lists import read_query
from gateway.rest.operator_only import operator_of, operator_only
from gateway.rest.request_log import add_to_log
from gateway.services import SERVICES
from values.ids import new_id

routes = web.RouteTableDef()

MAX_FILE_BYTES = 5 * 1024 * 1024  # a photo, a scan, a minute of speech; all other routes take 64 KiB at most
_FILE_SECONDS = 120.0  # for a file to come, from a slow line
MAX_FILES = 50  # of one dispute

_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,62}/[a-z0-9][a-z0-9!#$&^_.+-]{0,62}")


@routes.post("/v1/disputes/{dispute}/files")
@operator_only(Scope.WRITE)
async def add_file(request: web.Request) -> web.Response:
    """Store the body as a file called `name`. Answer 201; or 200 with the stored one if the dispute has it already."""
    services, dispute = request.app[SERVICES], await dispute_in_path(request)
    name, media_type = _check_name(read_query(request, "name").get("name", "")), request.content_type.lower()
    if _MEDIA_TYPE.fullmatch(media_type) is None:
        raise web.HTTPUnsupportedMediaType(reason="the Content-Type should be one like image/jpeg")
    try:
        content = await read_body(request, most=MAX_FILE_BYTES, seconds=_FILE_SECONDS)
    except web.HTTPRequestEntityTooLarge:
        return problem(413, f"A file should be at most {MAX_FILE_BYTES // 1024**2} MiB.")
    if not content:
        raise BadWire("body", "is empty")
    is_new = await services.disputes.add_file(
        dispute["id"], new_id(), name=name, media_type=media_type, content=content, now=services.now(), most=MAX_FILES,
        operator=operator_of(request),
    )  # fmt: skip
    digest = hashlib.sha256(content).hexdigest()
    found = next((file for file in await _files(request) if file["sha256"] == digest), None)
    if found is None:
        return problem(409, f"The dispute is closed, or has {MAX_FILES} files: it takes no more.")
    add_to_log(request, octets=len(content))
    location = f"/v1/disputes/{dispute['id']}/files/{found['id']}"
    return answer_json(found, status=201 if is_new else 200, headers={"Location": location})


@routes.get("/v1/disputes/{dispute}/files/{file}")
@operator_only(Scope.READ)
async def read_file(request: web.Request) -> web.Response:
    """Return the file unchanged. It may be anything, so the headers forbid a browser to run it."""
    read_query(request)
    dispute = await dispute_in_path(request)
    try:
        file = await request.app[SERVICES].disputes.file(dispute["id"], UUID(request.match_info["file"]))
    except ValueError:
        file = None
    if file is None:
        raise web.HTTPNotFound(reason="There is no such file.")
    return web.Response(
        body=file["content"],
        headers={
            "Content-Type": file["media_type"], "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file['name'], safe='')}",
            "Content-Security-Policy": "sandbox", "ETag": f'"{file["sha256"].hex()}"',
        },
    )  # fmt: skip


async def _files(request: web.Request) -> list[dict[str, Any]]:
    files: list[dict[str, Any]] = views.dispute_json(await dispute_in_path(request))["files"]
    return files


def _check_name(given: str) -> str:
    name = unicodedata.normalize("NFC", given.strip())
    if not 1 <= len(name) <= FILE_NAME_LETTERS:
        raise BadWire("name", f"should be the file's name, 1 to {FILE_NAME_LETTERS} letters")
    if any(unicodedata.category(letter)[0] == "C" or letter in "/\\" for letter in name):
        raise BadWire("name", "should be a file's name, with no path and no control characters in it")
    return name
