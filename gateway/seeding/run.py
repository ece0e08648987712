"""Adds the examples to a database: the months before by COPY, the last days through the service's own handlers."""

import hashlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from gateway.outbox.compose import composer_of
from gateway.outgoing import open_client
from gateway.seeding import recent
from gateway.seeding.clock import SetClock
from gateway.seeding.cooperative import Village, village
from gateway.seeding.past import DAYS, PastWriter
from gateway.seeding.past_player import PastRules
from gateway.seeding.recent import RecentPlayer
from gateway.services import Services
from gateway.settings import Settings
from gateway.settings.mpesa import simulated_mpesa
from gateway.wiring import make_hasher, make_services
from storage import sessions
from storage.encryption import Encryptor
from storage.evidence import EvidenceRows
from storage.outbox_waking import SERVER, WORKER
from storage.postgres import database
from storage.postgres.database import Connection, Pool
from storage.postgres.queries import QUERIES
from storage.signing import SignerPort
from values.frozen import Frozen

_NOWHERE: Final = "http://127.0.0.1:9"  # the double of M-Pesa that is not called
_RECENT_SHARE, _MOST_RECENT = 50, 200  # one in so many is recent, up to so many
_CALL_SECONDS: Final = 5.0
_CLOSE_SECONDS: Final = 3.0


class NotAlone(Exception):  # noqa: N818 - it reads as what is the case
    """Somebody else works on this database; the text says who."""


class Added(Frozen):
    """`with_pin`: who of the village has called, and so has a PIN. `counts`: all that is there now, by status."""

    recent: int
    past: int
    where: Village
    with_pin: frozenset[str]
    counts: Sequence[Mapping[str, Any]]


async def add_examples(
    settings: Settings, contracts: int, random_seed: int, on_added: Callable[[float], None]
) -> Added:  # fmt: skip
    """Add so many contracts, at least `recent.FEWEST`. `on_added` is called with how many more are there. Raise
    NotAlone, with nothing added."""
    settings = settings.model_copy(update=simulated_mpesa(_NOWHERE))  # the texts name the double's paybill
    until = datetime.now(UTC)
    count = max(recent.FEWEST, min(contracts // _RECENT_SHARE, _MOST_RECENT))
    signer = settings.signer_of(settings.signature_private_key)
    operator = hashlib.sha256(settings.api_key.get_secret_value().encode()).hexdigest()[:16]
    assert settings.database_url, "the command has started what was missing"
    connection = await database.connect(settings.database_url)
    try:
        await database.set_json_codec(connection)
        await _check_alone(connection)
        ended_before = until - timedelta(days=recent.DAYS)
        await EvidenceRows(connection).save_key(signer.key_id, signer.public_key, ended_before - timedelta(days=DAYS))
        past = PastWriter(connection, _rules(settings, signer, operator), ended_before, settings.zone, random_seed)
        await past.write(contracts - count, on_added)
        clock = SetClock(ended_before)
        async with _open_services(settings, signer, clock) as services:
            player = RecentPlayer(services, clock, village(0), until, operator, random_seed)
            await player.play(count, lambda share: on_added(share * count))
        counts = [dict(row) for row in await connection.fetch(*QUERIES["seed.counts"]())]
        return Added(count, contracts - count, village(0), frozenset(player.phones.with_pin), counts)
    finally:
        await connection.close()


async def _check_alone(connection: Connection) -> None:
    row = await connection.fetchrow(*QUERIES["seed.begin"](applications=[SERVER, WORKER]))
    assert row is not None
    if row["service"]:
        raise NotAlone("a service or a worker runs on this database")
    if not row["is_alone"]:
        raise NotAlone("another seed runs on this database")


def _rules(settings: Settings, signer: SignerPort, operator: str) -> PastRules:
    assert settings.escrow_rules, "outside production money may wait"
    return PastRules(
        signer, composer_of(settings), settings.waiting_periods, settings.sms_limits, settings.escrow_rules, operator
    )  # fmt: skip


@asynccontextmanager
async def _open_services(settings: Settings, signer: SignerPort, clock: SetClock) -> AsyncIterator[Services]:
    """Open what answers hops and MOs in a service, with this clock; nothing runs in the background, and no provider is
    called."""
    assert settings.database_url and settings.redis_url, "the command has started what was missing"
    pool = await _open_pool(settings)
    client = sessions.open_client(
        settings.redis_url, most_connections=settings.redis_max_connections,
        timeout_seconds=settings.redis_socket_timeout,
    )  # fmt: skip
    encryptor = Encryptor(*settings.secret_keys)
    hasher, asking = make_hasher(settings, encryptor), open_client(_CALL_SECONDS)
    services = make_services(settings, pool, client, encryptor, hasher, signer, None, asking, {}, clock)
    try:
        yield services
    finally:
        await asking.close()
        hasher.close()
        services.codes.close()
        services.workload.close()
        await services.records.finish_waking_outbox()
        await services.sessions.close()
        await database.close_pool(pool, within_seconds=_CLOSE_SECONDS)


async def _open_pool(settings: Settings) -> Pool:
    assert settings.database_url
    return await database.open_pool(
        settings.database_url, smallest=1, largest=settings.database_pool_max,
        timeout_seconds=settings.database_timeout_seconds,
    )  # fmt: skip
