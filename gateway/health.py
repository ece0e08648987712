"""Whether the service lives, is ready for callers, and what it stands on."""

import asyncio
from collections.abc import Awaitable

import orjson
from aiohttp import web

from gateway.services import PARTS, Parts

routes = web.RouteTableDef()
_PROBE_SECONDS = 1.0


@routes.get("/livez")
async def livez(_request: web.Request) -> web.Response:
    """The process answers. A restart is the cure when it does not."""
    return web.Response(text="ok")


@routes.get("/readyz")
async def readyz(request: web.Request) -> web.Response:
    """Callers may be sent here: what we stand on answers, and we are not about to stop."""
    parts = request.app[PARTS]
    services = await _services(parts)
    if parts.draining:
        return web.Response(status=503, text="draining")
    is_ready = set(services.values()) == {"healthy"}
    return web.Response(status=200 if is_ready else 503, text="ok" if is_ready else "not ready")


@routes.get("/health")
async def health(request: web.Request) -> web.Response:
    """For people and dashboards."""
    parts = request.app[PARTS]
    services = await _services(parts)
    is_healthy = set(services.values()) == {"healthy"}
    body = {
        "status": "healthy" if is_healthy else "unhealthy",
        "services": services,
        "timestamp": parts.now().isoformat(),
    }
    return web.Response(
        status=200 if is_healthy else 503, body=orjson.dumps(body), content_type="application/json"
    )  # fmt: skip


async def drain(app: web.Application) -> None:
    """At stop: tell who asks that nothing new should come here."""
    app[PARTS].draining = True


async def _services(parts: Parts) -> dict[str, str]:
    database, redis = await asyncio.gather(
        _answers(parts.records.pool.fetchval("SELECT 1")), _answers(parts.sessions.ping())
    )  # fmt: skip
    return {"database": database, "redis": redis}


async def _answers(probe: Awaitable[object]) -> str:
    try:
        async with asyncio.timeout(_PROBE_SECONDS):
            await probe
    except Exception:  # whatever it is, the service below does not answer
        return "unhealthy"
    return "healthy"
