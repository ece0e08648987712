"""The files of an evidence pack: what was signed, byte by byte, and beside it files that people can read."""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from contracts.proof.canonical import person_file
from contracts.proof.statements import person_hash_of, utc_timestamp
from contracts.proof.verify import shown_file_of, statement_of
from gateway.evidence.as_of import as_of_statement
from gateway.evidence.coverage import Coverage
from gateway.evidence.dispute_files import dispute_files
from gateway.evidence.evidence_record import EvidenceRecord
from gateway.evidence.message_files import message_files
from gateway.evidence.money_files import money_files
from gateway.evidence.pack_options import PackOptions
from gateway.evidence.readme import readme
from storage.signing import SignerPort, pem_of

SUMS, SUMS_SIGNATURE = "SHA256SUMS", "SHA256SUMS.sig"

Files = dict[str, bytes]


def make_files(record: EvidenceRecord, papers: Mapping[str, bytes], signer: SignerPort, options: PackOptions) -> Files:
    """Return the content of each file by its name, always the same for the same record. `papers`: PDFs by their names;
    `signer` signs the list of all files: raise SignerAwayError if it cannot."""
    messages, told_messages = message_files(record.messages, record.replayed())
    disputed, told_disputed = dispute_files(record.files)
    files: Files = {
        "README.txt": readme(record, options).encode(),
        "pack.json": as_of_statement(record, options),
        "contract.json": record.form,
        **papers,
        **{f"forms/terms-{form['terms_version']:03}.json": form["form"] for form in record.forms},
        **dict(_confirmations(record)),
        **dict(_people(record)),
        **{f"audit/{e['seq']:04}.entry": e["prev_hash"] + e["text"].encode() for e in record.entries},
        "audit.json": _readable([_action(action) for action in record.actions]),
        **messages,
        "messages.json": _readable(told_messages),
        **disputed,
        "disputes.json": _readable(told_disputed),
        **dict(money_files(record)),
        **(dict(_checkpoint(record.coverage)) if record.coverage else {}),
        **({"witnesses.txt": options.policy} if options.policy else {}),
        **dict(_keys(record, signer)),
        **({"revoked.json": _readable(list(_revoked(record)))} if record.revoked else {}),
    }
    files[SUMS] = "".join(f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files)).encode()
    files[SUMS_SIGNATURE] = signer.sign(files[SUMS])
    return files


def _keys(record: EvidenceRecord, signer: SignerPort) -> Iterator[tuple[str, bytes]]:
    """Give the public keys of all signatures here, by their names."""
    keys = {**record.keys, signer.key_id: signer.public_key}
    used = {row["key_id"] for row in record.confirmations if row["key_id"]} | {signer.key_id}
    if record.coverage:
        keys[record.coverage.key_id] = record.coverage.key.public_key
        used.add(record.coverage.key_id)
    for key_id in used:
        yield f"keys/{key_id}.pem", pem_of(keys[key_id])


def _revoked(record: EvidenceRecord) -> Iterator[dict[str, Any]]:
    """Give each revocation as the log's key signed it, and the confirmations that do not count therefore."""
    names = {row["id"]: f"confirmations/{place:03}.json" for place, row in enumerate(record.confirmations, start=1)}
    for revoked in record.revoked:
        void = sorted(names[confirmation] for confirmation in revoked.void)
        yield {"key_id": revoked.key_id, "void": void, "revocation": dict(revoked.details)}


def _people(record: EvidenceRecord) -> Iterator[tuple[str, bytes]]:
    """Give a file for each party whose hash is in a form or in an entry, as a later mediator's: not for an erased
    person."""
    bound = b"".join([form["form"] for form in record.forms] + [entry["text"].encode() for entry in record.entries])
    for party in record.contract.parties:
        person = person_hash_of(party)
        if party.salt and person and person.encode() in bound:
            yield f"people/{party.phone_id}.json", person_file(party.msisdn, party.name, party.salt)


def _confirmations(record: EvidenceRecord) -> Iterator[tuple[str, bytes]]:
    """Give each statement as it was signed, its signature, the texts whose hash it has; and a list of all."""
    listed = []
    for place, row in enumerate(record.confirmations, start=1):
        name = f"confirmations/{place:03}"
        if row["signature"]:
            yield f"{name}.json", statement_of(row).signed_bytes
            yield f"{name}.{row['key_id']}.sig", row["signature"]
        if row["signature"] and row["texts"] is not None:
            yield f"{name}.shown.json", shown_file_of(row)
        listed.append(_listed(name, row))
    yield "confirmations.json", _readable(listed)


def _listed(name: str, row: Mapping[str, Any]) -> dict[str, Any]:
    told = (
        "answer", "subject", "terms_version", "contract_version", "details", "channel", "provider", "network_code",
        "language", "menu_version", "pin",
    )  # fmt: skip
    return {
        "statement": f"{name}.json" if row["signature"] else None,
        "party": row["phone_id"] and str(row["phone_id"]),
        **{field: row[field] for field in told},
        "messages": [str(each) for each in row["messages"] or ()],
        "answered_at": utc_timestamp(row["answered_at"]),
        "signed_with": row["key_id"],
    }


def _checkpoint(coverage: Coverage) -> Iterator[tuple[str, bytes]]:
    yield "checkpoint.note", coverage.note
    yield "checkpoint.txt", coverage.text
    yield "checkpoint.sig", coverage.signature
    for seq, proof in coverage.proofs.items():
        yield f"audit/{seq:04}.tlog-proof", proof
    if stamp := coverage.timestamp:
        yield "timestamp.tsr", stamp.response
        yield "timestamp.txt", stamp.text
        yield "timestamp.tlog-proof", stamp.proof


def _action(row: Mapping[str, Any]) -> dict[str, Any]:
    actor = row["actor_id"]
    return {
        "seq": row["seq"],
        "at": utc_timestamp(row["at"]),
        "action": row["action"],
        "channel": row["channel"],
        "party": str(actor) if actor else None,
        "hash": row["hash"].hex(),
    }


def _readable(listed: list[dict[str, Any]]) -> bytes:
    return orjson.dumps(listed, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
