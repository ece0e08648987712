"""The evidence pack of a contract."""

import asyncio
from uuid import UUID

from aiohttp import web

from contracts.proof.canonical import sha256_hex
from gateway.evidence import make_files, read_record, zip_files
from gateway.evidence.evidence_record import EvidenceRecord
from gateway.rest.contracts import contract_in_path
from gateway.rest.lists import read_query
from gateway.rest.operator_only import operator_only
from gateway.services import SERVICES, Services
from gateway.verify.routes import address_of

routes = web.RouteTableDef()


@routes.get("/v1/contracts/{contract}/evidence")
@operator_only
async def evidence(request: web.Request) -> web.Response:
    """Return the pack as a zip: the contract, what was shown and answered, signatures, audit, keys, and a README that
    says how to check it. The bytes are the same while the record is the same."""
    read_query(request)
    services, row = request.app[SERVICES], await contract_in_path(request)
    await services.codes.of(UUID(row["id"]), row["terms_version"])  # of a contract from before there were codes
    record = await read_record(services.evidence, UUID(row["id"]))
    reference = record.contract.reference
    url = f"{address_of(request)}/verify/{reference}"
    packed = await asyncio.to_thread(_packed, record, services, url)
    return web.Response(
        body=packed, content_type="application/zip",
        headers={
            "Content-Disposition": f'attachment; filename="voicepact-{reference}.zip"', "Cache-Control": "no-store"
        },
    )  # fmt: skip


def _packed(record: EvidenceRecord, services: Services, url: str) -> bytes:
    """Make the zip. It takes half a second of CPU (1.5 s with Chinese letters), so it runs in a thread. The first call
    loads the PDF library."""
    from gateway.evidence.contract_pdf import PdfOptions, draw_pdf  # noqa: PLC0415 - it takes 0.1 s, and most processes never need it
    from gateway.evidence.paper_fonts import installed_fonts  # noqa: PLC0415

    scanned = f"{url}?sha256={sha256_hex(record.form)}"
    pdf = draw_pdf(record, PdfOptions(scanned, services.settings.zone, installed_fonts()))
    return zip_files(
        make_files(record, pdf, services.signer, url, services.codes.cost), f"voicepact-{record.contract.reference}"
    )
