"""Answers that meet: at one instant, after the end, twice, on two channels. Phones on two workers of it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass
from datetime import timedelta

import orjson
import pytest
import pytest_asyncio

from gateway.background.deadlines import DeadlineJob
from gateway.outbox.compose import MessageComposer
from storage.deadlines import DeadlineRows
from storage.embedded.servers import ServerUrls
from storage.postgres.database import open_pool
from storage.records import Records
from tests.handset import Handset
from tests.resilience.people import AMINA, OTIENO, PIN, with_pin
from tests.service import Service, audit_of, fresh_database, open_service

ROUNDS = 3
DONE = {"YES": "contract.confirm", "NO": "contract.decline"}
USSD_SAYS = {
    "YES": ("is confirmed by all", "You confirmed contract"), "NO": ("You declined contract",),
}  # fmt: skip
REFUSED = ("You have already confirmed", "no longer open")


@dataclass(frozen=True, slots=True)
class Word:
    who: str
    channel: str
    word: str


def words(*said: str) -> tuple[Word, ...]:
    """`Amina ussd YES`, and so on."""
    people = {"Amina": AMINA, "Otieno": OTIENO}
    return tuple(Word(people[who], channel, word) for who, channel, word in (one.split() for one in said))


@pytest_asyncio.fixture(scope="module")
async def service(servers: ServerUrls, template_database: str) -> AsyncIterator[Service]:
    """One for the whole table, with both phones' PINs chosen."""
    async with (
        fresh_database(servers.database_url, template_database) as url,
        open_service(url, servers.redis_url, workers=2, deadlines_every_seconds=3600) as opened,
    ):
        for msisdn in (AMINA, OTIENO):
            await with_pin(opened, msisdn)
        yield opened


CASES = [
    *(
        pytest.param((), words(f"Amina {one} YES", f"Otieno {two} YES"), {"CONFIRMED": 2}, id=f"both yes, {one}, {two}")
        for one, two in (("ussd", "ussd"), ("ussd", "sms"), ("sms", "sms"))
    ),
    *(
        pytest.param((), words(f"Amina {one} YES", f"Otieno {two} NO"), {"CANCELLED": None}, id=f"both, {one}, {two}")
        for one, two in (("ussd", "ussd"), ("sms", "ussd"), ("sms", "sms"))
    ),
    pytest.param((), words("Amina ussd NO", "Otieno sms NO"), {"CANCELLED": 1}, id="both no"),
    pytest.param(words("Amina sms YES"), words("Otieno ussd YES", "Otieno sms YES"), {"CONFIRMED": 2},
                 id="one's yes on two channels"),
    pytest.param(words("Amina sms YES"), words("Otieno ussd YES", "Otieno sms NO"), {"CONFIRMED": 2, "CANCELLED": 2},
                 id="one's yes and no on two channels"),
    pytest.param(words("Amina sms YES"), words("Otieno sms YES", "Otieno sms YES"), {"CONFIRMED": 2},
                 id="one's yes in two messages"),
    pytest.param(words("Amina ussd YES", "Otieno sms YES"), words("Otieno sms YES", "Amina sms NO"), {"CONFIRMED": 2},
                 id="after both"),
    pytest.param(words("Amina ussd NO"), words("Otieno sms YES", "Amina sms YES"), {"CANCELLED": 1},
                 id="after a no"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "at_once", "ends"), CASES)
async def test_answers_that_meet(
    service: Service, before: tuple[Word, ...], at_once: tuple[Word, ...], ends: dict[str, int | None]
) -> None:
    """`ends`: what it may come to, and how many words counted (None: one or two, whoever was first)."""
    for _ in range(ROUNDS):
        reference = await asks_both(service)
        for word in before:
            await says(service, reference, (word,))
        told = await says(service, reference, at_once)
        status, counted = await whole(service, reference)
        assert status in ends
        assert counted == ends[status] or (ends[status] is None and counted in (1, 2))
        assert told + len(before) == counted, "each was told what became of their own word"


@pytest.mark.parametrize("word", ["YES", "NO"])
async def test_an_answer_after_the_end(service: Service, word: str) -> None:
    """The screen was open before the contract expired, the message sent before, and both come after."""
    reference = await asks_both(service)
    await says(service, reference, words("Amina sms YES"))
    phone = service.phone(OTIENO)
    await to_the_pin(phone, word)
    await expire(service)
    screen = await phone.types(PIN)
    assert any(text in screen.text for text in REFUSED)
    assert await says(service, reference, (Word(OTIENO, "sms", word),)) == 0
    assert await whole(service, reference) == ("EXPIRED", 1)


