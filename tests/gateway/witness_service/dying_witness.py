"""`python -m tests.gateway.witness_service.dying_witness FOLDER PORT`: a witness that kills itself.

It reads numbers from stdin, a line each. For each it makes a process serving the witness of FOLDER on PORT, which
is killed (SIGKILL) at that call or return in a file of ours, or of what these call, counted from the start of its first
request; 0: never, it ends after one answer. It prints `listening`, and then `killed` or `ended`.
"""

import asyncio
import os
import signal
import socket
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Any

import structlog
from aiohttp import web

from contracts.proof.log.witnessing import logs_of
from gateway.door.door import ConnectionLimits, DoorRunner
from gateway.witness_service.cosigner import Cosigner
from gateway.witness_service.routes import make_witness
from storage.witness_book import NAME, WitnessBook
from tests.gateway.witness_service.forked_logs import LOG_KEY

_OURS = ("witness_book.py", "cosigner.py", "routes.py", "body.py", "middleware.py")
_AT = 1_800_000_000


def main() -> None:
    folder, port = Path(sys.argv[1]), int(sys.argv[2])
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # stdout is for its three words
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            asyncio.run(_serve(folder, port, int(line)))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        _say("killed" if os.WIFSIGNALED(status) else "ended")


async def _serve(folder: Path, port: int, dies_at: int) -> None:
    book, ends = WitnessBook.open(folder / NAME), asyncio.Event()
    app = make_witness(Cosigner(book, logs_of([LOG_KEY]), lambda: _AT))
    steps = 0

    def step(frame: FrameType, event: str, _: Any) -> None:
        nonlocal steps
        if frame.f_code.co_filename.endswith(_OURS):
            steps += 1
            if steps == dies_at:
                os.kill(os.getpid(), signal.SIGKILL)

    @web.middleware
    async def watched(request: web.Request, handler: Any) -> web.StreamResponse:
        threading.setprofile(step)
        sys.setprofile(step)
        answer: web.StreamResponse = await handler(request)
        answer.force_close()
        asyncio.get_running_loop().call_later(0.02, ends.set)
        return answer

    app.middlewares.insert(0, watched)
    runner = DoorRunner(app, ConnectionLimits())
    await runner.setup()
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(("127.0.0.1", port))
    listening.listen()
    await web.SockSite(runner, listening).start()
    _say("listening")
    await ends.wait()
    sys.setprofile(None)
    await runner.cleanup()


def _say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
