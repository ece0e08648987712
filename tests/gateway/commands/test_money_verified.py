"""`voicepact audit verify` of a record with money, without any key: each row of money that the owner of the tables
alters, deletes or invents is named, and no entry that is appended moves money that was not there."""

# ruff: noqa: E501, S608 - an edit is one line, of our own words

import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest
from rich.progress import Progress

from contracts.effects import Receive
from contracts.escrow.outcomes import Paid
from contracts.fields.money import Currency, Money
from contracts.proof.replay import replay
from contracts.proof.verify import BrokenRecord
from gateway.commands.audit import verify_all
from storage.postgres.database import Connection
from tests.gateway.commands.every_kind import altered, verify_without_keys
from tests.gateway.commands.test_written_anew import append, last_entry
from tests.gateway.evidence_pack import faults_in, fetch_pack, unpack
from tests.gateway.operator_client import BUYER, Operator
from tests.gateway.payments.money_story import DUE, MoneyStory, live_with_money, live_with_suspense
from values.ids import new_id

OF_OVER = "(SELECT id FROM contracts WHERE status = 'COMPLETED')"
TO_SELLER = "kind = 'release' AND receipt = 'R3'"
REFUND = "kind = 'refund' AND status = 'queued'"
IN_SUSPENSE = "receipt = 'P4'"
ONE_POSTING = "(SELECT posting FROM ledger_entries WHERE account = 'fees' ORDER BY at LIMIT 1)"
OF_SUSPENSE = "(SELECT id FROM transfers WHERE receipt = 'P4')"
EDITS = [
    pytest.param(edit, table, named, id=edit[:90])
    for edit, table, named in (
        ("UPDATE payments SET status = 'REFUNDED' WHERE status = 'RELEASED'", "payments", "status"),
        ("UPDATE payments SET due_minor = due_minor + 100 WHERE status = 'RELEASED'", "payments", "due_minor"),
        ("UPDATE payments SET fee_minor = 0 WHERE status = 'RELEASED'", "payments", "fee_minor"),
        ("UPDATE payments SET currency = 'UGX' WHERE status = 'RELEASED'", "payments", "currency"),
        ("UPDATE payments SET created_at = created_at - interval '1 day' WHERE status = 'RELEASED'", "payments", "created_at"),
        ("UPDATE payments SET locked_at = locked_at - interval '1 day' WHERE status = 'RELEASED'", "payments", "locked_at"),
        ("UPDATE payments SET ended_at = now() WHERE status = 'RELEASED'", "payments", "ended_at"),
        ("UPDATE payments SET id = gen_random_uuid() WHERE status = 'RELEASED'", "payments", "is gone"),
        ("DELETE FROM payments WHERE status = 'RELEASED'", "payments", "is gone"),
        (f"UPDATE transfers SET amount_minor = 1 WHERE {TO_SELLER}", "transfers", "amount_minor"),
        (f"UPDATE transfers SET amount_minor = 1 WHERE {REFUND}", "transfers", "amount_minor"),
        ("UPDATE transfers SET amount_minor = 1 WHERE receipt = 'R1'", "transfers", "amount_minor"),
        ("UPDATE transfers SET amount_minor = 1 WHERE receipt = 'P3'", "transfers", "amount_minor"),
        (f"UPDATE transfers SET kind = 'refund' WHERE {TO_SELLER}", "transfers", "kind"),
        (f"UPDATE transfers SET currency = 'UGX' WHERE {TO_SELLER}", "transfers", "currency"),
        (f"UPDATE transfers SET phone_id = (SELECT id FROM phones WHERE id <> phone_id LIMIT 1) WHERE {TO_SELLER}", "transfers", "phone_id"),
        (f"UPDATE transfers SET receipt = 'R33' WHERE {TO_SELLER}", "transfers", "receipt"),
        (f"UPDATE transfers SET receipt = NULL WHERE {TO_SELLER}", "transfers", "receipt"),
        ("UPDATE transfers SET receipt = 'P33' WHERE receipt = 'P3'", "transfers", "receipt"),
        (f"UPDATE transfers SET status = 'failed', reason = 'limit' WHERE {TO_SELLER}", "transfers", "status"),
        (f"UPDATE transfers SET status = 'done', ended_at = now(), rail = 'memory', own_id = 'x' WHERE {REFUND}", "transfers", "status"),
        (f"UPDATE transfers SET status = 'accepted', ended_at = NULL WHERE {TO_SELLER}", "transfers", "status"),
        ("UPDATE transfers SET reason = 'no_funds' WHERE reason = 'cancelled'", "transfers", "reason"),
        ("UPDATE transfers SET code = '1' WHERE reason = 'cancelled'", "transfers", "code"),
        (f"UPDATE transfers SET created_at = created_at - interval '1 day' WHERE {TO_SELLER}", "transfers", "created_at"),
        (f"UPDATE transfers SET ended_at = now() WHERE {TO_SELLER}", "transfers", "ended_at"),
        ("UPDATE transfers SET retries = NULL WHERE retries IS NOT NULL", "transfers", "retries"),
        ("UPDATE transfers SET contract_id = NULL WHERE receipt = 'P3'", "transfers", "is gone"),
        (f"DELETE FROM transfers WHERE {TO_SELLER}", "transfers", "is gone"),
        (f"DELETE FROM transfers WHERE {REFUND}", "transfers", "is gone"),
        ("INSERT INTO transfers (id, contract_id, kind, phone_id, amount_minor, currency, status, created_at)"
         f" SELECT gen_random_uuid(), contract_id, kind, phone_id, 100, currency, 'queued', now() FROM transfers WHERE {REFUND}",
         "transfers", "no entry"),
        ("INSERT INTO transfers (id, contract_id, kind, amount_minor, currency, status, rail, own_id, receipt, created_at, ended_at)"
         f" SELECT gen_random_uuid(), contract_id, 'paybill', 100, currency, 'done', 'memory', 'x', 'P9', now(), now() FROM transfers WHERE {REFUND}",
         "transfers", "no entry"),
        (f"UPDATE ledger_entries SET amount_minor = 1 WHERE account = 'fees' AND posting = {ONE_POSTING}", "ledger_entries", "amount_minor"),
        (f"UPDATE ledger_entries SET account = 'payable' WHERE account = 'fees' AND posting = {ONE_POSTING}", "ledger_entries", "is gone"),
        (f"UPDATE ledger_entries SET scope = gen_random_uuid() WHERE account = 'fees' AND posting = {ONE_POSTING}", "ledger_entries", "is gone"),
        (f"UPDATE ledger_entries SET currency = 'UGX' WHERE account = 'fees' AND posting = {ONE_POSTING}", "ledger_entries", "currency"),
        (f"UPDATE ledger_entries SET act_id = gen_random_uuid() WHERE account = 'fees' AND posting = {ONE_POSTING}", "ledger_entries", "act_id"),
        (f"UPDATE ledger_entries SET at = now() WHERE account = 'fees' AND posting = {ONE_POSTING}", "ledger_entries", "at"),
        ("UPDATE ledger_entries SET transfer_id = NULL WHERE account = 'held' AND transfer_id = (SELECT id FROM transfers WHERE receipt = 'R1')",
         "ledger_entries", "transfer_id"),
        (f"DELETE FROM ledger_entries WHERE account = 'fees' AND posting = {ONE_POSTING}", "ledger_entries", "is gone"),
        ("DELETE FROM ledger_entries WHERE account = 'suspense' AND act_id <> transfer_id", "ledger_entries", "is gone"),
        ("INSERT INTO ledger_entries SELECT gen_random_uuid(), 'fees', scope, 100, currency, NULL, act_id, at FROM ledger_entries"
         f" WHERE account = 'fees' AND posting = {ONE_POSTING}", "ledger_entries", "no entry"),
        ("INSERT INTO ledger_entries SELECT gen_random_uuid(), 'fees', gen_random_uuid(), 100, currency, NULL, act_id, at FROM ledger_entries"
         f" WHERE account = 'fees' AND posting = {ONE_POSTING}", "ledger_entries", "no entry"),
        (f"UPDATE ledger_accounts SET credited = credited + 1 WHERE account = 'fees' AND scope = {OF_OVER}", "ledger_accounts", "sum"),
        (f"UPDATE ledger_accounts SET debited = debited - 1 WHERE account = 'payable' AND scope = {OF_OVER}", "ledger_accounts", "sum"),
        (f"UPDATE ledger_accounts SET currency = 'UGX' WHERE account = 'fees' AND scope = {OF_OVER}", "ledger_accounts", "sum"),
        (f"DELETE FROM ledger_accounts WHERE account = 'fees' AND scope = {OF_OVER}", "ledger_accounts", "sum"),
        (f"INSERT INTO ledger_accounts SELECT id, 'suspense', 'KES', 1, 0 FROM contracts WHERE id = {OF_OVER}", "ledger_accounts", "sum"),
        (f"UPDATE ledger_accounts SET credited = credited + 1 WHERE account = 'suspense' AND scope = {OF_SUSPENSE}", "ledger_accounts", "sum"),
        ("UPDATE rail_receipts SET key = 'R11' WHERE key = 'R1'", "rail_receipts", "key"),
        ("UPDATE rail_receipts SET rail = 'mpesa' WHERE key = 'R1'", "rail_receipts", "rail"),
        ("UPDATE rail_receipts SET at = now() WHERE key = 'R1'", "rail_receipts", "at"),
        ("UPDATE rail_receipts SET act_id = gen_random_uuid() WHERE key = 'R1'", "rail_receipts", "is gone"),
        ("DELETE FROM rail_receipts WHERE key = 'R1'", "rail_receipts", "is gone"),
        ("INSERT INTO rail_receipts SELECT 'memory', 'R9', act_id, at FROM audit_logs WHERE seq = 1 AND chain_id ="
         f" {OF_OVER}", "rail_receipts", "no entry"),
        ("INSERT INTO rail_receipts VALUES ('memory', 'R9', gen_random_uuid(), now())", "rail_receipts", "no entry"),
        (f"UPDATE transfers SET amount_minor = 1 WHERE {IN_SUSPENSE}", "transfers", "amount_minor"),
        (f"UPDATE transfers SET receipt = 'P44' WHERE {IN_SUSPENSE}", "transfers", "receipt"),
        (f"UPDATE transfers SET rail = 'mpesa' WHERE {IN_SUSPENSE}", "transfers", "rail"),
        (f"UPDATE transfers SET ended_at = now() WHERE {IN_SUSPENSE}", "transfers", "ended_at"),
        (f"UPDATE transfers SET status = 'failed', reason = 'refused' WHERE {IN_SUSPENSE}", "transfers", "is gone"),
        (f"DELETE FROM transfers WHERE {IN_SUSPENSE}", "transfers", "is gone"),
        ("UPDATE transfers SET receipt = 'R55' WHERE kind = 'return'", "transfers", "receipt"),
        (f"UPDATE transfers SET returns = {OF_SUSPENSE} WHERE kind = 'return'", "transfers", "returns"),
        ("INSERT INTO transfers (id, kind, amount_minor, currency, status, rail, own_id, receipt, created_at, ended_at)"
         " VALUES (gen_random_uuid(), 'paybill', 100, 'KES', 'done', 'memory', 'x', 'P9', now(), now())", "transfers", "no entry"),
        (f"UPDATE ledger_entries SET amount_minor = 1 WHERE account = 'suspense' AND scope = {OF_SUSPENSE}", "ledger_entries", "amount_minor"),
        (f"DELETE FROM ledger_entries WHERE account = 'suspense' AND scope = {OF_SUSPENSE}", "ledger_entries", "is gone"),
        ("DELETE FROM rail_receipts WHERE key = 'P4'", "rail_receipts", "is gone"),
    )
]  # fmt: skip


