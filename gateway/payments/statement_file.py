"""Reads a statement that an operator downloaded from a rail's portal (CSV), for reconciliation.

M-Pesa's has some lines about the account before the line with the names of the columns. A column is found by its name,
in any case: Receipt No., Completion Time, Paid In, Withdrawn, Transaction Status, A/C No. (the last two may be
missing).
"""

import csv
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path

from contracts.escrow.reconcile import BookLine
from contracts.fields.money import Currency, Money

_NEEDED = ("receiptno", "paidin", "withdrawn")


class NotAStatement(ValueError):  # noqa: N818 - it reads as what happened
    """The file is none that we can read; the text says which line and why, and quotes nothing of it."""


def read_statement(path: Path, currency: Currency) -> Iterator[BookLine]:
    """Give the completed payments of the file, in its order. Raise NotAStatement."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield from _lines(csv.reader(file), currency)
    except (OSError, UnicodeDecodeError, csv.Error) as fault:
        raise NotAStatement(f"cannot be read as CSV in UTF-8 ({type(fault).__name__})") from None


def _lines(rows: Iterator[list[str]], currency: Currency) -> Iterator[BookLine]:
    columns: Mapping[str, int] = {}
    for number, row in enumerate(rows, 1):
        if not columns:
            found = {re.sub(r"[^a-z]", "", name.lower()): place for place, name in enumerate(row)}
            columns = found if all(name in found for name in _NEEDED) else {}
            continue
        if line := _line(row, columns, currency, number):
            yield line
    if not columns:
        raise NotAStatement("has no line with the columns Receipt No., Paid In and Withdrawn")


def _line(row: list[str], columns: Mapping[str, int], currency: Currency, number: int) -> BookLine | None:
    def value(name: str) -> str:
        place = columns.get(name)
        return row[place].strip() if place is not None and place < len(row) else ""

    receipt = value("receiptno")
    if not receipt or value("transactionstatus").lower() not in ("", "completed"):
        return None
    paid_in, withdrawn = (_amount(value(name), number) for name in ("paidin", "withdrawn"))
    amount = paid_in or -withdrawn or withdrawn  # a withdrawal is written with a minus, or without
    if not amount:
        return None
    minor = abs(amount) * 10**currency.exponent
    if minor != int(minor):
        raise NotAStatement(f"line {number}: an amount has too many decimals")
    return BookLine(receipt, Money(int(minor), currency), bool(paid_in), value("acno"))


def _amount(text: str, number: int) -> Decimal:
    try:
        return Decimal(text.replace(",", "") or 0)
    except InvalidOperation:
        raise NotAStatement(f"line {number}: an amount is no number") from None
