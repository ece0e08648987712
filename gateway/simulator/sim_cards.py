"""What the simulator knows of SIM cards: when the SIM of a number was changed, and how questions about it are
answered."""

import asyncio
from enum import StrEnum
from typing import Annotated, Final

from aiohttp import web
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from gateway.simulator.control import read_body

SENTINEL: Final = "01-01-1900"  # a date that is none


class SwapMode(StrEnum):
    """How questions about a number are answered."""

    OK = "ok"
    UNDATED = "undated"  # it is known whether, and not when: no date, a null or the sentinel
    UNREADABLE = "unreadable"  # a date and a word that nobody can read
    THROTTLE = "throttle"  # 429
    UNAVAILABLE = "unavailable"  # 503
    SLOW = "slow"  # answered after `seconds`
    DATE_REFUSED = "date_refused"  # CAMARA: our account may call /check, and not /retrieve-date
    SILENT = "silent"  # Africa's Talking takes the question, and never calls back
    EARLY = "early"  # Africa's Talking calls back before it answers the question
    TWICE = "twice"  # Africa's Talking calls back twice, with the opposite at last


class SimBody(BaseModel):
    """What is known of a number. `monitored_days`, `looks_back_hours`: of CAMARA. `as_of`: the simulator's time now."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    msisdn: str
    mode: SwapMode = SwapMode.OK
    swapped_at: AwareDatetime | None = None
    monitored_days: int | None = 90
    looks_back_hours: Annotated[int, Field(ge=1)] = 2400
    seconds: Annotated[float, Field(ge=0, le=600)] = 5.0
    as_of: AwareDatetime | None = None


class SimCards:
    """SIM cards by number, and how often each path was asked. Of a number that was never set, no SIM was changed."""

    def __init__(self) -> None:
        self._cards: dict[str, SimBody] = {}
        self.calls: dict[str, int] = {}

    def add_routes(self, app: web.Application) -> None:
        app.router.add_post("/control/sim-swaps", self.set_card)
        app.router.add_get("/control/sim-swaps", self.show_calls)

    async def set_card(self, request: web.Request) -> web.Response:
        """Set what is known of a number."""
        body = await read_body(request, SimBody)
        self._cards[body.msisdn] = body
        return web.json_response(body.model_dump(mode="json"))

    async def show_calls(self, _: web.Request) -> web.Response:
        return web.json_response(self.calls)

    def count(self, path: str) -> None:
        self.calls[path] = self.calls.get(path, 0) + 1

    def card(self, msisdn: str) -> SimBody:
        return self._cards.get(msisdn) or SimBody(msisdn=msisdn)


async def broken(card: SimBody) -> int | None:
    """Return the HTTP status with which a question about this number fails, after the time that its answer takes."""
    if card.mode is SwapMode.SLOW:
        await asyncio.sleep(card.seconds)
    return {SwapMode.THROTTLE: 429, SwapMode.UNAVAILABLE: 503}.get(card.mode)
