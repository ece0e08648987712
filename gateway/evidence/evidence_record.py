"""Everything kept about one contract, read from one snapshot of the database."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from contracts.contract import Contract
from contracts.proof.seal_tree import Step, path_of
from contracts.proof.statements import canonical_form_of
from storage.evidence import EvidenceRows
from values.frozen import Frozen

Row = Mapping[str, Any]


class Coverage(Frozen):
    """A checkpoint over the contract's audit. `chain_seq`: the newest entry that it covers; `path`: the hashes that
    lead from that entry to the checkpoint's root."""

    chain_seq: int
    path: Sequence[Step]
    checkpoint: Row


class EvidenceRecord(Frozen):
    """The rows of a contract. `forms`: one for each version of the terms; `entries`: its audit; `coverage` is None if
    no checkpoint covers the audit yet; `keys`: public keys by their id."""

    contract: Contract
    forms: Sequence[Row]
    confirmations: Sequence[Row]
    entries: Sequence[Row]
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
        return EvidenceRecord(
            contract, forms, await rows.confirmations(contract_id), await rows.entries(contract_id),
            await _coverage(rows, contract_id), await rows.keys(),
        )  # fmt: skip


async def _coverage(rows: EvidenceRows, chain_id: UUID) -> Coverage | None:
    over = await rows.checkpoint_over(chain_id)
    if over is None:
        return None
    seals = await rows.seals_from(over["from_seq"], over["to_seq"] - over["from_seq"] + 1)
    leaves = [seal["entry_hash"].hex() for seal in seals]
    path = await asyncio.to_thread(
        path_of, leaves, over["seq"] - over["from_seq"]
    )  # a tenth of a second, of a full one
    return Coverage(over["chain_seq"], path, over)
