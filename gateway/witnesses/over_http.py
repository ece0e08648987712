"""A witness that is asked over HTTP (c2sp.org/tlog-witness): `voicepact witness`, or any other that speaks it."""

from collections.abc import Sequence
from urllib.parse import quote

import aiohttp

from contracts.proof.log.checkpoints import (
    AddCheckpoint,
    Checkpoint,
    decimal,
    open_checkpoint,
    read_checkpoint,
    write_add_checkpoint,
)
from contracts.proof.log.keys import VerifierKey
from contracts.proof.log.notes import BadNote, SignatureLine, parse_signatures, verify_signatures
from gateway.events import HttpAnswer
from gateway.outgoing import AnswerLostError, NotReachedError, ask
from gateway.witnesses.port import ObjectionError, OtherSizeError, WitnessAwayError

_HEADERS = {"Content-Type": "text/plain; charset=utf-8", "Accept-Encoding": "identity"}


_WHAT_TO_DO = {
    403: "answers 403, it does not believe the key that signed: give it the line of `voicepact log show`",
    404: "answers 404, it does not watch this log, or is not there: give it the line of `voicepact log show`",
}


class HttpWitness:
    """The witness `name` of a policy file, at the address `url`."""

    def __init__(self, name: str, key: VerifierKey, url: str, http: aiohttp.ClientSession) -> None:
        self.name, self._key, self._url, self._http = name, key, url.rstrip("/"), http

    @property
    def id(self) -> str:
        return self._key.line

    async def add_checkpoint(self, old_size: int, proof: Sequence[bytes], note: bytes) -> list[SignatureLine]:
        body = write_add_checkpoint(AddCheckpoint(old_size, tuple(proof), note))
        answer = await self._ask("POST", f"{self._url}/add-checkpoint", body)
        match answer.status:
            case 200:
                return self._signatures(note, answer.body)
            case 409:
                raise self._conflict(old_size, note, answer)
            case 422:
                raise ObjectionError(f"does not find that this log goes on from the {old_size} leaves that it knows")
            case status:
                raise WitnessAwayError(_WHAT_TO_DO.get(status, f"answers {status}"))

    async def latest(self, origin: str) -> Checkpoint | None:
        answer = await self._ask("GET", f"{self._url}/{quote(origin, safe='')}/checkpoint", None)
        if answer.status != 200:
            return None
        try:
            checkpoint, _ = open_checkpoint(answer.body, [self._key])
        except BadNote:
            return None
        return checkpoint if checkpoint.origin == origin else None

    async def _ask(self, method: str, url: str, body: bytes | None) -> HttpAnswer:
        try:
            return await ask(self._http, method, url, _HEADERS, body)
        except (NotReachedError, AnswerLostError) as fault:
            raise WitnessAwayError(str(fault)) from None

    def _signatures(self, note: bytes, body: bytes) -> list[SignatureLine]:
        """Return what its own key has signed; others are not asked here, and not believed."""
        checkpoint, _ = read_checkpoint(note)
        try:
            lines = [each for each in parse_signatures(body) if (each.name, each.key_id) == self._names]
            verify_signatures(checkpoint.text, lines, [self._key])
        except BadNote as bad:
            raise WitnessAwayError(f"answers with what is no cosignature: {bad}") from None
        if not lines:
            raise WitnessAwayError("answers without a cosignature of its key")
        return lines[:1]

    @property
    def _names(self) -> tuple[str, bytes]:
        return self._key.name, self._key.key_id

    def _conflict(self, old_size: int, note: bytes, answer: HttpAnswer) -> Exception:
        size = decimal(answer.body.decode(errors="replace").removesuffix("\n"))
        if size is None:
            return WitnessAwayError("answers 409 without a size")
        if size == old_size:
            new, _ = read_checkpoint(note)
            return ObjectionError(f"has cosigned another root than ours of {new.size} leaves")
        return OtherSizeError(size)
