"""What an operator does to a contract over the REST API: each function returns the Plan of the act, or a Refusal.

An operator never consents for anybody. A report, a proposal or a request only leads to an answer that a party gives on
their own phone, so it is possible exactly when that answer would be: these functions try the party's own transition,
and
write nothing of what it would change. A dispute is what an operator opens, and settles as its mediator says.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from contracts.contract import TRANSITIONS, Contract, Party
from contracts.dispute import Decision
from contracts.fields.msisdn import Msisdn
from contracts.notices import NOTICE_OF_PROPOSAL, Notice, NoticeKind, notice_to
from contracts.proof.statements import new_salt
from contracts.proposal import ProposalType
from contracts.refusals import Refusal
from contracts.rules import dispute_transitions, transitions
from contracts.rules.plan import Plan
from contracts.rules.plan_rows import (
    act_confirmation,
    dispute_row,
    notices_of_appeal,
    notices_to_parties,
    plan_of_change,
    proposal_details,
    proposal_row,
)
from contracts.rules.waiting import WaitingPeriods, buyer_silence_counts
from contracts.terms import Terms
from storage.acts.rows import AuditRow, DeliveryRow, DisputeRow, PartyRow, PersonRow, RequestRow
from values.frozen import replace
from values.ids import new_id


class RequestedAnswer(StrEnum):
    """What a person may be requested to answer on their own phone."""

    CONFIRM = "confirm"
    RECEIPT = "receipt"


def report_delivered(
    contract: Contract, seller: Party | None, operator: str, now: datetime, periods: WaitingPeriods
) -> Plan | Refusal:
    """Report that `seller` (None: a person who is not in the contract) has delivered.

    Everybody is notified, and the seller requested to report it; only that counts.
    """
    if seller is None or seller.phone_id is None:
        return Refusal.NOT_YOURS
    tried = transitions.say_delivered(contract, seller.msisdn, now, periods)
    if isinstance(tried, Refusal):
        return tried
    after = _next_version(contract)
    audit = AuditRow("delivery.reported", contract.id, None, None, {"for": str(seller.phone_id)})
    evidence = {"channel": "api", "operator": operator}
    return plan_of_change(
        contract, after, audit, _notices_to_all(after, NoticeKind.DELIVERY_REPORTED, by=seller.msisdn),
        delivery=DeliveryRow(contract.id, seller.phone_id, "reported", evidence),
        request=RequestRow(contract.id, seller.phone_id),
    )  # fmt: skip


def propose(
    contract: Contract, type_: ProposalType, terms: Terms | None, now: datetime, split_minor: int | None = None
) -> Plan | Refusal:
    """Propose new terms (`terms`), an end, or how to settle a dispute to every buyer and seller. Nobody has agreed
    yet."""
    after = transitions.propose(contract, None, type_, terms, now, split_minor)
    if isinstance(after, Refusal):
        return after
    proposal = after.proposal
    assert proposal, "the rule has made it"
    return plan_of_change(
        contract, after, AuditRow("proposal.made", contract.id, None, None, proposal_details(proposal)),
        _notices_to_all(after, NOTICE_OF_PROPOSAL[type_]),
        proposal=proposal_row(contract, proposal, "pending", after),
    )  # fmt: skip


def withdraw(contract: Contract, n: int) -> Plan | Refusal:
    """Take back the operator's proposal with number `n`, as long as nobody has agreed to it."""
    proposal = contract.proposal
    if proposal is None or proposal.n != n:
        return Refusal.NO_LONGER_OPEN
    if proposal.by_id:
        return Refusal.NOT_YOURS
    if proposal.consented:
        return Refusal.ALREADY_CONFIRMED
    after = replace(_next_version(contract), proposal=None)
    details = {"kind": proposal.type.value, "n": n}
    return plan_of_change(
        contract, after, AuditRow("proposal.withdrawn", contract.id, None, None, details),
        _notices_to_all(after, NoticeKind.PROPOSAL_WITHDRAWN),
    )  # fmt: skip


