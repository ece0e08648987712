"""Statements that walk to their rows by key, also when they are planned on a day on which the tables are empty."""

import re
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any
from uuid import uuid4

import pytest

from storage.postgres.queries import QUERIES
from tests.storage.make_acts import open_records

# What stands behind a look at the messages: a step into an index, never a walk through all that is on the way.
BY_KEY = re.compile(r"(Index|Recheck) Cond: \(+(id|provider|phone_id) = ")


@pytest.mark.parametrize("analyzed", [False, True], ids=["never analyzed", "analyzed while empty"])
@pytest.mark.parametrize(
    ("name", "parts", "values"),
    [("finish", (), ([],)), ("merge_reports", (), ([], [])), ("merge_reports", ("new",), ([], [], []))],
)
async def test_messages_are_found_by_key(
    database_url: str, name: str, parts: tuple[str, ...], values: tuple[list[Any], ...], analyzed: bool
) -> None:
    async with open_records(database_url) as records:
        if analyzed:
            await records.pool.execute("ANALYZE sms_logs, sms_reports")
        query = QUERIES[f"outbox.{name}"].with_parts(frozenset(parts))
        rows = await records.pool.fetch(f"EXPLAIN (COSTS OFF) {query.sql}", *values)
    lines = [row[0].strip() for row in rows]
    behind = [after for line, after in pairwise(lines) if "Scan" in line and " on sms_logs" in line]
    assert behind and all(BY_KEY.match(after) for after in behind), "\n".join(lines)


async def test_a_hop_that_tried_a_pin_before_is_found_by_key(database_url: str) -> None:
    async with open_records(database_url) as records:
        rows = await records.pool.fetch(f"EXPLAIN (COSTS OFF) {QUERIES['phones.try_pins'].sql}", [], [], [])
    lines = [row[0].strip() for row in rows]
    behind = [after for line, after in pairwise(lines) if "Scan" in line and " on acted_hops" in line]
    assert behind and all(after.startswith("Index Cond: ((provider = ") for after in behind), "\n".join(lines)


@pytest.mark.parametrize(
    ("name", "values", "index"),
    [
        ("newest", {}, "looks_pkey"),
        ("newest_about", {"about": uuid4()}, "look_subjects_pkey"),
        ("newest_by", {"key_ids": ["0123456789abcdef"]}, "looks_of_key"),
    ],
)
async def test_a_page_of_looks_reads_its_rows_alone(
    database_url: str, name: str, values: dict[str, Any], index: str
) -> None:
    """Backward along an index up to a limit, however many looks there are at one person."""
    async with open_records(database_url) as records:
        sql, *given = QUERIES[f"looks.{name}"](after_id=None, most=21, **values)
        rows = await records.pool.fetch(f"EXPLAIN (COSTS OFF) {sql}", *given)
    lines = [row[0].strip() for row in rows]
    limit, scan = next(pair for pair in pairwise(lines) if index in pair[1])
    assert limit.endswith("Limit") and re.search(rf"Scan Backward using {index} on", scan), "\n".join(lines)


async def test_a_refusal_looks_at_no_more_deliveries_on_a_busy_day(database_url: str) -> None:
    """A provider may refuse everybody, one message after another."""
    async with open_records(database_url) as records:
        sql, *values = QUERIES["outbox.count_refusal"](
            msisdn="+254712345678", provider="africastalking", now=datetime.now(UTC), most_days=3, act_id=uuid4()
        )
        rows = await records.pool.fetch(f"EXPLAIN (COSTS OFF) {sql}", *values)
    lines = [row[0].strip() for row in rows]
    limit, scan = next(pair for pair in pairwise(lines) if " on sms_logs" in pair[1])
    assert limit == "->  Limit" and "using sms_logs_of_status" in scan, "\n".join(lines)
