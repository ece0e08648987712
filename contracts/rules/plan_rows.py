"""The rows of a Plan: what a change of a contract writes, by comparing the contract before and after it."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from contracts.contract import Contract, Party, Role, Status, status_between
from contracts.dispute import DisputeEnd
from contracts.escrow.settle import MoneyStep, follow
from contracts.fields.msisdn import Msisdn
from contracts.notices import Notice, NoticeKind, notice_to
from contracts.proposal import Proposal, ProposalType
from contracts.rules.plan import Actor, Plan
from storage.acts.rows import (
    AuditRow,
    ConfirmationRow,
    ContractChangeRow,
    DeliveryRow,
    DisputeRow,
    ProposalRow,
    SignatureRow,
)
from values.frozen import replace


def plan_of_change(
    before: Contract, after: Contract, audit: AuditRow, notices: tuple[Notice, ...], *,
    proposal: ProposalRow | None = None, is_delivered: bool = False, **rows: Any,
) -> Plan:  # fmt: skip
    """Return the Plan of a change: `rows` and what every change writes.

    That is the contract's new version, the signatures that changed, the end of a proposal that nobody answered
    (`proposal`: the answered or new one), the end of a dispute that was settled, and the audit: `audit`, and what
    followed from it.
    """
    if proposal is None and before.proposal and after.proposal is None:
        proposal = proposal_row(before, before.proposal, "lapsed", after)
    if _is_settled(before, after):
        rows["dispute"] = dispute_row(after)
    entries = (audit, *_audit_of_what_follows(before, after))
    money = follow(before, after)
    after = replace(after, escrow=money.escrow)
    notices = (*(replace(notice, contracts=(after,)) for notice in notices), *_notices_of_money(before, after))
    return Plan(
        change=_change_row(before, after, is_delivered=is_delivered), signatures=_signature_rows(before, after),
        proposal=proposal, audit=tuple(_with_role(entry, after) for entry in entries), notices=notices, about=after,
        money=money.rows, **rows,
    )  # fmt: skip


def plan_of_money(before: Contract, step: MoneyStep, audit: AuditRow, notices: tuple[Notice, ...]) -> Plan:
    """Return the Plan of an act that moves money and changes nothing else of the contract, which may be over."""
    after = replace(before, version=before.version + 1, escrow=step.escrow)
    return Plan(
        change=_change_row(before, after, is_delivered=False), audit=(_with_role(audit, after),), about=after,
        notices=tuple(replace(notice, contracts=(after,)) for notice in notices), money=step.rows,
    )  # fmt: skip


def notices_to_parties(
    after: Contract, by: Msisdn | None, own: NoticeKind | None, others: NoticeKind | None
) -> tuple[Notice, ...]:
    """Return a notice of kind `own` to the party `by`, who caused it, and of kind `others` to all others; None: no
    notice."""
    kinds = [(party, own if party.msisdn == by else others) for party in after.parties]
    return tuple(notice_to(party, kind, after, by) for party, kind in kinds if kind)


def notices_of_appeal(after: Contract, by: Msisdn, words: str) -> tuple[Notice, ...]:
    """Return a notice to every party that `by` appealed, with their `words`."""
    notices = notices_to_parties(after, by, NoticeKind.APPEALED, NoticeKind.APPEALED)
    return tuple(replace(notice, words=words) for notice in notices)


def party_of(contract: Contract, actor: Actor) -> Party:
    """Return the party who acts; the rule has refused everybody else before."""
    party = contract.party(actor.msisdn)
    assert party, "a rule refuses who is not in the contract"
    return party


def audit_row(action: str, chain_id: UUID | None, actor_id: UUID | None, actor: Actor, **details: Any) -> AuditRow:
    """Return an audit entry about a person's own act."""
    return AuditRow(action, chain_id, actor_id, actor.msisdn, details)


