"""The application: its routes, and what lives as long as the process does: opened at the start, closed at the stop."""

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from aiohttp import web

from contracts.actions import Clock
from contracts.fields.dates import parse_date
from contracts.fields.languages import LANGUAGES
from contracts.fields.msisdn import Msisdn
from contracts.proof.handover import HANDED_OVER, handover_details
from gateway import health, hooks, rest
from gateway.background.all_jobs import BackgroundJobs, add_sending_jobs
from gateway.background.key_watch import KeyWatch
from gateway.door.body import MAX_BODY_BYTES
from gateway.feed.numbering_job import NumberingJob
from gateway.feed.streams import end_streams
from gateway.health_probe import HealthProbe
from gateway.logs import FLUSH_SECONDS, BufferedLines
from gateway.middleware import answer_faults
from gateway.number_risk.configured import CHECK_SECONDS
from gateway.outgoing import open_client
from gateway.payments import callbacks
from gateway.payments.daraja.rail import RegistrationError
from gateway.payments.kept_callbacks import CallbackMarks
from gateway.payments.rails import PAYING_SECONDS, make_rails, register
from gateway.request_ids import give_request_id
from gateway.rest.openapi import pages
from gateway.rest.request_log import log_requests
from gateway.services import SERVICES, Services
from gateway.settings import Settings, SettingsError
from gateway.two_phones.routes import add_two_phones
from gateway.two_phones.stage import StagePlaces
from gateway.verify import log_files, verifier_files
from gateway.verify.routes import routes as verification
from gateway.wiring import make_hasher, make_outbox, make_services
from gateway.witnesses.configured import WITNESS_SECONDS
from menus.translate import DisplayedMsisdn, t, translate
from storage import sessions
from storage.encryption import Encryptor
from storage.postgres import database
from storage.signing import SignerAwayError, SignerPort

_CLOSE_SECONDS = 3.0
_DATABASE_STARTS_WITHIN_SECONDS = 20.0  # gunicorn ends a worker that is not there after 30
_T = TypeVar("_T")
_ANY_MSISDN = Msisdn("+254712345678")


def system_clock() -> datetime:
    return datetime.now(UTC)


def make_app(
    settings: Settings, lines: BufferedLines | None = None, *, sends: bool = True, now: Clock = system_clock,
    data_dir: Path = Path(), local_url: str = "http://127.0.0.1:8000", phones: StagePlaces | None = None,
) -> web.Application:  # fmt: skip
    """Return the service. `settings` must be complete: URLs and secrets known. With `sends` this process also sends
    messages and runs the background jobs. /health looks at the disk of `data_dir`. `local_url`: where programs on this
    machine reach it, as the simulator does. `phones`: what `/phone` needs; without it, as in production, there is
    none."""
    app = web.Application(client_max_size=MAX_BODY_BYTES, middlewares=[give_request_id, log_requests, answer_faults])
    app.cleanup_ctx.append(_lifespan(settings, lines, sends, now, data_dir, local_url))
    app.add_routes(
        [
            *hooks.routes,
            *callbacks.routes,
            *rest.routes,
            *pages.routes,
            *verification,
            *log_files.routes,
            *verifier_files.routes,
            *health.routes,
        ]
    )
    app.on_shutdown.extend([health.drain, end_streams])
    if phones and settings.environment != "production":
        add_two_phones(app, phones, settings.zone)
    return app


