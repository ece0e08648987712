"""What an operator does to a contract that is made: pure, a contract in, a Plan or a Refusal out.

An operator reports, proposes and has people asked; nobody is bound by that, and nothing that time brings is moved. Each
may be done exactly when the person whose word it leads to could give that word: so `life` is asked, and what the word
would have changed is left alone.
"""

from datetime import datetime
from enum import StrEnum

from contracts.contract import Contract, Party, Proposal, ProposalType, TimeAct
from contracts.notices import NoticeKind, notice_to
from contracts.refusals import Refusal
from contracts.rules import transitions
from contracts.rules.plan import Plan
from contracts.rules.plan_rows import deadline_columns
from contracts.rules.waiting import WaitingPeriods
from contracts.terms import Terms
from storage.acts import rows as acts
from values.frozen import replace


class RequestedAnswer(StrEnum):
    """What a person may be asked for on their own phone."""

    CONFIRM = "confirm"
    RECEIPT = "receipt"


_PROPOSED = {ProposalType.AMEND: NoticeKind.AMEND_PROPOSED, ProposalType.CANCEL: NoticeKind.CANCEL_PROPOSED}


def report_delivered(
    contract: Contract, seller: Party | None, operator: str, now: datetime, periods: WaitingPeriods
) -> Plan | Refusal:
    """`seller` (None: nobody of this contract) has delivered, the operator says. The seller is asked to say so."""
    if seller is None or seller.phone_id is None:
        return Refusal.NOT_YOURS
    refused = transitions.say_delivered(contract, seller.msisdn, now, periods)
    if isinstance(refused, Refusal):
        return refused
    after = _later(contract)
    reported = acts.DeliveryRow(contract.id, seller.phone_id, "reported", {"channel": "api", "operator": operator})
    said = acts.AuditRow("delivery.reported", contract.id, None, None, {"for": str(seller.phone_id)})
    return Plan(
        move=_held(contract), delivery=reported, request=acts.RequestRow(contract.id, seller.phone_id), audit=(said,),
        notices=tuple(notice_to(p, NoticeKind.DELIVERY_REPORTED, after, seller.msisdn) for p in after.parties),
        about=after,
    )  # fmt: skip


def propose(contract: Contract, kind: ProposalType, terms: Terms | None) -> Plan | Refusal:
    """Ask every buyer and seller for new terms, or for an end. By this nobody has agreed."""
    somebody = next(party for party in contract.parties if party.role.binds)
    after = transitions.propose(contract, somebody.msisdn, kind, terms)
    if isinstance(after, Refusal):
        return after
    assert after.proposal, "it was just made"
    proposal = replace(after.proposal, by_id=None, consented=frozenset())
    after = replace(after, proposal=proposal)
    details = {"kind": kind.value, "n": proposal.n, **({"terms": terms.to_json()} if terms else {})}
    return Plan(
        move=_held(contract), proposal=_row(contract, proposal, "pending"),
        audit=(acts.AuditRow("proposal.made", contract.id, None, None, details),),
        notices=tuple(notice_to(p, _PROPOSED[kind], after, None) for p in after.parties), about=after,
    )  # fmt: skip


def withdraw(contract: Contract, n: int) -> Plan | Refusal:
    """Take back what the operator proposed under the number `n`, while nobody has answered it."""
    proposal = contract.proposal
    if proposal is None or proposal.n != n:
        return Refusal.NO_LONGER_OPEN
    if proposal.by_id:
        return Refusal.NOT_YOURS
    if proposal.consented:
        return Refusal.ALREADY_CONFIRMED
    after = replace(_later(contract), proposal=None)
    details = {"kind": proposal.type.value, "n": n}
    return Plan(
        move=_held(contract), proposal=_row(contract, proposal, "lapsed"),
        audit=(acts.AuditRow("proposal.withdrawn", contract.id, None, None, details),),
        notices=tuple(notice_to(p, NoticeKind.PROPOSAL_WITHDRAWN, after, None) for p in after.parties), about=after,
    )  # fmt: skip


def request_answer(
    contract: Contract, party: Party | None, wanted: RequestedAnswer, now: datetime, periods: WaitingPeriods
) -> Plan | Refusal:
    """Have `party` (None: nobody of this contract) asked again, if their answer would be taken."""
    if party is None or party.phone_id is None:
        return Refusal.NOT_YOURS
    if wanted is RequestedAnswer.RECEIPT:
        refused = transitions.receive(contract, party.msisdn)
    else:
        refused = transitions.answer(contract, party.msisdn, now, periods, yes=True, n=contract.open_number)
    if isinstance(refused, Refusal):
        return refused
    after = _later(contract)
    details = {"ask": wanted.value, "for": str(party.phone_id)}
    return Plan(
        move=_held(contract), request=acts.RequestRow(contract.id, party.phone_id),
        audit=(acts.AuditRow("party.asked", contract.id, None, None, details),),
        notices=(notice_to(party, _question(contract, wanted), after, None),), about=after,
    )  # fmt: skip


def _question(contract: Contract, wanted: RequestedAnswer) -> NoticeKind:
    if wanted is RequestedAnswer.RECEIPT:
        is_silence_counted = contract.deadline and contract.deadline.act in (TimeAct.REMIND_RECEIPT, TimeAct.COMPLETE)
        return NoticeKind.REMIND_RECEIPT if is_silence_counted else NoticeKind.RECEIPT_ASKED
    return _PROPOSED[contract.proposal.type] if contract.proposal else NoticeKind.OFFERED


def _later(contract: Contract) -> Contract:
    """The same contract one version later: whoever decided on the one before looks again."""
    return replace(contract, version=contract.version + 1)


def _held(contract: Contract) -> acts.MoveRow:
    """A move to where it is; what time brings to it stays."""
    what, at = deadline_columns(contract)
    return acts.MoveRow(contract.id, contract.version, contract.status.value, next_what=what, next_at=at)


def _row(contract: Contract, proposal: Proposal, status: str) -> acts.ProposalRow:
    waiting = tuple(p.phone_id for p in contract.parties if p.role.binds and p.phone_id and status == "pending")
    return acts.ProposalRow(
        contract.id, proposal.n, proposal.type.value, proposal.terms.to_json() if proposal.terms else None, None, (),
        waiting, status,
    )  # fmt: skip
