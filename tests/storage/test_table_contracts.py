"""What the table of contracts refuses from anybody: illegal transitions, other terms, a changed identity."""

from decimal import Decimal
from uuid import UUID

import asyncpg
import pytest

from contracts.contract import TRANSITIONS, Status
from storage.postgres.database import Connection
from tests.storage.make_acts import NOON
from tests.storage.table_rows import AT, CONTRACT, DELIVERIES, insert_row, make_contract


async def moves(tables: Connection, before: Status, after: Status) -> bool:
    await insert_row(tables, "contracts", make_contract(before))
    when = f", {AT[after]} = $2" if after is not before and after is not Status.PENDING else ", created_at = $2"
    try:
        await tables.execute(
            f"UPDATE contracts SET status = $1, version = version + 1{when} WHERE reference = '40718353'",  # noqa: S608 - our own words
            after.value, NOON,
        )  # fmt: skip
    except asyncpg.CheckViolationError as refused:
        assert f"cannot go from {before} to {after}" in str(refused) or "is over" in str(refused)
        return False
    return True


@pytest.mark.parametrize("after", Status)
@pytest.mark.parametrize("before", Status)
async def test_the_database_allows_the_transitions_of_the_code(
    tables: Connection, before: Status, after: Status
) -> None:
    assert await moves(tables, before, after) == (
        after in TRANSITIONS[before] or (after is before and bool(TRANSITIONS[before]))
    )


@pytest.mark.parametrize("after", ["COMPLETED", "DISPUTED"])
async def test_a_contract_passes_through_active_only_if_it_says_so(tables: Connection, after: str) -> None:
    await insert_row(tables, "contracts", make_contract("CONFIRMED"))
    change = f"UPDATE contracts SET status = $1, version = version + 1, {AT[after]} = $2"  # noqa: S608 - our own words
    with pytest.raises(asyncpg.CheckViolationError, match=f"cannot go from CONFIRMED to {after}"):
        async with tables.transaction():
            await tables.execute(f"{change} WHERE reference = '40718353'", after, NOON)
    await tables.execute(f"{change}, active_at = $2 WHERE reference = '40718353'", after, NOON)


@pytest.mark.parametrize(
    ("change", "is_taken"),
    [
        pytest.param("""terms = '{"quantity": 1}', terms_version = 2""", True, id="new terms, a new number"),
        pytest.param("terms_version = 2", True, id="a new number alone"),
        pytest.param("""terms = '{"quantity": 1}'""", False, id="terms"),
        pytest.param("total_minor = 2", False, id="the total"),
        pytest.param("currency = 'UGX'", False, id="the currency"),
        pytest.param("terms_version = 0", False, id="an old number"),
    ],
)
async def test_terms_change_under_a_new_number_only(tables: Connection, change: str, is_taken: bool) -> None:
    await insert_row(tables, "contracts", make_contract("CONFIRMED"))
    sql = f"UPDATE contracts SET version = version + 1, {change} WHERE reference = '40718353'"  # noqa: S608 - our own words
    if is_taken:
        await tables.execute(sql)
        return
    with pytest.raises(asyncpg.CheckViolationError, match="changes its terms under a new version only"):
        await tables.execute(sql)


@pytest.mark.parametrize(
    ("quantity", "unit", "is_taken"),
    [
        pytest.param("0.5", "bags", True, id="as much as came"),
        pytest.param("0.499", "bags", False, id="less than came"),
        pytest.param("50", "kg", False, id="another unit"),
    ],
)
async def test_new_terms_cannot_undercut_what_was_received(
    tables: Connection, quantity: str, unit: str, is_taken: bool
) -> None:
    await insert_row(tables, "deliveries", {**DELIVERIES, "kind": "part", "quantity": Decimal("0.5")})
    sql = "UPDATE contracts SET version = version + 1, terms_version = terms_version + 1, terms = $2 WHERE id = $1"
    # The first of them, of no terms at all, to the unit that is agreed on.
    await tables.execute("ALTER TABLE contracts DISABLE TRIGGER contracts_hold_what_came")
    await tables.execute(sql, CONTRACT, {"quantity": "2", "unit": "bags"})
    await tables.execute("ALTER TABLE contracts ENABLE TRIGGER contracts_hold_what_came")
    changed = tables.execute(sql, CONTRACT, {"quantity": quantity, "unit": unit})
    if is_taken:
        await changed
        return
    with pytest.raises(asyncpg.CheckViolationError, match=r"less than the 0\.5 that came"):
        await changed


@pytest.mark.parametrize("status", ["COMPLETED", "CANCELLED", "EXPIRED"])
async def test_an_ended_contract_does_not_change(tables: Connection, status: str) -> None:
    await insert_row(tables, "contracts", make_contract(status))
    with pytest.raises(asyncpg.CheckViolationError, match="is over"):
        await tables.execute("UPDATE contracts SET version = version + 1, next_what = 'expire', next_at = now()"
                         " WHERE reference = '40718353'")  # fmt: skip


@pytest.mark.parametrize("status", ["COMPLETED", "CANCELLED", "EXPIRED"])
async def test_of_an_ended_contract_only_that_with_escrow_has_later_versions(tables: Connection, status: str) -> None:
    """Its money still moves, and each movement is an entry."""
    moves = "UPDATE contracts SET version = version + 1, entries = entries + 1 WHERE reference = '{}'"
    await insert_row(tables, "contracts", {**make_contract(status), "id": UUID(int=10), "reference": "40718354",
                                           "terms": {"payment": "escrow"}})  # fmt: skip
    await insert_row(tables, "contracts", make_contract(status))
    await tables.execute(moves.format("40718354"))
    with pytest.raises(asyncpg.CheckViolationError, match="is over"):
        await tables.execute(moves.format("40718353"))


@pytest.mark.parametrize(
    "change",
    [
        pytest.param("total_minor = 5", id="without the next version"),
        pytest.param("version = version + 2", id="with a version left out"),
        pytest.param("version = version - 1", id="with the version before"),
        pytest.param(f"version = version + 1, id = '{UUID(int=77)}'", id="its id"),
        pytest.param("version = version + 1, reference = '40718354'", id="its reference"),
        pytest.param("version = version + 1, created_at = now()", id="when it was made"),
    ],
)
async def test_a_contract_keeps_its_identity(tables: Connection, change: str) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        await tables.execute(f"UPDATE contracts SET {change}")  # noqa: S608 - our own words
