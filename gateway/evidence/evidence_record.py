"""Everything kept about one contract, read from one snapshot of the database."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal
from uuid import UUID

from contracts.contract import Contract
from contracts.proof.log.checkpoints import add_signatures, read_checkpoint
from contracts.proof.log.keys import parse_key
from contracts.proof.log.notes import parse_signatures
from contracts.proof.log.tiles import inclusion_proof, inclusion_sides, tiles_of_inclusion
from contracts.proof.log.tree import leaf_hash
from contracts.proof.statements import canonical_form_of
from gateway.evidence.log_tiles import read_tiles
from storage.evidence import EvidenceRows
from storage.log import LogRows
from storage.signing import key_id_of
from values.frozen import Frozen

Row = Mapping[str, Any]


class Coverage(Frozen):
    """A checkpoint over the contract's audit. `chain_seq`: the newest entry that it covers; `path`: the hashes that
    lead from that entry to the root, each with its side; `note`: the checkpoint, of which `text` is signed by the key
    `public_key` with `signature`."""

    chain_seq: int
    path: Sequence[tuple[Literal["left", "right"], bytes]]
    note: bytes
    text: bytes
    signature: bytes
    public_key: bytes

    @property
    def key_id(self) -> str:
        return key_id_of(self.public_key)


class EvidenceRecord(Frozen):
    """The rows of a contract. `forms`: one for each version of the terms; `entries`: its audit; `actions`: what was
    done in each entry; `coverage` is None if no checkpoint covers the audit yet; `keys`: public keys by their id."""

    contract: Contract
    forms: Sequence[Row]
    confirmations: Sequence[Row]
    entries: Sequence[Row]
    actions: Sequence[Row]
    coverage: Coverage | None
    keys: Mapping[str, bytes]

    @property
    def form(self) -> bytes:
        """The canonical form of the terms in force: the bytes of contract.json."""
        version = self.contract.terms_version
        found: bytes = next(form["form"] for form in self.forms if form["terms_version"] == version)
        return found


async def read_record(rows_of_all: EvidenceRows, contract_id: UUID) -> EvidenceRecord:
    """Return the record of a contract that exists."""
    async with rows_of_all.snapshot() as rows:
        row = await rows.contract(contract_id)
        assert row is not None, "contracts are never deleted"
        contract, forms = Contract.from_row(row), await rows.forms(contract_id)
        if contract.terms_version not in contract.form_hashes:  # made before forms were kept, and not answered since
            form = canonical_form_of(contract, contract.terms_version)
            forms.append({"terms_version": form.terms_version, "form": form.text})
        entries = await rows.entries(contract_id)
        return EvidenceRecord(
            contract, forms, await rows.confirmations(contract_id), entries, await rows.actions(contract_id),
            await _coverage(rows.log, entries), await rows.keys(),
        )  # fmt: skip


async def _coverage(rows: LogRows, entries: Sequence[Row]) -> Coverage | None:
    """Return the newest checkpoint, and how it covers the newest entry that it does."""
    newest = await rows.newest_checkpoint()
    if newest is None:
        return None
    checkpoint, note = read_checkpoint(newest["note"])
    keys = [parse_key(key) for key in await rows.keys()]
    signature, key = next(
        (line, key) for line in note.signatures for key in keys if (line.name, line.key_id) == (key.name, key.key_id)
    )
    for entry in reversed(entries):
        leaf = leaf_hash(entry["prev_hash"] + entry["text"].encode())
        index = await rows.index_of(newest["log"], entry["n"], leaf)
        if index is not None and index < checkpoint.size:
            read = await read_tiles(rows, newest["log"], tiles_of_inclusion(index, checkpoint.size))
            proof = inclusion_proof(index, checkpoint.size, read)
            path = list(zip(inclusion_sides(index, checkpoint.size), proof, strict=True))
            lines = (await rows.cosignatures(newest["log"], checkpoint.size)).values()
            cosigned = add_signatures(newest["note"], parse_signatures("".join(lines).encode()) if lines else ())
            return Coverage(entry["seq"], path, cosigned, note.text, signature.signature, key.public_key)
    return None
