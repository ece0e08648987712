"""Phone numbers: every spelling that people type becomes E.164.

>>> parse_msisdn("0712 345678")
'+254712345678'
>>> masked(e164("+254712345678"))
'+254******678'
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NewType

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType

from contracts.fields.letters import normalize_text
from contracts.refusals import BadInput, Why

Msisdn = NewType("Msisdn", str)

E164 = r"\+[1-9][0-9]{6,14}"  # no country code begins with 0
_E164 = re.compile(E164)
_TYPED = re.compile(r"\+?[0-9 ().,/\-\u2010-\u2015]+")  # letters would be read as keys ("0712-FLOWER") or extensions
_COUNTRY_CODE = re.compile(r"1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|[0-9]{3}")  # ITU-T E.164, annex
_SUBSCRIBER = "345678"  # in place of the last digits of a number
_FULL_LENGTH = 12  # of the shortest African mobile number, with its + and country code
_TAKES_SMS = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)


def e164(text: str) -> Msisdn:
    """Return a provider's number as it is, if it is `+` and 7 to 15 digits. Raise BadInput NOT_A_NUMBER if not.

    It is not compared with a numbering plan: the networks know better, and the sandbox's +254000000001 must pass.
    """
    if _E164.fullmatch(text) is None:
        raise BadInput(Why.NOT_A_NUMBER)
    return Msisdn(text)


def parse_msisdn(text: str, country: str = "KE") -> Msisdn:
    """Return the mobile number that a person typed, local to `country` (ISO 3166 alpha-2) or international, in E.164.

    Raise BadInput: EMPTY, TOO_SHORT, TOO_LONG, NOT_A_NUMBER, or NOT_MOBILE for a line that takes no SMS.
    """
    typed = re.sub(r"^\((\+[0-9 ]+)\)", r"\1", normalize_text(text))  # (+254) 712…
    if not typed:
        raise BadInput(Why.EMPTY)
    if _TYPED.fullmatch(typed) is None:
        raise BadInput(Why.NOT_A_NUMBER)
    readings = list(_readings(typed, country))
    valid = [number for number in readings if phonenumbers.is_valid_number(number)]
    for number in valid:
        if phonenumbers.number_type(number) in _TAKES_SMS:
            return Msisdn(phonenumbers.format_number(number, PhoneNumberFormat.E164))
    raise BadInput(Why.NOT_MOBILE if valid else _what_is_wrong(typed, readings))


def masked(msisdn: Msisdn) -> str:
    """Return the country code, stars and the last three digits, for logs and for operators: `+254******678`.

    Of a short number fewer digits are shown, and of a text that is not E.164 none.
    """
    digits = msisdn[1:]
    if not msisdn.startswith("+") or not digits.isdecimal():
        return "*" * len(msisdn)
    found = _COUNTRY_CODE.match(digits)
    code = found.end() if found else 0
    shown = min(3, (len(digits) - code) // 3)
    return f"+{digits[:code]}{'*' * (len(digits) - code - shown)}{digits[len(digits) - shown :]}"


def national(msisdn: Msisdn, reader: Msisdn) -> str:
    """Return `msisdn` as `reader` knows it: `0712 345 678` in the same country, `+256 712 345 678` in another one.

    Groups are joined with U+00A0, so that a page never ends in the middle of a number.
    """
    is_near = country_code(msisdn) == country_code(reader)
    if msisdn.startswith("+2") and len(msisdn) >= _FULL_LENGTH:
        alike = _grouped_alike(msisdn[: -len(_SUBSCRIBER)], is_near=is_near)
        if alike:
            return alike.format(*msisdn[-len(_SUBSCRIBER) :])
    return _grouped(msisdn, is_near=is_near)


@lru_cache(maxsize=8192)
def _grouped_alike(lead: str, *, is_near: bool) -> str | None:
    """How African numbers that begin with `lead` are grouped, with `{}` in place of each later digit.

    The later digits make no difference, and to ask the numbering plan for every number would take longer than all else
    on a screen. None: it must be asked.
    """
    letters = list(_grouped(Msisdn(lead + _SUBSCRIBER), is_near=is_near))
    if letters[0] == "+" and "\u00a0" not in letters:
        return None
    for at in [at for at, letter in enumerate(letters) if letter.isdecimal()][-len(_SUBSCRIBER) :]:
        letters[at] = "{}"
    return "".join(letters)


@lru_cache(maxsize=8192)
def _grouped(msisdn: Msisdn, *, is_near: bool) -> str:
    try:
        number = phonenumbers.parse(msisdn)
    except phonenumbers.NumberParseException:
        return msisdn
    if not phonenumbers.is_valid_number(number):
        return msisdn  # a number of the sandbox, which no numbering plan groups
    form = PhoneNumberFormat.NATIONAL if is_near else PhoneNumberFormat.INTERNATIONAL
    return "\u00a0".join(_in_threes(phonenumbers.format_number(number, form).replace("-", " ").split()))


def country_code(msisdn: Msisdn) -> str:
    """Return the country code without its plus, as in 254; "" if there is none."""
    found = _COUNTRY_CODE.match(msisdn, 1)
    return found[0] if found else ""


def _readings(typed: str, country: str) -> Iterator[PhoneNumber]:
    """The numbers that `typed` may mean, likeliest first: local, then with 00 or nothing in place of the `+`."""
    spellings = [typed]
    digits = re.sub(r"[^0-9]", "", typed)
    if not typed.startswith("+") and digits.startswith("00"):
        spellings.append("+" + digits.lstrip("0"))
    elif not typed.startswith("+") and digits.startswith("2") and len(digits) >= 11:
        # Only African codes (2…): elsewhere a local number with one digit too many would become a stranger's.
        spellings.append("+" + digits)
    for spelling in spellings:
        try:
            yield phonenumbers.parse(spelling, country)
        except phonenumbers.NumberParseException:
            continue


def _what_is_wrong(typed: str, readings: list[PhoneNumber]) -> Why:
    """Whether a number is too short or too long, because people often type one digit more or less.

    Its length is compared with the numbering plan's example of a mobile number: the plan's "possible" lengths include
    every other type of line.
    """
    digits = sum(map(str.isdecimal, typed))
    if not readings:
        return Why.TOO_SHORT if digits < 7 else Why.TOO_LONG if digits > 15 else Why.NOT_A_NUMBER
    region = phonenumbers.region_code_for_country_code(readings[0].country_code or 0)
    example = phonenumbers.example_number_for_type(region, PhoneNumberType.MOBILE)
    if example is None:
        return Why.NOT_A_NUMBER
    over = len(phonenumbers.national_significant_number(readings[0])) - len(str(example.national_number))
    return Why.TOO_SHORT if over < 0 else Why.TOO_LONG if over > 0 else Why.NOT_A_NUMBER


def _in_threes(groups: list[str]) -> Iterator[str]:
    """Groups of six digits become two of three: the plan has `0712 345678`, but people say three digits at a time."""
    for group in groups:
        if len(group) == 6 and group.isdecimal():
            yield group[:3]
            yield group[3:]
        else:
            yield group
