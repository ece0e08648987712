"""What proves a person is theirs alone: whoever can write the table cannot give it to somebody else."""

import hmac
from datetime import timedelta

from argon2 import PasswordHasher

from gateway.ussd.effect import recovery_key
from storage.encryption import Encryptor
from tests.resilience.people import AMINA, EVE, OFFER, OTHER_PIN, PIN, WRONG_PIN, with_pin
from tests.service import Service, open_service

_MOVE_HASH = "UPDATE phones SET pin_hash = (SELECT pin_hash FROM phones WHERE msisdn = $2) WHERE msisdn = $1"
_MOVE_CODE = """UPDATE phones a SET recovery_key = e.recovery_key, recovery_until = e.recovery_until FROM phones e
    WHERE a.msisdn = $1 AND e.msisdn = $2"""
_CODE = "40718353"


async def test_a_hash_in_another_row_proves_nobody(database_url: str, redis_url: str) -> None:
    async with open_service(database_url, redis_url) as service:
        amina, eve = await with_pin(service, AMINA), await with_pin(service, EVE, OTHER_PIN)
        await service.db.execute(_MOVE_HASH, AMINA, EVE)
        for phone in (amina, eve):
            await phone.dial()
            await phone.types(*OFFER)
        assert (await amina.types(OTHER_PIN)).text.startswith(WRONG_PIN)
        assert "is made" in (await eve.types(OTHER_PIN)).text
        await _gives_code(service, EVE, is_bound=True)
        await service.db.execute(_MOVE_CODE, AMINA, EVE)
        for phone, is_right in ((amina, False), (eve, True)):
            await phone.dial("5*3*1")
            assert ("Choose a new PIN" in (await phone.types(_CODE)).text) is is_right


async def test_what_an_older_version_stored_holds_and_is_bound_when_it_is_used(
    database_url: str, redis_url: str
) -> None:
    async with open_service(database_url, redis_url) as service:
        amina = await with_pin(service, AMINA)
        await service.db.execute("UPDATE phones SET pin_hash = $1", _old_hash(service, PIN))
        await amina.dial()
        await amina.types(*OFFER)
        assert (await amina.types(OTHER_PIN)).text.startswith(WRONG_PIN)
        assert (await _hash_of(service)).startswith("$argon2id$")
        assert "is made" in (await amina.types(PIN)).text
        assert (await _hash_of(service)).startswith("person:")
        await amina.dial()
        assert "is made" in (await amina.types(*OFFER, PIN)).text
        await _gives_code(service, AMINA, is_bound=False)
        await amina.dial("5*3*1")
        assert "Choose a new PIN" in (await amina.types(_CODE)).text


def _old_hash(service: Service, pin: str) -> str:
    pepper = _encryptor(service).pin_pepper
    return PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(hmac.digest(pepper, pin.encode(), "sha256"))


def _encryptor(service: Service) -> Encryptor:
    return Encryptor(service.settings.secret_key.get_secret_value())


async def _gives_code(service: Service, msisdn: str, *, is_bound: bool) -> None:
    phone_id = await service.db.fetchval("SELECT id FROM phones WHERE msisdn = $1", msisdn)
    key = recovery_key(_encryptor(service), _CODE, phone_id if is_bound else None)
    await service.db.execute(
        "UPDATE phones SET recovery_key = $1, recovery_until = $3 WHERE msisdn = $2",
        key,
        msisdn,
        service.now() + timedelta(days=1),
    )


async def _hash_of(service: Service) -> str:
    return str(await service.db.fetchval("SELECT pin_hash FROM phones WHERE msisdn = $1", AMINA))
