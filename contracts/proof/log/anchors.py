"""What calendars answered for a checkpoint (OpenTimestamps): from its hash to a block of Bitcoin. Pure.

What is sent is the SHA-256 of the checkpoint's text, without its signatures. An answer is stored byte for byte under
the address that gave it: CALENDAR/digest gives a promise, CALENDAR/timestamp/MESSAGE what completes it, hours later.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from contracts.proof.log.opentimestamps import BadProof, Proof, completed, ends_of, joined, read_proof
from values.frozen import Frozen

Row = Mapping[str, Any]
_DIGEST: Final = "/digest"
_REST: Final = "/timestamp/"
_DER: Final = b"\x30"  # an answer of a time-stamping authority (RFC 3161) begins with it, and no proof does


class Anchor(Frozen):
    """The checkpoint was there before the block of Bitcoin at `height`, if the header of that has this Merkle root."""

    height: int
    merkle_root: bytes

    @property
    def shown_root(self) -> str:
        """The root in hex, as blocks are shown: the last byte first."""
        return self.merkle_root[::-1].hex()


def is_of_calendar(response: bytes) -> bool:
    """Whether a stored answer is a calendar's; else it is one of a time-stamping authority."""
    return response[:1] != _DER


def digest_of(text: bytes) -> bytes:
    """Return what is sent to calendars for a checkpoint's text."""
    return hashlib.sha256(text).digest()


def digest_url(calendar: str) -> str:
    return calendar + _DIGEST


def rest_url(calendar: str, message: bytes) -> str:
    return f"{calendar}{_REST}{message.hex()}"


def promised_messages(answer: bytes, digest: bytes) -> list[bytes]:
    """Return the messages for which a calendar promises the rest of the proof. Raise BadProof."""
    ends = ends_of(read_proof(answer), digest)
    return list(dict.fromkeys(message for attestation, message in ends if attestation.uri is not None))


def anchors_in(proof: Proof, message: bytes) -> list[Anchor]:
    """Return the blocks to which a proof of the message leads. Raise BadProof."""
    ends = ends_of(proof, message)
    return [Anchor(end.height, root) for end, root in ends if end.height is not None]


def whole_proof(rows: Sequence[Row], digest: bytes) -> Proof:
    """Return the one proof that the stored answers (`authority`, `response`) for a checkpoint make up. Raise BadProof
    if one is none, or goes on from what no answer leads to."""
    answers = {row["authority"]: row["response"] for row in rows}
    begun = joined(read_proof(answer) for url, answer in answers.items() if url.endswith(_DIGEST))
    found = dict(_rests(answers))
    reached = {message for _, message in ends_of(begun, digest)}
    if found.keys() - reached:
        raise BadProof("it goes on from what is not of this checkpoint")
    return completed(begun, digest, found)


def _rests(answers: Mapping[str, bytes]) -> Iterable[tuple[bytes, Proof]]:
    for url, answer in answers.items():
        if not url.endswith(_DIGEST):
            _, is_there, message = url.rpartition(_REST)
            try:
                yield bytes.fromhex(message if is_there else "?"), read_proof(answer)
            except ValueError as bad:
                raise BadProof(str(bad)) from None
