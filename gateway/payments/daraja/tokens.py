"""Daraja's access token: one for the process, renewed before it ends."""

import asyncio
from typing import Final

import aiohttp

from contracts.escrow.outcomes import NotSent
from gateway.events import BadWire, HttpAnswer
from gateway.outgoing import AnswerLostError, NotReachedError, ask
from gateway.payments.daraja.account import DarajaAccount
from gateway.payments.daraja.json_fields import read_json
from gateway.payments.daraja.replies import read_refusal
from values.frozen import replace

PATH: Final = "/oauth/v1/generate?grant_type=client_credentials"
EARLY_SECONDS: Final = 60.0
SECONDS_IF_UNSAID: Final = 300.0  # a token that ends sooner is refused, and renewed then


class NoTokenError(Exception):
    """There is no token now. `outcome`: of every order that needs one."""

    def __init__(self, outcome: NotSent) -> None:
        super().__init__(outcome.why)
        self.outcome = outcome


class Tokens:
    """A new token may end the one before, so calls share one, and one of them renews it while the others wait."""

    def __init__(self, account: DarajaAccount, http: aiohttp.ClientSession) -> None:
        self._http = http
        self._url = account.base_url.rstrip("/") + PATH
        self._authorization = aiohttp.encode_basic_auth(account.consumer_key, account.consumer_secret)
        self._lock = asyncio.Lock()
        self._token: str | None = None
        self._ends = 0.0  # on the loop's clock

    async def current(self) -> str:
        """Return a token that is good for a minute. Raise NoTokenError."""
        async with self._lock:
            if self._token is None or asyncio.get_running_loop().time() >= self._ends:
                self._token = None
                self._token, seconds = await self._renew()
                self._ends = asyncio.get_running_loop().time() + max(seconds - EARLY_SECONDS, seconds / 2)
            return self._token

    def forget(self, token: str) -> None:
        """Renew it at the next call: Daraja refused this one. Another that came meanwhile is kept."""
        if self._token == token:
            self._token = None

    async def _renew(self) -> tuple[str, float]:
        headers = {"Authorization": self._authorization, "Accept": "application/json", "Accept-Encoding": "identity"}
        try:
            answer = await ask(self._http, "GET", self._url, headers)
        except (NotReachedError, AnswerLostError) as fault:
            raise NoTokenError(NotSent(f"no access token: {fault}")) from None
        if not 200 <= answer.status < 300:
            raise NoTokenError(_refused(answer))
        try:
            reply = read_json(answer.body)
        except BadWire as bad:
            raise NoTokenError(NotSent(f"no access token: {bad}")) from None
        token = reply.get("access_token")
        if not isinstance(token, str) or not token.isascii() or not token.isprintable() or not 0 < len(token) <= 4096:
            raise NoTokenError(NotSent("no access token: access_token cannot be read"))
        return token, _seconds(reply.get("expires_in"))


def _refused(answer: HttpAnswer) -> NotSent:
    """Return the outcome of orders: none was sent, whatever is the matter with the token."""
    refusal = read_refusal(answer)
    if isinstance(refusal, NotSent):
        return replace(refusal, why=f"no access token: {refusal.why}")
    return NotSent(f"no access token: HTTP {answer.status}", "account" if answer.status == 400 else "down")


def _seconds(value: object) -> float:
    """Return how long a token is good for; it comes as a number or as digits."""
    text = "" if isinstance(value, bool) or value is None else str(value)
    return float(text) if text.isascii() and text.isdigit() and len(text) < 7 else SECONDS_IF_UNSAID
