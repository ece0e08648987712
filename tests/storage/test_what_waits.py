"""What waits for a caller, where it is more than a list shows: the newest are shown, and it is said that more wait."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from storage.postgres.database import connect
from storage.records import Records
from tests.storage.make_acts import NOON, open_records
from tests.storage.test_growth import CONTRACTS

CALLER, OTHER = "+254700000001", "+254700000002"
NEWEST = """
SELECT contract_id FROM contract_parties p JOIN phones f ON f.id = p.phone_id JOIN contracts c ON c.id = p.contract_id
WHERE f.msisdn = $1 AND c.status IN ('PENDING', 'CONFIRMED', 'ACTIVE') ORDER BY p.since DESC, contract_id DESC LIMIT 20
"""


@pytest_asyncio.fixture
async def records(database_url: str) -> AsyncIterator[Records]:
    async with open_records(database_url) as records:
        yield records


async def make_contracts(url: str, count: int) -> None:
    """Make `count` offers to the caller, as many with a proposal, and as many of which a delivery was reported."""
    connection = await connect(url)
    await connection.execute("CREATE TEMPORARY SEQUENCE reference_numbers")
    for msisdn in (CALLER, OTHER):
        await connection.execute("INSERT INTO phones (id, msisdn, created_at) VALUES (uuidv7(), $1, $2)", msisdn, NOON)
    await connection.execute(CONTRACTS, CALLER, count, NOON, OTHER)
    await connection.close()


async def test_few_are_all_listed_and_counted(records: Records, database_url: str) -> None:
    await make_contracts(database_url, 3)
    caller, dialler = await records.caller(CALLER), await records.dialler(CALLER)
    assert caller and dialler
    assert (caller.waiting, caller.more_wait) == (dialler.caller.waiting, dialler.caller.more_wait) == (6, False)
    assert (len(dialler.lines), dialler.is_more) == (9, False)


async def test_of_many_the_newest_twenty_are_listed(records: Records, database_url: str) -> None:
    await make_contracts(database_url, 15)
    caller, dialler = await records.caller(CALLER), await records.dialler(CALLER)
    assert caller and dialler
    assert (caller.waiting, caller.more_wait) == (dialler.caller.waiting, dialler.caller.more_wait) == (20, True)
    newest = await records.pool.fetch(NEWEST, CALLER)
    assert [line.id for line in dialler.lines] == [row["contract_id"] for row in newest]
    assert dialler.is_more


async def test_an_offer_that_is_over_hides_none_that_waits(records: Records, database_url: str) -> None:
    """Older versions left the signature of who had not answered pending."""
    await make_contracts(database_url, 30)
    await records.pool.execute(
        "UPDATE contracts SET status = 'CANCELLED', cancelled_at = $1, version = 2 WHERE id IN ("
        " SELECT id FROM contracts WHERE status = 'PENDING' ORDER BY id DESC LIMIT 29)", NOON,
    )  # fmt: skip
    await records.pool.execute(
        "UPDATE contract_proposals SET status = 'declined', waiting = '{}', settled_at = $1", NOON
    )
    caller, dialler = await records.caller(CALLER), await records.dialler(CALLER)
    assert caller and dialler
    assert (caller.waiting, caller.more_wait) == (1, False)
    assert [line.waits for line in dialler.lines if line.status == "PENDING"] == [True]


@pytest.mark.parametrize("status", ["declined", "lapsed"])
async def test_a_settled_proposal_waits_for_nobody(records: Records, database_url: str, status: str) -> None:
    await make_contracts(database_url, 2)
    [one, _] = await records.pool.fetch("SELECT contract_id FROM contract_proposals")
    await records.pool.execute(
        "UPDATE contract_proposals SET status = $2, settled_at = $3 WHERE contract_id = $1", one[0], status, NOON
    )
    left = await records.pool.fetchval("SELECT count(*) FROM waiting_proposals WHERE contract_id <> $1", one[0])
    assert (left, await records.pool.fetchval("SELECT count(*) FROM waiting_proposals")) == (1, 1)
