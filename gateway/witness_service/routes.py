"""The witness over HTTP (c2sp.org/tlog-witness): `POST /add-checkpoint`, and for monitors each log's latest checkpoint.

C2SP names no way for monitors yet; the path is that of a mirror (c2sp.org/tlog-mirror): the log's origin,
percent-encoded, and `/checkpoint`.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from aiohttp import web

from contracts.proof.log.witnessing import NotCosigned
from gateway.door.body import read_body
from gateway.middleware import answer_faults
from gateway.witness_service.cosigner import Cosigner

T = TypeVar("T")
_SIZE = "text/x.tlog.size"
_MOST_BYTES = 64 * 1024  # 63 hashes and 100 signatures have 20 KiB
_COSIGNER = web.AppKey("cosigner", Cosigner)
_THREAD = web.AppKey("thread", ThreadPoolExecutor)

routes = web.RouteTableDef()


def make_witness(cosigner: Cosigner) -> web.Application:
    """Return the service of one witness."""
    app = web.Application(client_max_size=_MOST_BYTES, middlewares=[answer_faults])
    app[_COSIGNER] = cosigner
    app.cleanup_ctx.append(_with_thread)
    app.add_routes(routes)
    return app


@routes.post("/add-checkpoint")
async def add_checkpoint(request: web.Request) -> web.Response:
    """Cosign a checkpoint, or say why not."""
    body = await read_body(request, most=_MOST_BYTES)
    try:
        line = await _in_thread(request, lambda: request.app[_COSIGNER].add_checkpoint(body))
    except NotCosigned as refusal:
        if refusal.size is not None:
            return web.Response(status=refusal.status, body=f"{refusal.size}\n".encode(), content_type=_SIZE)
        return web.Response(status=refusal.status, text=f"{refusal.why}\n")
    return web.Response(text=line)


@routes.get("/{origin}/checkpoint")
async def latest(request: web.Request) -> web.Response:
    """Return the latest checkpoint of a log with the cosignature; 404 if none was cosigned."""
    note = await _in_thread(request, lambda: request.app[_COSIGNER].latest_note(request.match_info["origin"]))
    if note is None:
        return web.Response(status=404, text="no checkpoint of such a log was cosigned\n")
    return web.Response(body=note, content_type="text/plain", charset="utf-8", headers={"Cache-Control": "no-cache"})


@routes.get("/")
async def who(request: web.Request) -> web.Response:
    """Return the key of the witness, as a policy file names it."""
    return web.Response(text=f"{request.app[_COSIGNER].key.line}\n")


async def _with_thread(app: web.Application) -> AsyncIterator[None]:
    """One thread does all that touches the book, one thing after the other."""
    app[_THREAD] = ThreadPoolExecutor(1, thread_name_prefix="book")
    yield
    app[_THREAD].shutdown()


async def _in_thread(request: web.Request, work: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(request.app[_THREAD], work)
