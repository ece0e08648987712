"""Daraja over HTTP: a POST of JSON with the access token, and once more with a new one where that was refused."""

from typing import Final

import aiohttp
import orjson

from contracts.escrow.outcomes import NotSent, Unknown
from gateway.events import HttpAnswer
from gateway.outgoing import MOST_BYTES, AnswerLostError, NotReachedError, ask
from gateway.payments.daraja import codes
from gateway.payments.daraja.account import DarajaAccount
from gateway.payments.daraja.replies import read_error
from gateway.payments.daraja.requests import DarajaCall
from gateway.payments.daraja.tokens import NoTokenError, Tokens

_HEADERS: Final = {
    "Content-Type": "application/json",
    "Accept": "application/json",
    "Accept-Encoding": "identity",
}


class DarajaClient:
    """Sends calls for one account."""

    def __init__(self, account: DarajaAccount, http: aiohttp.ClientSession) -> None:
        self._base_url = account.base_url.rstrip("/")
        self._http = http
        self._tokens = Tokens(account, http)

    async def send(self, call: DarajaCall, most_bytes: int = MOST_BYTES) -> HttpAnswer | NotSent | Unknown:
        """Return the answer; NotSent where Daraja has certainly not got the call, Unknown where nobody knows."""
        body = orjson.dumps(call.body)
        try:
            token = await self._tokens.current()
            answer = await self._post(call, token, body, most_bytes)
            if read_error(answer).code in codes.TOKEN_ERRORS and not answer.status < 300:
                self._tokens.forget(token)
                answer = await self._post(call, await self._tokens.current(), body, most_bytes)
        except NoTokenError as none:
            return none.outcome
        except NotReachedError as fault:
            return NotSent(f"Daraja could not be reached: {fault}")
        except AnswerLostError as fault:
            return Unknown(f"no answer from Daraja: {fault}")
        return answer

    async def _post(self, call: DarajaCall, token: str, body: bytes, most_bytes: int) -> HttpAnswer:
        headers = {**_HEADERS, "Authorization": f"Bearer {token}"}
        return await ask(self._http, "POST", self._base_url + call.path, headers, body, most_bytes)
