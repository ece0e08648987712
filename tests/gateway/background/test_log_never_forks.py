"""Whatever happens to the log's job and to its database, no two signed checkpoints of one name contradict each other.

VOICEPACT_LOG_STORIES=10000 tries so many stories.
"""

import os
import random
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from contracts.proof.log.checkpoints import Checkpoint, parse_checkpoint
from contracts.proof.log.tree import root_of
from gateway.background.log_head import HeadFile
from gateway.background.log_job import LogJob
from storage.log import LogRows
from storage.postgres.database import Pool
from tests.gateway.audit_record import LOG_SIGNER, ORIGIN
from tests.gateway.background.log_entries import write_entries
from tests.gateway.operator_client import NOON, Operator

STORIES = int(os.environ.get("VOICEPACT_LOG_STORIES", "12"))
TABLES = ("log_state", "log_tiles", "log_checkpoints")


class Killed(Exception):  # noqa: N818 - it reads as what is the case
    """The process ended here."""


class MortalPool:
    """A pool whose process is killed at its next calls but `lives`: before the database hears of one, or after."""

    def __init__(self, pool: Pool, lives: int) -> None:
        self._pool, self._lives = pool, lives

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._pool, name)
        if name == "acquire":
            return method  # type: ignore[no-any-return]

        async def call(*values: Any) -> Any:
            self._lives -= 1
            if self._lives == 0:
                raise Killed
            answer = await method(*values)
            self._lives -= 1
            if self._lives == 0:
                raise Killed
            return answer

        return call


class NotingSigner:
    """Signs as the log does, and notes every checkpoint that it signed."""

    def __init__(self) -> None:
        self.public_key = LOG_SIGNER.public_key
        self.signed = list[Checkpoint]()

    def sign(self, statement: bytes) -> bytes:
        self.signed.append(parse_checkpoint(statement))
        return LOG_SIGNER.sign(statement)


class Story:
    """Entries are written, the job works and is killed, the database is backed up and restored."""

    def __init__(self, operator: Operator, owner: "asyncpg.Connection[Any]", head: Path, seed: int) -> None:
        self.operator, self.owner, self.head = operator, owner, head
        self.drawn, self.signer, self.minutes = random.Random(seed), NotingSigner(), 0  # noqa: S311 - the same again
        self.pool = operator.services.records.pool
        self.leaves = dict[tuple[str, int], list[bytes]]()  # under what each signed checkpoint was
        self.has_backup = False

    async def go_on(self) -> None:
        step = self.drawn.choices([self.write, self.work, self.back_up, self.restore], [3, 6, 1, 1])[0]
        await step()

    async def write(self) -> None:
        await write_entries(self.operator, self.drawn.randrange(1, 4))

    async def work(self) -> None:
        """Take and sign as the job does, in a process that lives for some calls."""
        self.minutes += 1
        lives = self.drawn.choice([2, 3, 4, 5, 6, 8, 10, 12, 14, 16, 18, 20, 10_000, 10_000, 10_000])
        rows = LogRows(MortalPool(self.pool, lives))  # type: ignore[arg-type] # it has what is called of a pool
        job = LogJob(rows, self.signer, ORIGIN, HeadFile(self.head), lambda: NOON + timedelta(minutes=self.minutes))
        before = len(self.signer.signed)
        try:
            while await job.take():
                pass
            await job.checkpoint(NOON + timedelta(minutes=self.minutes))
        except Killed:
            pass
        for checkpoint in self.signer.signed[before:]:
            self.check(checkpoint, await self.stored())

    async def back_up(self) -> None:
        for table in ("audit_logs", *TABLES):
            await self.owner.execute(f"DROP TABLE IF EXISTS kept_{table}; CREATE TABLE kept_{table} AS TABLE {table}")
        self.has_backup = True

    async def restore(self) -> None:
        if not self.has_backup:
            return
        for table in ("audit_logs", *TABLES):
            await self.owner.execute(f"DELETE FROM {table}")  # noqa: S608 - our own words
            await self.owner.execute(f"INSERT INTO {table} OVERRIDING SYSTEM VALUE TABLE kept_{table}")

    async def stored(self) -> list[bytes]:
        tiles = await LogRows(self.pool).tiles_after(1, 0, 0, 1000)
        return [tile["hashes"][at : at + 32] for tile in tiles for at in range(0, len(tile["hashes"]), 32)]

    def check(self, checkpoint: Checkpoint, stored: list[bytes]) -> None:
        leaves = stored[: checkpoint.size]
        assert checkpoint.root == root_of(leaves), "what was signed is what is stored"
        for (origin, size), others in self.leaves.items():
            if origin == checkpoint.origin:
                shorter = min(size, checkpoint.size)
                assert others[:shorter] == leaves[:shorter], f"two logs of one name: {size} and {checkpoint.size}"
        self.leaves[checkpoint.origin, checkpoint.size] = leaves


@pytest.mark.parametrize("seed", range(min(STORIES, 12)))
async def test_no_two_signed_checkpoints_contradict_each_other(operator: Operator, tmp_path: Path, seed: int) -> None:
    owner = await asyncpg.connect(str(operator.services.settings.database_url))
    await owner.execute("SET session_replication_role = replica")
    try:
        for number in range(seed, STORIES, 12):
            await owner.execute("DELETE FROM log_checkpoints; DELETE FROM log_tiles; DELETE FROM log_state")
            await owner.execute("DELETE FROM audit_logs; DELETE FROM log_keys")
            story = Story(operator, owner, tmp_path / f"head {number}", number)
            for _ in range(30):
                await story.go_on()
    finally:
        for table in ("audit_logs", *TABLES):
            await owner.execute(f"DROP TABLE IF EXISTS kept_{table}")
        await owner.close()
    assert story.signer.signed, "a story in which nothing is signed shows nothing"
