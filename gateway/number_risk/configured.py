"""The sources that the settings name."""

from collections.abc import Iterator

import aiohttp
from pydantic import SecretStr

from gateway.number_risk import africastalking, camara, daraja
from gateway.number_risk.checks import NumberChecks
from gateway.number_risk.port import SwapSource
from gateway.payments.daraja.client import DarajaClient
from gateway.settings import Settings
from storage.number_checks import NumberCheckRows
from storage.postgres.database import Pool

CHECK_SECONDS = 8.0  # for one call
_TOKEN_PATH = "/oauth2/token"  # noqa: S105 - of CAMARA_BASE_URL


def configured_checks(
    settings: Settings, pool: Pool, http: aiohttp.ClientSession, daraja_client: DarajaClient | None = None
) -> NumberChecks:  # fmt: skip
    """Return the checks of NUMBER_CHECKS. `daraja_client`: of the rail, if this process has one; else one is made."""
    sources = [*_sources(settings, http, daraja_client)]
    return NumberChecks(sources, NumberCheckRows(pool), settings.risk_rules)


def with_simulated_checks(settings: Settings, simulator_url: str | None) -> Settings:
    """Return settings that ask the local simulator (CAMARA's), in development and where nobody else is named."""
    if settings.environment != "development" or settings.number_sources or not simulator_url:
        return settings
    simulated = {
        "number_checks": camara.NAME, "camara_base_url": simulator_url, "camara_token_url": None,
        "camara_client_id": "simulator", "camara_client_secret": SecretStr("any"),
    }  # fmt: skip
    return settings.model_copy(update=simulated)


def _sources(
    settings: Settings, http: aiohttp.ClientSession, daraja_client: DarajaClient | None
) -> Iterator[SwapSource]:  # fmt: skip
    for name in settings.number_sources:
        if name == africastalking.NAME:
            yield africastalking.AfricasTalkingInsights(http, settings.africastalking_account)
        elif name == camara.NAME:
            yield camara.CamaraSimSwap(http, _camara_account(settings), settings.risk_rules.cooling)
        else:
            yield daraja.DarajaSwap(daraja_client or _daraja_client(settings, http))


def _daraja_client(settings: Settings, http: aiohttp.ClientSession) -> DarajaClient:
    account = settings.daraja_account(lambda kind, own_id: "")  # a question about a SIM is answered at once
    assert account, "load_settings has looked"
    return DarajaClient(account, http)


def _camara_account(settings: Settings) -> camara.CamaraAccount:
    base, secret = settings.camara_base_url, settings.camara_client_secret
    assert base and secret and settings.camara_client_id, "load_settings has looked"
    token_url = settings.camara_token_url or base.rstrip("/") + _TOKEN_PATH
    return camara.CamaraAccount(base, token_url, settings.camara_client_id, secret.get_secret_value())
