"""From what a contract was and what it is now to all that is written of it, and who is told."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from contracts.contract import Contract, Decision, Party, Proposal, ProposalType, Role, Status, TimeAct
from contracts.fields.msisdn import Msisdn
from contracts.notices import Notice, NoticeKind, notice_to
from contracts.refusals import Refusal
from contracts.rules import transitions
from contracts.rules.plan import Actor, Plan, act_confirmation, answer_confirmation, audit_row, status_audit_row
from contracts.rules.plan_rows import delivery_row, dispute_row, move_row, proposal_row, signature_rows
from contracts.rules.waiting import WaitingPeriods
from contracts.terms import Terms
from storage.acts import rows as acts
from values.frozen import replace
from values.ids import new_id


def answer(
    contract: Contract, actor: Actor, now: datetime, periods: WaitingPeriods, *, yes: bool, n: int
) -> Plan | Refusal:
    """One party's word on what the contract asks, by whatever channel it came."""
    after = transitions.answer(contract, actor.msisdn, now, periods, yes=yes, n=n)
    if isinstance(after, Refusal):
        return after
    party, word = _party(contract, actor), "confirm" if yes else "decline"
    proposal = contract.proposal if contract.proposal and contract.proposal.n == n else None
    kinds = _of_proposal(proposal, after, party, yes=yes) if proposal else _OF_ANSWER[after.status]
    subject = "cancel" if proposal and proposal.type is ProposalType.CANCEL else "terms"
    about = {"kind": proposal.type.value, "n": proposal.n} if proposal else {}
    action = f"proposal.{word}" if proposal else f"contract.{word}"
    return _plan(
        contract, after, actor, audit_row(action, contract.id, party.phone_id, actor, role=party.role.value, **about),
        notices=_told(after, actor.msisdn, *kinds),
        confirmation=answer_confirmation(contract.id, party, actor, word, n=n, subject=subject),
        proposal=proposal_row(contract, proposal, "accepted" if yes else "declined", after) if proposal else None,
    )  # fmt: skip


def say_delivered(contract: Contract, actor: Actor, now: datetime, periods: WaitingPeriods) -> Plan | Refusal:
    after = transitions.say_delivered(contract, actor.msisdn, now, periods)
    if isinstance(after, Refusal):
        return after
    return _plan(
        contract, after, actor, _entry_of("delivery.said", contract, actor), delivered=True,
        delivery=delivery_row(contract, actor, "said"),
        confirmation=act_confirmation(after, actor, "delivered", "delivery", quantity=contract.terms.quantity.amount),
        notices=_told(after, actor.msisdn, NoticeKind.YOU_DELIVERED, NoticeKind.DELIVERED),
    )  # fmt: skip


def receive(
    contract: Contract, actor: Actor, part: Decimal | None, now: datetime, periods: WaitingPeriods
) -> Plan | Refusal:
    """All of it, or a part. A request to change it that the part leaves no room for is void, and all are told."""
    if part is None:
        after = transitions.receive(contract, actor.msisdn)
    else:
        after = transitions.receive_part(contract, actor.msisdn, part, now, periods)
    if isinstance(after, Refusal):
        return after
    is_all = after.status is Status.COMPLETED
    kind = NoticeKind.RECEIVED if is_all else NoticeKind.RECEIVED_PART
    details = {} if part is None else {"quantity": str(part)}
    word, quantity = ("received", contract.terms.quantity.amount) if part is None else ("received_part", str(part))
    is_void = bool(contract.proposal and not after.proposal and not is_all)
    void = _told(after, actor.msisdn, NoticeKind.PROPOSAL_VOID, NoticeKind.PROPOSAL_VOID) if is_void else ()
    return _plan(
        contract, after, actor, _entry_of("delivery.received", contract, actor, **details),
        delivery=delivery_row(contract, actor, "full" if part is None else "part", part),
        confirmation=act_confirmation(after, actor, word, "delivery", quantity=quantity),
        notices=(*_told(after, actor.msisdn, kind, kind), *void),
    )  # fmt: skip


def complain(contract: Contract, actor: Actor, words: str) -> Plan | Refusal:
    after = transitions.complain(contract, actor.msisdn, new_id(), words)
    if isinstance(after, Refusal):
        return after
    return _plan(
        contract, after, actor, _entry_of("dispute.opened", contract, actor), dispute=dispute_row(after),
        confirmation=act_confirmation(after, actor, "complain", "dispute", words),
        notices=_told(after, actor.msisdn, NoticeKind.YOU_COMPLAINED, NoticeKind.DISPUTED),
    )  # fmt: skip


