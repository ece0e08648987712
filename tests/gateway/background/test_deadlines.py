"""The deadline job on a real PostgreSQL, at any time a test chooses: each deadline acts once."""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
import pytest
from structlog.testing import capture_logs

from contracts.contract import Contract
from contracts.effects import SayDelivered
from contracts.rules import time_acts
from contracts.rules.plan import Plan
from contracts.rules.waiting import WaitingPeriods
from gateway.background.deadlines import DeadlineJob
from gateway.background.repeat import JobState
from storage.deadlines import DeadlineRows
from storage.postgres import database
from storage.postgres.queries import QUERIES
from tests.gateway.contracts_by_rest import (
    act_by_phone,
    audit_actions,
    make_confirmed_contract,
    open_dispute,
    post_json,
    read_contract,
    sms_recipients,
)
from tests.gateway.operator_client import BUYER, NOON, SELLER, Operator, contract_body, open_operator
from tests.service import open_service as open_whole

BOTH = [BUYER, SELLER]
DAY = timedelta(days=1)
END_WHO_WAITS_FOR_A_LOCK = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'"""


@pytest.fixture
async def operator(operator: Operator) -> Operator:
    operator.services.inbox._now = operator.services.now  # and its messages come at noon
    return operator


async def act_on_all_due(operator: Operator, now: datetime) -> int:
    """Act on all that is due at `now`, in as many looks as it takes; return how many contracts changed."""
    happened = 0
    while count := await operator.services.deadlines.act_on_due(now):
        happened += count
    return happened


async def test_an_offer_nobody_answers_is_reminded_and_then_expires(operator: Operator) -> None:
    made = (await operator.post(contract_body())).json
    await operator.sends_sms(BUYER, "YES")
    assert await act_on_all_due(operator, NOON + 6 * DAY - timedelta(seconds=1)) == 0
    assert await act_on_all_due(operator, NOON + 6 * DAY) == 1
    assert await sms_recipients(operator, made["id"], "remind_answer") == [SELLER], "who has answered is not reminded"
    assert await act_on_all_due(operator, NOON + 7 * DAY - timedelta(seconds=1)) == 0
    assert await act_on_all_due(operator, NOON + 7 * DAY) == 1
    found = await read_contract(operator, made["id"])
    assert (found["status"], found["expired_at"], found["next"]) == ("EXPIRED", "2026-07-08T12:00:00.000000Z", None)
    assert [party["signature"] for party in found["parties"]] == ["signed", "expired"]
    assert await sms_recipients(operator, made["id"], "expired") == BOTH
    assert (await audit_actions(operator, made["id"]))[-3:] == [
        ("service", "time.remind_answer"), ("service", "time.expire"), ("service", "contract.expired"),
    ]  # fmt: skip
    assert await act_on_all_due(operator, NOON + 900 * DAY) == 0


async def test_a_delivery_nobody_speaks_of_is_received_by_silence(operator: Operator) -> None:
    made = await make_confirmed_contract(operator, terms__silence_days=3)
    delivered = await act_by_phone(operator, made["id"], SELLER, SayDelivered(made["id"]))
    assert (delivered["status"], delivered["next"]) == (
        "ACTIVE", {"what": "remind_receipt", "at": "2026-07-03T12:00:00.000000Z"},
    )  # fmt: skip
    assert await act_on_all_due(operator, NOON + 2 * DAY) == 1
    assert await sms_recipients(operator, made["id"], "remind_receipt") == [BUYER]
    assert await act_on_all_due(operator, NOON + 3 * DAY) == 1
    found = await read_contract(operator, made["id"])
    assert (found["status"], found["completed_at"]) == ("COMPLETED", "2026-07-04T12:00:00.000000Z")
    assert await sms_recipients(operator, made["id"], "completed_by_time") == BOTH


