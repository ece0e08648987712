"""A record in which every table of evidence has rows, and what somebody may do to it who owns the tables."""

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from contracts.effects import AnswerDispute, Complain, Confirm, Propose, SayDelivered, WithdrawDispute
from contracts.proof import verify
from contracts.proof.log.keys import parse_key
from gateway.commands.audit import verify_rows
from gateway.commands.audit_log import LogVerifier
from storage.audit import AuditReader
from storage.log import LogRows
from storage.postgres.database import Connection
from tests.gateway.audit_record import log_audit
from tests.gateway.contracts_by_rest import make_confirmed_contract, post_json
from tests.gateway.operator_client import BUYER, NOON, SELLER, Operator, contract_body
from tests.gateway.signed_contract import act_behind_pin, make_signed_contract

MEDIATOR = "+254711000009"
CHECKS = [
    ("contracts", "contracts_settled"), ("contracts", "contracts_total"), ("contracts", "contracts_disputed"),
    ("disputes", "disputes_decided"), ("sms_logs", "sms_logs_of_someone"), ("sms_logs", "sms_logs_to_a_phone"),
    ("confirmations", "confirmations_signed"), ("confirmation_texts", "confirmation_texts_texts_not_null"),
    ("sms_logs", "sms_logs_wiped"),
    ("confirmation_texts", "confirmation_texts_salt_not_null"),
]  # fmt: skip


async def write_every_kind(operator: Operator) -> None:
    """Write a record in which every table of evidence has rows, each at a second of its own."""
    seconds = itertools.count()
    operator.services.now = lambda: NOON + timedelta(seconds=next(seconds))
    await make_signed_contract(operator)
    contract_id = str((await make_confirmed_contract(operator))["id"])
    path = f"/v1/contracts/{contract_id}"
    assert (await post_json(operator, f"{path}/deliveries", {"party": "seller"})).status == 201
    await act_behind_pin(operator, SELLER, SayDelivered(contract_id))
    await act_behind_pin(operator, BUYER, Complain(contract_id, "Wet bags"))
    await act_behind_pin(operator, SELLER, AnswerDispute(contract_id, "It rained"))
    await act_behind_pin(operator, BUYER, AnswerDispute(contract_id, "Not on my side"))
    await act_behind_pin(operator, BUYER, WithdrawDispute(contract_id))
    await act_behind_pin(operator, BUYER, Complain(contract_id, "Still wet"))
    (dispute,) = (await operator.get(f"/v1/disputes?contract={contract_id}&status=open")).json["items"]
    asked = {"msisdn": MEDIATOR, "name": "Chege"}
    assert (await post_json(operator, f"/v1/disputes/{dispute['id']}/mediator", asked)).status == 200
    sent = {"Content-Type": "image/jpeg"}
    file = await operator.ask("POST", f"/v1/disputes/{dispute['id']}/files?name=bags.jpg", b"a photo", sent)
    assert file.status == 201, file.body
    await act_behind_pin(operator, SELLER, Propose(contract_id, "split", None, 7_000_000))
    await act_behind_pin(operator, BUYER, Confirm(contract_id, 2))
    open_id = str((await make_confirmed_contract(operator))["id"])
    await act_behind_pin(operator, SELLER, SayDelivered(open_id))
    await act_behind_pin(operator, BUYER, Complain(open_id, "None came"))
    await operator.post(contract_body())  # its parties are reminded, and it expires
    services = operator.services
    for days in (2, 4, 8, 30):
        services.now = lambda at=NOON + timedelta(days=days): at
        await services.deadlines.act_on_due(services.now())
    await log_audit(operator)


@asynccontextmanager
async def altered(connection: Connection, edit: str = "SELECT 1") -> AsyncIterator[AuditReader]:
    """The record after an edit by somebody who may do everything."""
    change = connection.transaction()
    await change.start()
    try:
        await connection.execute("SET LOCAL session_replication_role = replica")
        for table, check in CHECKS:
            await connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {check}")
        done = await connection.execute(edit)
        assert done.split()[-1] == "1", f"one row is altered, not: {done}"
        yield AuditReader(connection)
    finally:
        await change.rollback()


async def verify_without_keys(reader: AuditReader, monkeypatch: pytest.MonkeyPatch) -> None:
    """Check everything but signatures: whoever has the key could sign anew."""
    monkeypatch.setattr(verify, "is_signed", lambda *_: True)
    rows = LogRows(reader.connection)
    log = LogVerifier(rows, [parse_key(key) for key in await rows.keys()], None, lambda: None)
    await verify_rows(reader, log, await reader.keys(), await reader.signed_since(), lambda: None)
