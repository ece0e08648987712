"""The entry that an act writes into an audit chain: its actions, and by hashes all that the act wrote. Pure.

An entry's file is the 32 bytes of the hash of the entry before it in its chain, and its text; its hash is the SHA-256
of that file. The first entry follows the SHA-256 of the chain's id. A chain has the id of a contract, of a person, or
the service's own. `audit verify` recomputes rows from the texts, so everything that must not change unseen is in them.
Nothing that a person could be known by is: what people typed and read is there as the hash of a file with a salt, which
can be deleted.

The keys of a text, each left out where the act has nothing of it, and so is each column that is null:

    format, chain, act, at      the act's id, which is also the id of its confirmation and of its delivery; its time
    actions                     in order: action, actor (a person's id or null), channel, details
    statement, key              SHA-256 of the signed statement, and the key's id
    files                       form: SHA-256 of a form that is new; shown: of what was shown before the answer
    texts, heard                SMS about the contract that were queued, and the one that came: id, to or by, kind,
                                sha256 (salted)
    after                       the contract's columns as the act left them
    parties                     new parties (id, role, person), and new answers (id, signature)
    proposal, delivery, dispute, request    the row of each as the act left it
    money                       what the act did to the money: payment, postings, transfers ordered and ended
    rail                        what a rail told, where that was the cause of the act: its name, and the key of it (the
                                receipt of money that came, or the id of the transfer it is about)
    bound                       in one entry of a contract from before this form: every row of it, by table and key
                                (contracts/proof/binding.py)
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from contracts.contract import Contract
from contracts.proof.canonical import canonical_json, message_file, sha256_hex
from contracts.proof.statements import new_salt, person_hash_of, utc_timestamp
from storage.acts.rows import Act, AuditRow, EntryRow, MessageRow
from values.frozen import replace

FORMAT: Final = "voicepact-entry/2"

Json = dict[str, Any]


def with_entries(act: Act, audit: Sequence[AuditRow], after: Contract | None) -> Act:
    """Return `act` with the entries of its actions `audit`, one for each chain. `after`: the contract as the act leaves
    it; None: it is about none.

    Each person whose chain goes on must be among the act's people, because the head of the chain is in their row.
    """
    if not audit:
        return act
    people = {person.msisdn: person.id for person in act.people}
    chains: dict[UUID, list[Json]] = {}
    actors: dict[UUID, UUID] = {}
    for row in audit:
        actor = row.actor_id or (people.get(row.actor_msisdn) if row.actor_msisdn else None)
        chain = row.chain_id or actor
        assert chain, "an action is about a contract, or its actor's own"
        chains.setdefault(chain, []).append(_action(row, actor, act.channel))
        if actor:
            actors.setdefault(chain, actor)
    contract_id = after.id if after else None
    assert chains.keys() - {contract_id} <= set(people.values()), "who acts is among the people"
    messages = tuple(
        replace(message, salt=new_salt()) if contract_id in chains and message.contract_id == contract_id else message
        for message in act.messages
    )
    entries = []
    for chain, actions in chains.items():
        text: Json = {
            "format": FORMAT, "chain": str(chain), "act": str(act.act_id), "at": utc_timestamp(act.at),
            "actions": actions,
        }  # fmt: skip
        if chain == contract_id and after:
            text |= dict(_messages(messages, people)) | dict(_evidence(act)) | dict(_rows(act, after))
        entries.append(EntryRow(chain, actors.get(chain), canonical_json(text).decode()))
    return replace(act, entries=tuple(entries), messages=messages)


def message_hash(text: str, salt: str, english: str | None = None) -> str:
    """Return the hash by which an entry binds the text of an SMS; `salt` in hex. `english`: as in a MessageRow."""
    return sha256_hex(message_file(text, salt, english))


def terms_hash(terms: Mapping[str, Any]) -> str:
    """Return the hash by which an entry binds the terms of a proposal."""
    return sha256_hex(canonical_json(dict(terms)))


def _action(row: AuditRow, actor: UUID | None, channel: str) -> Json:
    """Return one action. What nobody typed or wrote is the service's, except a request by REST."""
    is_own = row.actor_msisdn is None and channel != "api"
    return {
        "action": row.action, "actor": actor and str(actor), "channel": "service" if is_own else channel,
        "details": dict(row.details),
    }  # fmt: skip


