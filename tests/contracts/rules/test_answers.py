"""Who may answer a new contract, and what the contract is after the answer."""

import pytest

from contracts.contract import Contract, Signature, Status
from contracts.fields.msisdn import Msisdn
from contracts.refusals import Refusal
from contracts.rules import transitions
from tests.contracts.make_contracts import AMINA, BARAKA, CHEGE, NOON, OTIENO, PERIODS, make_offer
from values.frozen import replace


def answer(found: Contract, by: Msisdn, *, yes: bool) -> Contract | Refusal:
    return transitions.answer(found, by, NOON, PERIODS, yes=yes, n=found.terms_version)


def signatures_of(found: Contract) -> list[Signature | None]:
    return [party.signature for party in found.parties]


def test_the_last_yes_confirms_the_contract() -> None:
    before = make_offer()
    after = answer(before, BARAKA, yes=True)
    assert isinstance(after, Contract)
    assert (after.status, after.version) == (Status.CONFIRMED, before.version + 1)
    assert signatures_of(after) == [Signature.SIGNED, Signature.SIGNED, None]
    assert signatures_of(before) == [Signature.SIGNED, Signature.PENDING, None], "the contract before is unchanged"


def test_a_contract_stays_pending_until_the_last_yes() -> None:
    after = answer(make_offer(seller=Signature.PENDING), BARAKA, yes=True)
    assert isinstance(after, Contract)
    assert after.status is Status.PENDING
    assert after.waits_for(AMINA) and not after.waits_for(BARAKA)


@pytest.mark.parametrize("by", [AMINA, BARAKA], ids=["who had confirmed", "who was asked"])
def test_one_no_cancels_the_contract(by: Msisdn) -> None:
    after = answer(make_offer(), by, yes=False)
    assert isinstance(after, Contract)
    assert after.status is Status.CANCELLED
    assert Signature.REJECTED in signatures_of(after)


def test_a_contract_waits_for_every_buyer_and_seller() -> None:
    two_buyers = make_offer()
    two_buyers = replace(two_buyers, parties=(*two_buyers.parties, replace(two_buyers.parties[1], msisdn=OTIENO)))
    first = answer(two_buyers, BARAKA, yes=True)
    assert isinstance(first, Contract) and first.status is Status.PENDING
    second = answer(first, OTIENO, yes=True)
    assert isinstance(second, Contract) and second.status is Status.CONFIRMED


LATER = [status for status in Status if status is not Status.PENDING]


@pytest.mark.parametrize(
    ("found", "by", "yes", "refusal"),
    [
        pytest.param(make_offer(), OTIENO, True, Refusal.NOT_YOURS, id="a stranger's yes"),
        pytest.param(make_offer(), OTIENO, False, Refusal.NOT_YOURS, id="a stranger's no"),
        pytest.param(make_offer(), CHEGE, True, Refusal.NOT_YOURS, id="a mediator's yes"),
        pytest.param(make_offer(), CHEGE, False, Refusal.NOT_YOURS, id="a mediator's no"),
        pytest.param(make_offer(), AMINA, True, Refusal.ALREADY_CONFIRMED, id="yes twice"),
        *(
            pytest.param(make_offer(s, buyer=Signature.SIGNED), BARAKA, True, Refusal.ALREADY_CONFIRMED, id=f"yes, {s}")
            for s in LATER
        ),
        *(
            pytest.param(make_offer(s, buyer=Signature.SIGNED), BARAKA, False, Refusal.NO_LONGER_OPEN, id=f"no, {s}")
            for s in LATER
        ),
        *(
            pytest.param(make_offer(s), BARAKA, yes, Refusal.NO_LONGER_OPEN, id=f"late {'yes' if yes else 'no'}, {s}")
            for s in (Status.CANCELLED, Status.EXPIRED)
            for yes in (True, False)
        ),
        pytest.param(
            make_offer(Status.CANCELLED, buyer=Signature.REJECTED), BARAKA, True, Refusal.NO_LONGER_OPEN,
            id="yes after one's own no",
        ),
        pytest.param(make_offer(Status.CONFIRMED), OTIENO, True, Refusal.NOT_YOURS, id="a stranger's late yes"),
    ],
)  # fmt: skip
def test_an_answer_is_refused(found: Contract, by: Msisdn, yes: bool, refusal: Refusal) -> None:
    assert answer(found, by, yes=yes) is refusal
