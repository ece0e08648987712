"""People who make offers over USSD, one deep dial and a PIN each."""

from tests.handset import Handset

PIN = "4826"


async def chooses_pin(phone: Handset) -> None:
    """Choose a PIN in Settings."""
    await phone.dial()
    await phone.chooses("Settings")
    await phone.chooses("Choose a PIN")
    await phone.types(PIN, PIN)


async def goes_to_the_pin(phone: Handset, other: str) -> None:
    """Dial a whole offer to buy maize of `other`, up to the PIN that makes it."""
    await phone.dial(f"2*1*{other}*maize*50 bags*3500*Bungoma market*tomorrow")
    await phone.chooses("Confirm")
    assert "PIN" in phone.screen.text, phone.screen.text


async def offers_to(phone: Handset, other: str) -> str:
    """Make an offer; return the screen that ends the call."""
    await goes_to_the_pin(phone, other)
    screen = await phone.types(PIN)
    assert screen.ends, screen.text
    return screen.text
