"""Every notice that can be given, with contracts as they are then, of every world of the checker."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from contracts.contract import Contract, Decision, Dispute, Next, Proposal, ProposalKind, Role, Signature, Status
from contracts.fields.quantity import Quantity
from contracts.notices import Kind, Notice
from contracts.refusals import Why
from menus.checking.agreements import agreement
from menus.checking.worlds import World, worlds
from values.frozen import replace

LONGEST = {world.name: world for world in worlds()}
TYPICAL, WORST = LONGEST["everyday words"], LONGEST["longest words"]
ROLES = ("buyer", "seller", "mediator")
ME, OTHER = UUID(int=1), UUID(int=2)
NOON = datetime(2026, 9, 30, 12, tzinfo=UTC)
WEEK = NOON + timedelta(days=7)


_SAYS_WHY = (Kind.NEW_TOTAL, Kind.NEW_DAY, Kind.NEW_PLACE)


def numbered(world: World, number: int) -> Contract:
    """One of several of the same caller, each as long as they get."""
    return replace(agreement(world, waits=number % 2 == 0), id=UUID(int=number), reference=f"{40718353 + number}")


def settled(world: World, status: Status, role: str) -> Contract:
    return agreement(world, status=status.value, role=role, waits=False)


def delivered(world: World, role: str, what: Next = Next.REMIND_RECEIPT) -> Contract:
    return replace(settled(world, Status.ACTIVE, role), delivered_at=NOON, next=(what, WEEK))


def received_in_part(world: World, role: str) -> Contract:
    part = Decimal(world.quantity) - Decimal("0.001" if "." in world.quantity else "1")
    return replace(settled(world, Status.ACTIVE, role), received=part, part_at=NOON, next=(Next.REMIND_REST, WEEK))


def undelivered(world: World, role: str) -> Contract:
    return replace(settled(world, Status.CONFIRMED, role), next=(Next.EXPIRE, WEEK))


def waits_for_the_rest(world: World, role: str) -> Contract:
    return replace(received_in_part(world, role), next=(Next.COMPLETE_PART, WEEK))


def requested(world: World, role: str, kind: ProposalKind, *, by: UUID | None = OTHER) -> Contract:
    plain = settled(world, Status.CONFIRMED, role)
    terms = (
        replace(plain.terms, quantity=Quantity("40", plain.terms.quantity.unit)) if world is TYPICAL else plain.terms
    )
    proposal = Proposal(2, kind, terms if kind is ProposalKind.AMEND else None, by, frozenset({by} if by else ()))
    return replace(plain, proposal=proposal)


def disputed(
    world: World,
    role: str,
    decision: Decision | None = None,
    reasons: str = "",
    *,
    closed: bool = False,
    appealed: bool = False,
) -> Contract:
    status = "closed" if closed else "decided" if decision else "open"
    share = world.amount.minor - 1 if decision is Decision.SPLIT else None
    dispute = Dispute(UUID(int=9), status, ME, "magunia yameloa", decision, share, reasons or None, appealed)
    what = (Next.CLOSE_DISPUTE, WEEK) if status == "decided" else None
    return replace(settled(world, Status.DISPUTED, role), dispute=dispute, next=what)


def of_life(world: World) -> dict[Kind, list[Contract]]:
    """How contracts stand when each kind is said, where that is not simply confirmed."""
    parts = [received_in_part(world, role) for role in ROLES]
    said = [delivered(world, role) for role in ROLES]
    ends, changes = (
        [requested(world, role, kind, by=by) for role in ROLES for by in (OTHER, ME)]
        for kind in (ProposalKind.CANCEL, ProposalKind.AMEND)
    )
    reasons = ("", "Half of it was wet.", "The half of it was wet and could not be sold. " * 20)
    decided = [disputed(world, role, decision, why) for role in ROLES for decision in Decision for why in reasons]
    stands = [disputed(world, role, decision, closed=True) for role in ROLES for decision in Decision]
    again = [
        disputed(world, role, decision, why, closed=True, appealed=True)
        for role in ROLES
        for decision in Decision
        for why in reasons
    ]
    office_ends, office_changes = (
        [requested(world, role, kind, by=None) for role in ROLES]
        for kind in (ProposalKind.CANCEL, ProposalKind.AMEND)
    )  # fmt: skip
    agreed_to = [replace(c, proposal=replace(c.proposal, consented=frozenset({ME}))) for c in office_ends if c.proposal]
    asked = [
        contract for contract in (*ends, *changes, *office_ends, *office_changes) if contract.waits_for(world.caller)
    ]
    waiting = replace(agreement(world), next=(Next.EXPIRE, WEEK))
    unanswered = replace(
        settled(world, Status.EXPIRED, "seller"),
        parties=tuple(replace(p, signature=Signature.EXPIRED) for p in waiting.parties),
    )
    still = [settled(world, status, role) for status in Status for role in ROLES]
    return {
        Kind.YOU_DELIVERED: said[1:2],
        Kind.DELIVERED: said,
        Kind.RECEIVED: [settled(world, Status.COMPLETED, role) for role in ROLES],
        Kind.RECEIVED_PART: parts,
        Kind.CANCEL_PROPOSED: [
            *(c for c in ends if c.waits_for(world.caller) or c.parties[0].role is Role.MEDIATOR),
            *office_ends,
        ],
        Kind.AMEND_PROPOSED: [
            *(c for c in changes if c.waits_for(world.caller) or c.parties[0].role is Role.MEDIATOR),
            *office_changes,
        ],
        Kind.DELIVERY_REPORTED: [settled(world, Status.CONFIRMED, role) for role in ROLES],
        Kind.RECEIPT_ASKED: [settled(world, Status.CONFIRMED, "buyer")],
        Kind.YOU_ASKED_TO_CANCEL: [c for c in ends if not c.waits_for(world.caller)][:1],
        Kind.YOU_ASKED_TO_CHANGE: [c for c in changes if not c.waits_for(world.caller)][:1],
        Kind.ALREADY_PROPOSED: [*(c for c in (*ends, *changes) if c.parties[0].role.binds), *agreed_to[:2]],
        Kind.NOT_YOUR_PART: [settled(world, Status.CONFIRMED, role) for role in ("buyer", "seller")],
        Kind.TOO_MUCH: parts[:1],
        Kind.COUNTED_ALREADY: parts[:1],
        Kind.HOW_MUCH: [*parts[:1], settled(world, Status.CONFIRMED, "buyer")],
        Kind.NO_APPEAL: [*still, *stands],
        Kind.CONFIRMED_BY_OTHER: [agreement(world), agreement(world, waits=False), *ends, *changes],
        Kind.MEANT_YES: [waiting, *asked],
        Kind.MEANT_NO: [waiting, *asked],
        Kind.UNSURE: [waiting, *asked],
        Kind.DECIDED: [*decided, *stands],
        Kind.DECISION_STANDS: [*stands, *again],
        Kind.AMENDED: [settled(world, status, "buyer") for status in (Status.CONFIRMED, Status.COMPLETED)],
        Kind.REMIND_ANSWER: [waiting],
        Kind.REMIND_EXPIRY: [undelivered(world, role) for role in ROLES[:2]],
        Kind.REMIND_REST: [waits_for_the_rest(world, role) for role in ROLES[:2]],
        Kind.COMPLETED_IN_PART: [replace(part, status=Status.COMPLETED) for part in parts],
        Kind.MEDIATE: [disputed(world, "mediator")],
        Kind.REMIND_RECEIPT: [delivered(world, "buyer", Next.COMPLETE)],
        Kind.EXPIRED: [unanswered, settled(world, Status.EXPIRED, "seller")],
        Kind.COMPLETED_BY_TIME: [settled(world, Status.COMPLETED, role) for role in ROLES],
        Kind.NOT_UNDER_WAY: [waiting, *still],
        Kind.STATUS: [
            *still,
            *said,
            *parts,
            *ends,
            *changes,
            *decided,
            disputed(world, "buyer"),
            *agreed_to,
            *office_changes,
            *(replace(part, status=Status.COMPLETED, settled=part.received, next=None) for part in parts),
        ],
    }


def notices(world: World, language: str) -> Iterator[Notice]:
    """One of each kind, of each role and standing where that changes the words."""
    waiting = [agreement(world, role=role, named=named) for role in ("buyer", "seller") for named in (True, False)]
    about: dict[Kind, list[tuple[Contract, ...]]] = {
        kind: [(contract,) for contract in found] for kind, found in of_life(world).items()
    }
    about[Kind.STATUS] += [(contract,) for contract in waiting]
    about[Kind.OFFERED] = [(contract,) for contract in waiting]
    about[Kind.WHICH] = about[Kind.WHICH_DELIVERY] = [tuple(numbered(world, number) for number in range(5))]
    about[Kind.LIST] = [tuple(numbered(world, number) for number in range(count)) for count in (2, 16)]
    for kind in Kind:
        for contracts in about.get(kind, [(waiting[0],)]):
            other = contracts[0].parties[1].msisdn
            office = (None,) if kind is Kind.PROPOSAL_WITHDRAWN else ()
            for by in (world.caller, other, *office):
                for why in (Why.IN_THE_PAST, Why.WRONG_DECIMALS) if kind in _SAYS_WHY else (None,):
                    yield Notice(kind, None, world.caller, language, contracts, by, contracts[0].reference, why)
