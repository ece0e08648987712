"""The public files of the log (c2sp.org/tlog-tiles): its signed checkpoint and its tiles, for anybody, without a key.

They hold hashes only. The files of a log are under the path that its origin ends with: `/log/`, and `/log/2/` of the
one that began after it, and so on. Only what a checkpoint covers is published.
"""

from aiohttp import web

from contracts.proof.log.anchors import digest_of, whole_proof
from contracts.proof.log.checkpoints import add_signatures, read_checkpoint
from contracts.proof.log.notes import parse_signatures
from contracts.proof.log.opentimestamps import write_ots_file
from contracts.proof.log.tiles import parse_tile_path, tile_width
from contracts.proof.log.tree import HASH_BYTES
from gateway.http import problem
from gateway.services import SERVICES
from gateway.verify.public_files import too_often
from storage.log import LogRows

routes = web.RouteTableDef()

_SECURE = {"X-Content-Type-Options": "nosniff", "Access-Control-Allow-Origin": "*"}
_FOR_GOOD = {**_SECURE, "Cache-Control": "public, max-age=31536000, immutable"}
_MOST_SIZES = 100
_MINUTES = {**_SECURE, "Cache-Control": "public, max-age=5"}


@routes.get("/log/checkpoint")
@routes.get("/log/{log:[1-9][0-9]?}/checkpoint")
async def checkpoint(request: web.Request) -> web.Response:
    """Return the newest checkpoint of the log, signed by it and by the witnesses that have seen it; 404 if there is
    none yet."""
    if refused := too_often(request):
        return refused
    row = await _rows(request).last_checkpoint(_log(request))
    if row is None:
        return problem(404, "No checkpoint of this log was signed yet.")
    lines = (await _rows(request).cosignatures(_log(request), row["size"])).values()
    note = add_signatures(row["note"], parse_signatures("".join(lines).encode()) if lines else ())
    return web.Response(body=note, content_type="text/plain", charset="utf-8", headers=_MINUTES)


@routes.get("/log/{path:tile/.*}")
@routes.get("/log/{log:[1-9][0-9]?}/{path:tile/.*}")
async def tile(request: web.Request) -> web.Response:
    """Return a tile, full or of a certain width; 404 if the newest checkpoint does not cover so many hashes of it."""
    if refused := too_often(request):
        return refused
    rows, log, named = _rows(request), _log(request), parse_tile_path(request.match_info["path"])
    row = await rows.last_checkpoint(log) if named else None
    if named is None or row is None:
        return problem(404, "There is no such tile.")
    name, width = named
    covered = tile_width(name, read_checkpoint(row["note"])[0].size)
    found = await rows.tiles(log, [(name.level, name.index)]) if width <= covered else {}
    if not found:
        return problem(404, "There is no such tile.")
    hashes = found[name.level, name.index][: width * HASH_BYTES]
    return web.Response(body=hashes, content_type="application/octet-stream", headers=_FOR_GOOD)


@routes.get("/log/anchors")
@routes.get("/log/{log:[1-9][0-9]?}/anchors")
async def anchors(request: web.Request) -> web.Response:
    """Return the sizes of the newest checkpoints that calendars of OpenTimestamps anchor in Bitcoin, a line each."""
    if refused := too_often(request):
        return refused
    sizes = await _rows(request).anchored_sizes(_log(request), _MOST_SIZES)
    return web.Response(text="".join(f"{size}\n" for size in sizes), headers=_MINUTES)


@routes.get(r"/log/anchors/{size:[1-9][0-9]{0,17}}.{kind:txt|ots}")
@routes.get(r"/log/{log:[1-9][0-9]?}/anchors/{size:[1-9][0-9]{0,17}}.{kind:txt|ots}")
async def anchor(request: web.Request) -> web.Response:
    """Return the text of an anchored checkpoint, or its proof as `ots verify` reads it: it grows until it leads to a
    block."""
    if refused := too_often(request):
        return refused
    rows = await _rows(request).anchors(_log(request), int(request.match_info["size"]))
    if not rows:
        return problem(404, "No calendar has answered for such a checkpoint.")
    text = read_checkpoint(rows[0]["note"])[0].text
    if request.match_info["kind"] == "txt":
        return web.Response(body=text, content_type="text/plain", charset="utf-8", headers=_MINUTES)
    digest = digest_of(text)
    file = write_ots_file(digest, whole_proof(rows, digest))
    return web.Response(body=file, content_type="application/vnd.opentimestamps.v1", headers=_MINUTES)


def _log(request: web.Request) -> int:
    return int(request.match_info.get("log", "1"))


def _rows(request: web.Request) -> LogRows:
    return request.app[SERVICES].evidence.log
