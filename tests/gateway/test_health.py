"""/livez, /readyz and /health: what a supervisor, a load balancer and a person are told."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import orjson
import pytest
import pytest_asyncio
from redis.asyncio import Redis
from structlog.testing import capture_logs

from gateway import health, health_probe
from gateway.background.repeat import JobState, repeat
from gateway.outbox import breaker
from gateway.outbox.breaker import CircuitBreaker
from storage.embedded.servers import ServerUrls
from storage.postgres import database
from tests.gateway.operator_client import NOON, Operator, open_operator
from tests.service import Service, open_service


@pytest_asyncio.fixture
async def reading_operator(servers: ServerUrls, database_url: str, redis_url: str) -> AsyncIterator[Operator]:
    """A service whose account in the session store may read and not write."""
    async with Redis.from_url(servers.redis_url) as redis:
        await redis.execute_command("ACL", "SETUSER", "reader", "on", ">reader", "~*", "+@all", "-@write")  # type: ignore[no-untyped-call]
        separator = "&" if "?" in redis_url else "?"
        as_reader = f"{redis_url}{separator}username=reader&password=reader"
        async with open_operator(database_url, as_reader) as operator:
            yield operator
        await redis.execute_command("ACL", "DELUSER", "reader")  # type: ignore[no-untyped-call]


async def test_a_service_with_its_servers_is_healthy_and_ready(operator: Operator) -> None:
    answer = await operator.get("/health")
    assert answer.status == 200
    assert answer.json == {
        "status": "healthy",
        "services": {"database": "healthy", "redis": "healthy"},
        "timestamp": NOON.timestamp(),
        "checks": {
            "schema": "current",
            "disk": "enough",
            "jobs": {"keys": "alive", "events": "alive"},
            "providers": {},
            "oldest_unsent_seconds": 0,
            "log": "signed",
            "witnesses": "none set",
            "load": "bearable",
            "keys": {"words": "signs"},
        },
    }
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


@pytest.mark.reported("B04")
async def test_a_session_store_that_takes_no_writes_is_unhealthy(
    reading_operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The log says why, once."""
    monkeypatch.setattr(health_probe, "_KEPT_SECONDS", 0.0)
    with capture_logs() as lines:
        answer = await reading_operator.get("/health")
        assert (await reading_operator.get("/readyz")).status == 503
    assert (answer.status, answer.json["services"]) == (503, {"database": "healthy", "redis": "unhealthy"})
    assert [(line["event"], line["asked"], line["fault"]) for line in lines] == [
        ("not healthy", "redis", "NoPermissionError")
    ]


async def test_a_database_that_takes_no_writes_is_unhealthy(operator: Operator) -> None:
    """As on a standby, every transaction is read-only."""
    pool = operator.services.records.pool
    name = await pool.fetchval("SELECT quote_ident(current_database())")
    await pool.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> $1"
    async with pool.acquire() as connection:
        await connection.execute(others, connection.get_server_pid())
        connection.terminate()  # the setting holds for new connections
    answer = await operator.get("/health")
    assert (answer.status, answer.json["services"]) == (503, {"database": "unhealthy", "redis": "healthy"})


@pytest.mark.parametrize("older", ["DELETE FROM schema_migrations WHERE version > 20", "DROP TABLE heartbeats"])
async def test_a_schema_older_than_the_code_is_not_served(operator: Operator, older: str) -> None:
    await operator.services.records.pool.execute(older)
    answer = await operator.get("/health")
    assert (answer.status, answer.json["checks"]["schema"]) == (503, "older than the code")


async def test_all_who_ask_within_a_second_share_one_probe(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health_probe, "_KEPT_SECONDS", 3600.0)  # a second that a busy machine cannot use up
    pool = operator.services.records.pool
    while not await pool.fetchval("SELECT EXISTS (SELECT FROM feed_state WHERE server <> '')"):  # noqa: ASYNC110 - a row
        await asyncio.sleep(0.01)  # the feed begins, once
    before = await pool.fetchval("SELECT txid_current()")
    answers = await asyncio.gather(*(operator.get("/readyz") for _ in range(120)))
    assert {answer.status for answer in answers} == {200}
    assert await pool.fetchval("SELECT txid_current()") - before == 2, "the probe, and this query"


async def test_a_store_that_hangs_is_unhealthy_in_time_and_asked_once(operator: Operator) -> None:
    async with operator.services.records.pool.acquire() as holder, holder.transaction():
        await holder.execute("LOCK TABLE heartbeats IN ACCESS EXCLUSIVE MODE")
        answers = [await operator.get("/health") for _ in range(3)]
        waiting = await holder.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
    assert {answer.status for answer in answers} == {503}
    assert waiting <= 1


