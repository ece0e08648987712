"""SMS: one that came (MO) is stored once, and the queue of those that go (MT) is emptied."""

import asyncio
from contextlib import suppress

import aiohttp
import asyncpg

CLAIM = 50  # messages
LOOKS_EVERY_SECONDS = 0.1
HELP = "VoicePact: agreements by phone, with proof. Dial *483# or send YES, NO, STATUS, HELP or STOP."
KEYWORDS = frozenset({"yes", "no", "ndiyo", "hapana", "oui", "non", "status", "stop", "help"})

_CLAIM = """
UPDATE sms_logs SET status = 'sending', tries = tries + 1 WHERE id IN (
    SELECT id FROM sms_logs WHERE status = 'queued' ORDER BY created_at LIMIT $1 FOR UPDATE SKIP LOCKED
) RETURNING id, text, (SELECT msisdn FROM phones WHERE phones.id = phone_id) AS msisdn"""
_WAITING = """
SELECT c.reference FROM contract_signatures s JOIN contracts c ON c.id = s.contract_id
WHERE s.phone_id = $1 AND s.status = 'pending' AND c.status = 'PENDING'"""
_REPEATED = """
SELECT EXISTS (SELECT FROM sms_logs WHERE phone_id = $1 AND direction = 'in' AND text = $2
AND created_at > now() - interval '1 minute')"""


async def receive(pool: "asyncpg.Pool[asyncpg.Record]", msisdn: str, message_id: str, text: str) -> None:
    """Store a text once, and answer what is no command with the help text. No answer to a repeat within a minute."""
    async with pool.acquire() as db, db.transaction():
        sql = "INSERT INTO mo_receipts (message_id) VALUES ($1) ON CONFLICT DO NOTHING RETURNING true"
        if not await db.fetchval(sql, message_id):
            return
        phone_id = await db.fetchval("SELECT id FROM phones WHERE msisdn = $1", msisdn)
        if phone_id is None:
            phone_id = await db.fetchval("INSERT INTO phones (msisdn) VALUES ($1) RETURNING id", msisdn)
        waiting = await db.fetch(_WAITING, phone_id)
        is_command = bool(waiting) and text.strip().lower().partition(" ")[0] in KEYWORDS
        is_repeated = await db.fetchval(_REPEATED, phone_id, text)
        await db.execute(
            "INSERT INTO sms_logs (direction, phone_id, text, kind, status) VALUES ('in', $1, $2, $3, 'received')",
            phone_id, text, "command" if is_command else "other",
        )  # fmt: skip
        if not (is_command or is_repeated):
            await db.execute(
                "INSERT INTO sms_logs (direction, phone_id, text, kind, status) "
                "VALUES ('out', $1, $2, 'help', 'queued')",
                phone_id, HELP,
            )  # fmt: skip


class SmsQueue:
    """Sends what is queued: claims some messages, posts each, records each."""

    def __init__(
        self, pool: "asyncpg.Pool[asyncpg.Record]", http: aiohttp.ClientSession, username: str, api_key: str
    ) -> None:
        self._pool = pool
        self._http = http
        self._username = username
        self._headers = {"apiKey": api_key, "Accept": "application/json"}

    async def run(self) -> None:
        """Send until cancelled."""
        while True:
            claimed = await self._pool.fetch(_CLAIM, CLAIM)
            await asyncio.gather(*(self._send(message) for message in claimed))
            if not claimed:
                await asyncio.sleep(LOOKS_EVERY_SECONDS)

    async def _send(self, message: asyncpg.Record) -> None:
        form = {"username": self._username, "to": message["msisdn"], "message": message["text"]}
        accepted = None
        with suppress(aiohttp.ClientError, TimeoutError):
            async with self._http.post("/version1/messaging", data=form, headers=self._headers) as answer:
                accepted = await answer.json() if answer.status == 201 else None
        if accepted is None:
            await self._pool.execute("UPDATE sms_logs SET status = 'queued' WHERE id = $1", message["id"])
            return
        await self._pool.execute(
            "UPDATE sms_logs SET status = 'submitted', submitted_at = now(), provider_message_id = $2 WHERE id = $1",
            message["id"], accepted["SMSMessageData"]["Recipients"][0]["messageId"],
        )  # fmt: skip
