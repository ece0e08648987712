"""Where events may be sent."""

from pydantic import BaseModel


class WebhookSettings(BaseModel):
    # Also to addresses that are not public, and without TLS: of this machine, or of a private network. Whoever may add
    # a webhook can then reach what only this service can.
    events_to_private_addresses: bool = False
