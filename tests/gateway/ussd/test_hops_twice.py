"""Every hop and every callback again: in turn, at the same moment, through two workers. Same bytes, one effect."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio

from tests.gateway.ussd.repeated_hops import (
    AMINA,
    OFFER,
    ONCE,
    OTIENO,
    PIN,
    REPETITIONS,
    TEN_AT_ONCE,
    Repetition,
    assert_agreed,
    at_once,
    phone_id,
    pin_tries,
    repeating_phone,
)  # fmt: skip
from tests.service import Service, audit_of, open_service


@pytest_asyncio.fixture
async def service(database_url: str, redis_url: str) -> AsyncIterator[Service]:
    """Two workers that share, as processes do, only the database, the session store and the simulator."""
    async with open_service(database_url, redis_url, workers=2) as running:
        yield running


@asynccontextmanager
async def locks_stolen(service: Service) -> AsyncIterator[None]:
    """Take every lock away as soon as somebody has it."""

    is_over = False

    async def steal() -> None:
        while not is_over:  # not cancelled: redis-py may swallow that
            if locks := await service.redis.keys("*:lock"):
                await service.redis.delete(*locks)

    thief = asyncio.create_task(steal())
    try:
        yield
    finally:
        is_over = True
        await thief


async def agree_by_sms(service: Service, repetition: Repetition) -> None:
    """The main story, each request repeated: hops, the end of the session, the MO, and reports on every message."""
    amina = repeating_phone(service, AMINA, repetition)
    made = await amina.dials(*OFFER, PIN, PIN)
    assert made.startswith(b"END Contract ")
    await repetition(service, "ussd/events", amina.phone.end_form("Success"))
    otieno = service.phone(OTIENO)
    assert await otieno.next_sms()
    await repetition(service, "sms", otieno.mo_form("YES", "mo-1"))
    assert await otieno.next_sms()
    assert await amina.phone.next_sms()
    await service.sms_settled()
    for row in await service.db.fetch("SELECT provider_message_id AS id FROM sms_logs WHERE direction = 'out'"):
        for status in ("Success", "Buffered", "Failed"):
            await repetition(service, "sms/reports", {"id": row["id"], "status": status, "phoneNumber": OTIENO})


AGREED_BY_SMS = {
    "acted_hops": 2,  # the PIN chosen, the contract made
    "audit_logs": 3,  # the PIN chosen; the contract made, with Amina's yes; Otieno's yes, by which it is confirmed
    "confirmation_texts": 2,
    "confirmations": 2,
    "contract_forms": 1,
    "contract_parties": 2,
    "contract_signatures": 2,
    "contracts": 1,
    "message_fates": 6,  # of three messages: submitted and delivered
    "mo_receipts": 1,
    "open_contracts": 2,
    "offers": 1,  # counted against its maker's limits, and against those of whom it was made to
    "phones": 2,
    "sms_logs": 4,  # the offer, the YES, both told
    "sms_tries": 3,
    "sms_reports": 12,  # of three messages: Sent and Success by the simulator, Buffered and Failed by us
    "ussd_sessions": 1,
}


@pytest.mark.parametrize("repetition", REPETITIONS)
async def test_the_main_story(service: Service, repetition: Repetition) -> None:
    await agree_by_sms(service, repetition)
    assert {name: rows for name, rows in (await service.counts()).items() if rows} == AGREED_BY_SMS
    await assert_agreed(service)
    statuses = await service.db.fetch("SELECT DISTINCT status, tries FROM sms_logs WHERE direction = 'out'")
    assert [tuple(row) for row in statuses] == [("delivered", 1)], "a late Failed does not undo what was delivered"
    for msisdn, texts in ((AMINA, 1), (OTIENO, 2)):
        assert len(await service.edge.inbox_of(msisdn)) == texts
    chain = await service.db.fetchval("SELECT id FROM contracts")
    assert await audit_of(service.db, chain) == [
        (AMINA, "ussd", "contract.made"),
        (AMINA, "ussd", "contract.confirm"),
        (OTIENO, "sms", "contract.confirm"),
        (None, "service", "contract.confirmed"),
    ]


@pytest.mark.parametrize("repetition", REPETITIONS)
async def test_the_other_party_confirms_by_ussd(service: Service, repetition: Repetition) -> None:
    await repeating_phone(service, AMINA, repetition).dials(*OFFER, PIN, PIN)
    otieno = repeating_phone(service, OTIENO, repetition)
    await otieno.dials()
    await otieno.chooses("Confirm")
    said = await otieno.types("7391", "7391")
    assert b"is confirmed by all" in said
    await service.sms_settled()
    counts = await service.counts()
    assert {name: counts[name] for name in ("contracts", "confirmations", "sms_logs", "acted_hops", "audit_logs")} == {
        "contracts": 1, "confirmations": 2, "sms_logs": 3, "acted_hops": 4, "audit_logs": 4,
    }  # fmt: skip
    await assert_agreed(service)


async def test_without_the_lock(service: Service) -> None:
    """A lock can be lost, for instance when its time is over. What makes things right is the rest."""
    async with locks_stolen(service):
        repetition = Repetition(6, at_once, 2)
        await agree_by_sms(service, repetition)
        assert {name: rows for name, rows in (await service.counts()).items() if rows} == AGREED_BY_SMS
        await assert_agreed(service)
        amina = repeating_phone(service, AMINA, repetition)
        await amina.dials(*OFFER, "9999")
        assert await pin_tries(service) == (1, False)
        await amina.types("9998")
        assert await pin_tries(service) == (2, False)
        assert b"is made" in await amina.types(PIN)
    assert (await service.counts())["contracts"] == 2


@pytest.mark.parametrize("holder_died", [False, True])
async def test_two_different_answers_at_the_same_moment_are_one(
    database_url: str, redis_url: str, holder_died: bool
) -> None:
    """Whichever is first is what the caller typed; the other fits nowhere, and gets the same screen. Also where both
    have passed by a lock that nobody lets go of."""
    async with open_service(database_url, redis_url, workers=2, hop_budget_ms=300) as service:
        for _ in range(5):
            amina = repeating_phone(service, AMINA)
            await amina.dials("2")
            if holder_died:
                await service.redis.set(f"ussd:{{africastalking:{amina.phone.session_id}}}:lock", "dead", px=5000)
            forms = [amina.phone.hop_form(text) for text in ("2*1", "2*2")]
            answers = await asyncio.gather(*(e.hook("ussd", f) for e, f in zip(service.edges, forms, strict=True)))
            (said,) = {answer.body for answer in answers}
            assert said.startswith(b"CON Phone number of the ")


@pytest.mark.parametrize("repetition", REPETITIONS)
async def test_a_wrong_pin_is_one_try(service: Service, repetition: Repetition) -> None:
    amina = repeating_phone(service, AMINA, repetition)
    await amina.dials("5", "2", PIN, PIN)
    await amina.dials(*OFFER)
    for tries in (1, 2):
        assert b"Wrong PIN." in await amina.types("9999")
        assert await pin_tries(service) == (tries, False)
    assert b"is made" in await amina.types(PIN)
    assert await pin_tries(service) == (0, False)
    assert (await service.counts())["contracts"] == 1


@pytest.mark.parametrize("repetition", [ONCE, TEN_AT_ONCE])
async def test_a_language_is_chosen_once(service: Service, repetition: Repetition) -> None:
    said = await repeating_phone(service, AMINA, repetition).dials("5", "1", "2")
    assert b"Kiswahili" in said
    chosen = await service.db.fetch("SELECT action FROM audit_actions")
    assert [row["action"] for row in chosen] == ["language.chosen"]


@pytest.mark.parametrize("repetition", [ONCE, TEN_AT_ONCE])
async def test_a_message_that_is_only_answered_is_answered_once(service: Service, repetition: Repetition) -> None:
    otieno = service.phone(OTIENO)
    await repetition(service, "sms", otieno.mo_form("hello?", "mo-1"))
    assert "answer YES or NO" in (await otieno.next_sms() or "")
    await service.sms_settled()
    assert await otieno.unread_sms() == []
    assert (await service.counts())["sms_logs"] == 2


@pytest.mark.parametrize("repetition", [ONCE, *REPETITIONS[-2:]])
async def test_a_decline_and_a_confirmation_at_once_are_one_answer(service: Service, repetition: Repetition) -> None:
    """By SMS and by USSD at the same moment: whichever comes first stands, the other is told so."""
    await repeating_phone(service, AMINA).dials(*OFFER, PIN, PIN)
    otieno = repeating_phone(service, OTIENO, repetition)
    await otieno.dials()
    await otieno.chooses("Confirm")
    await otieno.types("7391")
    mo = otieno.phone.mo_form("NO", "mo-1")
    await asyncio.gather(otieno.types("7391"), repetition(service, "sms", mo))
    await service.sms_settled()
    status = await service.db.fetchval("SELECT status FROM contracts")
    answers = await service.db.fetch("SELECT answer FROM confirmations WHERE phone_id <> $1", await phone_id(service))
    assert (status, [row["answer"] for row in answers]) in [("CONFIRMED", ["confirm"]), ("CANCELLED", ["decline"])]
    told = [row["kind"] for row in await service.db.fetch("SELECT kind FROM sms_logs WHERE direction = 'out'")]
    assert told.count("confirmed") + told.count("declined") == 2
    assert (b"is confirmed by all" in otieno.replies[otieno.phone.history]) == (status == "CONFIRMED")


async def test_many_phones_answer_one_contract_at_once(service: Service) -> None:
    """Two confirm at the very moment each: the second finds the first done, and the contract moves once."""
    await repeating_phone(service, AMINA).dials(*OFFER, PIN, PIN)
    otieno = service.phone(OTIENO)
    many = [edge.hook("sms", otieno.mo_form("YES", f"mo-{n}")) for n, edge in enumerate(service.edges * 5)]
    assert {answer.status for answer in await asyncio.gather(*many)} == {200}
    await service.sms_settled()
    kinds = [row["kind"] for row in await service.db.fetch("SELECT kind FROM sms_logs WHERE direction = 'out'")]
    assert [kinds.count(kind) for kind in ("confirmed", "offered")] == [2, 1]
    assert set(kinds) == {"confirmed", "offered", "already_confirmed"}
    await assert_agreed(service)


async def test_hops_of_many_sessions_at_once(database_url: str, redis_url: str) -> None:
    """Forty people make a contract each with another person, all at the same time, every hop twice."""
    async with open_service(database_url, redis_url, workers=2, hop_budget_ms=10_000) as service:
        people = [repeating_phone(service, f"+2547200000{n:02}", Repetition(2, at_once, 2)) for n in range(40)]
        offers = [(*OFFER[:2], f"07110000{n:02}", *OFFER[3:], PIN, PIN) for n in range(40)]
        said = await asyncio.gather(*(one.dials(*offer) for one, offer in zip(people, offers, strict=True)))
        assert all(b"is made" in one for one in said)
        counts = await service.counts()
        assert (counts["contracts"], counts["phones"], counts["confirmations"]) == (40, 80, 40)
        assert len(set(said)) == 40
