"""People who make offers over USSD, one deep dial and a PIN each; and a clock that a test moves."""

from datetime import UTC, datetime, timedelta

from tests.handset import Handset

PIN = "4826"


class MovedClock:
    """A clock that stands still until a test moves it."""

    def __init__(self, at: datetime = datetime(2026, 11, 2, 7, tzinfo=UTC)) -> None:  # 10 o'clock in Nairobi, a Monday
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def passes(self, **time: float) -> None:
        self.at += timedelta(**time)


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
