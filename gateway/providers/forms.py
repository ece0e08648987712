"""Read the fields of a provider's form, and quote its error texts safely. Fields have the provider's names."""

import re
from collections.abc import Mapping
from typing import Final

from gateway.events import BadWire, HttpAnswer, Rejected, TryLater

ID_MAX: Final = 200

_MESSAGE_FAULTS = frozenset({400, 413, 422})
_ACCOUNT_FAULTS = frozenset({401, 402, 403})

_DIGITS = re.compile(r"[0-9]{1,9}")
_NUMBER_LIKE = re.compile(r"[0-9]{7,}")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # line breaks are legal in a text; these no database or JSON takes
_BROKEN: Final = "\ufffd"  # what a reader of forms puts for bytes that are not UTF-8


def read_required(form: Mapping[str, str], field: str) -> str:
    """Return the field, maybe blank. Raise BadWire if it is missing."""
    try:
        return form[field]
    except KeyError:
        raise BadWire(field, "is missing") from None


def read_short_text(form: Mapping[str, str], field: str) -> str:
    """Return an id, a code or a sender. Raise BadWire unless it has 1 to 200 characters, none a control character."""
    value = read_required(form, field)
    if not value or len(value) > ID_MAX:
        raise BadWire(field, f"must have 1 to {ID_MAX} characters")
    if not value.isprintable() and _CONTROL.search(value):
        raise BadWire(field, "must have no control characters")
    if _BROKEN in value:
        raise BadWire(field, "is not UTF-8")
    return value


def read_id(form: Mapping[str, str], field: str) -> str:
    """Return an id whose shape the provider does not promise. Raise BadWire unless it has 1 to 200 characters, all of
    them printable ASCII, none a space."""
    value = read_short_text(form, field)
    if not is_id(value):
        raise BadWire(field, "must be printable ASCII without a space")
    return value


def read_typed(form: Mapping[str, str], field: str, longest: int) -> str:
    """Return what a caller typed, maybe blank. Raise BadWire if it is missing, too long or broken: the caller is still
    on the line and types it again."""
    value = _at_most(form, field, longest)
    if not value.isprintable() and _UNSTORABLE.search(value):
        raise BadWire(field, "must have no NUL and no broken characters")
    if _BROKEN in value:
        raise BadWire(field, "is not UTF-8")
    return value


def read_written(form: Mapping[str, str], field: str, longest: int) -> str:
    """Return the text of an SMS, maybe blank, with U+FFFD for each letter that cannot be stored. Raise BadWire if it is
    missing or too long.

    A broken letter does not refuse the text: the provider would repeat it, give up, and what a person wrote was lost.
    """
    value = _at_most(form, field, longest)
    return value if value.isprintable() else _UNSTORABLE.sub(_BROKEN, value)


def read_optional(form: Mapping[str, str], field: str) -> str | None:
    """Return a short text, or None if it is missing or blank. Raise BadWire as `read_short_text` does."""
    return read_short_text(form, field) if form.get(field) else None


def read_count(form: Mapping[str, str], field: str) -> int | None:
    """Return a whole number, or None if it is missing or cannot be read."""
    value = form.get(field, "")
    return int(value) if _DIGITS.fullmatch(value) else None


def is_id(value: str) -> bool:
    """Return whether `read_id` would take this value."""
    return 0 < len(value) <= ID_MAX and value.isascii() and value.isprintable() and " " not in value


def safe_quote(text: str, secret: str) -> str:
    """Return a provider's text as one short line for a row or the log, without numbers and without our key in it."""
    if secret:
        text = text.replace(secret, "…")
    return _NUMBER_LIKE.sub("…", " ".join(_CONTROL.sub(" ", text).split()))[:120]


def http_refusal(why: str, answer: HttpAnswer) -> Rejected | TryLater:
    """Return the outcome of an HTTP error. Only 400, 413 and 422 with a reason are this message's fault; with any
    other, messages wait for the provider or for an operator instead of being lost. A web page is no reason: it comes
    from something that stands before the provider."""
    reason = answer.body.strip()
    is_fault = answer.status in _MESSAGE_FAULTS and reason and not reason.startswith(b"<")
    return Rejected(why) if is_fault else try_later(why, answer)


def try_later(why: str, answer: HttpAnswer) -> TryLater:
    """Return the outcome of an answer that may be different later; the cause is found by its HTTP status."""
    cause = "busy" if answer.status == 429 else "account" if answer.status in _ACCOUNT_FAULTS else "down"
    after = answer.retry_after or ""
    return TryLater(why, cause, float(after) if _DIGITS.fullmatch(after) else None)


def _at_most(form: Mapping[str, str], field: str, longest: int) -> str:
    value = read_required(form, field)
    if len(value) > longest:
        raise BadWire(field, f"must have at most {longest} characters")
    return value
