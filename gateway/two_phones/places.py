"""Where the page finds the service, the simulator and the servers, and whether the story can be played there."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from contracts.fields.money import Currency
from gateway.settings import Settings
from gateway.two_phones.stage import StagePlaces


def stage_places(
    settings: Settings, service_url: str, simulator: Mapping[str, Any], workers: int, *, has_own_servers: bool
) -> StagePlaces | None:  # fmt: skip
    """Return the places for complete settings; None where there shall be no page: in production, without a simulator of
    ours, and with several processes, because the phones are in the memory of one. `simulator`: what it announced, with
    `url` and `control_key`. `has_own_servers`: both servers are the embedded ones."""
    if settings.environment == "production" or not simulator or workers > 1:
        return None
    found = parse_qs(urlsplit(settings.database_url or "").query).get("host")
    return StagePlaces(
        service_url, settings.api_key.get_secret_value(), simulator["url"], simulator["control_key"],
        settings.at_ussd_service_code, settings.default_country,
        Path(found[0]) if has_own_servers and found else None, _why_no_story(settings),
    )  # fmt: skip


def _why_no_story(settings: Settings) -> str:
    if settings.escrow_rules is None:
        return "The story needs money that waits: start without ESCROW=off."
    if settings.mpesa_base_url != settings.at_base_url or settings.currency is not Currency.KES:
        return "The story needs the simulated M-Pesa, and Kenya shillings."
    return ""
