"""What the public files have in common: anybody may fetch them without a key, and not too often."""

from aiohttp import web

from gateway.door.client_address import client_address, counted_address
from gateway.http import problem
from gateway.services import SERVICES


def too_often(request: web.Request) -> web.Response | None:
    """Count a request for a public file. Return the refusal (429) of an address that asks too often."""
    services = request.app[SERVICES]
    client = counted_address(client_address(request, services.settings.proxy_hops))
    wait = services.limits.public_files.retry_after_seconds(client)
    if not wait:
        return None
    answer = problem(429, "You have asked too often. Please wait a minute.")
    answer.headers["Retry-After"] = str(wait)
    return answer