def request_answer(
    contract: Contract, party: Party | None, wanted: RequestedAnswer, now: datetime, periods: WaitingPeriods
) -> Plan | Refusal:
    """Send `party` (None: a person who is not in the contract) the open question again, if they may answer it."""
    if party is None or party.phone_id is None:
        return Refusal.NOT_YOURS
    if wanted is RequestedAnswer.RECEIPT:
        tried = transitions.receive(contract, party.msisdn)
    else:
        tried = transitions.answer(contract, party.msisdn, now, periods, yes=True, n=contract.open_number)
    if isinstance(tried, Refusal):
        return tried
    after = _next_version(contract)
    details = {"ask": wanted.value, "for": str(party.phone_id)}
    return plan_of_change(
        contract, after, AuditRow("party.asked", contract.id, None, None, details),
        (notice_to(party, _notice_of_request(contract, wanted), after, None),),
        request=RequestRow(contract.id, party.phone_id),
    )  # fmt: skip


def write_to_party(contract: Contract, party: Party | None) -> Plan | Refusal:
    """Write to `party` (None: a person who is not in the contract) in the operator's own words, which the caller adds
    to the plan's messages. What is over needs no words any more."""
    if party is None or party.phone_id is None:
        return Refusal.NOT_YOURS
    if not TRANSITIONS[contract.status]:
        return Refusal.NOT_UNDER_WAY
    audit = AuditRow("party.written", contract.id, None, None, {"for": str(party.phone_id)})
    return plan_of_change(contract, _next_version(contract), audit, ())


def complain_for(
    contract: Contract, by: Msisdn | None, dispute_id: UUID, words: str, now: datetime, periods: WaitingPeriods
) -> Plan | Refusal:
    """Report a problem, for the party `by` or (None) as the operator."""
    after = dispute_transitions.complain(contract, by, dispute_id, words, now, periods)
    if isinstance(after, Refusal):
        return after
    own = NoticeKind.YOU_COMPLAINED if by else None
    return _plan_on_dispute(
        contract, after, "dispute.opened", by, notices_to_parties(after, by, own, NoticeKind.DISPUTED),
        dispute=dispute_row(after, is_new=True), statement=("complain", words),
    )  # fmt: skip


def withdraw_dispute(contract: Contract, now: datetime, periods: WaitingPeriods) -> Plan | Refusal:
    """Take back a problem that the operator reported, for nobody: the contract goes on."""
    after = dispute_transitions.withdraw_dispute(contract, None, now, periods)
    if isinstance(after, Refusal):
        return after
    return _plan_on_dispute(
        contract, after, "dispute.withdrawn", None, _notices_to_all(after, NoticeKind.DISPUTE_WITHDRAWN),
        dispute=dispute_row(after), statement=("withdraw", None),
    )  # fmt: skip


def stop_clock(contract: Contract, party: Party | None, words: str, now: datetime) -> Plan | Refusal:
    """Write down the `words` of `party` (None: a person who is not in the contract), who called us instead of writing:
    their silence does not count any more. Everybody is told when the clock stops."""
    if party is None or party.phone_id is None:
        return Refusal.NOT_YOURS
    after = transitions.stop_clock(contract, party.msisdn, now)
    if isinstance(after, Refusal):
        return after
    details = {"for": str(party.phone_id)}
    kind = NoticeKind.CLOCK_STOPPED if contract.clock_stopped_at is None else None
    return plan_of_change(
        contract, after, AuditRow("clock.stopped", contract.id, None, None, details),
        notices_to_parties(after, None, None, kind),
        confirmation=act_confirmation(after, None, "stop_clock", "delivery", words, **details),
    )  # fmt: skip


def start_clock(contract: Contract, reason: str, now: datetime, periods: WaitingPeriods) -> Plan | Refusal:
    """Let silence count again, for its whole period from now, because of `reason`. Everybody is told until when."""
    after = transitions.start_clock(contract, now, periods)
    if isinstance(after, Refusal):
        return after
    return plan_of_change(
        contract, after, AuditRow("clock.started", contract.id, None, None),
        _notices_to_all(after, NoticeKind.CLOCK_STARTED),
        confirmation=act_confirmation(after, None, "start_clock", "delivery", reason),
    )  # fmt: skip


