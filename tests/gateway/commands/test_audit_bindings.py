"""What `voicepact audit verify` says of contracts from before entries bound their rows."""

from contracts.proof.replay import Replayed
from gateway.commands.audit_bindings import BindingCounts


def bound(day: str) -> Replayed:
    return Replayed({}, wholeness=[True], bound_at=[f"{day}T12:00:00.000000Z"])


def test_it_says_how_many_are_bound_and_since_when_and_how_many_are_not() -> None:
    counts = BindingCounts()
    counts.add(Replayed({}, wholeness=[True]))
    assert list(counts.lines()) == []
    counts.add(bound("2026-08-10"))
    assert list(counts.lines()) == [
        "1 contract is from before entries bound rows, and bound on 2026-08-10: until then only the database held them"
    ]
    counts.add(bound("2026-08-12"))
    counts.add(Replayed({}))
    assert list(counts.lines()) == [
        "2 contracts are from before entries bound rows, and bound from 2026-08-10 to 2026-08-12: until then only the"
        " database held them",
        "1 contract is not bound yet, and held by the database only: a running service binds them",
    ]
