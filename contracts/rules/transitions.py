"""What parties, operators and time may do to a contract, and what the contract is afterwards.

Pure: each function takes a contract and returns the contract as it is after the change, one version later, or the
Refusal that says why there is no change. Who is told and which rows are written is decided from the contract before and
after: in party_acts, operator_acts and time_acts. What is done about a reported problem is in dispute_transitions.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from contracts.contract import Contract, Deadline, Party, Role, Signature, Status, TimeAct
from contracts.escrow.rules import with_fee_in_proportion
from contracts.escrow.shares import smallest_unit
from contracts.fields.msisdn import Msisdn
from contracts.proposal import Proposal, ProposalType
from contracts.refusals import Refusal
from contracts.rules.changes import (
    CLOCK_RUNS,
    ContractOrRefusal,
    bound_party,
    changed,
    ended,
    is_share,
    no_longer_asked,
    refusal_unless_deliverable,
    refusal_unless_under_way,
    waiting_again,
    waiting_as_before,
)
from contracts.rules.dispute_transitions import dispute_closed, settled_dispute
from contracts.rules.waiting import (
    WaitingPeriods,
    buyer_silence_counts,
    decision_deadline,
    delivery_deadline,
    expiry_deadline,
    receipt_deadline,
    rest_deadline,
    silence_counts,
    silence_deadline,
    silence_period,
)
from contracts.terms import Terms
from values.frozen import replace

_ASKED_AGAIN_AFTER: Final = timedelta(days=1)


def answer(
    contract: Contract, by: Msisdn, now: datetime, periods: WaitingPeriods, *, yes: bool, n: int
) -> ContractOrRefusal:
    """`by` says yes or no to what is open under number `n`: the contract itself, or a proposal."""
    party = bound_party(contract, by)
    if isinstance(party, Refusal):
        return party
    if contract.proposal and contract.proposal.n == n:
        answered = _answer_proposal(contract, contract.proposal, party, now, periods, yes=yes)
        return answered if isinstance(answered, Refusal) else _without_silence_of(party, contract, answered, now)
    if contract.status is not Status.PENDING or n != contract.terms_version:
        has_said_yes = yes and party.signature is Signature.SIGNED and n == contract.terms_version
        return Refusal.ALREADY_CONFIRMED if has_said_yes else Refusal.NO_LONGER_OPEN
    if party.signature is not Signature.PENDING and yes:
        return Refusal.ALREADY_CONFIRMED
    signature = Signature.SIGNED if yes else Signature.REJECTED
    parties = tuple(replace(p, signature=signature) if p is party else p for p in contract.parties)
    after = changed(contract, parties=parties, status=_status_of(parties))
    match after.status:
        case Status.CONFIRMED:
            return replace(after, deadline=delivery_deadline(after, now, periods))
        case Status.CANCELLED:
            return replace(after, deadline=None, parties=no_longer_asked(parties))
        case _:
            return after


def say_delivered(contract: Contract, by: Msisdn, now: datetime, periods: WaitingPeriods) -> ContractOrRefusal:
    """A seller reports the delivery. From now on the buyer's silence counts as a receipt, unless a buyer has written
    and stopped the clock: a seller's word does not answer for them."""
    if refusal := refusal_unless_deliverable(contract, by, Role.SELLER):
        return refusal
    if buyer_silence_counts(contract) or _was_said_again_lately(contract, now):
        return Refusal.ALREADY_SAID
    after = changed(contract, status=Status.ACTIVE, delivered_at=now)
    if contract.clock_stopped_at and not _was_stopped_by_seller(contract):
        return after
    return replace(after, deadline=receipt_deadline(after, periods), **CLOCK_RUNS)


def stop_clock(contract: Contract, by: Msisdn, now: datetime) -> ContractOrRefusal:
    """`by` wrote something while their silence counted: no silence completes the contract any more. Further words
    change nothing but the version, and whose words they are.

    Only a receipt, a part, a dispute, an end that all agree on, or an operator moves the contract on.
    """
    party = bound_party(contract, by)
    if isinstance(party, Refusal):
        return party
    if refusal := refusal_unless_under_way(contract, by, None):
        return refusal
    if not silence_counts(contract, party):
        return Refusal.NOTHING_CHANGES
    return _without_silence_of(party, contract, changed(contract), now)


def start_clock(contract: Contract, now: datetime, periods: WaitingPeriods) -> ContractOrRefusal:
    """An operator, who has looked, lets the clock run again: silence counts for its whole period from `now`."""
    if contract.clock_stopped_at is None or not contract.is_under_way:
        return Refusal.NOTHING_CHANGES
    after = changed(contract, clock_started_at=now, **CLOCK_RUNS)
    return replace(after, deadline=silence_deadline(after, periods))


