"""Compares the books of a rail with what is counted here, and names every difference. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any

from contracts.fields.money import Money
from values.frozen import Frozen, Hidden


class Difference(StrEnum):
    """How a line of the rail's books and ours differ."""

    NOT_COUNTED = "not counted here"  # the rail has it, we do not: it may have come without a word to us
    NOT_IN_THEIRS = "not in the rail's books"  # we counted it, and the rail has no such receipt
    AMOUNT = "another amount"
    DIRECTION = "another direction"  # they say it came, we say it went, or the other way round
    TWICE = "twice in the rail's books"


class BookLine(Frozen):
    """A receipt with its money. `is_in`: it came to our account. `account`: what the payer typed, or the contract's
    reference."""

    receipt: str
    money: Money
    is_in: bool
    account: Hidden[str] = ""


class FoundDifference(Frozen):
    """One difference. `theirs`, `ours`: None where one side has no such line."""

    what: Difference
    receipt: str
    theirs: BookLine | None
    ours: BookLine | None


def differences(
    theirs: Iterable[BookLine], ours: Mapping[str, BookLine], counted_at_any_time: Mapping[str, BookLine]
) -> Iterator[FoundDifference]:
    """Give every difference. `ours`: by receipt, of the same time as `theirs`; `counted_at_any_time`: by receipt, so
    that what was counted on another day, before or after, is no difference."""
    seen: dict[str, BookLine] = {}
    for line in theirs:
        if line.receipt in seen:
            yield FoundDifference(Difference.TWICE, line.receipt, line, seen[line.receipt])
            continue
        seen[line.receipt] = line
        mine = ours.get(line.receipt) or counted_at_any_time.get(line.receipt)
        if mine is None:
            yield FoundDifference(Difference.NOT_COUNTED, line.receipt, line, None)
        elif mine.is_in is not line.is_in:
            yield FoundDifference(Difference.DIRECTION, line.receipt, line, mine)
        elif mine.money != line.money:
            yield FoundDifference(Difference.AMOUNT, line.receipt, line, mine)
    for receipt, mine in ours.items():
        if receipt not in seen:
            yield FoundDifference(Difference.NOT_IN_THEIRS, receipt, None, mine)


def as_json(found: FoundDifference) -> dict[str, Any]:
    """Return a difference as plain JSON, without what a payer typed."""
    line = found.theirs or found.ours
    assert line, "one side has it"
    return {
        "what": found.what.value, "receipt": found.receipt, "currency": line.money.currency.value,
        "theirs_minor": found.theirs.money.minor if found.theirs else None,
        "ours_minor": found.ours.money.minor if found.ours else None,
    }  # fmt: skip
