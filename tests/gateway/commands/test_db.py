"""`voicepact db`: what destroys rows asks first, and status says whether an old key is still needed."""

import asyncio
import stat
from pathlib import Path

import orjson
import pytest

from gateway.settings import Settings
from storage.migrations.files import MIGRATIONS, load
from storage.postgres.database import connect
from tests.databases import execute
from tests.gateway.commands.command_line import run_command
from tests.gateway.production_settings import PRODUCTION

NEWEST = len(load(MIGRATIONS))
BEFORE = str(NEWEST - 1)


@pytest.fixture
def migrated_url(empty_database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """A database of the test's own with our schema, to which the next commands go."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", empty_database_url)
    monkeypatch.setenv("REDIS_URL", redis_url)
    assert run_command("db", "up").code == 0
    return empty_database_url


def test_down_asks_for_the_databases_name(migrated_url: str) -> None:
    name = migrated_url.partition("?")[0].rpartition("/")[2]
    for typed in ("", "y\n", "voicepact\n", f"{name}x\n"):
        ran = run_command("db", "down", BEFORE, typed=typed)
        assert (ran.code, f"type its name, or give --yes-destroy {name}" in ran.err) == (2, True), ran.said
    assert run_command("db", "down", BEFORE, "--yes-destroy", "voicepact").code == 2
    assert run_command("db", "down", BEFORE, typed=f"{name}\n").out.endswith(f"down  {NEWEST:04} {newest_name()}\n")
    assert run_command("db", "up").code == 0
    assert run_command("db", "down", BEFORE, "--yes-destroy", name).code == 0
    assert "nothing to take back" in run_command("db", "down", BEFORE).out


def test_who_changed_the_schema_stands_in_the_log(migrated_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line on stderr for a command that changed something, whatever LOG_LEVEL is."""
    monkeypatch.setenv("LOG_LEVEL", "ERROR")
    name = migrated_url.partition("?")[0].rpartition("/")[2]
    by = ("--operator", "Ann Wanjiru")
    changes: list[tuple[int, tuple[str, ...]]] = [
        (NEWEST - 1, ("down", BEFORE, "--yes-destroy", name)),
        (NEWEST, ("up",)),
        (0, ("down", "0", "--yes-destroy", name)),
        (2, ("up", "2")),
        (NEWEST - 1, ("stamp", BEFORE)),
    ]
    for newest, words in changes:
        (line,) = [orjson.loads(line) for line in run_command("db", *words, *by).err.splitlines() if line[:1] == "{"]
        assert (line["event"], line["act"], line["migration"]) == ("schema changed", f"db {words[0]}", newest)
        assert line["operator"].startswith("command line: Ann Wanjiru (")
    assert run_command("db", "down", BEFORE, *by).err == "", "there is nothing to take back"
    assert run_command("db", "down", "0", "--operator", " ").code == 2


async def test_down_is_refused_while_a_service_is_connected(migrated_url: str) -> None:
    name = migrated_url.partition("?")[0].rpartition("/")[2]
    service = await connect(migrated_url)
    ran = await asyncio.to_thread(run_command, "db", "down", BEFORE, "--yes-destroy", name)
    assert (ran.code, "a service is connected" in ran.err) == (2, True), ran.said
    await service.close()


def test_production_destroys_nothing_at_a_prompt(migrated_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    name = migrated_url.partition("?")[0].rpartition("/")[2]
    for setting, value in PRODUCTION.items():
        if not setting.endswith("_URL") or setting == "WEBHOOK_BASE_URL":
            monkeypatch.setenv(setting, value)
    ran = run_command("db", "down", BEFORE, typed=f"{name}\n")
    assert (ran.code, f"give --yes-destroy {name}" in ran.err) == (2, True), ran.said


async def test_status_says_how_many_pins_need_the_old_key(migrated_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "SECRET_KEY_OLD" not in (await asyncio.to_thread(run_command, "db", "status")).out
    monkeypatch.setenv("SECRET_KEY", "the key of today")
    monkeypatch.setenv("SECRET_KEY_OLD", "the key of last year")
    assert "no PIN needs it any more" in (await asyncio.to_thread(run_command, "db", "status")).out
    await execute(
        migrated_url,
        "INSERT INTO phones (id, msisdn, pin_hash, created_at) "
        "VALUES (gen_random_uuid(), '+254712345678', 'person:x', now())",
    )
    assert "1 PIN of 1 still to be typed" in (await asyncio.to_thread(run_command, "db", "status")).out


def newest_name() -> str:
    return load(MIGRATIONS)[-1].name


def test_the_data_folder_is_this_accounts_alone(migrated_url: str) -> None:
    folder = Path(".voicepact")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    folder.chmod(0o755)  # as versions before made it
    assert run_command("db", "up").code == 0
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_folder_of_other_things_stays_open(migrated_url: str, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o755)
    (home / "letter").touch()
    assert run_command("db", "up", "--data-dir", str(home)).code == 0
    assert stat.S_IMODE(home.stat().st_mode) == 0o755
    assert stat.S_IMODE((home / "secrets.json").stat().st_mode) == 0o600
