"""What an operator's programs ask over HTTP: contracts, messages and disputes. `docs/rest-api.md` is its manual."""

from gateway.rest import contracts, dispute_files, disputes, evidence, messages
from gateway.rest import deliveries_proposals_requests as life

routes = [*contracts.routes, *life.routes, *messages.routes, *disputes.routes, *dispute_files.routes, *evidence.routes]
