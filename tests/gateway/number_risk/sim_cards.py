"""The simulator of those that know when a SIM was changed, as a test sets and asks it."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
from aiohttp.test_utils import TestServer

from contracts.fields.msisdn import Msisdn
from gateway.number_risk.camara import CamaraAccount
from gateway.payments.daraja.account import DarajaAccount
from gateway.payments.daraja.client import DarajaClient
from gateway.simulator.africastalking import SimulatorSettings, make_simulator
from tests.handset import CONTROL, CONTROL_KEY
from tests.service import DARAJA

AMINA, OTIENO = Msisdn("+254712345678"), Msisdn("+254711222333")
NOW = datetime(2026, 10, 5, 9, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
CAMARA: dict[str, Any] = {"camara_client_id": "us", "camara_client_secret": "a secret of ours"}

_SETTINGS = SimulatorSettings("http://127.0.0.1:9", "hooks", control_key=CONTROL_KEY, daraja=DARAJA)


@dataclass(frozen=True)
class SimCards:
    """`url`: of the simulator; `http`: a client whose calls end after a second."""

    url: str
    http: aiohttp.ClientSession

    async def set(self, msisdn: str = AMINA, mode: str = "ok", **known: Any) -> None:
        """Set what is known of a number (`SimBody`); times may be given as such."""
        body = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in known.items()}
        url = f"{self.url}/control/sim-swaps"
        async with self.http.post(url, json={"msisdn": msisdn, "mode": mode, **body}, headers=CONTROL) as answer:
            assert answer.status == 200, await answer.text()

    async def calls(self) -> Mapping[str, int]:
        """Return how often each path was asked."""
        async with self.http.get(f"{self.url}/control/sim-swaps", headers=CONTROL) as answer:
            found: dict[str, int] = await answer.json()
            return found

    async def revoke_tokens(self) -> None:
        async with self.http.delete(f"{self.url}/control/camara-tokens", headers=CONTROL) as answer:
            assert answer.status == 204

    async def set_daraja(self, **fault: Any) -> None:
        """Set what goes wrong with the next questions to Daraja."""
        body = {"api": "swap", **fault}
        async with self.http.post(f"{self.url}/control/daraja/faults", json=body, headers=CONTROL) as answer:
            assert answer.status == 200, await answer.text()

    def daraja_client(self, consumer_key: str = DARAJA.consumer_key) -> DarajaClient:
        account = DarajaAccount(
            consumer_key, DARAJA.consumer_secret, DARAJA.shortcode, DARAJA.passkey, DARAJA.initiator, "sealed",
            lambda kind, own_id: "", base_url=self.url,
        )  # fmt: skip
        return DarajaClient(account, self.http)

    def camara_account(self, client_id: str = "us") -> CamaraAccount:
        return CamaraAccount(self.url, f"{self.url}/oauth2/token", client_id, "a secret: with % and /")


@asynccontextmanager
async def open_sim_cards() -> AsyncIterator[SimCards]:
    async with (
        TestServer(make_simulator(_SETTINGS)) as server,
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=1.0)) as http,
    ):
        yield SimCards(str(server.make_url("/")).rstrip("/"), http)
