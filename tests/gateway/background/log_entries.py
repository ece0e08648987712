"""Audit entries without an act, to fill the log."""

from uuid import uuid4

from tests.gateway.operator_client import Operator

ENTRY = "INSERT INTO audit_logs (chain_id, at, channel, action, details, act_id) VALUES ($1, $2, 'api', 'a', '{}', $1)"


async def write_entries(operator: Operator, count: int) -> None:
    for _ in range(count):
        await operator.services.records.pool.execute(ENTRY, uuid4(), operator.services.now())
