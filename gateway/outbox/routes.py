"""Which providers a recipient is reached by, and under which sender id: the longest matching prefix decides."""

from collections.abc import Mapping, Sequence

from values.frozen import Frozen


class Route(Frozen):
    """`prefix`: how an msisdn begins, `+254`, or "" for all. `providers`: names, in the order they are tried.
    `per_second`: how many messages one sender id may send, all workers together; None is as fast as possible."""

    prefix: str
    providers: tuple[str, ...]
    sender_id: str | None = None
    per_second: float | None = None


class Routes:
    """All routes of a service. One of them always matches."""

    def __init__(self, routes: Sequence[Route], known: Mapping[str, object], per_second: float | None) -> None:
        """Raise ValueError for a route to a provider that is not in `known`, the providers we have an account with.

        Without a route for all numbers one is added: every known provider in turn, `per_second` messages a sender.
        """
        for route in routes:
            if unknown := [name for name in route.providers if name not in known]:
                raise ValueError(f"{unknown[0]} is no provider with an account here; there are {', '.join(known)}")
        rest = [] if any(route.prefix == "" for route in routes) else [Route("", tuple(known), None, per_second)]
        self._longest_first = sorted((*routes, *rest), key=lambda route: -len(route.prefix))

    def for_number(self, msisdn: str) -> Route:
        """Return the route with the longest prefix of `msisdn`."""
        return next(route for route in self._longest_first if msisdn.startswith(route.prefix))
