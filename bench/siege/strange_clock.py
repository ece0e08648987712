"""The service with a clock that jumps by up to three hours, to and fro, as after a machine slept or was set by hand.

`python -m bench.siege.strange_clock PORT`
"""

import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gateway.commands.serve import open_port, serve_in_process
from gateway.settings import load_settings

_JUMPS_EVERY_SECONDS = 2.0
_JUMPS_MINUTES = (0, 180, -60, 5, -180, 0, 61, -5)


def strange_now() -> datetime:
    jump = _JUMPS_MINUTES[int(time.monotonic() / _JUMPS_EVERY_SECONDS) % len(_JUMPS_MINUTES)]
    return datetime.now(UTC) + timedelta(minutes=jump)


if __name__ == "__main__":
    with open_port("127.0.0.1", int(sys.argv[1])) as listening, tempfile.TemporaryDirectory() as folder:
        serve_in_process(load_settings(), listening, Path(folder), now=strange_now)
