"""What may happen to a contract, by whom, and what it is then: pure, a contract in, a contract or a Refusal out.

Each function is one thing a person, an operator or time does. What it changes is seen by comparing; who is told and
what is written follows from that, in `contracts.rules.party_acts`.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from contracts.contract import (
    Contract,
    Deadline,
    Decision,
    Dispute,
    Party,
    Proposal,
    ProposalType,
    Role,
    Signature,
    Status,
    TimeAct,
)
from contracts.fields.msisdn import Msisdn
from contracts.refusals import Refusal
from contracts.rules.waiting import (
    WaitingPeriods,
    silence,
    silence_of_buyer_counts,
    under_new_terms,
    until_delivered,
    until_given_up,
    until_received,
    until_the_rest,
)
from contracts.terms import Terms
from values.frozen import replace

ContractOrRefusal = Contract | Refusal


def answer(
    contract: Contract, by: Msisdn, now: datetime, periods: WaitingPeriods, *, yes: bool, n: int
) -> ContractOrRefusal:
    """`by` says yes or no to what is asked under the number `n`: the terms themselves, or a proposal."""
    party = _binding(contract, by)
    if isinstance(party, Refusal):
        return party
    if contract.proposal and contract.proposal.n == n:
        return _answer_proposal(contract, contract.proposal, party, now, periods, yes=yes)
    if contract.status is not Status.PENDING or n != contract.terms_version:
        is_said = yes and party.signature is Signature.SIGNED and n == contract.terms_version
        return Refusal.ALREADY_CONFIRMED if is_said else Refusal.NO_LONGER_OPEN
    if party.signature is not Signature.PENDING and yes:
        return Refusal.ALREADY_CONFIRMED
    said = Signature.SIGNED if yes else Signature.REJECTED
    parties = tuple(replace(p, signature=said) if p is party else p for p in contract.parties)
    after = _next(contract, parties=parties, status=_after(parties))
    match after.status:
        case Status.CONFIRMED:
            return replace(after, deadline=until_delivered(after, now, periods))
        case Status.CANCELLED:
            return replace(after, deadline=None)
        case _:
            return after


def say_delivered(contract: Contract, by: Msisdn, now: datetime, periods: WaitingPeriods) -> ContractOrRefusal:
    """The seller's word: from now on the buyer's silence counts."""
    refused = _under_way(contract, by, Role.SELLER)
    if refused:
        return refused
    if silence_of_buyer_counts(contract):
        return Refusal.ALREADY_SAID
    after = _next(contract, status=Status.ACTIVE, delivered_at=now)
    return replace(after, deadline=until_received(after, periods))


def receive(contract: Contract, by: Msisdn) -> ContractOrRefusal:
    """The buyer has it all."""
    refused = _under_way(contract, by, Role.BUYER)
    if refused:
        return refused
    return _over(contract, Status.COMPLETED)


def receive_part(
    contract: Contract, by: Msisdn, quantity: Decimal, now: datetime, periods: WaitingPeriods
) -> ContractOrRefusal:
    """The buyer has so much of it, and waits for the rest; with the last part it is all."""
    refused = _under_way(contract, by, Role.BUYER)
    if refused:
        return refused
    if quantity <= 0:
        return Refusal.NOTHING_CHANGES
    received, agreed = contract.received + quantity, Decimal(contract.terms.quantity.amount)
    if received > agreed:
        return Refusal.TOO_MUCH
    if received == agreed:
        return replace(_over(contract, Status.COMPLETED), received=received, part_at=now)
    # A part is a word of the buyer's: their silence alone does not count until the seller says again that it is there.
    after = _next(contract, status=Status.ACTIVE, received=received, part_at=now)
    asked = after.proposal.terms if after.proposal else None
    is_void = asked is not None and not after.has_room_in(asked)
    return replace(after, proposal=None if is_void else after.proposal, deadline=until_the_rest(after, periods))


def complain(contract: Contract, by: Msisdn | None, dispute_id: UUID, words: str) -> ContractOrRefusal:
    """A party (None: an operator for them) reports a problem; from now on nothing happens by itself."""
    opened_by = None
    if by is not None:
        refused = _under_way(contract, by, None)
        if refused:
            return refused
        party = contract.party(by)
        opened_by = party.phone_id if party else None
    elif not contract.is_under_way:
        return Refusal.IN_DISPUTE if contract.status is Status.DISPUTED else Refusal.NOT_UNDER_WAY
    dispute = Dispute(dispute_id, "open", opened_by, words)
    return _next(contract, status=Status.DISPUTED, dispute=dispute, proposal=None, deadline=None)


def propose(contract: Contract, by: Msisdn, kind: ProposalType, terms: Terms | None) -> ContractOrRefusal:
    """A party asks the others for new terms, or for an end. Time goes on meanwhile."""
    refused = _under_way(contract, by, None)
    if refused:
        return refused
    if contract.proposal:
        return Refusal.ALREADY_PROPOSED
    if kind is ProposalType.AMEND and terms == contract.terms:
        return Refusal.NOTHING_CHANGES
    if terms and not contract.has_room_in(terms):
        return Refusal.LESS_THAN_CAME
    party = contract.party(by)
    assert party and party.phone_id, "who stands in a contract is known"
    n = max(contract.last_n, contract.terms_version) + 1
    proposal = Proposal(n, kind, terms, party.phone_id, frozenset({party.phone_id}))
    return _next(contract, proposal=proposal, last_n=n)


def decide_dispute(
    contract: Contract,
    decision: Decision,
    split_minor: int | None,
    reasons: str,
    now: datetime,
    periods: WaitingPeriods,
) -> ContractOrRefusal:
    """The mediator's word. It stands when nobody appeals in time; the second one stands at once."""
    dispute = contract.dispute
    if dispute is None or dispute.status not in ("open", "appealed"):
        return Refusal.NOT_UNDER_WAY
    if split_minor is not None and not 0 < split_minor < contract.terms.total.minor:
        return Refusal.TOO_MUCH
    decided = replace(dispute, decision=decision, split_minor=split_minor, reasons=reasons)
    if dispute.was_appealed:
        return _closed(contract, decided)
    return _next(
        contract, dispute=replace(decided, status="decided"), deadline=Deadline(TimeAct.CLOSE_DISPUTE,
        now + periods.appeal)
    )  # fmt: skip