def answer_confirmation(
    contract_id: UUID, party: Party, actor: Actor, answer: str, *, n: int = 1, subject: str = "terms"
) -> ConfirmationRow:
    """Return the evidence that `party` answered `answer` (confirm, decline) to what was open under number `n`."""
    return ConfirmationRow(
        contract_id, party.phone_id, party.msisdn, answer, actor.provider, actor.network_code, actor.conversation,
        actor.language, actor.menu_version, actor.shown, n, subject,
        typed=actor.typed, english=actor.english, pin=actor.pin, messages=actor.messages,
    )  # fmt: skip


def proposal_confirmation(
    after: Contract, proposal: Proposal, party: Party, actor: Actor, answer: str
) -> ConfirmationRow:
    """Return the evidence that `party` answered `answer` to `proposal`. What only settles a dispute has no form of its
    own, so it is signed in full: the dispute, what is proposed, and the seller's share."""
    if not proposal.type.only_settles:
        subject = "cancel" if proposal.type is ProposalType.CANCEL else "terms"
        return answer_confirmation(after.id, party, actor, answer, n=proposal.n, subject=subject)
    assert after.dispute, "this was proposed in a dispute"
    details: dict[str, Any] = {"dispute": str(after.dispute.id), "kind": proposal.type.value}
    if proposal.split_minor is not None:
        details["split_minor"] = proposal.split_minor
    row = answer_confirmation(after.id, party, actor, answer, n=proposal.n, subject="settle")
    return replace(row, contract_version=after.version, details=details)


def act_confirmation(
    after: Contract, actor: Actor | None, answer: str, subject: str, words: str | None = None, **details: Any
) -> ConfirmationRow:
    """Return the evidence of an act that is no yes or no (delivered, received, complain, decide ...).

    `after`: what the act made of the contract. `actor` None: an operator's own act. `words`: what the person wrote.
    """
    if subject == "dispute" and after.dispute:
        details["dispute"] = str(after.dispute.id)
    if actor is None:
        row = ConfirmationRow(after.id, None, None, answer, "", "", "", "", "", (), after.terms_version, subject)
    else:
        party = party_of(after, actor)
        row = answer_confirmation(after.id, party, actor, answer, n=after.terms_version, subject=subject)
    return replace(row, contract_version=after.version, details=details, words=words)


def proposal_details(proposal: Proposal) -> dict[str, Any]:
    """Return what the audit says of a proposal that is made."""
    details: dict[str, Any] = {"kind": proposal.type.value, "n": proposal.n}
    if proposal.terms:
        details["terms"] = proposal.terms.to_json()
    return details if proposal.split_minor is None else {**details, "split_minor": proposal.split_minor}


def proposal_row(contract: Contract, proposal: Proposal, status: str, after: Contract) -> ProposalRow:
    """Return the row of `proposal`. It gets `status` only if it is no longer open in `after`; or else it is pending."""
    still_open = after.proposal if after.proposal and after.proposal.n == proposal.n else None
    consented = (still_open or proposal).consented
    missing = (p.phone_id for p in contract.parties if p.role.binds and p.phone_id not in consented)
    waiting = tuple(phone_id for phone_id in missing if phone_id and still_open)
    return ProposalRow(
        contract.id, proposal.n, proposal.type.value, proposal.terms.to_json() if proposal.terms else None,
        proposal.by_id, tuple(sorted(consented)), waiting, "pending" if still_open else status, proposal.split_minor,
    )  # fmt: skip


def dispute_row(
    after: Contract, *, is_new: bool = False, appealed_by: UUID | None = None, appeal_words: str | None = None
) -> DisputeRow:
    """Return the row of the contract's dispute as it is in `after`."""
    dispute = after.dispute
    assert dispute, "the rule has opened one, or refused"
    settlement = dispute.settlement
    return DisputeRow(
        dispute.id, after.id, dispute.opened_by, dispute.words, dispute.status,
        dispute.decision.value if dispute.decision else None, dispute.split_minor, dispute.reasons, appealed_by,
        appeal_words, is_new, tuple({"by": str(reply.by_id), "words": reply.words} for reply in dispute.replies),
        dispute.escalated_at, dispute.ended.value if dispute.ended else None, settlement.n if settlement else None,
    )  # fmt: skip


