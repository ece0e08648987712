"""Random acts on random contracts: what anybody may attempt, sensible or not."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

from contracts.contract import Contract, ContractType, Party, Role, Signature, Status, TimeAct
from contracts.dispute import Decision
from contracts.fields.money import Currency, Money
from contracts.fields.msisdn import Msisdn
from contracts.fields.quantity import Quantity
from contracts.proposal import ProposalType
from contracts.refusals import Refusal
from contracts.rules import dispute_transitions, operator_acts, party_acts, time_acts, transitions
from contracts.rules.plan import Actor, Plan
from contracts.rules.waiting import WaitingPeriods, answer_deadline
from contracts.terms import Terms
from values.frozen import replace

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
PERIODS = WaitingPeriods()
STRANGER, NEWCOMER = Msisdn("+254799000099"), Msisdn("+254799000098")
ACTS = {  # and how often each is attempted
    "answer": 8, "deliver": 4, "receive": 1, "part": 4, "complain": 1, "propose": 4, "decide": 2, "appeal": 2,
    "assign": 1, "wait": 5, "write": 3, "start": 1, "reply": 1, "withdraw": 1,
}  # fmt: skip

# What is attempted mostly while a contract has this status, so that more of them come further.
ACTS_WHILE = {
    Status.PENDING: {"answer": 1},
    Status.DISPUTED: {
        "answer": 5, "propose": 4, "reply": 6, "withdraw": 1, "decide": 1, "appeal": 2, "assign": 1, "wait": 1,
        "receive": 1, "complain": 1,
    },
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
    settles: ProposalType | None

    @property
    def proposes(self) -> ProposalType:
        """What is proposed, if this is a proposal."""
        return ProposalType.AMEND if self.terms else self.settles or ProposalType.CANCEL

    @property
    def share(self) -> int | None:
        """The seller's share, if a split is proposed."""
        return (self.split_minor or 60) if self.proposes is ProposalType.SPLIT else None


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
    acts = ACTS_WHILE.get(contract.status, ACTS) if random.random() < 0.7 else ACTS
    act = random.choices(list(acts), list(acts.values()))[0]
    if contract.deadline and contract.deadline.act in _SILENCE_OF_BOTH and random.random() < 0.2:
        act = "wait"  # else somebody nearly always speaks, and no contract is settled with a part
    if contract.clock_stopped_at and random.random() < 0.15:
        act = "start"
    waiting = [party.msisdn for party in contract.parties if contract.waits_for(party.msisdn)]
    anybody = [*(party.msisdn for party in contract.parties), STRANGER]
    by = random.choice(waiting if waiting and random.random() < 0.6 else anybody)
    if (sensible := _who_may(act, contract)) and random.random() < 0.6:
        by = sensible
    decision = random.choice(list(Decision))
    if act == "wait" and contract.deadline and random.random() < 0.7:
        now = max(now, contract.deadline.at + random.choice((timedelta(0), timedelta(hours=1), -timedelta(seconds=1))))
    return Attempt(
        act, now + timedelta(minutes=1 + random.randrange(60)) if act != "wait" else now, by,
        random.random() < 0.85, random.choice((*(contract.open_number,) * 3, 1, 2, 3)),
        Decimal(random.choice(("0", "0.5", "1", "1.5", "4"))),
        random.choice((make_terms(random), None, contract.terms, terms_of_received(contract))),
        decision, random.choice((1, 99, 100, 349_999)) if decision is Decision.SPLIT else None,
        UUID(int=random.getrandbits(128)), random.choice((None, ProposalType.COMPLETE, ProposalType.SPLIT)),
    )  # fmt: skip


def _who_may(act: str, contract: Contract) -> Msisdn | None:
    """Return the only person who may do this to a dispute; None if there is none."""
    for party in contract.parties:
        is_reporter = contract.dispute is not None and party.phone_id == contract.dispute.opened_by
        if (act == "decide" and party.role is Role.MEDIATOR) or (act in ("withdraw", "reply") and is_reporter):
            return party.msisdn
    return None


def terms_of_received(contract: Contract) -> Terms:
    """The contract's terms with the received quantity as the whole of it."""
    quantity = Quantity(f"{contract.received or 1:f}", contract.terms.quantity.unit)
    return replace(contract.terms, quantity=quantity)