@pytest.mark.parametrize("channel", ["ussd", "sms"])
async def test_an_answer_at_the_very_end(service: Service, channel: str) -> None:
    for _ in range(ROUNDS):
        reference = await asks_both(service)
        await says(service, reference, words("Amina sms YES"))
        told = await says(service, reference, (Word(OTIENO, channel, "YES"),), expire(service))
        status, counted = await whole(service, reference)
        assert (status, counted, told) in (("CONFIRMED", 2, 1), ("EXPIRED", 1, 0))


async def asks_both(service: Service) -> str:
    """A contract that an operator wrote down, and that waits for both: its reference."""
    body = {
        "parties": [{"msisdn": AMINA, "role": "seller"}, {"msisdn": OTIENO, "role": "buyer"}],
        "terms": {"product": "maize", "quantity": "50 bags", "total_amount": 3500, "delivery_place": "Bungoma",
                  "delivery_date": "tomorrow"},
    }  # fmt: skip
    key = {"Authorization": f"Bearer {service.settings.api_key.get_secret_value()}"}
    made = await service.edge.request(
        "POST", "/v1/contracts", orjson.dumps(body), **key, **{"Content-Type": "application/json"}
    )
    assert made.status == 201, made.body
    return str(orjson.loads(made.body)["reference"])


async def says(
    service: Service, reference: str, at_once: tuple[Word, ...], meanwhile: Awaitable[None] | None = None
) -> int:
    """Say it all at one instant, each on another worker; how many were told that it is done. `meanwhile`, at the same
    instant, something else happens."""
    phones = [service.phone(word.who) for word in at_once]
    for n, (phone, word) in enumerate(zip(phones, at_once, strict=True)):
        phone.edge = service.edges[n % len(service.edges)]
        if word.channel == "ussd":
            await to_the_pin(phone, word.word)
    refused_before = await refusals(service, reference)
    by_ussd = [phone.types(PIN) for phone, word in zip(phones, at_once, strict=True) if word.channel == "ussd"]
    by_sms = [
        phone.sends_sms(f"{word.word} {reference}")
        for phone, word in zip(phones, at_once, strict=True) if word.channel == "sms"
    ]  # fmt: skip
    screens, _, _ = await asyncio.gather(
        asyncio.gather(*by_ussd), asyncio.gather(*by_sms), meanwhile or asyncio.sleep(0)
    )
    said = [word.word for word in at_once if word.channel == "ussd"]
    done = [any(text in screen.text for text in USSD_SAYS[word]) for screen, word in zip(screens, said, strict=True)]
    for is_done, screen in zip(done, screens, strict=True):
        assert is_done or any(text in screen.text for text in REFUSED), screen.text
    return sum(done) + len(by_sms) - (await refusals(service, reference) - refused_before)


async def refusals(service: Service, reference: str) -> int:
    """How often an SMS was answered that it changes nothing (also where the answer was not sent, as one too many)."""
    told: int = await service.db.fetchval(
        "SELECT count(*) FROM sms_logs i JOIN contracts c ON c.id = i.contract_id WHERE c.reference = $1"
        " AND i.direction = 'in' AND NOT EXISTS (SELECT FROM confirmations f WHERE f.id = i.act_id)", reference,
    )  # fmt: skip
    return told


async def whole(service: Service, reference: str) -> tuple[str, int]:
    """The contract's status and how many words count; AssertionError if any part of it does not fit the others."""
    row = await service.db.fetchrow("SELECT * FROM contracts WHERE reference = $1", reference)
    assert row
    done = [action for _, _, action in await audit_of(service.db, row["id"])]
    counted = sum(done.count(action) for action in DONE.values())
    assert counted == await service.db.fetchval("SELECT count(*) FROM confirmations WHERE contract_id = $1", row["id"])
    assert row["version"] == 1 + counted + sum(action.startswith("time.") for action in done)
    words_kept = await service.db.fetch("SELECT status FROM contract_signatures WHERE contract_id = $1", row["id"])
    kept = sorted(one["status"] for one in words_kept)
    assert kept in {
        "CONFIRMED": [["signed", "signed"]], "EXPIRED": [["expired", "signed"]],
        "CANCELLED": [["rejected", "signed"], ["expired", "rejected"], ["rejected", "rejected"]],
    }[row["status"]]  # fmt: skip
    return row["status"], counted


async def expire(service: Service) -> None:
    """Time comes, to what waits for an answer: a reminder, and then the end."""
    assert service.settings.database_url
    pool = await open_pool(service.settings.database_url, smallest=1, largest=2, timeout_seconds=5)
    composer = MessageComposer("en", service.settings.at_ussd_service_code)
    job = DeadlineJob(Records(pool), DeadlineRows(pool), composer, service.settings.waiting_periods, 1)
    for days in (6, 7):
        await job.act_on_due(service.now() + timedelta(days=days, minutes=1))
    await pool.close()


async def to_the_pin(phone: Handset, word: str) -> None:
    """The contract that waits, up to the PIN."""
    await phone.dial("1")
    await phone.types("1")
    await phone.chooses("Confirm" if word == "YES" else "Decline")
