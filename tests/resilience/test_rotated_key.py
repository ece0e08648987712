"""SECRET_KEY is changed while people use the service: nobody notices, and nothing happens twice."""

from typing import Any

import pytest

from contracts.fields.msisdn import Msisdn
from contracts.pin_hash import prefix_of
from gateway.commands.recover import _give_code
from storage.encryption import Encryptor
from storage.pin_labels import count_pins
from tests.handset import Handset
from tests.resilience.people import AMINA, EVE, OFFER, OTHER_PIN, PIN, WRONG_PIN, contracts, with_pin
from tests.service import Service, open_service

OLD: dict[str, Any] = {"secret_key": "the key of last year"}
NEW: dict[str, Any] = {"secret_key": "the key of today"}
BOTH = NEW | {"secret_key_old": OLD["secret_key"]}


def moved(phone: Handset, service: Service) -> Handset:
    """The phone in the midst of its call, which reaches another process now."""
    phone.edge = service.edge
    return phone


async def hash_of(service: Service, msisdn: str) -> str:
    return str(await service.db.fetchval("SELECT pin_hash FROM phones WHERE msisdn = $1", msisdn))


async def test_a_call_goes_on_and_its_pin_is_hashed_anew(database_url: str, redis_url: str) -> None:
    async with open_service(database_url, redis_url, **OLD) as service:
        amina = await with_pin(service, AMINA)
        await with_pin(service, EVE, OTHER_PIN)
        await amina.dial()
        await amina.types(*OFFER)
    prefix = prefix_of(Encryptor(NEW["secret_key"]).pin_pepper)
    async with open_service(database_url, redis_url, **BOTH) as service:
        assert await count_pins(database_url, prefix) == (2, 2)
        assert (await moved(amina, service).types(OTHER_PIN)).text.startswith(WRONG_PIN)
        assert not (await hash_of(service, AMINA)).startswith(prefix)
        assert "is made" in (await amina.types(PIN)).text
        assert (await hash_of(service, AMINA)).startswith(prefix)
        assert await count_pins(database_url, prefix) == (2, 1)
    async with open_service(database_url, redis_url, **NEW) as service:
        for phone, pin, is_right in ((amina, PIN, True), (Handset(service.edge, EVE), OTHER_PIN, False)):
            await moved(phone, service).dial()
            assert ("is made" in (await phone.types(*OFFER, pin)).text) is is_right


@pytest.mark.parametrize("is_lost", [False, True], ids=["session kept", "session lost"])
@pytest.mark.parametrize(
    "dialled", ["", "2*1*0711222333*maize*50 bags*3500*Bungoma market*25/12"], ids=["call", "deep"]
)
async def test_a_repeat_right_after_the_change_does_not_act_twice(
    database_url: str, redis_url: str, is_lost: bool, dialled: str
) -> None:
    async with open_service(database_url, redis_url, **OLD) as service:
        amina = await with_pin(service, AMINA)
        await amina.dial(dialled)
        made = await amina.types(*(OFFER[-1:] if dialled else OFFER), PIN)
        assert "is made" in made.text
        if is_lost:
            await service.redis.flushdb()
    async with open_service(database_url, redis_url, **BOTH) as service:
        assert await moved(amina, service).hop() == made
        assert len(await contracts(service)) == 1
        await service.redis.flushdb()
        assert await amina.hop() == made
        assert len(await contracts(service)) == 1


async def test_a_session_stays_the_callers_own(database_url: str, redis_url: str) -> None:
    async with open_service(database_url, redis_url, **OLD) as service:
        amina = service.phone(AMINA)
        await amina.dial()
    async with open_service(database_url, redis_url, **BOTH) as service:
        form = amina.hop_form("2") | {"phoneNumber": EVE}
        assert (await service.edge.hook("ussd", form)).status == 403
        assert "buyer or the seller" in (await moved(amina, service).types("2")).text


async def test_a_call_that_opened_with_what_waits_is_rebuilt(database_url: str, redis_url: str) -> None:
    async with open_service(database_url, redis_url, **OLD) as service:
        amina = await with_pin(service, AMINA)
        await amina.dial()
        await amina.types(*OFFER, PIN)
        otieno = service.phone("+254711222333")
        opened = await otieno.dial()
        assert "maize" in opened.text
        shown = await otieno.types("3")
        await service.redis.flushdb()
    async with open_service(database_url, redis_url, **BOTH) as service:
        assert (await moved(otieno, service).hop()).text == shown.text


async def test_a_code_that_was_given_before_is_right(database_url: str, redis_url: str) -> None:
    async with open_service(database_url, redis_url, **OLD) as service:
        await with_pin(service, AMINA)
        code = await _give_code(service.settings, Msisdn(AMINA), "command line: a test", service.now())
    async with open_service(database_url, redis_url, **BOTH) as service:
        amina = service.phone(AMINA)
        await amina.dial("5*3*1")
        assert "Choose a new PIN" in (await amina.types(code)).text
