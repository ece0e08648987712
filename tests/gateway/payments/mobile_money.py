"""The service with the simulated M-Pesa, and what people do with their mobile money on it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from contracts.fields.msisdn import Msisdn
from gateway.settings.mpesa import simulated_mpesa
from tests.handset import CONTROL
from tests.service import Service, open_service

PIN = "9731"  # of the mobile money


class MobileMoney:
    """The simulator's control API, as the people with the phones use it."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def prompt(self, msisdn: Msisdn) -> dict[str, Any]:
        """Return the request to pay that is open on this phone; wait for it."""
        while not (found := await self._get(f"prompts/{msisdn}?wait=20")):  # noqa: ASYNC110 - it has waited
            await asyncio.sleep(0.05)
        prompt: dict[str, Any] = found[-1]
        return prompt

    async def pays(self, msisdn: Msisdn) -> str:
        """Pay what the phone is asked for; return the receipt."""
        return await self.answers((await self.prompt(msisdn))["id"])

    async def answers(self, prompt_id: str) -> str:
        """Pay this request, maybe of several; return the receipt."""
        answered = await self._post(f"prompts/{prompt_id}", {"pin": PIN})
        assert answered["code"] == "0", answered
        return str(answered["receipt"])

    async def refuses(self, msisdn: Msisdn, code: str = "1032") -> None:
        await self._post(f"prompts/{(await self.prompt(msisdn))['id']}", {"code": code})

    async def pays_by_paybill(self, msisdn: Msisdn, shillings: int, account: str) -> dict[str, Any]:
        return await self._post("pay", {"msisdn": msisdn, "pin": PIN, "amount": shillings, "account": account})

    async def set_handset(self, msisdn: Msisdn, **changes: Any) -> None:
        await self._post("handsets", {"msisdn": msisdn, **changes})

    async def validates(self, *, on: bool = True) -> None:
        """Let M-Pesa ask us, or not, before it takes a payment by paybill."""
        await self._post("shortcodes", {"shortcode": "600000", "validates": on})

    async def set_fault(self, **fault: Any) -> None:
        await self._post("faults", fault)

    async def balance(self, msisdn: Msisdn) -> float:
        """Return what is in a person's purse, in shillings."""
        purses = (await self._get("purses"))["phones"]
        return float(purses[msisdn])

    async def payments(self) -> list[dict[str, Any]]:
        """Return all that moved, oldest first."""
        found: list[dict[str, Any]] = await self._get("payments")
        return found

    async def misstate(self, receipt: str, shillings: str | None) -> None:
        """Let statements say another amount of a payment, or nothing of it."""
        await self._post(f"payments/{receipt}", {"amount": shillings})

    async def _get(self, path: str) -> Any:
        edge = self._service.edge
        async with edge.http.get(f"{edge.double_url}/control/daraja/{path}", headers=CONTROL) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        edge = self._service.edge
        url = f"{edge.double_url}/control/daraja/{path}"
        async with edge.http.post(url, json=body, headers=CONTROL) as answer:
            assert answer.status == 200, await answer.text()
            found: dict[str, Any] = await answer.json()
            return found


@asynccontextmanager
async def open_with_mobile_money(
    database_url: str, redis_url: str, **settings: Any
) -> AsyncIterator[tuple[Service, MobileMoney]]:
    account = {name: value for name, value in simulated_mpesa("").items() if name != "mpesa_base_url"}
    async with open_service(database_url, redis_url, **{"escrow": "on", **account, **settings}) as service:
        yield service, MobileMoney(service)
