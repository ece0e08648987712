"""Rows of the database as JSON values of answers. Times are ISO 8601 in UTC with a Z."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from contracts.contract import Contract
from contracts.fields.money import Money
from contracts.terms import Terms
from gateway.rest.shapes.contract import (
    AskedPartyView,
    AuditEntryView,
    ContractView,
    DeliveryView,
    PartyView,
    ProposalPart,
    ProposalView,
    StoppedClockPart,
    TermsView,
)
from gateway.rest.shapes.dispute import AppealPart, DecisionPart, DisputeFileView, DisputeView
from gateway.rest.shapes.message import AttemptPart, MessageHistoryView, MessageView, ReportPart


def contract_json(row: Mapping[str, Any]) -> ContractView:
    """Return a contract, from a row of the view contract_records."""
    return {
        "id": row["id"],
        "reference": row["reference"],
        "version": row["version"],
        "status": row["status"],
        "type": row["type"],
        "source": row["source"],
        "terms": _terms(Terms.from_json(row["terms"])),
        "parties": [_party(party) for party in row["parties"]],
        "terms_version": row["terms_version"],
        "sha256": (row["forms"] or {}).get(str(row["terms_version"])),
        "received": row["received"],
        "settled": row["settled"],
        "proposal": _proposal(row["proposal"]) if row["proposal"] else None,
        "dispute": {"id": row["dispute"]["id"], "status": row["dispute"]["status"]} if row["dispute"] else None,
        "next": {"what": row["next_what"], "at": utc_text(row["next_at"])} if row["next_what"] else None,
        "clock": _clock(row),
        "created_at": utc_text(row["created_at"]),
        "confirmed_at": shown_time(row["confirmed_at"]),
        "active_at": shown_time(row["active_at"]),
        "completed_at": shown_time(row["completed_at"]),
        "cancelled_at": shown_time(row["cancelled_at"]),
        "expired_at": shown_time(row["expired_at"]),
        "disputed_at": shown_time(row["disputed_at"]),
        "delivered_at": shown_time(row["delivered_at"]),
    }


def audit_entry_json(row: Mapping[str, Any]) -> AuditEntryView:
    """Return an audit entry. `hash` and `prev_hash` are hex; people appear by their id."""
    return {
        "seq": row["seq"], "at": utc_text(row["at"]), "actor_id": _id(row["actor_id"]), "channel": row["channel"],
        "action": row["action"], "details": row["details"], "prev_hash": row["prev_hash"], "hash": row["hash"],
    }  # fmt: skip


def message_json(row: Mapping[str, Any]) -> MessageView:
    """Return a message, from a row of sms_logs with its phone's msisdn. `raw_sender`: a sender without a number."""
    return {
        "id": str(row["id"]),
        "direction": row["direction"],
        "msisdn": row["msisdn"],
        "raw_sender": row["raw_sender"],
        "text": row["text"],
        "english": row["english"],
        "status": row["status"],
        "contract_id": _id(row["contract_id"]),
        "kind": row["kind"],
        "segments": row["segments"],
        "shortcode": row["shortcode"],
        "reply_provider": row["reply_provider"],
        "provider": row["provider"],
        "provider_message_id": row["provider_message_id"],
        "tries": row["tries"],
        "why": row["why"],
        "cost": row["cost"],
        "language": row["language"],
        "estimate": row["estimate"],
        "encoding": row["encoding"],
        "class": row["class"] if row["direction"] == "out" else None,
        "created_at": utc_text(row["created_at"]),
        "due_at": shown_time(row["due_at"]),
        "expires_at": shown_time(row["expires_at"]),
        "submitted_at": shown_time(row["submitted_at"]),
        "settled_at": shown_time(row["settled_at"]),
    }


def message_history_json(row: Mapping[str, Any]) -> MessageHistoryView:
    """Return a message with its tries and delivery reports, oldest first, from a row of the query outbox.message."""
    return {
        **message_json(row),
        "resend_of": _id(row["resend_of"]),
        "resent_as": _id(row["resent_as"]),
        "attempts": [_attempt(attempt) for attempt in row["attempts"] or []],
        "reports": [_report(report) for report in row["reports"] or []],
    }


def dispute_json(row: Mapping[str, Any]) -> DisputeView:
    """Return a dispute, from a row of the query disputes.one.

    Until `stands_at` a decision can be appealed; `decide_by`: when it escalates if there is none. `ended`: decided,
    settled (by the proposal in `settlement`) or withdrawn. People appear by their id; `by` of a decision is null if an
    operator wrote it down.
    """
    return {
        "id": str(row["id"]),
        "contract": {"id": str(row["contract_id"]), "reference": row["reference"]},
        "status": row["status"],
        "words": row["words"],
        "opened_by": _id(row["opened_by"]),
        "opened_at": utc_text(row["opened_at"]),
        "decide_by": shown_time(row["decide_by"]),
        "escalated_at": shown_time(row["escalated_at"]),
        "replies": row["replies"],
        "decision": _decision(row) if row["decision"] else None,
        "appeal": _appeal(row) if row["appealed_at"] else None,
        "closed_at": shown_time(row["closed_at"]),
        "ended": row["ended"],
        "settlement": _proposal(row["settlement"]) if row["settlement"] else None,
        "files": [_file(file) for file in row["files"] or []],
    }


