"""Set up structlog: JSON lines in a buffer, or readable lines on a console. Neither shows a full msisdn.

Writing each line at once would cost a hop a fifth of its speed. So lines are gathered, and written when the buffer is
full, when a second has passed, when the process stops, and at once from WARNING up.

The same thing has the same key in every line, so that a complaint can be followed from line to line; a test holds all
log calls to this list:

- who and what: `provider`, `session` (`shown_session`), `msisdn` (masked), `message_id` (ours, of `sms_logs`),
  `provider_message_id` (the provider's, which its reports name), `shortcode` (a number of ours), `contract_id`,
  `dispute_id`, `operator`, `route`, `method` (HTTP), `request_id` (of the REST API), `webhook_id`, `event_id` (its
  place in the feed), `job`
- a hop: `at`, `went_to`, `acted`, `ends`, `octets`, `took_ms`, `hops`
- a message: `kind`, `status`, `reason`, `why`, `tries`, `cost`, `repeat`, `held_back`, `clock` ("stands" if it stopped
  the clock that counts its sender's silence), `age` ("old": too old to move anything)
- what was done: `act`, `messages` (how many SMS it queued), `is_new`, `deleted`, `migration` (the newest that is
  applied then); of the log of entries: `origin` (its name), `checkpoint` (how many leaves it has), `entries`,
  `witness` (its name in the policy, or its folder or address), `contracts` (how many from before entries bound rows
  were bound)
- money: `transfer` (its id), `outcome` (of a callback), `code` (the provider's), `note` (why a payout waits, for an
  operator), `currency`, `payments` (how many a provider's books have), `differences`; of one: `what`, `receipt`,
  `theirs_minor`, `ours_minor`
- the door: `address` and `addresses` (masked, of clients), `further_addresses`; `open`, `refused`, `closed_waiting`
  (connections), `total` and `per_address` (their limits), `bodies_given_up` (how many were waited for no longer),
  `descriptors` ("none left"); `keys` and `tokens` (how many were wrong)
- too much to do: `dials` and `callbacks` (how many were turned away since the line before), `under_way` (hops and
  callbacks), `expected_ms` (how long a hop that comes now would take)
- what failed: `fault` (the exception's type), `times` (since the last such line), `seconds` (a deadline), `raised_at`,
  `has_signature`, `logger` (of a library), `asked` (whom health asked: database, redis, disk),
  `lines` (of this log that were lost)
"""

import atexit
import logging
import re
import sys
import threading
from collections.abc import MutableMapping
from datetime import UTC, datetime
from typing import Any, BinaryIO

import orjson
import structlog
from structlog.typing import Processor

FLUSH_BYTES = 32 * 1024
FLUSH_SECONDS = 1.0
# A phone number: with a plus and in groups of any kind; in one piece, with or without 00 or 0; local, in groups. It is
# no part of a word, an id or a decimal, and longer than a contract's reference.
_MSISDN = re.compile(
    r"(?P<plus>\+|%2[Bb])[1-9](?:[ \u00a0().-]{0,2}\d){6,14}(?!\d)"
    r"|(?<![\w.-])(?:\d{9,17}|0\d{2,3}[ \u00a0-]\d{3}[ \u00a0-]?\d{3,4})(?![\w-]|\.\d)"
)
_SHORTEST = 8
_LEVELS = {"warn": "warning", "exception": "error"}
_NUMERIC = frozenset({int, float, bool})
_CLEAN = frozenset({"provider", "at", "went_to", "acted", "fault"})  # names in our code: nobody's number is in them
_SESSION_SHOWN = 64  # an id of a session may be longer only if its provider is not to be trusted


class BufferedLines:
    """A file of lines that is written in large pieces. Any thread may call it.

    Where the file takes nothing (a full disk, a pipe that nobody reads), lines are lost and their number is written
    later: no caller's hop fails because of its log line.
    """

    def __init__(self, file: BinaryIO, *, flush_bytes: int = FLUSH_BYTES) -> None:
        self._file = file
        self._flush_bytes = flush_bytes
        self._lines: list[bytes] = []
        self._size = self._lost = 0
        self._lock = threading.Lock()

    def write(self, line: bytes, *, at_once: bool) -> None:
        with self._lock:
            self._lines.append(line)
            self._size += len(line)
            if at_once or self._size >= self._flush_bytes:
                self._flush()

    def flush(self) -> None:
        with self._lock:
            self._flush()

    def _flush(self) -> None:
        if not self._lines:
            return
        lines, self._lines, self._size = self._lines, [], 0
        told = [b'{"event":"log lines lost","lines":%d,"level":"error"}\n' % self._lost] if self._lost else []
        try:
            self._file.write(b"".join(told + lines))
            self._file.flush()
            self._lost = 0
        except OSError:
            self._lost += len(lines)


