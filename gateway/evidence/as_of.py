"""pack.json: of which moment the pack is, and by whom. Whoever has an older one can see that it is older."""

from datetime import datetime
from typing import Any

import orjson

from contracts.proof.canonical import canonical_json
from contracts.proof.statements import utc_timestamp
from gateway.evidence.evidence_record import EvidenceRecord
from gateway.evidence.message_files import clock
from gateway.evidence.pack_options import FORMAT, SOFTWARE, PackOptions


def as_of_statement(record: EvidenceRecord, options: PackOptions) -> bytes:
    """Return the statement as canonical JSON."""
    contract, coverage, office = record.contract, record.coverage, options.office
    log = coverage and {
        "origin": coverage.checkpoint.origin, "key": coverage.key.line, "size": coverage.checkpoint.size,
    }  # fmt: skip
    stamp = coverage.timestamp if coverage else None
    return canonical_json({
        "format": FORMAT, "reference": contract.reference, "contract": str(contract.id),
        "operator": {"name": office.name, "phone": office.phone}, "software": SOFTWARE, "key": options.key_id,
        "log": log, "last_step": _last_step(record), "covered": coverage.covered if coverage else 0,
        "status": contract.status.value, "terms_version": contract.terms_version, "version": contract.version,
        "since": utc_timestamp(since(record)),
        "witnesses": [
            {"name": name, "at": utc_timestamp(at)} for name, at in (coverage.witnesses if coverage else ())
        ],
        "timestamp": stamp and {"at": utc_timestamp(stamp.at), "covered": stamp.seq},
        "clock": clock(record.messages), "ask": options.ask_url,
    })  # fmt: skip


def since(record: EvidenceRecord) -> datetime:
    """Return when the contract came to the status that it has, as far back as entries say one."""
    at = None
    for entry in reversed(record.entries):
        after = orjson.loads(entry["text"]).get("after") if entry["is_act"] else None
        if after and after["status"] != record.contract.status:
            break
        at = entry["at"] if after else at
    return at or as_of(record)


def as_of(record: EvidenceRecord) -> datetime:
    """Return the time of the last step: the pack says nothing of what came later."""
    return record.entries[-1]["at"] if record.entries else record.contract.created_at


def _last_step(record: EvidenceRecord) -> dict[str, Any] | None:
    if not record.actions:
        return None
    last = record.actions[-1]
    return {"seq": last["seq"], "at": utc_timestamp(last["at"]), "action": last["action"]}
