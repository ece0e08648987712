"""Random lives of contracts: who is in one, and what anybody may try next, sensible or not."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

from contracts.contract import Contract, ContractType, Decision, Party, ProposalType, Role, Signature, Status
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
PATIENCE = WaitingPeriods()
STRANGER, NEWCOMER = Msisdn("+254799000099"), Msisdn("+254799000098")
DEEDS = {
    "answer": 8, "deliver": 4, "receive": 1, "part": 4, "complain": 1, "propose": 4, "decide": 2, "appeal": 2,
    "assign": 1, "wait": 5,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that is tried: `deed` one of DEEDS, at `now`; what it does not need is idle."""

    deed: str
    now: datetime
    by: Msisdn
    yes: bool
    n: int
    part: Decimal
    terms: Terms | None
    decision: Decision
    split_minor: int | None
    dispute_id: UUID


def people(random: Random) -> tuple[Party, ...]:
    """One to two sellers, one to two buyers, and now and then a mediator."""
    roles = [Role.SELLER] * random.choice((1, 1, 2)) + [Role.BUYER] * random.choice((1, 1, 2))
    roles += [Role.MEDIATOR] * random.choice((0, 1))
    return tuple(
        Party(UUID(int=n + 1), Msisdn(f"+25471000000{n}"), role, None, None, Signature.PENDING if role.binds else None)
        for n, role in enumerate(roles)
    )


def terms(random: Random) -> Terms:
    amount = random.choice(("1", "2", "2.5", "4"))
    due = date(2026, 3, 1) + timedelta(days=random.choice((0, 1, 2, 40)))
    total = Money(random.choice((100, 350_000)), Currency.KES)
    unit = random.choice(("bags", "bags", "bags", "kg"))
    return Terms("maize", Quantity(amount, unit), total, "Bungoma", due, random.choice((1, 2, 7)))


def born(random: Random) -> Contract:
    return Contract(
        UUID(int=random.getrandbits(128)), "40718353", 1, Status.PENDING, ContractType.OTHER, terms(random),
        people(random), START, deadline=answer_deadline(START, PATIENCE),
    )  # fmt: skip


def next_step(random: Random, contract: Contract, now: datetime) -> Step:
    """Something that somebody tries, mostly of use where the contract stands."""
    deed = random.choices(list(DEEDS), list(DEEDS.values()))[0]
    waiting = [party.msisdn for party in contract.parties if contract.waits_for(party.msisdn)]
    anybody = [*(party.msisdn for party in contract.parties), STRANGER]
    by = random.choice(waiting if waiting and random.random() < 0.6 else anybody)
    decision = random.choice(list(Decision))
    if deed == "wait" and contract.deadline and random.random() < 0.7:
        now = max(now, contract.deadline.at + random.choice((timedelta(0), timedelta(hours=1), -timedelta(seconds=1))))
    return Step(
        deed, now + timedelta(minutes=random.randrange(60)) if deed != "wait" else now, by,
        random.random() < 0.85, random.choice((contract.open_number, contract.open_number, contract.open_number, 1, 2,
        3)),
        Decimal(random.choice(("0", "0.5", "1", "1.5", "4"))),
        random.choice((terms(random), None, contract.terms, what_came(contract))),
        decision, random.choice((1, 99, 100, 349_999)) if decision is Decision.SPLIT else None,
        UUID(int=random.getrandbits(128)),
    )  # fmt: skip


def what_came(contract: Contract) -> Terms:
    """The terms under which that is all of it."""
    quantity = Quantity(f"{contract.received or 1:f}", contract.terms.quantity.unit)
    return replace(contract.terms, quantity=quantity)


def take(contract: Contract, step: Step) -> Contract | Refusal | None:
    """What the rules make of it; None: time has brought nothing yet."""
    kind = ProposalType.AMEND if step.terms else ProposalType.CANCEL
    match step.deed:
        case "answer":
            return transitions.answer(contract, step.by, step.now, PATIENCE, yes=step.yes, n=step.n)
        case "deliver":
            return transitions.say_delivered(contract, step.by, step.now, PATIENCE)
        case "receive":
            return transitions.receive(contract, step.by)
        case "part":
            return transitions.receive_part(contract, step.by, step.part, step.now, PATIENCE)
        case "complain":
            return transitions.complain(contract, step.by if step.yes else None, step.dispute_id, "wet")
        case "propose":
            return transitions.propose(contract, step.by, kind, step.terms)
        case "decide":
            return transitions.decide_dispute(contract, step.decision, step.split_minor, "so", step.now, PATIENCE)
        case "appeal":
            return transitions.appeal(contract, step.by)
        case "assign":
            return transitions.assign_mediator(contract, mediator(step))
        case _:
            return transitions.pass_time(contract, step.now, PATIENCE)


def plan(contract: Contract, step: Step) -> Plan | Refusal | None:
    """The same with all that is written of it, by the person's own phone where they have a part in it."""
    actor = Actor(step.by, "en", "ussd", "africastalking", "63902", "s", "1", ("Is that so?",))
    kind = ProposalType.AMEND if step.terms else ProposalType.CANCEL
    match step.deed:
        case "answer":
            return party_acts.answer(contract, actor, step.now, PATIENCE, yes=step.yes, n=step.n)
        case "deliver":
            return party_acts.say_delivered(contract, actor, step.now, PATIENCE)
        case "receive" | "part":
            part = step.part if step.deed == "part" else None
            return party_acts.receive(contract, actor, part, step.now, PATIENCE)
        case "complain" if step.yes:
            return party_acts.complain(contract, actor, "wet")
        case "complain":
            return operator_acts.complain_for(contract, None, step.dispute_id, "wet")
        case "propose":
            return party_acts.propose(contract, actor, kind, step.terms)
        case "decide":
            return operator_acts.decide_dispute(contract, step.decision, step.split_minor, "so", step.now, PATIENCE)
        case "appeal":
            return (
                party_acts.appeal(contract, actor, "no")
                if step.yes
                else operator_acts.appeal_for(contract, step.by, "no")
            )
        case "assign":
            return operator_acts.assign_mediator(contract, mediator(step))
        case _:
            return time_acts.pass_time(contract, step.now, PATIENCE)


def mediator(step: Step) -> Party:
    """Who is to settle it: somebody new, or by mistake one of them."""
    return Party(None, NEWCOMER if step.yes else step.by, Role.MEDIATOR, None, None, None)
