"""A time-stamping authority over HTTP (RFC 3161, section 3.4)."""

from collections.abc import Sequence
from datetime import datetime

import aiohttp
from cryptography.x509 import Certificate
from yarl import URL

from contracts.proof.log.timestamps import BadTimestamp, read_timestamp, request_timestamp
from gateway.outgoing import AnswerLostError, NotReachedError, ask
from gateway.witnesses.port import WitnessAwayError

_HEADERS = {"Content-Type": "application/timestamp-query", "Accept-Encoding": "identity"}


class TimestampAuthority:
    """The authority at `url`, whose certificate is under one of `roots`. `name`: the address without what may be
    secret, as the record and the log have it."""

    def __init__(self, url: str, roots: Sequence[Certificate], http: aiohttp.ClientSession) -> None:
        self.name = str(URL(url).with_user(None).with_query(None))
        self._url, self._roots, self._http = url, roots, http

    async def stamp(self, text: bytes) -> tuple[bytes, datetime]:
        """Return its answer for a text, verified, and the time in it. Raise WitnessAwayError."""
        request = request_timestamp(text)
        try:
            answer = await ask(self._http, "POST", self._url, _HEADERS, request.der)
        except (NotReachedError, AnswerLostError) as fault:
            raise WitnessAwayError(str(fault)) from None
        if answer.status != 200:
            raise WitnessAwayError(f"answers {answer.status}")
        try:
            return answer.body, read_timestamp(answer.body, text, self._roots, request.nonce)
        except BadTimestamp as bad:
            raise WitnessAwayError(f"answers with what is no timestamp: {bad}") from None
