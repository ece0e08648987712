"""Makes packs: knows the settings that a pack depends on, read once at the start."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from gateway.evidence.as_of import as_of
from gateway.evidence.evidence_files import make_files
from gateway.evidence.evidence_record import EvidenceRecord, read_record
from gateway.evidence.pack_options import PackOptions
from gateway.evidence.zip_file import zip_files
from gateway.settings import Settings
from storage.evidence import EvidenceRows
from storage.signing import SignerPort


class PackMaker:
    """`code_cost`: with which short codes are computed. A file that the settings name is read here, once."""

    def __init__(self, settings: Settings, rows: EvidenceRows, signer: SignerPort, code_cost: int) -> None:
        self._settings, self._rows, self.signer, self._code_cost = settings, rows, signer, code_cost
        self._policy = settings.witness_policy.read_bytes() if settings.witness_policy else None
        self._sign_paper = _paper_signing(settings)

    async def make(self, contract_id: UUID, ask_url: str) -> bytes:
        """Return the zip of a contract that exists; the same bytes while the record is the same. `ask_url`: where
        anybody asks whether it is in force."""
        record = await read_record(self._rows, contract_id)
        return await asyncio.to_thread(self._pack, record, ask_url)

    def _pack(self, record: EvidenceRecord, ask_url: str) -> bytes:
        """It takes a third of a second of CPU (above one with Chinese letters), so it runs in a thread. The first call
        loads the PDF library."""
        from gateway.evidence.contract_pdf import draw_papers  # noqa: PLC0415 - it takes 0.1 s, and most processes never need it
        from gateway.evidence.paper_fonts import installed_fonts  # noqa: PLC0415 - as above

        options = PackOptions(
            ask_url, self.signer.key_id, self._code_cost, self._settings.office, self._settings.default_country,
            self._settings.zone, installed_fonts(), self._policy,
        )  # fmt: skip
        papers = dict(draw_papers(record, options))
        if self._sign_paper:
            contracts = [name for name in papers if name.startswith("contract")]  # a draft is for a person to sign
            papers |= {name: self._sign_paper(papers[name], as_of(record)) for name in contracts}
        files = make_files(record, papers, self.signer, options)
        return zip_files(files, f"voicepact-{record.contract.reference}")


def _paper_signing(settings: Settings) -> Callable[[bytes, datetime], bytes] | None:
    """Return what signs a PDF with the certificate of the settings; None: there is none."""
    if settings.pdf_certificate is None:
        return None
    from gateway.evidence.pades import PaperSigner  # noqa: PLC0415 - an extra

    return PaperSigner(settings.pdf_certificate, settings.pdf_certificate_password.get_secret_value()).sign
