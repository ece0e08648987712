"""How many connections fit into the file descriptors that the process may have."""

import resource
from dataclasses import replace

from gateway.door.door import ConnectionLimits
from gateway.settings import Settings

_MOST_DESCRIPTORS = 65_536  # no process needs more; some systems allow a thousand millions
_OWN_FILES = 32  # the log, sockets that listen, files that are being read, the event loop
_FEWEST_CONNECTIONS = 8


def raise_descriptor_limit() -> None:
    """Let this process, and those it starts, have as many file descriptors as the system allows it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, _MOST_DESCRIPTORS)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def connection_limits(settings: Settings) -> ConnectionLimits:
    """Return how many connections a process may have. Descriptors for its own calls (database, session store,
    providers) are spared, so that a crowd at the door cannot take them."""
    most = ConnectionLimits()
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    spared = settings.database_pool_max + settings.redis_max_connections + settings.sms_in_flight + _OWN_FILES
    room = most.total if soft == resource.RLIM_INFINITY else min(most.total, soft - spared)
    most = replace(most, total=max(room, _FEWEST_CONNECTIONS))
    return replace(most, per_address=None, bodies_of_address=None) if settings.proxy_hops else most
