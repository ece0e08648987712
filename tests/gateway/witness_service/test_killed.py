"""The witness as a process, killed at each call, return, await and statement of a request, one after the other."""

import asyncio
import os
import signal
import stat
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from bench.processes import free_port
from contracts.proof.log.witnessing import SPLIT
from storage.witness_book import NAME, BookError, WitnessBook
from tests.gateway.witness_service.forked_logs import LOG_KEY, ORIGIN, History, history
from tests.serving import ROOT

HONEST, FORKED = history((), 4000), history((5,), 4000)


class DyingWitness:
    """A witness that is killed at any step of a request."""

    def __init__(self, process: asyncio.subprocess.Process, port: int, http: aiohttp.ClientSession) -> None:
        self._process, self._port, self._http = process, port, http

    async def send(self, dies_at: int, body: bytes) -> tuple[int, bytes, bool]:
        """Return status and body (0 if no answer came), and whether it was killed."""
        await self._tell(str(dies_at))
        assert await self._word() == "listening"
        status, content = 0, b""
        try:
            async with self._http.post(f"http://127.0.0.1:{self._port}/add-checkpoint", data=body) as answer:
                content, status = await answer.read(), answer.status
        except (aiohttp.ClientError, ConnectionError):
            pass
        return status, content, await self._word() == "killed"

    async def _tell(self, line: str) -> None:
        assert self._process.stdin
        self._process.stdin.write(f"{line}\n".encode())
        await self._process.stdin.drain()

    async def _word(self) -> str:
        assert self._process.stdout
        return (await self._process.stdout.readline()).decode().strip()


@asynccontextmanager
async def dying_witness(folder: Path) -> AsyncIterator[DyingWitness]:
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-W", "ignore", "-m", "tests.gateway.witness_service.dying_witness", str(folder), str(port),
        cwd=ROOT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    async with aiohttp.ClientSession() as http:
        yield DyingWitness(process, port, http)
    assert process.stdin
    process.stdin.close()
    await process.wait()


async def test_killed_at_any_step_it_cosigns_one_history_and_goes_on(tmp_path: Path) -> None:
    WitnessBook.make(tmp_path / NAME, "witness.example").close()
    size, killed, unanswered = 3, 0, 0
    async with dying_witness(tmp_path) as witness:
        assert (await witness.send(0, HONEST.body(0, size)))[0] == 200
        for dies_at in range(1, 1000):
            status, _, was_killed = await witness.send(dies_at, HONEST.body(size, size + 3))
            stored = latest(tmp_path)
            assert stored in (size, size + 3)
            if status == 200:
                assert stored == size + 3
            killed += was_killed
            unanswered += was_killed and stored == size + 3 and status == 0
            if stored == size + 3:  # written: no other history, and the cosignature is given once it is asked for
                assert (await witness.send(0, FORKED.body(size, size + 3)))[0] == 409
                assert (await witness.send(0, HONEST.body(size, size + 3)))[:2] == (409, b"%d\n" % stored)
                assert (await witness.send(0, HONEST.body(stored, stored)))[0] == 200
                size = stored
            if not was_killed:
                break
    assert killed > 40  # it died before the writing,
    assert unanswered > 1  # and between the writing and the answer
    book = WitnessBook.open(tmp_path / NAME)
    assert {row.kind for row in book.refused()} == {SPLIT}
    book.close()


def latest(folder: Path) -> int:
    book = WitnessBook.open(folder / NAME)
    try:
        row = book.latest(ORIGIN)
        return row.size if row else 0
    finally:
        book.close()


async def test_requests_at_one_moment_are_decided_one_after_the_other(tmp_path: Path) -> None:
    """Two processes on one book, as after a mistaken second start: still one history."""
    WitnessBook.make(tmp_path / NAME, "witness.example").close()
    async with witness_command(tmp_path) as one, witness_command(tmp_path) as two, aiohttp.ClientSession() as http:

        async def send(url: str, log: History, old: int, size: int) -> int:
            async with http.post(f"{url}/add-checkpoint", data=log.body(old, size)) as answer:
                return answer.status

        assert await send(one, HONEST, 0, 5) == 200
        for size in range(5, 35):
            statuses = await asyncio.gather(*(send(url, HONEST, size, size + 1) for url in (one, two) * 3))
            assert sorted(statuses) == [200, 409, 409, 409, 409, 409]
        logs = [HONEST, history((35,), 40)] * 3
        sent = zip((one, two) * 3, logs, strict=True)
        assert sorted(await asyncio.gather(*(send(url, log, 35, 36) for url, log in sent)))[:2] == [200, 409]
    book = WitnessBook.open(tmp_path / NAME)
    assert [row.size for row in book.newest_cosigned(100)] == [36, *range(35, 4, -1)]
    book.close()


@asynccontextmanager
async def witness_command(folder: Path, *more: str) -> AsyncIterator[str]:
    """Run `voicepact witness`, and give its address; it prints its key first."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway", "witness", "--log", LOG_KEY.line, "--port", str(port), "--data-dir",
        str(folder), *more, cwd=ROOT, stdout=asyncio.subprocess.PIPE, env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert process.stdout
    lines = [await process.stdout.readline()]
    while lines[-1] and not lines[-1].startswith(b"listening"):
        lines.append(await process.stdout.readline())
    assert lines[0].startswith(b"witness    witness.example+"), lines
    url = f"http://127.0.0.1:{port}"
    async with aiohttp.ClientSession() as http, http.get(url) as answer:  # it listens before it says so
        assert (await answer.read()) == lines[0].split()[1] + b"\n"
    yield url
    process.send_signal(signal.SIGTERM)
    assert await process.wait() == 0


async def test_the_first_start_makes_a_key_that_only_this_account_can_read(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    async with witness_command(folder, "--name", "witness.example"):
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert modes[NAME] == 0o600 and set(modes.values()) == {0o600}
    async with witness_command(folder):
        pass


def test_a_draft_that_a_crash_left_is_no_book(tmp_path: Path) -> None:
    (tmp_path / f"{NAME}.new").write_bytes(b"half")
    book = WitnessBook.make(tmp_path / NAME, "witness.example")
    key = book.signer.public_key
    book.close()
    with pytest.raises(BookError, match="is there already"):
        WitnessBook.make(tmp_path / NAME, "witness.example")
    again = WitnessBook.open(tmp_path / NAME)
    assert again.signer.public_key == key
    again.close()
