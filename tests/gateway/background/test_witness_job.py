"""Our log before real witnesses: what they sign is kept, and what they know stops a second history."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer

from contracts.proof.log.checkpoints import read_checkpoint
from contracts.proof.log.keys import COSIGNATURE, ED25519, verifier_key
from contracts.proof.log.notes import SignatureLine
from contracts.proof.log.policy import Policy, check_checkpoint, parse_policy
from contracts.proof.log.witnessing import logs_of
from contracts.proof.verify import BrokenRecord
from gateway.background.log_head import HeadFile
from gateway.background.log_job import LogJob
from gateway.background.witness_job import WitnessJob
from gateway.outgoing import open_client
from gateway.witness_service.cosigner import Cosigner
from gateway.witness_service.routes import make_witness
from gateway.witnesses.folder import FolderWitness
from gateway.witnesses.over_http import HttpWitness
from gateway.witnesses.port import Witness
from storage.witness_book import NAME, WitnessBook
from tests.door_server import DoorServer
from tests.gateway.audit_record import LOG_SIGNER, ORIGIN, take_all, verify_record
from tests.gateway.background.log_entries import write_entries
from tests.gateway.operator_client import NOON, Operator

LOG_KEY = verifier_key(ORIGIN, ED25519, LOG_SIGNER.public_key)


class Village:
    """Two witnesses of the log, `union` and `bank`, each at an address of its own; both are needed."""

    def __init__(self, folder: Path, http: ClientSession, operator: Operator) -> None:
        self.books = {name: WitnessBook.make(folder / name / NAME, f"{name}.example") for name in ("union", "bank")}
        self.servers = dict[str, TestServer]()
        self.ports = dict[str, int]()
        self.http, self.operator = http, operator

    async def open(self, name: str) -> None:
        book, now = self.books[name], self.operator.services.now
        cosigner = Cosigner(book, logs_of([LOG_KEY]), lambda: int(now().timestamp()))
        self.servers[name] = DoorServer(make_witness(cosigner))
        await self.servers[name].start_server()
        self.ports[name] = self.servers[name].port or 0

    async def close(self, name: str) -> None:
        await self.servers.pop(name).close()

    def key(self, name: str) -> str:
        book = self.books[name]
        return verifier_key(book.name, COSIGNATURE, book.signer.public_key).line

    @property
    def policy(self) -> Policy:
        lines = [f"witness {name} {self.key(name)} http://127.0.0.1:{self.ports[name]}" for name in self.books]
        return parse_policy(
            "\n".join([f"log {LOG_KEY.line}", *lines, "group both all union bank", "quorum both"]).encode()
        )

    def job(self) -> WitnessJob:
        """A new process's job: it has asked nobody yet."""
        policy = self.policy
        witnesses: list[Witness] = [HttpWitness(w.name, w.key, w.url or "", self.http) for w in policy.witnesses]
        return WitnessJob(self.operator.services.evidence.log, witnesses, policy, self.operator.services.now)


@asynccontextmanager
async def village(operator: Operator, folder: Path) -> AsyncIterator[Village]:
    async with open_client(5.0) as http:
        found = Village(folder, http, operator)
        for name in found.books:
            await found.open(name)
        yield found
        for name in list(found.servers):
            await found.close(name)
        for book in found.books.values():
            book.close()


def at(operator: Operator, minutes: int) -> None:
    operator.services.now = lambda: NOON + timedelta(minutes=minutes)


async def sign(operator: Operator, witnesses: WitnessJob, entries: int = 2) -> bool:
    """Write entries, enter and sign them as a process does that has lost its head file."""
    await write_entries(operator, entries)
    head = HeadFile(Path(tempfile.mkdtemp()) / "log-head")
    rows = operator.services.evidence.log
    job = LogJob(rows, LOG_SIGNER, ORIGIN, head, operator.services.now, witnesses)
    await take_all(job, rows)
    await witnesses.cosign()
    return await job.checkpoint(operator.services.now())


async def halted(operator: Operator) -> str | None:
    state = await operator.services.evidence.log.state()
    assert state
    return state.halted


async def unwitnessed(operator: Operator) -> bool:
    state = await operator.services.evidence.log.state()
    assert state
    return state.unwitnessed_since is not None


