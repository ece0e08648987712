"""The service with a clock that jumps by up to three hours, to and fro, as after a machine slept or was set by hand.

`python -m bench.siege.strange_clock PORT`
"""

import sys
import time
from datetime import UTC, datetime, timedelta

import uvloop
from aiohttp import web

from gateway.app import make_app
from gateway.logs import set_up_logs
from gateway.settings import load_settings

_JUMPS_EVERY_SECONDS = 2.0
_JUMPS_MINUTES = (0, 180, -60, 5, -180, 0, 61, -5)


def strange_now() -> datetime:
    jump = _JUMPS_MINUTES[int(time.monotonic() / _JUMPS_EVERY_SECONDS) % len(_JUMPS_MINUTES)]
    return datetime.now(UTC) + timedelta(minutes=jump)


def main() -> None:
    settings = load_settings()
    app = make_app(settings, set_up_logs(settings.log_level, settings.log_format), now=strange_now)
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), loop=uvloop.new_event_loop(), access_log=None, print=None)


if __name__ == "__main__":
    main()
