"""/livez, /readyz and /health: what a supervisor, a load balancer and a person are told."""

from datetime import datetime

from storage.postgres import database
from tests.gateway.operator_client import NOON, Operator


async def test_a_service_with_its_servers_is_healthy_and_ready(operator: Operator) -> None:
    answer = await operator.get("/health")
    assert answer.status == 200
    assert answer.json["status"] == "healthy"
    assert answer.json["services"] == {"database": "healthy", "redis": "healthy"}
    assert datetime.fromisoformat(answer.json["timestamp"]) == NOON
    assert (await operator.get("/readyz")).body == b"ok"


async def test_without_its_database_it_lives_but_is_neither_healthy_nor_ready(operator: Operator) -> None:
    await database.close_pool(operator.services.records.pool, within_seconds=1.0)
    answer = await operator.get("/health")
    assert (answer.status, answer.json["status"]) == (503, "unhealthy")
    assert answer.json["services"] == {"database": "unhealthy", "redis": "healthy"}
    ready = await operator.get("/readyz")
    assert (ready.status, ready.body) == (503, b"not ready")
    assert (await operator.get("/livez")).status == 200


async def test_a_service_that_is_about_to_stop_is_not_ready(operator: Operator) -> None:
    operator.services.draining = True
    ready = await operator.get("/readyz")
    assert (ready.status, ready.body) == (503, b"draining")
    assert (await operator.get("/health")).status == 200
