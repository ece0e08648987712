"""The REST API for programs of an operator. Its manual is docs/rest-api.md."""

from gateway.rest import (
    clock,
    contracts,
    deliveries,
    dispute_files,
    disputes,
    evidence,
    messages,
    operators,
    payments,
    proposals,
    requests,
    transfers,
)

routes = [
    *contracts.routes, *clock.routes, *deliveries.routes, *proposals.routes, *requests.routes, *messages.routes,
    *disputes.routes, *dispute_files.routes, *evidence.routes, *payments.routes,
    *transfers.routes, *operators.routes,
]  # fmt: skip
