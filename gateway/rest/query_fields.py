"""Validators for one query parameter, beside those of `json_fields`."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import Field, PlainValidator

from contracts.contract import Status
from contracts.fields.msisdn import Msisdn, e164, parse_msisdn
from contracts.fields.reference import is_reference
from contracts.refusals import BadInput
from gateway.rest import json_fields
from gateway.rest.json_fields import BodyDefaults, fault

MOST_SEARCH_LETTERS: Final = 100

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:?[0-9]{2})"
)
_PLUS_AS_BLANK = re.compile(r" (?=[0-9]{2}:?[0-9]{2}$)")


def exactly_one_of(known: Sequence[str]) -> PlainValidator:
    """Accept one of these words, spelled like this."""

    def read(typed: str, _defaults: BodyDefaults) -> str:
        if typed not in known:
            raise fault(f"should be one of {', '.join(known)}")
        return typed

    return json_fields.string(read, shown_as=Literal[tuple(known)])


def _read_status(typed: str, _defaults: BodyDefaults) -> str:
    try:
        return Status(typed.upper()).value
    except ValueError:
        raise fault(f"should be one of {', '.join(Status)}") from None


def _read_msisdn(typed: str, defaults: BodyDefaults) -> Msisdn:
    """Read a number in any form. One in E.164 is not checked against numbering plans: the record may hold one that no
    plan knows."""
    if typed.startswith(" "):  # a + that was not percent-encoded
        typed = f"+{typed[1:]}"
    try:
        return e164(typed)
    except BadInput:
        pass
    try:
        return parse_msisdn(typed, defaults.country)
    except BadInput:
        raise fault("is no mobile number") from None


def _read_id(typed: str, _defaults: BodyDefaults) -> UUID:
    try:
        return UUID(typed)
    except ValueError:
        raise fault("should be an id, as the API shows it") from None


def _read_moment(typed: str, defaults: BodyDefaults) -> datetime:
    """Read an ISO 8601 time with its zone, or a day, which begins at midnight of the service's zone."""
    fitting = _PLUS_AS_BLANK.sub("+", typed)
    try:
        if _DAY.fullmatch(typed):
            return datetime.combine(date.fromisoformat(typed), time(), defaults.zone)
        moment = datetime.fromisoformat(fitting) if _MOMENT.fullmatch(fitting) else None
        if moment is not None and moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise fault("should be a time like 2026-11-30T12:00:00Z, or a day like 2026-11-30")


def _read_words(typed: str, _defaults: BodyDefaults) -> str:
    words = " ".join(typed.split())
    if not 2 <= len(words) <= MOST_SEARCH_LETTERS:
        raise fault(f"should be words, 2 to {MOST_SEARCH_LETTERS} letters in all")
    if any(unicodedata.category(letter)[0] == "C" for letter in words) or not any(map(str.isalnum, words)):
        raise fault("should be words, with no control characters in them")
    return words


def _read_reference(typed: str, _defaults: BodyDefaults) -> str:
    reference = typed.replace(" ", "")
    if not is_reference(reference):
        raise fault("should be a contract's number of eight digits")
    return reference


def _read_msisdn_or_id(typed: str, defaults: BodyDefaults) -> Msisdn | UUID:
    try:
        return UUID(typed)
    except ValueError:
        return _read_msisdn(typed, defaults)


CONTRACT_STATUS: Final = json_fields.string(_read_status, shown_as=Status)
MSISDN: Final = json_fields.string(_read_msisdn)
MSISDN_OR_ID: Final = json_fields.string(_read_msisdn_or_id)
ID: Final = json_fields.string(_read_id, shown_as=UUID)
MOMENT: Final = json_fields.string(_read_moment)
REFERENCE: Final = json_fields.string(_read_reference, shown_as=Annotated[str, Field(pattern="^[0-9]{8}$")])
WORDS: Final = json_fields.string(
    _read_words, shown_as=Annotated[str, Field(min_length=2, max_length=MOST_SEARCH_LETTERS)]
)