async def test_a_record_with_money_is_whole_and_stays_so_when_the_rest_is_paid(
    operator: Operator, database_url: str, tmp_path: Path
) -> None:
    story = MoneyStory(operator)
    references = []
    for contract_id in (await live_with_money(story), await live_with_suspense(story)):
        row = await operator.services.records.contract(UUID(contract_id))
        assert row
        references.append(row["reference"])
    counts = await verify_all(database_url, None, Progress(disable=True))
    assert (counts.contracts, counts.movements) == (2, 15)
    await story.settle()  # the refund, of which a part was never in the contract's own account with the rail
    for reference in (None, *references):
        counts = await verify_all(database_url, reference, Progress(disable=True))
        assert counts.movements == {None: 16, references[0]: 8, references[1]: 4}[reference]
    for reference in references:
        assert faults_in(unpack(await fetch_pack(operator, reference), tmp_path / reference)) == []


async def test_another_amount_approvals_and_a_payment_by_hand_are_bound_as_well(
    operator: Operator, database_url: str, tmp_path: Path
) -> None:
    story = MoneyStory(operator)
    contract_id = await story.agree()
    await story.settle(Paid("R90", Money(50_000, Currency.KES)))
    await story.later()
    await story.later()
    story.rail.least_payout = 1_000_000
    await story.act(BUYER, Receive(contract_id))
    await story.settle()
    release = await operator.services.records.pool.fetchval("SELECT id FROM transfers WHERE kind = 'release'")
    for person in ("Chege", "Wafula"):
        await story.by_hand(person).paid(release, "CASH-7")
    payment = (await operator.get(f"/v1/payments/{contract_id}")).json
    assert payment["received_minor"] == DUE and payment["paid_minor"] == payment["released_minor"] > 0
    assert sorted(one["amount_minor"] for one in payment["transfers"] if one["kind"] == "prompt")[0] == 50_000
    await verify_all(database_url, None, Progress(disable=True))
    assert faults_in(unpack(await fetch_pack(operator, payment["reference"]), tmp_path)) == []


