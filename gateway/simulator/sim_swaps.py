"""Simulators of Africa's Talking Insights and CAMARA SIM Swap.

They know what `sim_cards.py` knows. So does Daraja's Swap, in `daraja_swaps.py`.
"""

import asyncio
import json
from base64 import b64decode
from binascii import Error
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final
from uuid import uuid4

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from gateway.simulator.control import read_body
from gateway.simulator.gateway_client import GatewayClient
from gateway.simulator.sim_cards import SENTINEL, SimBody, SimCards, SwapMode, broken

_JSON: Final = {"Content-Type": "application/json"}
_CAMARA: Final = "/sim-swap/v2"
_CAMARA_FAULTS: Final = {429: "TOO_MANY_REQUESTS", 503: "UNAVAILABLE"}


class InsightsQuestion(BaseModel):
    username: str
    phoneNumbers: list[str]  # noqa: N815 - theirs


class CamaraQuestion(BaseModel):
    model_config = ConfigDict(extra="forbid")

    phoneNumber: Annotated[str, Field(pattern=r"^\+[1-9][0-9]{4,14}$")]  # noqa: N815 - theirs
    maxAge: Annotated[int, Field(ge=1, le=2400)] = 240  # noqa: N815 - theirs


class InsightsSimulator:
    """`callback_seconds`: from a question until its answer is posted."""

    def __init__(self, cards: SimCards, gateway: GatewayClient, callback_seconds: float) -> None:
        self._cards, self._gateway, self._callback_seconds = cards, gateway, callback_seconds

    def add_routes(self, app: web.Application) -> None:
        app.router.add_post("/v1/sim-swap", self.check)

    async def check(self, request: web.Request) -> web.Response:
        """Take the question. Its answer is posted later."""
        self._cards.count(request.path)
        if not request.headers.get("apiKey", "").strip():
            raise web.HTTPUnauthorized(text="The supplied authentication is invalid")
        entries = []
        for number in (await read_body(request, InsightsQuestion)).phoneNumbers:
            card, request_id = self._cards.card(number), f"ATSwpid_{uuid4().hex}"
            if status := await broken(card):
                return web.Response(status=status, text="There was an internal server error.")
            entries.append(_queued(number, request_id))
            await self._plan_answer(card, request_id)
        cost = {"amount": 2.0 * len(entries), "currencyCode": "KES"}
        said = {"transactionId": str(uuid4()), "status": "Processed", "totalCost": cost, "responses": entries}
        return web.json_response(said)

    async def _plan_answer(self, card: SimBody, request_id: str) -> None:
        if card.mode is SwapMode.EARLY:
            await self._answer(card, request_id)
        elif card.mode is not SwapMode.SILENT:
            self._gateway.run_in_background(self._answer(card, request_id))

    async def _answer(self, card: SimBody, request_id: str) -> None:
        """Post the answer: without the number, which its id stands for."""
        if card.mode is not SwapMode.EARLY:
            await asyncio.sleep(self._callback_seconds)
        status, day = "Swapped" if card.swapped_at else "NotSwapped", SENTINEL
        if card.swapped_at and card.mode is not SwapMode.UNDATED:
            day = card.swapped_at.strftime("%d-%m-%Y")
        said = {"status": status, "lastSimSwapDate": day, "providerRefId": uuid4().hex}
        said |= {"requestId": request_id, "transactionId": str(uuid4())}
        if card.mode is SwapMode.UNREADABLE:
            said["status"] = "Failed"
        await self._post(said)
        if card.mode is SwapMode.TWICE:
            said |= {"status": "NotSwapped" if card.swapped_at else "Swapped", "lastSimSwapDate": SENTINEL}
            await self._post(said)

    async def _post(self, said: dict[str, str]) -> None:
        await self._gateway.deliver("number-checks", json.dumps(said).encode(), "africastalking", _JSON)


