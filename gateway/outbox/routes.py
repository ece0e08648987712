"""Which provider a number is reached by, and under which sender id: the longest prefix that matches decides."""

from collections.abc import Mapping, Sequence

from values.frozen import Frozen


class Route(Frozen):
    """`prefix`: how the numbers begin, `+254` or "" for all. `providers` in the order they are tried. `per_second`:
    messages of one sender, among all workers; None: as fast as the provider takes them."""

    prefix: str
    providers: tuple[str, ...]
    sender_id: str | None = None
    per_second: float | None = None


class Routes:
    """The routes of a service. There is always one for all numbers."""

    def __init__(self, routes: Sequence[Route], known: Mapping[str, object], per_second: float | None) -> None:
        """`known`: the providers we have an account with, in order of preference. ValueError for a route to another."""
        for route in routes:
            if unknown := [name for name in route.providers if name not in known]:
                raise ValueError(f"{unknown[0]} is no provider with an account here; there are {', '.join(known)}")
        rest = [] if any(route.prefix == "" for route in routes) else [Route("", tuple(known), None, per_second)]
        self._longest_first = sorted((*routes, *rest), key=lambda route: -len(route.prefix))

    def of(self, msisdn: str) -> Route:
        return next(route for route in self._longest_first if msisdn.startswith(route.prefix))
