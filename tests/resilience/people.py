"""Who takes part in these tests, and what they do first."""

from typing import Any

from tests.handset import Handset, HandsetScreen
from tests.service import Service

AMINA, OTIENO, EVE = "+254712345678", "+254711222333", "+254733000111"
PIN, OTHER_PIN = "4826", "9164"
OFFER = ("2", "1", "0711222333", "maize", "50 bags", "3500", "Bungoma market", "25/12", "1")
ASKS_PIN = "Enter your PIN"
WRONG_PIN = "Wrong PIN. "
PIN_LOCKED = "PIN locked until "


async def with_pin(service: Service, msisdn: str, pin: str = PIN) -> Handset:
    """Their phone, once they have chosen a PIN in Settings."""
    phone = service.phone(msisdn)
    await phone.dial("5")
    await phone.types("2", pin)
    assert (await phone.types(pin)).text.startswith("Your PIN is set")
    return phone


async def offers(service: Service, msisdn: str, to: str, product: str, pin: str) -> str:
    """A contract of `product` is made by one (who has, or chooses, this PIN) and waits for the other: its reference."""
    phone = service.phone(msisdn)
    await phone.dial(f"2*1*{to}*{product}*50 bags*3500*Bungoma market*25/12")
    await phone.types("1")
    if not phone.screen.text.startswith(ASKS_PIN):
        await phone.types(pin)
    made = await phone.types(pin)
    assert "is made" in made.text, made.text
    return str(await service.db.fetchval("SELECT reference FROM contracts ORDER BY created_at DESC LIMIT 1"))


async def to_the_pin(phone: Handset) -> HandsetScreen:
    """Their oldest waiting contract, up to the PIN that confirms it."""
    await phone.dial("1")
    await phone.types("1")
    return await phone.chooses("Confirm")


async def contracts(service: Service) -> list[tuple[Any, ...]]:
    """Status and version of every contract, oldest first."""
    found = await service.db.fetch("SELECT status, version FROM contracts ORDER BY created_at")
    return [tuple(row) for row in found]
