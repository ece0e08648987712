"""A stranger makes two hundred offers to one number: what arrives there, what it costs, and how its owner ends it."""

import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from gateway.background.deadlines import DeadlineJob
from gateway.outbox.compose import MessageComposer
from storage.deadlines import DeadlineRows
from storage.postgres.database import open_pool
from storage.records import Records
from tests.clock import ServiceClock
from tests.gateway.offers_by_ussd import PIN, chooses_pin, goes_to_the_pin, offers_to
from tests.service import Service, open_service

STRANGER, VICTIM = "+254712345678", "+254733000003"
SENT = "SELECT kind, segments, estimate FROM sms_logs m JOIN phones f ON f.id = m.phone_id WHERE f.msisdn = $1"


async def test_two_hundred_offers_of_a_stranger(
    database_url: str, redis_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = ServiceClock(datetime(2026, 11, 23, 5, tzinfo=UTC))
    async with open_service(database_url, redis_url, now=clock, sms_number_gap_seconds=0) as service:
        stranger, victim = service.phone(STRANGER), service.phone(VICTIM)
        await chooses_pin(stranger)
        await goes_to_the_pin(stranger, VICTIM)
        told = [(await stranger.types(PIN)).text]
        for _ in range(199):  # twenty a day, one in half an hour from eight o'clock on
            clock.passes(timedelta(hours=14, minutes=30) if len(told) % 20 == 0 else timedelta(minutes=30))
            if len(told) % 20 == 0:
                await pass_time(service, clock)
            told.append(await offers_to(stranger, VICTIM))
        made = sum("is made" in text for text in told)
        await victim.sends_sms("BLOCK")
        assert "takes no offers now" in await offers_to(stranger, VICTIM)
        rows = await service.db.fetch(f"{SENT} AND direction = 'out' AND kind <> 'blocked'", VICTIM)
    kinds, segments = Counter(row["kind"] for row in rows), sum(row["segments"] for row in rows)
    cost = sum(Decimal(row["estimate"].removeprefix("KES ")) for row in rows)
    with capsys.disabled():
        sys.stdout.write(f"\n200 offers in ten days: {made} made, {dict(kinds)} in {segments} segments, KES {cost}\n")
    assert (made, dict(kinds)) == (20, {"offered": 20, "remind_answer": 10, "expired": 10})
    assert segments <= 45 and cost == segments * Decimal("0.8")


async def pass_time(service: Service, clock: ServiceClock) -> None:
    """Let time act on what is due: reminders, and offers that nobody answered."""
    assert service.settings.database_url
    pool = await open_pool(service.settings.database_url, smallest=1, largest=1, timeout_seconds=5)
    composer = MessageComposer("en", service.settings.at_ussd_service_code, service.settings.sms_prices)
    job = DeadlineJob(Records(pool), DeadlineRows(pool), composer, service.settings.waiting_periods, 1)
    for _ in range(2):
        await job.act_on_due(clock())
    await pool.close()
