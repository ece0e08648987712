"""What two parties do on their phones while an operator works on their contract."""

from datetime import datetime
from typing import Any
from uuid import UUID

from tests.gateway.operator_client import Operator
from tests.handset import Edge, Handset

PIN = "4826"


def handset_of(operator: Operator, msisdn: str) -> Handset:
    url = str(operator.client.make_url("")).rstrip("/")
    return Handset(Edge(operator.client.session, url, "hooks", url), msisdn)


def party_id(contract: dict[str, Any], msisdn: str) -> str:
    """Return the id of the contract's party with this number."""
    return next(str(party["id"]) for party in contract["parties"] if party["msisdn"] == msisdn)


async def newest_sms_text(operator: Operator, msisdn: str, kind: str) -> str:
    """Return the text of the newest SMS of this kind to this number."""
    text: str = await operator.services.records.pool.fetchval(
        "SELECT m.text FROM sms_logs m JOIN phones f ON f.id = m.phone_id"
        " WHERE f.msisdn = $1 AND m.kind = $2 ORDER BY m.created_at DESC LIMIT 1", msisdn, kind
    )  # fmt: skip
    return text


async def mark_sms_sent(operator: Operator) -> list[tuple[datetime, UUID]]:
    """Mark every queued SMS as submitted now, by the clock of the machine, which also dates incoming SMS. Return when
    each was written, for `restore_sms_dates`."""
    written = await operator.services.records.pool.fetch("SELECT created_at, id FROM sms_logs WHERE status = 'queued'")
    await operator.services.records.pool.execute(
        "UPDATE sms_logs SET status = 'submitted', submitted_at = now(), created_at = now(), due_at = NULL,"
        " provider = 'none', provider_message_id = id::text WHERE status = 'queued'"
    )
    return [(row["created_at"], row["id"]) for row in written]


async def restore_sms_dates(operator: Operator, written: list[tuple[datetime, UUID]]) -> None:
    """Date the SMS as they were: the audit notices another date."""
    async with operator.services.records.pool.acquire() as connection:
        await connection.executemany("UPDATE sms_logs SET created_at = $1 WHERE id = $2", written)


async def choose_with_new_pin(handset: Handset, way: str, choice: str) -> None:
    """Dial `way`, choose `choice`, and choose a first PIN for it."""
    await handset.dial(way)
    await handset.chooses(choice)
    await handset.types(PIN, PIN)
    assert handset.screen.ends, handset.screen.text
