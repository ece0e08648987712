"""What a value of a setting may be. Each validator raises ValueError with what the value should be."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from phonenumbers import country_code_for_region
from pydantic import AfterValidator


def url_of(*schemes: str) -> AfterValidator:
    def check(value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in schemes or not (parts.netloc or parts.path or parts.query):
            raise ValueError(f"should be a URL that starts with {' or '.join(s + '://' for s in schemes)}")
        return value

    return AfterValidator(check)


def one_of(known: Mapping[str, Any] | set[str], what: str) -> AfterValidator:
    def check(value: str) -> str:
        if value not in known:
            raise ValueError(f"should be {what}")
        return value

    return AfterValidator(check)


def like(pattern: str, what: str) -> AfterValidator:
    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(f"should be {what}")
        return value

    return AfterValidator(check)


def country_codes(value: str) -> str:
    codes = [code.strip().upper() for code in value.split(",")]
    if not all(country_code_for_region(code) for code in codes):
        raise ValueError("should be the two letters of countries, like KE,UG")
    return ",".join(codes)
