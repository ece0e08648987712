"""A name that is nearly a setting's is named: nobody would notice that it is not read."""

from pathlib import Path

import pytest

from gateway.settings import Settings, load_settings, misspelt_names
from tests.gateway.commands.command_line import run_command


@pytest.fixture(autouse=True)
def _an_environment_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("DATABSE_URL", "DATABASE_URL"),
        ("AT_APIKEY", "AT_API_KEY"),
        ("VOICEPACT_DATABASE_URL", "DATABASE_URL"),
        ("SMS_QUITE_HOURS", "SMS_QUIET_HOURS"),
        ("export SECRETKEY", "SECRET_KEY"),
        ("webhook_tokn", "WEBHOOK_TOKEN"),
    ],
)
def test_a_name_in_the_file_is_named(name: str, meant: str) -> None:
    Path(".env").write_text(
        f"{name}=a-value-of-a-test\nLOG_LEVEL=INFO\nPOSTGRES_PASSWORD=x\nTZ=UTC\n", encoding="utf-8"
    )
    (line,) = misspelt_names()
    assert line == f".env: {name.rsplit(maxsplit=1)[-1]} is no setting and is not read; is {meant} meant?"


def test_the_environment_is_looked_at_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AT_APIKEY", "x")
    assert misspelt_names() == ["the environment: AT_APIKEY is no setting and is not read; is AT_API_KEY meant?"]
    monkeypatch.setenv("AT_API_KEY", "y")
    assert misspelt_names() == [], "it may be another program's"


def test_a_command_says_it_and_goes_on() -> None:
    Path(".env").write_text("DATABSE_URL=postgresql://u:hunter2@h/d\n", encoding="utf-8")
    ran = run_command("db", "status")
    assert (
        ran.err.splitlines()[0] == "voicepact: .env: DATABSE_URL is no setting and is not read; is DATABASE_URL meant?"
    )
    assert "hunter2" not in ran.said


def test_a_mark_at_the_beginning_of_the_file_is_no_part_of_a_name() -> None:
    Path(".env").write_bytes(b"\xef\xbb\xbfAT_USERNAME=cooperative\n")
    assert load_settings().at_username == "cooperative"
    assert misspelt_names() == []
