"""`voicepact serve`: start the servers that are missing, print the addresses, and serve until told to stop."""

import asyncio
import errno
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import orjson
import uvloop
from aiohttp import web
from gunicorn.app.base import BaseApplication

from contracts.actions import Clock
from gateway.app import make_app, system_clock
from gateway.callback_urls import callback_urls
from gateway.commands.fit_keys import check_signing_keys
from gateway.commands.fit_stores import check_database_role, check_session_store
from gateway.commands.startup import StartError, migrate, with_servers
from gateway.commands.terminal import echo
from gateway.door.descriptors import connection_limits, raise_descriptor_limit
from gateway.door.door import ConnectionLimits, DoorRunner
from gateway.logs import set_up_logs
from gateway.number_risk.configured import with_simulated_checks
from gateway.settings import Settings
from gateway.settings.mpesa import with_simulated_mpesa
from gateway.two_phones.places import stage_places
from gateway.two_phones.stage import StagePlaces

DRAIN_SECONDS = 10.0  # for requests under way at SIGTERM: longer than a hop, shorter than supervisors wait
_SIMULATOR_STARTS_WITHIN_SECONDS = 10.0


def serve(settings: Settings, host: str, port: int, workers: int, data_dir: Path) -> None:
    """Serve until SIGINT or SIGTERM. Raise StartError, with one line, if the service cannot start."""
    raise_descriptor_limit()
    with ExitStack() as stack:
        listening = stack.enter_context(open_port(host, port))
        made_api_key = not settings.api_key.get_secret_value()
        has_own_servers = not (settings.database_url or settings.redis_url)
        settings = stack.enter_context(with_servers(settings, data_dir))
        migrate(settings)
        check_database_role(settings)
        check_session_store(settings)
        if workers > 1:
            check_signing_keys(settings)
        simulator: dict[str, Any] = {}
        if settings.at_api_key is None and settings.at_base_url is None:
            simulator = stack.enter_context(_with_simulator(settings, _reachable(host, port), data_dir))
            settings = settings.model_copy(update={"at_base_url": simulator["url"]})
            if settings.environment != "production":
                settings = with_simulated_mpesa(settings, simulator["url"])
            settings = with_simulated_checks(settings, simulator["url"])
        phones = stage_places(
            settings, _reachable(host, port), simulator, workers, has_own_servers=has_own_servers
        )  # fmt: skip
        _announce(
            settings, _reachable(host, port), data_dir, simulator, made_api_key=made_api_key, has_phones=bool(phones)
        )
        stack.callback((data_dir / "serve.json").unlink, missing_ok=True)
        if workers == 1:
            serve_in_process(settings, listening, data_dir, phones=phones)
        else:
            _GunicornServer(settings, listening, workers, data_dir).run()


def serve_in_process(
    settings: Settings, listening: socket.socket, data_dir: Path, *, sends: bool = True, now: Clock = system_clock,
    phones: StagePlaces | None = None,
) -> None:  # fmt: skip
    """Serve on a socket that listens until SIGINT or SIGTERM. For the others see `make_app`."""
    lines = set_up_logs(settings.log_level, settings.log_format)
    app = make_app(
        settings, lines, sends=sends, now=now, data_dir=data_dir, local_url=_reachable_at(listening), phones=phones
    )
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as loop:
        loop.run(_serve_until_told(app, connection_limits(settings), listening))


async def _serve_until_told(app: web.Application, limits: ConnectionLimits, listening: socket.socket) -> None:
    told = asyncio.Event()
    for stop in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(stop, told.set)
    runner = DoorRunner(app, limits, drain_seconds=DRAIN_SECONDS)
    try:
        await runner.setup()
        await web.SockSite(runner, listening).start()
        await told.wait()
    finally:
        await runner.cleanup()


class _GunicornServer(BaseApplication):
    """gunicorn with aiohttp's worker: several processes on one socket; restarts one that died, drains on SIGTERM."""

    def __init__(self, settings: Settings, listening: socket.socket, workers: int, data_dir: Path) -> None:
        self._settings = settings
        self._listening = listening
        self._local_url = _reachable_at(listening)  # gunicorn takes the socket
        self._workers = workers
        self._data_dir = data_dir
        super().__init__()

    def load_config(self) -> None:
        assert self.cfg is not None
        self.cfg.set("bind", [f"fd://{self._listening.detach()}"])  # gunicorn closes it
        self.cfg.set("workers", self._workers)
        self.cfg.set("worker_class", "aiohttp.GunicornUVLoopWebWorker")
        self.cfg.set("graceful_timeout", int(DRAIN_SECONDS))
        self.cfg.set("accesslog", None)
        self.cfg.set("loglevel", "warning")

    def load(self) -> Any:
        settings, data_dir, local_url = self._settings, self._data_dir, self._local_url

        async def runner() -> web.AppRunner:
            lines = set_up_logs(settings.log_level, settings.log_format)
            app = make_app(settings, lines, data_dir=data_dir, local_url=local_url)
            return DoorRunner(app, connection_limits(settings), drain_seconds=DRAIN_SECONDS)

        return runner