def try_transition(contract: Contract, attempt: Attempt) -> Contract | Refusal | None:
    """Return what `transitions` makes of the contract; None if the deadline has not passed."""
    match attempt.act:
        case "answer":
            return transitions.answer(contract, attempt.by, attempt.now, PERIODS, yes=attempt.yes, n=attempt.n)
        case "deliver":
            return transitions.say_delivered(contract, attempt.by, attempt.now, PERIODS)
        case "receive":
            return transitions.receive(contract, attempt.by)
        case "part":
            return transitions.receive_part(contract, attempt.by, attempt.part, attempt.now, PERIODS)
        case "propose":
            return transitions.propose(
                contract, attempt.by, attempt.proposes, attempt.terms, attempt.now, attempt.share
            )
        case "write":
            return transitions.stop_clock(contract, attempt.by, attempt.now)
        case "start":
            return transitions.start_clock(contract, attempt.now, PERIODS)
        case "wait":
            return transitions.pass_time(contract, attempt.now, PERIODS)
        case _:
            return _try_on_dispute(contract, attempt)


def plan_attempt(contract: Contract, attempt: Attempt) -> Plan | Refusal | None:
    """Return what the same act writes, by the person's own phone where that is possible."""
    actor = _actor(attempt)
    match attempt.act:
        case "answer":
            return party_acts.answer(contract, actor, attempt.now, PERIODS, yes=attempt.yes, n=attempt.n)
        case "deliver":
            return party_acts.say_delivered(contract, actor, attempt.now, PERIODS)
        case "receive" | "part":
            part = attempt.part if attempt.act == "part" else None
            return party_acts.receive(contract, actor, part, attempt.now, PERIODS)
        case "propose":
            return party_acts.propose(contract, actor, attempt.proposes, attempt.terms, attempt.now, attempt.share)
        case "write" | "start":
            return plan_on_clock(contract, attempt, actor)
        case "wait":
            return time_acts.pass_time(contract, attempt.now, PERIODS)
        case _:
            return _plan_on_dispute(contract, attempt, actor)


def _actor(attempt: Attempt) -> Actor:
    return Actor(attempt.by, "en", "ussd", "africastalking", "63902", "s", "1", ("Is that so?",))


def _try_on_dispute(contract: Contract, attempt: Attempt) -> Contract | Refusal:
    by, now = attempt.by if attempt.yes else None, attempt.now
    match attempt.act:
        case "complain":
            return dispute_transitions.complain(contract, by, attempt.dispute_id, "wet", now, PERIODS)
        case "reply":
            return dispute_transitions.answer_dispute(contract, attempt.by, "no")
        case "withdraw":
            return dispute_transitions.withdraw_dispute(contract, by, now, PERIODS)
        case "decide":
            split = attempt.split_minor
            return dispute_transitions.decide_dispute(contract, attempt.decision, split, "so", now, PERIODS, by)
        case "appeal":
            return dispute_transitions.appeal(contract, attempt.by, now, PERIODS)
        case _:
            return dispute_transitions.assign_mediator(contract, make_mediator(attempt))


def _plan_on_dispute(contract: Contract, attempt: Attempt, actor: Actor) -> Plan | Refusal:
    """By the person's own phone, or by an operator."""
    now, decision, split = attempt.now, attempt.decision, attempt.split_minor
    match attempt.act, attempt.yes:
        case "complain", True:
            return party_acts.complain(contract, actor, "wet", now, PERIODS)
        case "complain", _:
            return operator_acts.complain_for(contract, None, attempt.dispute_id, "wet", now, PERIODS)
        case "reply", _:
            return party_acts.answer_dispute(contract, actor, "no")
        case "withdraw", True:
            return party_acts.withdraw_dispute(contract, actor, now, PERIODS)
        case "withdraw", _:
            return operator_acts.withdraw_dispute(contract, now, PERIODS)
        case "decide", True:
            return party_acts.decide_dispute(contract, actor, decision, split, "so", now, PERIODS)
        case "decide", _:
            return operator_acts.decide_dispute(contract, decision, split, "so", now, PERIODS)
        case "appeal", True:
            return party_acts.appeal(contract, actor, "no", now, PERIODS)
        case "appeal", _:
            return operator_acts.appeal_for(contract, attempt.by, "no", now, PERIODS)
        case _:
            return operator_acts.assign_mediator(contract, make_mediator(attempt))


def plan_on_clock(contract: Contract, attempt: Attempt, actor: Actor) -> Plan | Refusal:
    if attempt.act == "start":
        return operator_acts.start_clock(contract, "both were asked", attempt.now, PERIODS)
    if attempt.yes:
        return party_acts.write_unclear(contract, actor, "sijapokea", attempt.now)
    return operator_acts.stop_clock(contract, contract.party(attempt.by), "sijapokea", attempt.now)


def make_mediator(attempt: Attempt) -> Party:
    """Somebody new, or by mistake a person who is in the contract."""
    return Party(None, NEWCOMER if attempt.yes else attempt.by, Role.MEDIATOR, None, None, None)