async def test_the_public_checkpoint_has_the_cosignatures(operator: Operator, tmp_path: Path) -> None:
    async with village(operator, tmp_path) as witnesses:
        job = witnesses.job()
        for minutes in (0, 1, 2):
            at(operator, minutes)
            assert await sign(operator, job, 300)
            await job.cosign()
        note = (await operator.get("/log/checkpoint")).body
        found = check_checkpoint(witnesses.policy, note)
        assert (found.checkpoint.size, sorted(found.cosigned), found.has_quorum) == (901, ["bank", "union"], True)
        assert [row.size for row in witnesses.books["bank"].newest_cosigned(9)] == [901, 601, 301]
        counts = await verify_record(operator)
        assert (counts.cosignatures, counts.unwitnessed_since) == (6, None)


async def test_a_witness_that_is_away_delays_nothing(operator: Operator, tmp_path: Path) -> None:
    async with village(operator, tmp_path) as witnesses:
        job = witnesses.job()
        assert await sign(operator, job)
        await job.cosign()
        await witnesses.close("bank")
        for minutes in (1, 2, 3):
            at(operator, minutes)
            assert await sign(operator, job)
            await job.cosign()
            assert await unwitnessed(operator)
        state = await operator.services.evidence.log.state()
        assert state and state.unwitnessed_since == NOON + timedelta(minutes=1)  # of the first that lacks one
        counts = await verify_record(operator)
        assert counts.unwitnessed_since == NOON + timedelta(minutes=1)
        await witnesses.open("bank")  # at another address, as after a repair
        await witnesses.job().cosign()
        assert not await unwitnessed(operator)
        assert [row.size for row in witnesses.books["bank"].newest_cosigned(9)] == [9, 3]
        assert [row.size for row in witnesses.books["union"].newest_cosigned(9)] == [9, 7, 5, 3]


async def restore(operator: Operator, table: Callable[[str], str], tables: tuple[str, ...]) -> None:
    """Run a statement on each table as the owner, without triggers and rules."""
    async with operator.services.records.pool.acquire() as owner:
        await owner.execute("SET session_replication_role = replica")
        for name in tables:
            await owner.execute(table(name))
        await owner.execute("SET session_replication_role = origin")


_TABLES = ("audit_logs", "log_state", "log_tiles", "log_checkpoints", "log_cosignatures", "log_witnesses")


async def back_to_backup(operator: Operator) -> None:
    await restore(operator, lambda name: f"DELETE FROM {name}", _TABLES[::-1])  # noqa: S608 - our own words
    await restore(
        operator, lambda name: f"INSERT INTO {name} OVERRIDING SYSTEM VALUE SELECT * FROM kept_{name}", _TABLES  # noqa: S608
    )  # fmt: skip


async def backup(operator: Operator) -> None:
    await restore(operator, lambda name: f"CREATE TABLE kept_{name} AS SELECT * FROM {name}", _TABLES)  # noqa: S608


@pytest.mark.parametrize("entries", [0, 1, 2, 3, 9])
async def test_a_restored_database_signs_nothing_that_a_witness_would_not_find_in_its_own(
    operator: Operator, tmp_path: Path, entries: int
) -> None:
    """Neither while the database is shorter than what the witness knows, nor once it is as long or longer."""
    async with village(operator, tmp_path) as witnesses:
        job = witnesses.job()
        assert await sign(operator, job)
        await job.cosign()
        await backup(operator)
        at(operator, 1)
        assert await sign(operator, job)
        await job.cosign()
        await back_to_backup(operator)
        at(operator, 2)
        signed_before = await operator.count("log_checkpoints")
        again = witnesses.job()
        assert not await sign(operator, again, entries)
        assert await operator.count("log_checkpoints") == signed_before
        assert "the witness union has a checkpoint of 5 leaves" in str(await halted(operator))
        at(operator, 3)
        assert not await sign(operator, again, 4)
        assert not await sign(operator, witnesses.job(), 4)
        assert (await operator.get("/readyz")).status == 200  # acts go on
        for book in witnesses.books.values():
            assert book.refused() == []  # nothing was signed that would prove anything against us
            latest = book.latest(ORIGIN)
            assert latest and latest.size == 5