def propose(contract: Contract, actor: Actor, kind: ProposalType, terms: Terms | None) -> Plan | Refusal:
    after = transitions.propose(contract, actor.msisdn, kind, terms)
    if isinstance(after, Refusal):
        return after
    proposal = after.proposal
    assert proposal, "it was just made"
    party = _party(contract, actor)
    told = NoticeKind.CANCEL_PROPOSED if kind is ProposalType.CANCEL else NoticeKind.AMEND_PROPOSED
    subject = "cancel" if kind is ProposalType.CANCEL else "terms"
    details: dict[str, Any] = {"kind": kind.value, "n": proposal.n, **({"terms": terms.to_json()} if terms else {})}
    return _plan(
        contract, after, actor, _entry_of("proposal.made", contract, actor, **details),
        confirmation=answer_confirmation(contract.id, party, actor, "confirm", n=proposal.n, subject=subject),
        proposal=proposal_row(contract, proposal, "pending", after), notices=_told(after, actor.msisdn, None, told),
    )  # fmt: skip


def appeal(contract: Contract, actor: Actor, words: str) -> Plan | Refusal:
    after = transitions.appeal(contract, actor.msisdn)
    if isinstance(after, Refusal):
        return after
    row = dispute_row(after, appealed_by=_party(contract, actor).phone_id, appeal_words=words)
    return _plan(
        contract, after, actor, _entry_of("dispute.appealed", contract, actor), dispute=row,
        confirmation=act_confirmation(after, actor, "appeal", "dispute", words),
        notices=_told(after, actor.msisdn, NoticeKind.APPEALED, NoticeKind.APPEALED),
    )  # fmt: skip


def by_time(before: Contract, after: Contract) -> Plan:
    """What time brought: `after` is what `transitions.pass_time` made of `before`."""
    assert before.deadline, "time brings what was to come"
    what = before.deadline.act
    signatures = signature_rows(before, after)
    details = {"quantity": str(after.settled)} if after.settled else {}
    return _plan(
        before, after, None, acts.AuditRow(f"time.{what.value}", before.id, None, None, details),
        notices=tuple(notice_to(p, _BROUGHT[what], after, None) for p in after.parties if _concerns(what, p, before)),
        dispute=dispute_row(after) if before.dispute else None, signatures=signatures,
    )  # fmt: skip


def complain_for(contract: Contract, by: Msisdn | None, dispute_id: UUID, words: str) -> Plan | Refusal:
    """An operator reports a problem, for a party or (None) of their own."""
    after = transitions.complain(contract, by, dispute_id, words)
    if isinstance(after, Refusal):
        return after
    own = NoticeKind.YOU_COMPLAINED if by else None
    return _by_operator(
        contract, after, "dispute.opened", by, dispute_row(after), _told(after, by, own, NoticeKind.DISPUTED),
        word=("complain", words),
    )  # fmt: skip


def decide_dispute(
    contract: Contract,
    decision: Decision,
    split_minor: int | None,
    reasons: str,
    now: datetime,
    periods: WaitingPeriods,
) -> Plan | Refusal:
    """The mediator's word, as the operator writes it down. The second one stands at once."""
    after = transitions.decide_dispute(contract, decision, split_minor, reasons, now, periods)
    if isinstance(after, Refusal):
        return after
    kind = NoticeKind.DECIDED if after.status is Status.DISPUTED else NoticeKind.DECISION_STANDS
    details = {"decision": decision.value, **({"split_minor": split_minor} if split_minor else {})}
    return _by_operator(
        contract, after, "dispute.decided", None, dispute_row(after), _told(after, None, None, kind),
        word=("decide", reasons), **details,
    )  # fmt: skip


def appeal_for(contract: Contract, by: Msisdn, words: str) -> Plan | Refusal:
    """An operator writes down that a party does not accept the decision."""
    after = transitions.appeal(contract, by)
    if isinstance(after, Refusal):
        return after
    party = contract.party(by)
    row = dispute_row(after, appealed_by=party.phone_id if party else None, appeal_words=words)
    return _by_operator(
        contract, after, "dispute.appealed", by, row, _told(after, by, NoticeKind.APPEALED, NoticeKind.APPEALED),
        word=("appeal", words),
    )  # fmt: skip


def assign_mediator(contract: Contract, mediator: Party) -> Plan | Refusal:
    """An operator has somebody settle the dispute: a person who is asked, and told, from now on."""
    after = transitions.assign_mediator(contract, mediator)
    if isinstance(after, Refusal):
        return after
    row = acts.PartyRow(mediator.role.value, mediator.name, None, mediator.phone_id, mediator.msisdn)
    told = (notice_to(mediator, NoticeKind.MEDIATE, after, None),)
    plan = _by_operator(contract, after, "dispute.mediator", None, None, told)
    return replace(plan, parties=(row,), people=(acts.PersonRow(new_id(), mediator.msisdn),))


