"""A calendar of OpenTimestamps over HTTP, as `otsd` and the public ones speak it."""

import aiohttp
from yarl import URL

from contracts.proof.log.anchors import anchors_in, digest_url, promised_messages, rest_url
from contracts.proof.log.opentimestamps import BadProof, read_proof
from gateway.outgoing import AnswerLostError, NotReachedError, ask
from gateway.witnesses.port import WitnessAwayError

_HEADERS = {"Accept": "application/vnd.opentimestamps.v1", "Accept-Encoding": "identity"}
_FORM = {**_HEADERS, "Content-Type": "application/x-www-form-urlencoded"}


class Calendar:
    """The calendar at `url`. `name`: that address without what may be secret, as the record and the log have it.

    The rest of a proof is asked for here too, not at the address that the promise names: nobody but the settings says
    where this service calls."""

    def __init__(self, url: str, http: aiohttp.ClientSession) -> None:
        self.name = str(URL(url).with_user(None).with_query(None)).rstrip("/")
        self._url, self._http = url.rstrip("/"), http

    async def send(self, digest: bytes) -> bytes:
        """Return its answer for a hash, which promises the rest. Raise WitnessAwayError."""
        answer = await self._ask("POST", digest_url(self._url), _FORM, digest)
        if answer is None:
            raise WitnessAwayError("answers 404: is this the address of a calendar")
        try:
            if promised_messages(answer, digest) or anchors_in(read_proof(answer), digest):
                return answer
        except BadProof as bad:
            raise WitnessAwayError(f"answers with what is no proof: {bad}") from None
        raise WitnessAwayError("answers with a proof that promises nothing")

    async def complete(self, message: bytes) -> bytes | None:
        """Return its answer that goes on from a message to a block; None while there is none yet. Raise
        WitnessAwayError."""
        answer = await self._ask("GET", rest_url(self._url, message), _HEADERS, None)
        if answer is None:
            return None
        try:
            return answer if anchors_in(read_proof(answer), message) else None
        except BadProof as bad:
            raise WitnessAwayError(f"answers with what is no proof: {bad}") from None

    async def _ask(self, method: str, url: str, headers: dict[str, str], body: bytes | None) -> bytes | None:
        try:
            answer = await ask(self._http, method, url, headers, body)
        except (NotReachedError, AnswerLostError) as fault:
            raise WitnessAwayError(str(fault)) from None
        if answer.status == 404:
            return None
        if answer.status != 200:
            raise WitnessAwayError(f"answers {answer.status}")
        return answer.body
