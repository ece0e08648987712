"""Who takes part in a bench, each as a process of its own with a database of its own, and one turn of one of them."""

import asyncio
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import orjson

from bench.driver import PIN, Job, Result
from bench.processes import HERE, free_port, new_database, process, production
from bench.town import CONTRACTS_EACH, MESSAGES_EACH, Neighbour, Town, ask
from contracts.fields.pin import Secret
from contracts.pin_hash import MEMORY_KIB, TIME_COST, PinHasher
from storage.embedded.servers import ServerUrls
from storage.encryption import Encryptor

WARM_UP_SECONDS = 0.5
CHEAP_PIN = {"PIN_MEMORY_KIB": 8, "PIN_PASSES": 1}
REAL_PIN = {"PIN_MEMORY_KIB": MEMORY_KIB, "PIN_PASSES": TIME_COST}

_SENDS_WITHIN_SECONDS = 60.0
_FIRST_GUESS = 2000  # sessions a second, until a turn has shown how many there are
_SPARE = 1.5  # callers are made for so many times the sessions of the turn before


# The rows that each play leaves behind, one a session.
_KEPT = {
    "confirm": (("contracts", "status = 'CONFIRMED'"), ("confirmations", "channel = 'ussd'"), ("acted_hops", "ends")),
    "messages": (("sms_logs", "direction = 'in'"), ("mo_receipts", "true")),
}


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """`plays` as the driver knows it. `base` is the entry this one is measured against. `module` is run with the
    arguments; `code` is the folder it is taken from."""

    label: str
    plays: str
    base: str | None
    module: str
    arguments: tuple[str, ...]
    pin: dict[str, int] = field(default_factory=dict)
    sends: bool = False
    code: Path = HERE


def session(label: str, code: Path = HERE) -> Entry:
    """The service in production's own dress, but for the price of its PIN."""
    arguments = ("serve", "--port", "{port}")
    return Entry(label, "confirm", BARE.label, "gateway", arguments, CHEAP_PIN, sends=True, code=code)


BARE = Entry("bare aiohttp", "dials", None, "bench.bare", ("{port}",))
SESSION = session("confirm session")
NOT_SENDING = replace(SESSION, label="  sending no SMS", module="bench.silent", arguments=("{port}",), sends=False)
REAL = replace(SESSION, label="  with the real PIN cost", pin=REAL_PIN)
BARE_MESSAGE = replace(BARE, label="bare aiohttp, an MO", plays="messages")
MESSAGE = replace(SESSION, label="MO to a durable row", plays="messages", base=BARE_MESSAGE.label)


@dataclass(slots=True)
class Turn:
    """What the driver saw; `sent` is the share of the messages it caused that had gone out when it stopped."""

    result: Result
    sent: float | None = None