def appeal(contract: Contract, by: Msisdn) -> ContractOrRefusal:
    """A party does not accept the decision: once, and in time."""
    party, dispute = _binding(contract, by), contract.dispute
    if isinstance(party, Refusal):
        return party
    if dispute is None or dispute.status != "decided" or dispute.was_appealed:
        return Refusal.NO_APPEAL
    return _next(contract, dispute=replace(dispute, status="appealed", was_appealed=True), deadline=None)


def assign_mediator(contract: Contract, mediator: Party) -> ContractOrRefusal:
    """Somebody who is no party yet is to settle the dispute."""
    if contract.dispute is None or contract.status is not Status.DISPUTED:
        return Refusal.NOT_UNDER_WAY
    if contract.party(mediator.msisdn):
        return Refusal.ALREADY_SAID
    return _next(contract, parties=(*contract.parties, mediator))


def pass_time(contract: Contract, now: datetime, periods: WaitingPeriods) -> Contract | None:
    """What time has brought; None: nothing yet."""
    if contract.deadline is None or contract.deadline.at > now:
        return None
    match contract.deadline.act:
        case TimeAct.REMIND_ANSWER:
            return _next(contract, deadline=Deadline(TimeAct.EXPIRE, now + periods.warned(periods.answer)))
        case TimeAct.REMIND_DELIVERY:
            return _next(contract, deadline=until_given_up(contract, now, periods))
        case TimeAct.REMIND_EXPIRY:
            return _next(contract, deadline=Deadline(TimeAct.EXPIRE, now + periods.warned(periods.delivery)))
        case TimeAct.REMIND_RECEIPT:
            return _next(contract, deadline=Deadline(TimeAct.COMPLETE, now + periods.warned(silence(contract))))
        case TimeAct.REMIND_REST:
            return _next(contract, deadline=Deadline(TimeAct.COMPLETE_PART, now + periods.warned(silence(contract))))
        case TimeAct.EXPIRE:
            parties = tuple(
                replace(p, signature=Signature.EXPIRED) if p.signature is Signature.PENDING else p
                for p in contract.parties
            )
            return replace(_over(contract, Status.EXPIRED), parties=parties)
        case TimeAct.COMPLETE:
            return _over(contract, Status.COMPLETED)
        case TimeAct.COMPLETE_PART:
            return replace(_over(contract, Status.COMPLETED), settled=contract.received)
        case TimeAct.CLOSE_DISPUTE:
            assert contract.dispute, "only a dispute is closed"
            return _closed(contract, contract.dispute)


def _answer_proposal(
    contract: Contract, proposal: Proposal, party: Party, now: datetime, periods: WaitingPeriods, *, yes: bool
) -> ContractOrRefusal:
    assert party.phone_id, "who stands in a contract is known"
    if not yes:
        return _next(contract, proposal=None)
    if party.phone_id in proposal.consented:
        return Refusal.ALREADY_CONFIRMED
    consented = proposal.consented | {party.phone_id}
    if any(p.phone_id not in consented for p in contract.parties if p.role.binds):
        return _next(contract, proposal=replace(proposal, consented=consented))
    if proposal.type is ProposalType.CANCEL:
        return _over(contract, Status.CANCELLED)
    assert proposal.terms, "an amendment has terms"
    if not contract.has_room_in(proposal.terms):
        return Refusal.LESS_THAN_CAME
    after = _next(contract, proposal=None, terms=proposal.terms, terms_version=proposal.n)
    if after.received == Decimal(after.terms.quantity.amount):
        return replace(after, status=Status.COMPLETED, deadline=None)
    return replace(after, deadline=under_new_terms(after, now, periods))


def _binding(contract: Contract, by: Msisdn) -> Party | Refusal:
    party = contract.party(by)
    return party if party and party.signature is not None else Refusal.NOT_YOURS


def _under_way(contract: Contract, by: Msisdn, role: Role | None) -> Refusal | None:
    """Why `by`, in `role` (None: either side), cannot do anything about the delivery now; None: they can."""
    party = _binding(contract, by)
    if isinstance(party, Refusal):
        return party
    if contract.status is Status.DISPUTED:
        return Refusal.IN_DISPUTE
    if not contract.is_under_way:
        return Refusal.NOT_UNDER_WAY
    return None if role is None or party.role is role else Refusal.NOT_YOUR_PART


def _after(parties: Sequence[Party]) -> Status:
    words = {party.signature for party in parties if party.signature}
    if Signature.REJECTED in words:
        return Status.CANCELLED
    return Status.CONFIRMED if words == {Signature.SIGNED} else Status.PENDING


def _over(contract: Contract, status: Status) -> Contract:
    return _next(contract, status=status, proposal=None, deadline=None)


def _closed(contract: Contract, dispute: Dispute) -> Contract:
    """The decision is done."""
    status = Status.CANCELLED if dispute.decision is Decision.CANCEL else Status.COMPLETED
    return replace(_over(contract, status), dispute=replace(dispute, status="closed"))


def _next(contract: Contract, **changed: object) -> Contract:
    """The contract one version later."""
    return replace(contract, version=contract.version + 1, **changed)
