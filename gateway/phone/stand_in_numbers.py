"""Test numbers in place of real ones, in the spelling of the real ones.

>>> numbers = StandIns(Msisdn("+254733000111"), "KE")
>>> numbers.in_shown("You sell 50 bags maize to 0733 000 222."), numbers.in_answer("+254733-000-222")
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


class StandIns:
    """Of one phone and everybody it names, each always the same. `own` is the phone's."""

    def __init__(self, own: Msisdn, country: str) -> None:
        self._real_own = own
        self._country = country
        self.own = _test_number(own, 0)
        self._known = {own: self.own}

    def in_shown(self, text: str) -> str:
        """A text of the service's, which writes a number for its reader."""
        return _RUN.sub(lambda run: _parts_replaced(run[0], self._instead_of_shown), text)

    def in_answer(self, text: str) -> str:
        """What was typed in answer to a question: a number, one with a slip in it, or words."""
        number = self._read(text)
        return self._as_typed(text, number) if number else self._blurred(text) or self.in_words(text)

    def in_words(self, text: str) -> str:
        """Words of a person's, numbers among them."""
        return _RUN.sub(lambda run: _parts_replaced(run[0], self._instead_of_typed), text)

    def _instead_of_shown(self, part: str) -> str | None:
        number = self._read(part)
        if number is None or not (self._is_surely(number, part) or _for_reader(number, self._real_own) == part):
            return None
        test = self._test_number(number)
        return _exchanged(part, number, test) or _for_reader(test, self.own)

    def _instead_of_typed(self, part: str) -> str | None:
        number = self._read(part)
        return self._as_typed(part, number) if number and self._is_surely(number, part) else None

    def _as_typed(self, text: str, number: Msisdn) -> str:
        """What is local elsewhere is written in full: the test's country is Kenya."""
        test = self._test_number(number)
        is_understood = self._country == _TEST_COUNTRY or text.startswith("+")
        return (_exchanged(text, number, test) if is_understood else None) or test

    def _is_surely(self, number: Msisdn, part: str) -> bool:
        """An amount may have as many digits."""
        return part[0] in "+0" or number in self._known

    def _test_number(self, number: Msisdn) -> Msisdn:
        return self._known.setdefault(number, _test_number(number, len(self._known)))

    def _read(self, text: str) -> Msisdn | None:
        try:
            return parse_msisdn(text, self._country)
        except BadInput:
            return _as_e164(text)

    def _blurred(self, text: str) -> str | None:
        """Instead of a number with a slip in it: digits that are refused for the same reason."""
        if not _RUN.fullmatch(text.strip()) or text.strip()[0] not in "+0":
            return None
        reason, count = self._why_not(text), len(_digits(text))
        for kept, digit in product((4, 5, 6), "0123456789"):
            blurred = _with_last_digits(text, digit * (count - kept))
            if self._why_not(blurred) is reason:
                return blurred
        return _with_last_digits(text, "0" * count)

    def _why_not(self, text: str) -> Why | None:
        try:
            parse_msisdn(text, self._country)
        except BadInput as bad:
            return bad.why
        return None


def _as_e164(text: str) -> Msisdn | None:
    """A sandbox's, which no numbering plan knows."""
    try:
        return e164(text)
    except BadInput:
        return None


def _test_number(real: Msisdn, n: int) -> Msisdn:
    """The `n`th, of the same country, so that it is shown in the same form; 0 is the phone itself."""
    try:
        region = phonenumbers.region_code_for_number(phonenumbers.parse(real))
        example = phonenumbers.example_number_for_type(region or "", phonenumbers.PhoneNumberType.MOBILE)
    except phonenumbers.NumberParseException:
        example = None
    if example is None or region == _TEST_COUNTRY:
        return Msisdn(f"{_OTHERS}{n:06}" if n else _OWN)
    return Msisdn(f"+{example.country_code}{str(example.national_number)[:-2]}{n:02}")


def _exchanged(text: str, real: Msisdn, test: Msisdn) -> str | None:
    """`text` with the digits of `test`, where the two are built alike."""
    old, new = _subscriber(real), _subscriber(test)
    is_alike = len(old) == len(new) and len(real) == len(test) and _digits(text).endswith(old)
    return _with_last_digits(text, new) if is_alike else None


def _parts_replaced(run: str, instead_of: Callable[[str], str | None]) -> str:
    """`run`, digits in groups, with what there is instead of its longest parts, from the left."""
    said, at, groups = "", 0, list(_GROUP.finditer(run))
    while groups:
        found = ((count, new) for count, part in _beginnings(run, groups) if (new := instead_of(part)))
        count, new = next(found, (1, groups[0][0]))
        said += run[at : groups[0].start()] + new
        at, groups = groups[count - 1].end(), groups[count:]
    return said + run[at:]


def _beginnings(run: str, groups: list[re.Match[str]]) -> Iterator[tuple[int, str]]:
    """The parts of `run` that begin with its first group, longest first, and how many groups each has."""
    for count in range(len(groups), 0, -1):
        yield count, run[groups[0].start() : groups[count - 1].end()]


def _for_reader(number: Msisdn, reader: Msisdn) -> str:
    return national(number, reader).replace("\u00a0", " ")


def _subscriber(number: Msisdn) -> str:
    """The digits behind the country code."""
    try:
        return phonenumbers.national_significant_number(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return number[1:]


def _with_last_digits(text: str, digits: str) -> str:
    """`text` with its last digits exchanged for these, one by one."""
    left, said = list(digits), []
    for letter in reversed(text):
        said.append(left.pop() if letter.isdecimal() and left else letter)
    return "".join(reversed(said))


def _digits(text: str) -> str:
    return re.sub("[^0-9]", "", text)
