"""`voicepact messages`, as a person types it: list dead messages, and send them again."""

import os
import pwd
import subprocess
import sys
from uuid import UUID

from tests.gateway.message_queue import Queue, msisdn_of
from tests.serving import ROOT


def run_messages(queue: Queue, *words: str) -> str:
    env = {**os.environ, "DATABASE_URL": queue.url, "COLUMNS": "200"}
    ran = subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-m", "gateway", "messages", *words], env=env, cwd=ROOT, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    return ran.stdout


async def mark_dead(queue: Queue, message_id: UUID, status: str, why: str) -> None:
    await queue.records.pool.execute(
        "UPDATE sms_logs SET status = $2, why = $3, due_at = NULL, settled_at = now() WHERE id = $1",
        message_id, status, why,
    )  # fmt: skip


async def test_dead_messages_are_listed_and_sent_again(queue: Queue) -> None:
    assert run_messages(queue, "dead") == "no message is dead\n"
    failed, rejected, late, waits = await queue.put(*(msisdn_of(n) for n in range(4)))
    await mark_dead(queue, failed, "failed", "given up: HTTP 500")
    await mark_dead(queue, rejected, "rejected", "InvalidSenderId")
    await mark_dead(queue, late, "expired", "it could not be sent in time")
    listed = run_messages(queue, "dead")
    for part in (str(failed), "given up: HTTP 500", str(rejected), "InvalidSenderId", str(late), "+254******000"):
        assert part in listed
    assert str(waits) not in listed and msisdn_of(0) not in listed
    nobody = UUID(int=7)
    assert run_messages(queue, "resend", str(rejected), str(waits), str(nobody), "--operator", "Ann").splitlines() == [
        "1 queued again",
        f"not queued: {waits}  it is queued: only one that is failed, rejected or expired is sent again",
        f"not queued: {nobody}  there is no message with this id",
    ]
    (again,) = run_messages(queue, "resend", str(rejected)).splitlines()[1:]
    assert again.startswith(f"not queued: {rejected}  it was sent again before, as ")
    assert run_messages(queue, "resend", "--all-failed").strip() == "1 queued again"
    assert run_messages(queue, "resend", "--all-failed").strip() == "0 queued again", "each once"
    anew = await queue.records.pool.fetch("SELECT resend_of, status FROM sms_logs WHERE resend_of IS NOT NULL")
    assert {(row["resend_of"], row["status"]) for row in anew} == {(failed, "queued"), (rejected, "queued")}
    sql = "SELECT details FROM audit_actions WHERE action = 'message.resent' ORDER BY n"
    noted = await queue.records.pool.fetch(sql)
    assert [row["details"]["message"] for row in noted] == [str(rejected), str(failed)]
    account = pwd.getpwuid(os.getuid()).pw_name
    assert [row["details"]["operator"] for row in noted] == [
        f"command line: Ann ({account})",
        f"command line: {account}",
    ]
