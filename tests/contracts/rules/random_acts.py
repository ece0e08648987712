"""Random acts on random contracts: what anybody may attempt, sensible or not."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

from contracts.contract import Contract, ContractType, Decision, Party, ProposalType, Role, Signature, Status, TimeAct
from contracts.fields.money import Currency, Money
from contracts.fields.msisdn import Msisdn
from contracts.fields.quantity import Quantity
from contracts.refusals import Refusal
from contracts.rules import operator_acts, party_acts, time_acts, transitions
from contracts.rules.plan import Actor, Plan
from contracts.rules.waiting import WaitingPeriods, answer_deadline
from contracts.terms import Terms
from values.frozen import replace

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
PERIODS = WaitingPeriods()
STRANGER, NEWCOMER = Msisdn("+254799000099"), Msisdn("+254799000098")
ACTS = {  # and how often each is attempted
    "answer": 8, "deliver": 4, "receive": 1, "part": 4, "complain": 1, "propose": 4, "decide": 2, "appeal": 2,
    "assign": 1, "wait": 5, "write": 3, "start": 1,
}  # fmt: skip


_SILENCE_OF_BOTH = (TimeAct.REMIND_REST, TimeAct.COMPLETE_PART)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One act that is attempted at `now`: a key of ACTS, and the arguments of every act; each act uses some of them."""

    act: str
    now: datetime
    by: Msisdn
    yes: bool
    n: int
    part: Decimal
    terms: Terms | None
    decision: Decision
    split_minor: int | None
    dispute_id: UUID


def make_parties(random: Random) -> tuple[Party, ...]:
    """One to two sellers, one to two buyers, and sometimes a mediator."""
    roles = [Role.SELLER] * random.choice((1, 1, 2)) + [Role.BUYER] * random.choice((1, 1, 2))
    roles += [Role.MEDIATOR] * random.choice((0, 1))
    return tuple(
        Party(UUID(int=n + 1), Msisdn(f"+25471000000{n}"), role, None, None, Signature.PENDING if role.binds else None)
        for n, role in enumerate(roles)
    )


def make_terms(random: Random) -> Terms:
    amount = random.choice(("1", "2", "2.5", "4"))
    due = date(2026, 3, 1) + timedelta(days=random.choice((0, 1, 2, 40)))
    total = Money(random.choice((100, 350_000)), Currency.KES)
    unit = random.choice(("bags", "bags", "bags", "kg"))
    return Terms("maize", Quantity(amount, unit), total, "Bungoma", due, random.choice((1, 2, 7)))


def make_contract(random: Random) -> Contract:
    return Contract(
        UUID(int=random.getrandbits(128)), "40718353", 1, Status.PENDING, ContractType.OTHER, make_terms(random),
        make_parties(random), START, deadline=answer_deadline(START, PERIODS),
    )  # fmt: skip


def random_attempt(random: Random, contract: Contract, now: datetime) -> Attempt:
    """Draw an act that somebody attempts; it makes sense for the contract more often than not."""
    act = random.choices(list(ACTS), list(ACTS.values()))[0]
    if contract.deadline and contract.deadline.act in _SILENCE_OF_BOTH and random.random() < 0.2:
        act = "wait"  # else somebody nearly always speaks, and no contract is settled with a part
    if contract.clock_stopped_at and random.random() < 0.15:
        act = "start"
    waiting = [party.msisdn for party in contract.parties if contract.waits_for(party.msisdn)]
    anybody = [*(party.msisdn for party in contract.parties), STRANGER]
    by = random.choice(waiting if waiting and random.random() < 0.6 else anybody)
    decision = random.choice(list(Decision))
    if act == "wait" and contract.deadline and random.random() < 0.7:
        now = max(now, contract.deadline.at + random.choice((timedelta(0), timedelta(hours=1), -timedelta(seconds=1))))
    return Attempt(
        act, now + timedelta(minutes=1 + random.randrange(60)) if act != "wait" else now, by,
        random.random() < 0.85, random.choice((*(contract.open_number,) * 3, 1, 2, 3)),
        Decimal(random.choice(("0", "0.5", "1", "1.5", "4"))),
        random.choice((make_terms(random), None, contract.terms, terms_of_received(contract))),
        decision, random.choice((1, 99, 100, 349_999)) if decision is Decision.SPLIT else None,
        UUID(int=random.getrandbits(128)),
    )  # fmt: skip


