"""`voicepact health`: whether the worker of a folder works."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.background.repeat import JobState
from gateway.commands.worker_mark import leave_mark
from tests.gateway.commands.command_line import Ran, left_in, run_command
from tests.serving import ROOT


@pytest.fixture
def worker(tmp_path: Path, database_url: str, redis_url: str) -> Iterator["subprocess.Popen[bytes]"]:
    env = {
        "PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONPATH": str(ROOT), "ENVIRONMENT": "testing",
        "DATABASE_URL": database_url, "REDIS_URL": redis_url, "AT_BASE_URL": "http://127.0.0.1:9",
    }  # fmt: skip
    command = [sys.executable, "-m", "gateway", "worker", "--data-dir", str(tmp_path)]
    with subprocess.Popen(command, env=env, cwd=tmp_path) as running:  # noqa: S603 - our own module
        yield running
        running.send_signal(signal.SIGCONT)
        running.terminate()


def health(folder: Path) -> Ran:
    return run_command("health", "--data-dir", str(folder))


def wait_until_healthy(folder: Path) -> None:
    while health(folder).code:
        time.sleep(0.05)


def test_a_worker_is_healthy_until_it_hangs_and_when_it_goes_on(
    tmp_path: Path, worker: "subprocess.Popen[bytes]"
) -> None:  # fmt: skip
    wait_until_healthy(tmp_path)
    worker.send_signal(signal.SIGSTOP)
    os.waitid(os.P_PID, worker.pid, os.WSTOPPED)
    a_minute_ago = time.time() - 60
    os.utime(tmp_path / "worker.alive", (a_minute_ago, a_minute_ago))
    hangs = health(tmp_path)
    assert hangs.code == 1 and "hangs, or has failed all the time, for 6" in hangs.err
    worker.send_signal(signal.SIGCONT)
    wait_until_healthy(tmp_path)
    worker.terminate()
    worker.wait()
    ended = health(tmp_path)
    assert ended.code == 1 and "no worker runs on" in ended.err


def test_a_worker_that_fails_all_the_time_leaves_no_mark(tmp_path: Path) -> None:
    leave_mark(tmp_path, JobState("outbox", patience_seconds=-1))
    assert health(tmp_path).code == 1
    leave_mark(tmp_path, JobState("outbox"))
    assert health(tmp_path).code == 0


def test_no_folder_is_made_for_the_mark(tmp_path: Path) -> None:
    leave_mark(tmp_path / "nowhere", JobState("outbox"))
    assert health(tmp_path / "nowhere").code == 1
    assert left_in(tmp_path) == []
