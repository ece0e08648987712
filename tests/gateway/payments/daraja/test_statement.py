"""A page of a statement: a list in a list, numbers in three forms; one that cannot be read is none."""

from datetime import UTC, datetime

import pytest

from gateway.events import HttpAnswer
from gateway.payments.daraja.statement import read_page
from gateway.payments.port import StatementLine, StatementUnavailable
from tests.gateway.payments.daraja.daraja_account import JANE, answered, kes, sample_answer

ROW = {"transactionId": "TKN0000001", "trxDate": "2026-11-23T09:11:00Z", "billreference": "1", "amount": "5.50"}


def test_a_page() -> None:
    at = [datetime(2026, 11, 23, 9, minute, tzinfo=UTC) for minute in (12, 11, 13)]
    assert read_page(sample_answer("statement_page")) == [
        StatementLine("TKN0000002", kes(100), "1234 5678", at[0], "2547 ***** 126"),
        StatementLine("TKN0000001", kes(100), "1234 5678", at[1], JANE),
        StatementLine("TKN0000003", kes(100), "1234 5678", at[2], JANE),
    ]


@pytest.mark.parametrize(
    "answer",
    [
        sample_answer("statement_end"),
        answered(200, {"ResponseCode": "1000", "Response": [[]]}),
        answered(200, {"ResponseCode": 1000, "Response": []}),
        answered(500, {"errorCode": "500.001.01", "errorMessage": "No transactions found"}),
    ],
)
def test_the_page_behind_the_last_is_empty(answer: HttpAnswer) -> None:
    assert read_page(answer) == []


def test_rows_may_be_in_several_lists_or_in_one() -> None:
    for response in ([[ROW], [ROW]], [ROW, ROW]):
        assert len(read_page(answered(200, {"ResponseCode": "1000", "Response": response}))) == 2


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (answered(500, {"errorCode": "500.003.1001", "errorMessage": "x"}), "HTTP 500 500.003.1001"),
        (HttpAnswer(200, "text/html", b"<html>"), "a page cannot be read: body: is not JSON"),
        (answered(200, {"ResponseCode": "1002"}), "ResponseCode 1002"),
        (answered(200, {"ResponseCode": "1000"}), "a page cannot be read: Response: must be lists of payments"),
        (
            answered(200, {"ResponseCode": "1000", "Response": [[{**ROW, "amount": "-5"}]]}),
            "a page cannot be read: amount: must be an amount",
        ),
        (
            answered(200, {"ResponseCode": "1000", "Response": [[{**ROW, "transactionId": None}]]}),
            "a page cannot be read: transactionId: must be printable ASCII without a space",
        ),
    ],
)
def test_a_page_that_cannot_be_read_is_no_statement(answer: HttpAnswer, why: str) -> None:
    with pytest.raises(StatementUnavailable) as none:
        read_page(answer)
    assert str(none.value) == why


@pytest.mark.parametrize("date", [None, 7, "yesterday", "2026-11-23 09:11:00"])
def test_a_time_that_is_none_is_left_out(date: object) -> None:
    (line,) = read_page(answered(200, {"ResponseCode": "1000", "Response": [[{**ROW, "trxDate": date}]]}))
    assert line.at is None and line.money == kes("5.50")