def receive(contract: Contract, by: Msisdn) -> ContractOrRefusal:
    """A buyer confirms the receipt of all goods."""
    return refusal_unless_deliverable(contract, by, Role.BUYER) or ended(contract, Status.COMPLETED)


def receive_part(
    contract: Contract, by: Msisdn, quantity: Decimal, now: datetime, periods: WaitingPeriods
) -> ContractOrRefusal:
    """A buyer confirms the receipt of `quantity` more; the contract is completed once that makes the whole."""
    if refusal := refusal_unless_deliverable(contract, by, Role.BUYER):
        return refusal
    if quantity <= 0:
        return Refusal.NOTHING_CHANGES
    received, agreed = contract.received + quantity, Decimal(contract.terms.quantity.amount)
    if received > agreed:
        return Refusal.TOO_MUCH
    if received == agreed:
        return replace(ended(contract, Status.COMPLETED), received=received, part_at=now)
    # The buyer has spoken: their silence alone does not count again until a seller reports another delivery.
    after = changed(contract, status=Status.ACTIVE, received=received, part_at=now, **CLOCK_RUNS)
    proposed = after.proposal.terms if after.proposal else None
    is_void = proposed is not None and not after.received_fits(proposed)
    return replace(after, proposal=None if is_void else after.proposal, deadline=rest_deadline(after, periods))


def propose(
    contract: Contract,
    by: Msisdn | None,
    type_: ProposalType,
    terms: Terms | None,
    now: datetime,
    split_minor: int | None = None,
) -> ContractOrRefusal:
    """A party (`by` None: an operator, who agrees to nothing) proposes new terms (`terms`) or an end.

    How the contract is paid cannot change; the fee stays in proportion to the total. The deadline stays as it is
    meanwhile, but if it counts the silence of who proposes: they are not silent, and the clock stops. So it does when a
    proposal is answered.

    In a dispute that waits for a decision the proposal settles it, if all agree; only then it may be that the contract
    counts as completed, or is split.
    """
    if refusal := _refusal_to_propose(contract, by, type_):
        return refusal
    terms = terms and with_fee_in_proportion(contract.terms, terms)
    if contract.proposal:
        return Refusal.ALREADY_PROPOSED
    if type_ is ProposalType.AMEND and terms == contract.terms:
        return Refusal.NOTHING_CHANGES
    if terms and not contract.received_fits(terms):
        return Refusal.LESS_THAN_CAME
    if terms and (refusal := _refusal_of_money(contract, terms)):
        return refusal
    if type_ is ProposalType.SPLIT and not is_share(split_minor, contract):
        return Refusal.NO_SHARE
    n = max(contract.last_n, contract.terms_version) + 1
    party = contract.party(by) if by else None
    if party is None:
        return changed(contract, proposal=Proposal(n, type_, terms, None, frozenset(), split_minor), last_n=n)
    assert party.phone_id, "a party of a stored contract has a row"
    proposal = Proposal(n, type_, terms, party.phone_id, frozenset({party.phone_id}), split_minor)
    return _without_silence_of(party, contract, changed(contract, proposal=proposal, last_n=n), now)


def pass_time(contract: Contract, now: datetime, periods: WaitingPeriods) -> Contract | None:
    """Do what is due at `now`. Return None if the deadline has not passed, or there is none."""
    if contract.deadline is None or contract.deadline.at > now:
        return None
    match contract.deadline.act:
        case TimeAct.REMIND_ANSWER:
            return _reminded(contract, TimeAct.EXPIRE, now + periods.warning_for(periods.answer))
        case TimeAct.REMIND_DELIVERY:
            return changed(contract, deadline=expiry_deadline(contract, now, periods))
        case TimeAct.REMIND_EXPIRY:
            return _reminded(contract, TimeAct.EXPIRE, now + periods.warning_for(periods.delivery))
        case TimeAct.REMIND_RECEIPT:
            return _reminded(contract, TimeAct.COMPLETE, now + periods.warning_for(silence_period(contract)))
        case TimeAct.REMIND_REST:
            return _reminded(contract, TimeAct.COMPLETE_PART, now + periods.warning_for(silence_period(contract)))
        case TimeAct.EXPIRE:
            return ended(contract, Status.EXPIRED)
        case TimeAct.COMPLETE:
            return ended(contract, Status.COMPLETED)
        case TimeAct.COMPLETE_PART:
            return replace(ended(contract, Status.COMPLETED), settled=contract.received)
        case TimeAct.CLOSE_DISPUTE:
            assert contract.dispute, "this deadline comes from a decision"
            return dispute_closed(contract, contract.dispute)
        case TimeAct.ESCALATE_DISPUTE:
            assert contract.dispute, "this deadline comes from a dispute"
            escalated = replace(contract.dispute, escalated_at=now)
            return changed(contract, dispute=escalated, deadline=decision_deadline(now, periods))


