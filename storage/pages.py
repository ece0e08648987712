"""Pages of lists: newest first, each after the row where the one before ended.

A page looks at a bounded number of rows, along the index of what limits the list most, and shows those that have all
that was asked for. So it may show fewer than it has room for, or none, and yet say where to go on: a page costs the
same whatever is asked for.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from storage.postgres.database import Pool
from storage.postgres.queries import QUERIES
from values.frozen import Frozen

Cursor = tuple[datetime, UUID]

LOOKS: Final = 150  # rows that a page looks at, more than one can show; each costs two reads of a page in memory


class PageRows(Frozen):
    """`rows`: at most as many as the page has room for. `end`: the place where the next page begins; None: this is the
    last."""

    rows: list[dict[str, Any]]
    end: Cursor | None

    @classmethod
    def of(cls, found: list[dict[str, Any]], limit: int) -> "PageRows":
        """Return the page of at most `limit` of the rows `found`: one more says that there is another page."""
        rows = found[:limit]
        return cls(rows, (rows[-1]["created_at"], rows[-1]["id"]) if len(found) > limit else None)


async def read_page(
    pool: Pool, lists: str, along: str, limit: int, after: Cursor | None, limits: Mapping[str, Any],
    looks: int = LOOKS, until: datetime | None = None,
) -> PageRows:  # fmt: skip
    """Return a page of at most `limit` rows. `along`: the query of the file `lists` that gives ids in order; `limits`:
    the parameters of its query `shown`, None where nothing limits it. `until`: rows before that time end the list."""
    newest, shown = QUERIES[f"{lists}.{along}"], QUERIES[f"{lists}.shown"]
    at, row_id = after or (None, None)
    own = {name: limits[name] for name in newest.parameters if name in limits}
    is_all = all(name in own or not value for name, value in limits.items() if name in shown.parameters)
    looked = await pool.fetch(*newest(after_at=at, after_id=row_id, most=limit + 1 if is_all else looks, **own))
    places: dict[UUID, datetime] = {row["id"]: row["at"] for row in looked if until is None or row["at"] >= until}
    of_shown = {name: value for name, value in limits.items() if name in shown.parameters}
    found = [dict(row) for row in await pool.fetch(*shown(ids=list(places), most=limit + 1, **of_shown))]
    rows = found[:limit]
    if len(found) > limit:
        last: UUID = rows[-1]["id"]
    elif len(places) == looks:
        last = looked[-1]["id"]
    else:
        return PageRows(rows, None)
    return PageRows(rows, (places[last], last))
