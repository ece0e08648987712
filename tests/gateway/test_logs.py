"""The log: lines are buffered and never lost, msisdns are masked, the text of an exception is never shown."""

import ast
import asyncio
import errno
import io
import json
import logging
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from gateway import logs
from gateway.logs import BufferedLines, mask_numbers, set_up_logs
from tests.handset import holds_pin

ROOT = Path(__file__).parent.parent.parent


class Log:
    """A log set up as in production, into memory."""

    def __init__(self, level: str = "INFO", form: str = "json") -> None:
        self.file = io.BytesIO()
        self.lines = set_up_logs(level, form, self.file)
        self.log = structlog.get_logger()

    def written(self) -> list[dict[str, Any]]:
        """What is in the file now."""
        return [json.loads(line) for line in self.file.getvalue().splitlines()]

    def all(self) -> list[dict[str, Any]]:
        self.lines.flush()
        return self.written()


class FullDisk(io.BytesIO):
    is_full = True

    def write(self, line: Any) -> int:
        if self.is_full:
            raise OSError(errno.ENOSPC, "no space left")
        return super().write(line)


def test_a_log_that_cannot_be_written_stops_nobody_and_says_later_what_is_lost() -> None:
    disk = FullDisk()
    lines = set_up_logs("INFO", "json", disk)
    log = structlog.get_logger()
    log.info("hop")
    log.error("written at once")
    lines.flush()
    disk.is_full = False
    log.info("again")
    lines.flush()
    lost, again = [json.loads(line) for line in disk.getvalue().splitlines()]
    assert lost == {"event": "log lines lost", "lines": 2, "level": "error"}
    assert again["event"] == "again"


def test_lines_wait_in_the_buffer_until_it_is_flushed() -> None:
    log = Log()
    log.log.info("hop", at="home")
    assert log.written() == []
    (line,) = log.all()
    assert (line["event"], line["at"], line["level"]) == ("hop", "home", "info")
    assert line["timestamp"].endswith("Z")
    log.lines.flush()
    assert len(log.written()) == 1, "a second flush writes nothing twice"


@pytest.mark.parametrize("level", ["warning", "error", "critical", "exception"])
def test_trouble_is_written_at_once_with_all_that_led_to_it(level: str) -> None:
    log = Log()
    log.log.info("before")
    getattr(log.log, level)("trouble")
    assert [line["event"] for line in log.written()] == ["before", "trouble"]


def test_a_full_buffer_is_written() -> None:
    file = io.BytesIO()
    lines = BufferedLines(file, flush_bytes=100)
    for _ in range(9):
        lines.write(b"ten bytes\n", at_once=False)
    assert file.getvalue() == b""
    lines.write(b"ten bytes\n", at_once=False)
    assert file.getvalue() == b"ten bytes\n" * 10
    lines.write(b"ten bytes\n", at_once=False)
    assert len(file.getvalue()) == 100, "the count begins anew"


def test_threads_lose_no_line_and_tear_none() -> None:
    file = io.BytesIO()
    lines = BufferedLines(file, flush_bytes=64)

    def work(name: int) -> None:
        for count in range(500):
            lines.write(b"%d:%d\n" % (name, count), at_once=count % 7 == 0)

    threads = [threading.Thread(target=work, args=(name,)) for name in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines.flush()
    assert sorted(file.getvalue().splitlines()) == sorted(b"%d:%d" % (n, c) for n in range(8) for c in range(500))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("+254712345678", "+254****678", id="E.164"),
        pytest.param("254712345678", "254****678", id="without the plus"),
        pytest.param("00254712345678", "002****678", id="with 00"),
        pytest.param("0712345678", "071****678", id="as people dial it"),
        pytest.param("712345678", "712****678", id="without the 0"),
        pytest.param("from +254712345678 to +254712345679", "from +254****678 to +254****679", id="two in a sentence"),
        pytest.param("it was +254712345678.", "it was +254****678.", id="at the end of a sentence"),
        pytest.param("tel:+254712345678", "tel:+254****678", id="after a colon"),
        pytest.param("phoneNumber=%2B254712345678&x=1", "phoneNumber=%2B254****678&x=1", id="as a form spells it"),
        pytest.param("('+254712345678',)", "('+254****678',)", id="in a repr"),
        pytest.param("+254 712 345 678", "+254****678", id="in groups"),
        pytest.param("+254-712-345-678", "+254****678", id="with dashes"),
        pytest.param("call 0712 345 678 now", "call 071****678 now", id="local, in groups"),
        pytest.param("call 0712-345678", "call 071****678", id="local, with a dash"),
        pytest.param("0712\u00a0345\u00a0678", "071****678", id="as a screen shows it"),
        pytest.param("+1 (415) 555-2671", "+141****671", id="elsewhere"),
        pytest.param("msisdn +254712345678,", "msisdn +254****678,", id="before a comma"),
        pytest.param("inbox/254712345678/new", "inbox/254****678/new", id="in a path"),
    ],
)
def test_a_number_loses_its_middle_however_it_is_spelled(text: str, shown: str) -> None:
    log = Log()
    log.log.info("x", text=text)
    log.log.info(text)
    log.log.info("x", many=[text], nested={"to": (text,)})
    one, event, deep = log.all()
    assert one["text"] == event["event"] == deep["many"][0] == deep["nested"]["to"][0] == shown