_BROUGHT = {
    TimeAct.REMIND_ANSWER: NoticeKind.REMIND_ANSWER, TimeAct.REMIND_DELIVERY: NoticeKind.REMIND_DELIVERY,
    TimeAct.REMIND_EXPIRY: NoticeKind.REMIND_EXPIRY, TimeAct.EXPIRE: NoticeKind.EXPIRED,
    TimeAct.REMIND_RECEIPT: NoticeKind.REMIND_RECEIPT,
    TimeAct.COMPLETE: NoticeKind.COMPLETED_BY_TIME, TimeAct.REMIND_REST: NoticeKind.REMIND_REST,
    TimeAct.COMPLETE_PART: NoticeKind.COMPLETED_IN_PART, TimeAct.CLOSE_DISPUTE: NoticeKind.DECISION_STANDS,
}  # fmt: skip
_OF_ANSWER = {
    Status.CONFIRMED: (NoticeKind.CONFIRMED, NoticeKind.CONFIRMED),
    Status.CANCELLED: (NoticeKind.DECLINED, NoticeKind.DECLINED),
    Status.PENDING: (NoticeKind.WAITS_FOR_OTHERS, NoticeKind.CONFIRMED_BY_OTHER),
}


def _of_proposal(proposal: Proposal, after: Contract, by: Party, *, yes: bool) -> tuple[NoticeKind | None, NoticeKind]:
    """What the one who answered is told, and all others."""
    if not yes and proposal.by_id == by.phone_id:  # who asked
        return (NoticeKind.PROPOSAL_WITHDRAWN, NoticeKind.PROPOSAL_WITHDRAWN)
    if not yes:
        return (NoticeKind.PROPOSAL_DECLINED, NoticeKind.PROPOSAL_DECLINED)
    if after.status is Status.CANCELLED:
        return (NoticeKind.CANCELLED_TOGETHER, NoticeKind.CANCELLED_TOGETHER)
    return (NoticeKind.AMENDED, NoticeKind.AMENDED) if after.proposal is None else (None, NoticeKind.CONFIRMED_BY_OTHER)


def _plan(
    before: Contract, after: Contract, actor: Actor | None, said: acts.AuditRow, *,
    notices: tuple[Notice, ...], signatures: tuple[acts.SignatureRow, ...] | None = None, delivered: bool = False,
    proposal: acts.ProposalRow | None = None, **rows: Any,
) -> Plan:  # fmt: skip
    """The move itself with what goes with any: the signatures that changed, the proposal that lapsed, the audit."""
    audit = [said]
    if after.status is not before.status:
        audit.append(status_audit_row(after))
    if proposal is None and before.proposal and after.proposal is None:
        proposal = proposal_row(before, before.proposal, "lapsed", after)
    return Plan(
        move=move_row(before, after, delivered=delivered), proposal=proposal, audit=tuple(audit), notices=notices,
        signatures=signature_rows(before, after) if signatures is None else signatures, about=after, **rows,
    )  # fmt: skip


def _by_operator(
    before: Contract, after: Contract, action: str, by: Msisdn | None, dispute: acts.DisputeRow | None,
    notices: tuple[Notice, ...], *, word: tuple[str, str] | None = None, **details: Any,
) -> Plan:  # fmt: skip
    """`by`: for whom the operator does it. The audit names the dispute, and that person by id. `word`: what is signed
    as the operator's own, and what they wrote with it."""
    party = before.party(by) if by else None
    about = {"dispute": str(after.dispute.id)} if after.dispute else {}
    spoken_for = {"for": str(party.phone_id)} if party else {}
    details = {**about, **spoken_for, **details}
    said = acts.AuditRow(action, before.id, None, None, details)
    signed = act_confirmation(after, None, word[0], "dispute", word[1], **details) if word else None
    return _plan(before, after, None, said, dispute=dispute, notices=notices, signatures=(), confirmation=signed)


def _told(after: Contract, by: Msisdn | None, own: NoticeKind | None, others: NoticeKind) -> tuple[Notice, ...]:
    kinds = [(party, own if party.msisdn == by else others) for party in after.parties]
    return tuple(notice_to(party, kind, after, by) for party, kind in kinds if kind)


def _concerns(what: TimeAct, party: Party, before: Contract) -> bool:
    """A reminder goes to whom it reminds; the rest to all."""
    match what:
        case TimeAct.REMIND_ANSWER:
            return before.waits_for(party.msisdn)
        case TimeAct.REMIND_DELIVERY:
            return party.role is Role.SELLER
        case TimeAct.REMIND_RECEIPT:
            return party.role is Role.BUYER
        case TimeAct.REMIND_EXPIRY | TimeAct.REMIND_REST:
            return party.role.binds
        case _:
            return True


def _entry_of(action: str, contract: Contract, actor: Actor, **details: Any) -> acts.AuditRow:
    party = _party(contract, actor)
    return audit_row(action, contract.id, party.phone_id, actor, role=party.role.value, **details)


def _party(contract: Contract, actor: Actor) -> Party:
    party = contract.party(actor.msisdn)
    assert party, "the rule has looked"
    return party
