"""The life of a contract: who may answer when, and what it comes to."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from contracts.contract import (
    TRANSITIONS,
    Contract,
    ContractType,
    Deadline,
    Party,
    Role,
    Signature,
    Status,
    TimeAct,
)
from contracts.fields.money import Currency, Money
from contracts.fields.msisdn import Msisdn
from contracts.fields.quantity import Quantity
from contracts.refusals import Refusal
from contracts.rules import transitions
from contracts.rules.waiting import WaitingPeriods
from contracts.terms import Terms
from values.frozen import replace

AMINA, BARAKA, CHEGE, OTIENO = (Msisdn(f"+25471234567{n}") for n in range(4))
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
TERMS = Terms("maize", Quantity("50", "bags"), Money(350_000, Currency.KES), "Bungoma", date(2026, 12, 25))


def contract(status: Status = Status.PENDING, **signatures: Signature) -> Contract:
    """Amina sells to Baraka, Chege mediates; Amina has signed and Baraka is asked, unless said otherwise."""
    words = {"seller": Signature.SIGNED, "buyer": Signature.PENDING, **signatures}
    people = ((AMINA, Role.SELLER), (BARAKA, Role.BUYER), (CHEGE, Role.MEDIATOR))
    parties = tuple(Party(uuid4(), who, role, None, None, words.get(role.value)) for who, role in people)
    return Contract(uuid4(), "40718353", 3, status, ContractType.OTHER, TERMS, parties, NOON)


def answer(found: Contract, by: Msisdn, *, yes: bool) -> Contract | Refusal:
    return transitions.answer(found, by, NOON, WaitingPeriods(), yes=yes, n=found.terms_version)


def words_of(found: Contract) -> list[Signature | None]:
    return [party.signature for party in found.parties]


def test_the_last_yes_confirms() -> None:
    before = contract()
    after = answer(before, BARAKA, yes=True)
    assert isinstance(after, Contract)
    assert (after.status, after.version) == (Status.CONFIRMED, before.version + 1)
    assert words_of(after) == [Signature.SIGNED, Signature.SIGNED, None]
    assert words_of(before) == [Signature.SIGNED, Signature.PENDING, None], "the one before is untouched"


def test_a_yes_before_the_last_leaves_it_waiting() -> None:
    after = answer(contract(seller=Signature.PENDING), BARAKA, yes=True)
    assert isinstance(after, Contract)
    assert after.status is Status.PENDING
    assert after.waits_for(AMINA) and not after.waits_for(BARAKA)


@pytest.mark.parametrize("by", [AMINA, BARAKA], ids=["who had confirmed", "who was asked"])
def test_one_no_cancels(by: Msisdn) -> None:
    after = answer(contract(), by, yes=False)
    assert isinstance(after, Contract)
    assert after.status is Status.CANCELLED
    assert Signature.REJECTED in words_of(after)


def test_every_buyer_and_seller_is_waited_for() -> None:
    two_buyers = contract()
    two_buyers = replace(two_buyers, parties=(*two_buyers.parties, replace(two_buyers.parties[1], msisdn=OTIENO)))
    first = answer(two_buyers, BARAKA, yes=True)
    assert isinstance(first, Contract) and first.status is Status.PENDING
    second = answer(first, OTIENO, yes=True)
    assert isinstance(second, Contract) and second.status is Status.CONFIRMED


LATER = [status for status in Status if status is not Status.PENDING]


@pytest.mark.parametrize(
    ("found", "by", "yes", "why"),
    [
        pytest.param(contract(), OTIENO, True, Refusal.NOT_YOURS, id="a stranger's yes"),
        pytest.param(contract(), OTIENO, False, Refusal.NOT_YOURS, id="a stranger's no"),
        pytest.param(contract(), CHEGE, True, Refusal.NOT_YOURS, id="a mediator's word does not bind"),
        pytest.param(contract(), CHEGE, False, Refusal.NOT_YOURS, id="a mediator's no neither"),
        pytest.param(contract(), AMINA, True, Refusal.ALREADY_CONFIRMED, id="yes twice"),
        *(
            pytest.param(contract(s, buyer=Signature.SIGNED), BARAKA, True, Refusal.ALREADY_CONFIRMED, id=f"yes, {s}")
            for s in LATER
        ),
        *(
            pytest.param(contract(s, buyer=Signature.SIGNED), BARAKA, False, Refusal.NO_LONGER_OPEN, id=f"no, {s}")
            for s in LATER
        ),
        *(
            pytest.param(contract(s), BARAKA, yes, Refusal.NO_LONGER_OPEN, id=f"late {'yes' if yes else 'no'}, {s}")
            for s in (Status.CANCELLED, Status.EXPIRED)
            for yes in (True, False)
        ),
        pytest.param(
            contract(Status.CANCELLED, buyer=Signature.REJECTED), BARAKA, True, Refusal.NO_LONGER_OPEN,
            id="yes after one's own no",
        ),
        pytest.param(contract(Status.CONFIRMED), OTIENO, True, Refusal.NOT_YOURS, id="a stranger, whatever the state"),
    ],
)  # fmt: skip
def test_an_answer_is_refused(found: Contract, by: Msisdn, yes: bool, why: Refusal) -> None:
    assert answer(found, by, yes=yes) is why


def test_every_status_has_its_moves_and_ends_somewhere() -> None:
    assert set(TRANSITIONS) == set(Status)
    ends = {status for status in Status if not TRANSITIONS[status]}
    assert ends == {Status.COMPLETED, Status.CANCELLED, Status.EXPIRED}
    reached = {Status.PENDING}
    while new := {after for status in reached for after in TRANSITIONS[status]} - reached:
        reached |= new
    assert reached == set(Status)


def test_an_answer_only_makes_legal_moves() -> None:
    for by in (AMINA, BARAKA):
        for yes in (True, False):
            after = answer(contract(), by, yes=yes)
            if isinstance(after, Contract):
                assert after.status in TRANSITIONS[Status.PENDING] | {Status.PENDING}


def test_a_contract_waits_for_those_asked_while_it_is_open() -> None:
    assert contract().waits_for(BARAKA)
    assert not contract().waits_for(AMINA), "who has signed"
    assert not contract().waits_for(CHEGE), "whose word does not bind"
    assert not contract().waits_for(OTIENO), "who is no party"
    assert not any(contract(status).waits_for(BARAKA) for status in LATER)


def test_a_contract_is_read_from_its_row() -> None:
    row = {
        "id": "6b6b1c5e-0000-4000-8000-000000000001",
        "reference": "40718353",
        "version": 2,
        "status": "CONFIRMED",
        "type": "other",
        "terms": TERMS.to_json(),
        "created_at": "2026-03-01T12:00:00+00:00",
        "parties": [
            {"phone_id": str(UUID(int=1)), "msisdn": AMINA, "role": "seller", "name": "Amina", "language": "sw",
             "signature": "signed", "salt": "ab" * 16},
            {"phone_id": str(UUID(int=3)), "msisdn": CHEGE, "role": "witness", "name": None, "language": None,
             "signature": None, "salt": None},
        ],
        "terms_version": 2, "delivered_at": None, "received": "12.5",
        "part_at": "2026-03-01T12:00:00+00:00", "settled": "12.5", "last_proposal": 3, "proposal": None,
        "dispute": None, "next_what": "expire", "next_at": "2026-03-08T12:00:00+00:00", "forms": {"2": "ff" * 32},
    }  # fmt: skip
    found = Contract.from_row(row)
    assert (found.terms_version, found.received, found.last_n) == (2, Decimal("12.5"), 3)
    assert (found.part_at, found.settled) == (NOON, Decimal("12.5"))
    assert found.deadline == Deadline(TimeAct.EXPIRE, NOON + timedelta(days=7))
    assert found.form_hashes == {2: "ff" * 32}
    assert (found.terms, found.created_at, found.status) == (TERMS, NOON, Status.CONFIRMED)
    assert found.party(AMINA) == Party(UUID(int=1), AMINA, Role.SELLER, "Amina", "sw", Signature.SIGNED, "ab" * 16)
    assert found.party(CHEGE) == Party(UUID(int=3), CHEGE, Role.WITNESS, None, None, None)
    assert AMINA not in repr(found), "no number in a repr"
