"""Rows of the database as JSON values of answers. Times are ISO 8601 in UTC with a Z."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from contracts.contract import Contract
from contracts.fields.money import Money
from contracts.terms import Terms

_STEPS = (
    "created_at", "confirmed_at", "active_at", "completed_at", "cancelled_at", "expired_at", "disputed_at",
    "delivered_at",
)  # fmt: skip
_MESSAGE_TIMES = ("created_at", "due_at", "expires_at", "submitted_at", "settled_at")


def contract_json(row: Mapping[str, Any]) -> dict[str, Any]:
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
        "received": row["received"],
        "settled": row["settled"],
        "proposal": _proposal(row["proposal"]) if row["proposal"] else None,
        "dispute": row["dispute"] and {name: row["dispute"][name] for name in ("id", "status")},
        "next": {"what": row["next_what"], "at": shown_time(row["next_at"])} if row["next_what"] else None,
        "clock": _clock(row),
        **{step: shown_time(row[step]) for step in _STEPS},
    }


def audit_entry_json(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return an audit entry. `hash` and `prev_hash` are hex; people appear by their id."""
    actor = row["actor_id"]
    return {**row, "at": shown_time(row["at"]), "actor_id": str(actor) if actor else None}


def message_json(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a message, from a row of sms_logs with its phone's msisdn. `raw_sender`: a sender without a number."""
    about = row["contract_id"]
    return {
        "id": str(row["id"]),
        "direction": row["direction"],
        "msisdn": row["msisdn"],
        "raw_sender": row["raw_sender"],
        "text": row["text"],
        "english": row["english"],
        "status": row["status"],
        "contract_id": str(about) if about else None,
        **{name: row[name] for name in ("kind", "segments", "shortcode", "reply_provider", "provider")},
        **{name: row[name] for name in ("provider_message_id", "tries", "why", "cost")},
        **{name: row[name] for name in ("language", "estimate", "encoding")},
        "class": row["class"] if row["direction"] == "out" else None,
        **{name: shown_time(row[name]) for name in _MESSAGE_TIMES},
    }


def message_history_json(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a message with its tries and delivery reports, oldest first, from a row of the query outbox.message."""
    attempts = [{**attempt, "at": shown_time(attempt["at"])} for attempt in row["attempts"] or []]
    reports = [{**report, "received_at": shown_time(report["received_at"])} for report in row["reports"] or []]
    return {
        **message_json(row),
        "resend_of": str(row["resend_of"]) if row["resend_of"] else None,
        "resent_as": str(row["resent_as"]) if row["resent_as"] else None,
        "attempts": attempts,
        "reports": reports,
    }


def dispute_json(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a dispute, from a row of the query disputes.one.

    Until `stands_at` a decision can be appealed; `decide_by`: when it escalates if there is none. `ended`: decided,
    settled (by the proposal in `settlement`) or withdrawn. People appear by their id; `by` of a decision is null if an
    operator wrote it down.
    """
    total = Terms.from_json(row["terms"]).total
    split = row["split_minor"]
    decision = {
        "by": _id(row["decided_by"]), "decision": row["decision"], "split_minor": split,
        "seller_amount": Money(split, total.currency).major if split else None, "reasons": row["reasons"],
        "decided_at": shown_time(row["decided_at"]), "stands_at": shown_time(row["stands_at"]),
    }  # fmt: skip
    appeal = {
        "by": _id(row["appealed_by"]),
        "words": row["appeal_words"],
        "appealed_at": shown_time(row["appealed_at"]),
    }
    return {
        "id": str(row["id"]),
        "contract": {"id": str(row["contract_id"]), "reference": row["reference"]},
        "status": row["status"],
        "words": row["words"],
        "opened_by": _id(row["opened_by"]),
        "opened_at": shown_time(row["opened_at"]),
        "decide_by": shown_time(row["decide_by"]),
        "escalated_at": shown_time(row["escalated_at"]),
        "replies": row["replies"],
        "decision": decision if row["decision"] else None,
        "appeal": appeal if row["appealed_at"] else None,
        "closed_at": shown_time(row["closed_at"]),
        "ended": row["ended"],
        "settlement": _proposal(row["settlement"]) if row["settlement"] else None,
        "files": [{**file, "added_at": shown_time(file["added_at"])} for file in row["files"] or []],
    }


def delivery_json(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a delivery, from a row of the query operator_reads.deliveries. `party` said it; if its kind is `reported`,
    an operator reported it about `party`."""
    shown = {name: row[name] for name in ("kind", "quantity", "channel", "operator")}
    return {"id": str(row["id"]), "party": str(row["phone_id"]), **shown, "at": shown_time(row["created_at"])}


def proposal_json(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a proposal, from a row of the query operator_reads.proposals. `declined`: the party who said no."""
    return {
        **_proposal(row), "status": row["status"], "declined": _id(row["declined"]),
        "settled_at": shown_time(row["settled_at"]),
    }  # fmt: skip


def request_json(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return a request to a party, from its audit entry."""
    return {"party": entry["details"]["for"], "ask": entry["details"]["ask"], "asked_at": shown_time(entry["at"])}


def _clock(row: Mapping[str, Any]) -> dict[str, Any] | None:
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
        "stopped_at": shown_time(row["clock_stopped_at"]), "by": _id(row["clock_stopped_by"]),
        "waits_for": [_id(party.phone_id) for party in awaited],
    }  # fmt: skip


def _terms(terms: Terms) -> dict[str, Any]:
    return {
        "product": terms.product,
        "quantity": terms.quantity.amount,
        "unit": terms.quantity.unit,
        "total_minor": terms.total.minor,
        "total_amount": terms.total.major,
        "currency": terms.total.currency.value,
        "delivery_place": terms.place,
        "delivery_date": terms.due.isoformat(),
        "silence_days": terms.silence_days,
        "payment": terms.payment,
        "fee_minor": terms.fee_minor,
    }


def _proposal(row: Mapping[str, Any]) -> dict[str, Any]:
    """`by`, `agreed` and `waiting` are ids of parties; `by` is null if an operator made the proposal."""
    terms = _terms(Terms.from_json(row["terms"])) if row["terms"] else None
    return {
        "n": row["n"], "kind": row["kind"], "terms": terms, "split_minor": row["split_minor"], "by": _id(row["by_id"]),
        "agreed": list(map(str, row["consented"])), "waiting": list(map(str, row["waiting"])),
        "made_at": shown_time(row["created_at"]),
    }  # fmt: skip


def _party(party: Mapping[str, Any]) -> dict[str, Any]:
    shown = {name: party[name] for name in ("msisdn", "role", "name", "signature")}
    return {"id": party["phone_id"], **shown}


def _id(row_id: UUID | str | None) -> str | None:
    return str(row_id) if row_id else None


def shown_time(at: datetime | str | None) -> str | None:
    """Write a time in one form. Inside JSON it is text, in a form that depends on PostgreSQL's settings."""
    if at is None:
        return None
    moment = datetime.fromisoformat(at) if isinstance(at, str) else at
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
