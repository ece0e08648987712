"""Texts that the service sends: how fast, at which times, by which way, and what an SMS alone may bind."""

from datetime import time
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from contracts.fields.money import Currency
from contracts.rules.sms_limits import DEFAULT_LIMITS, SmsLimits

_PerSecond = Annotated[float, Field(ge=0.001, le=10_000)]


class SmsRoute(BaseModel):
    """How numbers that begin with `prefix` are reached: by which providers, in this order, and with which sender id."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, allow_inf_nan=False)

    prefix: str = Field(pattern=r"^(\+[1-9][0-9]{0,14})?$")
    providers: list[Literal["africastalking", "twilio"]] = Field(min_length=1)
    sender_id: str | None = Field(None, max_length=34)
    per_second: _PerSecond | None = None


class SmsSettings(BaseModel):
    sms_in_flight: int = Field(32, ge=1, le=1000)  # provider calls under way at once, per process
    sms_timeout_seconds: float = Field(10.0, gt=0, le=120)  # a provider call
    sms_tries: int = Field(8, ge=1, le=100)  # before a message is given up
    sms_per_second: _PerSecond | None = None  # of one sender id, all processes together; None: no limit
    sms_number_gap_seconds: float = Field(1.0, ge=0, le=60)  # from one message to a number until its next
    sms_hourly_per_number: int = Field(60, ge=1, le=100_000)  # messages to one number that no contract depends on
    sms_reports_within_hours: float = Field(48, gt=0, le=8760)  # a message without a report is given up after this
    sms_settles_seconds: float = Field(600, gt=0, le=604_800)  # how long a send without an answer waits for its report
    sms_waits_factor: float = Field(1.0, gt=0, le=100)  # multiplies the waits between tries; below 1 for a rehearsal
    # The price of one segment, by the beginning of the number, "" for all others: {"+254": "KES 0.8000"}
    sms_prices: dict[str, Annotated[str, Field(pattern=r"^[A-Z]{3} [0-9]+(\.[0-9]+)?$")]] = Field(
        default_factory=lambda: {"+254": "KES 0.8000"}
    )
    # [{"prefix": "+256", "providers": ["twilio", "africastalking"], "sender_id": "VOICEPACT", "per_second": 20}]
    sms_routes: list[SmsRoute] = Field(default_factory=list)
    # Our numbers that receive SMS and cannot send any: ["22483"]. Who writes to another one is answered from that one.
    sms_receive_only: list[Annotated[str, Field(pattern=r"^\+?[0-9]{3,15}$")]] = Field(default_factory=list)
    # The largest total of a contract to which an SMS alone binds, by currency, in its major units: {"KES": 50000}.
    # Above it people need their PIN; 0: always. A currency that is left out keeps its default.
    sms_binds_up_to: dict[Currency, Annotated[Decimal, Field(ge=0, max_digits=15, decimal_places=2)]] = Field(
        default_factory=dict
    )
    sms_quiet_hours: str = Field(
        "21:00-07:00", pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]$"
    )

    @property
    def sms_limits(self) -> SmsLimits:
        return SmsLimits({**DEFAULT_LIMITS, **self.sms_binds_up_to})

    @property
    def receive_only(self) -> frozenset[str]:
        """As digits, without a plus."""
        return frozenset(number.lstrip("+") for number in self.sms_receive_only)

    @property
    def quiet_hours(self) -> tuple[time, time]:
        """Between these times no message is sent that can wait."""
        begins, ends = self.sms_quiet_hours.split("-")
        return time.fromisoformat(begins), time.fromisoformat(ends)
