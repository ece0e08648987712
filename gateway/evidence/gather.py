"""All that is kept of one contract, read together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from contracts.lifecycle import Contract
from contracts.seals import Step, path_of
from storage.evidence import EvidenceRows

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Coverage:
    """The newest entry of the contract that a checkpoint covers, the checkpoint, and the way from one to the other."""

    chain_seq: int
    path: Sequence[Step]
    checkpoint: Row


@dataclass(frozen=True, slots=True)
class Case:
    """`coverage` None: no checkpoint was made since."""

    contract: Contract
    forms: Sequence[Row]
    words: Sequence[Row]
    entries: Sequence[Row]
    coverage: Coverage | None
    keys: Mapping[str, bytes]

    @property
    def form(self) -> bytes:
        """The canonical form of the terms in force; empty where the contract is older than canonical forms."""
        version = self.contract.terms_version
        return next((form["form"] for form in self.forms if form["terms_version"] == version), b"")


async def gather(kept: EvidenceRows, contract_id: UUID) -> Case:
    """Of a contract that there is."""
    async with kept.at_one_moment() as rows:
        row = await rows.contract(contract_id)
        assert row is not None, "contracts are never deleted"
        return Case(
            Contract.from_row(row), await rows.forms(contract_id), await rows.confirmations(contract_id),
            await rows.entries(contract_id), await _coverage(rows, contract_id), await rows.keys(),
        )  # fmt: skip


async def _coverage(rows: EvidenceRows, chain_id: UUID) -> Coverage | None:
    over = await rows.checkpoint_over(chain_id)
    if over is None:
        return None
    seals = await rows.seals_from(over["from_seq"], over["to_seq"] - over["from_seq"] + 1)
    leaves = [seal["entry_hash"].hex() for seal in seals]
    return Coverage(over["chain_seq"], path_of(leaves, over["seq"] - over["from_seq"]), over)
