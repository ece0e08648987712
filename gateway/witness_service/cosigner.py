"""A witness at work: it reads, decides, writes its book, and only then gives a cosignature away."""

from collections.abc import Callable

import structlog

from contracts.proof.log.checkpoints import add_signatures
from contracts.proof.log.keys import COSIGNATURE, VerifierKey, verifier_key
from contracts.proof.log.notes import cosign_text, parse_signatures
from contracts.proof.log.witnessing import (
    SPLIT,
    Cosigned,
    Logs,
    NotCosigned,
    Submitted,
    check_submission,
    read_submission,
)
from storage.witness_book import CosignedRow, RefusedRow, WitnessBook

log = structlog.get_logger()


class Cosigner:
    """The witness of `logs`. `seconds`: the clock, in seconds since 1970. Use it in one thread."""

    def __init__(self, book: WitnessBook, logs: Logs, seconds: Callable[[], int]) -> None:
        self._book, self._logs, self._seconds = book, logs, seconds

    @property
    def key(self) -> VerifierKey:
        return verifier_key(self._book.name, COSIGNATURE, self._book.signer.public_key)

    def add_checkpoint(self, body: bytes) -> str:
        """Return the line with the cosignature, which is on the disk by then. Raise NotCosigned; one that says
        something against the log is on the disk, too."""
        submitted = read_submission(body, self._logs)
        with self._book.deciding():
            refusal = self._refusal(submitted)
            if refusal is None:
                return self._cosign(submitted)
            if refusal.evidence:
                self._keep(submitted, refusal.evidence)
        raise refusal

    def latest_note(self, origin: str) -> bytes | None:
        """Return the latest checkpoint of a log with the cosignature; None if none was cosigned, or it is not known."""
        row = self._book.latest(origin) if origin in self._logs else None
        return add_signatures(row.note, parse_signatures(row.cosignature.encode())) if row else None

    def _refusal(self, submitted: Submitted) -> NotCosigned | None:
        new = submitted.checkpoint
        latest, same_size = self._book.latest(new.origin), self._book.of_size(new.origin, new.size)
        try:
            check_submission(submitted, _known(latest), _known(same_size))
        except NotCosigned as refusal:
            return refusal
        return None

    def _cosign(self, submitted: Submitted) -> str:
        new, now = submitted.checkpoint, self._seconds()
        line = cosign_text(new.text, self._book.name, self._book.signer, now).line
        self._book.save_cosigned(CosignedRow(new.origin, new.size, new.root, submitted.note, line, now))
        return line

    def _keep(self, submitted: Submitted, kind: str) -> None:
        new, now = submitted.checkpoint, self._seconds()
        rival = self._book.of_size(new.origin, new.size) if kind == SPLIT else self._book.latest(new.origin)
        held_against = rival.note if rival else None
        row = RefusedRow(new.origin, new.size, new.root, kind, submitted.note, held_against, now, now, 1)
        if self._book.save_refused(row):
            tell = log.error if kind == SPLIT else log.warning
            tell("a checkpoint was refused: see `voicepact witness refused`", why=kind, origin=new.origin,
                 checkpoint=new.size)  # fmt: skip


def _known(row: CosignedRow | None) -> Cosigned | None:
    return Cosigned(row.size, row.root) if row else None