def _answer_proposal(
    contract: Contract, proposal: Proposal, party: Party, now: datetime, periods: WaitingPeriods, *, yes: bool
) -> ContractOrRefusal:
    assert party.phone_id, "a party of a stored contract has a row"
    if not yes:
        return changed(contract, proposal=None)
    if party.phone_id in proposal.consented:
        return Refusal.ALREADY_CONFIRMED
    consented = proposal.consented | {party.phone_id}
    if any(p.phone_id not in consented for p in contract.parties if p.role.binds):
        return changed(contract, proposal=replace(proposal, consented=consented))
    settled = settled_dispute(contract, replace(proposal, consented=consented))
    if proposal.terms is None:
        status = Status.CANCELLED if proposal.type is ProposalType.CANCEL else Status.COMPLETED
        return replace(ended(contract, status), dispute=settled or contract.dispute)
    if not contract.received_fits(proposal.terms):
        return Refusal.LESS_THAN_CAME
    if refusal := _refusal_of_money(contract, proposal.terms):  # a part may have come since it was proposed
        return refusal
    goes_on = contract.status_without_dispute if settled else contract.status
    after = changed(
        contract, status=goes_on, proposal=None, terms=proposal.terms, terms_version=proposal.n,
        dispute=settled or contract.dispute, clock_started_at=now if settled else contract.clock_started_at,
    )  # fmt: skip
    if contract.received == Decimal(proposal.terms.quantity.amount):
        return replace(after, status=Status.COMPLETED, deadline=None, **CLOCK_RUNS)
    return waiting_again(after, now, periods) if settled else waiting_as_before(after, now, periods)


def _without_silence_of(party: Party, before: Contract, after: Contract, now: datetime) -> Contract:
    """Return `after`, which `party` made of `before`, with the clock stopped if it counted the silence of `party`. It
    stands since the first words; whose they are is the last buyer who spoke, before any seller."""
    if not (before.is_under_way and after.is_under_way and silence_counts(before, party)):
        return after
    if before.clock_stopped_at is None:
        return replace(after, deadline=None, clock_stopped_at=now, clock_stopped_by=party.phone_id)
    return replace(after, clock_stopped_by=party.phone_id) if party.role is Role.BUYER else after


def _was_said_again_lately(contract: Contract, now: datetime) -> bool:
    """Whether the seller has repeated, since the clock stands, that it is delivered: the buyer is asked once a day."""
    said, stopped = contract.delivered_at, contract.clock_stopped_at
    return bool(said and stopped and said > stopped and now - said < _ASKED_AGAIN_AFTER)


def _was_stopped_by_seller(contract: Contract) -> bool:
    """Whether only a seller's words stopped the clock; what they say clearly then answers for them."""
    writer = next((p for p in contract.parties if p.phone_id == contract.clock_stopped_by), None)
    return writer is not None and writer.role is Role.SELLER


def _refusal_to_propose(contract: Contract, by: Msisdn | None, type_: ProposalType) -> Refusal | None:
    """Return why `by` (None: an operator) cannot propose this now, to change what is under way or to settle a dispute;
    None if they can."""
    party = bound_party(contract, by) if by else None
    if isinstance(party, Refusal):
        return party
    if contract.open_dispute or (contract.is_under_way and not type_.only_settles):
        return None
    is_late = contract.status is Status.DISPUTED or type_.only_settles
    return Refusal.NO_OPEN_DISPUTE if is_late else Refusal.NOT_UNDER_WAY


def _refusal_of_money(contract: Contract, terms: Terms) -> Refusal | None:
    """Return why the money of the contract does not fit into new terms; None if it does. How it is paid, and in which
    currency, stays; the fee is less than the total."""
    if terms.payment != contract.terms.payment:
        return Refusal.NOT_FOR_ESCROW
    if (escrow := contract.escrow) is None:
        return None
    unit, total, fee = smallest_unit(escrow.currency), terms.total, terms.fee_minor
    if total.currency is not escrow.currency or total.minor % unit or fee % unit or not 0 <= fee < total.minor:
        return Refusal.NOT_FOR_ESCROW
    return Refusal.LESS_THAN_RELEASED if total.minor < escrow.gross else None


def _status_of(parties: Sequence[Party]) -> Status:
    """Return the status that the signatures give a contract which is PENDING."""
    signatures = {party.signature for party in parties if party.signature}
    if Signature.REJECTED in signatures:
        return Status.CANCELLED
    return Status.CONFIRMED if signatures == {Signature.SIGNED} else Status.PENDING


def _reminded(contract: Contract, act: TimeAct, at: datetime) -> Contract:
    return changed(contract, deadline=Deadline(act, at))
