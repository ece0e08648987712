"""Test numbers in place of real ones, in the spelling of the real ones.

>>> numbers = SubstituteNumbers(Msisdn("+254733000111"), "KE")
>>> numbers.in_text_from_service("You sell 50 bags maize to 0733 000 222."), numbers.in_answer("+254733-000-222")
('You sell 50 bags maize to 0722 000 001.', '+254722-000-001')
"""

import re
from collections.abc import Callable, Iterator
from itertools import product
from typing import Final

import phonenumbers

from contracts.fields.msisdn import Msisdn, e164, national, parse_msisdn
from contracts.refusals import BadInput, Why

_TEST_COUNTRY: Final = "KE"
_OWN, _OTHERS = "+254712345678", "+254722"

_RUN = re.compile(r"\+?[0-9](?:[ ./()-]{0,2}[0-9]){6,}")
_GROUP = re.compile(r"\+?[0-9]+")


class SubstituteNumbers:
    """Gives each real number of a recording one test number. `own` is the phone's test number."""

    def __init__(self, own: Msisdn, country: str) -> None:
        self._real_own = own
        self._country = country
        self.own = _test_number(own, 0)
        self._known = {own: self.own}

    def in_text_from_service(self, text: str) -> str:
        """Return a text of the service, which writes each number in the form that its reader knows."""
        return _RUN.sub(lambda run: _replace_parts(run[0], self._for_shown), text)

    def in_answer(self, text: str) -> str:
        """Return an answer to a question: a number, a number with a typing error, or words."""
        number = self._read(text)
        return self._as_typed(text, number) if number else self._with_same_error(text) or self.in_words(text)

    def in_words(self, text: str) -> str:
        """Return a person's words with the numbers in them replaced."""
        return _RUN.sub(lambda run: _replace_parts(run[0], self._for_typed), text)

    def _for_shown(self, part: str) -> str | None:
        number = self._read(part)
        if number is None or not (self._is_number(number, part) or _for_reader(number, self._real_own) == part):
            return None
        test = self._test_number(number)
        return _with_digits_of(part, number, test) or _for_reader(test, self.own)

    def _for_typed(self, part: str) -> str | None:
        number = self._read(part)
        return self._as_typed(part, number) if number and self._is_number(number, part) else None

    def _as_typed(self, text: str, number: Msisdn) -> str:
        """A number in another country's local form is written in full: tests run in Kenya."""
        test = self._test_number(number)
        is_understood = self._country == _TEST_COUNTRY or text.startswith("+")
        return (_with_digits_of(text, number, test) if is_understood else None) or test

    def _is_number(self, number: Msisdn, part: str) -> bool:
        """Whether the digits are a number and not an amount, which may have as many digits."""
        return part[0] in "+0" or number in self._known

    def _test_number(self, number: Msisdn) -> Msisdn:
        return self._known.setdefault(number, _test_number(number, len(self._known)))

    def _read(self, text: str) -> Msisdn | None:
        try:
            return parse_msisdn(text, self._country)
        except BadInput:
            return _as_e164(text)

    def _with_same_error(self, text: str) -> str | None:
        """Replace a mistyped number by digits that are refused for the same reason. None if it is no number."""
        if not _RUN.fullmatch(text.strip()) or text.strip()[0] not in "+0":
            return None
        reason, count = self._why_not(text), len(_digits(text))
        for kept, digit in product((4, 5, 6), "0123456789"):
            candidate = _with_last_digits(text, digit * (count - kept))
            if self._why_not(candidate) is reason:
                return candidate
        return _with_last_digits(text, "0" * count)

    def _why_not(self, text: str) -> Why | None:
        try:
            parse_msisdn(text, self._country)
        except BadInput as bad:
            return bad.why
        return None


def _as_e164(text: str) -> Msisdn | None:
    """Read a number that no numbering plan has, as in a provider's sandbox."""
    try:
        return e164(text)
    except BadInput:
        return None


def _test_number(real: Msisdn, n: int) -> Msisdn:
    """Return test number `n` in the country of the real one, so that both are written alike. 0 is the phone itself."""
    try:
        region = phonenumbers.region_code_for_number(phonenumbers.parse(real))
        example = phonenumbers.example_number_for_type(region or "", phonenumbers.PhoneNumberType.MOBILE)
    except phonenumbers.NumberParseException:
        example = None
    if example is None or region == _TEST_COUNTRY:
        return Msisdn(f"{_OTHERS}{n:06}" if n else _OWN)
    return Msisdn(f"+{example.country_code}{str(example.national_number)[:-2]}{n:02}")


def _with_digits_of(text: str, real: Msisdn, test: Msisdn) -> str | None:
    """Return `text` with the digits of `test`; None if the two numbers differ in length."""
    old, new = _subscriber(real), _subscriber(test)
    is_alike = len(old) == len(new) and len(real) == len(test) and _digits(text).endswith(old)
    return _with_last_digits(text, new) if is_alike else None


def _replace_parts(run: str, substitute: Callable[[str], str | None]) -> str:
    """Replace parts of `run`, which is groups of digits: from the left, the longest part that `substitute` knows."""
    replaced, at, groups = "", 0, list(_GROUP.finditer(run))
    while groups:
        found = ((count, new) for count, part in _beginnings(run, groups) if (new := substitute(part)))
        count, new = next(found, (1, groups[0][0]))
        replaced += run[at : groups[0].start()] + new
        at, groups = groups[count - 1].end(), groups[count:]
    return replaced + run[at:]


def _beginnings(run: str, groups: list[re.Match[str]]) -> Iterator[tuple[int, str]]:
    """Yield the parts of `run` that begin with its first group, longest first, each with its count of groups."""
    for count in range(len(groups), 0, -1):
        yield count, run[groups[0].start() : groups[count - 1].end()]


def _for_reader(number: Msisdn, reader: Msisdn) -> str:
    return national(number, reader).replace("\u00a0", " ")


def _subscriber(number: Msisdn) -> str:
    """Return the digits after the country code."""
    try:
        return phonenumbers.national_significant_number(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return number[1:]


def _with_last_digits(text: str, digits: str) -> str:
    """Return `text` with its last digits replaced by `digits`, one by one."""
    left, letters = list(digits), []
    for letter in reversed(text):
        letters.append(left.pop() if letter.isdecimal() and left else letter)
    return "".join(reversed(letters))


def _digits(text: str) -> str:
    return re.sub("[^0-9]", "", text)
