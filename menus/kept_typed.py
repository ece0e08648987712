"""What a caller typed, as evidence may keep it: never with a PIN in it."""

import re
from typing import Final

from contracts.sms.pin_in_text import without_pin
from menus.answers import SECRET_ANSWERS
from menus.session import Session, ShowAgain, Step, is_key_of

PIN_PLACE: Final = "[PIN]"
CODE_PLACE: Final = "[code]"  # of a new PIN, from an office
_DIGITS_OF_A_PIN: Final = 4


def kept_typed(session: Session, typed: str, step: Step) -> str:
    """Return `typed`, as it was typed on the page that `session` was sent, and led to `step`.

    A word stands in the place of a PIN. What the page could not take has a star for each digit: it may be a PIN in the
    wrong place.
    """
    if is_key_of(session, typed):
        return typed if sum(map(str.isdecimal, typed)) < _DIGITS_OF_A_PIN else _starred(typed)  # 0002 is a PIN, too
    asked = session.asked.answer if session.asked else None
    if asked in SECRET_ANSWERS:
        return CODE_PLACE if asked == "recovery_code" else PIN_PLACE
    if asked is None or isinstance(step, ShowAgain):
        return _starred(typed)
    return without_pin(typed) if any(map(str.isalpha, typed)) else typed  # digits alone are the answer: a price


def kept_keys(history: str) -> str:
    """Return several answers, joined with `*`, of which it is not known what each was typed on: a session was lost, or
    keys were dialled at once. Whatever is as long as a PIN has stars."""
    parts = history.split("*")
    return "*".join(part if len(part) < _DIGITS_OF_A_PIN else _starred(part) for part in parts)


def _starred(text: str) -> str:
    return re.sub(r"\d", "*", text)
