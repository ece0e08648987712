"""What a buyer or seller does to a contract, over USSD or SMS: each function returns the Plan of the act, or a Refusal.

What is allowed, and what the contract is afterwards, is decided in `transitions` and `dispute_transitions`. An act says
here which evidence and audit entries are written and who is notified.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

from contracts.contract import Contract, Party, Status
from contracts.dispute import Decision
from contracts.fields.free_text import WORDS_LETTERS
from contracts.notices import NOTICE_OF_PROPOSAL, Notice, NoticeKind
from contracts.proposal import Proposal, ProposalType
from contracts.refusals import Refusal
from contracts.rules import dispute_transitions, transitions
from contracts.rules.plan import Actor, Plan
from contracts.rules.plan_rows import (
    act_confirmation,
    answer_confirmation,
    audit_row,
    delivery_row,
    dispute_row,
    notices_of_appeal,
    notices_to_parties,
    party_of,
    plan_of_change,
    proposal_confirmation,
    proposal_details,
    proposal_row,
)
from contracts.rules.waiting import WaitingPeriods
from contracts.terms import Terms
from storage.acts.rows import AuditRow, PersonRow
from values.frozen import replace
from values.ids import new_id

# Who answered gets the first kind, all others the second.
_NOTICES_OF_ANSWER = {
    Status.CONFIRMED: (NoticeKind.CONFIRMED, NoticeKind.CONFIRMED),
    Status.CANCELLED: (NoticeKind.DECLINED, NoticeKind.DECLINED),
    Status.PENDING: (NoticeKind.WAITS_FOR_OTHERS, NoticeKind.CONFIRMED_BY_OTHER),
}


def answer(
    contract: Contract, actor: Actor, now: datetime, periods: WaitingPeriods, *, yes: bool, n: int
) -> Plan | Refusal:
    """Say yes or no to the contract, or to the proposal with number `n`."""
    after = transitions.answer(contract, actor.msisdn, now, periods, yes=yes, n=n)
    if isinstance(after, Refusal):
        return after
    party, given = party_of(contract, actor), "confirm" if yes else "decline"
    proposal = contract.proposal if contract.proposal and contract.proposal.n == n else None
    own, others = (
        _notices_on_proposal(proposal, after, party, yes=yes) if proposal else _NOTICES_OF_ANSWER[after.status]
    )
    notices = notices_to_parties(after, actor.msisdn, own, others)
    newcomers: tuple[PersonRow, ...] = ()
    if own is NoticeKind.CONFIRMED:
        after, notices, newcomers = _told_costs(after, notices)
    about = {"kind": proposal.type.value, "n": proposal.n} if proposal else {}
    action = f"proposal.{given}" if proposal else f"contract.{given}"
    return plan_of_change(
        contract, after, _audit_row(action, contract, actor, **about, **_clock_details(contract, after)), notices,
        people=newcomers,
        confirmation=(
            proposal_confirmation(after, proposal, party, actor, given)
            if proposal
            else answer_confirmation(contract.id, party, actor, given, n=n)
        ),
        proposal=proposal_row(contract, proposal, "accepted" if yes else "declined", after) if proposal else None,
    )  # fmt: skip


def _told_costs(
    after: Contract, notices: tuple[Notice, ...]
) -> tuple[Contract, tuple[Notice, ...], tuple[PersonRow, ...]]:
    """Let the notices of a confirmed contract tell its costs to the sides for whom it is the first, and return the
    contract and the rows that say that they know."""
    told = tuple(replace(party, told_costs=party.told_costs or party.role.binds) for party in after.parties)
    new = {
        party.msisdn: PersonRow(party.phone_id, party.msisdn, told_costs=True)
        for party, known in zip(after.parties, told, strict=True)
        if party.phone_id and known.told_costs and not party.told_costs
    }
    telling = tuple(replace(notice, tells_costs=notice.msisdn in new) for notice in notices)
    return replace(after, parties=told), telling, tuple(new.values())


def say_delivered(contract: Contract, actor: Actor, now: datetime, periods: WaitingPeriods) -> Plan | Refusal:
    """Report, as a seller, that the goods are delivered. By USSD the next screen tells them what an SMS would."""
    after = transitions.say_delivered(contract, actor.msisdn, now, periods)
    if isinstance(after, Refusal):
        return after
    own = None if actor.channel == "ussd" else NoticeKind.YOU_DELIVERED
    return plan_of_change(
        contract, after, _audit_row("delivery.said", contract, actor),
        notices_to_parties(after, actor.msisdn, own, NoticeKind.DELIVERED),
        is_delivered=True, delivery=delivery_row(contract, actor, "said"),
        confirmation=act_confirmation(after, actor, "delivered", "delivery", quantity=contract.terms.quantity.amount),
    )  # fmt: skip


def receive(
    contract: Contract, actor: Actor, part: Decimal | None, now: datetime, periods: WaitingPeriods
) -> Plan | Refusal:
    """Confirm, as a buyer, the receipt of all goods, or of the quantity `part`.

    If the received quantity does not fit into proposed terms any more, that proposal is void,
    and everybody is notified.
    """
    if part is None:
        after = transitions.receive(contract, actor.msisdn)
    else:
        after = transitions.receive_part(contract, actor.msisdn, part, now, periods)
    if isinstance(after, Refusal):
        return after
    is_all = after.status is Status.COMPLETED
    kind = NoticeKind.RECEIVED if is_all else NoticeKind.RECEIVED_PART
    notices = notices_to_parties(after, actor.msisdn, kind, kind)
    if contract.proposal and not after.proposal and not is_all:
        notices += notices_to_parties(after, actor.msisdn, NoticeKind.PROPOSAL_VOID, NoticeKind.PROPOSAL_VOID)
    details = {} if part is None else {"quantity": str(part)}
    given, quantity = ("received", contract.terms.quantity.amount) if part is None else ("received_part", str(part))
    return plan_of_change(
        contract, after, _audit_row("delivery.received", contract, actor, **details), notices,
        delivery=delivery_row(contract, actor, "full" if part is None else "part", part),
        confirmation=act_confirmation(after, actor, given, "delivery", quantity=quantity),
    )  # fmt: skip


def write_unclear(contract: Contract, actor: Actor, words: str, now: datetime) -> Plan | Refusal:
    """Write to us what is neither receipt nor complaint, while one's silence counts: the clock stops.

    The words are signed as what the party wrote, cut to WORDS_LETTERS; None are signed of a text that is empty. All
    others are told once, when the clock stops. The caller answers the writer.
    """
    after = transitions.stop_clock(contract, actor.msisdn, now)
    if isinstance(after, Refusal):
        return after
    said = words.strip()[:WORDS_LETTERS] or None
    told = notices_to_parties(after, actor.msisdn, None, NoticeKind.QUESTIONED) if stops_now(contract, after) else ()
    return plan_of_change(
        contract, after, _audit_row("delivery.questioned", contract, actor),
        tuple(replace(notice, words=said) for notice in told),
        confirmation=act_confirmation(after, actor, "wrote", "delivery", said),
    )  # fmt: skip


def stops_now(before: Contract, after: Contract) -> bool:
    """Whether the clock stopped between the two."""
    return before.clock_stopped_at is None and after.clock_stopped_at is not None


def complain(contract: Contract, actor: Actor, words: str, now: datetime, periods: WaitingPeriods) -> Plan | Refusal:
    """Report a problem, in the party's own `words`: a dispute is opened."""
    after = dispute_transitions.complain(contract, actor.msisdn, new_id(), words, now, periods)
    if isinstance(after, Refusal):
        return after
    return plan_of_change(
        contract, after, _audit_row("dispute.opened", contract, actor),
        notices_to_parties(after, actor.msisdn, NoticeKind.YOU_COMPLAINED, NoticeKind.DISPUTED),
        dispute=dispute_row(after, is_new=True),
        confirmation=act_confirmation(after, actor, "complain", "dispute", words),
    )  # fmt: skip


