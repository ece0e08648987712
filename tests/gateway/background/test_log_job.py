"""The log of audit entries: it grows in order, is signed, and stops to be signed where it would fork."""

import asyncio
from datetime import timedelta
from functools import partial
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import orjson
import pytest

from contracts.proof.log.checkpoints import read_checkpoint
from contracts.proof.log.keys import ED25519, verifier_key
from contracts.proof.log.tiles import root_from_tiles, tiles_of_root
from contracts.proof.log.tree import leaf_hash, root_of
from contracts.proof.verify import BrokenRecord
from gateway.background import log_job as job_module
from gateway.background.log_head import HeadFile
from gateway.commands import log as command
from gateway.commands.startup import StartError
from gateway.evidence.log_tiles import read_tiles
from storage.log import LogRows
from tests.gateway.audit_record import LOG_SIGNER, ORIGIN, log_audit, log_job, take_all, verify_record
from tests.gateway.background.log_entries import ENTRY, write_entries
from tests.gateway.operator_client import NOON, Operator, contract_body
from tests.gateway.witness_service.forked_logs import History, history


def rows_of(operator: Operator) -> LogRows:
    return operator.services.evidence.log


def at(operator: Operator, minutes: int) -> None:
    operator.services.now = lambda: NOON + timedelta(minutes=minutes)


async def owner_of(operator: Operator) -> "asyncpg.Connection[asyncpg.Record]":
    """A connection on which no trigger and no rule holds."""
    owner = await asyncpg.connect(str(operator.services.settings.database_url))
    await owner.execute("SET session_replication_role = replica")
    return owner


async def stored_leaves(rows: LogRows, log: int = 1) -> list[bytes]:
    tiles = await rows.tiles_after(log, 0, 0, 1000)
    return [tile["hashes"][at : at + 32] for tile in tiles for at in range(0, len(tile["hashes"]), 32)]


async def test_the_log_has_a_leaf_for_each_entry_behind_its_beginning(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_module, "_BATCH", 100)
    await write_entries(operator, 530)
    assert await log_audit(operator)
    rows = rows_of(operator)
    entries = await operator.services.records.pool.fetch(
        "SELECT n, prev_hash || convert_to(audit_text(a), 'UTF8') AS file FROM audit_logs a ORDER BY xid, n"
    )
    state = await rows.state()
    assert state and (state.origin, state.size, state.halted) == (ORIGIN, 531, None)
    leaves = [leaf_hash(state.beginning), *(leaf_hash(entry["file"]) for entry in entries)]
    assert await stored_leaves(rows) == leaves
    read = await read_tiles(rows, 1, tiles_of_root(531))
    assert root_from_tiles(531, read) == root_of(leaves)
    row = await rows.last_checkpoint(1)
    assert row
    checkpoint, note = read_checkpoint(row["note"])
    assert (checkpoint.origin, checkpoint.size, checkpoint.root) == (ORIGIN, 531, root_of(leaves))
    key = verifier_key(ORIGIN, ED25519, LOG_SIGNER.public_key)
    assert [line.key_id for line in note.signatures] == [key.key_id]
    assert await rows.keys() == [key.line]
    for place, (entry, leaf) in enumerate(zip(entries, leaves[1:], strict=True), start=1):
        if place % 50 == 0:
            assert await rows.index_of(1, entry["n"], leaf) == place
    assert await rows.index_of(1, entries[0]["n"], bytes(32)) is None


async def test_the_first_leaf_says_which_log_it_is(operator: Operator) -> None:
    await log_job(operator).take()
    state = await rows_of(operator).state()
    assert state
    assert orjson.loads(state.beginning) == {
        "format": "voicepact-log/1", "origin": ORIGIN, "at": "2026-07-01T12:00:00.000000Z", "because": None,
        "before": None,
    }  # fmt: skip


async def test_an_entry_waits_for_every_transaction_that_may_write_one_before_it(operator: Operator) -> None:
    pool, job, rows = operator.services.records.pool, log_job(operator), rows_of(operator)
    await write_entries(operator, 1)
    await take_all(job, rows)
    async with pool.acquire() as slow, slow.transaction():
        early, late = uuid4(), uuid4()
        await slow.execute(ENTRY, early, NOON)
        await pool.execute(ENTRY, late, NOON)
        await job.take()
        assert len(await stored_leaves(rows)) == 2
    await take_all(job, rows)
    entries = await rows.entries_in_order(0, 0, 10)
    assert [entry["chain_id"] for entry in entries[1:]] == [early, late]
    assert (await stored_leaves(rows))[1:] == [entry["leaf"] for entry in entries]


async def test_one_process_at_a_time_holds_the_lease(operator: Operator) -> None:
    rows, one, two = rows_of(operator), UUID(int=1), UUID(int=2)
    assert await rows.hold_lease(one, 50) is None
    assert 0 < (await rows.hold_lease(two, 60) or 0) <= 50
    assert await rows.hold_lease(one, -1) is None
    assert await rows.hold_lease(two, 60) is None
    assert await rows.hold_lease(one, 60)