def terms_of_received(contract: Contract) -> Terms:
    """The contract's terms with the received quantity as the whole of it."""
    quantity = Quantity(f"{contract.received or 1:f}", contract.terms.quantity.unit)
    return replace(contract.terms, quantity=quantity)


def try_transition(contract: Contract, attempt: Attempt) -> Contract | Refusal | None:
    """Return what `transitions` makes of the contract; None if the deadline has not passed."""
    kind = ProposalType.AMEND if attempt.terms else ProposalType.CANCEL
    match attempt.act:
        case "answer":
            return transitions.answer(contract, attempt.by, attempt.now, PERIODS, yes=attempt.yes, n=attempt.n)
        case "deliver":
            return transitions.say_delivered(contract, attempt.by, attempt.now, PERIODS)
        case "receive":
            return transitions.receive(contract, attempt.by)
        case "part":
            return transitions.receive_part(contract, attempt.by, attempt.part, attempt.now, PERIODS)
        case "complain":
            return transitions.complain(contract, attempt.by if attempt.yes else None, attempt.dispute_id, "wet")
        case "propose":
            return transitions.propose(contract, attempt.by, kind, attempt.terms)
        case "decide":
            return transitions.decide_dispute(
                contract, attempt.decision, attempt.split_minor, "so", attempt.now, PERIODS
            )
        case "appeal":
            return transitions.appeal(contract, attempt.by)
        case "assign":
            return transitions.assign_mediator(contract, make_mediator(attempt))
        case "write":
            return transitions.stop_clock(contract, attempt.by, attempt.now)
        case "start":
            return transitions.start_clock(contract, attempt.now, PERIODS)
        case _:
            return transitions.pass_time(contract, attempt.now, PERIODS)


def plan_attempt(contract: Contract, attempt: Attempt) -> Plan | Refusal | None:
    """Return what the same act writes, by the person's own phone where that is possible."""
    actor = Actor(attempt.by, "en", "ussd", "africastalking", "63902", "s", "1", ("Is that so?",))
    kind = ProposalType.AMEND if attempt.terms else ProposalType.CANCEL
    match attempt.act:
        case "answer":
            return party_acts.answer(contract, actor, attempt.now, PERIODS, yes=attempt.yes, n=attempt.n)
        case "deliver":
            return party_acts.say_delivered(contract, actor, attempt.now, PERIODS)
        case "receive" | "part":
            part = attempt.part if attempt.act == "part" else None
            return party_acts.receive(contract, actor, part, attempt.now, PERIODS)
        case "complain" if attempt.yes:
            return party_acts.complain(contract, actor, "wet")
        case "complain":
            return operator_acts.complain_for(contract, None, attempt.dispute_id, "wet")
        case "propose":
            return party_acts.propose(contract, actor, kind, attempt.terms)
        case "decide":
            return operator_acts.decide_dispute(
                contract, attempt.decision, attempt.split_minor, "so", attempt.now, PERIODS
            )
        case "appeal":
            return (
                party_acts.appeal(contract, actor, "no")
                if attempt.yes
                else operator_acts.appeal_for(contract, attempt.by, "no")
            )
        case "assign":
            return operator_acts.assign_mediator(contract, make_mediator(attempt))
        case "write" | "start":
            return plan_on_clock(contract, attempt, actor)
        case _:
            return time_acts.pass_time(contract, attempt.now, PERIODS)


def plan_on_clock(contract: Contract, attempt: Attempt, actor: Actor) -> Plan | Refusal:
    if attempt.act == "start":
        return operator_acts.start_clock(contract, "both were asked", attempt.now, PERIODS)
    if attempt.yes:
        return party_acts.write_unclear(contract, actor, "sijapokea", attempt.now)
    return operator_acts.stop_clock(contract, contract.party(attempt.by), "sijapokea", attempt.now)


def make_mediator(attempt: Attempt) -> Party:
    """Somebody new, or by mistake a person who is in the contract."""
    return Party(None, NEWCOMER if attempt.yes else attempt.by, Role.MEDIATOR, None, None, None)
