"""Logs that are honest, and logs that are not: each history has a word, which its leaves behind a fork begin with."""

from collections.abc import Sequence
from dataclasses import dataclass

from contracts.proof.log.checkpoints import AddCheckpoint, Checkpoint, sign_checkpoint, write_add_checkpoint
from contracts.proof.log.keys import ED25519, SigningKey, verifier_key
from contracts.proof.log.tiles import consistency_proof, root_from_tiles
from contracts.proof.log.tree import leaf_hash
from storage.signing import Signer
from tests.contracts.proof.log.make_trees import Tiles

ORIGIN = "voicepact.example/log"
LOG = Signer.from_text("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
STRANGER = Signer.from_text("//79/Pv6+fj39vX08/Lx8O/u7ezr6uno5+bl5OPi4eA=")
LOG_KEY = verifier_key(ORIGIN, ED25519, LOG.public_key)


@dataclass
class History:
    """The leaves of one history, and what its log sends to a witness."""

    leaves: Sequence[bytes]
    origin: str = ORIGIN

    def __post_init__(self) -> None:
        self._tiles = Tiles()
        self._tiles.add(self.leaves)

    def checkpoint(self, size: int) -> Checkpoint:
        return Checkpoint(self.origin, size, root_from_tiles(size, self._tiles.read))

    def note(self, size: int, signer: SigningKey = LOG) -> bytes:
        return sign_checkpoint(self.checkpoint(size), signer)

    def proof(self, old: int, size: int) -> tuple[bytes, ...]:
        return tuple(consistency_proof(old, size, self._tiles.read))

    def body(self, old: int, size: int, *, proof: tuple[bytes, ...] | None = None, signer: SigningKey = LOG) -> bytes:
        """Return the body of a request; without `proof`, with the right one."""
        hashes = self.proof(old, size) if proof is None else proof
        return write_add_checkpoint(AddCheckpoint(old, hashes, self.note(size, signer)))


def history(forks: Sequence[int], length: int, origin: str = ORIGIN) -> History:
    """Return the history that leaves the honest one (no fork) at the leaves `forks`, one after the other."""
    words = ["honest"] * length
    for at in forks:
        words[at:] = [f"{words[at - 1] if at else 'honest'} forked {at}"] * (length - at)
    return History([leaf_hash(f"{word} {place}".encode()) for place, word in enumerate(words)], origin)
