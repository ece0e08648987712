"""OpenTimestamps proofs (opentimestamps.org): from a hash by a few operations to what a Bitcoin block is built over.

A calendar answers at once with a proof that ends in a promise (`Attestation.uri`), and hours later with one that goes
on from there to the Merkle root in the header of a block (`Attestation.height`). Whoever has the headers of Bitcoin can
then see that the hash was there before the block; nothing here reads them.

On the wire a proof is a tree. Each branch is an attestation (0x00) or an operation with a proof of its result; each but
the last of a place has 0xFF before it. Lengths and numbers have seven bits a byte, the lowest first.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from functools import reduce
from typing import Final

from values.frozen import Frozen

MOST_PROOF_BYTES: Final = 10_000  # one has less than 2,000
_MAGIC: Final = b"\x00OpenTimestamps\x00\x00Proof\x00\xbf\x89\xe2\xe8\x84\xe8\x92\x94\x01"  # with the version
_MORE, _ATTESTATION = b"\xff", b"\x00"
_SHA256, _APPEND, _PREPEND = b"\x08", b"\xf0", b"\xf1"
_PENDING, _BITCOIN = bytes.fromhex("83dfe30d2ef90c8e"), bytes.fromhex("0588960d73d71901")
_TAG_BYTES: Final = 8
_MOST_MESSAGE_BYTES: Final = 4096
_MOST_PAYLOAD_BYTES: Final = 8192
_MOST_STEPS: Final = 256  # one after the other
_MOST_NUMBER_BYTES: Final = 9
_HASH_BYTES: Final = 32


class BadProof(ValueError):  # noqa: N818 - it reads as what is the case
    """Bytes that are no proof, or one with an operation that is not understood; the message says why."""


class Attestation(Frozen):
    """The end of a branch. `tag`: eight bytes that say of which kind it is."""

    tag: bytes
    payload: bytes

    @property
    def uri(self) -> str | None:
        """Where the calendar promises to give the rest of the proof; None if it is no promise."""
        return _ProofReader(self.payload).last_bytes().decode(errors="replace") if self.tag == _PENDING else None

    @property
    def height(self) -> int | None:
        """The height of the Bitcoin block whose header has the message as Merkle root; None if it names none."""
        return _ProofReader(self.payload).last_number() if self.tag == _BITCOIN else None


class StampOperation(Frozen):
    """An operation on a message. `argument`: what is put behind or before it; empty for a hash."""

    tag: bytes
    argument: bytes = b""

    def result(self, message: bytes) -> bytes:
        """Return what it makes of the message. Raise BadProof if that is too long."""
        if self.tag == _SHA256:
            return hashlib.sha256(message).digest()
        joined = message + self.argument if self.tag == _APPEND else self.argument + message
        if len(joined) > _MOST_MESSAGE_BYTES:
            raise BadProof("a message is too long")
        return joined


class Proof(Frozen):
    """What is known of a message: who attests it, and what was made of it."""

    attestations: tuple[Attestation, ...] = ()
    steps: "tuple[tuple[StampOperation, Proof], ...]" = ()


def promised(uri: str) -> Attestation:
    return Attestation(_PENDING, _with_length(uri.encode()))


def in_block(height: int) -> Attestation:
    return Attestation(_BITCOIN, _number(height))


def sha256_step() -> StampOperation:
    return StampOperation(_SHA256)


def append_step(argument: bytes) -> StampOperation:
    return StampOperation(_APPEND, argument)


def prepend_step(argument: bytes) -> StampOperation:
    return StampOperation(_PREPEND, argument)


def read_proof(read: bytes) -> Proof:
    """Read a proof as a calendar answers it, without the file's head. Raise BadProof."""
    if len(read) > MOST_PROOF_BYTES:
        raise BadProof(f"it has more than {MOST_PROOF_BYTES} bytes")
    reader = _ProofReader(read)
    proof = reader.proof(_MOST_STEPS)
    reader.end()
    return proof


def write_proof(proof: Proof) -> bytes:
    """Return the proof's bytes. It must have a branch at least."""
    branches = [_ATTESTATION + each.tag + _with_length(each.payload) for each in proof.attestations]
    for step, rest in proof.steps:
        argument = _with_length(step.argument) if step.tag != _SHA256 else b""
        branches.append(step.tag + argument + write_proof(rest))
    return b"".join(_MORE + branch for branch in branches[:-1]) + branches[-1]


