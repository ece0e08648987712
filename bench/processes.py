"""Start processes and databases for a bench, wait until they listen, and end them with it."""

import base64
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from storage import grants
from storage.migrations import runner as migrations

HERE = Path(__file__).resolve().parent.parent
_STARTS_WITHIN_SECONDS = 120.0  # on a busy machine


@contextmanager
def process(
    name: str, command: list[str], environment: Mapping[str, str], folder: Path, port: int, code: Path = HERE
) -> Iterator[int]:
    """Run `python -m command` until the context ends, its output in `<name>.log`. Give its pid once it listens."""
    started = start(name, command, environment, folder, code)
    try:
        give_up = time.monotonic() + _STARTS_WITHIN_SECONDS
        while not _listens(port):
            if started.poll() is not None or time.monotonic() > give_up:
                raise RuntimeError(f"{name} did not start:\n" + (folder / f"{name}.log").read_text())
            time.sleep(0.05)
        yield started.pid
    finally:
        stop(started)


def start(
    name: str, command: list[str], environment: Mapping[str, str], folder: Path, code: Path = HERE
) -> "subprocess.Popen[bytes]":
    """Start `python -m command`, its output in `<name>.log`. It does not get our own environment variables."""
    own = {"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONPATH": str(code), **environment}
    with (folder / f"{name}.log").open("ab") as log:
        return subprocess.Popen(  # noqa: S603 - our own modules
            [sys.executable, "-m", *command], env=own, cwd=folder, stdout=log, stderr=log
        )


def stop(started: "subprocess.Popen[bytes]") -> None:
    """Terminate the process, and kill it if it does not end."""
    started.terminate()
    try:
        started.wait(timeout=15)
    except subprocess.TimeoutExpired:
        started.kill()
        started.wait()


def free_port() -> int:
    """Return a port that nobody has, from below those that a system gives away by itself: one of these may be anybody's
    by the time it is used."""
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        with closing(socket.socket()) as held, suppress(OSError):
            held.bind(("127.0.0.1", port))
            return port


def production(token: str, secret_key: str) -> dict[str, str]:
    """Return the settings that production requires, without the addresses."""
    return {
        "ENVIRONMENT": "production", "WEBHOOK_TOKEN": token, "SECRET_KEY": secret_key,
        "SIGNATURE_PRIVATE_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
        "LOG_PRIVATE_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
        "API_KEY": secrets.token_hex(16), "AT_API_KEY": "the provider takes any", "AT_USERNAME": "bench",
        "WEBHOOK_BASE_URL": "https://bench.example",
    }  # fmt: skip


def mobile_money(port: int) -> dict[str, str]:
    """Return the settings of an account with M-Pesa, which the provider on `port` plays."""
    return {
        "MPESA_CONSUMER_KEY": "any", "MPESA_CONSUMER_SECRET": "any", "MPESA_SHORTCODE": "600000",
        "MPESA_PASSKEY": "any", "MPESA_INITIATOR_NAME": "bench", "MPESA_SECURITY_CREDENTIAL": "any",
        "MPESA_BASE_URL": f"http://127.0.0.1:{port}",
    }  # fmt: skip


async def new_database(url: str, name: str) -> str:
    """Create a database with our schema on the server of `url`, and the role of the service; return its owner's URL."""
    if not await _on(url, "SELECT count(*) FROM pg_roles WHERE rolname = $1", grants.ROLE):
        await _on(url, f"CREATE ROLE {grants.ROLE} LOGIN")
    new = await empty_database(url, name)
    await migrations.up(new)
    await grants.grant(new)
    return new


async def empty_database(url: str, name: str, schema: str = "") -> str:
    """Create a database with this schema on the server of `url`; return its URL."""
    await _on(url, f"CREATE DATABASE {name} TEMPLATE template0")
    new = urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
    if schema:
        await _on(new, schema)
    return new


async def _on(url: str, sql: str, *values: str) -> Any:
    """Run one query, or a script if there are no values, on a connection of its own."""
    connection = await asyncpg.connect(url)
    try:
        return await (connection.fetchval(sql, *values) if values else connection.execute(sql))
    finally:
        await connection.close()


def as_service(owner_url: str) -> str:
    """Return the URL with which the service connects, as a role that owns nothing: production refuses the owner."""
    parts = urlsplit(owner_url)
    return urlunsplit(parts._replace(netloc=f"{grants.ROLE}@{parts.netloc.rpartition('@')[2]}"))


def _listens(port: int) -> bool:
    with closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
