"""What a bench measures: each case is a process of its own with a database of its own."""

import asyncio
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from uuid import UUID

import orjson

from bench.driver import PIN, Job, Result
from bench.population import CONTRACTS_EACH, MESSAGES_EACH, BenchCaller, PinHashes, Population, fetch_value
from bench.processes import HERE, as_service, free_port, new_database, process, production
from contracts.fields.pin import Secret
from contracts.pin_hash import MEMORY_KIB, TIME_COST, PinHasher
from storage.embedded.servers import ServerUrls
from storage.encryption import Encryptor

WARM_UP_SECONDS = 0.5
CHEAP_PIN = {"PIN_MEMORY_KIB": 8, "PIN_PASSES": 1}
REAL_PIN = {"PIN_MEMORY_KIB": MEMORY_KIB, "PIN_PASSES": TIME_COST}

_SENDS_WITHIN_SECONDS = 60.0
_FIRST_GUESS = 2000  # sessions a second, until a measurement has shown how many there are
_SPARE = 1.5  # add callers for this many times the sessions of the measurement before


# The rows that each play writes, one for each session.
_ROWS_WRITTEN = {
    "confirm": (("contracts", "status = 'CONFIRMED'"), ("confirmations", "channel = 'ussd'"), ("acted_hops", "ends")),
    "messages": (("sms_logs", "direction = 'in'"), ("mo_receipts", "true")),
}


@dataclass(frozen=True, slots=True, eq=False)
class BenchCase:
    """One row of the report. `plays`: what the driver does. `base`: the label of the case it is compared with. `module`
    is run with `arguments`, from the checkout in `code`."""

    label: str
    plays: str
    base: str | None
    module: str
    arguments: tuple[str, ...]
    pin: dict[str, int] = field(default_factory=dict)
    sends: bool = False
    code: Path = HERE


def session_case(label: str, code: Path = HERE) -> BenchCase:
    """Return the service as in production, except for a cheap PIN hash."""
    arguments = ("serve", "--port", "{port}")
    return BenchCase(label, "confirm", BARE.label, "gateway", arguments, CHEAP_PIN, sends=True, code=code)


BARE = BenchCase("bare aiohttp", "dials", None, "bench.bare", ("{port}",))
SESSION = session_case("confirm session")
NOT_SENDING = replace(SESSION, label="  sending no SMS", module="bench.silent", arguments=("{port}",), sends=False)
REAL = replace(SESSION, label="  with the real PIN cost", pin=REAL_PIN)
BARE_MESSAGE = replace(BARE, label="bare aiohttp, an MO", plays="messages")
MESSAGE = replace(SESSION, label="MO to a durable row", plays="messages", base=BARE_MESSAGE.label)


@dataclass(slots=True)
class Measurement:
    """What the driver saw. `sent` is the share of the SMS of its sessions that were sent when it stopped."""

    result: Result
    sent: float | None = None


