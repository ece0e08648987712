"""The REST API for programs of an operator. Its manual is docs/rest-api.md."""

from gateway.rest import (
    blocks,
    bulk,
    clock,
    contracts,
    deliveries,
    dispute_files,
    disputes,
    events,
    evidence,
    messages,
    operators,
    own_words,
    payments,
    proposals,
    requests,
    transfers,
    webhooks,
)

routes = [
    *bulk.routes, *contracts.routes, *clock.routes, *deliveries.routes, *proposals.routes, *requests.routes,
    *messages.routes, *own_words.routes, *blocks.routes, *disputes.routes, *dispute_files.routes,
    *evidence.routes, *payments.routes, *transfers.routes, *operators.routes, *events.routes, *webhooks.routes,
]  # fmt: skip
