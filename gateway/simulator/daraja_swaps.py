"""The simulated Daraja's Swap: when the SIM of a number was last changed, as `sim_cards.py` knows it."""

from collections.abc import Mapping
from datetime import UTC, timedelta
from typing import Any, Final
from uuid import uuid4

from aiohttp import web

from gateway.simulator import daraja_fields as fields
from gateway.simulator.daraja import DarajaSimulator
from gateway.simulator.daraja_faults import DarajaApi, DarajaFault
from gateway.simulator.daraja_fields import DarajaRefused
from gateway.simulator.sim_cards import SENTINEL, SimBody, SimCards, SwapMode, broken

_PATH: Final = "/imsi/v2/checkATI"
_EAT: Final = timedelta(hours=3)


class DarajaSwaps:
    def __init__(self, daraja: DarajaSimulator, cards: SimCards) -> None:
        self._daraja, self._cards = daraja, cards

    def add_routes(self, app: web.Application) -> None:
        app.router.add_post(_PATH, self._daraja.route(DarajaApi.SWAP, self.check))

    async def check(self, body: Mapping[str, Any], _fault: DarajaFault) -> dict[str, Any]:
        """Say at once when the SIM was last changed."""
        self._cards.count(_PATH)
        card = self._cards.card("+" + fields.text(body, "customerNumber", fields.PHONE))
        if status := await broken(card):
            raise DarajaRefused(status, f"{status}.003.02", "The service is under maintenance")
        said = {"requestRefID": uuid4().hex, "responseCode": "200", "responseDesc": "Success"}
        return said | _last_swap_date(card)


def _last_swap_date(card: SimBody) -> dict[str, str]:
    if card.mode is SwapMode.UNDATED:
        return {}
    if card.mode is SwapMode.UNREADABLE:
        return {"lastSwapDate": "more than one year"}
    if card.swapped_at is None:
        return {"lastSwapDate": f"{SENTINEL} 00:00"}
    return {"lastSwapDate": (card.swapped_at.astimezone(UTC) + _EAT).strftime("%d-%m-%Y %H:%M")}
