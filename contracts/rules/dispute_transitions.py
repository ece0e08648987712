"""What parties, operators and the mediator may do about a reported problem, and what the contract is afterwards.

Pure, like `transitions`, which has everything else: two sides settle a dispute by a proposal, and time closes it or
tells that nobody has decided.
"""

from datetime import datetime
from uuid import UUID

from contracts.contract import Contract, Deadline, Party, Role, Status, TimeAct
from contracts.dispute import Decision, Dispute, DisputeEnd, Reply
from contracts.fields.msisdn import Msisdn
from contracts.proposal import Proposal
from contracts.refusals import Refusal
from contracts.rules.changes import (
    ContractOrRefusal,
    bound_party,
    changed,
    ended,
    is_share,
    refusal_unless_under_way,
    waiting_again,
)
from contracts.rules.waiting import WaitingPeriods, decision_deadline
from values.frozen import replace

_MOST_REPLIES = 3  # of one party in one dispute; each is an SMS to the others


def complain(
    contract: Contract, by: Msisdn | None, dispute_id: UUID, words: str, now: datetime, periods: WaitingPeriods
) -> ContractOrRefusal:
    """A party (`by` None: an operator) reports a problem. From now on time only tells that nobody has decided."""
    if by is not None and (refusal := refusal_unless_under_way(contract, by, None)):
        return refusal
    if not contract.is_under_way:
        return Refusal.IN_DISPUTE if contract.status is Status.DISPUTED else Refusal.NOT_UNDER_WAY
    party = contract.party(by) if by else None
    dispute = Dispute(dispute_id, "open", party.phone_id if party else None, words)
    deadline = decision_deadline(now, periods)
    return changed(contract, status=Status.DISPUTED, dispute=dispute, proposal=None, deadline=deadline)


def answer_dispute(contract: Contract, by: Msisdn, words: str) -> ContractOrRefusal:
    """A party says something about the reported problem: the other side's answer, or what the reporter adds."""
    party, dispute = bound_party(contract, by), contract.open_dispute
    if isinstance(party, Refusal):
        return party
    if dispute is None:
        return Refusal.NO_OPEN_DISPUTE
    assert party.phone_id, "a party of a stored contract has a row"
    if sum(reply.by_id == party.phone_id for reply in dispute.replies) >= _MOST_REPLIES:
        return Refusal.SAID_ENOUGH
    return changed(contract, dispute=replace(dispute, replies=(*dispute.replies, Reply(party.phone_id, words))))


def withdraw_dispute(
    contract: Contract, by: Msisdn | None, now: datetime, periods: WaitingPeriods
) -> ContractOrRefusal:
    """Who reported the problem (`by` None: an operator) takes it back before any decision. The contract goes on."""
    party = bound_party(contract, by) if by else None
    if isinstance(party, Refusal):
        return party
    dispute = contract.dispute
    if dispute is None or dispute.status != "open":
        return Refusal.NO_OPEN_DISPUTE
    if dispute.opened_by != (party.phone_id if party else None):
        return Refusal.NOT_YOUR_REPORT
    dispute = replace(dispute, status="closed", ended=DisputeEnd.WITHDRAWN)
    after = changed(
        contract, status=contract.status_without_dispute, dispute=dispute, proposal=None, clock_started_at=now
    )  # fmt: skip
    return waiting_again(after, now, periods)


def decide_dispute(
    contract: Contract,
    decision: Decision,
    split_minor: int | None,
    reasons: str,
    now: datetime,
    periods: WaitingPeriods,
    by: Msisdn | None = None,
) -> ContractOrRefusal:
    """The mediator decides: `by`, on their own phone, or (None) as an operator writes it down.

    A first decision takes effect if nobody appeals in time, a second one at once. What the two sides have proposed to
    each other meanwhile is void.
    """
    if by is not None and (refusal := _refusal_unless_mediator(contract, by)):
        return refusal
    dispute = contract.open_dispute
    if dispute is None:
        return Refusal.NO_OPEN_DISPUTE
    if decision is Decision.SPLIT and not is_share(split_minor, contract):
        return Refusal.NO_SHARE
    decided = replace(dispute, decision=decision, split_minor=split_minor, reasons=reasons)
    if dispute.was_appealed:
        return dispute_closed(contract, decided)
    deadline = Deadline(TimeAct.CLOSE_DISPUTE, now + periods.appeal)
    return changed(contract, dispute=replace(decided, status="decided"), proposal=None, deadline=deadline)


def appeal(
    contract: Contract, by: Msisdn, now: datetime, periods: WaitingPeriods, words: str = ""
) -> ContractOrRefusal:
    """A party appeals against the decision, in their own `words`: possible once, and until the deadline has passed."""
    party, dispute = bound_party(contract, by), contract.dispute
    if isinstance(party, Refusal):
        return party
    if dispute is None or dispute.status != "decided" or dispute.was_appealed:
        return Refusal.NO_APPEAL
    said = Reply(party.phone_id, words) if party.phone_id and words else None
    appealed = replace(dispute, status="appealed", was_appealed=True, appeal=said)
    return changed(contract, dispute=appealed, deadline=decision_deadline(now, periods))


def assign_mediator(contract: Contract, mediator: Party) -> ContractOrRefusal:
    """`mediator`, who is not in the contract yet, shall decide the dispute."""
    if contract.dispute is None or contract.status is not Status.DISPUTED:
        return Refusal.NOT_UNDER_WAY
    if contract.party(mediator.msisdn):
        return Refusal.ALREADY_SAID
    return changed(contract, parties=(*contract.parties, mediator))


def settled_dispute(contract: Contract, proposal: Proposal) -> Dispute | None:
    """Return the contract's dispute, closed by `proposal`, to which all have agreed; None if it is not in dispute."""
    if contract.open_dispute is None:
        return None
    return replace(contract.open_dispute, status="closed", ended=DisputeEnd.SETTLED, settlement=proposal)


def dispute_closed(contract: Contract, dispute: Dispute) -> Contract:
    """Carry out the decision of `dispute`."""
    status = Status.CANCELLED if dispute.decision is Decision.CANCEL else Status.COMPLETED
    return replace(ended(contract, status), dispute=replace(dispute, status="closed", ended=DisputeEnd.DECIDED))


def _refusal_unless_mediator(contract: Contract, by: Msisdn) -> Refusal | None:
    party = contract.party(by)
    if party is None:
        return Refusal.NOT_YOURS
    return None if party.role is Role.MEDIATOR else Refusal.NOT_THE_ARBITER
