"""What is late, or away: a polite end within the hop's time, in the caller's language; an act is promised, and kept."""

import asyncio
from typing import Any

import orjson
import pytest

from contracts.fields.languages import LANGUAGES
from menus.refusal_texts import BUSY, LATER, UNSURE
from menus.translate import translate
from storage.encryption import Encryptor
from tests.handset import Handset, ServiceReply, read_screen
from tests.resilience.lateness import (
    LOCK_AUDIT,
    LOCK_CONTRACTS,
    LOCK_LISTS,
    READING_MS,
    hold_lock,
    open_acting_service,
    wait_for_promises,
    wait_until_idle,
)
from tests.resilience.people import (
    AMINA,
    EVE,
    OFFER,
    OTHER_PIN,
    OTIENO,
    PIN,
    contracts,
    offers,
    to_the_pin,
    with_pin,
)
from tests.service import Service, audit_of, open_service


async def promises(service: Service) -> int:
    found = await service.db.fetchval("SELECT count(*) FROM promises")
    assert isinstance(found, int)
    return found


async def kinds(service: Service) -> list[str]:
    """Of every SMS that went out."""
    found = await service.db.fetch("SELECT kind FROM sms_logs WHERE direction = 'out' ORDER BY kind")
    return [row["kind"] for row in found]


async def a_late_yes(service: Service) -> Handset:
    """A contract waits for otieno, who says yes while somebody else has their hands on it."""
    await offers(service, AMINA, OTIENO, "maize", PIN)
    otieno = await with_pin(service, OTIENO, "7391")
    await to_the_pin(otieno)
    async with hold_lock(service.settings.database_url or "", LOCK_CONTRACTS):
        screen = await otieno.types("7391")
        await wait_until_idle(service)
    assert (screen.text, screen.ends) == (translate(LATER, "en"), True)
    assert (await promises(service), await contracts(service)) == (1, [("PENDING", 1)])
    return otieno


async def a_late_offer(service: Service, *, longer_than_the_statement: bool = False) -> Handset:
    amina = await with_pin(service, AMINA)
    await amina.dial()
    await amina.types(*OFFER)
    async with hold_lock(service.settings.database_url or "", LOCK_AUDIT):
        screen = await amina.types(PIN)
        if longer_than_the_statement:
            await asyncio.sleep(service.settings.database_timeout_seconds)
    assert (screen.text, screen.ends) == (translate(LATER, "en"), True)
    return amina


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_late_reading(database_url: str, redis_url: str, language: str) -> None:
    async with open_service(database_url, redis_url, hop_budget_ms=READING_MS) as service:
        amina = service.phone(AMINA)
        await amina.dial("5")
        await amina.types("1")
        await amina.chooses(LANGUAGES[language].own_name)
        settings = await amina.dial("5")
        await amina.dial()
        async with hold_lock(database_url, LOCK_LISTS):
            screen = await amina.types("1")
            rows = await amina.dial("5")
        assert (screen.text, screen.ends) == (translate(BUSY, language), True)
        assert rows.text == settings.text, "what needs not that table is there as ever"
        assert not (await amina.types("1")).ends


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("what", [BUSY, LATER, UNSURE], ids=["busy", "later", "unsure"])
def test_what_is_said_then_fits_a_screen(language: str, what: Any) -> None:
    read_screen(ServiceReply(200, "text/plain; charset=utf-8", f"END {translate(what, language)}".encode()))


async def test_a_late_yes_is_promised_and_kept_once(database_url: str, redis_url: str) -> None:
    async with open_acting_service(database_url, redis_url) as service:
        otieno = await a_late_yes(service)
        assert (await otieno.hop()).text == translate(LATER, "en")
        await wait_for_promises(service)
        assert await contracts(service) == [("CONFIRMED", 2)]
        assert await kinds(service) == ["confirmed", "confirmed", "offered"]
        assert (await otieno.hop()).text == translate(LATER, "en"), "a repeat is told what it was told"
        chain = await service.db.fetchval("SELECT id FROM contracts")
        assert [action for _, _, action in await audit_of(service.db, chain)] == [
            "contract.made", "contract.confirm", "contract.confirm", "contract.confirmed",
        ]  # fmt: skip


