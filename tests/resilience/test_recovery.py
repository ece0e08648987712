"""A forgotten PIN: a code given out in person, typed on the caller's own phone, once."""

import json
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from contracts.fields.msisdn import Msisdn
from gateway.commands.recover import _give_code
from gateway.commands.startup import StartError
from tests.clock import ServiceClock
from tests.handset import Handset, HandsetScreen
from tests.resilience.people import AMINA, EVE, OFFER, OTHER_PIN, OTIENO, PIN, PIN_LOCKED, WRONG_PIN, with_pin
from tests.service import Service, audit_of, open_service
from tests.serving import ROOT

WRONG_CODE = "Wrong code."


@pytest_asyncio.fixture
async def service(database_url: str, redis_url: str) -> AsyncIterator[Service]:
    async with open_service(database_url, redis_url) as running:
        yield running


async def code_for(service: Service, msisdn: str) -> str:
    return await _give_code(service.settings, Msisdn(msisdn), "command line: a test", service.now())


def wrong(code: str) -> str:
    """Another code."""
    return f"{(int(code) + 1) % 10**8:08}"


async def forgets(phone: Handset) -> HandsetScreen:
    """Up to the question for the code."""
    await phone.dial("5")
    assert "VoicePact office gives it to you" in (await phone.chooses("Forgot PIN")).text
    return await phone.chooses("I have the code")


async def offer(phone: Handset, pin: str) -> str:
    await phone.dial()
    return (await phone.types(*OFFER, pin)).text


async def test_a_new_pin_by_a_code(service: Service) -> None:
    amina = await with_pin(service, AMINA)
    code = await code_for(service, AMINA)
    assert "8-digit recovery code" in (await forgets(amina)).text
    assert (await amina.types(code)).text.startswith("Choose a new PIN")
    assert (await amina.types(OTHER_PIN)).text.startswith("Type the same PIN again")
    assert (await amina.types(OTHER_PIN)).text.startswith("Your PIN is set")
    assert (await offer(amina, PIN)).startswith(WRONG_PIN)
    assert "is made" in await offer(amina, OTHER_PIN)


async def test_a_code_may_be_typed_as_it_is_written_down(service: Service) -> None:
    amina = await with_pin(service, AMINA)
    code = await code_for(service, AMINA)
    await forgets(amina)
    assert (await amina.types(f"{code[:4]} {code[4:]}")).text.startswith("Choose a new PIN")


async def test_once(service: Service) -> None:
    amina = await with_pin(service, AMINA)
    code = await code_for(service, AMINA)
    await forgets(amina)
    await amina.types(code, OTHER_PIN, OTHER_PIN)
    await forgets(amina)
    assert (await amina.types(code)).text.startswith(WRONG_CODE)
    assert "is made" in await offer(amina, OTHER_PIN)


async def test_three_wrong_codes_void_it(service: Service) -> None:
    amina = await with_pin(service, AMINA)
    code = await code_for(service, AMINA)
    await forgets(amina)
    screens = [await amina.types(wrong(code)) for _ in range(3)]
    screens.append(await amina.types(code))
    (said,) = {screen.wire for screen in screens}
    assert WRONG_CODE.encode() in said, "the same screen, whatever it was that did not work"
    assert "is made" in await offer(amina, PIN)


async def test_the_right_one_at_the_third_try(service: Service) -> None:
    amina = await with_pin(service, AMINA)
    code = await code_for(service, AMINA)
    await forgets(amina)
    await amina.types(wrong(code), wrong(code))
    assert (await amina.types(code)).text.startswith("Choose a new PIN")


async def test_for_a_day(service: Service) -> None:
    amina = await with_pin(service, AMINA)
    code = await code_for(service, AMINA)
    until = await service.db.fetchval("SELECT recovery_until FROM phones WHERE msisdn = $1", AMINA)
    assert timedelta(hours=23, minutes=59) < until - service.now() <= timedelta(hours=24)
    await service.db.execute("UPDATE phones SET recovery_until = $2 WHERE msisdn = $1", AMINA, service.now())
    await forgets(amina)
    assert (await amina.types(code)).text.startswith(WRONG_CODE)


async def test_on_no_other_phone(service: Service) -> None:
    amina, eve = await with_pin(service, AMINA), await with_pin(service, EVE, OTHER_PIN)
    code = await code_for(service, AMINA)
    await forgets(eve)
    assert (await eve.types(code)).text.startswith(WRONG_CODE)
    await forgets(amina)
    assert (await amina.types(code)).text.startswith("Choose a new PIN"), "and that was no try of hers"


