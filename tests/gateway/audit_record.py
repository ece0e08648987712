"""The audit record of a service: entered into the log and signed now, and verified as `voicepact audit verify` does."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from rich.progress import Progress

from contracts.proof.log.checkpoints import Checkpoint
from contracts.proof.log.keys import VerifierKey
from gateway.background.log_head import HeadFile
from gateway.background.log_job import LogJob
from gateway.commands.audit import verify_all
from gateway.commands.audit_counts import Counts
from storage.log import LogRows
from storage.signing import Signer
from tests.gateway.operator_client import NOON, Operator
from tests.service import LOG_KEY

ORIGIN = "test.example/log"
LOG_SIGNER = Signer.from_text(LOG_KEY)


@asynccontextmanager
async def signed_since_june(operator: Operator) -> AsyncIterator[None]:
    """Words count as signed from the migration on; by this service's clock that was before noon of July."""
    pool = operator.services.records.pool
    applied = await pool.fetch("SELECT version, applied_at FROM schema_migrations")
    await pool.execute("UPDATE schema_migrations SET applied_at = $1", NOON - timedelta(days=1))
    yield
    await pool.execute(  # so that the next test can have this database
        "UPDATE schema_migrations AS m SET applied_at = a.applied_at"
        " FROM unnest($1::integer[], $2::timestamptz[]) AS a (version, applied_at) WHERE m.version = a.version",
        [row["version"] for row in applied], [row["applied_at"] for row in applied],
    )  # fmt: skip


def log_job(operator: Operator, head: Path | None = None) -> LogJob:
    """Return the job; without `head` its file is in a new folder, so that it knows nothing of other jobs."""
    file = HeadFile(head or Path(tempfile.mkdtemp()) / "log-head")
    return LogJob(operator.services.evidence.log, LOG_SIGNER, ORIGIN, file, operator.services.now)


async def take_all(job: LogJob, rows: LogRows) -> None:
    """Enter all entries that are written: other databases of this server may have a transaction that is still open."""
    async with asyncio.timeout(20):
        while await job.take() or (await _unlogged(rows)):  # noqa: ASYNC110 - another's transaction tells nobody
            await asyncio.sleep(0.01)


async def log_audit(operator: Operator, head: Path | None = None) -> bool:
    """Enter and sign. Return whether a checkpoint was due, and signed."""
    job = log_job(operator, head)
    await take_all(job, operator.services.evidence.log)
    return await job.checkpoint(operator.services.now())


async def verify_record(
    operator: Operator, reference: str | None = None, head: Checkpoint | None = None,
    keys: Sequence[VerifierKey] | None = None, pinned: Mapping[str, bytes] | None = None,
) -> Counts:  # fmt: skip
    url = operator.services.settings.database_url
    assert url
    return await verify_all(url, reference, Progress(disable=True), keys, head, pinned)


async def _unlogged(rows: LogRows) -> bool:
    state = await rows.state()
    if state is None:
        return True
    waiting = await rows.entries_in_order(state.taken_xid, state.taken_n, 1000)
    return any(entry["n"] > state.moved_n for entry in waiting)
