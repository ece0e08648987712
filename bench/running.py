"""Cases whose process runs, and one measurement of one of them."""

import asyncio
import os
import random
import secrets
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from uuid import UUID

import orjson

from bench.cases import BenchCase
from bench.copying import checkpoint
from bench.counters import Counters, Watch, count_row_versions, open_watch
from bench.cpu import family_seconds
from bench.driver import Job, Result
from bench.plays import PIN
from bench.population import CONTRACTS_EACH, REPORTS_EACH, BenchCaller, Peopled, PinHashes, Population
from bench.processes import (
    HERE,
    as_service,
    empty_database,
    free_port,
    mobile_money,
    new_database,
    process,
    production,
)
from bench.tutorial.population import SCHEMA, TutorialPopulation
from contracts.fields.pin import Secret
from contracts.pin_hash import PinHasher
from storage.embedded.servers import ServerUrls
from storage.encryption import Encryptor

WARM_UP_SECONDS = 0.5

_FIRST_GUESS = 2000  # sessions a second, until a measurement has shown how many there are
_OPEN_TIMES = 4  # as many connections in an open loop, so that it is not they that wait
_SPARE = 1.5  # add callers for this many times the sessions of the measurement before

# The rows that each act must have written, one of each.
_ROWS_WRITTEN: dict[str, tuple[tuple[str, str], ...]] = {
    "confirm": (("contracts", "status = 'CONFIRMED'"), ("confirmations", "channel = 'ussd'")),
    "wrong_pin": (("phones", "pin_tries = 1"),),
    "browse": (),
    "settings": (),
    "agree": (("contracts", "status = 'PENDING'"), ("confirmations", "channel = 'ussd'")),
    "deliver": (("contracts", "status = 'COMPLETED'"),),
    "receive": (("contracts", "status = 'COMPLETED'"),),
    "confirm_escrow": (
        ("contracts", "status = 'CONFIRMED'"),
        ("confirmations", "channel = 'ussd'"),
        ("payments", "status = 'PENDING'"),
        ("transfers", "kind = 'prompt' AND status = 'accepted'"),
    ),
    "receive_escrow": (
        ("payments", "status = 'RELEASED'"),
        ("transfers", "kind = 'release' AND status = 'accepted'"),
        ("ledger_accounts", "account = 'held' AND credited = debited"),
    ),
    "reports": (("sms_logs", "status = 'delivered'"),),
    "messages": (("mo_receipts", "true"), ("sms_logs", "direction = 'in'")),
}
_ROWS_OF_THE_SERVICE = dict.fromkeys(("confirm", "confirm_escrow"), (("acted_hops", "ends"),))
_HOOKS = {"messages": "/sms", "reports": "/sms/reports"}
_databases = count(1)
_SESSIONS_EACH = {"confirm": CONTRACTS_EACH, "confirm_escrow": CONTRACTS_EACH, "reports": REPORTS_EACH}
_OUT = "SELECT count(*) FROM sms_logs WHERE direction = 'out'"


@dataclass(slots=True)
class Measurement:
    """What the driver saw, and what that cost until the last SMS and the last order of money of the run was sent.

    `cpu_us`: of each process, for a hop. `wal_bytes`, `commits`: for an act, which is a session or a text. `sms_out`:
    the share of the SMS that were sent when the driver stopped.
    """

    result: Result
    cpu_us: dict[str, float] = field(default_factory=dict)
    wal_bytes: float | None = None
    commits: float | None = None
    sms_out: float | None = None


