"""The evidence pack of a contract."""

from uuid import UUID

from aiohttp import web

from gateway.operators.scope import Scope
from gateway.rest.contracts import contract_in_path
from gateway.rest.openapi.operation import Media, reads
from gateway.rest.operator_only import operator_only
from gateway.rest.query import NoQuery
from gateway.services import SERVICES
from gateway.verify.routes import address_of

routes = web.RouteTableDef()


@routes.get("/v1/contracts/{contract}/evidence")
@operator_only(Scope.READ)
@reads(NoQuery, Media("application/zip"))
async def read_evidence(request: web.Request, _query: NoQuery) -> web.Response:
    """Read the evidence pack, as a zip. It holds the contract, what was shown and answered, signatures, audit, keys,
    and a README that says how to check it. The bytes are the same while the record is the same."""
    services, row = request.app[SERVICES], await contract_in_path(request)
    await services.codes.of(UUID(row["id"]), row["terms_version"])  # of a contract from before there were codes
    reference = row["reference"]
    packed = await services.packs.make(UUID(row["id"]), f"{address_of(request)}/verify/{reference}")
    return web.Response(
        body=packed, content_type="application/zip",
        headers={
            "Content-Disposition": f'attachment; filename="voicepact-{reference}.zip"', "Cache-Control": "no-store"
        },
    )  # fmt: skip