def _messages(messages: Sequence[MessageRow], people: Mapping[str, UUID]) -> Iterator[tuple[str, Any]]:
    told: dict[str, list[Json]] = {"in": [], "out": []}
    for message in messages:
        if message.salt is None:
            continue
        person = message.phone_id or (people.get(message.msisdn) if message.msisdn else None)
        sha256 = message_hash(message.text, message.salt, message.english)
        bound: Json = {"id": str(message.id), "kind": message.kind, "sha256": sha256}
        bound["to" if message.direction == "out" else "by"] = person and str(person)
        told[message.direction].append(bound)
    if told["out"]:
        yield "texts", told["out"]
    if told["in"]:
        yield "heard", told["in"][0]


def _evidence(act: Act) -> Iterator[tuple[str, Any]]:
    files = {}
    if act.form:
        files["form"] = act.form.sha256
    if act.confirmation and (proof := act.confirmation.proof):
        yield "statement", proof.statement
        yield "key", proof.key_id
        files["shown"] = proof.shown
    if files:
        yield "files", files


def _rows(act: Act, after: Contract) -> Iterator[tuple[str, Any]]:
    yield "after", _filled(_columns(act, after))
    if parties := [*_new_parties(act, after), *_new_answers(act)]:
        yield "parties", parties
    if row := act.proposal:
        proposal = {
            "n": row.n, "kind": row.kind, "terms": terms_hash(row.terms) if row.terms else None, "by": _id(row.by_id),
            "consented": sorted(map(str, row.consented)), "waiting": sorted(map(str, row.waiting)),
            "status": row.status, "split_minor": row.split_minor,
        }  # fmt: skip
        yield "proposal", _filled(proposal)
    if act.delivery:
        delivery = act.delivery
        by, evidence = str(delivery.phone_id), dict(delivery.evidence)
        yield (
            "delivery",
            _filled({"by": by, "kind": delivery.kind, "quantity": delivery.quantity, "evidence": evidence}),
        )
    if dispute := act.dispute:
        columns = {
            "id": str(dispute.id), "opened_by": _id(dispute.opened_by), "status": dispute.status,
            "decision": dispute.decision, "split_minor": dispute.split_minor, "appealed_by": _id(dispute.appealed_by),
            "replies": [reply["by"] for reply in dispute.replies], "escalated_at": _time(dispute.escalated_at),
            "ended": dispute.ended, "settled_n": dispute.settled_n,
        }  # fmt: skip
        yield "dispute", _filled(columns)
    if act.money:
        yield "money", act.money.told()
    if act.rail:
        yield "rail", {"name": act.rail.rail, "key": act.rail.key}
    if act.request:
        yield "request", {"to": str(act.request.phone_id)}


def _columns(act: Act, after: Contract) -> Json:
    """Return the contract's columns. `through`: ACTIVE, if the act passed it on the way to `status`."""
    change, forms = act.change, {**after.form_hashes}
    if act.form:
        forms[act.form.terms_version] = act.form.sha256
    columns: Json = {
        "version": after.version, "status": after.status.value, "terms_version": after.terms_version,
        "form": forms.get(after.terms_version), "total_minor": after.terms.total.minor,
        "currency": after.terms.total.currency.value, "next": _next(after),
        "delivered_at": _time(act.at if change and change.delivered else after.delivered_at),
        "settled": str(after.settled) if after.settled else None, "clock": _clock(act, after),
    }  # fmt: skip
    if change and change.through:
        columns["through"] = change.through
    return columns


def _next(after: Contract) -> Json | None:
    return {"what": after.deadline.act.value, "at": _time(after.deadline.at)} if after.deadline else None


def _clock(act: Act, after: Contract) -> Json | None:
    started = act.at if act.change and act.change.clock_started else after.clock_started_at
    clock = {
        "stopped_at": _time(after.clock_stopped_at), "stopped_by": _id(after.clock_stopped_by),
        "started_at": _time(started),
    }  # fmt: skip
    return _filled(clock) or None


def _new_parties(act: Act, after: Contract) -> Iterator[Json]:
    for row in act.parties:
        assert row.phone_id, "the audit names everybody by id"
        party = next(each for each in after.parties if row.phone_id == each.phone_id or each.msisdn == row.msisdn)
        person = person_hash_of(replace(party, name=row.name, salt=row.salt))
        yield _filled({"id": str(row.phone_id), "role": row.role, "person": person, "signature": row.signature})


def _new_answers(act: Act) -> Iterator[Json]:
    for row in act.signatures:
        yield {"id": str(row.phone_id), "signature": row.status}


def _filled(columns: Json) -> Json:
    """Return `columns` without those that are null: an entry leaves them out."""
    return {name: value for name, value in columns.items() if value is not None}


def _id(value: UUID | None) -> str | None:
    return str(value) if value else None


def _time(value: datetime | None) -> str | None:
    return utc_timestamp(value) if value else None
