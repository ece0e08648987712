"""The least that a hop can cost in aiohttp: the form is parsed, a text is returned, nothing else happens.

`python -m bench.bare PORT`
"""

import sys

import uvloop
from aiohttp import web
from yarl import query_to_pairs

# As long as a typical screen.
SCREEN = b"CON My contracts\n1. answer: maize KES 3,500\n2. answer: maize KES 3,500\n98. More\n0. Back\n00. Home"
HEADERS = {"Content-Type": "text/plain; charset=utf-8"}


async def hop(request: web.Request) -> web.Response:
    form = dict(query_to_pairs((await request.read()).decode()))
    assert "sessionId" in form
    return web.Response(body=SCREEN, headers=HEADERS)


async def message(request: web.Request) -> web.Response:
    form = dict(query_to_pairs((await request.read()).decode()))
    assert "from" in form
    return web.Response()


def main() -> None:
    app = web.Application()
    app.add_routes([web.post("/ussd", hop), web.post("/sms", message)])
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), loop=uvloop.new_event_loop(), access_log=None, print=None)


if __name__ == "__main__":
    main()