async def test_a_contract_that_is_never_delivered_expires(operator: Operator) -> None:
    made = await make_confirmed_contract(operator)
    assert made["next"] == {"what": "remind_delivery", "at": "2026-07-24T06:00:00.000000Z"}, "nine in Nairobi"
    assert await act_on_all_due(operator, NOON + 23 * DAY) == 1
    assert await sms_recipients(operator, made["id"], "remind_delivery") == [SELLER]
    assert await act_on_all_due(operator, NOON + 52 * DAY) == 0
    assert await act_on_all_due(operator, NOON + 53 * DAY) == 1
    assert await sms_recipients(operator, made["id"], "remind_expiry") == BOTH
    assert await act_on_all_due(operator, NOON + 54 * DAY - timedelta(seconds=1)) == 0
    assert await act_on_all_due(operator, NOON + 54 * DAY) == 1
    assert (await read_contract(operator, made["id"]))["status"] == "EXPIRED"
    assert await sms_recipients(operator, made["id"], "expired") == BOTH


async def test_a_reminder_that_is_late_still_leaves_a_day(operator: Operator) -> None:
    """Time passed while the service did not run: nobody loses the day after the reminder."""
    made = (await operator.post(contract_body())).json
    assert await act_on_all_due(operator, NOON + 30 * DAY) == 1
    assert (await read_contract(operator, made["id"]))["next"] == {
        "what": "expire",
        "at": "2026-08-01T12:00:00.000000Z",
    }


async def test_time_never_decides_a_dispute_and_says_that_nobody_has(operator: Operator) -> None:
    """Once a week: to the parties by SMS, to the operator by a filter and a warning; until there is a decision."""
    found = await open_dispute(operator)
    contract_id, escalated = found["contract"]["id"], "/v1/disputes?escalated=true"
    assert (await operator.get(escalated)).json["items"] == []
    assert await act_on_all_due(operator, NOON + 7 * DAY - timedelta(seconds=1)) == 0
    for week in (1, 2):
        with capture_logs() as logged:
            assert await act_on_all_due(operator, NOON + 7 * week * DAY) == 1
        [warning] = [line for line in logged if line["event"] == "a dispute waits"]
        assert warning == {
            "event": "a dispute waits", "log_level": "warning", "contract_id": contract_id, "dispute_id": found["id"],
        }  # fmt: skip
        [waits] = (await operator.get(escalated)).json["items"]
        assert (waits["id"], waits["escalated_at"]) == (found["id"], f"2026-07-{1 + 7 * week:02}T12:00:00.000000Z")
    assert (await read_contract(operator, contract_id))["status"] == "DISPUTED"
    assert await sms_recipients(operator, contract_id, "dispute_escalated") == sorted(2 * BOTH)
    await post_json(operator, f"/v1/disputes/{found['id']}/decision", {"decision": "cancel", "reasons": "So it is"})
    assert (await operator.get(escalated)).json["items"] == []


async def test_a_decision_stands_when_nobody_appeals(operator: Operator) -> None:
    found = await open_dispute(operator)
    decision = {"decision": "split", "seller_amount": "100000", "reasons": "Half was good"}
    assert (await post_json(operator, f"/v1/disputes/{found['id']}/decision", decision)).status == 200
    assert await act_on_all_due(operator, NOON + 3 * DAY - timedelta(seconds=1)) == 0
    assert await act_on_all_due(operator, NOON + 3 * DAY) == 1
    contract_id = found["contract"]["id"]
    assert (await read_contract(operator, contract_id))["status"] == "COMPLETED"
    closed = (await operator.get(f"/v1/disputes/{found['id']}")).json
    assert (closed["status"], closed["closed_at"]) == ("closed", "2026-07-04T12:00:00.000000Z")
    assert await sms_recipients(operator, contract_id, "decision_stands") == BOTH


async def test_many_are_kept_in_a_few_looks(operator: Operator) -> None:
    for n in range(70):
        await operator.post(contract_body(terms__quantity=n + 1))
    assert await operator.services.deadlines.act_on_due(NOON + 8 * DAY) == 64, "as many as one look takes"
    assert await operator.services.deadlines.act_on_due(NOON + 8 * DAY) == 6


