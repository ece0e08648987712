"""What a database holds, and how a phone number may look in it."""

import re

import asyncpg

from tests.service import rows_of


async def stored_values(db: "asyncpg.Connection[asyncpg.Record]") -> list[tuple[str, str, str]]:
    """Return table, column and value of everything in the database, as text. Bytes are read as Latin-1, so that text in
    them is found."""
    values = []
    for table in await rows_of(db):
        for row in await db.fetch(f"SELECT * FROM {table}"):  # noqa: S608 - our own words
            for column, value in row.items():
                text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
                values.append((table, column, text))
    return values


def any_form_of(msisdn: str) -> re.Pattern[str]:
    """Return a pattern for the number in any form:
    +254712345678, 254712345678, 0712345678, 0712 345 678, percent-encoded."""
    national = r"[\s\-.\u00a0]?".join(msisdn[4:])
    return re.compile(rf"(?<!\d)(?:(?:\+|%2B)?{msisdn[1:4]}[\s\-\u00a0]?|0)?{national}(?!\d)", re.IGNORECASE)
