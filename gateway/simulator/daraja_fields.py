"""Read requests to the simulated Daraja, independently of the adapter that writes them, and refuse them as it does."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlsplit

from aiohttp import web

PHONE: Final = r"254[17][0-9]{8}"
SHORTCODE: Final = r"[0-9]{5,7}"
OWN_ID: Final = r"[A-Za-z0-9_-]{1,19}"  # the portal says: less than 20 characters
_REFUSED_IN_URLS = re.compile(r"m-?pesa|safaricom|exe|cmd|sql|query", re.IGNORECASE)


class DarajaRefused(Exception):  # noqa: N818 - it reads as what happened
    """An answer that is no 2xx."""

    def __init__(self, status: int, code: str, words: str) -> None:
        super().__init__(code)
        self.status, self.code, self.words = status, code, words

    def to_response(self) -> web.Response:
        body = {"requestId": "11728-2929992-1", "errorCode": self.code, "errorMessage": self.words}
        return web.json_response(body, status=self.status)


def bad_field(field: str) -> DarajaRefused:
    return DarajaRefused(400, "400.002.02", f"Bad Request - Invalid {field}")


async def read_request(request: web.Request) -> Mapping[str, Any]:
    try:
        body = await request.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise DarajaRefused(400, "400.002.05", "Invalid Request Payload")
    return body


def text(body: Mapping[str, Any], field: str, pattern: str = r".{1,100}") -> str:
    """Return a text, or a number as a text."""
    value = body.get(field)
    if isinstance(value, bool) or not isinstance(value, int | str) or not re.fullmatch(pattern, str(value)):
        raise bad_field(field)
    return str(value)


def amount(body: Mapping[str, Any]) -> Decimal:
    """Return the whole shillings in Amount."""
    return Decimal(text(body, "Amount", r"[1-9][0-9]{0,8}"))


def callback_url(body: Mapping[str, Any], field: str) -> str:
    value = text(body, field, r"\S{1,500}")
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or _REFUSED_IN_URLS.search(value):
        raise bad_field(field)
    return value
