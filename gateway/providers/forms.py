"""What every provider's form is read with, and how its own words are quoted: pure, fields named as they name them."""

import re
from collections.abc import Mapping
from typing import Final

from gateway.events import BadWire, HttpAnswer, TryLater

ID_MAX: Final = 200

_DIGITS = re.compile(r"[0-9]{1,9}")
_NUMBER_LIKE = re.compile(r"[0-9]{7,}")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # line breaks are legal in a text; these no database or JSON takes


def read_required(form: Mapping[str, str], field: str) -> str:
    try:
        return form[field]
    except KeyError:
        raise BadWire(field, "is missing") from None


def read_short_text(form: Mapping[str, str], field: str) -> str:
    """A required id, code or sender: 1 to 200 characters, none a control character."""
    value = read_required(form, field)
    if not value or len(value) > ID_MAX:
        raise BadWire(field, f"must have 1 to {ID_MAX} characters")
    if not value.isprintable() and _CONTROL.search(value):
        raise BadWire(field, "must have no control characters")
    return value


def read_long_text(form: Mapping[str, str], field: str, longest: int) -> str:
    """What a person typed: present, maybe blank. isprintable() is the quick way past the careful look."""
    value = read_required(form, field)
    if len(value) > longest:
        raise BadWire(field, f"must have at most {longest} characters")
    if not value.isprintable() and _UNSTORABLE.search(value):
        raise BadWire(field, "must have no NUL and no broken characters")
    return value


def read_optional(form: Mapping[str, str], field: str) -> str | None:
    """An optional value, or None when blank; one that is no clean short text is a broken request all the same."""
    return read_short_text(form, field) if form.get(field) else None


def read_count(form: Mapping[str, str], field: str) -> int | None:
    value = form.get(field, "")
    return int(value) if _DIGITS.fullmatch(value) else None


def is_short_text(value: str) -> bool:
    """Whether an answer's id is one that `word` would take."""
    return 0 < len(value) <= ID_MAX and not _CONTROL.search(value)


def safe_quote(said: str, secret: str) -> str:
    """Their words, fit for a row and a log: short, one line, no number in full, and not our key come back."""
    if secret:
        said = said.replace(secret, "…")
    return _NUMBER_LIKE.sub("…", " ".join(_CONTROL.sub(" ", said).split()))[:120]


def try_later(why: str, answer: HttpAnswer) -> TryLater:
    """What an answer means that refuses for now, by its status."""
    cause = "busy" if answer.status == 429 else "account" if answer.status in (401, 402, 403) else "down"
    after = answer.retry_after or ""
    return TryLater(why, cause, float(after) if _DIGITS.fullmatch(after) else None)
