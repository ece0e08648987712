"""`voicepact subject erase` while the session store is away, a message is being sent, or a call is going on."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest
from rich.progress import Progress

from contracts.fields.msisdn import Msisdn
from gateway.commands import subject_erasing
from gateway.commands.audit import verify_all
from gateway.commands.startup import StartError
from gateway.commands.subject_erasing import erase_person
from gateway.settings import Settings
from storage import sessions
from storage.postgres.database import Connection
from storage.subjects import SubjectRows
from tests.gateway.commands.subjects import lines_about_amina, read_everything, run_subject
from tests.gateway.operator_client import BUYER, NOON, SELLER, Operator, contract_body
from tests.gateway.two_contracts import AMINA, OFFER, OTIENO, beans_body, call_rest, make_two_contracts
from tests.service import Service

NOBODY_THERE = "redis://127.0.0.1:1/0"


async def assert_nothing_is_left(service: Service) -> None:
    """No table, log line or key shows Amina, and the record still verifies."""
    assert lines_about_amina(await read_everything(service)) == []
    await verify_all(str(service.settings.database_url), None, Progress(disable=True))


# Without the session store


async def test_nothing_is_erased_while_the_session_store_is_away(service: Service, tmp_path: Path) -> None:
    story = await make_two_contracts(service)
    words = ("erase", AMINA, "--yes", "--data-dir", str(tmp_path / "data"))
    assert (await asyncio.to_thread(run_subject, service, *words, "--operator", "Chege")).startswith("kept: one more")
    before = await service.rows()
    away = {"REDIS_URL": NOBODY_THERE}
    said = await asyncio.to_thread(run_subject, service, *words, **away)
    assert said.rstrip().endswith("REDIS_URL: the session store does not answer, so nothing was erased")
    assert len(said.strip().splitlines()) == 1
    after = await service.rows()
    for table in before.keys() - {"audit_seals", "audit_checkpoints", "form_codes"}:
        assert after[table] == before[table], table
    assert await service.db.fetchval("SELECT id FROM phones WHERE msisdn = $1", AMINA) == story.amina
    assert await erase_person(service.db, service.settings, AMINA, service.now()) == []
    await assert_nothing_is_left(service)


async def test_a_session_store_that_goes_away_in_the_middle_is_reported(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sessions are deleted by then, and the database is finished. What a call saved since then ends by its TTL."""
    await make_two_contracts(service)
    await service.phone(AMINA).dial()
    forget, times = subject_erasing._forget_sessions, [0]

    async def once(settings: Settings, *who: object) -> None:
        times[0] += 1
        if times[0] > 1:
            raise sessions.UNAVAILABLE[0]
        await forget(settings, *who)  # type: ignore[arg-type]  # what must not be given

    monkeypatch.setattr(subject_erasing, "_forget_sessions", once)
    (left,) = await erase_person(service.db, service.settings, AMINA, service.now())
    assert left.startswith("the session store went away")
    await assert_nothing_is_left(service)


# With a message on its way


async def mark_being_sent(service: Service, until: timedelta) -> None:
    """Mark a message to Amina as taken by an outbox, whose lease ends at `until`."""
    await service.db.execute(
        "UPDATE sms_logs SET status = 'sending', leased_until = $1, settled_at = NULL, why = '+254712345678 is busy'"
        " WHERE id = (SELECT m.id FROM sms_logs m JOIN phones f ON f.id = m.phone_id"
        " WHERE f.msisdn = $2 AND direction = 'out' LIMIT 1)", service.now() + until, AMINA,
    )  # fmt: skip


async def test_nobody_is_erased_while_a_message_to_them_is_sent(service: Service) -> None:
    await make_two_contracts(service)
    await mark_being_sent(service, timedelta(minutes=5))
    before = await service.rows()
    with pytest.raises(StartError, match="being sent at this moment: try again in a minute"):
        await erase_person(service.db, service.settings, AMINA, service.now())
    assert (await service.rows())["sms_logs"] == before["sms_logs"]
    await service.db.execute(
        "UPDATE sms_logs SET status = 'failed', leased_until = NULL, settled_at = now() WHERE status = 'sending'"
    )
    assert await erase_person(service.db, service.settings, AMINA, service.now()) == []
    await assert_nothing_is_left(service)


async def test_a_message_whose_sender_died_does_not_stop_erasing(service: Service) -> None:
    await make_two_contracts(service)
    await mark_being_sent(service, timedelta(minutes=5))
    later = service.now() + timedelta(minutes=6)
    assert await erase_person(service.db, service.settings, AMINA, later) == []
    assert await service.db.fetchval("SELECT count(*) FROM sms_logs WHERE status = 'sending'") == 0
    await assert_nothing_is_left(service)


