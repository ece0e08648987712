"""Messages on their way out: claimed from the queue, routed, paced, sent, settled.

    claim (one statement) -> hold at night -> route -> pace -> one call per text -> verdicts -> finish (one statement)

`work` is the loop, `calls` the provider calls of one claim; the rest is pure and knows no clock but what it is given.
"""

from gateway.outbox.calls import OutboxOptions
from gateway.outbox.routes import Route
from gateway.outbox.work import Outbox

__all__ = ["Outbox", "OutboxOptions", "Route"]