@dataclass(slots=True)
class RunningCase:
    """A case whose process runs."""

    case: BenchCase
    users: int
    port: int
    path: str
    pids: dict[str, int]
    population: Population | None
    done: int = 0
    a_second: float = _FIRST_GUESS

    def measure(self, seconds: float) -> Measurement:
        """Add callers, let the driver play them, and compare the database with the replies."""
        callers = self._callers(seconds)
        measurement = Measurement(self._drive(callers, seconds))
        self.a_second = max(measurement.result.sessions / (seconds + WARM_UP_SECONDS), 1.0)
        if self.population:
            asyncio.run(self._check(self.population, measurement))
        return measurement

    def _callers(self, seconds: float) -> list[BenchCaller]:
        sessions = self.a_second * (seconds + WARM_UP_SECONDS) * _SPARE
        if self.population and self.case.plays == "confirm":
            return asyncio.run(self.population.add_callers(int(sessions) // CONTRACTS_EACH + self.users * 2))
        if self.population:
            return asyncio.run(self.population.add_senders(int(sessions) // MESSAGES_EACH + self.users * 2))
        return [BenchCaller(f"+2547{20_000_000 + number}", ()) for number in range(self.users * 8)]

    def _drive(self, callers: list[BenchCaller], seconds: float) -> Result:
        job = Job(
            self.case.plays, self.port, self.path, self.users, WARM_UP_SECONDS, seconds,
            [(caller.msisdn, list(caller.references)) for caller in callers], self.pids,
        )  # fmt: skip
        driver = [sys.executable, "-m", "bench.driver"]
        done = subprocess.run(driver, input=orjson.dumps(job), stdout=subprocess.PIPE, check=True, cwd=HERE)  # noqa: S603 - ours
        result = Result(**orjson.loads(done.stdout))
        if not result.hops:
            raise RuntimeError(f"{self.case.label.strip()}: not one good reply; {result.wrong}")
        return result

    async def _check(self, population: Population, measurement: Measurement) -> None:
        """Each END must be one confirmed contract with its evidence, each MO one row. Return when all SMS are sent."""
        result, url = measurement.result, population.database_url
        self.done += result.sessions
        if self.case.plays == "confirm" and self.case.sends and result.sessions:
            unsent = await fetch_value(url, "SELECT count(*) FROM sms_logs WHERE status IN ('queued', 'sending')")
            measurement.sent = 1 - unsent / (2 * result.sessions)
        for table, where in _ROWS_WRITTEN[self.case.plays]:
            found = await fetch_value(url, f"SELECT count(*) FROM {table} WHERE {where}")  # noqa: S608 - our own words
            if found != self.done:
                result.errors += 1
                result.wrong.append(f"{self.done} were told so, {table} has {found}")
        if self.case.sends:
            await _all_sent(url)


async def _all_sent(url: str) -> None:
    give_up = time.monotonic() + _SENDS_WITHIN_SECONDS
    while await fetch_value(url, "SELECT EXISTS (SELECT FROM sms_logs WHERE status IN ('queued', 'sending'))"):
        if time.monotonic() > give_up:
            raise TimeoutError("the service does not send its messages")
        await asyncio.sleep(0.1)


@contextmanager
def run_provider(folder: Path) -> Iterator[int]:
    """Run a provider that accepts every message; give its port."""
    port = free_port()
    with process("provider", ["bench.provider", str(port)], {}, folder, port):
        yield port


@contextmanager
def run_case(
    number: int, case: BenchCase, users: int, servers: ServerUrls, provider_port: int, folder: Path
) -> Iterator[RunningCase]:
    """Run a case with a database of its own and a database number of its own in Valkey."""
    port, population, environment, path = free_port(), None, {}, "/ussd"
    if case.base:
        database_url = asyncio.run(new_database(servers.database_url, f"bench_{number}"))
        token, secret_key = secrets.token_hex(16), secrets.token_hex(16)
        population = Population(database_url, _pin_hashes(case.pin, secret_key))
        environment = {
            **production(token, secret_key), **{name: str(value) for name, value in case.pin.items()},
            "DATABASE_URL": as_service(database_url), "REDIS_URL": f"{servers.redis_url}?db={number}",
            "AT_BASE_URL": f"http://127.0.0.1:{provider_port}",
        }  # fmt: skip
        path = f"/hooks/{token}/africastalking/ussd"
    path = path.replace("/ussd", "/sms") if case.plays == "messages" else path
    command = [case.module, *(argument.format(port=port) for argument in case.arguments)]
    with process(f"server-{number}", command, environment, folder, port, case.code) as pid:
        yield RunningCase(case, users, port, path, {"server": pid, **pids_of(folder)}, population)


def _pin_hashes(pin: dict[str, int], secret_key: str) -> PinHashes:
    """Return what makes the hashes of the callers' PIN; the hash itself says how much work a check is."""

    async def hashes(people: Sequence[UUID]) -> list[str]:
        threads, pepper = os.cpu_count() or 1, Encryptor(secret_key).pin_pepper
        hasher = PinHasher(pin["PIN_MEMORY_KIB"], pin["PIN_PASSES"], threads, pepper=pepper)
        try:
            return list(await asyncio.gather(*(hasher.hash(Secret(PIN), person) for person in people)))
        finally:
            hasher.close()

    return hashes


def pids_of(folder: Path) -> dict[str, int]:
    """Return the process ids of the embedded servers."""
    files = {"postgres": folder / "data/postgres/postmaster.pid", "valkey": folder / "data/valkey.pid"}
    return {name: int(file.read_text().split()[0]) for name, file in files.items()}
