"""Messages on their way out: claimed from the queue, routed, paced, sent, settled.

    claim (one statement) -> hold at night -> route -> pace -> one call per text -> verdicts -> finish (one statement)

`work` is the loop, `calls` the provider calls of one claim; the rest is pure and knows no clock but what it is given.
"""

from gateway.outbox.loop import Outbox
from gateway.outbox.routes import Route
from gateway.outbox.sending import OutboxOptions

__all__ = ["Outbox", "OutboxOptions", "Route"]
