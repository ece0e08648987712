"""Who is asked whether the SIM of a number was changed lately, and how long money waits then."""

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field, SecretStr

from contracts.escrow.number_risk import RiskRules
from gateway.settings.values import url_of

SOURCES = ("daraja", "africastalking", "camara")

_HttpUrl = Annotated[str, url_of("http", "https")]


def _source_names(value: str) -> str:
    names = [name.strip() for name in value.split(",") if name.strip()]
    if not set(names) <= set(SOURCES) or len(set(names)) < len(names):
        raise ValueError(f"should be one or more of {', '.join(SOURCES)}, with commas between them, each once")
    return ",".join(names)


class NumberCheckSettings(BaseModel):
    # Who is asked, in this order until one knows: "daraja,camara". None: nobody, and no money waits for it; outside
    # production `voicepact serve` then asks its own simulator.
    number_checks: Annotated[str, AfterValidator(_source_names)] = ""
    number_check_hours: int = Field(6, ge=1, le=72)  # how long "not changed" is believed
    cooling_hours: int = Field(72, ge=1, le=720)  # how long money waits after a change of SIM or a recovered PIN

    # Of an operator or an aggregator that offers CAMARA SIM Swap: its address up to /sim-swap/v2, without that.
    camara_base_url: _HttpUrl | None = None
    camara_token_url: _HttpUrl | None = None  # of its OAuth; None: CAMARA_BASE_URL and /oauth2/token
    camara_client_id: str | None = None
    camara_client_secret: SecretStr | None = None

    @property
    def number_sources(self) -> list[str]:
        return [name for name in self.number_checks.split(",") if name]

    @property
    def risk_rules(self) -> RiskRules:
        return RiskRules(timedelta(hours=self.cooling_hours), timedelta(hours=self.number_check_hours))
