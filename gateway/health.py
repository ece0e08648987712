"""Whether the process is alive, whether callers may be sent to it, and what of it needs a person to look.

Anyone may ask, so the answers name no host, no address, no number of people or contracts; only how long the oldest SMS
has waited, which a monitor needs.
"""

import orjson
from aiohttp import web

from gateway.health_probe import Found, HealthProbe
from gateway.services import SERVICES

routes = web.RouteTableDef()
PROBE = web.AppKey("health_probe", HealthProbe)


@routes.get("/livez")
async def livez(_request: web.Request) -> web.Response:
    """The process answers. Where it does not, restart it."""
    return web.Response(text="ok")


@routes.get("/readyz")
async def readyz(request: web.Request) -> web.Response:
    """Callers may be sent here: both stores take a write, the schema is not older than the code, and the process has
    not been told to stop. What another instance would not do better (a provider that is down) does not count."""
    if request.app[SERVICES].draining:
        return web.Response(status=503, text="draining")
    is_ready = (await request.app[PROBE].look()).can_serve
    return web.Response(status=200 if is_ready else 503, text="ok" if is_ready else "not ready")


@routes.get("/health")
async def health(request: web.Request) -> web.Response:
    """Return everything as JSON. The status is `unhealthy`, with a 503, when callers cannot be served; `degraded`, with
    a 200, when they can but a person should look."""
    found = await request.app[PROBE].look()
    body = {
        "status": "healthy" if found.is_whole else "degraded" if found.can_serve else "unhealthy",
        "services": {"database": _healthy(found.database), "redis": _healthy(found.redis)},
        "timestamp": found.at.timestamp(),
        "checks": _checks(found),
    }
    return web.Response(
        status=200 if found.can_serve else 503, body=orjson.dumps(body), content_type="application/json"
    )  # fmt: skip


async def drain(app: web.Application) -> None:
    """At stop: tell load balancers that nothing new should come here."""
    app[SERVICES].draining = True


def _checks(found: Found) -> dict[str, object]:
    return {
        "schema": "current" if found.schema_is_current else "older than the code",
        "disk": found.disk,
        "jobs": {name: "alive" if is_alive else "dead" for name, is_alive in found.jobs.items()},
        "providers": {name: "in use" if is_used else "paused" for name, is_used in found.providers.items()},
        "oldest_unsent_seconds": found.unsent_seconds,
        "log": found.log,
        "witnesses": found.witnesses,
        "load": "too much" if found.turns_away else "bearable",
        "keys": found.keys,
    }


def _healthy(is_healthy: bool) -> str:
    return "healthy" if is_healthy else "unhealthy"