async def test_what_needs_a_person_is_shown_and_takes_no_instance_out(operator: Operator) -> None:
    probe = operator.client.app[health.PROBE]
    probe.jobs.append(JobState("deadlines", patience_seconds=-1))  # as after a minute without success
    answer = await operator.get("/health")
    assert (answer.status, answer.json["status"]) == (200, "degraded")
    assert answer.json["checks"]["jobs"] == {"keys": "alive", "events": "alive", "deadlines": "dead"}
    assert (await operator.get("/readyz")).status == 200


@pytest.mark.parametrize(("waits", "status"), [(899, "healthy"), (900, "degraded")])
async def test_a_message_that_waits_long_is_shown_and_takes_no_instance_out(
    operator: Operator, waits: int, status: str
) -> None:  # fmt: skip
    await operator.sends_sms("+254712345678", "HELP")
    queued_at = await operator.services.records.pool.fetchval("SELECT min(due_at) FROM sms_logs")
    operator.services.now = lambda: queued_at + timedelta(seconds=waits)
    answer = await operator.get("/health")
    assert (answer.status, answer.json["status"]) == (200, status)
    assert answer.json["checks"]["oldest_unsent_seconds"] == waits
    assert (await operator.get("/readyz")).status == 200


async def test_a_disk_that_fills_up_is_shown_and_takes_no_instance_out(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    monkeypatch.setattr(health_probe, "_LOW_DISK_BYTES", 2**80)  # more than any disk has
    answer = await operator.get("/health")
    assert (answer.status, answer.json["status"], answer.json["checks"]["disk"]) == (200, "degraded", "low")
    assert (await operator.get("/readyz")).status == 200


async def test_a_disk_that_does_not_answer_is_shown(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operator.client.app[health.PROBE], "_data_dir", Path("x" * 10_000))  # the system refuses it
    answer = await operator.get("/health")
    assert (answer.status, answer.json["status"], answer.json["checks"]["disk"]) == (200, "degraded", "unknown")


async def test_a_data_folder_that_is_not_there_is_on_the_disk_of_the_nearest_one(tmp_path: Path) -> None:
    assert health_probe.nearest_folder(tmp_path / "not" / "there") == tmp_path
    assert health_probe.nearest_folder(Path(".voicepact-that-nobody-made")).is_dir()


async def test_a_provider_that_is_down_is_shown_until_it_answers_again(
    database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health_probe, "_KEPT_SECONDS", 0.0)
    monkeypatch.setattr(breaker, "_FIRST_SECONDS", 0.01)
    monkeypatch.setattr(breaker, "_LONGEST_SECONDS", 0.01)

    async def status_once(provider: str) -> str:
        async with asyncio.timeout(60):
            while True:
                answer = await service.edge.request("GET", "/health")
                told = orjson.loads(answer.body)
                assert answer.status == 200
                if told["checks"]["providers"] == {"africastalking": provider}:
                    return str(told["status"])

    async with open_service(database_url, redis_url, sms_waits_factor=0.001) as service:
        assert await status_once("in use") == "healthy"
        await set_fault(service, "error")
        for number in range(5):
            await service.phone(f"+25471234567{number}").sends_sms("HELP")
        assert await status_once("paused") == "degraded"
        assert (await service.edge.request("GET", "/readyz")).status == 200
        await set_fault(service, "ok")
        assert await status_once("in use") == "healthy"


async def set_fault(service: Service, mode: str) -> None:
    async with service.edge.http.post(f"{service.edge.double_url}/control/faults", json={"mode": mode}) as answer:
        assert answer.status == 200, await answer.text()


async def test_a_job_that_fails_logs_once_a_minute_with_a_count(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, turns = [1000.0], iter(range(121))

    async def nap(_seconds: float) -> None:
        clock[0] += 1

    async def work() -> float:
        if next(turns, None) is None:
            raise asyncio.CancelledError
        raise TimeoutError

    job = JobState("promises")
    with capture_logs() as lines, monkeypatch.context() as patched:
        patched.setattr("time.monotonic", lambda: clock[0])
        patched.setattr(asyncio, "sleep", nap)
        job.succeeded()
        with pytest.raises(asyncio.CancelledError):
            await repeat(job, work, 1.0)
        assert job.is_dead
        job.succeeded()
        assert not job.is_dead
    assert [line["times"] for line in lines] == [1, 60, 60]
    assert {(line["job"], line["fault"]) for line in lines} == {("promises", "TimeoutError")}


def test_a_breaker_is_open_after_five_failures() -> None:
    of_provider = CircuitBreaker()
    for _ in range(5):
        assert not of_provider.is_open
        of_provider.record_failure(1.0)
    assert of_provider.is_open
    of_provider.record_success()
    assert not of_provider.is_open