def ends_of(proof: Proof, message: bytes) -> Iterator[tuple[Attestation, bytes]]:
    """Yield each attestation with the message that it is on. Raise BadProof if a message gets too long."""
    for attestation in proof.attestations:
        yield attestation, message
    for step, rest in proof.steps:
        yield from ends_of(rest, step.result(message))


def joined(proofs: Iterable[Proof]) -> Proof:
    """Return the one proof of a message that has all of several."""
    return reduce(_join, proofs, Proof())


def completed(proof: Proof, message: bytes, found: Mapping[bytes, Proof]) -> Proof:
    """Return the proof with those `found` of messages on its way, by message. What they complete is promised no
    more."""
    steps = tuple((step, completed(rest, step.result(message), found)) for step, rest in proof.steps)
    if message not in found:
        return Proof(proof.attestations, steps)
    kept = tuple(each for each in proof.attestations if each.tag != _PENDING)
    return _join(Proof(kept, steps), found[message])


def write_ots_file(digest: bytes, proof: Proof) -> bytes:
    """Return the .ots file beside a file with this SHA-256."""
    return _MAGIC + _SHA256 + digest + write_proof(proof)


def read_ots_file(read: bytes) -> tuple[bytes, Proof]:
    """Return the SHA-256 of the file that it is beside, and the proof. Raise BadProof."""
    head = _MAGIC + _SHA256
    if not read.startswith(head) or len(read) < len(head) + _HASH_BYTES:
        raise BadProof("it is no .ots file of a SHA-256")
    rest = read[len(head) :]
    return rest[:_HASH_BYTES], read_proof(rest[_HASH_BYTES:])


def _join(one: Proof, other: Proof) -> Proof:
    steps = dict(one.steps)
    for step, rest in other.steps:
        steps[step] = _join(steps[step], rest) if step in steps else rest
    return Proof(tuple(dict.fromkeys([*one.attestations, *other.attestations])), tuple(steps.items()))


def _number(number: int) -> bytes:
    parts = bytearray()
    while number > 0x7F:
        parts.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*parts, number])


def _with_length(content: bytes) -> bytes:
    return _number(len(content)) + content


class _ProofReader:
    """Takes bytes from the front. Raises BadProof where there are too few, or too many."""

    def __init__(self, read: bytes) -> None:
        self._read, self._at = read, 0

    def proof(self, most_steps: int) -> Proof:
        if most_steps == 0:
            raise BadProof(f"it has more than {_MOST_STEPS} steps one after the other")
        attestations, steps = list[Attestation](), list[tuple[StampOperation, Proof]]()
        has_more = True
        while has_more:
            tag = self._take(1)
            has_more = tag == _MORE
            tag = self._take(1) if has_more else tag
            if tag == _ATTESTATION:
                attestations.append(Attestation(self._take(_TAG_BYTES), self._bytes(_MOST_PAYLOAD_BYTES)))
                _check(attestations[-1])
            elif tag in (_SHA256, _APPEND, _PREPEND):
                step = StampOperation(tag, b"" if tag == _SHA256 else self._bytes(_MOST_MESSAGE_BYTES))
                steps.append((step, self.proof(most_steps - 1)))
            else:
                raise BadProof(f"the operation {tag.hex()} is not understood")
        return Proof(tuple(attestations), tuple(steps))

    def end(self) -> None:
        if self._at != len(self._read):
            raise BadProof("there are bytes behind it")

    def last_bytes(self) -> bytes:
        content = self._bytes(_MOST_PAYLOAD_BYTES)
        self.end()
        return content

    def last_number(self) -> int:
        number = self._number()
        self.end()
        return number

    def _bytes(self, most: int) -> bytes:
        length = self._number()
        if length > most:
            raise BadProof("a part is too long")
        return self._take(length)

    def _number(self) -> int:
        number = 0
        for place in range(_MOST_NUMBER_BYTES):
            (byte,) = self._take(1)
            number |= (byte & 0x7F) << 7 * place
            if byte < 0x80:
                return number
        raise BadProof("a number is too long")

    def _take(self, count: int) -> bytes:
        taken = self._read[self._at : self._at + count]
        if len(taken) < count:
            raise BadProof("it breaks off")
        self._at += count
        return taken


def _check(attestation: Attestation) -> None:
    """Read what is in it once, so that whoever uses it later needs to expect no fault."""
    _ = attestation.uri, attestation.height