def delivery_row(contract: Contract, actor: Actor, kind: str, quantity: Decimal | None = None) -> DeliveryRow:
    """Return the row of what `actor` reports: said (delivered), full or part (received, with its `quantity`)."""
    phone_id = party_of(contract, actor).phone_id
    assert phone_id, "a party of a stored contract has a row"
    return DeliveryRow(contract.id, phone_id, kind, quantity=str(quantity) if quantity else None)


def deadline_columns(contract: Contract) -> tuple[str | None, datetime | None]:
    """Return the contract's columns next_what and next_at."""
    return (contract.deadline.act.value, contract.deadline.at) if contract.deadline else (None, None)


def _change_row(before: Contract, after: Contract, *, is_delivered: bool) -> ContractChangeRow:
    through = status_between(before.status, after.status) if after.status is not before.status else None
    has_new_terms = after.terms_version != before.terms_version
    return ContractChangeRow(
        before.id, before.version, after.status.value, through and through.value,
        after.terms.to_json() if has_new_terms else None, after.terms_version if has_new_terms else None,
        after.terms.total.minor if has_new_terms else None, is_delivered, *deadline_columns(after),
        str(after.settled) if after.settled else None, after.clock_stopped_at, after.clock_stopped_by,
        after.clock_started_at != before.clock_started_at,
    )  # fmt: skip


def _signature_rows(before: Contract, after: Contract) -> tuple[SignatureRow, ...]:
    # An added mediator comes last, and has no signature.
    return tuple(
        SignatureRow(after.id, now.phone_id, now.signature.value)
        for was, now in zip(before.parties, after.parties, strict=False)
        if now.signature is not was.signature and now.signature and now.phone_id
    )


def _notices_of_money(before: Contract, after: Contract) -> tuple[Notice, ...]:
    """Tell the two sides of a contract with escrow, once all have confirmed it, how its money comes."""
    if after.escrow is None or before.escrow is not None:
        return ()
    kinds = {Role.BUYER: NoticeKind.PAY_NOW, Role.SELLER: NoticeKind.WAITS_FOR_MONEY}
    return tuple(notice_to(party, kinds[party.role], after, None) for party in after.parties if party.role in kinds)


def _is_settled(before: Contract, after: Contract) -> bool:
    """Whether the act closed the dispute because all have agreed how."""
    return bool(before.open_dispute and after.dispute and after.dispute.ended is DisputeEnd.SETTLED)


def _audit_of_what_follows(before: Contract, after: Contract) -> Iterator[AuditRow]:
    """Give an entry if new terms took effect, one if the dispute was settled, and one if the status changed."""
    if after.terms_version != before.terms_version:
        terms = {"n": after.terms_version, "old": before.terms.to_json(), "new": after.terms.to_json()}
        yield AuditRow("contract.amended", after.id, None, None, terms)
    if _is_settled(before, after):
        assert after.dispute and after.dispute.settlement, "a settled dispute has both"
        settled = {"dispute": str(after.dispute.id), "n": after.dispute.settlement.n}
        yield AuditRow("dispute.settled", after.id, None, None, settled)
    if after.status is not before.status:
        goes_on = before.status is Status.DISPUTED and after.is_under_way
        action = "contract.resumed" if goes_on else f"contract.{after.status.value.lower()}"
        yield AuditRow(action, after.id, None, None, {"version": after.version})


def _with_role(entry: AuditRow, after: Contract) -> AuditRow:
    """Return the entry with a role: of the party who acted or for whom an operator did, else "operator"; what follows
    from another act, or from time, is of the "service"."""
    if "role" in entry.details:
        return entry
    people = {str(party.phone_id): party.role.value for party in after.parties}
    named = people.get(entry.details.get("for") or str(entry.actor_id))
    by_service = entry.action.startswith(("time.", "contract.", "money.")) or entry.action == "dispute.settled"
    return replace(entry, details={**entry.details, "role": named or ("service" if by_service else "operator")})
