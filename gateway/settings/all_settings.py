"""All chapters as one frozen class, and what follows from more than one chapter."""

from datetime import time, timedelta
from typing import Literal
from urllib.parse import urlsplit

from pydantic_settings import BaseSettings, SettingsConfigDict

from contracts.escrow.rules import EscrowRules
from contracts.rules.offers import OfferLimit, OfferRules
from contracts.rules.waiting import WaitingPeriods
from gateway.events import ProviderAccount
from gateway.settings.accounts import AccountSettings
from gateway.settings.ceilings import CeilingSettings
from gateway.settings.escrow import EscrowSettings
from gateway.settings.hops import HopSettings
from gateway.settings.keys import KeySettings
from gateway.settings.mpesa import MpesaSettings
from gateway.settings.number_checks import NumberCheckSettings
from gateway.settings.pawapay import PawaPaySettings
from gateway.settings.payouts import PayoutSettings
from gateway.settings.people import PeopleSettings
from gateway.settings.periods import PeriodSettings
from gateway.settings.sms import SmsSettings
from gateway.settings.stores import StoreSettings
from gateway.settings.webhooks import WebhookSettings


class Settings(
    StoreSettings, AccountSettings, MpesaSettings, PawaPaySettings, EscrowSettings, PayoutSettings,
    NumberCheckSettings, KeySettings, PeopleSettings, HopSettings, SmsSettings, CeilingSettings, PeriodSettings,
    WebhookSettings,
    BaseSettings,
):  # fmt: skip
    """The service's settings. A secret's repr shows nothing."""

    # utf-8-sig: some editors begin a file with a mark, which would be part of the first name.
    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8-sig", extra="ignore", frozen=True, env_ignore_empty=True,
        hide_input_in_errors=True, allow_inf_nan=False,
    )  # fmt: skip

    environment: Literal["development", "testing", "production"] = "development"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["json", "console"] = "json"

    @property
    def log_name(self) -> str:
        """The origin of the first log: LOG_ORIGIN, or the address under which its files are published."""
        host = urlsplit(self.webhook_base_url or "").netloc
        return self.log_origin or f"{host or 'voicepact.localhost'}/log"

    @property
    def africastalking_account(self) -> ProviderAccount:
        key = self.at_api_key.get_secret_value() if self.at_api_key else "the simulator takes any"
        return ProviderAccount(self.at_username, key, self.at_sender_id, self.at_base_url, self.default_country)

    @property
    def waiting_periods(self) -> WaitingPeriods:
        return WaitingPeriods(
            answer=timedelta(days=self.answer_within_days), delivery=timedelta(days=self.delivery_within_days),
            appeal=timedelta(days=self.appeal_within_days), decision=timedelta(days=self.dispute_within_days),
            zone=self.zone,
        )  # fmt: skip

    @property
    def escrow_rules(self) -> EscrowRules | None:
        """The rules of new contracts whose money waits with us; None: there are none."""
        is_on = self.has_rail or self.environment != "production" if self.escrow is None else self.escrow == "on"
        if not is_on:
            return None
        return EscrowRules(
            self.escrow_fee_permille, self.escrow_smallest, self.escrow_largest, frozenset({self.currency}),
            self.mpesa_shortcode if self.mpesa_consumer_key else None,
        )  # fmt: skip

    @property
    def has_rail(self) -> bool:
        """Whether there is an account with a provider of mobile money."""
        return bool(self.mpesa_consumer_key or self.pawapay_token)

    @property
    def offer_rules(self) -> OfferRules:
        """The limits on offers. Outside production offers go at night too, unless SMS_QUIET_HOURS is set: who tries the
        service out does not wait until the morning."""
        has_night = self.environment == "production" or "sms_quiet_hours" in self.model_fields_set
        return OfferRules(
            OfferLimit(self.offers_per_hour, self.offers_per_day, self.offers_open),
            OfferLimit(self.stranger_offers_per_hour, self.stranger_offers_per_day, self.stranger_offers_open),
            self.quiet_hours if has_night else (time(0), time(0)),
        )
