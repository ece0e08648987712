"""The limits that each process counts for itself, as one table. docs/limits.md has these and all others.

Strangers reach these counts, so a count must cost nothing: no trip to a store, no connection, and memory with a bound
(use_counter.py). With several processes each counts what reaches it.
"""

import sys
from typing import Final

from values.frozen import Frozen, replace

_MINUTE: Final = 60
_HOUR: Final = 3600


class Limit(Frozen):
    """`whose` uses are counted: at most `most` in `seconds`. `why`: what happens without the limit."""

    name: str
    whose: str
    most: int
    seconds: int
    why: str


HOPS: Final = Limit(
    "hops", "one msisdn", 600, _MINUTE,
    "A broken client of a provider that dials in a loop takes the database from other callers. No thumb types so fast.",
)  # fmt: skip
CALLBACKS: Final = Limit(
    "callbacks", "one provider", 360_000, _MINUTE,
    "A provider that repeats in a loop takes the process from all others. Six thousand a second are more reports than "
    "one process takes, and it sends four thousand messages a second, each of which may be reported on. Further ones "
    "get 503, unread: the provider repeats them later.",
)  # fmt: skip
API_REQUESTS: Final = Limit(
    "API requests", "one API key", 3000, _MINUTE,
    "A loop in an operator's program takes the database from callers.",
)  # fmt: skip
PUBLIC_FILES: Final = Limit(
    "requests to /log, /verifier, /docs and /v1/openapi.json", "one address", 600, _MINUTE,
    "Each reads a row or two, and needs no key. Ten a second read all tiles of a million entries in seven minutes.",
)  # fmt: skip
WRONG_KEYS: Final = Limit(
    "wrong API keys", "one address", 60, _MINUTE,
    "Keys are guessed. Further wrong ones get 429, and their connection is closed; a right key is always accepted, "
    "because strangers may share its address.",
)  # fmt: skip
WRONG_TOKENS: Final = Limit(
    "wrong webhook tokens", "one address", 60, _MINUTE,
    "Tokens are guessed. Further wrong ones get 404 as before, and their connection is closed; a right token is always "
    "accepted.",
)  # fmt: skip
CHECKS: Final = Limit(
    "checks of a short code", "one msisdn, or one address", 20, _HOUR,
    "Codes are searched for by trying.",
)  # fmt: skip
CHECKS_OF_REFERENCE: Final = Limit(
    "checks of a short code", "one reference", 100, _HOUR,
    "Codes of one contract are searched for from many phones.",
)  # fmt: skip


def of_machines(limit: Limit, *, is_production: bool) -> Limit:
    """Return a limit that no person reaches. Outside production it does not hold: there a machine plays the caller, a
    thousand hops a second of one msisdn."""
    return limit if is_production else replace(limit, most=sys.maxsize)


def verify_requests(most: int) -> Limit:
    """Return the limit of requests to /verify, VERIFY_PER_MINUTE."""
    return Limit("requests to /verify", "one address", most, _MINUTE, "References are searched for by trying all.")
