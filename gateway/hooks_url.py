"""The addresses a provider calls, as they are pasted into its dashboard."""

from gateway.settings import Settings

_CALLBACKS = {
    "USSD": "ussd",
    "USSD events": "ussd/events",
    "SMS": "sms",
    "Delivery reports": "sms/reports",
}


def callback_urls(settings: Settings, default_base: str) -> list[tuple[str, str]]:
    """Name and address of each callback of Africa's Talking; under WEBHOOK_BASE_URL where that is set."""
    base = (settings.webhook_base_url or default_base).rstrip("/")
    token = settings.webhook_token.get_secret_value()
    return [(name, f"{base}/hooks/{token}/africastalking/{path}") for name, path in _CALLBACKS.items()]
