"""`voicepact subject` and money: an export has it, nobody is erased while money of theirs waits or moves, and after
erasing the books say how much moved and name nobody."""

from collections.abc import AsyncIterator
from uuid import UUID

import pytest
import pytest_asyncio
from rich.progress import Progress

from contracts.fields.msisdn import Msisdn
from contracts.proof.personal_data import payer_names
from gateway.commands.audit import verify_all
from gateway.commands.startup import StartError
from gateway.commands.subject import export_person
from gateway.commands.subject_erasing import erase_person
from gateway.payments.port import Callback
from storage.postgres.database import Connection, connect, set_json_codec
from tests.gateway.commands.subjects import SOMEBODY
from tests.gateway.operator_client import BUYER, SELLER, Operator
from tests.gateway.payments.money_story import MoneyStory, live_with_money, live_with_suspense

AMINA = Msisdn(BUYER)


@pytest_asyncio.fixture
async def db(database_url: str) -> AsyncIterator[Connection]:
    connection = await connect(database_url)
    await set_json_codec(connection)
    yield connection
    await connection.close()


@pytest.fixture
def story(operator: Operator) -> MoneyStory:
    return MoneyStory(operator)


async def hears(story: MoneyStory, body: bytes, own_id: str | None = None) -> None:
    """A callback of the rail comes, and is dealt with."""
    callback = Callback("result", own_id, "POST", "", {}, body)
    await story.callbacks.keep(story.rail, callback, story.now())
    await story.settle()


async def test_an_export_has_the_payments_and_transfers_of_a_person(db: Connection, story: MoneyStory) -> None:
    await live_with_money(story)
    await live_with_suspense(story)
    hashed = payer_names(AMINA)[1]
    await db.execute("UPDATE transfers SET payer = $1 WHERE receipt = 'P4'", hashed)
    buyers = await export_person(db, AMINA, story.now(), SOMEBODY)
    assert [(row["status"], row["accounts"]["held"]["credited"]) for row in buyers["payments"]] == [
        ("RELEASED", 300_000), ("REFUNDED", 300_000),
    ]  # fmt: skip
    assert [row["kind"] for row in buyers["transfers"]] == [
        "prompt", "prompt", "prompt", "paybill", "prompt", "prompt", "paybill", "paybill", "refund",
    ]  # fmt: skip
    assert {row["receipt"] for row in buyers["transfers"] if row["receipt"]} == {"R1", "R2", "P2", "P3", "P4"}
    sellers = await export_person(db, Msisdn(SELLER), story.now(), SOMEBODY)
    assert [row["kind"] for row in sellers["transfers"]] == ["release", "release", "release"]


async def test_nobody_is_erased_while_money_is_owed_to_them_or_moves(db: Connection, story: MoneyStory) -> None:
    contract_id = await live_with_suspense(story)
    settings = story.services.settings
    row = await story.services.records.contract(UUID(contract_id))
    assert row and row["status"] == "CANCELLED"
    with pytest.raises(
        StartError, match=f"money waits, is owed or on its way, so nothing was erased: {row['reference']}$"
    ):
        await erase_person(db, settings, AMINA, story.now())
    await erase_person(db, settings, Msisdn(SELLER), story.now())  # nothing of it is theirs
    await story.settle()
    assert await erase_person(db, settings, AMINA, story.now()) == []


async def test_after_erasing_the_books_name_nobody_and_the_record_is_whole(
    db: Connection, story: MoneyStory, database_url: str
) -> None:
    contract_id = UUID(await live_with_money(story))
    await live_with_suspense(story)
    await story.settle()
    reference = await db.fetchval("SELECT reference FROM contracts WHERE id = $1", contract_id)
    await db.execute("UPDATE transfers SET words = 'to 254711000001 - Jane Doe' WHERE receipt = 'R1'")
    own_id = await db.fetchval("SELECT own_id FROM transfers WHERE receipt = 'R1'")
    for body, marked in (
        (b'{"ReceiptNo": "R1"}', None), (b'{"Name": "Jane Doe"}', own_id), (b'{"Phone": 254711000001}', None),
        (b'{"FirstName": "Amina", "Id": 7}', None), (b'{"ReceiptNo": "of another"}', None),
    ):  # fmt: skip
        await hears(story, body, marked)
    amounts = "SELECT id, amount_minor, receipt, ended_at FROM transfers ORDER BY id"
    before = await db.fetch(amounts)

    await erase_person(db, story.services.settings, AMINA, story.now())

    assert await db.fetch(amounts) == before
    named = await db.fetch(
        "SELECT receipt FROM transfers WHERE (payer, account) IS DISTINCT FROM (NULL, NULL) OR words <> '' ORDER BY 1"
    )
    assert [row["receipt"] for row in named] == ["P1", "P4"], "only what belongs to none of their contracts"
    assert await db.fetchval("SELECT count(*) FROM rail_callbacks") == 1
    counts = await verify_all(database_url, None, Progress(disable=True))
    assert counts.contracts == 2
    late = await story.pay_by_hand(str(reference), 1_000, "P5")
    assert await db.fetchval("SELECT contract_id FROM transfers WHERE id = $1", late) is None, (
        "whom could it go back to?"
    )


async def test_nobody_is_erased_while_a_callback_about_them_waits(db: Connection, story: MoneyStory) -> None:
    await live_with_money(story)
    callback = Callback("result", None, "POST", "", {}, b'{"Phone": "254711000001"}')
    await story.callbacks.keep(story.rail, callback, story.now())
    with pytest.raises(StartError, match="is being dealt with"):
        await erase_person(db, story.services.settings, AMINA, story.now())
    assert await db.fetchval("SELECT count(*) FROM phones WHERE msisdn = $1", BUYER) == 1


async def test_a_contract_is_kept_while_its_money_is_not_where_it_belongs(db: Connection, story: MoneyStory) -> None:
    paid, waits = await live_with_money(story), await live_with_suspense(story)
    kept = {str(row["id"]) for row in await db.fetch("SELECT id FROM kept_contracts")}
    assert waits in kept and paid not in kept
    await story.settle()
    assert not await db.fetch("SELECT id FROM kept_contracts")
