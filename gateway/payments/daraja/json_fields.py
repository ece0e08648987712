"""Read the JSON of callbacks and answers. A fault is a BadWire that names the field and never shows its
value."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import orjson

from contracts.fields.money import Currency, Money
from gateway.events import BadWire
from gateway.providers.forms import is_id

JsonObject = Mapping[str, Any]

_AMOUNT = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,4})?")
_CODE = re.compile(r"[A-Za-z0-9._-]{1,24}")
_UNSTORABLE = re.compile("[\x00-\x1f\x7f-\x9f]")
_TEXT_MAX: Final = 200


def read_json(body: bytes) -> JsonObject:
    """Return the object that a body holds."""
    try:
        found = orjson.loads(body)
    except ValueError:
        raise BadWire("body", "is not JSON") from None
    if not isinstance(found, dict):
        raise BadWire("body", "must be a JSON object")
    return found


def read_object(found: JsonObject, field: str) -> JsonObject:
    value = found.get(field)
    if not isinstance(value, dict):
        raise BadWire(field, "must be a JSON object")
    return value


def read_objects(found: JsonObject, field: str) -> list[JsonObject]:
    """Return a list of objects; one alone may stand without its list."""
    value = found.get(field)
    items: list[Any] = value if isinstance(value, list) else [value]
    if not all(isinstance(item, dict) for item in items):
        raise BadWire(field, "must be a list of JSON objects")
    return items


def read_code(found: JsonObject, field: str) -> str:
    """Return a code as a string: providers send the same one as a number or as a string, and some have letters."""
    code = code_in(found.get(field))
    if code is None:
        raise BadWire(field, "must be a code of at most 24 letters and digits")
    return code


def code_in(value: object) -> str | None:
    """Return a code as a string, None for what is no code."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    return str(value) if _CODE.fullmatch(str(value)) else None


def read_id(found: JsonObject, field: str) -> str:
    """Return an id whose shape the rail does not promise: 1 to 200 printable ASCII characters, none a space."""
    value = found.get(field)
    if not isinstance(value, str) or not is_id(value):
        raise BadWire(field, "must be printable ASCII without a space")
    return value


def read_text(found: JsonObject, field: str) -> str:
    """Return a short text or number as a text, maybe blank; it may be missing. Controls become U+FFFD."""
    value = found.get(field)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, int | str) or len(str(value)) > _TEXT_MAX:
        raise BadWire(field, f"must be a text of at most {_TEXT_MAX} characters")
    return _UNSTORABLE.sub("\ufffd", str(value))


def read_money(value: object, field: str, currency: Currency) -> Money:
    """Return an amount in the currency's major units, sent as a number or as digits: `1`, `1.0`, `"1.00"`. It must be
    more than zero, and in whole minor units."""
    text = "" if isinstance(value, bool) or not isinstance(value, int | float | str) else str(value)
    if not _AMOUNT.fullmatch(text):
        raise BadWire(field, "must be an amount")
    minor = Decimal(text).scaleb(currency.exponent)
    if minor <= 0 or minor % 1:
        raise BadWire(field, "must be an amount of more than zero, in whole minor units")
    return Money(int(minor), currency)
