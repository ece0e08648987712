"""A statement that somebody downloaded is read by the names of its columns; what is none is refused with its line."""

from pathlib import Path

import pytest

from contracts.escrow.reconcile import BookLine
from contracts.fields.money import Currency, Money
from gateway.payments.statement_file import NotAStatement, read_statement

HEAD = "Account Holder,VoicePact\nShort Code,600000\n\n"
COLUMNS = "Receipt No.,Completion Time,Details,Transaction Status,Paid In,Withdrawn,Balance,A/C No.\n"


def read(tmp_path: Path, text: str) -> list[BookLine]:
    path = tmp_path / "statement.csv"
    path.write_text(text, encoding="utf-8-sig")
    return list(read_statement(path, Currency.KES))


def test_money_in_and_out_is_read_in_order(tmp_path: Path) -> None:
    rows = (
        'TXX1,01-12-2026 08:00:00,Pay Bill,Completed,"3,500.00",,9000,40718353\n'
        "TXX2,01-12-2026 09:00:00,Business Payment,Completed,,-1190.00,7810,\n"
        "TXX3,01-12-2026 10:00:00,Business Payment,Completed,0.00,250,7560,\n"
        "TXX4,01-12-2026 11:00:00,Pay Bill,Failed,100.00,,7560,\n"
        "\n"
    )
    assert read(tmp_path, HEAD + COLUMNS + rows) == [
        BookLine("TXX1", Money(350_000, Currency.KES), True, "40718353"),
        BookLine("TXX2", Money(119_000, Currency.KES), False, ""),
        BookLine("TXX3", Money(25_000, Currency.KES), False, ""),
    ]


def test_few_columns_are_enough(tmp_path: Path) -> None:
    assert read(tmp_path, "receipt no,paid in,withdrawn\nA,1,\n") == [BookLine("A", Money(100, Currency.KES), True, "")]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "has no line with the columns"),
        ("Date,Amount\n1,2\n", "has no line with the columns"),
        (COLUMNS + "A,x,x,Completed,many,,,\n", "line 2: an amount is no number"),
        (COLUMNS + "A,x,x,Completed,1.005,,,\n", "line 2: an amount has too many decimals"),
    ],
)
def test_what_is_no_statement_is_refused_with_its_line(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(NotAStatement, match=why):
        read(tmp_path, text)


def test_a_file_that_is_not_there_or_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "image.csv").write_bytes(b"\x89PNG\xff")
    for name in ("nowhere.csv", "image.csv"):
        with pytest.raises(NotAStatement, match="cannot be read as CSV"):
            list(read_statement(tmp_path / name, Currency.KES))
