"""Reconciliation: the books of a rail beside what is counted here; every difference is named.

Money that came without a word to us is written down, and the loop asks the rail about it before it counts.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from contracts.escrow.reconcile import BookLine, Difference, FoundDifference, differences
from contracts.fields.money import Currency, Money
from contracts.fields.reference import references_in
from gateway.payments.port import Rail
from storage.money_reads import Counted, MoneyReads
from storage.transfers import CameRow, TransferRows

_COUNTED_LATE: Final = timedelta(hours=1)  # behind the moment at which it was paid


async def counted_of(reads: MoneyReads, rail: str, since: datetime, until: datetime) -> list[Counted]:
    """Return what their books of this time must have, by what is counted here. What was counted in the first hour may
    have been paid before it, so their books need not have it."""
    return await reads.counted(rail, since + _COUNTED_LATE, until)


async def statement_of(
    rail: Rail, since: datetime, until: datetime, on_line: Callable[[], None]
) -> list[BookLine]:  # fmt: skip
    """Return what a rail's own books have of this time. Raise StatementUnavailable. `on_line`: called for each."""
    lines = list[BookLine]()
    async for line in rail.statement(since, until):
        lines.append(BookLine(line.receipt, line.money, True, line.account))
        on_line()
    return lines


async def compare(
    reads: MoneyReads, rail: str, theirs: Sequence[BookLine], counted: Sequence[Counted], *, only_in: bool
) -> list[FoundDifference]:
    """Return the differences between these lines and what is `counted` of the rail in the same time. `only_in`: their
    books have only what came to our account, as those that are pulled do."""
    ours = {each.receipt: _line(each) for each in counted if each.is_in or not only_in}
    elsewhere = [line.receipt for line in theirs if line.receipt not in ours]
    amounts = await reads.amounts_of(rail, elsewhere)
    is_in = {line.receipt: line.is_in for line in theirs}
    other_days = {
        receipt: BookLine(receipt, Money(minor, Currency(currency)), is_in[receipt])
        for receipt, (minor, currency) in amounts.items()
    }
    return list(differences(theirs, ours, other_days))


async def write_down_missing(rows: TransferRows, rail: Rail, found: Sequence[FoundDifference], now: datetime) -> int:
    """Write down the money that came without a word to us, so that the rail is asked about it; return how many."""
    missing = [
        each.theirs for each in found if each.what is Difference.NOT_COUNTED and each.theirs and each.theirs.is_in
    ]
    for line in missing:
        references = references_in(line.account)
        row = CameRow(
            rail.name, rail.new_id(), line.receipt, line.money.minor, line.money.currency.value,
            references[0] if len(references) == 1 else None, line.account, None,
        )  # fmt: skip
        await rows.came(row, now)
    return len(missing)


def _line(counted: Counted) -> BookLine:
    money = Money(counted.amount_minor, Currency(counted.currency))
    return BookLine(counted.receipt, money, counted.is_in, counted.reference)
