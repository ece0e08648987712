"""Calls with JSON in both directions, whose faults are answers."""

import re
from collections.abc import Mapping
from typing import Any, Final

import aiohttp
import orjson

from contracts.escrow.number_risk import NotKnown
from gateway.events import HttpAnswer
from gateway.outgoing import AnswerLostError, NotReachedError, ask

_HEADERS: Final = {"Content-Type": "application/json", "Accept": "application/json", "Accept-Encoding": "identity"}
_CODE: Final = re.compile(r"[A-Za-z][A-Za-z_]{0,59}|[0-9]{3}(?:\.[0-9]{1,3}){0,2}")


async def post_json(
    http: aiohttp.ClientSession, url: str, headers: Mapping[str, str], body: bytes
) -> HttpAnswer | NotKnown:  # fmt: skip
    """Send this JSON. NotKnown: no answer came."""
    return await post(http, url, {**headers, **_HEADERS}, body)


async def post(
    http: aiohttp.ClientSession, url: str, headers: Mapping[str, str], body: bytes
) -> HttpAnswer | NotKnown:  # fmt: skip
    """Send these bytes. NotKnown: no answer came."""
    try:
        return await ask(http, "POST", url, headers, body)
    except NotReachedError:
        return NotKnown("cannot be reached")
    except AnswerLostError:
        return NotKnown("did not answer in time")


def read_object(answer: HttpAnswer) -> dict[str, Any]:
    """Return the JSON object in the body; an empty one if it has none."""
    try:
        read = orjson.loads(answer.body)
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


def refusal(answer: HttpAnswer, code: object) -> NotKnown:
    """Return an answer that is none, with its status, and its code if it looks like one: other words may name
    people."""
    shown = str(code) if code is not None and _CODE.fullmatch(str(code)) else ""
    return NotKnown(f"HTTP {answer.status} {shown or 'without a code'}")
