"""The money of a contract, for its pack: every movement as the entries have it, with the receipt of the rail (the
provider of mobile money). A rail's names of people are in no entry, so they are not here."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import orjson

from contracts.fields.money import Currency, Money
from contracts.proof.statements import utc_timestamp
from gateway.evidence.evidence_record import EvidenceRecord
from values.frozen import Frozen


class RecordedMovement(Frozen):
    """An amount that moved from one account of the ledger (`debit`) to another. `transfer`: what a rail moved by it;
    `receipt`: the rail's number of that, where it gave one."""

    step: int
    at: datetime
    posting: str
    debit: str
    credit: str
    money: Money
    transfer: str | None
    receipt: str | None
    rail: str | None


def movements(record: EvidenceRecord) -> Sequence[RecordedMovement]:
    """Return all movements, oldest first."""
    return list(_movements(record))


def money_files(record: EvidenceRecord) -> Iterator[tuple[str, bytes]]:
    """Give money.json, the list of all movements, for a contract whose money waits with us."""
    if record.contract.terms.payment:
        listed = [_told(movement) for movement in movements(record)]
        yield "money.json", orjson.dumps(listed, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _movements(record: EvidenceRecord) -> Iterator[RecordedMovement]:
    currency = Currency.KES
    for entry in record.entries:
        text = orjson.loads(entry["text"]) if entry["is_act"] else {}
        money = text.get("money", {})
        currency = Currency(money.get("payment", {}).get("currency", currency))
        ended = {each["id"]: each for each in money.get("ended", ())}
        for posting in money.get("postings", ()):
            done = ended.get(posting.get("transfer"))
            yield RecordedMovement(
                entry["seq"], entry["at"], posting["id"], posting["debit"], posting["credit"],
                Money(posting["amount_minor"], currency), posting.get("transfer"), done and done.get("receipt"),
                text["rail"]["name"] if done and "rail" in text else None,
            )  # fmt: skip


def _told(movement: RecordedMovement) -> dict[str, Any]:
    return {
        "step": movement.step, "at": utc_timestamp(movement.at), "debit": movement.debit, "credit": movement.credit,
        "amount_minor": movement.money.minor, "currency": movement.money.currency.value, "rail": movement.rail,
        "receipt": movement.receipt, "posting": movement.posting, "transfer": movement.transfer,
    }  # fmt: skip
