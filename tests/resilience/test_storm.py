"""A small storm, as `make storm` raises a big one, and by itself what the first of them found."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import orjson

from storage.outbox import OutboxRows, ReportRow, ResultRow
from tests.gateway.message_queue import msisdn_of, open_queue

ROOT = Path(__file__).parent.parent.parent


def test_three_hundred_messages_survive_a_storm(tmp_path: Path) -> None:
    told = tmp_path / "storm.json"
    options = ("--messages", "300", "--workers", "2", "--kill-every", "0.4", "--seconds-limit", "240")
    over = subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-m", "bench.storm", *options, "--json", str(told)],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    assert over.returncode == 0, over.stdout
    storm = orjson.loads(told.read_bytes())
    assert storm["wrongs"] == 0
    assert sum(rows for _, _, rows in storm["ends"]) == 300
    assert storm["killed"] >= 5 and storm["unsure_tries"] > 0, "it was a storm"


async def test_an_early_report_is_not_the_lost_answer_of_another_message(database_url: str) -> None:
    """One answer was lost, the next message to that number is on its way, and its report comes before its answer."""
    async with open_queue(database_url) as queue:
        (lost,) = await queue.put(msisdn_of(1), text="lost")
        (sent,) = await queue.put(msisdn_of(1), text="on its way")
        now, rows = queue.clock(), OutboxRows(queue.records.pool)
        await queue.records.pool.execute("UPDATE sms_logs SET status = 'unconfirmed', tries = 1 WHERE id = $1", lost)
        await queue.records.pool.execute(
            "UPDATE sms_logs SET status = 'sending', tries = 1, due_at = NULL, leased_until = $2 WHERE id = $1",
            sent, now + timedelta(minutes=1),
        )  # fmt: skip
        await rows.report(ReportRow("at", "ATXid_2", "Success", "delivered", None, None, msisdn_of(1), now))
        assert {row["id"]: row["status"] for row in await queue.rows()} == {lost: "unconfirmed", sent: "sending"}
        await rows.finish(ResultRow(sent, msisdn_of(1), 1, now, "submitted", "accepted", True, "at", "ATXid_2"))
        assert {row["id"]: row["status"] for row in await queue.rows()} == {lost: "unconfirmed", sent: "delivered"}


async def test_a_report_heard_by_nobody_counts_before_a_message_is_given_up(database_url: str) -> None:
    """The worker died between two statements: the send is recorded, and an early report on it was not merged."""
    async with open_queue(database_url) as queue:
        (message_id,) = await queue.put(msisdn_of(1))
        now, rows = queue.clock(), OutboxRows(queue.records.pool)
        await rows.report(ReportRow("at", "ATXid_1", "Success", "delivered", None, None, msisdn_of(1), now))
        await queue.records.pool.execute(
            "UPDATE sms_logs SET status = 'submitted', due_at = NULL, submitted_at = $2, provider = 'at', "
            "provider_message_id = 'ATXid_1' WHERE id = $1",
            message_id, now,
        )  # fmt: skip
        await rows.end_unreported(now + timedelta(days=3), now + timedelta(days=1))
        assert [row["status"] for row in await queue.rows()] == ["delivered"]
