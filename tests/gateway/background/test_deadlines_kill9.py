"""The service is killed while deadlines act, and started again: each has acted once, and whole."""

import asyncio
from signal import SIGKILL

import orjson

from tests.gateway.operator_client import contract_body
from tests.resilience.service_process import ServiceProcess, open_service_process

OFFERS = 150
KEY = "a key of this test's own"
MADE_DUE = "UPDATE contracts SET next_at = now(), version = version + 1 WHERE status = 'PENDING' RETURNING id"
LEFT = "SELECT count(*) AS n FROM contracts WHERE next_at <= now()"
# What no contract may be without, whenever the service died. No row: all is whole.
HALF_DONE = """
SELECT c.id, o.* FROM contracts c CROSS JOIN LATERAL (SELECT
    (SELECT count(*) FROM audit_actions a WHERE a.chain_id = c.id AND a.action = 'time.remind_answer') AS reminded,
    (SELECT count(*) FROM audit_actions a WHERE a.chain_id = c.id AND a.action = 'time.expire') AS ended,
    (SELECT count(*) FROM sms_logs m WHERE m.contract_id = c.id AND m.kind = 'remind_answer') AS reminders,
    (SELECT count(*) FROM sms_logs m WHERE m.contract_id = c.id AND m.kind = 'expired') AS told,
    (SELECT count(*) FROM mo_receipts r WHERE r.provider = 'time' AND r.message_id LIKE c.id || ':%') AS causes
) AS o
WHERE (c.status, o.reminded, o.ended, o.reminders, o.told, o.causes) NOT IN
    (('PENDING', 0, 0, 0, 0, 0), ('PENDING', 1, 0, 2, 0, 1), ('EXPIRED', 1, 1, 2, 2, 2))
"""


async def test_killed_while_time_does_its_work() -> None:
    async with open_service_process(API_KEY=KEY, DEADLINES_EVERY_SECONDS="0.2") as process:
        await asyncio.gather(*(post_contract(process, n) for n in range(OFFERS)))
        for then in ("PENDING", "EXPIRED"):
            assert len(await process.fetch(MADE_DUE)) == OFFERS
            for seconds in (0.02, 0.1, 0.25):
                await asyncio.sleep(seconds)
                await process.serving.stop_with(SIGKILL)
                await process.serving.start()
                assert await process.fetch(HALF_DONE) == []
            async with asyncio.timeout(20):
                while (await process.fetch(LEFT))[0]["n"]:  # noqa: ASYNC110 - in another process
                    await asyncio.sleep(0.1)
            assert await process.fetch(HALF_DONE) == []
            assert await process.fetch("SELECT DISTINCT status FROM contracts") == [{"status": then}]


async def post_contract(process: ServiceProcess, n: int) -> None:
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    body = contract_body(terms__quantity=n + 1, terms__delivery_date="tomorrow")
    made = await process.edge.request("POST", "/v1/contracts", orjson.dumps(body), **headers)
    assert made.status == 201, made.body
