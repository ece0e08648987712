"""`python -m bench.tutorial PORT`: the server. Its settings are those of ours that it knows, from the environment."""

import asyncio
import base64
import logging
import os
import sys
from collections.abc import AsyncIterator

import aiohttp
import asyncpg
import redis.asyncio as redis
import uvloop
from aiohttp import web
from argon2 import PasswordHasher
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bench.tutorial.confirming import Confirming
from bench.tutorial.messages import SmsQueue, receive
from bench.tutorial.screens import Screens

SCREENS, POOL = web.AppKey("screens", Screens), web.AppKey("pool", asyncpg.Pool)


async def ussd(request: web.Request) -> web.Response:
    form = await request.post()
    msisdn, typed = str(form["phoneNumber"]), str(form["text"]).rpartition("*")[2]
    return web.Response(text=await request.app[SCREENS].answer(str(form["sessionId"]), msisdn, typed))


async def sms(request: web.Request) -> web.Response:
    form = await request.post()
    await receive(request.app[POOL], str(form["from"]), str(form["id"]), str(form["text"]))
    return web.Response()


async def life(app: web.Application) -> AsyncIterator[None]:
    """Open what the server needs, and send the queue until it stops."""
    settings = os.environ
    key = Ed25519PrivateKey.from_private_bytes(base64.b64decode(settings["SIGNATURE_PRIVATE_KEY"]))
    pins = PasswordHasher(
        time_cost=int(settings["PIN_PASSES"]), memory_cost=int(settings["PIN_MEMORY_KIB"]), parallelism=1
    )
    async with (
        asyncpg.create_pool(settings["DATABASE_URL"]) as pool,
        redis.Redis.from_url(settings["REDIS_URL"], decode_responses=True) as sessions,
        aiohttp.ClientSession(settings["AT_BASE_URL"]) as http,
    ):
        app[POOL], app[SCREENS] = pool, Screens(pool, sessions, Confirming(pool, key, pins))
        sending = asyncio.create_task(SmsQueue(pool, http, settings["AT_USERNAME"], settings["AT_API_KEY"]).run())
        yield
        sending.cancel()
        await asyncio.wait([sending])


def main() -> None:
    logging.basicConfig(level=logging.INFO)  # aiohttp writes a line for each request
    app = web.Application()
    app.add_routes([web.post("/ussd", ussd), web.post("/sms", sms)])
    app.cleanup_ctx.append(life)
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), loop=uvloop.new_event_loop(), print=None)


if __name__ == "__main__":
    main()
