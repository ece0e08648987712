"""What a recording has instead of what nobody is to read in it: placeholders, and numbers that are nobody's.

>>> masks = Masks(Msisdn("+254733000111"), "KE", "*384*7#")
>>> masks.said("Contract 4071 8353 is with 0733 000 222. Delivery: Bungoma, 25 Dec 2026. Dial *384*7#")
'Contract {ref} is with 0722 000 001. Delivery: Bungoma, {...}. Dial *483#'
"""

import re
from typing import Final

from contracts.fields.languages import LANGUAGES
from contracts.fields.msisdn import Msisdn
from contracts.fields.pin import check_new_pin
from contracts.fields.reference import REFERENCE_IN_TEXT, is_reference
from contracts.refusals import BadInput, Why
from gateway.phone.screen import Shown
from gateway.phone.stand_in_numbers import StandIns
from menus.gsm7 import plain_punctuation
from menus.refusal_texts import BAD_INPUT_TEXTS, NOT_LISTED
from menus.translate import translate

TEST_SERVICE_CODE: Final = "*483#"

_DATE = re.compile(r"\b[0-9]{1,2} [^\W\d]+\.? 20[0-9]{2}\b")
# Not the last eight digits of an international number.
_REFERENCE = re.compile(rf"(?<![0-9+])(?<!\+[0-9]{{2}} )(?<!\+[0-9]{{3}} ){REFERENCE_IN_TEXT}")
_REASONS = tuple(
    plain_punctuation(translate(reason, language))
    for reason in (NOT_LISTED, *BAD_INPUT_TEXTS.values())
    for language in LANGUAGES
)
_PIN = re.compile(r"([^0-9]?[0-9]){4}")


class Masks:
    """Of one recording. `own` is the phone's number in it."""

    def __init__(self, own: Msisdn, country: str, service_code: str) -> None:
        self._numbers = StandIns(own, country)
        self._service_code = service_code
        self._references: dict[str, str] = {}
        self._pins: dict[str, str] = {}
        self._screen = Shown("END ")
        self.own = self._numbers.own

    def screen(self, shown: Shown) -> str:
        """The text of a screen; what is typed next is an answer to it."""
        self._screen = shown
        return self.said(shown.text)

    def said(self, text: str) -> str:
        """A text of the service's."""
        text = self._numbers.in_shown(text.replace(self._service_code, TEST_SERVICE_CODE))
        return _DATE.sub("{...}", _REFERENCE.sub(self._reference, text))

    def typed(self, text: str, led_to: Shown | None) -> str:
        """An answer to the screen that was shown last, and the screen that answered it, if one did."""
        key = text.strip()
        if key in self._screen.keys or not key:
            return text
        if self._screen.asks_secret:
            return self._secret(key)
        was_refused = led_to is None or led_to.text.startswith(_REASONS)
        if was_refused and _PIN.fullmatch(key):
            return self._secret(key)  # a PIN typed too early
        return self._numbers.in_answer(self._known_in(text))

    def texted(self, text: str) -> str:
        """An SMS of the phone's."""
        for pin, name in self._pins.items():
            text = re.sub(rf"(?<![0-9]){pin}(?![0-9])", name, text)
        return self._numbers.in_words(self._known_in(text))

    def _secret(self, typed: str) -> str:
        try:
            check_new_pin(typed)
        except BadInput as bad:
            return "{weak pin}" if bad.why is Why.PIN_TOO_EASY else "{no pin}"
        return _name("pin", typed, self._pins)

    def _reference(self, found: re.Match[str]) -> str:
        digits = re.sub("[ -]", "", found[0])
        return _name("ref", digits, self._references) if is_reference(digits) else found[0]

    def _known_in(self, text: str) -> str:
        """A reference that the service never showed stays: it is a slip, and is answered as one."""
        return _REFERENCE.sub(lambda found: self._references.get(re.sub("[ -]", "", found[0]), found[0]), text)


def _name(kind: str, value: str, known: dict[str, str]) -> str:
    """`{ref}`, then `{ref2}` ..., the same for the same value."""
    return known.setdefault(value, f"{{{kind}{len(known) + 1 if known else ''}}}")
