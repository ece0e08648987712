"""Whether the database and the session store are set up so that the record and the sessions are safe in them."""

import asyncio

from gateway.commands.startup import StartError, in_one_line
from gateway.commands.terminal import warn
from gateway.settings import Settings
from storage import grants
from storage.eviction import evicting_policy

_OWNER = (
    "DATABASE_URL: this role owns the tables, so whoever breaks into the service could alter the record; give the "
    f"service the role {grants.ROLE}, which owns nothing, and run `voicepact db up` as the owner"
)
_EVICTS = (
    "REDIS_URL: its maxmemory-policy is {policy}, which may drop a session in the middle of a call; "
    "it should be noeviction"
)


def check_database_role(settings: Settings) -> None:
    """Raise StartError if the service would run as the owner of its tables, in production."""
    assert settings.database_url
    if settings.environment == "production":
        with in_one_line():
            if asyncio.run(grants.owns_tables(settings.database_url)):
                raise StartError(_OWNER)


def check_session_store(settings: Settings) -> None:
    """Raise StartError if the session store may evict sessions, in production; elsewhere warn. A store that does not
    answer is none of this check's business: the service starts without it, and goes on when it comes."""
    assert settings.redis_url
    policy = asyncio.run(evicting_policy(settings.redis_url, settings.redis_socket_timeout))
    if policy and settings.environment == "production":
        raise StartError(_EVICTS.format(policy=policy))
    if policy:
        warn(_EVICTS.format(policy=policy))
