"""A person's phone as the service sees one: hops and MOs, given to its own handlers."""

import re
import secrets
from typing import Final

from contracts.contract import Contract
from contracts.fields.reference import references_in, spaced
from gateway.events import MoSms, UssdInput
from gateway.seeding.cooperative import SeedPerson, Trade
from gateway.seeding.providers import NETWORK, PROVIDER, SHORTCODE
from gateway.services import Services
from menus.translate import Text, t, translate

EXAMPLE_PIN: Final = "2719"  # of everybody in the examples who has one

_LANGUAGE_NAMES: Final = {"en": "English", "sw": "Kiswahili", "fr": "Francais"}
CONFIRM: Final = t("Confirm")
RECEIVED: Final = t("I received all of it")


class SeedPhones:
    """Calls and writes for people. `with_pin`: who has chosen a PIN by now."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self.with_pin: set[str] = set()

    async def writes(self, person: SeedPerson, text: str) -> None:
        """Send an SMS to the service."""
        now = self._services.now()
        await self._services.inbox.receive(
            MoSms(PROVIDER, secrets.token_hex(16), person.msisdn, person.msisdn, SHORTCODE, text, now, None, NETWORK)
        )

    async def chooses_language(self, person: SeedPerson) -> None:
        await self.writes(person, f"LANG {_LANGUAGE_NAMES[person.language]}")

    async def offers(self, trade: Trade, due: str) -> str | None:
        """Offer the trade to its buyer in one dial, as the seller, who confirms it by that. Return the reference that
        the last screen shows; None: the seller has another PIN by now, and nothing is made."""
        goods, buyer = trade.goods, trade.buyer.msisdn
        call = await self._calls(trade.seller)
        deeper = f"2*2*{buyer}*{goods.product}*{trade.quantity} {goods.unit}*{trade.total}*{trade.place}*{due}"
        await call.types(deeper)
        await call.types("1")
        screen = await self._signs(call)
        return next(iter(references_in(screen)), None) if screen else None

    async def answers(self, person: SeedPerson, contract: Contract, choice: Text) -> bool:
        """Dial, and choose this where the call opens with this contract. Return False, with nothing done, if it opens
        with something else, or the person has another PIN by now."""
        call = await self._calls(person)
        screen = await call.types("")
        key = re.search(rf"^([0-9]+)\. {re.escape(translate(choice, person.language))}", screen, re.MULTILINE)
        if key is None or _plain(spaced(contract.reference)) not in screen:
            return False
        await call.types(key[1])
        return await self._signs(call) is not None

    async def _calls(self, person: SeedPerson) -> "_Call":
        known = await self._services.records.caller(person.msisdn)
        return _Call(self._services, person, has_pin=bool(known and known.has_pin))

    async def _signs(self, call: "_Call") -> str | None:
        """Type the PIN; who has none chooses it, and types it twice. Return the last screen; None: it is wrong."""
        screen = await call.types(EXAMPLE_PIN)
        if not call.is_over and not call.has_pin:
            screen = await call.types(EXAMPLE_PIN)
        if not call.is_over:
            return None
        self.with_pin.add(call.person.msisdn)
        return screen


class _Call:
    """One USSD session. `has_pin`: the caller had one before it."""

    def __init__(self, services: Services, person: SeedPerson, *, has_pin: bool) -> None:
        self._services = services
        self._session_id = f"ATUid_{secrets.token_hex(16)}"
        self._typed: list[str] = []
        self.person = person
        self.has_pin = has_pin
        self.is_over = False

    async def types(self, answer: str) -> str:
        """Send one hop; "" is the dial itself. Return the screen."""
        if answer:
            self._typed.append(answer)
        reply = await self._services.hops.answer(
            UssdInput(
                PROVIDER, self._session_id, self.person.msisdn, self._services.settings.at_ussd_service_code, NETWORK,
                "*".join(self._typed),
            )
        )  # fmt: skip
        self.is_over = reply.ends
        return _plain(reply.text)


def _plain(text: str) -> str:
    return text.replace("\u00a0", " ")
