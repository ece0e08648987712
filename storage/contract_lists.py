"""Lists of contracts: all, or those that have what is asked for. Nothing that a page reads grows with their number."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from storage.pages import Cursor, PageRows, read_page
from storage.postgres.database import Pool
from storage.postgres.queries import QUERIES
from values.frozen import Frozen, Hidden, asdict

MOST_MATCHES: Final = 2000
"""Up to so many contracts with the words are put in order. Of more, a page walks through the newest and looks at
each."""


class ContractFilter(Frozen):
    """Which contracts to list; None or False limits nothing. `party`: a person's id. `words` are all in the terms, or
    all in one text that was said. `since`: made then or later; `updated_since`: changed then or later."""

    status: str | None = None
    type: str | None = None
    msisdn: Hidden[str | None] = None
    party: UUID | None = None
    reference: str | None = None
    clock_stopped: bool = False
    since: datetime | None = None
    updated_since: datetime | None = None
    words: Hidden[str | None] = None


async def contracts_page(pool: Pool, limit: int, after: Cursor | None, wanted: ContractFilter) -> PageRows:
    """Return rows of `contract` and `id`, newest first, that follow the one at `after`. With `updated_since` alone or
    beside a status or a type: those that changed last come first."""
    along = await _along(pool, wanted)
    until = wanted.updated_since if along == "newest_changed" else wanted.since
    return await read_page(pool, "contracts", along, limit, after, limits_of(wanted, along), until=until)


def limits_of(wanted: ContractFilter, along: str) -> dict[str, Any]:
    """Return the parameters of the query `along` and of the query `shown`, which need not look at a person again."""
    return {
        **asdict(wanted),
        "with_msisdn": None if along == "newest_of_phone" else wanted.msisdn,
        "with_party": None if along == "newest_of_party" else wanted.party,
    }


async def _along(pool: Pool, wanted: ContractFilter) -> str:
    """Return the query whose index limits the list most."""
    if wanted.reference:
        return "newest_of_reference"
    if wanted.words:
        query = QUERIES["contracts.count_with_words"](words=wanted.words, most=MOST_MATCHES + 1)
        if await pool.fetchval(*query) <= MOST_MATCHES:
            return "newest_with_words"
    for is_asked, along in (
        (wanted.msisdn, "newest_of_phone"), (wanted.party, "newest_of_party"),
        (wanted.clock_stopped, "newest_stopped"), (wanted.updated_since, "newest_changed"),
        (wanted.status, "newest_of_status"),
    ):  # fmt: skip
        if is_asked:
            return along
    return "newest"
