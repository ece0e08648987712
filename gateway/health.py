"""Whether the process is alive, whether callers may be sent to it, and whether its database and Redis answer."""

import asyncio
from collections.abc import Awaitable

import orjson
from aiohttp import web

from gateway.services import SERVICES, Services

routes = web.RouteTableDef()
_PROBE_SECONDS = 1.0


@routes.get("/livez")
async def livez(_request: web.Request) -> web.Response:
    """The process answers. Where it does not, restart it."""
    return web.Response(text="ok")


@routes.get("/readyz")
async def readyz(request: web.Request) -> web.Response:
    """Callers may be sent here: database and Redis answer, and the process has not been told to stop."""
    services = request.app[SERVICES]
    if services.draining:
        return web.Response(status=503, text="draining")
    is_ready = set((await _probed(services)).values()) == {"healthy"}
    return web.Response(status=200 if is_ready else 503, text="ok" if is_ready else "not ready")


@routes.get("/health")
async def health(request: web.Request) -> web.Response:
    """Return the state of the database and the session store as JSON; 503 if one does not answer."""
    services = request.app[SERVICES]
    probed = await _probed(services)
    is_healthy = set(probed.values()) == {"healthy"}
    body = {
        "status": "healthy" if is_healthy else "unhealthy",
        "services": probed,
        "timestamp": services.now().isoformat(),
    }
    return web.Response(
        status=200 if is_healthy else 503, body=orjson.dumps(body), content_type="application/json"
    )  # fmt: skip


async def drain(app: web.Application) -> None:
    """At stop: tell load balancers that nothing new should come here."""
    app[SERVICES].draining = True


async def _probed(services: Services) -> dict[str, str]:
    database, redis = await asyncio.gather(
        _answers(services.records.pool.fetchval("SELECT 1")), _answers(services.sessions.ping())
    )  # fmt: skip
    return {"database": database, "redis": redis}


async def _answers(probe: Awaitable[object]) -> str:
    try:
        async with asyncio.timeout(_PROBE_SECONDS):
            await probe
    except Exception:  # whatever went wrong, this server cannot be used
        return "unhealthy"
    return "healthy"