async def test_a_database_that_was_altered_is_stopped_by_its_witnesses(operator: Operator, tmp_path: Path) -> None:
    async with village(operator, tmp_path) as witnesses:
        job = witnesses.job()
        assert await sign(operator, job, 3)
        await backup(operator)
        await job.cosign()
        at(operator, 1)
        assert await sign(operator, job, 3)
        await job.cosign()
        await back_to_backup(operator)
        assert await sign_anyway(operator)  # an operator who signs a second history with the right key
        await witnesses.job().cosign()
        assert "another root than ours of 7 leaves" in str(await halted(operator))
        (row,) = witnesses.books["bank"].refused()
        assert row.rival and {read_checkpoint(note)[0].size for note in (row.note, row.rival)} == {7}
        assert row.kind == "split view"


async def sign_anyway(operator: Operator) -> bool:
    await write_entries(operator, 3)
    rows = operator.services.evidence.log
    job = LogJob(rows, LOG_SIGNER, ORIGIN, HeadFile(Path(tempfile.mkdtemp()) / "x"), operator.services.now)
    await take_all(job, rows)
    return await job.checkpoint(operator.services.now())


@pytest.mark.parametrize(
    ("altered", "why"),
    [
        ("SET line = other.line FROM log_cosignatures other WHERE other.witness <> c.witness", "by another key"),
        ("SET line = overlay(line PLACING 'AAAA' FROM length(line) - 40)", "is wrong"),
    ],
)
async def test_an_altered_cosignature_is_named(operator: Operator, tmp_path: Path, altered: str, why: str) -> None:
    async with village(operator, tmp_path) as witnesses:
        job = witnesses.job()
        assert await sign(operator, job)
        await job.cosign()
        await restore(operator, lambda name: f"UPDATE {name} c {altered}", ("log_cosignatures",))
        with pytest.raises(BrokenRecord, match=f"log_cosignatures .*{why}"):
            await verify_record(operator)


async def test_a_process_that_stood_still_does_not_halt_the_log(operator: Operator, tmp_path: Path) -> None:
    """While its question is on the way, another process takes over, lets the log grow and shows that to the witness."""
    rows = operator.services.evidence.log
    async with village(operator, tmp_path) as witnesses:
        line = witnesses.policy.witnesses[0]

        class Slow(HttpWitness):
            async def add_checkpoint(self, *shown: Any) -> list[SignatureLine]:
                if not still:
                    still.append(True)
                    at(operator, 1)
                    assert await sign(operator, witnesses.job())
                    await witnesses.job().cosign()
                return await super().add_checkpoint(*shown)

        still: list[bool] = []
        asked = Slow(line.name, line.key, line.url or "", witnesses.http)
        slow = WitnessJob(rows, [asked], witnesses.policy, operator.services.now)
        assert await sign_anyway(operator)
        await slow.cosign()
        assert still
        assert await halted(operator) is None
        assert (await rows.witnesses(1))[line.key.line]["objection"] is None


async def test_a_folder_keeps_the_checkpoints(operator: Operator, tmp_path: Path) -> None:
    job = WitnessJob(operator.services.evidence.log, [FolderWitness(tmp_path)], None, operator.services.now)
    assert await sign(operator, job)
    assert await operator.services.evidence.log.state()
    await job.cosign()
    assert not await unwitnessed(operator)
    (file,) = tmp_path.rglob("*.note")  # noqa: ASYNC240 - a test's own folder
    assert file.read_bytes() == (await operator.get("/log/checkpoint")).body


async def test_health_says_since_when_they_are_behind(operator: Operator, tmp_path: Path) -> None:
    job = WitnessJob(
        operator.services.evidence.log, [FolderWitness(tmp_path / "not mounted")], None, operator.services.now
    )
    assert await sign(operator, job)
    await job.cosign()
    services = operator.services
    services.settings = services.settings.model_copy(update={"witness_folder": tmp_path})
    waits: list[tuple[int, str]] = [(1, "healthy"), (16, "degraded")]
    for minutes, status in waits:
        at(operator, minutes)
        body = await fresh_health(operator)
        assert (body["status"], body["checks"]["witnesses"]) == (status, "behind since 2026-07-01T12:00:00Z")


async def fresh_health(operator: Operator) -> dict[str, Any]:
    async with asyncio.timeout(10):
        while True:
            body: dict[str, Any] = (await operator.get("/health")).json
            if body["timestamp"] == operator.services.now().timestamp():
                return body
            await asyncio.sleep(0.05)
