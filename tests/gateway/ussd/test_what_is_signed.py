"""What a confirmation by USSD says of how it was given: what was typed, the PIN, and the screens in English."""

from typing import Any

import orjson

from tests.resilience.people import AMINA, OTIENO
from tests.service import Service, open_service

PIN, OTHER_PIN = "4826", "5937"
_LISTS = ("texts", "typed", "english")


async def newest(service: Service, msisdn: str) -> dict[str, Any]:
    row = await service.db.fetchrow(
        "SELECT c.pin, c.format, c.messages, t.texts, t.typed, t.english FROM confirmations c"
        " JOIN confirmation_texts t ON t.confirmation_id = c.id JOIN phones f ON f.id = c.phone_id"
        " WHERE f.msisdn = $1 ORDER BY c.answered_at DESC LIMIT 1",
        msisdn,
    )
    assert row, "they have answered"
    return {name: orjson.loads(value) if name in _LISTS else value for name, value in row.items()}


async def test_a_confirmation_says_what_was_typed_on_each_screen(database_url: str, redis_url: str) -> None:
    async with open_service(database_url, redis_url) as service:
        amina, otieno = service.phone(AMINA), service.phone(OTIENO)
        await amina.dial()
        keys = ("2", "1", OTIENO, "maize", "50 bags", "3500", "Bungoma market", "25/12", "1")
        await amina.types(*keys, PIN, PIN)
        said = await newest(service, AMINA)
        assert (said["pin"], said["format"], said["messages"], said["english"]) == ("chosen", 2, [], [])
        assert said["typed"] == [*keys, "[PIN]", "[PIN]"] and len(said["texts"]) == len(said["typed"])
        assert said["texts"][-1].startswith("Type the same PIN again")

        await otieno.sends_sms("LUGHA Kiswahili")
        await otieno.dial()
        await otieno.types("1", OTHER_PIN, OTHER_PIN)
        assert (await newest(service, OTIENO))["pin"] == "chosen"
        await otieno.dial()  # the same contract, in another call
        await otieno.chooses("Mikataba")
        await otieno.types("1")
        await otieno.types("1234")  # a PIN, or anything, on a page that has no such key
        await otieno.chooses("Nimefikisha")
        await otieno.types("0000", OTHER_PIN)
        said = await newest(service, OTIENO)
        assert said["pin"] == "typed"
        assert said["typed"][-4:] == ["****", "1", "[PIN]", "[PIN]"]
        assert len(said["english"]) == len(said["texts"])
        told = dict(zip(said["texts"], said["english"], strict=True))
        assert [english for text, english in told.items() if "PIN" in text][-1] == "Enter your PIN"
        assert not any(PIN in str(value) or OTHER_PIN in str(value) for value in said.values())
        assert PIN not in str(await service.sessions())
