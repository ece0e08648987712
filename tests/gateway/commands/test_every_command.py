"""Every command under every bad condition: one line that says why, no traceback, nothing made, no secret shown."""

import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest

from gateway.settings import Settings
from tests.gateway.commands.command_line import (
    Ran,
    every_command,
    left_in,
    run_command,
    run_unread,
    run_without_streams,
)
from tests.serving import ROOT

NUMBER, CONTRACT, MESSAGE = "+254712345678", "40718353", str(uuid4())
MISTYPED = "log a.example/log+38a0cc65+AQ" + "A" * 42  # as `log show` prints it, but for a letter
NOBODY_LISTENS = "127.0.0.1:1"

# Every command, with what it needs to get as far as its data.
ON_THE_RECORD = {
    ("audit", "verify"): (),
    ("db", "down"): ("0", "--yes-destroy", "voicepact"),
    ("db", "stamp"): ("1",),
    ("db", "status"): (),
    ("disputes", "mediator"): (CONTRACT, "+254733000111"),
    ("disputes", "waiting"): (),
    ("keys", "revoke"): ("3f2a9c017bd2f0a4", "--because", "the laptop was stolen"),
    ("keys", "rotate"): ("--to", "file:words-2.pem"),
    ("keys", "show"): (),
    ("log", "restart"): ("--because", "restored from the backup of Monday"),
    ("log", "show"): (),
    ("messages", "dead"): (),
    ("messages", "resend"): (MESSAGE,),
    ("operator", "add"): ("Ann",),
    ("operator", "list"): (),
    ("operator", "revoke"): ("Ann",),
    ("operator", "rotate"): ("Ann",),
    ("payments", "approve"): (MESSAGE,),
    ("payments", "assign"): (MESSAGE, CONTRACT),
    ("payments", "dismiss"): (MESSAGE, "not in the portal"),
    ("payments", "paid"): (MESSAGE, "CASH-7"),
    ("payments", "reconcile"): (),
    ("payments", "retry"): (MESSAGE,),
    ("payments", "send-back"): (MESSAGE,),
    ("payments", "waiting"): (),
    ("recover",): (NUMBER,),
    ("subject", "erase"): (NUMBER, "--yes"),
    ("subject", "export"): (NUMBER,),
    ("subject", "hold"): (NUMBER, "court order 7"),
    ("subject", "release"): (NUMBER,),
    ("subject", "retain"): (),
    ("webhook", "add"): ("https://shop.example/events",),
    ("webhook", "attempts"): (MESSAGE,),
    ("webhook", "disable"): (MESSAGE,),
    ("webhook", "enable"): (MESSAGE,),
    ("webhook", "list"): (),
    ("webhook", "remove"): (MESSAGE,),
    ("webhook", "replay"): (MESSAGE, "--failed"),
    ("webhook", "rotate"): (MESSAGE,),
}
OF_A_SERVICE = {("hooks",): (), ("listen",): (), ("phone",): (NUMBER,)}
MAKES = {("serve",): (), ("seed",): (), ("db", "up"): (), ("db", "schema"): ()}
ALONE = {
    ("payments", "register"): (),
    ("health",): (),
    ("db", "sql"): (),
    ("db", "create"): ("Bad Name",),
    ("keys", "create"): ("words", "--to", "/no/such/place"),
    ("menus", "map"): (),
    ("menus", "check"): (),
    ("worker",): (),
    ("witness", "log"): (),
    ("witness", "refused"): (),
}
EVERY = ON_THE_RECORD | OF_A_SERVICE | MAKES | ALONE
# The checker reads the settings first, and then walks for a minute.
NEED_NONE = {("db", "sql"), ("db", "create"), ("menus", "map"), ("health",), ("witness", "log"), ("witness", "refused")}
WITH_SETTINGS = set(EVERY) - NEED_NONE
AT_ONCE = {words: more for words, more in EVERY.items() if words != ("menus", "check")}


def line_of(command: tuple[str, ...], *more: str) -> tuple[str, ...]:
    return (*command, *EVERY[command], *more)


def name_of(command: tuple[str, ...]) -> str:
    return " ".join(command)


def is_plain(ran: Ran) -> bool:
    """Whether it ended as a command should that cannot do what it is asked to."""
    assert "Traceback" not in ran.said and "this should not happen" not in ran.said, ran.said
    assert "hunter2" not in ran.said
    assert len(ran.err.splitlines()) == 1 and ran.err.startswith("voicepact: "), ran.said
    return ran.code == 2


@pytest.fixture(autouse=True)
def nothing_is_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of ours in the environment, and an empty working folder."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)


def test_every_command_is_here() -> None:
    assert every_command() == set(EVERY)


@pytest.mark.parametrize("command", sorted(ON_THE_RECORD | OF_A_SERVICE), ids=name_of)
def test_a_folder_on_which_no_service_has_run_stays_as_it_is(command: tuple[str, ...], tmp_path: Path) -> None:
    ran = run_command(*line_of(command))
    assert is_plain(ran), ran.said
    assert "no service has run on .voicepact" in ran.err
    assert left_in(tmp_path) == []