async def test_two_services_do_each_thing_once(operator: Operator, redis_url: str) -> None:
    made = [(await operator.post(contract_body(terms__quantity=n + 1))).json["id"] for n in range(40)]
    assert operator.services.settings.database_url
    async with open_operator(operator.services.settings.database_url, redis_url) as other:
        for at in (NOON + 6 * DAY, NOON + 7 * DAY):
            counts = [await asyncio.gather(act_on_all_due(operator, at), act_on_all_due(other, at)) for _ in range(2)]
            assert sum(map(sum, counts)) == 40
    for contract_id in made:
        assert await sms_recipients(operator, contract_id, "expired") == BOTH
        assert [action for _, action in await audit_actions(operator, contract_id)].count("time.expire") == 1


@pytest.mark.parametrize("word", ["YES", "NO"])
async def test_an_answer_at_the_very_moment_of_the_end(operator: Operator, word: str) -> None:
    """One of the two wins, and the party who comes too late is told."""
    won = {"time": 0, "answer": 0}
    for n in range(8):  # one more refusal within the hour would not be sent
        made = (await operator.post(contract_body(terms__quantity=n + 1))).json
        await operator.sends_sms(BUYER, f"YES {made['reference']}")
        await act_on_all_due(operator, NOON + 6 * DAY)
        kept, _ = await asyncio.gather(
            act_on_all_due(operator, NOON + 7 * DAY), operator.sends_sms(SELLER, f"{word} {made['reference']}")
        )  # fmt: skip
        found = await read_contract(operator, made["id"])
        by_time = found["status"] == "EXPIRED"
        won["time" if by_time else "answer"] += 1
        assert found["status"] in ("EXPIRED", "CONFIRMED" if word == "YES" else "CANCELLED")
        assert kept == by_time
        assert len(await sms_recipients(operator, made["id"], "expired")) == (2 if by_time else 0)
        assert await sms_recipients(operator, made["id"], "no_longer_open") == ([SELLER] if by_time else [])
        done = [action for _, action in await audit_actions(operator, made["id"])]
        words = ("time.expire", "contract.confirm", "contract.decline")
        assert sum(done.count(said) for said in words) == 2, "the first yes, and what came of the rest"
    assert sum(won.values()) == 8


async def test_what_is_in_somebody_elses_hands_waits_for_the_next_look(operator: Operator) -> None:
    made = (await operator.post(contract_body())).json
    db = await asyncpg.connect(operator.services.settings.database_url)
    try:
        async with db.transaction():
            await db.execute("SELECT FROM contracts FOR UPDATE")
            assert await operator.services.deadlines.act_on_due(NOON + 6 * DAY) == 0
    finally:
        await db.close()
    assert await operator.services.deadlines.act_on_due(NOON + 6 * DAY) == 1
    assert await sms_recipients(operator, made["id"], "remind_answer") == BOTH


async def test_the_database_lost_in_the_middle(operator: Operator) -> None:
    """An act under way is written whole or not at all; the next look does the rest."""
    made = (await operator.post(contract_body())).json
    db = await asyncpg.connect(operator.services.settings.database_url)
    try:
        async with db.transaction():
            await db.execute("LOCK TABLE audit_logs IN ACCESS EXCLUSIVE MODE")
            look = asyncio.ensure_future(operator.services.deadlines.act_on_due(NOON + 6 * DAY))
            async with asyncio.timeout(10):
                while not await db.fetch(END_WHO_WAITS_FOR_A_LOCK):
                    await db.execute("SELECT pg_stat_clear_snapshot()")
                    await asyncio.sleep(0.01)
            with pytest.raises(database.UNAVAILABLE):
                await look
    finally:
        await db.close()
    assert (await read_contract(operator, made["id"]))["version"] == 1
    assert await act_on_all_due(operator, NOON + 6 * DAY) == 1
    assert await sms_recipients(operator, made["id"], "remind_answer") == BOTH


