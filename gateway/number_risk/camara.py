"""CAMARA SIM Swap (release r3.3), as mobile operators of many countries offer it. The answer comes at once."""

import asyncio
from base64 import b64encode
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import quote
from uuid import uuid4

import aiohttp
import orjson

from contracts.escrow.number_risk import NotKnown, NotSwapped, SwapAnswer, Swapped
from contracts.fields.msisdn import Msisdn
from gateway.events import HttpAnswer
from gateway.number_risk.json_calls import post, post_json, read_object, refusal
from gateway.number_risk.port import swapped_at
from values.frozen import Frozen, Hidden

NAME: Final = "camara"
_LESS_HOURS: Final = 24  # asked where an operator does not look back as far as we want
_LONGEST_DAYS: Final = 36_500
_EARLY_SECONDS: Final = 30.0  # a token is used no more, before it ends
_SHORT_SECONDS: Final = 60.0  # a token whose end is not told
_FORM: Final = {"Content-Type": "application/x-www-form-urlencoded", "Accept-Encoding": "identity"}


class CamaraAccount(Frozen):
    """Our account with an operator. `base_url`: up to `/sim-swap/v2`, without it; `token_url`: where its OAuth is."""

    base_url: str
    token_url: str
    client_id: Hidden[str]
    client_secret: Hidden[str]


class CamaraSimSwap:
    """Asks for the date of the last change, and where the operator does not tell it, whether there was one within the
    `cooling` time."""

    name: Final = NAME

    def __init__(self, http: aiohttp.ClientSession, account: CamaraAccount, cooling: timedelta) -> None:
        self._http, self._account = http, account
        self._url = account.base_url.rstrip("/") + "/sim-swap/v2"
        self._hours = max(1, -(-cooling // timedelta(hours=1)))  # rounded up
        self._lock = asyncio.Lock()
        self._token, self._token_until = "", 0.0

    async def ask(self, msisdn: Msisdn, now: datetime) -> SwapAnswer:
        answer = await self._call("/retrieve-date", {"phoneNumber": msisdn})
        if isinstance(answer, NotKnown):
            return answer
        told = read_object(answer)
        if answer.status == 200 and "latestSimChange" in told:
            dated = read_date(told, now)
            return dated if dated is not None else await self._check(msisdn, now, self._hours)
        if told.get("code") == "PERMISSION_DENIED":  # our account may only call /check
            return await self._check(msisdn, now, self._hours)
        return refusal(answer, told.get("code"))

    async def _check(self, msisdn: Msisdn, now: datetime, hours: int) -> SwapAnswer:
        """Ask for a change within so many hours; where the operator does not look back as far, within a day."""
        answer = await self._call("/check", {"phoneNumber": msisdn, "maxAge": hours})
        if isinstance(answer, NotKnown):
            return answer
        told = read_object(answer)
        if told.get("code") == "OUT_OF_RANGE" and hours > _LESS_HOURS:
            return await self._check(msisdn, now, _LESS_HOURS)
        if answer.status != 200 or not isinstance(told.get("swapped"), bool):
            return refusal(answer, told.get("code"))
        return Swapped(now) if told["swapped"] else NotSwapped(timedelta(hours=hours))

    async def _call(self, path: str, body: dict[str, Any]) -> HttpAnswer | NotKnown:
        """Post with our token; once more with a new one, if the operator does not take it."""
        answer: HttpAnswer | NotKnown = NotKnown("has not been asked")
        for _ in range(2):
            token = await self._fresh_token()
            if isinstance(token, NotKnown):
                return token
            headers = {"Authorization": f"Bearer {token}", "x-correlator": str(uuid4())}
            answer = await post_json(self._http, self._url + path, headers, orjson.dumps(body))
            if isinstance(answer, NotKnown) or answer.status != 401:
                return answer
            self._forget(token)
        return answer

    async def _fresh_token(self) -> str | NotKnown:
        """Return an access token of our own account (two-legged: no person is asked). One call at a time fetches it."""
        async with self._lock:
            if asyncio.get_running_loop().time() < self._token_until:
                return self._token
            account = self._account
            ours = f"{quote(account.client_id, safe='')}:{quote(account.client_secret, safe='')}"
            headers = {"Authorization": f"Basic {b64encode(ours.encode()).decode()}", **_FORM}
            answer = await post(
                self._http, account.token_url, headers, b"grant_type=client_credentials&scope=sim-swap"
            )  # fmt: skip
            if isinstance(answer, NotKnown):
                return NotKnown(f"no access token: {answer.why}")
            told = read_object(answer)
            if answer.status != 200 or not isinstance(told.get("access_token"), str):
                return NotKnown(f"no access token: {refusal(answer, told.get('error')).why}")
            self._token = told["access_token"]
            self._token_until = asyncio.get_running_loop().time() + _seconds(told.get("expires_in"))
            return self._token

    def _forget(self, token: str) -> None:
        if self._token == token:
            self._token_until = 0.0


def read_date(told: dict[str, Any], now: datetime) -> SwapAnswer | None:
    """Return what an answer to /retrieve-date says. None: the date is null, and nothing says for how long the operator
    would know it: that is not known, and never "not swapped"."""
    text, days = told["latestSimChange"], told.get("monitoredPeriod")
    if text is None:
        if not isinstance(days, int) or isinstance(days, bool) or not 0 < days <= _LONGEST_DAYS:
            return None
        return NotSwapped(timedelta(days=days))
    try:
        read = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return NotKnown("names no date")
    return swapped_at(read, now) if read.tzinfo else NotKnown("names a date without its zone")


def _seconds(expires_in: object) -> float:
    """Return for how long to use a token; the number is sent as text, too."""
    try:
        return max(0.0, float(str(expires_in)) - _EARLY_SECONDS)
    except ValueError:
        return _SHORT_SECONDS