async def test_who_does_not_hold_the_lease_sleeps_until_it_ends(operator: Operator) -> None:
    rows, other = rows_of(operator), log_job(operator)
    assert await rows.hold_lease(UUID(int=1), 40) is None
    assert job_module._PAUSE_SECONDS < await other._work() <= 40
    assert not other.holds_lease and await rows.state() is None
    assert await rows.hold_lease(UUID(int=1), -1) is None
    await other._work()
    assert other.holds_lease and await rows.state()


async def restored(operator: Operator, head: Path) -> None:
    """The log is signed with 3 entries and with 5; then the database is that of the backup after the first 3, and two
    other entries are written."""
    await write_entries(operator, 3)
    assert await log_audit(operator, head)
    owner = await owner_of(operator)
    for table in ("audit_logs", "log_state", "log_tiles", "log_checkpoints"):
        await owner.execute(f"CREATE TABLE kept_{table} AS SELECT * FROM {table}")  # noqa: S608 - our own words
    await write_entries(operator, 2)
    at(operator, 1)
    assert await log_audit(operator, head)
    for table in ("log_checkpoints", "log_tiles", "log_state", "audit_logs"):
        await owner.execute(f"DELETE FROM {table}")  # noqa: S608 - our own words
    await owner.execute("INSERT INTO audit_logs OVERRIDING SYSTEM VALUE SELECT * FROM kept_audit_logs")
    for table in ("log_state", "log_tiles", "log_checkpoints"):
        await owner.execute(f"INSERT INTO {table} SELECT * FROM kept_{table}")  # noqa: S608 - our own words
    for table in ("audit_logs", "log_state", "log_tiles", "log_checkpoints"):
        await owner.execute(f"DROP TABLE kept_{table}")
    await owner.close()
    at(operator, 2)


async def health(operator: Operator) -> tuple[str, str]:
    async with asyncio.timeout(10):
        now = operator.services.now().timestamp()
        while (body := (await operator.get("/health")).json)["timestamp"] != now:  # noqa: ASYNC110 - kept for a second
            await asyncio.sleep(0.05)
    return body["status"], body["checks"]["log"]


async def test_health_says_since_when_entries_wait_for_the_log(operator: Operator) -> None:
    """As where a transaction that nobody ended lets none enter."""
    await write_entries(operator, 1)
    assert await log_audit(operator)
    await write_entries(operator, 2)
    at(operator, 14)
    assert await health(operator) == ("healthy", "signed")
    at(operator, 16)
    assert await health(operator) == ("degraded", "behind since 2026-07-01T12:00:00Z")
    await take_all(log_job(operator), rows_of(operator))
    at(operator, 17)
    assert await health(operator) == ("healthy", "signed")


async def test_a_restored_database_signs_no_second_log_of_the_same_name(operator: Operator, tmp_path: Path) -> None:
    head = tmp_path / "log-head"
    await restored(operator, head)
    assert not await log_audit(operator, head)  # seen at once, before anything is written
    assert await health(operator) == ("degraded", "halted")
    for minutes in (3, 4):  # also once it is longer than what was signed
        at(operator, minutes)
        assert (await operator.post(contract_body())).status == 201
        assert not await log_audit(operator, head)
        await write_entries(operator, 2)
    state = await rows_of(operator).state()
    assert state and state.halted == "its first 6 leaves are not those of the checkpoint of this size"
    signed = HeadFile(head).read()
    assert signed and signed.size == 6
    assert (await operator.get("/readyz")).status == 200
    with pytest.raises(BrokenRecord, match="not those that were signed"):
        await verify_record(operator, head=signed)


