"""What migration 0011 makes of contracts that are under way when it comes, and what is left when it goes."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from storage.migrations.runner import down, up
from storage.postgres.database import Connection, connect
from tests.storage.make_acts import NOON
from tests.storage.table_rows import insert_row, make_contract

DAY = timedelta(days=1)
TERMS = {"quantity": "50", "unit": "bags", "delivery_date": "2026-03-10", "silence_days": 2}
GIVEN_UP, EARLY, LATE = (UUID(int=n) for n in (20, 21, 22))


async def standing(db: Connection, contract_id: UUID) -> tuple[Any, ...]:
    row = await db.fetchrow("SELECT next_what, next_at, version FROM contracts WHERE id = $1", contract_id)
    assert row
    return tuple(row)


@pytest.fixture
def under_way() -> list[dict[str, Any]]:
    """One about to expire; two of which a part came, before their day and long after it."""
    more = {"id": EARLY, "reference": "57240001", "terms": {**TERMS, "delivery_date": "2999-03-10"}}
    return [
        {
            **make_contract("CONFIRMED"),
            "id": GIVEN_UP,
            "reference": "57240000",
            "next_what": "expire",
            "next_at": NOON,
        },
        {**make_contract("ACTIVE"), **more},
        {**make_contract("ACTIVE"), "id": LATE, "reference": "57240002", "terms": TERMS},
    ]


async def test_what_is_under_way_gets_an_end(empty_database_url: str, under_way: list[dict[str, Any]]) -> None:
    await up(empty_database_url, to=10)
    db = await connect(empty_database_url)
    await db.set_type_codec("jsonb", schema="pg_catalog", encoder=json.dumps, decoder=json.loads)
    try:
        for row in under_way:
            await insert_row(db, "contracts", row)
        await up(empty_database_url, to=11)
        assert await standing(db, GIVEN_UP) == ("remind_expiry", NOON - DAY, 2), (
            "it is told first, and lasts a day more"
        )
        what, at, _ = await standing(db, EARLY)
        assert (what, at.isoformat()) == ("remind_rest", "2999-03-11T09:00:00+00:00")
        what, at, _ = await standing(db, LATE)
        now = await db.fetchval("SELECT now()")
        assert what == "remind_rest" and timedelta(0) <= now - (at - DAY) < timedelta(minutes=1), "from the upgrade on"
        await down(empty_database_url, to=10)
        assert await standing(db, GIVEN_UP) == ("expire", NOON, 3)
        assert await standing(db, LATE) == (None, None, 3)
    finally:
        await db.close()
