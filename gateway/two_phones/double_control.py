"""The simulator's control API as the page needs it beyond what a handset needs: the wire, its trouble, purses."""

from typing import Any

import aiohttp

from contracts.fields.msisdn import Msisdn
from gateway.phone.service_link import PaymentPrompt
from gateway.simulator.control import KEY_HEADER
from values.frozen import Frozen, Hidden


class SeenCallback(Frozen):
    """A callback that the simulator posted to the service. See `PostedCallback`."""

    n: int
    at: str
    hook: str
    status: int
    took_ms: int
    msisdn: Hidden[str | None]
    repeats: bool
    is_same: bool
    is_forged: bool


class PaidOut(Frozen):
    """Money that the simulated M-Pesa has moved to a phone."""

    receipt: str
    payee: Hidden[str]
    amount: str


class DoubleControl:
    """Each method raises what aiohttp raises."""

    def __init__(self, http: aiohttp.ClientSession, url: str, key: str) -> None:
        self._http, self._url, self._headers = http, url.rstrip("/"), {KEY_HEADER: key}

    async def wire(self, after: int, wait_seconds: float) -> list[SeenCallback]:
        """Return what was posted after the `after`th; wait up to `wait_seconds` for it."""
        return [SeenCallback(**each) for each in await self._get(f"wire?after={after}&wait={wait_seconds:g}")]

    async def trouble(self, *, repeats: bool, delay_seconds: float) -> None:
        await self._post("trouble", {"repeats": repeats, "delay_seconds": delay_seconds})

    async def forge(self, msisdn: Msisdn, prompt: PaymentPrompt | None) -> int:
        """Say, as a stranger, that this request to pay is paid; without one, that a made-up one is. Return the HTTP
        status that the stranger gets; 0: nobody answered."""
        amount = float(prompt.amount.split()[-1]) if prompt else 1000.0
        told = {"id": prompt.id if prompt else "ws_CO_FORGED", "msisdn": msisdn, "amount": amount}
        return int((await self._post("forge", told))["status"])

    async def set_balance(self, msisdn: Msisdn, shillings: int) -> None:
        """Put so much into the purse of a phone, in place of what is in it."""
        await self._post("daraja/handsets", {"msisdn": msisdn, "balance": shillings})

    async def paid_to(self, msisdn: Msisdn) -> list[PaidOut]:
        """Return what was paid out to a phone, oldest first."""
        digits = msisdn.lstrip("+")
        found = [each for each in await self._get("daraja/payments") if each["payee"] == digits]
        return [PaidOut(each["receipt"], each["payee"], each["amount"]) for each in found
                if each["status"] == "Completed"]  # fmt: skip

    async def _get(self, path: str) -> Any:
        async with self._http.get(f"{self._url}/control/{path}", headers=self._headers) as answer:
            answer.raise_for_status()
            return await answer.json()

    async def _post(self, path: str, body: dict[str, Any]) -> Any:
        async with self._http.post(f"{self._url}/control/{path}", json=body, headers=self._headers) as answer:
            answer.raise_for_status()
            return await answer.json()