@pytest.mark.parametrize("fails", [False, True], ids=["it happens after all", "it does not happen"])
async def test_a_late_offer_is_made_once(database_url: str, redis_url: str, fails: bool) -> None:
    """The statement itself is late: nobody waits for it any more, and it may happen or not."""
    async with open_acting_service(database_url, redis_url) as service:
        amina = await a_late_offer(service, longer_than_the_statement=fails)
        await wait_for_promises(service)
        assert await contracts(service) == [("PENDING", 1)]
        assert await kinds(service) == ["made", "offered"]
        reference = await service.db.fetchval("SELECT reference FROM contracts")
        assert reference in (await amina.next_sms() or "")


async def test_it_is_told_of_the_contract_that_was_made(database_url: str, redis_url: str) -> None:
    """Not of one that somebody else made since."""
    async with open_acting_service(database_url, redis_url) as service:
        amina = await a_late_offer(service)
        async with asyncio.timeout(5):
            while not await contracts(service):  # noqa: ASYNC110 - a row tells nobody
                await asyncio.sleep(0.05)
        maize = await service.db.fetchval("SELECT reference FROM contracts")
        await offers(service, EVE, AMINA, "beans", OTHER_PIN)
        await wait_for_promises(service)
        told = await amina.unread_sms()
        assert [maize in text for text in told if "is made" in text] == [True], told


async def test_a_right_pin_is_no_try_though_it_was_late(database_url: str, redis_url: str) -> None:
    async with open_acting_service(database_url, redis_url) as service:
        await a_late_yes(service)
        await wait_for_promises(service)
        assert await service.db.fetchval("SELECT max(pin_tries) FROM phones") == 0


async def test_a_first_pin_is_proved_though_it_was_late(database_url: str, redis_url: str) -> None:
    async with open_acting_service(database_url, redis_url) as service:
        amina = service.phone(AMINA)
        await amina.dial()
        await amina.types(*OFFER, PIN)
        async with hold_lock(database_url, LOCK_AUDIT):
            assert (await amina.types(PIN)).text == translate(LATER, "en")
            await asyncio.sleep(service.settings.database_timeout_seconds)
        await wait_for_promises(service)
        assert "2. Change PIN" in (await amina.dial("5")).text


async def test_a_promise_outlives_the_process(database_url: str, redis_url: str) -> None:
    async with open_acting_service(database_url, redis_url) as service:
        await a_late_yes(service)
    async with open_acting_service(database_url, redis_url) as service:
        assert await contracts(service) == [("PENDING", 1)]
        await wait_for_promises(service)
        assert await contracts(service) == [("CONFIRMED", 2)]
        assert await kinds(service) == ["confirmed", "confirmed", "offered"]


async def test_a_promise_outlives_the_version_that_made_it(database_url: str, redis_url: str) -> None:
    """Before migration 0015 an effect was written as a list."""
    async with open_acting_service(database_url, redis_url) as service:
        await a_late_yes(service)
        row = await service.db.fetchrow("SELECT hop_key, sealed FROM promises")
        assert row
        encryptor, place = Encryptor(service.settings.secret_key.get_secret_value()), f"promise:{row['hop_key'].hex()}"
        wanted = orjson.loads(encryptor.decrypt(row["sealed"], place) or b"")
        wanted["effect"] = [wanted["effect"].pop("type"), wanted["effect"]]
        await service.db.execute("UPDATE promises SET sealed = $1", encryptor.encrypt(orjson.dumps(wanted), place))
        await wait_for_promises(service)
        assert await contracts(service) == [("CONFIRMED", 2)]
        assert await kinds(service) == ["confirmed", "confirmed", "offered"]


async def test_a_promise_that_is_refused_later_is_told_so(database_url: str, redis_url: str) -> None:
    async with open_acting_service(database_url, redis_url) as service:
        otieno = await a_late_yes(service)
        await otieno.sends_sms("NO")
        await wait_for_promises(service)
        assert await contracts(service) == [("CANCELLED", 2)]
        assert await kinds(service) == ["declined", "declined", "no_longer_open", "offered"]
        assert [text for text in await otieno.unread_sms() if "no longer open" in text]


async def test_it_is_not_wanted_again_when_the_session_is_lost(database_url: str, redis_url: str) -> None:
    """The provider repeats the hop, and nothing but the promise knows of it. On a busy machine the promise may have
    been taken up before it was postponed, and be kept by now."""
    async with open_acting_service(database_url, redis_url) as service:
        otieno = await a_late_yes(service)
        await service.redis.flushdb()
        said = (await otieno.hop()).text
        assert said == translate(LATER, "en") or await contracts(service) == [("CONFIRMED", 2)]
        assert await promises(service) == 1