async def test_a_new_code_voids_the_last(service: Service) -> None:
    amina = await with_pin(service, AMINA)
    first, second = await code_for(service, AMINA), await code_for(service, AMINA)
    await forgets(amina)
    assert (await amina.types(first)).text.startswith(WRONG_CODE)
    assert (await amina.types(second)).text.startswith("Choose a new PIN")


async def test_a_code_that_nobody_used_changes_nothing(service: Service) -> None:
    amina = await with_pin(service, AMINA)
    await code_for(service, AMINA)
    assert "is made" in await offer(amina, PIN)


async def test_a_locked_pin_is_unlocked(service: Service) -> None:
    amina = await with_pin(service, AMINA)
    await amina.dial()
    await amina.types(*OFFER, "9999", "9998", "9997")
    assert (await amina.types(PIN)).text.startswith(PIN_LOCKED)
    code = await code_for(service, AMINA)
    await forgets(amina)
    await amina.types(code, OTHER_PIN, OTHER_PIN)
    assert "is made" in await offer(amina, OTHER_PIN)


async def test_the_code_and_the_pins_are_nowhere(service: Service) -> None:
    amina = await with_pin(service, AMINA)
    code = await code_for(service, AMINA)
    await forgets(amina)
    await amina.types(wrong(code), code, OTHER_PIN, OTHER_PIN)
    kept = json.dumps(await service.rows(), default=str) + repr(await service.sessions()) + service.logged()
    for secret in (code, wrong(code)):
        assert secret not in kept
        assert f"{secret[:4]} {secret[4:]}" not in kept


async def test_the_phone_is_told_but_not_the_code(service: Service) -> None:
    amina = await with_pin(service, AMINA)
    code = await code_for(service, AMINA)
    told = await amina.next_sms(wait=10)  # the command does not stay to wake the outbox, which looks every 5 s
    assert told and "was given out" in told
    assert not re.search(r"[0-9]{4}", told), told
    assert code not in told


async def test_it_is_audited(service: Service) -> None:
    amina = await with_pin(service, AMINA)
    code = await code_for(service, AMINA)
    await forgets(amina)
    await amina.types(code, OTHER_PIN, OTHER_PIN)
    person = await service.db.fetchval("SELECT id FROM phones WHERE msisdn = $1", AMINA)
    assert [(channel, action) for _, channel, action in await audit_of(service.db, person)] == [
        ("ussd", "pin.proposed"),
        ("ussd", "pin.proved"),
        ("api", "pin.recovery_given"),
        ("ussd", "pin.recovered"),
        ("ussd", "pin.proposed"),
        ("ussd", "pin.proved"),
    ]


@pytest.mark.parametrize("known", [True, False], ids=["without a PIN", "unknown"])
async def test_no_code_where_there_is_no_pin(service: Service, known: bool) -> None:
    if known:
        await service.phone(OTIENO).dial("5")
        await offer(service.phone(AMINA), PIN)
    with pytest.raises(StartError, match="no PIN to recover"):
        await code_for(service, OTIENO)


async def test_the_command(database_url: str, redis_url: str, tmp_path: Path) -> None:
    """As somebody in the office types it: the code is on the terminal, and it is what the phone takes."""
    clock_of_the_command = ServiceClock(datetime.now(UTC))
    async with open_service(database_url, redis_url, now=clock_of_the_command) as service:
        amina = await with_pin(service, AMINA)
        code = recover("0712345678", service, tmp_path)
        await forgets(amina)
        assert (await amina.types(code)).text.startswith("Choose a new PIN")


def recover(number: str, service: Service, folder: Path) -> str:
    """The code that the command prints. It is a process of its own, and reads the machine's clock."""
    env = {
        "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "ENVIRONMENT": "testing",
        "DATABASE_URL": service.settings.database_url or "",
        "SECRET_KEY": service.settings.secret_key.get_secret_value(),
    }  # fmt: skip
    ran = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "gateway", "recover", number, "--data-dir", str(folder / "data")],
        env=env, cwd=folder, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    found = re.search(r"([0-9]{4}) ([0-9]{4}) ", ran.stdout + ran.stderr)
    assert found
    return found[1] + found[2]
