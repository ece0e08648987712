"""What a contract was and what it is now, as the rows that say the difference."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from contracts.contract import Contract, Proposal, Status
from contracts.rules.plan import Actor
from storage.acts import rows as acts


def deadline_columns(contract: Contract) -> tuple[str | None, datetime | None]:
    """What time brings, for a row."""
    return (contract.deadline.act.value, contract.deadline.at) if contract.deadline else (None, None)


def move_row(before: Contract, after: Contract, *, delivered: bool) -> acts.MoveRow:
    passes = before.status is Status.CONFIRMED and after.status in (Status.COMPLETED, Status.DISPUTED)
    has_new_terms = after.terms_version != before.terms_version
    what, at = deadline_columns(after)
    return acts.MoveRow(
        before.id, before.version, after.status.value, Status.ACTIVE.value if passes else None,
        after.terms.to_json() if has_new_terms else None, after.terms_version if has_new_terms else None,
        after.terms.total.minor if has_new_terms else None, delivered, what, at,
        str(after.settled) if after.settled else None,
    )  # fmt: skip


def signature_rows(before: Contract, after: Contract) -> tuple[acts.SignatureRow, ...]:
    return tuple(
        acts.SignatureRow(after.id, now.phone_id, now.signature.value)
        for was, now in zip(before.parties, after.parties, strict=True)
        if now.signature is not was.signature and now.signature and now.phone_id
    )


def proposal_row(contract: Contract, proposal: Proposal, status: str, after: Contract) -> acts.ProposalRow:
    """`status` accepted means so only when nobody is missing; with others still to be asked it is pending."""
    standing = after.proposal if after.proposal and after.proposal.n == proposal.n else None
    consented = (standing or proposal).consented
    missing = (p.phone_id for p in contract.parties if p.role.binds and p.phone_id not in consented)
    waiting = tuple(phone_id for phone_id in missing if phone_id and standing)
    return acts.ProposalRow(
        contract.id, proposal.n, proposal.type.value, proposal.terms.to_json() if proposal.terms else None,
        proposal.by_id, tuple(sorted(consented)), waiting, "pending" if standing else status,
    )  # fmt: skip


def dispute_row(after: Contract, **more: Any) -> acts.DisputeRow | None:
    dispute = after.dispute
    if dispute is None:
        return None
    return acts.DisputeRow(
        dispute.id, after.id, dispute.opened_by, dispute.words, dispute.status,
        dispute.decision.value if dispute.decision else None, dispute.split_minor, dispute.reasons, **more,
    )  # fmt: skip


def delivery_row(contract: Contract, actor: Actor, kind: str, quantity: Decimal | None = None) -> acts.DeliveryRow:
    party = contract.party(actor.msisdn)
    assert party and party.phone_id, "who stands in a contract is known"
    return acts.DeliveryRow(contract.id, party.phone_id, kind, quantity=str(quantity) if quantity else None)