@pytest.mark.parametrize(("edit", "table", "named"), EDITS)
async def test_a_row_of_money_that_is_altered_is_named_without_any_key(
    money_record: Connection, edit: str, table: str, named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with altered(money_record, edit) as reader:
        with pytest.raises(BrokenRecord, match=re.escape(named)) as broken:
            await verify_without_keys(reader, monkeypatch)
    assert str(broken.value).startswith(table)


async def test_the_record_of_these_tests_is_whole_and_names_nobody_who_paid(
    money_record: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with altered(money_record) as reader:
        await verify_without_keys(reader, monkeypatch)
    texts = [row["text"] for row in await money_record.fetch("SELECT text FROM audit_logs")]
    for known in ("a hash of who paid", "school fees", "maize,", "0711000", "Amina"):
        assert not any(known in text for text in texts), known


async def over(db: Connection) -> UUID:
    found: UUID = await db.fetchval("SELECT id FROM contracts WHERE status = 'COMPLETED'")
    return found


async def append_money(
    db: Connection, contract_id: UUID, money: dict[str, Any], action: str = "money.paid_out", **after: Any
) -> None:
    """Append an entry about money to a contract that is over, as an act does that is allowed."""
    last = await last_entry(db, contract_id, "after")
    told = {**last, "version": last["version"] + 1, **after}
    await db.execute("UPDATE contracts SET version = version + 1 WHERE id = $1", contract_id)
    await append(db, contract_id, {"after": told, **({"money": money} if money else {})}, action, {"role": "service"})


async def a_payment_that_was_over(db: Connection) -> None:
    contract_id = await over(db)
    row = await db.fetchrow("SELECT id FROM payments WHERE contract_id = $1", contract_id)
    assert row
    told = {"id": str(row["id"]), "status": "REFUNDED", "due_minor": 300_000, "fee_minor": 5_000, "currency": "KES"}
    await db.execute("UPDATE payments SET status = 'REFUNDED' WHERE contract_id = $1", contract_id)
    await append_money(db, contract_id, {"payment": told})


async def a_second_payment(db: Connection) -> None:
    told = {"id": str(new_id()), "status": "PENDING", "due_minor": 300_000, "fee_minor": 5_000, "currency": "KES"}
    await append_money(db, await over(db), {"payment": told})


async def a_transfer_again(db: Connection) -> None:
    row = await db.fetchrow(f"SELECT id, phone_id FROM transfers WHERE {TO_SELLER}")
    assert row
    ordered = {"id": str(row["id"]), "kind": "release", "amount_minor": 100, "person": str(row["phone_id"])}
    await append_money(db, await over(db), {"transfers": [ordered]})


async def another_receipt(db: Connection) -> None:
    row = await db.fetchrow(f"SELECT id FROM transfers WHERE {TO_SELLER}")
    assert row
    ended = {"id": str(row["id"]), "kind": "release", "amount_minor": 118_000, "status": "done", "receipt": "R33"}
    await db.execute(f"UPDATE transfers SET receipt = 'R33' WHERE {TO_SELLER}")
    await append_money(db, await over(db), {"ended": [ended]})


async def money_that_is_not_there(db: Connection) -> None:
    await append_money(db, await over(db), {"postings": [posting("payable", "fees", 100)]})


async def test_a_contract_does_not_end_without_its_money(money_record: Connection) -> None:
    """The entry that ends it is said to have moved nothing, or less: its payment is named."""
    rows = await money_record.fetch(f"SELECT text FROM audit_logs WHERE chain_id = {OF_OVER} ORDER BY seq")
    texts = [orjson.loads(row["text"]) for row in rows]
    assert replay(orjson.dumps(text).decode() for text in texts).doubled == []
    (end,) = (text for text in texts if text.get("money", {}).get("payment", {}).get("status") == "RELEASED")
    payment, money = end["money"]["payment"]["id"], end.pop("money")
    for told in ({}, {"money": {**money, "postings": money["postings"][:1]}}):
        found = replay(orjson.dumps(text | (told if text is end else {})).decode() for text in texts)
        assert found.doubled[0] == ("payments", payment), told


async def money_that_moves_as_none_does(db: Connection) -> None:
    """What is owed to the buyer becomes the service's: the account has it, and there is no such movement."""
    contract_id = await db.fetchval("SELECT id FROM contracts WHERE status = 'CANCELLED'")
    await append_money(db, contract_id, {"postings": [posting("refundable", "fees", 100)]})


async def money_that_waits_though_it_is_over(db: Connection) -> None:
    """What belonged to no contract comes to one that is over, and goes back to nobody."""
    row = await db.fetchrow("SELECT id FROM transfers WHERE receipt = 'P4'")
    assert row
    came = {**posting("suspense", "held", 9_000), "from": str(row["id"]), "transfer": str(row["id"])}
    ended = {"id": str(row["id"]), "kind": "paybill", "amount_minor": 9_000, "status": "done", "receipt": "P4"}
    await append_money(db, await over(db), {"postings": [came], "ended": [ended]}, "money.assigned")


async def money_that_no_rail_moved(db: Connection) -> None:
    await append_money(db, await over(db), {"postings": [posting("rail", "held", 100)]})


async def a_posting_of_less_than_nothing(db: Connection) -> None:
    await append_money(db, await over(db), {"postings": [posting("held", "fees", -100)]})


async def a_posting_again(db: Connection) -> None:
    """The fee is another, under the id that it had."""
    row = await db.fetchrow(f"SELECT posting FROM ledger_entries WHERE posting = {ONE_POSTING}")
    assert row
    again = {**posting("held", "fees", 100), "id": str(row["posting"])}
    await append_money(db, await over(db), {"postings": [again]})


async def what_is_no_money(db: Connection) -> None:
    await append_money(db, await over(db), {}, "delivery.received")


async def another_total(db: Connection) -> None:
    await append_money(db, await over(db), {}, "money.payout_held", total_minor=1)


def posting(debit: str, credit: str, amount: int) -> dict[str, Any]:
    return {"id": str(new_id()), "debit": debit, "credit": credit, "amount_minor": amount}


@pytest.mark.parametrize(
    ("attack", "table"),
    [
        (a_payment_that_was_over, "payments"),
        (a_second_payment, "payments"),
        (a_transfer_again, "transfers"),
        (another_receipt, "transfers"),
        (money_that_is_not_there, "ledger_entries"),
        (money_that_no_rail_moved, "ledger_entries"),
        (money_that_moves_as_none_does, "ledger_entries"),
        (money_that_waits_though_it_is_over, "payments"),
        (a_posting_of_less_than_nothing, "ledger_entries"),
        (a_posting_again, "ledger_entries"),
        (what_is_no_money, "contracts"),
        (another_total, "contracts"),
    ],
)
async def test_no_later_entry_moves_money_that_was_not_there(
    money_record: Connection, attack: Callable[[Connection], Awaitable[None]], table: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    async with altered(money_record) as reader:
        await attack(money_record)
        with pytest.raises(BrokenRecord, match="an entry of the audit writes anew") as broken:
            await verify_without_keys(reader, monkeypatch)
    assert str(broken.value).startswith(table)