def propose(
    contract: Contract,
    actor: Actor,
    type_: ProposalType,
    terms: Terms | None,
    now: datetime,
    split_minor: int | None = None,
) -> Plan | Refusal:
    """Propose new terms (`terms`) or an end to all other buyers and sellers; in a dispute, to settle it by that."""
    after = transitions.propose(contract, actor.msisdn, type_, terms, now, split_minor)
    if isinstance(after, Refusal):
        return after
    proposal = after.proposal
    assert proposal, "the rule has made it"
    confirmation = proposal_confirmation(after, proposal, party_of(contract, actor), actor, "confirm")
    details = {**proposal_details(proposal), **_clock_details(contract, after)}
    return plan_of_change(
        contract, after, _audit_row("proposal.made", contract, actor, **details),
        notices_to_parties(after, actor.msisdn, None, NOTICE_OF_PROPOSAL[type_]), confirmation=confirmation,
        proposal=proposal_row(contract, proposal, "pending", after),
    )  # fmt: skip


def answer_dispute(contract: Contract, actor: Actor, words: str) -> Plan | Refusal:
    """Say something about the reported problem, in the party's own `words`: for the others and the mediator."""
    after = dispute_transitions.answer_dispute(contract, actor.msisdn, words)
    if isinstance(after, Refusal):
        return after
    told = notices_to_parties(after, actor.msisdn, NoticeKind.YOU_ANSWERED, NoticeKind.DISPUTE_ANSWERED)
    return plan_of_change(
        contract, after, _audit_row("dispute.answered", contract, actor),
        tuple(replace(notice, words=words) for notice in told),
        dispute=dispute_row(after),
        confirmation=act_confirmation(after, actor, "reply", "dispute", words),
    )  # fmt: skip