@pytest.mark.parametrize(
    "text",
    [
        "40718353",
        "4071 8353",
        "YES-40718353",
        "KES 3,500,000.00",
        "2026-03-01T12:00:00.123456Z",
        "2026-03-01 12:00:00.123456+00:00",
        "01/03/2026 12:00",
        "ATXid_2fd4e1c67a2d28fced849ee1bb76e739",
        "ATUid_e9d0662dea3f3db658e79d9b62f79001",
        "6b6b1c5e-0000-4000-8000-123456789012",
        "0.1234567891234",
        "http://127.0.0.1:8000/hooks",
        "192.168.100.200:65535",
        "a1b2c3d4e5f60718",
        "*384*7#",
        "12.5 ms",
        "1 2 3 4 5 6",
        "conversation.py:123 > turns.py:4567",
    ],
)
def test_what_is_no_number_stays_as_it_is(text: str) -> None:
    assert mask_numbers(None, "info", {"event": "x", "text": text})["text"] == text


def test_blanks_are_left_out() -> None:
    log = Log()
    log.log.info("hop", acted=None, ends=False, octets=0)
    (line,) = log.all()
    assert "acted" not in line and line["ends"] is False and line["octets"] == 0


def test_an_exception_is_told_by_its_kind_and_place_alone() -> None:
    log = Log()
    try:
        raise ValueError("PIN 4071 of +254712345678")
    except ValueError as fault:
        log.log.exception("unexpected", exc_info=True)
        log.log.error("unexpected", exc_info=fault)
    for line in log.written():
        assert line["fault"] == "ValueError"
        assert "test_logs.py:" in line["raised_at"]
    assert not holds_pin(log.file.getvalue().decode(), "4071")


def test_an_exception_nobody_catches_in_a_task_keeps_its_text_too() -> None:
    log = Log()
    loop = asyncio.new_event_loop()

    async def fail() -> None:
        raise ValueError("PIN 4071")

    task = loop.create_task(fail())
    loop.run_until_complete(asyncio.wait([task]))
    del task
    loop.close()
    (line,) = log.written()
    assert (line["logger"], line["fault"]) == ("asyncio", "ValueError")
    assert "never retrieved" in line["event"]
    assert not holds_pin(log.file.getvalue().decode(), "4071")


def test_what_libraries_log_comes_out_as_our_lines() -> None:
    log = Log()
    logger = logging.getLogger("some.library")
    logger.debug("not this")
    logger.info("nor this")
    logger.warning("%d%% of %s", 100, "+254712345678")
    try:
        raise RuntimeError("PIN 4071")
    except RuntimeError:
        logger.exception("broken")
    warned, broken = log.written()
    assert (warned["event"], warned["logger"], warned["level"]) == ("100% of +254****678", "some.library", "warning")
    assert (broken["fault"], broken["level"]) == ("RuntimeError", "error")
    assert not holds_pin(log.file.getvalue().decode(), "4071")


def test_a_level_of_a_librarys_own_is_no_accident() -> None:
    log = Log("DEBUG")
    logging.getLogger("some.library").log(35, "between warning and error")
    assert [line["event"] for line in log.written()] == ["between warning and error"]


@pytest.mark.parametrize(
    ("level", "events"), [("DEBUG", 4), ("INFO", 3), ("WARNING", 2), ("ERROR", 1)]
)  # fmt: skip
def test_only_what_is_asked_for_is_logged(level: str, events: int) -> None:
    log = Log(level)
    for name in ("debug", "info", "warning", "error"):
        getattr(log.log, name)("x")
    assert len(log.all()) == events


def test_on_a_console_a_line_is_there_at_once_and_reads_well() -> None:
    log = Log(form="console")
    log.log.info("hop", at="home", caller="+254712345678")
    (line,) = log.file.getvalue().decode().splitlines()
    assert line.endswith("info    hop at=home caller=+254****678")


def test_what_no_json_can_hold_is_still_a_line() -> None:
    log = Log()
    log.log.info("x", kind=Log, about={1, 2})
    (line,) = log.all()
    assert "Log" in line["kind"]


def test_masking_looks_closely_only_at_values_that_may_hold_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hop's line has about twenty values, most of them short or without a digit."""
    event = {"event": "hop", "provider": "africastalking", "session": "a1b2c3d4", "msisdn": "+254******678",
             "at": "contracts", "went_to": "contract", "timestamp": "2026-03-01T12:00:00.123456Z", "took_ms": 1.2,
             "octets": 158, "ends": False}  # fmt: skip
    searched = list[str]()

    class Pattern:
        def sub(self, _replacement: object, text: str) -> str:
            searched.append(text)
            return text

    monkeypatch.setattr(logs, "_MSISDN", Pattern())
    mask_numbers(None, "info", event)
    assert searched == ["a1b2c3d4", "+254******678", "2026-03-01T12:00:00.123456Z"]


def test_every_log_call_uses_the_keys_of_the_list() -> None:
    """The list is the docstring of gateway/logs.py: the same thing has the same key in every line."""
    agreed = set(re.findall(r"`([a-z_]+)`", logs.__doc__ or "")) | {"exc_info"}
    calls = [
        (path.relative_to(ROOT), call)
        for folder in ("gateway", "menus", "contracts", "storage", "values")
        for path in sorted((ROOT / folder).rglob("*.py"))
        for call in log_calls(ast.parse(path.read_text()))
    ]
    assert len(calls) > 20
    wrong = [f"{path}:{call.lineno}: {key}" for path, call in calls for key in keys_of(call) - agreed]
    assert wrong == []


def log_calls(tree: ast.AST) -> Iterator[ast.Call]:
    """Calls like `log.info(...)`."""
    levels = {"debug", "info", "warning", "error", "exception", "bind"}
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="log" | "line"), attr=attr)) if attr in levels:
                yield node


def keys_of(call: ast.Call) -> set[str]:
    return {each.arg for each in call.keywords if each.arg}