async def test_a_new_log_of_a_backup_on_another_server_has_all_entries_at_once(
    operator: Operator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There the transactions of the old entries are still to begin."""
    monkeypatch.setattr(job_module, "_BATCH", 100)
    await write_entries(operator, 250)
    assert await log_audit(operator)
    owner = await owner_of(operator)
    await owner.execute("UPDATE audit_logs SET xid = xid + 5000000")
    await owner.close()
    monkeypatch.setenv("DATABASE_URL", str(operator.services.settings.database_url))
    again = partial(command.restart, because="restored from the dump of Monday", data_dir=tmp_path)
    with pytest.raises(StartError, match="seems to go on, and its witnesses watch no other by themselves"):
        await asyncio.to_thread(again)
    await asyncio.to_thread(again, although_it_goes_on=True)
    await write_entries(operator, 2)
    await take_all(log_job(operator), rows_of(operator))
    await write_entries(operator, 2)
    assert await log_audit(operator)
    entries = await rows_of(operator).entries_above(0, 1000)
    assert (await stored_leaves(rows_of(operator), 2))[1:] == [entry.leaf for entry in entries]
    assert (await verify_record(operator)).unlogged == 0


async def test_a_new_log_has_all_entries_and_names_the_old_checkpoint(
    operator: Operator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    head, why = tmp_path / "log-head", "restored from the backup of Monday"
    await restored(operator, head)
    assert not await log_audit(operator, head)
    monkeypatch.setenv("DATABASE_URL", str(operator.services.settings.database_url))
    await asyncio.to_thread(command.restart, because=why, data_dir=tmp_path)
    assert f"it names the last checkpoint of {ORIGIN}, with 6 leaves" in capsys.readouterr().out
    at(operator, 3)
    assert await log_audit(operator, head)
    state = await rows_of(operator).state()
    assert state and (state.log, state.origin, state.size, state.halted) == (2, f"{ORIGIN}/2", 4, None)
    beginning = orjson.loads(state.beginning)
    assert (beginning["because"], beginning["before"]["origin"], beginning["before"]["size"]) == (why, ORIGIN, 6)
    assert await health(operator) == ("healthy", "signed")
    assert (await verify_record(operator, head=HeadFile(head).read())).checkpoints == 2
    await asyncio.to_thread(command.show, data_dir=tmp_path)
    assert f"{ORIGIN}/2  4 leaves, 4 signed" in capsys.readouterr().out


@pytest.mark.parametrize("content", [b"", b"no checkpoint\n", b"\xff"])
async def test_a_head_file_that_was_spoilt_stops_the_signing(
    operator: Operator, tmp_path: Path, content: bytes
) -> None:  # fmt: skip
    head = tmp_path / "log-head"
    await write_entries(operator, 1)
    assert await log_audit(operator, head)
    head.write_bytes(content)
    await write_entries(operator, 1)
    at(operator, 1)
    assert not await log_audit(operator, head)
    state = await rows_of(operator).state()
    assert state and state.halted and "holds no checkpoint" in state.halted
    head.unlink()
    assert await log_audit(operator, head)
    state = await rows_of(operator).state()
    assert state and state.halted is None


async def test_a_tile_that_was_altered_stops_the_signing(operator: Operator) -> None:
    await write_entries(operator, 3)
    assert await log_audit(operator)
    owner = await owner_of(operator)
    await owner.execute("UPDATE log_tiles SET hashes = overlay(hashes PLACING sha256('x') FROM 33)")
    await owner.close()
    await write_entries(operator, 1)
    at(operator, 1)
    assert not await log_audit(operator)


def test_the_head_never_goes_back_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    """Neither where a process goes on that stood still while another signed, nor where the file cannot be replaced."""
    head, log, other = HeadFile(tmp_path / "log-head"), history((), 20), History(history((), 20).leaves, "a/log/2")
    for size in (10, 20, 10):
        head.write(log.note(size))
    assert head.read() == log.checkpoint(20)
    head.write(other.note(3))  # of the log that was begun after it
    assert head.read() == other.checkpoint(3)
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match="directory"):
        HeadFile(tmp_path / "folder").write(log.note(10))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "log-head"]


async def test_a_clock_that_was_wrong_for_a_while_stops_neither_the_signing_nor_the_work(operator: Operator) -> None:
    at(operator, 60 * 24 * 365)
    await write_entries(operator, 1)
    assert await log_audit(operator)
    assert await rows_of(operator).hold_lease(UUID(int=1), 60 * 60 * 24 * 365) is None
    at(operator, 0)
    await write_entries(operator, 1)
    assert await rows_of(operator).hold_lease(UUID(int=2), 60) is None
    assert await log_audit(operator)


async def test_a_log_without_a_place_for_its_head_is_signed_all_the_same(operator: Operator, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    await write_entries(operator, 1)
    assert await log_audit(operator, tmp_path / "file" / "log-head")


async def test_a_database_that_moved_to_another_server_goes_on_with_its_log(operator: Operator) -> None:
    """Its transactions are numbered anew: those of the entries that came with it may lie far ahead."""
    rows, job = rows_of(operator), log_job(operator)
    await write_entries(operator, 5)
    await take_all(job, rows)
    await write_entries(operator, 2)  # not taken before the move
    owner = await owner_of(operator)
    await owner.execute("UPDATE audit_logs SET xid = xid + 5000000")
    await owner.execute("UPDATE log_state SET server = 'another', taken_xid = taken_xid + 5000000")
    await owner.close()
    await take_all(job, rows)
    await write_entries(operator, 3)
    await take_all(job, rows)
    leaves = await stored_leaves(rows)
    entries = await operator.services.records.pool.fetch(
        "SELECT prev_hash || convert_to(audit_text(a), 'UTF8') AS file FROM audit_logs a ORDER BY n"
    )
    assert leaves[1:] == [leaf_hash(entry["file"]) for entry in entries]
    assert await job.checkpoint(NOON)
    assert (await verify_record(operator)).unlogged == 0
