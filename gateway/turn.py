"""What one hop comes to, what hops are answered by, and the small questions on the way: data and pure functions."""

import asyncio
from zoneinfo import ZoneInfo

from contracts.contract import Refusal
from contracts.effects import Effect
from contracts.fields.money import Currency
from contracts.rules.plan import Plan
from contracts.rules.waiting import WaitingPeriods
from gateway.events import UssdReply
from gateway.ussd.context import Heard
from gateway.ussd.conversation import Conversation
from menus.paging import Budget
from menus.screen import Place
from menus.session import Session
from storage.encryption import Sealer
from storage.record_rows import Hop
from values.frozen import Frozen, Hidden

_BEHIND_A_PIN = "pin.new"  # where only a PIN, or a recovery code, leads
_TO_ACT = 0.8  # of a hop's time; the rest is kept back, to write down a promise in


class UssdOptions(Frozen):
    """`budgets`: what a screen may have, by network code, "" for the others; the provider's prefix is counted in it."""

    service_code: str
    country: str
    currency: Currency
    language: str
    zone: ZoneInfo
    budgets: dict[str, Budget]
    hop_seconds: float
    waiting_periods: WaitingPeriods


class Turn(Frozen):
    """What one hop came to. `acted` names the effect it had; then `reply` stands, whatever becomes of the session."""

    conversation: Hidden[Conversation]
    reply: UssdReply
    acted: str | None = None


def recovery_key(sealer: Sealer, code: str) -> bytes:
    """What is kept of a recovery code: digits only, so that a space in the middle does no harm."""
    return sealer.key("recovery", "".join(letter for letter in code if letter.isdecimal()))


def way_back(cut: Session) -> tuple[Place, ...]:
    """The trail to where a call was cut; none to where only a PIN leads, because the next caller has not typed it."""
    trail = cut.trail
    while trail[-1].name == "resume":
        trail = trail[:-1]
    return () if any(place.name == _BEHIND_A_PIN for place in trail) else trail


def act_until(hop_seconds: float) -> float:
    """When, by the loop's clock, an effect that begins now is late."""
    return asyncio.get_running_loop().time() + hop_seconds * _TO_ACT


def resumed_place(heard: Heard) -> str:
    return f"resumed:{heard.said.provider}:{heard.said.session_id}:{heard.caller_key.hex()}"


def place_of(hop: Hop) -> str:
    return f"acted:{hop.provider}:{hop.session_id}:{hop.key.hex()}"


def name_of(effect: Effect, decided: Plan | Refusal) -> str:
    return f"{type(effect).__name__}: {decided.value}" if isinstance(decided, Refusal) else type(effect).__name__
