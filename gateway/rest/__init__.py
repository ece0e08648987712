"""What an operator's programs ask over HTTP: contracts and messages. `docs/rest-api.md` is its manual."""

from gateway.rest import contracts, messages

routes = [*contracts.routes, *messages.routes]