@pytest.mark.reported("B21")
@pytest.mark.parametrize("command", sorted(ON_THE_RECORD), ids=name_of)
def test_a_database_without_our_schema(
    command: tuple[str, ...], empty_database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    point_at(monkeypatch, empty_database_url, redis_url)
    ran = run_command(*line_of(command))
    match command:
        case ("db", "status"):
            assert "not yet" in ran.out and ran.code == 0
        case ("db", "down"):
            assert "nothing to take back" in ran.out and ran.code == 0
        case ("db", "stamp"):
            assert ran.code == 0
        case _:
            assert is_plain(ran), ran.said
            assert "run `voicepact db up` first" in ran.err


@pytest.mark.parametrize("command", sorted(ON_THE_RECORD | {("serve",): (), ("db", "up"): ()}), ids=name_of)
def test_a_database_that_cannot_be_reached(command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    point_at(monkeypatch, f"postgresql://u:hunter2@{NOBODY_LISTENS}/d", f"redis://:hunter2@{NOBODY_LISTENS}/0")
    ran = run_command(*line_of(command))
    assert is_plain(ran), ran.said
    assert "DATABASE_URL: the database does not answer" in ran.err


@pytest.mark.parametrize(
    ("command", "wrong", "says"),
    [
        (("audit", "verify"), ("--contract", "123"), "should be the 8 digits of a contract"),
        (("audit", "verify"), ("--contract", CONTRACT), "there is no contract"),
        (("db", "down"), ("99",), "nothing to take back"),
        (("db", "stamp"), ("99",), "there is no migration 0099"),
        (("disputes", "mediator"), (CONTRACT, "+254733000111"), "there is no contract"),
        (("disputes", "mediator"), (CONTRACT, "x"), "this is no mobile number"),
        (("keys", "create"), ("words", "--to", "words.pem"), "--to: should be file:/a/path, or pkcs11:"),
        (("keys", "create"), ("words", "--to", "file:/proc/nothing/x"), "cannot be written"),
        (("keys", "create"), ("log", "--to", "file:log.pem", "--origin", "a b"), "--origin: 'a b' is no key name"),
        (("keys", "create"), ("words", "--to", "pkcs11:token=t;object=o"), "needs PKCS11_MODULE"),
        (("keys", "revoke"), ("3f2a", "--because", "the laptop was stolen"), "key: should be the 16 letters"),
        (("keys", "revoke"), ("3f2a9c017bd2f0a4", "--because", "why"), "--because: should say in 10 to 300 letters"),
        (("keys", "rotate"), (), "SIGNATURE_PRIVATE_KEY_OLD: is not set"),
        (("keys", "rotate"), ("--to", "a key"), "a key itself would be seen"),
        (("messages", "resend"), (MESSAGE,), "there is no message with this id"),
        (("messages", "resend"), (), "give the ids of messages"),
        (("messages", "resend"), ("x",), "Invalid value"),
        (("messages", "dead"), ("--limit", "-1"), "Must be >= 1"),
        (("operator", "add"), (" ",), "name: should be 1 to 60 letters"),
        (("operator", "add"), ("Ann", "--role", "auditor", "--scope", "money"), "--scope: auditor may have read; not"),
        (("operator", "add"), ("0123456789abcdef",), "name: this would be taken for"),
        (("operator", "revoke"), ("Ann",), "name: no active operator has this name"),
        (("operator", "rotate"), (), "name: whose key?"),
        (("recover",), (NUMBER,), "this number has no PIN to recover"),
        (("recover",), ("x",), "that is no mobile number"),
        (("subject", "erase"), (NUMBER, "--yes"), "we know nobody with this number"),
        (("subject", "export"), (NUMBER,), "we know nobody with this number"),
        (("subject", "export"), (NUMBER, "--to", "/proc/nothing/x"), "there is no folder"),
        (("subject", "hold"), (CONTRACT, "why"), "there is no contract"),
        (("subject", "hold"), (CONTRACT, ""), "reason: should be 1 to"),
        (("subject", "hold"), (CONTRACT, "why", "--operator", " "), "--operator: should be 1 to 60 letters"),
        (("subject", "release"), ("x",), "that is no mobile number"),
        (("db", "create"), ("../x",), "a migration's name is small letters"),
        (("menus", "map"), ("--mermaid", "/proc/nothing/x"), "cannot be written"),
        (("menus", "check"), ("--budget", "x"), "should be SEPTETS/UNITS"),
        (("phone",), ("x",), "x: "),
        (("serve",), ("--port", "99999"), "Must be <= 65535"),
        (("witness",), (), "--log or --policy: should name a log to watch"),
        (("witness",), ("--log", "x"), "--log: a key is written name+id+base64"),
        (("witness",), ("--log", MISTYPED), "--log: the key of a.example/log has the id 38a0cc64, not"),
        (("witness",), ("--policy", "/proc/nothing/x"), "--policy: /proc/nothing/x cannot be read"),
        (("witness", "log"), (), "no witness has been made on .voicepact-witness"),
        (("serve",), ("--host", "a..b"), "cannot be used"),
        (("serve",), ("--workers", "0"), "Must be >= 1"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_named(
    command: tuple[str, ...], wrong: tuple[str, ...], says: str, database_url: str, redis_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    point_at(monkeypatch, database_url, redis_url)
    ran = run_command(*command, *wrong)
    assert says in " ".join(ran.said.split()), ran.said
    assert "Traceback" not in ran.said and "should not happen" not in ran.said
    assert ran.code in (0, 1, 2)


@pytest.mark.parametrize(
    ("command", "more"),
    [(("subject", "erase"), (NUMBER,)), (("db", "down"), ("0",))],
    ids=["subject erase", "db down"],
)
def test_a_question_without_an_answer_destroys_nothing(
    command: tuple[str, ...], more: tuple[str, ...], database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    point_at(monkeypatch, database_url, redis_url)
    for typed in ("", "yes\n"):
        ran = run_command(*command, *more, typed=typed)
        assert is_plain(ran), ran.said
        assert "nothing was" in ran.err


@pytest.mark.parametrize("command", sorted(set(AT_ONCE) - set(MAKES)), ids=name_of)
def test_output_that_nobody_reads(
    command: tuple[str, ...], database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    point_at(monkeypatch, database_url, redis_url)
    monkeypatch.setenv("WEBHOOK_TOKEN", "t0ken")
    ran = run_unread(*line_of(command))
    assert "Traceback" not in ran.err and "should not happen" not in ran.err, ran.err
    assert "Broken" not in ran.err
    assert run_without_streams(*line_of(command)) in (0, 1, 2)


@pytest.mark.reported("B40")
@pytest.mark.parametrize("command", sorted(AT_ONCE), ids=name_of)
def test_a_terminal_that_knows_ascii_only(
    command: tuple[str, ...], database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for words in [("--help",), *([] if command in MAKES else [EVERY[command]])]:
        point_at(monkeypatch, database_url, redis_url)
        ran = run_command(*command, *words, encoding="ascii")
        assert "Traceback" not in ran.said and "should not happen" not in ran.said, ran.said
        assert ran.code in (0, 1, 2)


def test_an_option_that_no_client_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:hunter2@127.0.0.1:1/d?sslmode=often")
    ran = run_command("db", "status")
    assert is_plain(ran), ran.said
    assert "DATABASE_URL: should have no options behind the ?" in ran.err


@pytest.mark.reported("B12")
@pytest.mark.parametrize("command", sorted(WITH_SETTINGS), ids=name_of)
@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("postgresql://u:secretpw#1@127.0.0.1:5432/z", "should have its password percent-encoded"),
        ("postgresql://u:secretpw/1@127.0.0.1:5432/z", "should have its password percent-encoded"),
        ("postgresql://u:secretpw?1@127.0.0.1:5432/z", "should have its password percent-encoded"),
        ("postgresql://u:secretpw@127.0.0.1:99999/z", "should have a port from 1 to 65535"),
        ("postgresql://u:secretpw@127.0.0.1:sql/z", "a port of digits only"),
        ("postgresql://u:secretpw@[::1/z", "should be a URL"),
    ],
)
def test_a_url_with_a_letter_that_is_not_encoded(
    command: tuple[str, ...], url: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("DATABASE_URL", url), ("REDIS_URL", url.replace("postgresql", "redis"))):
        monkeypatch.setenv(name, value)
        ran = run_command(*line_of(command))
        assert f"voicepact: {name}: " in ran.err and says in ran.err
        assert "secretpw" not in ran.said and "Traceback" not in ran.said and ran.code == 2
        monkeypatch.delenv(name)


@pytest.mark.reported("B23")
@pytest.mark.parametrize("command", sorted(WITH_SETTINGS), ids=name_of)
def test_an_env_file_in_another_encoding(command: tuple[str, ...]) -> None:
    Path(".env").write_bytes(b"LOG_LEVEL=INFO\nAT_SENDER_ID=Caf\xe9\n")
    ran = run_command(*line_of(command))
    assert is_plain(ran), ran.said
    assert ran.err == "voicepact: .env: should be text in UTF-8; line 2 is not\n"


@pytest.mark.parametrize("command", [("serve",), ("db", "up")], ids=name_of)
def test_a_folder_that_cannot_be_made(command: tuple[str, ...]) -> None:
    ran = run_command(*line_of(command, "--data-dir", "/proc/nothing"))
    assert is_plain(ran), ran.said
    assert "data folder /proc/nothing cannot be used" in ran.err


def test_a_process_of_its_own_ends_quietly_under_head() -> None:
    command = f"'{sys.executable}' -m gateway db sql | true; echo ${{PIPESTATUS[0]}}"
    ran = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603, S607 - our own words
    assert (ran.stdout, ran.stderr) == ("141\n", "")


def point_at(monkeypatch: pytest.MonkeyPatch, database_url: str, redis_url: str) -> None:
    """Have the next commands work on these servers."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("REDIS_URL", redis_url)
    monkeypatch.setenv("SECRET_KEY", "a secret key of a test's own")