class CamaraSimulator:
    """An operator with CAMARA's API and an OAuth of its own. It takes every client but one with the id `stranger`."""

    def __init__(self, cards: SimCards) -> None:
        self._cards = cards
        self._tokens: set[str] = set()

    def add_routes(self, app: web.Application) -> None:
        app.router.add_post("/oauth2/token", self.token)
        app.router.add_post(f"{_CAMARA}/retrieve-date", self.retrieve_date)
        app.router.add_post(f"{_CAMARA}/check", self.check)

    def add_control(self, app: web.Application) -> None:
        app.router.add_delete("/control/camara-tokens", self.revoke_tokens)

    async def revoke_tokens(self, _: web.Request) -> web.Response:
        """Take no access token any more that was given out."""
        self._tokens.clear()
        return web.Response(status=204)

    async def token(self, request: web.Request) -> web.Response:
        """Give out an access token for the client's own credentials (two-legged)."""
        self._cards.count(request.path)
        if (await request.post()).get("grant_type") != "client_credentials":
            return web.json_response({"error": "unsupported_grant_type"}, status=400)
        if _client_id(request) in ("", "stranger"):
            return web.json_response({"error": "invalid_client"}, status=401)
        token = uuid4().hex
        self._tokens.add(token)
        return web.json_response({"access_token": token, "token_type": "Bearer", "expires_in": 3600})

    async def retrieve_date(self, request: web.Request) -> web.Response:
        card = await self._asked_about(request)
        if isinstance(card, web.Response):
            return card
        match card.mode:
            case SwapMode.DATE_REFUSED:
                return _camara_fault(403, "PERMISSION_DENIED")
            case SwapMode.UNDATED:
                return web.json_response({"latestSimChange": None})
            case SwapMode.UNREADABLE:
                return web.json_response({"latestSimChange": "2026-01-01 08:00"})
        if card.swapped_at is None:
            return web.json_response({"latestSimChange": None, "monitoredPeriod": card.monitored_days})
        nanoseconds = card.swapped_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f000Z")
        return web.json_response({"latestSimChange": nanoseconds})

    async def check(self, request: web.Request) -> web.Response:
        card = await self._asked_about(request)
        if isinstance(card, web.Response):
            return card
        hours = (await read_body(request, CamaraQuestion)).maxAge
        if hours > card.looks_back_hours:
            return _camara_fault(400, "OUT_OF_RANGE")
        since = (card.as_of or datetime.now(UTC)) - timedelta(hours=hours)
        return web.json_response({"swapped": card.swapped_at is not None and card.swapped_at >= since})

    async def _asked_about(self, request: web.Request) -> SimBody | web.Response:
        """Return what is known of the number in the question, or the answer that refuses it."""
        self._cards.count(request.path)
        if request.headers.get("Authorization", "").removeprefix("Bearer ") not in self._tokens:
            return _camara_fault(401, "UNAUTHENTICATED")
        card = self._cards.card((await read_body(request, CamaraQuestion)).phoneNumber)
        status = await broken(card)
        return _camara_fault(status, _CAMARA_FAULTS[status]) if status else card


def add_sim_cards(
    app: web.Application, gateway: GatewayClient, callback_seconds: float, *, has_control: bool
) -> SimCards:  # fmt: skip
    """Add the routes of both, and with `has_control` those that set what they know. Return what they know."""
    cards = SimCards()
    camara = CamaraSimulator(cards)
    InsightsSimulator(cards, gateway, callback_seconds).add_routes(app)
    camara.add_routes(app)
    if has_control:
        cards.add_routes(app)
        camara.add_control(app)
    return cards


def _camara_fault(status: int, code: str) -> web.Response:
    return web.json_response({"status": status, "code": code, "message": "See the code."}, status=status)


def _queued(number: str, request_id: str) -> dict[str, object]:
    phone = {"carrierName": "Safaricom", "countryCode": 254, "networkCode": "63902", "number": number}
    cost = {"amount": 2.0, "currencyCode": "KES"}
    return {"phoneNumber": phone | {"numberType": "Mobile"}, "status": "Queued", "requestId": request_id, "cost": cost}


def _client_id(request: web.Request) -> str:
    """Return who asks for a token; empty if nobody says."""
    try:
        return b64decode(request.headers.get("Authorization", "").removeprefix("Basic ")).decode().partition(":")[0]
    except (Error, UnicodeDecodeError):
        return ""
