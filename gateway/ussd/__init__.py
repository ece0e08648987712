"""USSD: from a provider's request to the screen that the phone shows."""