async def test_one_that_cannot_go_on_is_set_aside(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    bad, good = [(await operator.post(contract_body(terms__quantity=n))).json["id"] for n in (1, 2)]
    pass_time = time_acts.pass_time

    def broken(contract: Contract, now: datetime, periods: WaitingPeriods) -> Plan | None:
        if str(contract.id) == bad:
            raise ValueError("it cannot")
        return pass_time(contract, now, periods)

    monkeypatch.setattr(time_acts, "pass_time", broken)
    assert await act_on_all_due(operator, NOON + 6 * DAY) == 1
    assert await sms_recipients(operator, good, "remind_answer") == BOTH
    monkeypatch.undo()
    assert await act_on_all_due(operator, NOON + 6 * DAY) == 0, "it is left alone for a while"
    assert await act_on_all_due(operator, NOON + 6 * DAY + timedelta(minutes=10)) == 1


@pytest.mark.parametrize(("name", "values"), [("due", (NOON, [], 64)), ("next", ([],))])
async def test_a_look_walks_the_index(operator: Operator, name: str, values: tuple[object, ...]) -> None:
    rows = await operator.services.records.pool.fetch(f"EXPLAIN {QUERIES[f'deadlines.{name}'].sql}", *values)
    plan = "\n".join(row[0] for row in rows)
    assert "using contracts_next" in plan and "Sort" not in plan.partition("contracts_next")[0], plan


async def test_with_nothing_due_it_rests(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    """With nothing due it makes two steps into an index every few seconds."""
    await operator.post(contract_body())
    services, naps = operator.services, list[float]()
    job = DeadlineJob(
        services.records, DeadlineRows(services.records.pool), services.composer, services.settings.waiting_periods, 5
    )

    async def nap(seconds: float) -> None:
        naps.append(seconds)
        if len(naps) == 3:
            raise asyncio.CancelledError

    monkeypatch.setattr(asyncio, "sleep", nap)
    ends = NOON + 6 * DAY
    hours = iter([ends - timedelta(seconds=left) for left in (500_000, 500_000, 2, 2, 0.1, 0.1)])
    with pytest.raises(asyncio.CancelledError):
        await job.run(lambda: next(hours), JobState("deadlines"))
    assert naps == [5, 2, 0.5], "until the next is due, but neither long nor in a circle"


async def test_the_running_service_does_it_by_itself(database_url: str, redis_url: str) -> None:
    """Two workers, each with a deadline job, stopped in the middle and started again."""
    amina, otieno = "+254712345678", "+254711222333"
    made_due = "UPDATE contracts SET next_at = $1, version = version + 1 WHERE next_at IS NOT NULL RETURNING id"
    for status in ("PENDING", "EXPIRED"):
        async with open_whole(database_url, redis_url, workers=2, deadlines_every_seconds=0.5) as service:
            if status == "PENDING":
                phone = service.phone(amina)
                await phone.dial("2*1*0711222333*maize*50 bags*3500*Bungoma market*25/12")
                await phone.types("1", "4826", "4826")
            contract_id: UUID = await service.db.fetchval(made_due, service.now())
            async with asyncio.timeout(5):
                while await service.db.fetchval("SELECT next_at <= $1 FROM contracts", service.now()):  # noqa: ASYNC110 - a row tells nobody
                    await asyncio.sleep(0.05)
            assert await service.db.fetchval("SELECT status FROM contracts") == status
            await service.sms_settled()
            kinds = await service.db.fetch(
                "SELECT f.msisdn, m.kind FROM sms_logs m JOIN phones f ON f.id = m.phone_id"
                " WHERE m.contract_id = $1 ORDER BY m.created_at, f.msisdn", contract_id,
            )  # fmt: skip
            assert "a deadline failed" not in service.logged()
    assert [tuple(row) for row in kinds] == [
        (otieno, "offered"), (otieno, "remind_answer"), (otieno, "expired"), (amina, "expired"),
    ]  # fmt: skip
