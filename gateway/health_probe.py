"""Finds out whether this process can serve callers, at most once a second, however many ask.

Each question has its own asker: one that hangs is not asked again before it has ended, so nothing piles up.
"""

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Generic, TypeVar

import asyncpg
import structlog

from gateway.background.repeat import JobState
from gateway.outbox import Outbox
from gateway.services import Services
from storage.migrations import runner as migrations
from storage.migrations.files import load
from storage.postgres.database import Pool
from storage.postgres.queries import QUERIES
from storage.signing import SignerState
from values.frozen import Frozen

_T = TypeVar("_T")
log = structlog.get_logger()

_ANSWERS_WITHIN_SECONDS = 1.0
_KEPT_SECONDS = 1.0
_LOW_DISK_BYTES = 256 * 1024 * 1024  # an hour of a busy service's log of writes
LATE = timedelta(minutes=15)  # an SMS or an entry that waits longer than this shows that something is wrong


class DatabaseAnswer(Frozen):
    """What a write in the database told. `version` is None where the schema is too old to be written to."""

    version: int | None
    unsent_since: datetime | None
    log_halted: bool = False
    unwitnessed_since: datetime | None = None
    unlogged_since: datetime | None = None


class Found(Frozen):
    """What a probe found. `database` and `redis`: each took a write. `at` is by the service's clock."""

    at: datetime
    database: bool
    redis: bool
    schema_is_current: bool
    disk: str  # "enough", "low", or "unknown" where it did not answer
    jobs: Mapping[str, bool]  # by name: whether it works
    providers: Mapping[str, bool]  # by name: whether messages are sent to it
    unsent_seconds: int
    log: str  # of entries: "signed"; "halted": the database lacks what was signed before; "behind since …" (UTC)
    witnesses: str  # "none set", "in time", or "behind since …" (UTC)
    witnesses_are_late: bool  # by more than what a short absence explains
    turns_away: bool  # dials, because there is too much to do
    keys: Mapping[str, SignerState]  # of words and of the log: "signs", "away" (its token), or "revoked"

    @property
    def can_serve(self) -> bool:
        """Whether callers may be sent to this process."""
        return self.database and self.redis and self.schema_is_current

    @property
    def is_whole(self) -> bool:
        """Whether nothing needs a person to look."""
        sends = all(self.jobs.values()) and all(self.providers.values()) and self.unsent_seconds < LATE.total_seconds()
        is_witnessed = self.log == "signed" and not self.witnesses_are_late
        signs = all(state == "signs" for state in self.keys.values())
        return self.can_serve and sends and signs and self.disk == "enough" and is_witnessed and not self.turns_away


class HealthProbe:
    """Asks both stores for a write, and looks at the disk and at what runs in this process."""

    def __init__(
        self, services: Services, pool: Pool, jobs: list[JobState], outbox: Outbox | None, data_dir: Path
    ) -> None:  # fmt: skip
        """`outbox` is None where this process sends no messages. `data_dir`: the folder whose disk may fill up."""
        self.jobs = jobs
        self._services, self._pool, self._outbox, self._data_dir = services, pool, outbox, data_dir
        self._newest = load(migrations.MIGRATIONS)[-1].version
        self._database, self._redis = _Asker("database", self._beat), _Asker("redis", self._write_key)
        self._disk = _Asker("disk", self._look_at_disk)
        self._looking: asyncio.Task[Found] | None = None
        self._looks_again_at = 0.0

    async def look(self) -> Found:
        """Return what the last probe found, or wait for a new one if that is a second old. All who ask share it."""
        clock = asyncio.get_running_loop().time()
        if self._looking is None or (self._looking.done() and clock >= self._looks_again_at):
            self._looks_again_at = clock + _KEPT_SECONDS
            self._looking = asyncio.create_task(self._look())
        return await asyncio.shield(self._looking)  # the probe goes on for the others when one hangs up

    async def _look(self) -> Found:
        beat, is_written, disk = await asyncio.gather(
            self._database.ask(), self._redis.ask(), self._disk.ask()
        )  # fmt: skip
        now, paused = self._services.now(), self._outbox.paused_providers if self._outbox else []
        unsent_since, behind = (beat.unsent_since, beat.unwitnessed_since) if beat else (None, None)
        unlogged = beat.unlogged_since if beat else None
        is_late = unlogged is not None and now - unlogged > LATE
        return Found(
            at=now,
            database=beat is not None and beat.version is not None,
            redis=is_written is not None,
            schema_is_current=beat is None or (beat.version or 0) >= self._newest,
            disk=disk or "unknown",
            jobs={job.name: not job.is_dead for job in self.jobs},
            providers={name: name not in paused for name in (self._outbox.providers if self._outbox else ())},
            log="halted" if beat and beat.log_halted else _behind(unlogged) if unlogged and is_late else "signed",
            witnesses=self._witnesses(behind),
            witnesses_are_late=behind is not None and now - behind > LATE,
            turns_away=self._services.workload.has_turned_away,
            keys=self._keys(),
            unsent_seconds=max(0, int((now - unsent_since).total_seconds())) if unsent_since else 0,
        )

    async def _beat(self) -> DatabaseAnswer:
        try:
            row = await self._pool.fetchrow(*QUERIES["health.beat"](now=self._services.now()))
        except asyncpg.UndefinedTableError:
            return DatabaseAnswer(None, None)
        assert row, "it always returns one row"
        return DatabaseAnswer(
            row["version"], row["unsent_since"], row["log_halted"], row["unwitnessed_since"], row["unlogged_since"]
        )  # fmt: skip

    def _witnesses(self, behind: datetime | None) -> str:
        settings = self._services.settings
        if settings.witness_policy is None and settings.witness_folder is None:
            return "none set"
        return _behind(behind) if behind else "in time"

    def _keys(self) -> dict[str, SignerState]:
        signers = {"words": self._services.signer, "log": self._services.log_signer}
        return {name: signer.state for name, signer in signers.items() if signer}

    async def _write_key(self) -> bool:
        await self._services.sessions.beat()
        return True

    async def _look_at_disk(self) -> str:
        free = await asyncio.to_thread(_free_bytes, self._data_dir)  # a network disk may hang
        return "low" if free < _LOW_DISK_BYTES else "enough"


def nearest_folder(path: Path) -> Path:
    """Return the folder, or the nearest one above it that is there: a service with servers elsewhere has no data folder
    until it needs one."""
    return next(folder for folder in (path.absolute(), *path.absolute().parents) if folder.exists())


def _behind(since: datetime) -> str:
    return f"behind since {since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _free_bytes(folder: Path) -> int:
    return shutil.disk_usage(nearest_folder(folder)).free


class _Asker(Generic[_T]):
    """Asks one question. Asked again while the last one still hangs, it waits for that one."""

    def __init__(self, what: str, question: Callable[[], Awaitable[_T]]) -> None:
        """`what` is asked after, for the log."""
        self._what, self._question = what, question
        self._asking: asyncio.Task[_T | None] | None = None
        self._has_failed = False

    async def ask(self) -> _T | None:
        """Return the answer; None if there is none in time, or a fault."""
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._answer())
        await asyncio.wait([self._asking], timeout=_ANSWERS_WITHIN_SECONDS)
        return self._asking.result() if self._asking.done() else None

    async def _answer(self) -> _T | None:
        """Return the answer. Whatever the fault is, this cannot be used; the first of several is logged."""
        try:
            answer = await self._question()
        except Exception as fault:
            if not self._has_failed:
                log.warning("not healthy", asked=self._what, fault=type(fault).__name__)
            self._has_failed = True
            return None
        self._has_failed = False
        return answer
