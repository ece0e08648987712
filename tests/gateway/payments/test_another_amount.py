"""Money that comes otherwise than it was asked for, or told: in another amount, or another currency."""

from datetime import timedelta

import pytest

from contracts.contract import Contract
from contracts.escrow.outcomes import Paid, Unknown
from contracts.fields.money import Currency, Money
from gateway.payments.port import Callback
from storage.money_reads import MoneyReads
from tests.gateway.payments.memory_rail import BookEntry
from tests.gateway.payments.money_process import act, check_books, make_confirmed, read, receive
from tests.gateway.payments.test_money_loop import HOUR, World, world

__all__ = ["world"]  # a fixture


async def prompted(world: World) -> tuple[Contract, BookEntry]:
    contract = await make_confirmed(world.records, world.clock())
    await world.process.work_until_idle()
    (entry,) = world.rail.books.values()
    return contract, entry


@pytest.mark.parametrize(
    ("came", "received", "back"), [(200_000, 200_000, 0), (400_000, 400_000, 50_000)], ids=["less", "more"]
)
async def test_what_the_rails_books_have_is_counted(world: World, came: int, received: int, back: int) -> None:
    """Not what was asked for. Less: the buyer is asked for the rest. More: the rest goes back."""
    contract, entry = await prompted(world)
    entry.money = Money(came, Currency.KES)
    await world.settle()
    escrow = (await read(world.records, contract.id)).escrow
    assert escrow and (escrow.received, escrow.refunded) == (received, back)
    assert escrow.is_there == (came > 350_000)
    assert world.rail.calls["enquire"], "its books were asked"
    (entry_of_audit,) = [
        each for each in await world.records.audit_entries(contract.id) if each["action"] == "money.came"
    ]
    assert entry_of_audit["details"]["asked_minor"] == 350_000
    await world.until_done()


async def test_a_mistaken_amount_is_not_counted(world: World) -> None:
    """The callback says more than the rail's books have."""
    contract, entry = await prompted(world)
    world.rail.settle(entry, is_paid=True)
    world.rail.outbox.clear()
    world.rail.tell(entry, 900_000)
    await world.hear()
    escrow = (await read(world.records, contract.id)).escrow
    assert escrow and (escrow.received, escrow.refunded, escrow.is_there) == (350_000, 0, True)
    await world.until_done()


@pytest.mark.parametrize("money", [Money(350_050, Currency.KES), Money(350_000, Currency.UGX)], ids=["cents", "UGX"])
async def test_what_cannot_be_the_contracts_lies_in_suspense(world: World, money: Money) -> None:
    """The prompt is over, an operator sees the money, and the buyer may be asked anew."""
    contract, entry = await prompted(world)
    entry.money, entry.state, entry.receipt = money, "paid", "R9"
    world.rail.came["R9"] = money
    world.clock.passes(timedelta(minutes=2))
    await world.process.work_until_idle()
    (prompt,) = await world.transfers("prompt")
    assert (prompt["status"], prompt["reason"]) == ("failed", "given_up")
    (waits,) = await MoneyReads(world.records.pool).waiting(world.clock() - HOUR, 5)
    assert (waits.kind, waits.status, waits.amount_minor) == ("paybill", "done", money.minor)
    escrow = (await read(world.records, contract.id)).escrow
    assert escrow and not escrow.received and not escrow.prompted
    await world.until_done()


async def test_a_prompt_that_is_called_paid_and_never_explained_ends(world: World) -> None:
    """After a day, in which the books of the rail were read as well. Its money is counted when it is found."""
    contract, entry = await prompted(world)
    world.rail.says = Unknown("no answer")
    world.rail.tell(BookEntry("collect", entry.own_id, entry.msisdn, entry.money, "", "", "paid", "T1"), 100)
    await world.hear()
    for _ in range(26):
        (prompt,) = await world.transfers("prompt")
        assert prompt["status"] == "unknown" and prompt["escalated_at"]
        world.clock.passes(HOUR + timedelta(seconds=1))
        await world.process.work_until_idle()
    (prompt,) = await world.transfers("prompt")
    assert (prompt["status"], prompt["reason"]) == ("failed", "given_up")
    world.rail.says = None
    await world.settle()
    escrow = (await read(world.records, contract.id)).escrow
    assert escrow and escrow.is_there
    await world.until_done()


async def test_the_amount_of_a_payment_that_somebody_told_of_is_that_of_the_books(world: World) -> None:
    """Or a wrong word, which came first, would keep the money from being counted."""
    contract, entry = await prompted(world)
    world.rail.settle(entry, is_paid=False)
    world.rail.pay_by_themselves(contract.reference, 350_000)
    told = world.rail.outbox.pop()
    wrong = told.body.replace(b"350000", b"100000")
    await world.process.keep(Callback(told.kind, None, "POST", "", {}, wrong))
    await world.process.keep(told)
    await world.hear()
    escrow = (await read(world.records, contract.id)).escrow
    assert escrow and (escrow.received, escrow.refunded, escrow.is_there) == (350_000, 0, True)
    await check_books(world.records.pool, world.rail)


async def test_what_lies_in_suspense_is_what_the_books_have(world: World) -> None:
    world.rail.pay_by_themselves("maize", 50_000)
    told = world.rail.outbox.pop()
    await world.process.keep(Callback(told.kind, None, "POST", "", {}, told.body.replace(b"50000", b"90000")))
    await world.hear()
    (waits,) = await MoneyReads(world.records.pool).waiting(world.clock(), 5)
    assert (waits.kind, waits.status, waits.amount_minor) == ("paybill", "done", 50_000)
    await check_books(world.records.pool, world.rail)


async def test_a_payout_of_another_amount_is_counted_by_nobody(world: World) -> None:
    contract = await world.paid()
    world.rail.says = Paid("R9", Money(1, Currency.KES))
    await act(world.records, contract.id, receive(world.clock()), world.clock())
    await world.process.work_until_idle()
    world.clock.passes(HOUR)
    await world.process.work_until_idle()
    (release,) = await world.transfers("release")
    assert (release["status"], release["words"]) == ("unknown", "another amount")
    (waits,) = await MoneyReads(world.records.pool).waiting(world.clock() - HOUR + timedelta(minutes=5), 5)
    assert waits.id == release["id"]