@dataclass(slots=True)
class Contestant:
    """A running entry."""

    entry: Entry
    users: int
    port: int
    path: str
    pids: dict[str, int]
    town: Town | None
    done: int = 0
    a_second: float = _FIRST_GUESS

    def turn(self, seconds: float) -> Turn:
        """Make people, let them play, and see that the database says what the phones were told."""
        callers = self._callers(seconds)
        turn = Turn(self._drive(callers, seconds))
        self.a_second = max(turn.result.sessions / (seconds + WARM_UP_SECONDS), 1.0)
        if self.town:
            asyncio.run(self._check(self.town, turn))
        return turn

    def _callers(self, seconds: float) -> list[Neighbour]:
        sessions = self.a_second * (seconds + WARM_UP_SECONDS) * _SPARE
        if self.town and self.entry.plays == "confirm":
            return asyncio.run(self.town.grow(int(sessions) // CONTRACTS_EACH + self.users * 2))
        if self.town:
            return asyncio.run(self.town.write_to_us(int(sessions) // MESSAGES_EACH + self.users * 2))
        return [Neighbour(f"+2547{20_000_000 + number}", ()) for number in range(self.users * 8)]

    def _drive(self, callers: list[Neighbour], seconds: float) -> Result:
        job = Job(
            self.entry.plays, self.port, self.path, self.users, WARM_UP_SECONDS, seconds,
            [(caller.msisdn, list(caller.references)) for caller in callers], self.pids,
        )  # fmt: skip
        driver = [sys.executable, "-m", "bench.driver"]
        done = subprocess.run(driver, input=orjson.dumps(job), stdout=subprocess.PIPE, check=True, cwd=HERE)  # noqa: S603 - ours
        result = Result(**orjson.loads(done.stdout))
        if not result.hops:
            raise RuntimeError(f"{self.entry.label.strip()}: not one good reply; {result.told}")
        return result

    async def _check(self, town: Town, turn: Turn) -> None:
        """Each END is one confirmed contract with its evidence, each message one row. Ends when all SMS are out."""
        result, url = turn.result, town.database_url
        self.done += result.sessions
        if self.entry.plays == "confirm" and self.entry.sends and result.sessions:
            unsent = await ask(url, "SELECT count(*) FROM sms_logs WHERE status IN ('queued', 'sending')")
            turn.sent = 1 - unsent / (2 * result.sessions)
        for table, where in _KEPT[self.entry.plays]:
            found = await ask(url, f"SELECT count(*) FROM {table} WHERE {where}")  # noqa: S608 - our own words
            if found != self.done:
                result.errors += 1
                result.told.append(f"{self.done} were told it is done, {table} has {found}")
        if self.entry.sends:
            await _all_sent(url)


async def _all_sent(url: str) -> None:
    give_up = time.monotonic() + _SENDS_WITHIN_SECONDS
    while await ask(url, "SELECT EXISTS (SELECT FROM sms_logs WHERE status IN ('queued', 'sending'))"):
        if time.monotonic() > give_up:
            raise TimeoutError("the service does not send its messages")
        await asyncio.sleep(0.1)


@contextmanager
def provider(folder: Path) -> Iterator[int]:
    """The port of a provider that takes every message."""
    port = free_port()
    with process("provider", ["bench.provider", str(port)], {}, folder, port):
        yield port


@contextmanager
def contestant(
    number: int, entry: Entry, users: int, servers: ServerUrls, provider_port: int, folder: Path
) -> Iterator[Contestant]:
    """`entry`, ready. Each has a database and a number in the session store to itself."""
    port, town, environment, path = free_port(), None, {}, "/ussd"
    if entry.base:
        database_url = asyncio.run(new_database(servers.database_url, f"bench_{number}"))
        token, secret_key = secrets.token_hex(16), secrets.token_hex(16)
        town = Town(database_url, asyncio.run(_hashed(entry.pin, secret_key)))
        environment = {
            **production(token, secret_key), **{name: str(value) for name, value in entry.pin.items()},
            "DATABASE_URL": database_url, "REDIS_URL": f"{servers.redis_url}?db={number}",
            "AT_BASE_URL": f"http://127.0.0.1:{provider_port}",
        }  # fmt: skip
        path = f"/hooks/{token}/africastalking/ussd"
    path = path.replace("/ussd", "/sms") if entry.plays == "messages" else path
    command = [entry.module, *(argument.format(port=port) for argument in entry.arguments)]
    with process(f"server-{number}", command, environment, folder, port, entry.code) as pid:
        yield Contestant(entry, users, port, path, {"server": pid, **pids_of(folder)}, town)


async def _hashed(pin: dict[str, int], secret_key: str) -> str:
    """What all callers' PIN is kept as: the hash itself says how dear it is to check."""
    hasher = PinHasher(pin["PIN_MEMORY_KIB"], pin["PIN_PASSES"], pepper=Encryptor(secret_key).pin_pepper)
    hashed = await hasher.hash(Secret(PIN))
    hasher.close()
    return hashed


def pids_of(folder: Path) -> dict[str, int]:
    """The embedded servers'."""
    files = {"postgres": folder / "data/postgres/postmaster.pid", "valkey": folder / "data/valkey.pid"}
    return {name: int(file.read_text().split()[0]) for name, file in files.items()}
