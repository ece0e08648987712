"""Read the body of a request: only so many bytes, and only so long. What is refused is not read to its end."""

import asyncio

from aiohttp import web

from gateway.door.request import DoorRequest

MAX_BODY_BYTES = 64 * 1024
BODY_SECONDS = 10.0  # for a form or JSON of that size, from a slow line

_INVITATION = b"HTTP/1.1 100 Continue\r\n\r\n"


async def read_body(request: web.Request, *, most: int = MAX_BODY_BYTES, seconds: float = BODY_SECONDS) -> bytes:
    """Return the body. Call this only after everything in the head is checked: a client that waits for `100 Continue`
    is invited here.

    Raise 413 as soon as it is known that there are more than `most` bytes, 408 if they have not come within `seconds`,
    503 if the service is told to stop meanwhile, and 429 or 503 if too many other bodies are waited for.
    """
    if (request.content_length or 0) > most:
        raise web.HTTPRequestEntityTooLarge(most)
    if request.content.is_eof():  # a hop: its body came with its head, and needs no deadline
        return await _read(request, most)
    assert isinstance(request, DoorRequest)
    if request.waits_to_be_invited:
        await request.writer.write(_INVITATION)
        request.writer.output_size = 0  # it is no part of the answer
    try:
        async with asyncio.timeout(seconds) as deadline:
            with request.connection.waits_for_body(deadline):
                return await _read(request, most)
    except ConnectionError:  # no fault of ours, and none to log: the client went away
        raise web.HTTPBadRequest(reason="The body broke off.") from None
    except TimeoutError:
        too_slow = web.HTTPRequestTimeout(reason=f"The body should come within {seconds:.0f} seconds.")
        raise request.connection.why_body_given_up or too_slow from None


async def _read(request: web.Request, most: int) -> bytes:
    body = bytearray()
    while chunk := await request.content.readany():
        body += chunk
        if len(body) > most:
            raise web.HTTPRequestEntityTooLarge(most)
    return bytes(body)
