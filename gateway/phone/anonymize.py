"""Replaces what a recording must not show: PINs, references and dates by placeholders, phone numbers by test numbers.

>>> anonymizer = Anonymizer(Msisdn("+254733000111"), "KE", "*384*7#")
>>> anonymizer.from_service("Contract 4071 8353 is with 0733 000 222. Delivery: Bungoma, 25 Dec 2026. Dial *384*7#")
'Contract {ref} is with 0722 000 001. Delivery: Bungoma, {...}. Dial *483#'
"""

import re
from datetime import UTC, date, datetime
from typing import Final

from contracts.fields.languages import LANGUAGES
from contracts.fields.money import Currency
from contracts.fields.msisdn import Msisdn
from contracts.fields.pin import check_new_pin
from contracts.fields.reference import REFERENCE_IN_TEXT, is_reference
from contracts.proof.short_code import ALPHABET
from contracts.refusals import BadInput, Why
from gateway.phone.received_screen import MORE, ReceivedScreen
from gateway.phone.substitute_numbers import SubstituteNumbers
from menus.gsm7 import plain_punctuation
from menus.refusal_texts import NOT_LISTED, bad_input_text
from menus.translate import translate

TEST_SERVICE_CODE: Final = "*483#"

_DATE = re.compile(r"\b[0-9]{1,2} [^\W\d]+\.? 20[0-9]{2}\b(?: \([0-9]{1,2}/[0-9]{1,2}/20[0-9]{2}\))?")
# Not the last eight digits of an international number.
_REFERENCE = re.compile(rf"(?<![0-9+])(?<!\+[0-9]{{2}} )(?<!\+[0-9]{{3}} ){REFERENCE_IN_TEXT}")
_CODE = re.compile(rf"(?<![A-Z])[{ALPHABET}]{{4}}(?: [{ALPHABET}]{{4}}){{2}}(?![A-Z])")
_REASONS = tuple(
    plain_punctuation(translate(reason, language))
    for reason in (NOT_LISTED, *(bad_input_text(why, currency) for why in Why for currency in Currency))
    for language in LANGUAGES
)
_PIN = re.compile(r"([^0-9]?[0-9]){4}")


class Anonymizer:
    """For one recording. `own` is the number that the phone has in the recording."""

    def __init__(self, own: Msisdn, country: str, service_code: str, today: date | None = None) -> None:
        """`own`: the real number of the phone. `today`: the day of the recording, for a PIN that is a year."""
        self._real, self._today = own, today or datetime.now(UTC).date()
        self._numbers = SubstituteNumbers(own, country)
        self._service_code = service_code
        self._references: dict[str, str] = {}
        self._codes: dict[str, str] = {}
        self._pins: dict[str, str] = {}
        self._screen = ReceivedScreen("END ")
        self.own = self._numbers.own

    def screen(self, screen: ReceivedScreen) -> str:
        """Return the text of a screen. The next call of `typed` is an answer to this screen."""
        self._screen = screen
        return self.from_service(screen.text)

    def from_service(self, text: str) -> str:
        """Return a screen's or an SMS's text that the service sent."""
        text = self._numbers.in_text_from_service(text.replace(self._service_code, TEST_SERVICE_CODE))
        text = _CODE.sub(lambda found: _placeholder("code", found[0], self._codes), text)
        return _DATE.sub("{...}", _REFERENCE.sub(self._reference, text))

    def typed(self, text: str, led_to: ReceivedScreen | None) -> str:
        """Return an answer to the last screen. `led_to`: the screen that came after it, if one came."""
        key = text.strip()
        if key in self._screen.keys or not key:
            return text
        if self._screen.asks_secret:
            return self._secret(key)
        if _PIN.fullmatch(key) and self._may_be_refused(led_to):
            return self._secret(key)  # a PIN typed too early
        return self._numbers.in_answer(self._with_known_names(text))

    def _may_be_refused(self, led_to: ReceivedScreen | None) -> bool:
        """Whether the last answer may have meant nothing to the service: a menu may be shown again without a reason,
        and from a page that goes on any answer may lead to the next one."""
        shown = self._screen
        return led_to is None or MORE in shown.keys or led_to.text == shown.text or led_to.text.startswith(_REASONS)

    def sms_sent(self, text: str) -> str:
        """Return an SMS that the phone sent."""
        for pin, name in self._pins.items():
            text = re.sub(rf"(?<![0-9]){pin}(?![0-9])", name, text)
        return self._numbers.in_words(self._with_known_names(text))

    def _secret(self, typed: str) -> str:
        try:
            check_new_pin(typed, self._real, self._today)
        except BadInput as bad:
            return "{weak pin}" if bad.why is Why.PIN_TOO_EASY else "{no pin}"
        return _placeholder("pin", typed, self._pins)

    def _reference(self, found: re.Match[str]) -> str:
        digits = re.sub("[ -]", "", found[0])
        return _placeholder("ref", digits, self._references) if is_reference(digits) else found[0]

    def _with_known_names(self, text: str) -> str:
        """What the service never showed is a typing error: it stays, because the service refuses it."""
        text = _CODE.sub(lambda found: self._codes.get(found[0], found[0]), text)
        return _REFERENCE.sub(lambda found: self._references.get(re.sub("[ -]", "", found[0]), found[0]), text)


def _placeholder(name: str, value: str, known: dict[str, str]) -> str:
    """Return `{ref}`, then `{ref2}` and so on; the same one for the same value."""
    return known.setdefault(value, f"{{{name}{len(known) + 1 if known else ''}}}")
