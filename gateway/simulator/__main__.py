"""`python -m gateway.simulator`: the simulator of the providers as a process of its own, on loopback only."""

import argparse
import asyncio
import json
import os
import secrets
import signal
import sys
from contextlib import suppress
from pathlib import Path

from aiohttp import web

from gateway.simulator.africastalking import SimulatorSettings, make_simulator
from gateway.simulator.daraja import DarajaSettings
from gateway.simulator.pawapay import PawaPayDoubleSettings
from gateway.simulator.twilio import TwilioSettings
from values.frozen import replace

HOST = "127.0.0.1"
_DARAJA = ("consumer_key", "consumer_secret", "shortcode", "passkey", "payout_shortcode")


def main() -> None:
    """Serve until SIGTERM or SIGINT. Exit with 1 and one line if the port is taken."""
    parser = _parser()
    options = parser.parse_args()
    if not options.token:
        parser.error("--token or WEBHOOK_TOKEN is needed: the hooks' token")
    settings = SimulatorSettings(
        options.gateway_url, options.token, options.report_seconds, control_key=options.control_key, twilio=_twilio(),
        pawapay=_pawapay(), daraja=_daraja(),
    )  # fmt: skip
    asyncio.run(_serve(settings, options.port, options.announce_file, options.parent_pid))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m gateway.simulator", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes any free port (default)")
    parser.add_argument("--gateway-url", default="http://127.0.0.1:8000", help="where the hooks are")
    parser.add_argument("--token", default=os.environ.get("WEBHOOK_TOKEN"), help="of the hooks; or WEBHOOK_TOKEN")
    parser.add_argument(
        "--control-key", default=os.environ.get("SIMULATOR_KEY") or secrets.token_urlsafe(24),
        help="of the control API; or SIMULATOR_KEY (default: a random one, which the announce file has)",
    )  # fmt: skip
    parser.add_argument("--report-seconds", type=float, default=0.2, help="before each delivery report (default 0.2)")
    parser.add_argument(
        "--announce-file", type=Path, help="written once it listens, as JSON: url, port, pid, control_key"
    )
    parser.add_argument("--parent-pid", type=int, help="the process that starts this; when it is gone, so is this")
    return parser


def _twilio() -> TwilioSettings | None:
    """Return the account that is simulated at Twilio: the service's own, from the same environment variables."""
    sid, token = os.environ.get("TWILIO_ACCOUNT_SID"), os.environ.get("TWILIO_AUTH_TOKEN")
    return TwilioSettings(sid, token, os.environ.get("WEBHOOK_BASE_URL")) if sid and token else None


def _pawapay() -> PawaPayDoubleSettings | None:
    """Return the account that is simulated at pawaPay, likewise. People have a minute to answer a prompt."""
    token = os.environ.get("PAWAPAY_TOKEN")
    if not token:
        return None
    is_signed = os.environ.get("PAWAPAY_SIGNED_CALLBACKS", "true").lower() not in ("false", "0", "no", "off")
    public_url = os.environ.get("WEBHOOK_BASE_URL")
    return PawaPayDoubleSettings(token, "der" if is_signed else "no", public_url, prompts_wait=True)


def _daraja() -> DarajaSettings:
    """Return the account that is simulated at Daraja: the service's own if it has one, else the simulator's."""
    of_simulator = DarajaSettings()
    given = {name: os.environ.get(f"MPESA_{name.upper()}") or getattr(of_simulator, name) for name in _DARAJA}
    return replace(of_simulator, initiator=os.environ.get("MPESA_INITIATOR_NAME") or of_simulator.initiator, **given)


async def _serve(settings: SimulatorSettings, port: int, announce_file: Path | None, parent_pid: int | None) -> None:
    runner = web.AppRunner(make_simulator(settings), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await _listen(runner, port)
        _announce(runner.addresses[0][1], settings, announce_file)
        await _wait_for_stop(parent_pid)
    finally:
        await runner.cleanup()


async def _listen(runner: web.AppRunner, port: int) -> None:
    try:
        await web.TCPSite(runner, HOST, port).start()
    except OSError as error:
        sys.exit(f"simulator: cannot listen on {HOST}:{port}: {os.strerror(error.errno or 0)}")


def _announce(port: int, settings: SimulatorSettings, announce_file: Path | None) -> None:
    """Print the address, and write it to `announce_file`, which appears only when it is complete: a reader may poll.
    Only this account can read it: it has the key of the control API."""
    url = f"http://{HOST}:{port}"
    if announce_file is not None:
        draft = announce_file.with_name(announce_file.name + ".part")
        draft.unlink(missing_ok=True)
        draft.touch(mode=0o600)
        told = {"url": url, "port": port, "pid": os.getpid(), "control_key": settings.control_key}
        draft.write_text(json.dumps(told), encoding="utf-8")
        draft.replace(announce_file)
    sys.stdout.write(f"Africa's Talking simulator on {url}\n")
    sys.stdout.flush()


async def _wait_for_stop(parent_pid: int | None) -> None:
    """Return at a signal, or within a second of the parent's death: alone it would go on calling a gateway."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    while not stop.is_set() and parent_pid in (None, os.getppid()):
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), None if parent_pid is None else 1.0)


if __name__ == "__main__":
    main()
