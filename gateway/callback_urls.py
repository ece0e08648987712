"""The addresses a provider calls, as they are pasted into its dashboard."""

from gateway.settings import Settings

_CALLBACKS = {
    "USSD": "africastalking/ussd",
    "USSD events": "africastalking/ussd/events",
    "SMS": "africastalking/sms",
    "Delivery reports": "africastalking/sms/reports",
    "SMS opt-out": "africastalking/sms/optout",
}
_OF_TWILIO = {
    "Twilio SMS": "twilio/sms",
    "Twilio reports": "twilio/sms/reports",
}


def callback_urls(settings: Settings, default_base: str) -> list[tuple[str, str]]:
    """Name and address of each callback; under WEBHOOK_BASE_URL where that is set."""
    base = settings.webhook_base_url or default_base
    callbacks = _CALLBACKS | (_OF_TWILIO if settings.twilio_account_sid else {})
    return [(name, _hook_url(settings, base, path)) for name, path in callbacks.items()]


def report_url(settings: Settings, provider: str) -> str | None:
    """Where `provider` is to send delivery reports; None while we do not know how we are reached."""
    return settings.webhook_base_url and _hook_url(settings, settings.webhook_base_url, f"{provider}/sms/reports")


def _hook_url(settings: Settings, base: str, path: str) -> str:
    return f"{base.rstrip('/')}/hooks/{settings.webhook_token.get_secret_value()}/{path}"
