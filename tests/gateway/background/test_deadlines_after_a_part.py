"""After a part delivery: what is told, which deadlines act, and what is recorded, on a real PostgreSQL."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from contracts.contract import Contract
from contracts.effects import Complain, Confirm, Propose, Receive, SayDelivered
from tests.gateway.contracts_by_rest import (
    act_by_phone,
    audit_actions,
    make_confirmed_contract,
    read_contract,
    sms_recipients,
)
from tests.gateway.operator_client import BUYER, NOON, SELLER, Operator

BOTH = [BUYER, SELLER]
DAY = timedelta(days=1)
DUE = datetime.fromisoformat("2026-07-25T06:00:00+00:00")  # nine in Nairobi


@pytest.fixture
async def operator(operator: Operator) -> Operator:
    operator.services.inbox._now = operator.services.now  # and its messages come at noon
    return operator


async def make_contract_with_part(operator: Operator, quantity: str = "12.5", at: datetime = NOON) -> str:
    """Make a contract of 50 bags, of which a part was received; return its id."""
    made = await make_confirmed_contract(operator)
    await act_by_phone(operator, made["id"], BUYER, Receive(made["id"], quantity), at)
    return str(made["id"])


async def texts(operator: Operator, contract_id: str, kind: str) -> list[str]:
    rows = await operator.services.records.pool.fetch(
        "SELECT m.text FROM sms_logs m JOIN phones f ON f.id = m.phone_id"
        " WHERE m.contract_id = $1 AND m.kind = $2 ORDER BY f.msisdn", UUID(contract_id), kind,
    )  # fmt: skip
    return [row["text"] for row in rows]


async def read(operator: Operator, contract_id: str) -> Contract:
    row = await operator.services.records.contract(UUID(contract_id))
    assert row
    return Contract.from_row(row)


async def request_quantity(operator: Operator, contract_id: str, quantity: str) -> None:
    """The seller requests another quantity."""
    terms: dict[str, Any] = {**(await read(operator, contract_id)).terms.to_json(), "quantity": quantity}
    await act_by_phone(operator, contract_id, SELLER, Propose(contract_id, "amend", terms))


async def test_silence_after_a_part_completes_with_it(operator: Operator) -> None:
    contract_id = await make_contract_with_part(operator)
    act_on_due = operator.services.deadlines.act_on_due
    assert await act_on_due(DUE + 6 * DAY - timedelta(seconds=1)) == 0, (
        "a week from its day, though the part came long before"
    )
    assert await act_on_due(DUE + 6 * DAY) == 1
    assert await sms_recipients(operator, contract_id, "remind_rest") == BOTH
    assert await act_on_due(DUE + 7 * DAY - timedelta(seconds=1)) == 0
    assert await act_on_due(DUE + 7 * DAY) == 1
    assert await sms_recipients(operator, contract_id, "completed_in_part") == BOTH
    for text in await texts(operator, contract_id, "completed_in_part"):
        assert "12.5 of 50 bags" in text and "Not received: 37.5 bags" in text, text
    found = await read(operator, contract_id)
    assert (found.status, found.settled) == ("COMPLETED", Decimal("12.5"))
    assert (await audit_actions(operator, contract_id))[-2:] == [
        ("service", "time.complete_part"), ("service", "contract.completed"),
    ]  # fmt: skip
    assert (await read_contract(operator, contract_id))["settled"] == "12.5"
    assert await act_on_due(DUE + 900 * DAY) == 0


async def test_a_part_after_its_day_counts_from_then(operator: Operator) -> None:
    contract_id = await make_contract_with_part(operator, at=DUE + 2 * DAY)
    deadline = (await read(operator, contract_id)).deadline
    assert deadline and deadline.at == DUE + 8 * DAY


async def test_a_reminder_that_is_late_moves_the_end(operator: Operator) -> None:
    contract_id = await make_contract_with_part(operator)
    assert await operator.services.deadlines.act_on_due(DUE + 100 * DAY) == 1
    assert await operator.services.deadlines.act_on_due(DUE + 101 * DAY - timedelta(seconds=1)) == 0
    assert await operator.services.deadlines.act_on_due(DUE + 101 * DAY) == 1
    assert await sms_recipients(operator, contract_id, "completed_in_part") == BOTH


async def test_a_seller_who_says_delivered_again_starts_the_silence_of_the_buyer(operator: Operator) -> None:
    contract_id = await make_contract_with_part(operator)
    found = await act_by_phone(operator, contract_id, SELLER, SayDelivered(contract_id), NOON + DAY)
    assert found["next"] == {"what": "remind_receipt", "at": "2026-07-08T12:00:00.000000Z"}
    for days in (7, 8):
        assert await operator.services.deadlines.act_on_due(NOON + days * DAY) == 1
    after = await read(operator, contract_id)
    assert (after.status, after.settled) == ("COMPLETED", None), "all of it, by silence"


async def test_time_completes_nothing_once_a_problem_is_reported(operator: Operator) -> None:
    """It only says, each week, that nobody has decided."""
    contract_id = await make_contract_with_part(operator)
    assert await operator.services.deadlines.act_on_due(DUE + 6 * DAY) == 1
    await act_by_phone(operator, contract_id, BUYER, Complain(contract_id, "the rest is wet"), DUE + 6 * DAY)
    assert await operator.services.deadlines.act_on_due(DUE + 900 * DAY) == 1
    assert await sms_recipients(operator, contract_id, "dispute_escalated") == BOTH
    assert await sms_recipients(operator, contract_id, "completed_in_part") == []
    assert (await read_contract(operator, contract_id))["status"] == "DISPUTED"


async def test_a_request_from_before_the_part_does_not_hold_it_up(operator: Operator) -> None:
    """One from after it does: who asks is not silent."""
    contract_id = str((await make_confirmed_contract(operator))["id"])
    await request_quantity(operator, contract_id, "40")
    await act_by_phone(operator, contract_id, BUYER, Receive(contract_id, "12.5"))
    for days in (6, 7):
        assert await operator.services.deadlines.act_on_due(DUE + days * DAY) == 1
    assert (await read_contract(operator, contract_id))["status"] == "COMPLETED"
    status = "SELECT status FROM contract_proposals WHERE contract_id = $1"
    assert await operator.services.records.pool.fetchval(status, UUID(contract_id)) == "lapsed"


async def test_all_agree_that_what_came_is_all_of_it(operator: Operator) -> None:
    contract_id = await make_contract_with_part(operator)
    await request_quantity(operator, contract_id, "12.5")
    found = await act_by_phone(operator, contract_id, BUYER, Confirm(contract_id, 2))
    assert (found["status"], found["terms"]["quantity"], found["next"]) == ("COMPLETED", "12.5", None)
    assert [("is complete" in text) for text in await texts(operator, contract_id, "amended")] == [True, True]
    assert (await read(operator, contract_id)).settled is None


async def test_a_request_that_a_part_leaves_no_room_for_is_void(operator: Operator) -> None:
    made = await make_confirmed_contract(operator)
    await request_quantity(operator, made["id"], "12")
    found = await act_by_phone(operator, made["id"], BUYER, Receive(made["id"], "12.5"))
    assert found["proposal"] is None
    assert await sms_recipients(operator, made["id"], "proposal_void") == BOTH
    await operator.sends_sms(BUYER, f"YES {made['reference']}")
    assert (await read_contract(operator, made["id"]))["terms"]["quantity"] == "50"


async def test_the_database_refuses_it_too(operator: Operator) -> None:
    contract_id = await make_contract_with_part(operator)
    sql = (
        'UPDATE contracts SET version = version + 1, terms_version = 2, terms = terms || \'{"quantity": "12"}\''
        " WHERE id = $1"
    )
    with pytest.raises(asyncpg.CheckViolationError, match=r"less than the 12\.5 that came"):
        await operator.services.records.pool.execute(sql, UUID(contract_id))
