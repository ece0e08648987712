"""REST, to come with its own file set."""

from aiohttp import web

routes = web.RouteTableDef()