def withdraw_dispute(contract: Contract, actor: Actor, now: datetime, periods: WaitingPeriods) -> Plan | Refusal:
    """Take back, as the party who reported it, the problem: the contract goes on."""
    after = dispute_transitions.withdraw_dispute(contract, actor.msisdn, now, periods)
    if isinstance(after, Refusal):
        return after
    return plan_of_change(
        contract, after, _audit_row("dispute.withdrawn", contract, actor),
        notices_to_parties(after, actor.msisdn, NoticeKind.DISPUTE_WITHDRAWN, NoticeKind.DISPUTE_WITHDRAWN),
        dispute=dispute_row(after), confirmation=act_confirmation(after, actor, "withdraw", "dispute"),
    )  # fmt: skip


def decide_dispute(
    contract: Contract,
    actor: Actor,
    decision: Decision,
    split_minor: int | None,
    reasons: str,
    now: datetime,
    periods: WaitingPeriods,
) -> Plan | Refusal:
    """Decide, as the contract's mediator. A second decision takes effect at once."""
    after = dispute_transitions.decide_dispute(contract, decision, split_minor, reasons, now, periods, actor.msisdn)
    if isinstance(after, Refusal):
        return after
    details: dict[str, Any] = {"decision": decision.value, **({"split_minor": split_minor} if split_minor else {})}
    return plan_of_change(
        contract, after, _audit_row("dispute.decided", contract, actor, **details),
        notices_to_parties(after, actor.msisdn, NoticeKind.DECIDED, NoticeKind.DECIDED), dispute=dispute_row(after),
        confirmation=act_confirmation(after, actor, "decide", "dispute", reasons, **details),
    )  # fmt: skip


def appeal(contract: Contract, actor: Actor, words: str, now: datetime, periods: WaitingPeriods) -> Plan | Refusal:
    """Appeal against the mediator's decision, in the party's own `words`."""
    after = dispute_transitions.appeal(contract, actor.msisdn, now, periods, words)
    if isinstance(after, Refusal):
        return after
    return plan_of_change(
        contract, after, _audit_row("dispute.appealed", contract, actor),
        notices_of_appeal(after, actor.msisdn, words),
        dispute=dispute_row(after, appealed_by=party_of(contract, actor).phone_id, appeal_words=words),
        confirmation=act_confirmation(after, actor, "appeal", "dispute", words),
    )  # fmt: skip


def _notices_on_proposal(
    proposal: Proposal, after: Contract, by: Party, *, yes: bool
) -> tuple[NoticeKind | None, NoticeKind]:
    """Return the kind of notice to `by`, who answered, and to all others."""
    if not yes:
        is_withdrawn = proposal.by_id == by.phone_id
        kind = NoticeKind.PROPOSAL_WITHDRAWN if is_withdrawn else NoticeKind.PROPOSAL_DECLINED
        return (kind, kind)
    if after.dispute and after.dispute.settlement and after.dispute.settlement.n == proposal.n:
        return (NoticeKind.SETTLED, NoticeKind.SETTLED)
    if after.status is Status.CANCELLED:
        return (NoticeKind.CANCELLED_TOGETHER, NoticeKind.CANCELLED_TOGETHER)
    return (NoticeKind.AMENDED, NoticeKind.AMENDED) if after.proposal is None else (None, NoticeKind.CONFIRMED_BY_OTHER)


def _clock_details(before: Contract, after: Contract) -> dict[str, str]:
    """Return what the audit says of an act that stops the clock, beside what the act is."""
    return {"clock": "stands"} if stops_now(before, after) else {}


def _audit_row(action: str, contract: Contract, actor: Actor, **details: Any) -> AuditRow:
    party = party_of(contract, actor)
    return audit_row(action, contract.id, party.phone_id, actor, role=party.role.value, **details)
