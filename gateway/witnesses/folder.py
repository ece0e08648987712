"""A folder as witness: each checkpoint becomes a file, and no file is ever written over.

It signs nothing. It helps where the folder is on a machine that is not ours, or is a git repository with a remote that
is not: who has fetched from that has the history.
"""

import asyncio
import os
from asyncio.subprocess import Process
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from contracts.proof.log.checkpoints import Checkpoint, read_checkpoint
from contracts.proof.log.notes import BadNote, SignatureLine
from contracts.proof.log.tree import is_consistent
from gateway.witnesses.port import ObjectionError, OtherSizeError, WitnessAwayError
from values.ids import new_id

T = TypeVar("T")
_SUFFIX = ".note"
_FOLDER_SECONDS = 10.0
_GIT_SECONDS = 30.0
_GIT_ENDS_SECONDS = 5.0  # once it was told to
_GIT = {
    "GIT_TERMINAL_PROMPT": "0", "GIT_AUTHOR_NAME": "VoicePact", "GIT_AUTHOR_EMAIL": "log@voicepact.invalid",
    "GIT_COMMITTER_NAME": "VoicePact", "GIT_COMMITTER_EMAIL": "log@voicepact.invalid",
}  # fmt: skip


class FolderWitness:
    """The folder `path`. If it is the work tree of a git repository, each file is committed, and pushed if that has a
    remote."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.name = self.id = path.absolute().as_uri()
        # A disk of another machine may hang for good, and with it the thread that asked. So it has one of its own: each
        # try would take another one of those that everything else waits for.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="folder")
        self._asking: asyncio.Future[Any] | None = None

    async def add_checkpoint(self, old_size: int, proof: Sequence[bytes], note: bytes) -> list[SignatureLine]:
        new, _ = read_checkpoint(note)
        if await self._in_time(lambda: self._add(old_size, proof, new, note)):
            await self._push(new)
        return []

    async def latest(self, origin: str) -> Checkpoint | None:
        return await self._in_time(lambda: self._latest(origin))

    async def _in_time(self, work: Callable[[], T]) -> T:
        if self._asking and not self._asking.done():
            raise WitnessAwayError("the folder still hangs: see if its disk answers")
        asking = self._asking = asyncio.get_running_loop().run_in_executor(self._thread, work)
        asking.add_done_callback(_look_at)
        try:
            return await asyncio.wait_for(asyncio.shield(asking), _FOLDER_SECONDS)
        except TimeoutError:
            raise WitnessAwayError(f"the folder takes longer than {_FOLDER_SECONDS:.0f} s") from None
        except OSError as fault:
            raise WitnessAwayError(f"the folder cannot be used: {fault.strerror}") from None

    def _add(self, old_size: int, proof: Sequence[bytes], new: Checkpoint, note: bytes) -> bool:
        """Return whether the folder is the work tree of a git repository."""
        if not self._path.is_dir():  # a disk that is not mounted is no new folder
            raise WitnessAwayError("there is no such folder")
        latest, of_size = self._latest(new.origin), self._read(self._file(new.origin, new.size))
        if of_size and of_size != new:
            raise ObjectionError(f"has another root than ours of {new.size} leaves")
        if latest and latest.size != old_size:
            raise OtherSizeError(latest.size)
        if latest and not is_consistent(latest.size, new.size, proof, latest.root, new.root):
            raise ObjectionError(f"this log does not go on from the {latest.size} leaves that it has")
        if of_size is None:
            self._write(self._file(new.origin, new.size), note)
        return (self._path / ".git").exists()

    def _latest(self, origin: str) -> Checkpoint | None:
        folder = self._folder(origin)
        if not folder.is_dir():
            return None
        with os.scandir(folder) as found:  # half a million in a year: as paths they would take 15 seconds
            last = max((entry.name for entry in found if entry.name.endswith(_SUFFIX)), default=None)
        return self._read(folder / last) if last else None

    def _folder(self, origin: str) -> Path:
        return self._path / quote(origin, safe="").replace(".", "%2E", 1 if origin.startswith(".") else 0)

    def _file(self, origin: str, size: int) -> Path:
        return self._folder(origin) / f"{size:019d}{_SUFFIX}"

    def _read(self, file: Path) -> Checkpoint | None:
        try:
            return read_checkpoint(file.read_bytes())[0]
        except FileNotFoundError:
            return None
        except BadNote as bad:
            raise WitnessAwayError(f"{file.name} is no checkpoint: {bad}") from None

    def _write(self, file: Path, note: bytes) -> None:
        """Write a whole new file, or none; one that is there stays."""
        file.parent.mkdir(exist_ok=True)
        draft = file.with_name(f".{new_id()}")
        try:
            with draft.open("xb") as written:
                written.write(note)
                written.flush()
                os.fsync(written.fileno())
            file.hardlink_to(draft)
        finally:
            draft.unlink(missing_ok=True)

    async def _push(self, new: Checkpoint) -> None:
        await self._git("add", "--", str(self._folder(new.origin).relative_to(self._path)))
        if await self._git("status", "--porcelain", "--untracked-files=no"):
            await self._git("commit", "--quiet", "--message", f"{new.origin}: {new.size} leaves")
        if await self._git("remote"):
            await self._git("push", "--quiet")

    async def _git(self, *words: str) -> bytes:
        """Return what git prints. Raise WitnessAwayError; git's own words may hold an address with a password."""
        try:
            git = await asyncio.create_subprocess_exec(
                "git", "-C", str(self._path), *words, env={**os.environ, **_GIT}, stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
            )  # fmt: skip
        except OSError as fault:
            raise WitnessAwayError(f"git cannot be run: {fault.strerror}") from None
        try:
            out, _ = await asyncio.wait_for(git.communicate(), _GIT_SECONDS)
        except TimeoutError:
            raise WitnessAwayError(f"git {words[0]} takes longer than {_GIT_SECONDS:.0f} s") from None
        finally:
            await _end(git)
        if git.returncode:
            raise WitnessAwayError(f"git {words[0]} fails with {git.returncode}: try it in {self._path} by hand")
        return out


async def _end(git: Process) -> None:
    """End git if it still runs: first so that it takes its locks away, which would stop it for good."""
    for stop in (git.terminate, git.kill):
        if git.returncode is None:
            with suppress(ProcessLookupError):
                stop()
            with suppress(TimeoutError):  # on a disk that hangs nothing ends it
                await asyncio.wait_for(git.wait(), _GIT_ENDS_SECONDS)


def _look_at(done: asyncio.Future[Any]) -> None:
    """Its fault is no news where nobody waits any more."""
    if not done.cancelled():
        done.exception()