class _LineLogger:
    """Takes rendered lines from structlog."""

    def __init__(self, lines: BufferedLines) -> None:
        self._lines = lines

    def msg(self, line: bytes) -> None:
        self._lines.write(line + b"\n", at_once=False)

    def urgent(self, line: bytes) -> None:
        self._lines.write(line + b"\n", at_once=True)

    log = debug = info = msg
    warn = warning = error = critical = exception = fatal = failure = err = urgent


class _LineLoggerFactory:
    def __init__(self, lines: BufferedLines) -> None:
        self._logger = _LineLogger(lines)

    def __call__(self, *args: Any) -> _LineLogger:
        return self._logger


class _IntoStructlog(logging.Handler):
    """Turns what libraries log with `logging` into our lines."""

    def emit(self, record: logging.LogRecord) -> None:
        level = min(max(record.levelno // 10 * 10, logging.DEBUG), logging.CRITICAL)  # structlog has only these five
        event = record.getMessage().partition("\n")[0]  # the next lines, asyncio's, quote the exception's text
        fault = record.exc_info[1] if record.exc_info else None
        structlog.get_logger().log(level, event, logger=record.name, exc_info=fault)


def set_up_logs(level: str, form: str, file: BinaryIO | None = None) -> BufferedLines:
    """Log from `level` up; `form` is "json" or "console". The caller must flush every `FLUSH_SECONDS` and at stop."""
    lines = BufferedLines(file or sys.stderr.buffer, flush_bytes=FLUSH_BYTES if form == "json" else 1)
    threshold = logging.getLevelNamesMapping()[level]
    structlog.configure(
        processors=_processors(form),
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=_LineLoggerFactory(lines),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=max(threshold, logging.WARNING), handlers=[_IntoStructlog()], force=True)
    atexit.register(lines.flush)
    return lines


def command_log(form: str) -> Any:
    """Return a logger for a command, which keeps no log: each line goes to stderr at once."""
    return structlog.wrap_logger(
        _LineLogger(BufferedLines(sys.stderr.buffer, flush_bytes=1)),
        processors=_processors(form),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )


def shown_session(session_id: str) -> str:
    """Return a USSD session's id as log lines show it, so that all lines of one call have the same `session`."""
    return session_id[:_SESSION_SHOWN]


def mask_numbers(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Mask whatever looks like a phone number in any value, and leave out keys without a value.

    This is only the last defence: a msisdn is masked where it is logged.
    """
    return {
        name: value if name in _CLEAN or type(value) in _NUMERIC else _masked(value)
        for name, value in event.items()
        if value is not None
    }


def _masked(value: Any) -> Any:
    if isinstance(value, str):  # most values are short, or have no digit
        return value if len(value) < _SHORTEST or value.isalpha() else _MSISDN.sub(_without_middle, value)
    match value:
        case list() | tuple() | set() | frozenset():
            return [_masked(one) for one in value]
        case dict():
            return {_masked(name): _masked(one) for name, one in value.items()}
        case _:
            return value


def _without_middle(number: re.Match[str]) -> str:
    plus = number["plus"] or ""
    digits = re.sub(r"\D", "", number[0].removeprefix(plus))
    return f"{plus}{digits[:3]}****{digits[-3:] if len(digits) > _SHORTEST else ''}"


def _processors(form: str) -> list[Processor]:
    """Return the one step from what is logged to its line: structlog takes as long to call each as most of them do."""
    render = _as_json if form == "json" else _as_console

    def line_of(logger: Any, method: str, event: MutableMapping[str, Any]) -> bytes:
        if "exc_info" in event:
            _describe_fault(event)
        event = mask_numbers(logger, method, event)
        event["level"] = _LEVELS.get(method, method)
        event["timestamp"] = datetime.now(UTC)
        return render(event)

    return [line_of]


def _describe_fault(event: MutableMapping[str, Any]) -> None:
    """Replace an exception by its type and where it was raised. Its text may quote what a person typed."""
    found = event.pop("exc_info")
    fault = sys.exc_info()[1] if found is True else found
    if isinstance(fault, BaseException):
        trace = fault.__traceback__
        where = []
        while trace:
            where.append(f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}")
            trace = trace.tb_next
        event["fault"] = type(fault).__name__
        event["raised_at"] = " > ".join(where[-6:])


def _as_json(event: MutableMapping[str, Any]) -> bytes:
    return orjson.dumps(event, default=_as_text, option=orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_UTC_Z)


def _as_text(value: object) -> str:
    """Render what JSON cannot hold by its repr: the repr of our values leaves secrets out."""
    text: str = _masked(repr(value))
    return text


def _as_console(event: MutableMapping[str, Any]) -> bytes:
    head = f"{event.pop('timestamp').isoformat()[11:23]} {event.pop('level'):<7} {event.pop('event')}"
    line: str = _masked(" ".join([head, *(f"{name}={value}" for name, value in event.items())]))
    return line.encode()
