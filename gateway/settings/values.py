"""What a value of a setting may be. Each validator raises ValueError with what the value should be, and shows nothing
of the value: it may be a secret."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from phonenumbers import country_code_for_region
from pydantic import AfterValidator, ValidationError, ValidatorFunctionWrapHandler, WrapValidator
from redis.asyncio import ConnectionPool
from redis.exceptions import RedisError

from contracts.proof.log.policy import BadPolicy, parse_policy
from contracts.proof.log.timestamps import load_roots

_HOST = re.compile(r"(?:\[[0-9A-Fa-f:.%]+\]|[^:\[\]\s]*)(?::(?P<port>[0-9]+))?")


def url_of(*schemes: str) -> AfterValidator:
    def check(value: str) -> str:
        _check_url(value, schemes)
        return value

    return AfterValidator(check)


def urls_of(*schemes: str) -> AfterValidator:
    """Several with commas between them, or none."""

    def check(value: str) -> str:
        for url in split_urls(value):
            _check_url(url, schemes)
        return value

    return AfterValidator(check)


def split_urls(value: str) -> list[str]:
    return [url for part in value.split(",") if (url := part.strip())]


def redis_options() -> AfterValidator:
    """Refuse options behind the `?` that the client does not know: it would fail at its first use, with a trace."""

    def check(value: str) -> str:
        try:
            ConnectionPool.from_url(value).make_connection()  # type: ignore[no-untyped-call]  # makes the object; connects to nothing
        except (TypeError, ValueError, RedisError):
            raise ValueError("should have no options behind the ? but those of redis-py, like db=1") from None
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


def shaped(what: str) -> WrapValidator:
    """Say of a setting that is JSON what it should be as a whole, whichever part of it is wrong."""

    def check(value: Any, validate: ValidatorFunctionWrapHandler) -> Any:
        try:
            return validate(value)
        except ValidationError:
            raise ValueError(f"should be {what}") from None

    return WrapValidator(check)


def policy_file() -> AfterValidator:
    def check(value: Path) -> Path:
        try:
            parse_policy(value.read_bytes())
        except OSError as fault:
            raise ValueError(f"should be a policy file that can be read ({fault.strerror})") from None
        except BadPolicy as bad:
            raise ValueError(f"should be a policy file of C2SP's form; {bad}") from None
        return value

    return AfterValidator(check)


def certificates_file() -> AfterValidator:
    def check(value: Path) -> Path:
        try:
            load_roots(value.read_bytes())
        except OSError as fault:
            raise ValueError(f"should be a file of certificates that can be read ({fault.strerror})") from None
        except ValueError:
            raise ValueError("should be a file of certificates in PEM") from None
        return value

    return AfterValidator(check)


def country_codes(value: str) -> str:
    codes = [code.strip().upper() for code in value.split(",")]
    if not all(country_code_for_region(code) for code in codes):
        raise ValueError("should be the two letters of countries, like KE,UG")
    return ",".join(codes)


def _check_url(value: str, schemes: Sequence[str]) -> None:
    try:
        parts = urlsplit(value)
    except ValueError:
        raise ValueError("should be a URL") from None
    if parts.scheme not in schemes or not (parts.netloc or parts.path or parts.query):
        raise ValueError(f"should be a URL that starts with {' or '.join(s + '://' for s in schemes)}")
    _check_hosts(parts)


def _check_hosts(parts: SplitResult) -> None:
    """Raise ValueError unless the URL names hosts with ports as they should be. A `/`, `?`, `#` or space in a password
    that is not percent-encoded ends the host too early, and so is found here; drivers would show half the password."""
    if parts.fragment or ("@" in parts.path + parts.query and parts.scheme != "unix"):
        raise ValueError("should have its password percent-encoded: # as %23, / as %2F, ? as %3F, @ as %40")
    for host in parts.netloc.rpartition("@")[2].split(","):
        match = _HOST.fullmatch(host)
        if match is None:
            raise ValueError("should have its password percent-encoded (# as %23), and a port of digits only")
        if match["port"] and not 1 <= int(match["port"]) <= 65_535:
            raise ValueError("should have a port from 1 to 65535")
