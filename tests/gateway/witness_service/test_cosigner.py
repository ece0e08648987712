"""Whatever a witness is sent, and however often it is started again: it never cosigns two histories of one log."""

import itertools
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.proof.log.checkpoints import AddCheckpoint, add_signatures, open_checkpoint, write_add_checkpoint
from contracts.proof.log.notes import SignatureLine, parse_note, parse_signatures
from contracts.proof.log.witnessing import SPLIT, NotCosigned, logs_of
from gateway.witness_service.cosigner import Cosigner
from storage import witness_book
from storage.witness_book import NAME, WitnessBook
from tests.gateway.witness_service.forked_logs import LOG, LOG_KEY, ORIGIN, STRANGER, History, history

LENGTH = 40
FORKS = [(), (0,), (7,), (8,), (20,), (7, 20), (33,)]
HISTORIES = {forks: history(forks, LENGTH) for forks in FORKS}
sizes = st.integers(0, LENGTH)


class Witness:
    """A witness that can be started again. `cosigned`: what it has given away, with the leaves under it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME
        WitnessBook.make(self.path, "witness.example").close()
        self.cosigned = list[tuple[bytes, ...]]()
        self._clock = itertools.count(1_800_000_000)
        self.start()

    def start(self) -> None:
        self.book = WitnessBook.open(self.path)
        self.cosigner = Cosigner(self.book, logs_of([LOG_KEY]), lambda: next(self._clock))

    def restart(self) -> None:
        self.book.close()
        self.start()

    def send(self, log: History, body: bytes, size: int) -> int:
        """Return the status of HTTP."""
        try:
            line = self.cosigner.add_checkpoint(body)
        except NotCosigned as refusal:
            return refusal.status
        note = add_signatures(log.note(size), parse_signatures(line.encode()))
        _, verified = open_checkpoint(note, [self.cosigner.key])
        assert len(verified) == 1
        self.cosigned.append(tuple(log.leaves[:size]))
        return 200

    @property
    def latest(self) -> int:
        row = self.book.latest(ORIGIN)
        return row.size if row else 0


@st.composite
def requests(draw: st.DrawFn) -> tuple[str, tuple[int, ...], int, int | None, tuple[int, int] | None]:
    """What is done, by which history, at which size; the old size (None: the right one) and whose proof is sent."""
    act = draw(st.sampled_from(["send"] * 8 + ["stranger", "restart"]))
    old = draw(st.none() | sizes)
    proof = draw(st.none() | st.tuples(sizes, sizes))
    return act, draw(st.sampled_from(FORKS)), draw(sizes), old, proof


@given(st.lists(requests(), min_size=1, max_size=12))
def test_a_witness_never_cosigns_two_histories(
    steps: list[tuple[str, tuple[int, ...], int, int | None, tuple[int, int] | None]],
) -> None:
    with TemporaryDirectory() as folder:
        witness = Witness(Path(folder))
        for act, forks, size, old, proof in steps:
            if act == "restart":
                witness.restart()
                continue
            log, old_size = HISTORIES[forks], min(size, witness.latest if old is None else old)
            sent = log.proof(*sorted(proof)) if proof else None
            signer = STRANGER if act == "stranger" else LOG
            status = witness.send(log, log.body(old_size, size, proof=sent, signer=signer), size)
            if act == "stranger":
                assert status == 403
        for before, after in itertools.pairwise(witness.cosigned):
            assert len(before) <= len(after) and after[: len(before)] == before
        # and it goes on with the history that it has cosigned
        longest = witness.cosigned[-1] if witness.cosigned else ()
        log = next(log for log in HISTORIES.values() if tuple(log.leaves[: len(longest)]) == longest)
        assert witness.send(log, log.body(len(longest), LENGTH), LENGTH) == 200
        assert all(row.origin == ORIGIN for row in witness.book.refused())
        witness.book.close()


def test_both_notes_of_a_split_view_are_kept(tmp_path: Path) -> None:
    witness, honest, forked = Witness(tmp_path), HISTORIES[()], HISTORIES[7,]
    assert witness.send(honest, honest.body(0, 10), 10) == 200
    assert witness.send(honest, honest.body(10, 20), 20) == 200
    for _ in range(3):  # of a size from before, with an old size that would be refused anyway
        assert witness.send(forked, forked.body(0, 10), 10) == 409
    (row,) = witness.book.refused()
    assert (row.kind, row.size, row.note, row.rival, row.times) == (SPLIT, 10, forked.note(10), honest.note(10), 3)


def test_a_log_that_does_not_go_on_is_kept_with_the_latest(tmp_path: Path) -> None:
    witness, honest, forked = Witness(tmp_path), HISTORIES[()], HISTORIES[7,]
    assert witness.send(honest, honest.body(0, 10), 10) == 200
    assert witness.send(forked, forked.body(10, 20), 20) == 422
    (row,) = witness.book.refused()
    assert (row.kind, row.size, row.note, row.rival) == ("not proved", 20, forked.note(20), honest.note(10))


def test_a_wrong_proof_of_somebody_says_nothing_once_the_right_one_came(tmp_path: Path) -> None:
    """A checkpoint is public: anybody can send it, and as many wrong proofs as they like."""
    witness, honest, forked = Witness(tmp_path), HISTORIES[()], HISTORIES[7,]
    assert witness.send(honest, honest.body(0, 10), 10) == 200
    for _ in range(2):
        assert witness.send(honest, honest.body(10, 20, proof=()), 20) == 422
    assert [(row.kind, row.size, row.times) for row in witness.book.refused()] == [("not proved", 20, 2)]
    assert witness.send(honest, honest.body(10, 20), 20) == 200
    assert witness.book.refused() == []
    assert witness.send(forked, forked.body(0, 10), 10) == 409
    assert [row.kind for row in witness.book.refused()] == [SPLIT]


def test_what_anybody_can_send_does_not_crowd_out_the_proof_of_a_split_view(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for bound in ("MOST_REFUSED", "MOST_NOT_PROVED"):
        monkeypatch.setattr(witness_book, bound, 3)
    witness, honest = Witness(tmp_path), HISTORIES[()]
    assert witness.send(honest, honest.body(0, 10), 10) == 200
    for size in range(11, 20):
        assert witness.send(honest, honest.body(10, size, proof=()), size) == 422
    for forks in [(0,), (7,), (8,), (7,), (7, 20)]:
        status = witness.send(HISTORIES[forks], HISTORIES[forks].body(0, 10), 10)
        assert status == 409
    kept = [(row.kind, row.size, row.times) for row in witness.book.refused()]
    assert kept == [(SPLIT, 10, 1), (SPLIT, 10, 3), (SPLIT, 10, 1), *(("not proved", size, 1) for size in (17, 18, 19))]


def test_signatures_that_others_add_are_not_kept(tmp_path: Path) -> None:
    """Else what anybody can send would fill the disk, and the latest checkpoint could be read by nobody."""
    witness, honest = Witness(tmp_path), HISTORIES[()]
    others = [SignatureLine(f"{n}.example", b"1234", bytes(64)) for n in range(99)]
    note = add_signatures(honest.note(10), others)
    assert witness.cosigner.add_checkpoint(write_add_checkpoint(AddCheckpoint(0, honest.proof(0, 10), note)))
    latest = witness.cosigner.latest_note(ORIGIN)
    assert latest and [line.name for line in parse_note(latest).signatures] == [ORIGIN, "witness.example"]


def test_a_checkpoint_is_cosigned_again(tmp_path: Path) -> None:
    """As after a crash behind the writing: the log asks once more, from the size that it is told."""
    witness, honest = Witness(tmp_path), HISTORIES[()]
    assert [witness.send(honest, honest.body(old, 10), 10) for old in (0, 0, 10, 10)] == [200, 409, 200, 200]
    assert len(witness.book.newest_cosigned(10)) == 1
