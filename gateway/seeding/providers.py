"""The providers as the examples name them: of messages, and of money."""

import secrets
from typing import Final

PROVIDER, NETWORK, SHORTCODE = "africastalking", "63902", "22483"
RAIL: Final = "daraja"


def new_receipt() -> str:
    """Return a receipt of M-Pesa's form, new in each run."""
    return "T" + "".join(secrets.choice("ABCDEFGHJKLMNPQRSTUVWXYZ0123456789") for _ in range(9))
