"""Amina sells and Otieno buys, and the money waits with the service: what both do on their phones."""

import asyncio
from dataclasses import dataclass
from typing import Any

from tests.gateway.payments.mobile_money import MobileMoney
from tests.gateway.two_contracts import AMINA, OTIENO, call_rest
from tests.handset import Handset
from tests.service import Service

WITHIN_SECONDS = 60


@dataclass
class Trade:
    """Amina sells, Otieno buys. `reference`: of their contract, for KES 3,500, of which the service keeps 35."""

    service: Service
    money: MobileMoney
    amina: Handset
    otieno: Handset
    reference: str = ""

    async def offer(self, shillings: int = 3500, quantity: str = "50 bags") -> None:
        made = await call_rest(self.service, "/v1/contracts", {
            "parties": [{"msisdn": AMINA, "role": "seller"}, {"msisdn": OTIENO, "role": "buyer"}],
            "terms": {"product": "maize", "quantity": quantity, "total_amount": shillings, "currency": "KES",
                      "delivery_place": "Bungoma market", "delivery_date": "2026-12-25", "payment": "escrow"},
        })  # fmt: skip
        self.reference = made["reference"]

    async def agree(self) -> None:
        await self.offer()
        for phone in (self.amina, self.otieno):
            await phone.sends_sms(f"YES {self.reference}")

    async def hears(self, phone: Handset, wanted: str) -> str:
        """Return the first SMS to this phone that has `wanted` in it."""
        async with asyncio.timeout(WITHIN_SECONDS):
            while (text := await phone.next_sms(wait=WITHIN_SECONDS)) is None or wanted not in text:
                pass
        return text

    async def payment(self) -> dict[str, Any]:
        found: dict[str, Any] = await call_rest(self.service, f"/v1/payments/{self.reference}")
        return found

    async def paid_minor(self, minor: int) -> dict[str, Any]:
        """Return the payment once the rail has moved this much to the seller."""
        async with asyncio.timeout(WITHIN_SECONDS):
            while (payment := await self.payment())["paid_minor"] != minor:  # noqa: ASYNC110 - HTTP tells nobody
                await asyncio.sleep(0.05)
        return payment


def trade_of(service: Service, money: MobileMoney) -> Trade:
    return Trade(service, money, service.phone(AMINA), service.phone(OTIENO))
