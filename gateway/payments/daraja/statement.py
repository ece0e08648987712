"""Read a page of a statement (Pull Transactions). Pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from contracts.fields.money import Currency
from gateway.events import BadWire, HttpAnswer
from gateway.payments.daraja import codes
from gateway.payments.daraja.json_fields import JsonObject, read_code, read_id, read_json, read_money, read_text
from gateway.payments.daraja.payers import read_payer
from gateway.payments.daraja.replies import read_error
from gateway.payments.port import StatementLine, StatementUnavailable


def read_page(answer: HttpAnswer) -> list[StatementLine]:
    """Return the payments of a page; an empty one is behind the last. Raise StatementUnavailable where a part of it
    cannot be read: what is missing in a statement would be taken for a payment that never came."""
    if not 200 <= answer.status < 300:
        error = read_error(answer)
        if "no transaction" in error.words:
            return []
        raise StatementUnavailable(f"HTTP {answer.status} {error.code}".rstrip())
    try:
        reply = read_json(answer.body)
        code = read_code(reply, "ResponseCode")
        if code == codes.STATEMENT_EMPTY:
            return []
        if code != codes.STATEMENT_FOUND:
            raise StatementUnavailable(f"ResponseCode {code}")
        return [_line(row) for row in _rows(reply.get("Response"))]
    except BadWire as bad:
        raise StatementUnavailable(f"a page cannot be read: {bad}") from None


def _rows(response: object) -> Sequence[JsonObject]:
    """The rows are a list in a list; there may be several inner ones, or none."""
    rows: list[JsonObject] = []
    for inner in response if isinstance(response, list) else [None]:
        items: list[Any] = inner if isinstance(inner, list) else [inner]
        if not all(isinstance(row, dict) for row in items):
            raise BadWire("Response", "must be lists of payments")
        rows += items
    return rows


def _line(row: JsonObject) -> StatementLine:
    return StatementLine(
        read_id(row, "transactionId"),
        read_money(row.get("amount"), "amount", Currency.KES),
        read_text(row, "billreference"),
        _time(row.get("trxDate")),
        read_payer(row.get("msisdn")),
    )


def _time(value: object) -> datetime | None:
    """The time as it is written, with a Z; it may be East Africa Time all the same."""
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return at if at and at.tzinfo else None
