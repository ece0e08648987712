"""Sessions as older code stored them, JSON objects with names, as the arrays that are stored today. Pure.

They live in Valkey for minutes, and for 90 days in the rows of hops that acted.
"""

from typing import Any

import msgspec

_MOVES = {"Go": 0, "Do": 1, "Return": 2}
_KEY_DIGITS = 16  # of a hop's key in hex, as gateway.ussd.conversation keeps it


def is_older(stored: bytes) -> bool:
    return stored.startswith(b"{")


def as_array(stored: bytes) -> bytes:
    """Return the bytes that today's code would have stored. Raise msgspec.DecodeError for what is no session."""
    try:
        return msgspec.msgpack.encode(_conversation(msgspec.json.decode(stored)))
    except (KeyError, TypeError, ValueError, AttributeError) as wrong:
        raise msgspec.DecodeError(f"no session: {type(wrong).__name__}") from None


def _conversation(old: dict[str, Any]) -> list[Any]:
    keys = "".join(key[:_KEY_DIGITS] for key, _, _ in old["replies"])
    return [
        bytes.fromhex(old["caller"]), old["heard_length"], bytes.fromhex(keys),
        [text for _, text, _ in old["replies"]], any(ends for _, _, ends in old["replies"][-1:]),
        _session(old["session"]), old.get("life", ""), old.get("typed", ()), old.get("english", ()),
        old.get("chose_pin", False),
    ]  # fmt: skip


def _session(old: dict[str, Any]) -> list[Any]:
    asked = old.get("asked")
    return [
        old["language"], [_place(each) for each in old.get("trail", [{"name": "home"}])], old.get("page", 0),
        old.get("answers", {}), {key: _move(each) for key, each in old.get("shown", {}).items()},
        asked and [asked["answer"], _move(asked["then"]), asked["keep_as"]], old.get("keys", ()),
        old.get("reads_on", False),
    ]  # fmt: skip


def _place(old: dict[str, Any]) -> list[Any]:
    return [old["name"], old.get("about", {})]


def _move(old: dict[str, Any]) -> list[Any]:
    tag = _MOVES[old["type"]]
    match old["type"]:
        case "Go":
            return [tag, _place(old["place"]), old.get("keeping", {}), old.get("begins", False)]
        case "Do":
            return [tag, old["effect"], _place(old["then"])]
        case _:
            return [tag]
