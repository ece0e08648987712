"""The callback URLs that an operator pastes into a provider's dashboard."""

from urllib.parse import quote

from gateway.settings import Settings

_CALLBACKS = {
    "USSD": "africastalking/ussd",
    "USSD events": "africastalking/ussd/events",
    "SMS": "africastalking/sms",
    "Delivery reports": "africastalking/sms/reports",
    "SMS opt-out": "africastalking/sms/optout",
}
_NUMBER_CHECKS = {"Number checks": "africastalking/number-checks"}
_TWILIO_CALLBACKS = {
    "Twilio SMS": "twilio/sms",
    "Twilio reports": "twilio/sms/reports",
}


def callback_urls(settings: Settings, default_base: str) -> list[tuple[str, str]]:
    """Return (name, URL) of each callback, under WEBHOOK_BASE_URL if it is set, else under `default_base`."""
    base = settings.webhook_base_url or default_base
    callbacks = _CALLBACKS | (_TWILIO_CALLBACKS if settings.twilio_account_sid else {})
    callbacks |= _NUMBER_CHECKS if "africastalking" in settings.number_sources else {}
    return [(name, hook_url(settings, base, path)) for name, path in callbacks.items()]


def report_url(settings: Settings, provider: str) -> str | None:
    """Return the URL to which `provider` shall send delivery reports; None if WEBHOOK_BASE_URL is not set."""
    return settings.webhook_base_url and hook_url(settings, settings.webhook_base_url, f"{provider}/sms/reports")


def hook_url(settings: Settings, base: str, path: str) -> str:
    token = quote(settings.webhook_token.get_secret_value(), safe="")  # base64 has / and +
    return f"{base.rstrip('/')}/hooks/{token}/{path}"
