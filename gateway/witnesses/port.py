"""What every witness of our log can be asked, and how it can answer."""

from collections.abc import Sequence
from typing import Protocol

from contracts.proof.log.checkpoints import Checkpoint
from contracts.proof.log.notes import SignatureLine


class OtherSizeError(Exception):
    """The latest checkpoint that the witness has is of another size than `old_size`."""

    def __init__(self, size: int) -> None:
        super().__init__(f"it has {size} leaves")
        self.size = size


class ObjectionError(Exception):
    """The witness has seen another history of this log; the message says how."""


class WitnessAwayError(Exception):
    """The witness gave no answer, or none that can be used; it is asked again later."""


class Witness(Protocol):
    """A witness. `name`: for people; `id`: what the record calls it, its key or the address of its folder."""

    @property
    def name(self) -> str: ...

    @property
    def id(self) -> str: ...

    async def add_checkpoint(self, old_size: int, proof: Sequence[bytes], note: bytes) -> list[SignatureLine]:
        """Show a signed checkpoint that goes on from the one of `old_size`, and return the signatures on it. Raise
        OtherSizeError, ObjectionError or WitnessAwayError."""
        ...

    async def latest(self, origin: str) -> Checkpoint | None:
        """Return the latest checkpoint that it has of a log; None if it does not tell. Raise WitnessAwayError."""
        ...
