"""The evidence pack of a contract, for its operator."""

import asyncio
from uuid import UUID

from aiohttp import web

from contracts.proof.canonical import hash_of
from gateway.evidence import files_of, gather, zipped
from gateway.evidence.gather import Case
from gateway.rest.contracts import named
from gateway.rest.pages import read_query
from gateway.rest.request import operator_only
from gateway.services import PARTS, Parts
from gateway.verify.routes import address_of

routes = web.RouteTableDef()


@routes.get("/v1/contracts/{contract}/evidence")
@operator_only
async def evidence(request: web.Request) -> web.Response:
    """A zip: the contract, what was shown and answered, signatures, audit, keys, and a README that says how to check
    it. The same bytes for as long as the record is the same."""
    read_query(request)
    parts, row = request.app[PARTS], await named(request)
    case = await gather(parts.evidence, UUID(row["id"]))
    reference = case.contract.reference
    url = f"{address_of(request)}/verify/{reference}"
    packed = await asyncio.to_thread(_packed, case, parts, url)
    return web.Response(
        body=packed, content_type="application/zip",
        headers={
            "Content-Disposition": f'attachment; filename="voicepact-{reference}.zip"', "Cache-Control": "no-store"
        },
    )  # fmt: skip


def _packed(case: Case, parts: Parts, url: str) -> bytes:
    """Half a second of reckoning, so in a thread; the PDF's library is loaded by the first who asks."""
    from gateway.evidence.paper import Where, paper  # noqa: PLC0415 - a tenth of a second that most processes never need

    pdf = paper(case, Where(f"{url}?sha256={hash_of(case.form)}", parts.settings.zone))
    return zipped(files_of(case, pdf, parts.signer, url), f"voicepact-{case.contract.reference}")