def _lifespan(
    settings: Settings,
    lines: BufferedLines | None,
    sends: bool,
    now: Clock,
    data_dir: Path,
    local_url: str,
) -> Callable[[web.Application], AsyncIterator[None]]:
    """Return what opens everything at start and closes it, in the opposite order, at stop."""

    async def lifespan(app: web.Application) -> AsyncIterator[None]:
        assert settings.database_url and settings.redis_url, "serve() fills these in"
        signer = await _open_signer(settings, "signature_private_key")
        log_signer = await _open_signer(settings, "log_private_key") if sends else None
        pool = await _once_it_answers(lambda: _open_pool(settings))
        client = sessions.open_client(
            settings.redis_url, most_connections=settings.redis_max_connections,
            timeout_seconds=settings.redis_socket_timeout,
        )  # fmt: skip
        encryptor = Encryptor(*settings.secret_keys)
        hasher = make_hasher(settings, encryptor)
        _warm_up(now())
        checking, paying = open_client(CHECK_SECONDS), open_client(PAYING_SECONDS)
        rails = make_rails(settings, paying, CallbackMarks(encryptor), local_url, now)
        services = app[SERVICES] = make_services(
            settings, pool, client, encryptor, hasher, signer, log_signer, checking, rails, now
        )  # fmt: skip
        await _once_it_answers(lambda: _save_keys(settings, services, now()))
        watch, found, asking = KeyWatch(services), BackgroundJobs(), open_client(WITNESS_SECONDS)
        await _once_it_answers(watch.refuse_revoked)
        outbox = make_outbox(settings, pool, now) if sends else None
        found.add("keys", watch.run)
        numbering = NumberingJob(services.feed, settings.database_url)
        found.add("events", numbering.run)
        services.records.call_when_written(numbering.wake)
        services.queue.when_written = numbering.wake
        if outbox:
            outbox.call_when_written(numbering.wake)
            services.records.wake_by(outbox.wake)
            add_sending_jobs(found, services, pool, outbox, asking, data_dir)
        jobs = [*found.jobs, services.codes.run(), *([_flush_now_and_then(lines)] if lines else [])]
        app[health.PROBE] = HealthProbe(services, pool, found.states, outbox, data_dir)
        if settings.environment != "production":  # there an operator does it, once
            with suppress(RegistrationError):
                await register(rails, _ANY_MSISDN)
        tasks = [asyncio.create_task(job) for job in jobs]
        yield
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await asking.close()
        await checking.close()
        await paying.close()
        hasher.close()
        services.codes.close()
        services.limits.wrong.write_line()
        services.workload.close()
        with suppress(*database.UNAVAILABLE):
            await services.records.finish_waking_outbox()
        await services.sessions.close()
        await database.close_pool(pool, within_seconds=_CLOSE_SECONDS)
        if lines:
            lines.flush()

    return lifespan


async def _open_signer(settings: Settings, name: str) -> SignerPort:
    """Return what signs with the key of this setting. Raise SettingsError if its token does not answer: without it
    nobody knows the key's id, and nothing can be agreed on. A supervisor starts us again."""
    try:
        return await asyncio.to_thread(settings.signer_of, getattr(settings, name))
    except (SignerAwayError, ValueError) as fault:
        raise SettingsError(f"{name.upper()}: {fault}") from None


async def _save_keys(settings: Settings, services: Services, now: datetime) -> None:
    """Store the public key before its first signature, and that the key before handed over to it."""
    signer = services.signer
    await services.evidence.save_key(signer.key_id, signer.public_key, now)
    if settings.signature_private_key_old.get_secret_value():
        old = await _open_signer(settings, "signature_private_key_old")
        await services.evidence.save_key(old.key_id, old.public_key, now)
        details = await asyncio.to_thread(handover_details, old, signer, now)
        await services.evidence.hand_over(HANDED_OVER, details, now)


async def _open_pool(settings: Settings) -> database.Pool:
    assert settings.database_url, "serve() fills it in"
    return await database.open_pool(
        settings.database_url, smallest=settings.database_pool_min, largest=settings.database_pool_max,
        timeout_seconds=settings.database_timeout_seconds,
    )  # fmt: skip


async def _once_it_answers(call: Callable[[], Awaitable[_T]]) -> _T:
    """Call the database, again while it is away: it may be starting. A worker that gave up at once would make gunicorn
    stop all the others, which wait for the database, too."""
    clock = asyncio.get_running_loop().time
    gives_up_at = clock() + _DATABASE_STARTS_WITHIN_SECONDS
    while True:
        try:
            return await call()
        except database.UNAVAILABLE:
            if clock() > gives_up_at:
                raise
        await asyncio.sleep(0.2)


def _warm_up(now: datetime) -> None:
    """Read what is read once (catalogues, calendars, numbering plans), so that no caller waits for it."""
    today = now.date()
    parse_date("1 jan", today)
    for language in LANGUAGES:
        translate(t("{due} {who}", due=today, who=DisplayedMsisdn(_ANY_MSISDN, _ANY_MSISDN)), language)
    freeze_loaded_objects()


def freeze_loaded_objects() -> None:
    """Spare the garbage collector what is in memory now, which stays; else it looks through all of it often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


async def _flush_now_and_then(lines: BufferedLines) -> None:
    while True:
        await asyncio.sleep(FLUSH_SECONDS)
        lines.flush()
