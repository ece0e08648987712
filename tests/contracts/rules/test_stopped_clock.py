"""Who speaks is not silent: whatever one does to a request stops the clock that counts one's own silence."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from contracts.contract import Contract, Deadline, Status, TimeAct
from contracts.fields.msisdn import Msisdn
from contracts.proposal import ProposalType
from contracts.rules import party_acts, transitions
from contracts.rules.changes import ContractOrRefusal
from contracts.rules.plan import Actor, Plan
from tests.contracts.make_contracts import AMINA, BARAKA, DAY, NOON, PERIODS, TERMS, make_contract
from values.frozen import replace

NEWER = replace(TERMS, place="Eldoret")


def done(after: ContractOrRefusal) -> Contract:
    assert isinstance(after, Contract), after
    return after


def make_delivered(found: Contract) -> Contract:
    return done(transitions.say_delivered(found, AMINA, NOON, PERIODS))


def ask(found: Contract, by: Msisdn | None, type_: ProposalType = ProposalType.AMEND) -> Contract:
    terms = NEWER if type_ is ProposalType.AMEND else None
    return done(transitions.propose(found, by, type_, terms, NOON + DAY))


def answer(found: Contract, by: Msisdn, *, yes: bool) -> Contract:
    return done(transitions.answer(found, by, NOON + DAY, PERIODS, yes=yes, n=found.open_number))


NEW = make_contract()
DELIVERED = make_delivered(NEW)


@pytest.mark.parametrize(
    ("after", "stands"),
    [
        pytest.param(ask(DELIVERED, BARAKA), True, id="the buyer asks to change"),
        pytest.param(ask(DELIVERED, BARAKA, ProposalType.CANCEL), True, id="the buyer asks to cancel"),
        pytest.param(answer(ask(DELIVERED, BARAKA), AMINA, yes=False), True, id="which the seller declines"),
        pytest.param(answer(ask(DELIVERED, BARAKA), AMINA, yes=True), True, id="to which the seller agrees"),
        pytest.param(answer(ask(DELIVERED, AMINA), BARAKA, yes=False), True, id="the buyer says no to the seller"),
        pytest.param(answer(ask(DELIVERED, AMINA), BARAKA, yes=True), True, id="the buyer says yes to the seller"),
        pytest.param(
            answer(make_delivered(ask(NEW, BARAKA)), BARAKA, yes=False), True, id="the buyer takes an older one back"
        ),
        pytest.param(make_delivered(ask(NEW, BARAKA)), False, id="the buyer asked before the delivery"),
        pytest.param(
            answer(make_delivered(ask(NEW, BARAKA)), AMINA, yes=True), False, id="to which the seller agrees after it"
        ),
        pytest.param(ask(DELIVERED, AMINA), False, id="the seller asks, whose silence does not count"),
        pytest.param(ask(DELIVERED, None), False, id="an operator asks"),
    ],
)
def test_a_request_stops_the_clock_of_who_speaks(after: Contract, stands: bool) -> None:
    assert (after.clock_stopped_at, after.clock_stopped_by) == (
        (NOON + DAY, DELIVERED.parties[1].phone_id) if stands else (None, None)
    )
    assert after.deadline == (None if stands else DELIVERED.deadline)
    assert (transitions.pass_time(after, NOON + 900 * DAY, PERIODS) is None) is stands
    assert done(transitions.receive(after, BARAKA)).status is Status.COMPLETED, "a clear receipt still completes it"


def test_after_a_part_both_sides_speak_for_themselves() -> None:
    """Neither is silent who asks or answers. An operator who looked lets time go on, by the new terms."""
    part = done(transitions.receive_part(make_contract(), BARAKA, Decimal(1), NOON, PERIODS))
    later = replace(TERMS, due=datetime(2027, 1, 10, tzinfo=UTC).date())
    asked = done(transitions.propose(part, AMINA, ProposalType.AMEND, later, NOON))
    assert (asked.deadline, asked.clock_stopped_by) == (None, part.parties[0].phone_id)
    agreed = answer(asked, BARAKA, yes=True)
    assert (agreed.terms, agreed.deadline, agreed.clock_stopped_by) == (later, None, part.parties[1].phone_id)
    assert agreed.clock_stopped_at == NOON, "since the first words"
    runs = done(transitions.start_clock(agreed, NOON + DAY, PERIODS))
    assert runs.deadline == Deadline(TimeAct.REMIND_REST, datetime(2027, 1, 16, 9, tzinfo=UTC))


def test_the_record_says_which_request_stopped_the_clock() -> None:
    actor = Actor(BARAKA, "en", "ussd", "africastalking", "63902", "s", "1", ("Is that so?",))
    asked = party_acts.propose(DELIVERED, actor, ProposalType.CANCEL, None, NOON)
    assert isinstance(asked, Plan) and asked.about
    assert [(entry.action, entry.details.get("clock")) for entry in asked.audit] == [("proposal.made", "stands")]
    taken_back = party_acts.answer(asked.about, actor, NOON, PERIODS, yes=False, n=asked.about.open_number)
    assert isinstance(taken_back, Plan)
    assert [entry.details.get("clock") for entry in taken_back.audit] == [None], "it stood already"
