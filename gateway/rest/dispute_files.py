"""Evidence files of a dispute, stored unchanged. The same content is stored once: its SHA-256 tells."""

import hashlib
import re
import unicodedata
from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from aiohttp import web
from pydantic import Field

from contracts.fields.free_text import FILE_NAME_LETTERS
from gateway.door.body import read_body
from gateway.events import BadWire
from gateway.http import problem
from gateway.operators.scope import Scope
from gateway.rest import json_fields, views
from gateway.rest.disputes import dispute_in_path
from gateway.rest.json_fields import BodyDefaults, fault
from gateway.rest.json_request import answer_json
from gateway.rest.openapi.described import described
from gateway.rest.openapi.operation import Media, declares, reads
from gateway.rest.operator_only import operator_of, operator_only
from gateway.rest.query import NoQuery, Query
from gateway.rest.request_log import add_to_log
from gateway.rest.shapes.dispute import DisputeFileView
from gateway.services import SERVICES
from values.ids import new_id

routes = web.RouteTableDef()

MAX_FILE_BYTES = 5 * 1024 * 1024  # a photo, a scan, a minute of speech; all other routes take 64 KiB at most
_FILE_SECONDS = 120.0  # for a file to come, from a slow line
MAX_FILES = 50  # of one dispute

_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,62}/[a-z0-9][a-z0-9!#$&^_.+-]{0,62}")


def _read_name(given: str, _defaults: BodyDefaults) -> str:
    name = unicodedata.normalize("NFC", given.strip())
    if not 1 <= len(name) <= FILE_NAME_LETTERS:
        raise fault(f"should be the file's name, 1 to {FILE_NAME_LETTERS} letters")
    if any(unicodedata.category(letter)[0] == "C" or letter in "/\\" for letter in name):
        raise fault("should be a file's name, with no path and no control characters in it")
    return name


class FileQuery(Query):
    """How the file is called."""

    name: Annotated[
        str,
        json_fields.string(_read_name, shown_as=Annotated[str, Field(min_length=1, max_length=FILE_NAME_LETTERS)]),
        described("The file's name, with no path in it.", "bags.jpg"),
    ]


@routes.post("/v1/disputes/{dispute}/files")
@operator_only(Scope.WRITE)
@declares(
    FileQuery, {201: DisputeFileView, 200: DisputeFileView}, body=Media("*/*"),
    problems={409: "The dispute is closed, or has as many files as it takes."}, is_located=True,
)  # fmt: skip
async def add_dispute_file(request: web.Request, query: FileQuery) -> web.Response:
    """Store the body as a file called `name`. 200 with the stored one if the dispute has this content already."""
    services, dispute = request.app[SERVICES], await dispute_in_path(request)
    media_type = request.content_type.lower()
    if _MEDIA_TYPE.fullmatch(media_type) is None:
        raise web.HTTPUnsupportedMediaType(reason="the Content-Type should be one like image/jpeg")
    try:
        content = await read_body(request, most=MAX_FILE_BYTES, seconds=_FILE_SECONDS)
    except web.HTTPRequestEntityTooLarge:
        return problem(413, f"A file should be at most {MAX_FILE_BYTES // 1024**2} MiB.")
    if not content:
        raise BadWire("body", "is empty")
    is_new = await services.disputes.add_file(
        dispute["id"], new_id(), name=query.name, media_type=media_type, content=content, now=services.now(),
        most=MAX_FILES, operator=operator_of(request),
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
@reads(NoQuery, Media("*/*"))
async def read_dispute_file(request: web.Request, _query: NoQuery) -> web.Response:
    """Read a file unchanged. It may be anything, so the headers forbid a browser to run it."""
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


async def _files(request: web.Request) -> list[DisputeFileView]:
    return views.dispute_json(await dispute_in_path(request))["files"]
