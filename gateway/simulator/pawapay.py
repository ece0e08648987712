"""A simulator of pawaPay's Merchant API v2: deposits, payouts and refunds with purses behind them, signed callbacks.

A test number of pawaPay's decides what becomes of its transfers. Other phones pay after a moment, or with
`prompts_wait` when the control API says so: then they are handsets with a prompt on them.
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, Literal

import orjson
from aiohttp import web

from gateway.simulator.faults import dropped
from gateway.simulator.gateway_client import GatewayClient
from gateway.simulator.pawapay_book import ID_FIELDS, BookedOrder, PawaPayBook, is_deposit
from gateway.simulator.pawapay_callbacks import PawaPayCallbacks
from gateway.simulator.pawapay_faults import PawaPayCallbackMode, PawaPayFault, PawaPayFaults, PawaPayMode
from gateway.simulator.pawapay_networks import (
    CURRENCIES,
    LEAST,
    MOST,
    NETWORKS,
    SimulatedNetwork,
    failure_of,
    is_test_number,
    network_of,
    stays_open,
)
from gateway.simulator.pawapay_orders import PawaPayRefused, read_order, reason
from values.frozen import Frozen, Hidden

_NOT_TAKEN: Final = frozenset({PawaPayMode.ERROR, PawaPayMode.DROP, PawaPayMode.THROTTLE, PawaPayMode.UNAVAILABLE})
_DROPS: Final = frozenset({PawaPayMode.DROP, PawaPayMode.DROP_BUT_TAKEN, PawaPayMode.HIDDEN})


def _now() -> datetime:
    return datetime.now(UTC)


class PawaPayDoubleSettings(Frozen):
    """The account, by its token. `signs`: the form of the signature on callbacks. `public_url`: the address that
    pawaPay knows and signs, if the gateway listens elsewhere. `ends_after_seconds`: from an order to its end.
    `prompts_wait`: phones pay when the control API says so; who does not answer for `prompt_seconds` has not approved.
    `wallet` and `purse`: what each of our wallets, and each phone, begins with. A callback is repeated up to `tries`
    times, first after `retry_seconds`, then each time after twice as long. `clock`: the time that is signed."""

    token: Hidden[str]
    signs: Literal["der", "raw", "no"] = "der"
    public_url: str | None = None
    ends_after_seconds: float = 0.2
    prompts_wait: bool = False
    prompt_seconds: float = 60.0
    wallet: Decimal = Decimal(1_000_000)
    purse: Decimal = Decimal(500_000)
    retry_seconds: float = 0.2
    tries: int = 8
    clock: Callable[[], datetime] = _now


class PawaPaySimulator:
    """The routes of pawaPay. `book` and `faults` are the control API's, too."""

    def __init__(self, settings: PawaPayDoubleSettings, gateway: GatewayClient) -> None:
        self.settings, self._gateway = settings, gateway
        self.book = PawaPayBook(settings.wallet, settings.purse)
        self.faults = PawaPayFaults()
        self.arrival = asyncio.Event()  # set, and replaced, at each new order
        self._plans: dict[str, PawaPayFault] = {}
        self._callbacks = PawaPayCallbacks(
            gateway, settings.clock, settings.signs, settings.public_url, settings.retry_seconds, settings.tries
        )

    def add_routes(self, app: web.Application) -> None:
        for operation in ID_FIELDS:
            app.router.add_post(f"/v2/{operation}", self._initiate)
            app.router.add_get(f"/v2/{operation}/{{id}}", self._show)
            app.router.add_post(f"/v2/{operation}/resend-callback/{{id}}", self._resend)
        app.router.add_post("/v2/predict-provider", self._predict)
        app.router.add_get("/v2/active-conf", self._active_conf)
        app.router.add_get("/v2/wallet-balances", self._balances)
        app.router.add_get("/v2/public-key/http", self._public_keys)

    async def end(self, transfer: BookedOrder, code: str | None) -> None:
        """End an open transfer, and post its callback: with a code it fails, without one it is paid."""
        plan = self._plans.get(transfer.id, PawaPayFault())
        if transfer.is_open:
            self.book.end(transfer, code, has_receipt=plan.has_receipt)
            if plan.callback is not PawaPayCallbackMode.NONE:
                await self._callbacks.tell(transfer, plan.callback)

    async def _initiate(self, request: web.Request) -> web.Response:
        """Take an order, or do what the fault that is set says."""
        self._check_token(request)
        operation = request.path.rpartition("/")[2]
        order = _json(await request.read())
        known = self.book.transfers.get(str(order.get(ID_FIELDS[operation])))
        if known is not None:
            return self._reply(known, "DUPLICATE_IGNORED")
        try:
            transfer = read_order(self.book, self.settings.clock(), operation, order)
        except PawaPayRefused as refused:
            return _refused(refused, operation, order)
        fault = self.faults.take()
        if fault.mode not in _NOT_TAKEN:
            await self._take(transfer, fault)
        if fault.mode in _DROPS:
            return dropped(request)
        if fault.mode in (PawaPayMode.ERROR, PawaPayMode.ERROR_BUT_TAKEN):
            return web.json_response({"failureReason": reason("UNKNOWN_ERROR")}, status=500)
        if fault.mode is PawaPayMode.THROTTLE:
            return web.json_response({}, status=429, headers={"Retry-After": "1"})
        if fault.mode is PawaPayMode.UNAVAILABLE:
            return _refused(PawaPayRefused("PROVIDER_TEMPORARILY_UNAVAILABLE"), operation, order)
        return self._reply(transfer, "ACCEPTED")

    async def _take(self, transfer: BookedOrder, fault: PawaPayFault) -> None:
        if fault.mode is PawaPayMode.HIDDEN:
            transfer.hidden_until = self.settings.clock() + timedelta(seconds=fault.seconds)
        is_busy = is_deposit(transfer) and bool(self.book.prompts(transfer.phone))
        self.book.add(transfer)
        self._plans[transfer.id] = fault
        arrival, self.arrival = self.arrival, asyncio.Event()
        arrival.set()
        ending = self._run(transfer, fault, is_busy=is_busy)
        if fault.callback is PawaPayCallbackMode.EARLY:
            await ending
        else:
            self._gateway.run_in_background(ending)

    async def _run(self, transfer: BookedOrder, fault: PawaPayFault, *, is_busy: bool) -> None:
        """Carry an order out, as far as it does not wait for somebody."""
        await asyncio.sleep(0 if fault.callback is PawaPayCallbackMode.EARLY else self.settings.ends_after_seconds)
        if fault.mode is PawaPayMode.FAIL:
            await self.end(transfer, fault.code)
        elif fault.mode is PawaPayMode.OPEN or stays_open(transfer.phone):
            return
        elif is_busy:
            await self.end(transfer, "PAYMENT_IN_PROGRESS")
        elif self.settings.prompts_wait and is_deposit(transfer) and not is_test_number(transfer.phone):
            await asyncio.sleep(self.settings.prompt_seconds)
            await self.end(transfer, "PAYMENT_NOT_APPROVED")
        else:
            await self.end(transfer, failure_of(transfer.phone, transfer.operation))

    async def _show(self, request: web.Request) -> web.Response:
        """Answer a question: the outer status says whether the transfer is known, `data.status` what became of it."""
        self._check_token(request)
        transfer = self._known(request)
        if transfer is None:
            return web.json_response({"status": "NOT_FOUND"})
        return web.json_response({"status": "FOUND", "data": transfer.to_json()})

    async def _resend(self, request: web.Request) -> web.Response:
        """Post the callback of a transfer that has ended once more."""
        self._check_token(request)
        transfer, id_field = self._known(request), ID_FIELDS[request.path.split("/")[2]]
        reply: dict[str, Any] = {id_field: request.match_info["id"], "status": "ACCEPTED"}
        if transfer is None or transfer.is_open:
            code = "NOT_FOUND" if transfer is None else "INVALID_STATE"
            return web.json_response(reply | {"status": "REJECTED", "failureReason": reason(code)})
        self._gateway.run_in_background(self._callbacks.tell(transfer))
        return web.json_response(reply)

    async def _predict(self, request: web.Request) -> web.Response:
        self._check_token(request)
        phone = str(_json(await request.read()).get("phoneNumber", "")).lstrip("+")
        network = network_of(phone)
        if network is None:
            return web.json_response({"failureReason": reason("INVALID_PHONE_NUMBER")}, status=400)
        return web.json_response({"country": network.country, "provider": network.provider, "phoneNumber": phone})

    async def _active_conf(self, request: web.Request) -> web.Response:
        """Answer what each network of a country, or of all, allows."""
        self._check_token(request)
        only = request.query.get("country")
        countries: dict[str, list[dict[str, Any]]] = {}
        for network in NETWORKS:
            if only in (None, network.country):
                countries.setdefault(network.country, []).append(_conf_of(network))
        listed = [{"country": country, "providers": providers} for country, providers in countries.items()]
        return web.json_response({"companyName": "Simulator", "countries": listed})

    async def _balances(self, request: web.Request) -> web.Response:
        self._check_token(request)
        wallets = [
            {"country": country, "balance": f"{amount:.2f}", "currency": CURRENCIES[country], "provider": ""}
            for country, amount in self.book.wallets.items()
        ]
        return web.json_response({"balances": wallets})

    async def _public_keys(self, request: web.Request) -> web.Response:
        self._check_token(request)
        return web.json_response(self._callbacks.public_keys())

    def _known(self, request: web.Request) -> BookedOrder | None:
        """Return the transfer that is asked about, unless it is of another kind, or hidden for now."""
        transfer = self.book.transfers.get(request.match_info["id"])
        if transfer is None or transfer.operation != request.path.split("/")[2]:
            return None
        is_hidden = transfer.hidden_until is not None and self.settings.clock() < transfer.hidden_until
        return None if is_hidden else transfer

    def _reply(self, transfer: BookedOrder, status: str) -> web.Response:
        created = f"{transfer.created_at:%Y-%m-%dT%H:%M:%SZ}"
        return web.json_response({ID_FIELDS[transfer.operation]: transfer.id, "status": status, "created": created})

    def _check_token(self, request: web.Request) -> None:
        given = request.headers.get("Authorization")
        if given != f"Bearer {self.settings.token}":
            code = "AUTHENTICATION_ERROR" if given else "NO_AUTHENTICATION"
            wrong = web.HTTPForbidden if given else web.HTTPUnauthorized
            text = orjson.dumps({"failureReason": reason(code)}).decode()
            raise wrong(text=text, content_type="application/json")


def _refused(refused: PawaPayRefused, operation: str, order: Mapping[str, Any]) -> web.Response:
    why = {"failureReason": reason(refused.code)}
    if not refused.is_answered:
        return web.json_response(why, status=400)
    id_field = ID_FIELDS[operation]
    return web.json_response({id_field: order.get(id_field), "status": "REJECTED"} | why)


def _conf_of(network: SimulatedNetwork) -> dict[str, Any]:
    allowed = {"authType": "PROVIDER_AUTH", "pinPrompt": "AUTOMATIC", "minAmount": str(LEAST), "maxAmount": str(MOST)}
    allowed |= {"decimalsInAmount": "TWO_PLACES" if network.has_decimals else "NONE", "status": "OPERATIONAL"}
    operations = dict.fromkeys(("DEPOSIT", "PAYOUT", "REFUND"), allowed)
    operations["PAYOUT"] = allowed | {"minAmount": str(network.least_payout)}
    return {
        "provider": network.provider,
        "currencies": [{"currency": network.currency, "operationTypes": operations}],
    }


def _json(body: bytes) -> dict[str, Any]:
    try:
        order = orjson.loads(body)
    except ValueError:
        return {}
    return order if isinstance(order, dict) else {}
