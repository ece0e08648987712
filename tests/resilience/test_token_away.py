"""The token that signs hangs: callers are answered, nothing is lost, health says so; and then it is back."""

import asyncio

import orjson

from gateway.services import SERVICES
from menus.refusal_texts import LATER
from menus.translate import translate
from storage.signing import is_signed
from storage.tokens.device_thread import DeviceThread
from storage.tokens.token_signer import TokenSigner
from tests.handset import Handset
from tests.resilience.lateness import wait_for_promises
from tests.resilience.people import AMINA, OTHER_PIN, OTIENO, PIN, offers, to_the_pin, with_pin
from tests.service import Service, open_service
from tests.storage.tokens.devices import Device


async def test_a_token_that_hangs_keeps_nobody_waiting_and_loses_nothing(database_url: str, redis_url: str) -> None:
    async with open_service(database_url, redis_url, hop_budget_ms=6000, database_timeout_seconds=60) as service:
        device, services = Device(), service.apps[0][SERVICES]
        signer = TokenSigner(device.open, DeviceThread("a test's device", 2.0))
        await services.evidence.save_key(signer.key_id, signer.public_key, services.now())
        services.signer = services.records.signer = signer
        await with_pin(service, AMINA)
        otieno = await with_pin(service, OTIENO, OTHER_PIN)
        by_ussd = await offers(service, AMINA, "0711222333", "maize", PIN)
        await to_the_pin(otieno)
        by_sms = await offers(service, AMINA, "0711222333", "beans", PIN)
        signed = await service.db.fetchval("SELECT count(*) FROM confirmations")

        device.answers.clear()
        assert (await otieno.types(OTHER_PIN)).text == translate(LATER, "en")
        assert await checked(service) == ("degraded", {"words": "away", "log": "signs"})
        assert await sms_hook(service, f"yes {by_sms}") == 503, "the provider is to send it again"
        assert await service.db.fetchval("SELECT count(*) FROM confirmations") == signed
        assert await answers_menus(otieno)

        device.answers.set()
        await wait_for_promises(service)
        assert await sms_hook(service, f"yes {by_sms}") == 200
        rows = await service.db.fetch(
            "SELECT c.reference, c.status, count(w.id) AS signed FROM contracts c"
            " JOIN confirmations w ON w.contract_id = c.id WHERE w.key_id = $1 GROUP BY c.id", signer.key_id,
        )  # fmt: skip
        assert sorted(tuple(row) for row in rows) == sorted(
            (reference, "CONFIRMED", 2) for reference in (by_ussd, by_sms)
        )
        await signer.probe()
        async with asyncio.timeout(20):  # health is asked once a second
            while (await checked(service))[1]["words"] != "signs":  # noqa: ASYNC110 - health tells nobody
                await asyncio.sleep(0.05)
        assert is_signed(b"agreed", await signer.sign_in_time(b"agreed"), signer.public_key)


async def checked(service: Service) -> tuple[str, dict[str, str]]:
    body = orjson.loads((await service.edge.request("GET", "/health")).body)
    return body["status"], body["checks"]["keys"]


async def sms_hook(service: Service, text: str) -> int:
    """Let Otieno's SMS arrive, the same one each time; return the HTTP status."""
    mo = {
        "from": OTIENO,
        "to": "22384",
        "text": text,
        "id": "mo-of-otieno",
        "date": "",
        "linkId": "",
        "networkCode": "63902",
    }
    return (await service.edge.hook("sms", mo)).status


async def answers_menus(phone: Handset) -> bool:
    return not (await phone.dial()).ends
