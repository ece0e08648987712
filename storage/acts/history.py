"""Writes whole histories of contracts at once: what the acts of each would have written, one after the other.

What the first act of each writes, and of the others the rows on which no rule of the database hangs (messages and
evidence: most of what an act writes), go by COPY. What the database follows step by step (a contract's status and audit
chain, its signatures, proposals, deliveries, disputes and money) is written by the statement of every act (acts.apply),
the second acts of all contracts together, then the third, and so on. So nothing gets past a rule that a single act
would be refused by.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import zip_longest
from typing import Any, Final
from uuid import UUID

from storage.acts.apply import statement_of
from storage.acts.rows import Act, ContractRow
from storage.copying import copy_rows
from storage.postgres.database import Connection
from values.frozen import Frozen, replace

_AT_ONCE: Final = 200  # acts in one statement

Row = dict[str, Any]


class SentRow(Frozen):
    """What became of a message that was sent: delivered, or failed because of `why`."""

    status: str
    provider: str
    message_id: str
    cost: str
    submitted_at: datetime
    settled_at: datetime
    why: str | None = None


class History(Frozen):
    """All acts of one contract, oldest first: the first one makes it, and an operator's program asked for that. `sent`:
    what became of each message that the acts queued. Every person in it is known."""

    acts: tuple[Act, ...]
    sent: Mapping[UUID, SentRow]

    @property
    def reference(self) -> str:
        return _made(self.acts[0]).reference


class NotWritten(Exception):  # noqa: N818 - it reads as what happened
    """The database refused an act of a history; nothing of any was written."""


async def write_histories(connection: Connection, histories: Sequence[History]) -> None:
    """Write the histories in one transaction. Raise NotWritten, or what the tables raise for a row that they refuse."""
    async with connection.transaction():
        # Each wave is checked by itself, as each act is that is written alone.
        await connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table, rows in _rows_to_copy(histories).items():
            await copy_rows(connection, table, rows)
        for wave in zip_longest(*(history.acts[1:] for history in histories)):
            acts = [_what_is_checked(act) for act in wave if act]
            for first in range(0, len(acts), _AT_ONCE):
                await _apply(connection, acts[first : first + _AT_ONCE])


async def _apply(connection: Connection, acts: Sequence[Act]) -> None:
    written = {row["act_id"] for row in await connection.fetch(*statement_of(acts))}
    if missing := [act.act_id for act in acts if act.act_id not in written]:
        raise NotWritten(f"{len(missing)} acts of histories were refused")


def _made(act: Act) -> ContractRow:
    assert act.contract, "a history begins with the act that makes its contract"
    return act.contract


def _what_is_checked(act: Act) -> Act:
    """Return what of an act is not written by COPY."""
    return replace(act, people=(), parties=(), confirmation=None, form=None, messages=())


def _rows_to_copy(histories: Sequence[History]) -> dict[str, list[Row]]:
    """Return the rows by table, in an order in which each finds what it refers to."""
    acts = sorted((act for history in histories for act in history.acts), key=lambda act: act.at)
    entries = {history.acts[0].act_id: _first_entry(history.acts[0]) for history in histories}
    return {
        "contracts": [_contract(history.acts[0], entries[history.acts[0].act_id]) for history in histories],
        "contract_parties": [row for history in histories for row in _parties(history.acts[0])],
        "contract_signatures": [row for history in histories for row in _signatures(history.acts[0])],
        "api_requests": [_api_request(history.acts[0]) for history in histories],
        "contract_forms": [_form(act) for act in acts if act.form],
        "audit_logs": list(entries.values()),
        "confirmations": [_confirmation(act) for act in acts if act.confirmation],
        "confirmation_texts": [_texts(act) for act in acts if act.confirmation],
        "sms_logs": [row for history in histories for row in _messages(history)],
        "sms_tries": [row for history in histories for row in _tries(history)],
        "sms_reports": [row for history in histories for row in _reports(history)],
    }


def _first_entry(act: Act) -> Row:
    """Return the first audit entry of a contract."""
    (entry,) = act.entries
    before = hashlib.sha256(str(entry.chain_id).encode()).digest()
    return {
        "chain_id": entry.chain_id, "seq": 1, "at": act.at, "actor_id": entry.actor_id, "act_id": act.act_id,
        "prev_hash": before, "hash": hashlib.sha256(before + entry.text.encode()).digest(), "text": entry.text,
    }  # fmt: skip


def _contract(act: Act, entry: Row) -> Row:
    made = _made(act)
    return {
        "id": made.id, "reference": made.reference, "type": made.type, "terms": made.terms,
        "total_minor": made.total_minor, "currency": made.currency, "source": act.channel, "created_at": act.at,
        "next_what": made.next_what, "next_at": made.next_at, "head": entry["hash"], "entries": 1,
    }  # fmt: skip


def _parties(act: Act) -> Iterable[Row]:
    made = _made(act)
    for party in act.parties:
        yield {
            "contract_id": made.id, "phone_id": party.phone_id, "role": party.role, "name": party.name,
            "since": act.at, "salt": bytes.fromhex(party.salt or ""),
        }  # fmt: skip


def _signatures(act: Act) -> Iterable[Row]:
    made = _made(act)
    for party in act.parties:
        if party.signature:
            yield {"contract_id": made.id, "phone_id": party.phone_id, "status": party.signature}


def _api_request(act: Act) -> Row:
    assert act.api, "an operator's program asked for the contract"
    return {
        "key": act.api.key, "fingerprint": bytes.fromhex(act.api.fingerprint), "act_id": act.act_id,
        "contract_id": _made(act).id, "at": act.at,
    }  # fmt: skip


def _form(act: Act) -> Row:
    assert act.form
    return {
        "contract_id": act.form.contract_id, "terms_version": act.form.terms_version, "form": act.form.text.encode(),
        "blake2b": bytes.fromhex(act.form.blake2b), "made_at": act.at,
    }  # fmt: skip


def _confirmation(act: Act) -> Row:
    row = act.confirmation
    assert row and row.proof
    return {
        "id": act.act_id, "contract_id": row.contract_id, "phone_id": row.phone_id, "answer": row.answer,
        "channel": act.channel, "provider": row.provider, "network_code": row.network_code,
        "conversation": row.conversation, "language": row.language, "menu_version": row.menu_version,
        "answered_at": act.at, "terms_version": row.terms_version, "subject": row.subject,
        "form_sha256": bytes.fromhex(row.proof.form), "shown_sha256": bytes.fromhex(row.proof.shown),
        "signature": bytes.fromhex(row.proof.signature), "key_id": row.proof.key_id,
        "contract_version": row.contract_version, "details": row.details, "format": row.proof.format, "pin": row.pin,
        "messages": list(row.messages),
    }  # fmt: skip


def _texts(act: Act) -> Row:
    row = act.confirmation
    assert row and row.proof
    return {
        "confirmation_id": act.act_id, "salt": bytes.fromhex(row.proof.salt), "texts": list(row.shown),
        "words": row.words, "typed": list(row.typed), "english": list(row.english),
    }  # fmt: skip


def _messages(history: History) -> Iterable[Row]:
    for act in history.acts:
        for row in act.messages:
            sent = history.sent.get(row.id)
            yield {
                "id": row.id, "direction": row.direction, "phone_id": row.phone_id, "shortcode": row.shortcode,
                "text": row.text, "language": row.language, "kind": row.kind, "contract_id": row.contract_id,
                "act_id": act.act_id, "status": sent.status if sent else "received", "segments": row.segments,
                "provider": sent.provider if sent else row.provider,
                "provider_message_id": sent.message_id if sent else row.provider_message_id,
                "network_code": row.network_code, "created_at": act.at, "class": row.message_class,
                "priority": row.priority, "expires_at": row.expires_at, "encoding": row.encoding,
                "estimate": row.estimate, "reply_provider": row.reply_provider,
                "salt": bytes.fromhex(row.salt) if row.salt else None, "provider_sent_at": row.provider_sent_at,
                "english": row.english, "tries": 1 if sent else 0, "cost": sent.cost if sent else None,
                "submitted_at": sent.submitted_at if sent else None, "settled_at": sent.settled_at if sent else None,
                "why": sent.why if sent else None,
            }  # fmt: skip


def _tries(history: History) -> Iterable[Row]:
    for message_id, sent in history.sent.items():
        yield {
            "message_id": message_id, "n": 1, "provider": sent.provider, "outcome": "accepted",
            "provider_message_id": sent.message_id, "cost": sent.cost, "at": sent.submitted_at,
        }  # fmt: skip


def _reports(history: History) -> Iterable[Row]:
    for sent in history.sent.values():
        yield {
            "provider": sent.provider, "provider_message_id": sent.message_id,
            "status": "Success" if sent.status == "delivered" else "Failed", "state": sent.status, "reason": sent.why,
            "received_at": sent.settled_at,
        }  # fmt: skip
