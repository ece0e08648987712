"""A folder and a git repository that keep each checkpoint."""

import asyncio
import os
import subprocess
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import pytest

from gateway.witnesses import folder
from gateway.witnesses.folder import FolderWitness
from gateway.witnesses.port import ObjectionError, OtherSizeError, WitnessAwayError
from tests.gateway.witness_service.forked_logs import ORIGIN, History, history

HONEST, FORKED = history((), 40), history((7,), 40)


async def show(witness: FolderWitness, log: History, old: int, size: int) -> None:
    assert await witness.add_checkpoint(old, log.proof(old, size), log.note(size)) == []


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / quote(ORIGIN, safe="")).iterdir()}


async def test_each_checkpoint_becomes_a_file_that_stays(tmp_path: Path) -> None:
    witness = FolderWitness(tmp_path)
    assert await witness.latest(ORIGIN) is None
    for old, size in [(0, 9), (9, 10), (10, 10), (10, 30)]:
        await show(witness, HONEST, old, size)
    assert files(tmp_path) == {f"{size:019d}.note": HONEST.note(size) for size in (9, 10, 30)}
    assert await witness.latest(ORIGIN) == HONEST.checkpoint(30)


async def test_another_history_is_refused_and_nothing_is_written_over(tmp_path: Path) -> None:
    witness = FolderWitness(tmp_path)
    await show(witness, HONEST, 0, 10)
    before = files(tmp_path)
    for old, size in [(10, 10), (10, 20), (0, 10)]:
        with pytest.raises(ObjectionError):
            await show(witness, FORKED, old, size)
    for old, size in [(0, 20), (0, 9)]:
        with pytest.raises(OtherSizeError, match="10 leaves"):
            await show(witness, HONEST, old, size)
    assert files(tmp_path) == before


async def test_a_folder_that_is_not_there_is_away(tmp_path: Path) -> None:
    with pytest.raises(WitnessAwayError, match="there is no such folder"):
        await show(FolderWitness(tmp_path / "not mounted"), HONEST, 0, 10)


async def test_a_file_that_is_no_checkpoint_is_a_fault_that_a_person_mends(tmp_path: Path) -> None:
    await show(FolderWitness(tmp_path), HONEST, 0, 10)
    next((tmp_path / quote(ORIGIN, safe="")).iterdir()).write_bytes(b"")
    with pytest.raises(WitnessAwayError, match="is no checkpoint"):
        await show(FolderWitness(tmp_path), HONEST, 10, 20)


async def test_a_git_repository_is_committed_and_pushed(tmp_path: Path) -> None:
    remote, work = tmp_path / "remote.git", tmp_path / "work"
    git("init", "--quiet", "--bare", str(remote))
    git("clone", "--quiet", str(remote), str(work))
    git("-C", str(work), "config", "push.autoSetupRemote", "true")
    witness = FolderWitness(work)
    await show(witness, HONEST, 0, 10)
    remote.rename(tmp_path / "away")
    with pytest.raises(WitnessAwayError, match="git push fails"):
        await show(witness, HONEST, 10, 20)
    (tmp_path / "away").rename(remote)
    await show(witness, HONEST, 20, 20)  # asked again, it only pushes
    assert git("-C", str(remote), "log", "--format=%s", "--all").splitlines() == [
        f"{ORIGIN}: 20 leaves", f"{ORIGIN}: 10 leaves",
    ]  # fmt: skip


async def test_git_that_is_too_slow_leaves_no_lock_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git("init", "--quiet", str(tmp_path))
    git("-C", str(tmp_path), "config", "filter.slow.clean", "sleep 2; cat")
    (tmp_path / ".gitattributes").write_text("*.note filter=slow\n")
    monkeypatch.setattr(folder, "_GIT_SECONDS", 0.5)
    with pytest.raises(WitnessAwayError, match="git add takes longer"):
        await show(FolderWitness(tmp_path), HONEST, 0, 10)
    git("-C", str(tmp_path), "config", "filter.slow.clean", "cat")
    monkeypatch.setattr(folder, "_GIT_SECONDS", 30.0)
    await show(FolderWitness(tmp_path), HONEST, 10, 10)


async def test_a_disk_that_hangs_keeps_one_thread_and_no_caller(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pipe that nobody writes to stands for a disk of another machine that is away."""
    monkeypatch.setattr(folder, "_FOLDER_SECONDS", 0.2)
    pipe = tmp_path / quote(ORIGIN, safe="") / f"{5:019d}.note"
    pipe.parent.mkdir()
    os.mkfifo(pipe)
    witness = FolderWitness(tmp_path)
    for why in ("the folder takes longer", "still hangs: see if its disk answers", "still hangs"):
        with pytest.raises(WitnessAwayError, match=why):
            await show(witness, HONEST, 5, 10)
    end = os.open(pipe, os.O_WRONLY)
    os.write(end, HONEST.note(5))
    os.close(end)
    async with asyncio.timeout(20):
        while True:
            with suppress(WitnessAwayError):
                pipe.unlink(missing_ok=True)
                await show(witness, HONEST, 10, 10)
                break
            await asyncio.sleep(0.05)


def git(*words: str) -> str:
    return subprocess.run(["git", *words], check=True, capture_output=True, text=True).stdout  # noqa: S603, S607 - our own words
