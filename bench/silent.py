"""The service as `voicepact serve` runs it, without sending SMS: the cost of a hop if `voicepact worker` sends.

`python -m bench.silent PORT`
"""

import sys
from pathlib import Path

from gateway.commands.serve import open_port, serve_in_process
from gateway.settings import load_settings

if __name__ == "__main__":
    with open_port("127.0.0.1", int(sys.argv[1])) as listening:
        serve_in_process(load_settings(), listening, Path(), sends=False)
