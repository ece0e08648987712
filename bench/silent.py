"""The service as `voicepact serve` runs it, without sending SMS: the cost of a hop if `voicepact worker` sends.

`python -m bench.silent PORT`
"""

import sys

import uvloop
from aiohttp import web

from gateway.app import make_app
from gateway.logs import set_up_logs
from gateway.settings import load_settings


def main() -> None:
    settings = load_settings()
    app = make_app(settings, set_up_logs(settings.log_level, settings.log_format), sends=False)
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), loop=uvloop.new_event_loop(), access_log=None, print=None)


if __name__ == "__main__":
    main()
