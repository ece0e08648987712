"""Rows of events and webhooks for tests of tables: possible ones, impossible ones, pairs of which one is too many."""

from typing import Any
from uuid import UUID

from tests.storage.make_acts import NOON

FATE = {"n": 7001, "message_id": UUID(int=77), "status": "delivered", "at": NOON}
POSITION = {"position": 1, "events": 2, "is_fate": False, "xid": 5, "n": 7}
STATE = {"id": 1, "version": 1, "last": 0, "seen_xid": 0, "seen_open": [], "moved_n": 0, "server": ""}
ENDPOINT = {
    "id": UUID(int=90), "url": "https://shop.example/", "secret": b"secret", "cursor": 0, "created_at": NOON
}  # fmt: skip
DISABLED = {**ENDPOINT, "status": "disabled", "why": "an operator disabled it"}
DELIVERY = {"endpoint_id": UUID(int=90), "position": 1, "lane": UUID(int=1), "status": "pending", "due_at": NOON}
HELD = {**ENDPOINT, "holder": UUID(int=9), "held_until": NOON, "types": ["contract.made"]}

FEED_GOOD: dict[str, list[dict[str, Any]]] = {
    "message_fates": [FATE],
    "feed_positions": [POSITION],
    "webhook_endpoints": [ENDPOINT, DISABLED, HELD, {**ENDPOINT, "old_secret": b"s", "old_secret_until": NOON}],
}

FEED_IMPOSSIBLE: list[tuple[str, dict[str, Any], str]] = [
    ("message_fates", {**FATE, "status": "sending"}, "a fate that says nothing"),
    ("feed_positions", {**POSITION, "position": 0}, "a position before the first"),
    ("feed_positions", {**POSITION, "events": 0}, "a position without an event"),
    ("feed_state", {**STATE, "id": 2}, "a second state of the feed"),
    ("webhook_endpoints", {**ENDPOINT, "cursor": -1}, "a cursor before the first event"),
    ("webhook_endpoints", {**ENDPOINT, "types": []}, "an endpoint for no type at all"),
    ("webhook_endpoints", {**ENDPOINT, "status": "away"}, "a status that is none"),
    ("webhook_endpoints", {**ENDPOINT, "status": "disabled"}, "disabled without a reason"),
    ("webhook_endpoints", {**ENDPOINT, "why": "w"}, "active, with a reason why not"),
    ("webhook_endpoints", {**ENDPOINT, "old_secret": b"s"}, "an old secret that signs for ever"),
    ("webhook_endpoints", {**ENDPOINT, "holder": UUID(int=9)}, "held without an end"),
    ("webhook_deliveries", {**DELIVERY, "status": "away", "due_at": None, "settled_at": NOON}, "a status that is none"),
    ("webhook_deliveries", {**DELIVERY, "tries": -1}, "fewer tries than none"),
    ("webhook_deliveries", {**DELIVERY, "due_at": None}, "waiting for ever"),
    ("webhook_deliveries", {**DELIVERY, "settled_at": NOON}, "waiting, and settled"),
]

FEED_TWICE: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("feed_positions", POSITION, {**POSITION, "position": 3}, "an entry at two positions"),
    ("feed_positions", POSITION, {**POSITION, "n": 8}, "two entries at a position"),
    ("webhook_endpoints", ENDPOINT, {**ENDPOINT, "id": UUID(int=91)}, "two webhooks to one address"),
]
