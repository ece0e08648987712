"""All that is kept of one contract, read together."""

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
    """The newest entry of the contract that a checkpoint covers, the checkpoint, and the way from one to the other."""

    chain_seq: int
    path: Sequence[Step]
    checkpoint: Row


class EvidenceRecord(Frozen):
    """`coverage` None: no checkpoint was made since."""

    contract: Contract
    forms: Sequence[Row]
    confirmations: Sequence[Row]
    entries: Sequence[Row]
    coverage: Coverage | None
    keys: Mapping[str, bytes]

    @property
    def form(self) -> bytes:
        """The canonical form of the terms in force."""
        version = self.contract.terms_version
        found: bytes = next(form["form"] for form in self.forms if form["terms_version"] == version)
        return found


async def read_record(kept: EvidenceRows, contract_id: UUID) -> EvidenceRecord:
    """Of a contract that there is."""
    async with kept.snapshot() as rows:
        row = await rows.contract(contract_id)
        assert row is not None, "contracts are never deleted"
        contract, forms = Contract.from_row(row), await rows.forms(contract_id)
        if contract.terms_version not in contract.form_hashes:  # older than forms, and nobody has answered since
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
