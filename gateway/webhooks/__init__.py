"""Webhooks: events posted to addresses of operators' programs, signed, until they have them (docs/events.md)."""
