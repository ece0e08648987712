"""The keys that pawaPay signs its callbacks with, by their ids."""

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Final

import orjson
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from contracts.actions import Clock
from gateway.outgoing import AnswerLostError, NotReachedError
from gateway.payments.pawapay.api import PawaPayApi

_PAUSE: Final = timedelta(minutes=1)  # between two asks: whoever makes up ids shall not make us ask each time
_KEPT_FOR: Final = timedelta(days=1)  # then they are asked for again: a key may have been withdrawn


class PublicKeys:
    """Asks for the keys when one is needed that is not known."""

    def __init__(self, api: PawaPayApi, clock: Clock) -> None:
        self._api, self._clock = api, clock
        self._keys: dict[str, PublicKeyTypes] = {}
        self._asked_at: datetime | None = None
        self._read_at: datetime | None = None
        self._asking = asyncio.Lock()

    async def find(self, keyid: str) -> PublicKeyTypes | None:
        """Return the key; None if pawaPay does not name it, or does not answer."""
        async with self._asking:
            now = self._clock()
            is_old = self._read_at is None or now - self._read_at >= _KEPT_FOR
            may_ask = self._asked_at is None or now - self._asked_at >= _PAUSE
            if may_ask and (is_old or keyid not in self._keys):
                self._asked_at = now
                await self._read(now)
        return self._keys.get(keyid)

    async def _read(self, now: datetime) -> None:
        """Take the keys of a good answer in place of those that were known; without one they stay."""
        try:
            answer = await self._api.get("public-key/http")
        except (NotReachedError, AnswerLostError):
            return
        if answer.status == 200 and (keys := _keys(answer.body)):
            self._keys, self._read_at = keys, now


def _keys(body: bytes) -> dict[str, PublicKeyTypes]:
    """Return the keys that can be read, of `[{"id": …, "key": PEM}]`."""
    try:
        entries: Any = orjson.loads(body)
    except ValueError:
        return {}
    keys = {}
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict) and isinstance(entry.get("id"), str) and isinstance(entry.get("key"), str):
            with suppress(ValueError, UnsupportedAlgorithm):
                keys[entry["id"]] = load_pem_public_key(entry["key"].encode())
    return keys