@dataclass(slots=True)
class RunningCase:
    """A case whose process runs. `hooks`: the path of its hooks, without their names. `done`: acts so far.
    `row_versions`: for an act; None until the process has ended. `crowd`: who is there from the beginning and has not
    called yet, in no order."""

    case: BenchCase
    users: int
    port: int
    hooks: str
    pids: dict[str, int]
    population: Peopled | None
    done: int = 0
    a_second: float = _FIRST_GUESS
    row_versions: float | None = None
    crowd: list[BenchCaller] = field(default_factory=list)

    def measure(self, seconds: float, a_second: float | None = None) -> Measurement:
        """Add callers, let the driver play them, and compare the database with the replies.

        `a_second`: how many sessions begin each second; None: as many as the users play one after another.
        """
        callers = self._callers(seconds)
        if self.population:
            return asyncio.run(self._measure_with(self.population, callers, seconds, a_second))
        before = family_seconds(self.pids["server"])
        result = self._drive(callers, seconds, a_second)
        return Measurement(result, self._cpu_us(result, {"server": family_seconds(self.pids["server"]) - before}))

    async def _measure_with(
        self, population: Peopled, callers: list[BenchCaller], seconds: float, a_second: float | None
    ) -> Measurement:
        async with open_watch(population.database_url, self.pids) as watch:
            before, had = await watch.counters(), await watch.value(_OUT)
            result = await asyncio.to_thread(self._drive, callers, seconds, a_second)
            measurement = Measurement(result)
            if self.case.sends:
                measurement.sms_out = 1 - await watch.unsent() / max(await watch.value(_OUT) - had, 1)
                await watch.all_sent(with_transfers=self.case.has_rail)
            self._add_costs(measurement, (await watch.counters()).since(before))
            await self._check(watch, result)
            if self.case.has_rail:
                population.written += await watch.put_off_questions()
        return measurement

    def _add_costs(self, measurement: Measurement, spent: Counters) -> None:
        acts = max(self._acts(measurement.result), 1)
        measurement.cpu_us = self._cpu_us(measurement.result, dict(spent.cpu_seconds))
        measurement.wal_bytes = spent.wal_bytes / acts
        measurement.commits = spent.commits / acts

    def _acts(self, result: Result) -> int:
        """Return how often something was done that is kept: for each session, or for each text."""
        return result.all_hops if self.case.plays == "messages" else result.sessions

    def _cpu_us(self, result: Result, seconds: dict[str, float]) -> dict[str, float]:
        return {
            name: spent * 1e6 / result.all_hops for name, spent in {**seconds, "driver": result.cpu_seconds}.items()
        }

    def _callers(self, seconds: float) -> list[BenchCaller]:
        if not self.population:
            return [BenchCaller(f"+2547{20_000_000 + number}") for number in range(self.users * 8)]
        sessions = self.a_second * (seconds + WARM_UP_SECONDS) * _SPARE
        callers = int(sessions) // _SESSIONS_EACH.get(self.case.plays, 1) + self.users * 2
        if self.case.contracts:
            return self._of_the_crowd(callers)
        return asyncio.run(self.population.add(self.case.plays, callers))

    def _of_the_crowd(self, callers: int) -> list[BenchCaller]:
        """Return so many of the crowd, and leave nothing to flush. A crowd that is used up is made again."""
        assert isinstance(self.population, Population), "only the service has one"
        if len(self.crowd) < callers:
            self.crowd += asyncio.run(self.population.add_crowd(self.case.contracts))
            random.shuffle(self.crowd)
        chosen, self.crowd = self.crowd[:callers], self.crowd[callers:]
        asyncio.run(checkpoint(self.population.database_url))
        return chosen

    def _drive(self, callers: list[BenchCaller], seconds: float, a_second: float | None) -> Result:
        result = self.play(callers, seconds, WARM_UP_SECONDS, a_second)
        if a_second is None:
            self.a_second = max(result.sessions / (seconds + WARM_UP_SECONDS), 1.0)
        return result

    def play(
        self, callers: list[BenchCaller], seconds: float, warm_up_seconds: float, a_second: float | None = None
    ) -> Result:
        """Let the driver play these callers, until the time is over or they have nothing left to do."""
        path = self.hooks + _HOOKS.get(self.case.plays, "/ussd")
        job = Job(
            self.case.plays, self.port, path, self.users * (_OPEN_TIMES if a_second else 1), warm_up_seconds, seconds,
            [(caller.msisdn, list(caller.waiting), caller.other) for caller in callers], a_second,
        )  # fmt: skip
        driver = [sys.executable, "-m", "bench.driver"]
        done = subprocess.run(driver, input=orjson.dumps(job), stdout=subprocess.PIPE, check=True, cwd=HERE)  # noqa: S603 - ours
        result = Result(**orjson.loads(done.stdout))
        if not result.hops:
            raise RuntimeError(f"{self.case.label.strip()}: not one good reply; {result.wrong}")
        self.done += self._acts(result)
        return result

    async def _check(self, watch: Watch, result: Result) -> None:
        """Each END must be one confirmed contract with its evidence, each MO one row."""
        more = _ROWS_OF_THE_SERVICE.get(self.case.plays, ()) if self.case.kind == "service" else ()
        for table, where in (*_ROWS_WRITTEN[self.case.plays], *more):
            found = await watch.value(f"SELECT count(*) FROM {table} WHERE {where}")  # noqa: S608 - our own words
            if found != self.done:
                result.errors += 1
                result.wrong.append(f"{self.done} were told so, {table} has {found}")


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
    port, token, secret_key = free_port(), secrets.token_hex(16), secrets.token_hex(16)
    name = f"bench_{os.getpid()}_{next(_databases)}"
    population: Peopled | None = None
    hooks, crowd = "", list[BenchCaller]()
    environment = {
        **production(token, secret_key), **{name: str(value) for name, value in case.pin.items()},
        "REDIS_URL": f"{servers.redis_url}?db={number}", "AT_BASE_URL": f"http://127.0.0.1:{provider_port}",
        "SMS_QUIET_HOURS": "00:00-00:00",  # or an offer would wait for the morning
    }  # fmt: skip
    if case.has_rail:
        environment |= mobile_money(provider_port)
    if case.kind == "tutorial":
        database_url = asyncio.run(empty_database(servers.database_url, name, SCHEMA.read_text()))
        population = TutorialPopulation(database_url, case.pin)
        environment["DATABASE_URL"] = database_url
    if case.kind == "service":
        database_url = asyncio.run(new_database(servers.database_url, name))
        population = Population(database_url, _pin_hashes(case.pin, secret_key))
        if case.contracts:
            crowd = asyncio.run(population.add_crowd(case.contracts))
            random.shuffle(crowd)
        environment["DATABASE_URL"] = as_service(database_url)
        hooks = f"/hooks/{token}/africastalking"
    command = [case.module, *(argument.format(port=port) for argument in case.arguments)]
    with process(f"server-{number}", command, environment, folder, port, case.code) as pid:
        running = RunningCase(case, users, port, hooks, {"server": pid, **pids_of(folder)}, population, crowd=crowd)
        yield running
    if population and running.done:
        made = asyncio.run(count_row_versions(population.database_url))
        running.row_versions = (made - population.written) / running.done


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
    """Return the process ids of the embedded servers in this folder."""
    files = {"postgres": folder / "data/postgres/postmaster.pid", "valkey": folder / "data/valkey.pid"}
    return {name: int(file.read_text().split()[0]) for name, file in files.items() if file.exists()}