def delivery_json(row: Mapping[str, Any]) -> DeliveryView:
    """Return a delivery, from a row of the query operator_reads.deliveries. `party` said it; if its kind is `reported`,
    an operator reported it about `party`."""
    return {
        "id": str(row["id"]), "party": str(row["phone_id"]), "kind": row["kind"], "quantity": row["quantity"],
        "channel": row["channel"], "operator": row["operator"], "at": utc_text(row["created_at"]),
    }  # fmt: skip


def proposal_json(row: Mapping[str, Any]) -> ProposalView:
    """Return a proposal, from a row of the query operator_reads.proposals. `declined`: the party who said no."""
    return {
        **_proposal(row), "status": row["status"], "declined": _id(row["declined"]),
        "settled_at": shown_time(row["settled_at"]),
    }  # fmt: skip


def request_json(entry: Mapping[str, Any]) -> AskedPartyView:
    """Return a request to a party, from its audit entry."""
    return {"party": entry["details"]["for"], "ask": entry["details"]["ask"], "asked_at": utc_text(entry["at"])}


def _attempt(row: Mapping[str, Any]) -> AttemptPart:
    return {
        "n": row["n"], "provider": row["provider"], "outcome": row["outcome"], "why": row["why"],
        "provider_message_id": row["provider_message_id"], "cost": row["cost"], "at": utc_text(row["at"]),
    }  # fmt: skip


def _report(row: Mapping[str, Any]) -> ReportPart:
    return {
        "status": row["status"], "state": row["state"], "reason": row["reason"], "network_code": row["network_code"],
        "received_at": utc_text(row["received_at"]),
    }  # fmt: skip


def _file(row: Mapping[str, Any]) -> DisputeFileView:
    return {
        "id": row["id"], "name": row["name"], "media_type": row["media_type"], "size": row["size"],
        "sha256": row["sha256"], "added_at": utc_text(row["added_at"]),
    }  # fmt: skip


def _decision(row: Mapping[str, Any]) -> DecisionPart:
    split, total = row["split_minor"], Terms.from_json(row["terms"]).total
    return {
        "by": _id(row["decided_by"]), "decision": row["decision"], "split_minor": split,
        "seller_amount": Money(split, total.currency).major if split else None, "reasons": row["reasons"],
        "decided_at": utc_text(row["decided_at"]), "stands_at": shown_time(row["stands_at"]),
    }  # fmt: skip


def _appeal(row: Mapping[str, Any]) -> AppealPart:
    return {
        "by": _id(row["appealed_by"]), "words": row["appeal_words"], "appealed_at": utc_text(row["appealed_at"]),
    }  # fmt: skip


def _clock(row: Mapping[str, Any]) -> StoppedClockPart | None:
    """Return since when silence does not count, by whose words, and whose answer is awaited; None: time goes on.

    `by` and `waits_for` are ids of parties. The answer of who spoke is awaited, and of whom an open request asks.
    """
    if row["clock_stopped_at"] is None:
        return None
    contract = Contract.from_row(row)
    writer = next((party for party in contract.parties if party.phone_id == contract.clock_stopped_by), None)
    awaited = [
        party for party in contract.parties
        if (writer and party.role is writer.role) or contract.waits_for(party.msisdn)
    ]  # fmt: skip
    return {
        "stopped_at": utc_text(row["clock_stopped_at"]), "by": _id(row["clock_stopped_by"]),
        "waits_for": [str(party.phone_id) for party in awaited],
    }  # fmt: skip


def _terms(terms: Terms) -> TermsView:
    return {
        "product": terms.product,
        "quantity": terms.quantity.amount,
        "unit": terms.quantity.unit,
        "total_minor": terms.total.minor,
        "total_amount": terms.total.major,
        "currency": terms.total.currency,
        "delivery_place": terms.place,
        "delivery_date": terms.due.isoformat(),
        "silence_days": terms.silence_days,
        "payment": terms.payment,
        "fee_minor": terms.fee_minor,
    }


def _proposal(row: Mapping[str, Any]) -> ProposalPart:
    """`by`, `agreed` and `waiting` are ids of parties; `by` is null if an operator made the proposal."""
    terms = _terms(Terms.from_json(row["terms"])) if row["terms"] else None
    return {
        "n": row["n"], "kind": row["kind"], "terms": terms, "split_minor": row["split_minor"], "by": _id(row["by_id"]),
        "agreed": list(map(str, row["consented"])), "waiting": list(map(str, row["waiting"])),
        "made_at": utc_text(row["created_at"]),
    }  # fmt: skip


def _party(party: Mapping[str, Any]) -> PartyView:
    return {
        "id": party["phone_id"], "msisdn": party["msisdn"], "role": party["role"], "name": party["name"],
        "signature": party["signature"],
    }  # fmt: skip


def _id(row_id: UUID | str | None) -> str | None:
    return str(row_id) if row_id else None


def shown_time(at: datetime | str | None) -> str | None:
    return utc_text(at) if at else None


def utc_text(at: datetime | str) -> str:
    """Write a time in one form. Inside JSON it is text, in a form that depends on PostgreSQL's settings."""
    moment = datetime.fromisoformat(at) if isinstance(at, str) else at
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