def decide_dispute(
    contract: Contract,
    decision: Decision,
    split_minor: int | None,
    reasons: str,
    now: datetime,
    periods: WaitingPeriods,
) -> Plan | Refusal:
    """Write down what the mediator has decided. A second decision takes effect at once."""
    after = dispute_transitions.decide_dispute(contract, decision, split_minor, reasons, now, periods)
    if isinstance(after, Refusal):
        return after
    details = {"decision": decision.value, **({"split_minor": split_minor} if split_minor else {})}
    return _plan_on_dispute(
        contract, after, "dispute.decided", None, _notices_to_all(after, NoticeKind.DECIDED),
        dispute=dispute_row(after), statement=("decide", reasons), **details,
    )  # fmt: skip


def appeal_for(contract: Contract, by: Msisdn, words: str, now: datetime, periods: WaitingPeriods) -> Plan | Refusal:
    """Write down that the party `by` appeals against the decision."""
    after = dispute_transitions.appeal(contract, by, now, periods, words)
    if isinstance(after, Refusal):
        return after
    party = contract.party(by)
    return _plan_on_dispute(
        contract, after, "dispute.appealed", by,
        notices_of_appeal(after, by, words),
        dispute=dispute_row(after, appealed_by=party.phone_id if party else None, appeal_words=words),
        statement=("appeal", words),
    )  # fmt: skip


def assign_mediator(contract: Contract, mediator: Party) -> Plan | Refusal:
    """Let `mediator` decide the dispute; from now on they get the contract's notices."""
    after = dispute_transitions.assign_mediator(contract, mediator)
    if isinstance(after, Refusal):
        return after
    row = PartyRow(mediator.role.value, mediator.name, None, mediator.phone_id, mediator.msisdn, new_salt())
    notices = (notice_to(mediator, NoticeKind.MEDIATE, after, None),)
    plan = _plan_on_dispute(contract, after, "dispute.mediator", None, notices)
    return replace(plan, parties=(row,), people=(PersonRow(new_id(), mediator.msisdn),))


def _plan_on_dispute(
    before: Contract, after: Contract, action: str, by: Msisdn | None, notices: tuple[Notice, ...], *,
    dispute: DisputeRow | None = None, statement: tuple[str, str | None] | None = None, **details: Any,
) -> Plan:  # fmt: skip
    """Return the Plan of an act on a dispute; the audit names the dispute and, by id, the party `by`.

    `statement`: what is signed as the operator's own act, and the words with it.
    """
    party = before.party(by) if by else None
    about = {"dispute": str(after.dispute.id)} if after.dispute else {}
    details = {**about, **({"for": str(party.phone_id)} if party else {}), **details}
    confirmation = (
        act_confirmation(after, None, statement[0], "dispute", statement[1], **details) if statement else None
    )
    audit = AuditRow(action, before.id, None, None, details)
    return plan_of_change(before, after, audit, notices, dispute=dispute, confirmation=confirmation)


def _notice_of_request(contract: Contract, wanted: RequestedAnswer) -> NoticeKind:
    if wanted is RequestedAnswer.RECEIPT:
        return NoticeKind.REMIND_RECEIPT if buyer_silence_counts(contract) else NoticeKind.RECEIPT_ASKED
    return NOTICE_OF_PROPOSAL[contract.proposal.type] if contract.proposal else NoticeKind.OFFERED


def _notices_to_all(after: Contract, kind: NoticeKind, by: Msisdn | None = None) -> tuple[Notice, ...]:
    return notices_to_parties(after, by, kind, kind)


def _next_version(contract: Contract) -> Contract:
    """Return the same contract one version later, so that whoever decided on the version before decides again."""
    return replace(contract, version=contract.version + 1)
