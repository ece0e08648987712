"""SMS on their way out: claimed from the queue, routed, paced, sent to a provider, and recorded.

    claim (one statement) -> hold at night -> route -> pace -> one call per text -> outcomes -> finish (one statement)

`loop` runs all the time and claims; `sending` makes the provider calls of one claim; `compose` writes new rows into the
queue. `retry`, `routes` and `breaker` are pure: they know no clock but the `now` they are given.
"""

from gateway.outbox.loop import Outbox
from gateway.outbox.routes import Route
from gateway.outbox.sending import OutboxOptions

__all__ = ["Outbox", "OutboxOptions", "Route"]
