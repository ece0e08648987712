"""The control API of the simulated pawaPay: the prompts on the phones, purses, transfers, faults. JSON in, JSON out."""

import asyncio
from decimal import Decimal
from typing import Annotated, Any, Literal

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from gateway.simulator.control import LONGEST_WAIT_SECONDS, read_amount, read_body
from gateway.simulator.pawapay import PawaPaySimulator
from gateway.simulator.pawapay_book import BookedOrder
from gateway.simulator.pawapay_faults import PawaPayCallbackMode, PawaPayFault, PawaPayMode


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class PawaPayFaultBody(_Body):
    """`GET /control/pawapay/faults` shows the same fields."""

    mode: PawaPayMode = PawaPayMode.OK
    callback: PawaPayCallbackMode = PawaPayCallbackMode.USUAL
    times: Annotated[int, Field(ge=1)] | None = None
    seconds: Annotated[float, Field(ge=0, le=3600)] = 2.0
    code: Annotated[str, Field(pattern=r"^[A-Z_]{1,60}$")] = "UNSPECIFIED_FAILURE"
    has_receipt: bool = True


class EndBody(_Body):
    """What a person does with the prompt on their phone, or the network with a payout."""

    status: Literal["COMPLETED", "FAILED"]
    code: Annotated[str, Field(pattern=r"^[A-Z_]{1,60}$")] = "PAYMENT_NOT_APPROVED"


class PurseBody(_Body):
    """Sets what a phone (`msisdn`) or our wallet of a country (`country`: KEN) has."""

    msisdn: str | None = None
    country: str | None = None
    amount: Annotated[Decimal, Field(ge=0, max_digits=15, decimal_places=2)]


class PawaPayControl:
    """The routes under /control/pawapay."""

    def __init__(self, pawapay: PawaPaySimulator) -> None:
        self._pawapay, self._book = pawapay, pawapay.book

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get("/control/pawapay/prompts/{msisdn}", self.prompts)
        app.router.add_get("/control/pawapay/transfers", self.transfers)
        app.router.add_post("/control/pawapay/transfers/{id}", self.end)
        app.router.add_get("/control/pawapay/purses", self.purses)
        app.router.add_post("/control/pawapay/purses", self.set_purse)
        app.router.add_get("/control/pawapay/faults", self.show_fault)
        app.router.add_post("/control/pawapay/faults", self.set_fault)

    async def prompts(self, request: web.Request) -> web.Response:
        """Return the open prompts on a phone; `?wait=S` waits up to S seconds (at most 30) for one."""
        phone = request.match_info["msisdn"].strip(" +")
        wait = min(read_amount(request, "wait"), LONGEST_WAIT_SECONDS)
        try:
            async with asyncio.timeout(wait):
                while not (found := self._book.prompts(phone)) and wait:
                    await self._pawapay.arrival.wait()
        except TimeoutError:
            found = []
        return web.json_response([_shown(each) for each in found])

    async def transfers(self, request: web.Request) -> web.Response:
        """Return all transfers, oldest first; `?after=N` leaves out the first N."""
        after = int(read_amount(request, "after"))
        return web.json_response([_shown(each) for each in self._book.transfers.values() if each.n > after])

    async def end(self, request: web.Request) -> web.Response:
        """End an open transfer, and answer once its callback was taken, or after the last try. 404: there is none; 409:
        it has ended already."""
        transfer = self._book.transfers.get(request.match_info["id"])
        body = await read_body(request, EndBody)
        if transfer is None or not transfer.is_open:
            status = 404 if transfer is None else 409
            return web.json_response({"error": "no open transfer has this id"}, status=status)
        await self._pawapay.end(transfer, None if body.status == "COMPLETED" else body.code)
        return web.json_response(_shown(transfer))

    async def purses(self, _: web.Request) -> web.Response:
        """Return all money: our wallets by country, the phones', what is on the way; by currency the
        sum of them, and what was put into them from outside."""
        book = self._book
        money = {"wallets": book.wallets, "phones": book.phones, "on_the_way": book.on_the_way}
        money |= {"total": book.total(), "opened": book.opened}
        return web.json_response(
            {name: {key: str(amount) for key, amount in purses.items()} for name, purses in money.items()}
        )

    async def set_purse(self, request: web.Request) -> web.Response:
        """Put an amount into a purse, in place of what is in it."""
        body = await read_body(request, PurseBody)
        if body.msisdn is not None:
            self._book.set_purse(body.msisdn.lstrip("+"), body.amount)
        if body.country in self._book.wallets:
            self._book.set_wallet(body.country, body.amount)
        return await self.purses(request)

    async def show_fault(self, _: web.Request) -> web.Response:
        """Return the fault that is set."""
        return web.json_response(_fault_shown(self._pawapay.faults.current))

    async def set_fault(self, request: web.Request) -> web.Response:
        """Set a fault; `ok` ends it."""
        body = await read_body(request, PawaPayFaultBody)
        self._pawapay.faults.current = PawaPayFault(**body.model_dump())
        return await self.show_fault(request)


def _shown(transfer: BookedOrder) -> dict[str, Any]:
    return {
        "n": transfer.n,
        "id": transfer.id,
        "operation": transfer.operation,
        "msisdn": f"+{transfer.phone}",
        "amount": f"{transfer.amount:.2f}",
        "currency": transfer.currency,
        "message": transfer.message,
        "status": transfer.status,
        "code": transfer.code,
        "receipt": transfer.receipt,
        "created_at": transfer.created_at.isoformat(),
    }


def _fault_shown(fault: PawaPayFault) -> dict[str, Any]:
    return PawaPayFaultBody(
        mode=fault.mode, callback=fault.callback, times=fault.times, seconds=fault.seconds, code=fault.code,
        has_receipt=fault.has_receipt,
    ).model_dump(mode="json")  # fmt: skip