@contextmanager
def open_port(host: str, port: int) -> Iterator[socket.socket]:
    """Listen on a port while the context lasts. It comes before anything slow is started, so that a port in use is
    reported at once: raise StartError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((host, port))
        except (OSError, UnicodeError) as fault:  # the latter: a host that is no name, like `a..b`
            is_used = isinstance(fault, OSError) and fault.errno == errno.EADDRINUSE
            why = "is in use" if is_used else f"cannot be used: {getattr(fault, 'strerror', None) or 'no such address'}"
            raise StartError(f"port {port} on {host} {why}; choose another with --port") from None
        listening.listen(1024)
        listening.set_inheritable(True)
        yield listening


@contextmanager
def _with_simulator(settings: Settings, gateway_url: str, data_dir: Path) -> Iterator[dict[str, Any]]:
    """Run the simulator of Africa's Talking in a process of its own; the value has its `url` and `control_key`."""
    announced = data_dir / "simulator.json"
    announced.unlink(missing_ok=True)
    simulator = subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-m", "gateway.simulator", "--gateway-url", gateway_url, "--announce-file", str(announced),
         "--parent-pid", str(os.getpid())],
        env={**os.environ, "WEBHOOK_TOKEN": settings.webhook_token.get_secret_value()},
        stdout=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        give_up = time.monotonic() + _SIMULATOR_STARTS_WITHIN_SECONDS
        while not announced.exists():
            if simulator.poll() is not None or time.monotonic() > give_up:
                raise StartError("the local simulator of Africa's Talking did not start")
            time.sleep(0.02)
        yield orjson.loads(announced.read_bytes())
    finally:
        simulator.terminate()
        simulator.wait(timeout=5)


def _reachable(host: str, port: int) -> str:
    """Return the address at which programs on this machine reach the service."""
    local = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104 - compared
    return f"http://{local}:{port}"


def _reachable_at(listening: socket.socket) -> str:
    return _reachable(*listening.getsockname()[:2])


def _announce(
    settings: Settings, url: str, data_dir: Path, simulator: dict[str, Any], *, made_api_key: bool, has_phones: bool
) -> None:  # fmt: skip
    """Print where the service is. Outside production also print what somebody needs who tries it, and write it to
    serve.json in the data folder, where `voicepact phone` and other commands find it. Only this account can read the
    file: it has secrets. A key that an operator has chosen is printed nowhere."""
    if settings.environment == "production":
        echo(f"listening  {url}   (/health tells how it is)")
        _warn_of_no_office(settings)
        echo("callbacks  `voicepact hooks` prints the addresses to paste into the provider's dashboard")
        return
    running = {
        "url": url, "token": settings.webhook_token.get_secret_value(), "simulator_url": settings.at_base_url,
        "simulator_key": simulator.get("control_key", ""), "pid": os.getpid(),
        "database_url": settings.database_url, "redis_url": settings.redis_url,
    }  # fmt: skip
    path = data_dir / "serve.json"
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(orjson.dumps(running))
    echo(f"database   {_without_password(settings.database_url)}")
    echo(f"sessions   {_without_password(settings.redis_url)}")
    echo(f"listening  {url}   (/health tells how it is)")
    _warn_of_no_office(settings)
    if settings.at_api_key is None:
        echo(f"provider   the local simulator of Africa's Talking, {settings.at_base_url}")
    if settings.mpesa_base_url == settings.at_base_url:
        echo("money      the same simulator plays M-Pesa: no real money moves")
    echo("callbacks, to paste into the provider's dashboard:")
    for name, address in callback_urls(settings, url):
        echo(f"  {name:<17} {address}")
    key = settings.api_key.get_secret_value() if made_api_key else "$API_KEY"
    echo(f'REST       curl -H "Authorization: Bearer {key}" {url}/v1/contracts')
    echo("try it     make phone MSISDN=+254712345678   (another terminal, another number: the other party)")
    if has_phones:
        echo(f"\nopen       {url}/phone   (two phones, and a story that plays by itself)")


def _warn_of_no_office(settings: Settings) -> None:
    if settings.office_phone is None:
        echo("office     OFFICE_PHONE is not set: texts that send people to the office name no number")


def _without_password(url: str | None) -> str:
    return re.sub(r"(://[^:/@]*):[^@]*@", r"\1:***@", url or "")
