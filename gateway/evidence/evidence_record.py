"""Everything kept about one contract, read from one snapshot of the database."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from contracts.contract import Contract
from contracts.proof.replay import Replayed, replay
from contracts.proof.statements import canonical_form_of
from gateway.evidence.coverage import Coverage, read_coverage
from gateway.evidence.revoked_keys import RevokedKey, read_revoked
from storage.evidence import EvidenceRows
from values.frozen import Frozen, Hidden

Row = Mapping[str, Any]

MOST_FILE_OCTETS = 32 * 1024 * 1024  # of disputes' files in one pack, which is made in memory


class EvidenceRecord(Frozen):
    """The rows of a contract. `forms`: one for each version of the terms; `entries`: its audit; `actions`: what was
    done in each entry; `coverage` is None if no checkpoint covers the audit yet; `keys`: public keys by their id;
    `messages`: every SMS about it; `files`: of its disputes, the content None of those that are too many; `revoked`:
    what was taken back of `keys`."""

    contract: Contract
    forms: Sequence[Row]
    confirmations: Sequence[Row]
    entries: Sequence[Row]
    actions: Sequence[Row]
    coverage: Coverage | None
    keys: Mapping[str, bytes]
    messages: Hidden[Sequence[Row]] = ()
    files: Hidden[Sequence[Row]] = ()
    revoked: Sequence[RevokedKey] = ()

    @property
    def form(self) -> bytes:
        """The canonical form of the terms in force: the bytes of contract.json."""
        version = self.contract.terms_version
        found: bytes = next(form["form"] for form in self.forms if form["terms_version"] == version)
        return found

    def replayed(self) -> Replayed:
        """Return what the entries say that rows should be. Entries from before they bound rows say nothing."""
        return replay(entry["text"] for entry in self.entries if entry["is_act"])


async def read_record(rows_of_all: EvidenceRows, contract_id: UUID) -> EvidenceRecord:
    """Return the record of a contract that exists."""
    async with rows_of_all.snapshot() as rows:
        row = await rows.contract(contract_id)
        assert row is not None, "contracts are never deleted"
        contract, forms = Contract.from_row(row), await rows.forms(contract_id)
        if contract.terms_version not in contract.form_hashes:  # made before forms were kept, and not answered since
            form = canonical_form_of(contract, contract.terms_version)
            forms.append({"terms_version": form.terms_version, "form": form.text})
        entries, actions = await rows.entries(contract_id), await rows.actions(contract_id)
        files = [UUID(action["file"]) for action in actions if action["file"]]
        confirmations = await rows.confirmations(contract_id)
        return EvidenceRecord(
            contract, forms, confirmations, entries, actions,
            await read_coverage(rows.log, entries), await rows.keys(), await rows.messages(contract_id),
            await rows.dispute_files(files, MOST_FILE_OCTETS) if files else (),
            await read_revoked(rows, confirmations),
        )  # fmt: skip