async def test_no_outbox_takes_a_message_to_a_person_who_is_being_erased(operator: Operator) -> None:
    """It would send to the number, and record what the provider answers about it."""
    await operator.post(contract_body())
    now = NOON + timedelta(minutes=1)
    async with operator.services.records.pool.acquire() as leased, leased.transaction():
        rows = SubjectRows(cast("Connection", leased))
        phone_id = await rows.find(BUYER, to_change=True)
        assert phone_id and not await rows.is_being_sent_to(phone_id, now)
        claim = await operator.services.queue.claim(now, 10, now + timedelta(minutes=1), gap=timedelta(), hourly=99)
    assert [row.msisdn for row in claim.rows] == [SELLER]


QUEUED_BEFORE = (
    "UPDATE sms_logs SET status = 'queued', due_at = $2, settled_at = NULL, submitted_at = NULL,"
    " expires_at = NULL WHERE phone_id = $1 AND direction = 'out'"
)


async def test_a_message_to_an_erased_person_is_not_sent(service: Service) -> None:
    """The message was queued by a request that came during the erasing. It ends, and no provider gets it."""
    story = await make_two_contracts(service)
    assert await erase_person(service.db, service.settings, AMINA, service.now()) == []
    tries = await service.db.fetchval("SELECT count(*) FROM sms_tries")
    await service.db.execute(QUEUED_BEFORE, story.amina, service.now() - timedelta(hours=1))
    await service.sms_settled(within=60)
    found = await service.db.fetch(
        "SELECT DISTINCT status FROM sms_logs WHERE phone_id = $1 AND direction = 'out'", story.amina
    )
    assert [row["status"] for row in found] == ["rejected"]
    assert await service.db.fetchval("SELECT count(*) FROM sms_tries") == tries
    await assert_nothing_is_left(service)


# What they had somebody write


async def test_words_that_an_operator_recorded_for_the_person_are_erased(service: Service) -> None:
    """All words of the person are deleted, whatever they say. Words of others that do not show the person stay."""
    reference = (await call_rest(service, "/v1/contracts", beans_body("Nakuru")))["reference"]
    for phone in (AMINA, OTIENO):
        await service.phone(phone).sends_sms(f"YES {reference}")
    body = {"contract": reference, "words": "All of it was wet.", "by": AMINA}
    path = f"/v1/disputes/{(await call_rest(service, '/v1/disputes', body))['id']}"
    for step, sent in (
        ("decision", {"decision": "complete", "reasons": "It rained."}),
        ("appeal", {"by": OTIENO, "words": "Let them look again."}),
        ("decision", {"decision": "complete", "reasons": "It did."}),
    ):
        await call_rest(service, f"{path}/{step}", sent)
    await service.sms_settled(within=60)
    assert await erase_person(service.db, service.settings, AMINA, service.now()) == []
    words = await service.db.fetch("SELECT words FROM confirmation_texts WHERE words IS NOT NULL")
    assert {row["words"] for row in words} == {"It rained.", "It did.", "Let them look again."}
    await assert_nothing_is_left(service)


# With a call going on


async def test_erasing_in_the_middle_of_a_call(service: Service) -> None:
    """The call goes on as a stranger's, and what was done in it before is not done again."""
    await make_two_contracts(service)
    amina = service.phone(AMINA)
    await amina.dial()
    await amina.types(*OFFER, "4826")
    reference = await service.db.fetchval("SELECT reference FROM contracts ORDER BY created_at DESC LIMIT 1")
    await service.phone(OTIENO).sends_sms(f"HAPANA {reference}")
    await service.sms_settled(within=60)
    contracts = await service.db.fetchval("SELECT count(*) FROM contracts")

    assert await erase_person(service.db, service.settings, AMINA, service.now()) == []

    await assert_nothing_is_left(service)
    with suppress(AssertionError):  # the call may have ended with what was made
        await amina.types("0")
    assert await service.db.fetchval("SELECT count(*) FROM contracts") == contracts
    assert await service.db.fetchval("SELECT count(*) FROM phones WHERE msisdn = $1", AMINA) == 0


async def test_erasing_in_the_middle_of_writing_a_contract(service: Service) -> None:
    """The session holds half a contract with the other number. The next key is answered; nothing of it is kept."""
    await make_two_contracts(service)
    amina, otieno = service.phone(AMINA), service.phone(OTIENO)
    await amina.dial()
    await amina.types(*OFFER[:5])
    await otieno.dial("1*2")  # and somebody reads about her meanwhile
    assert any(line.startswith("session ") for line in lines_about_amina(await read_everything(service)))
    assert await erase_person(service.db, service.settings, Msisdn(AMINA), service.now()) == []
    await assert_nothing_is_left(service)
    assert (await amina.types("3500")).text
    assert (await otieno.types("0")).text
    assert await service.db.fetchval("SELECT count(*) FROM phones WHERE msisdn = $1", AMINA) == 0
