"""The application: its routes, what stands around every request, and what lives as long as the process does."""

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import structlog
from aiohttp import web

from contracts.fields.dates import parse_date
from contracts.fields.languages import LANGUAGES
from contracts.fields.msisdn import Msisdn
from contracts.fields.pin import locks_after_tries
from contracts.pin_hash import PinHasher
from gateway import health, hooks, rest
from gateway.background.audit_seals import Seals
from gateway.background.deadlines import DeadlineJob
from gateway.background.promises import PromiseJob
from gateway.background.retention import RetentionJob
from gateway.callback_urls import report_url
from gateway.events import BadWire, ProviderAccount
from gateway.http import MAX_BODY_BYTES, problem
from gateway.inbox.receive import Inbox
from gateway.logs import FLUSH_SECONDS, BufferedLines
from gateway.outbox import Outbox, OutboxOptions, Route
from gateway.outbox.compose import MessageComposer
from gateway.providers import Provider, make_providers
from gateway.services import PARTS, Parts
from gateway.settings import Settings
from gateway.turn import UssdOptions
from gateway.ussd.hop import Ussd
from gateway.ussd.steps import Turns
from gateway.verify.routes import routes as verification
from menus import screens
from menus.paging import Budget
from menus.translate import DisplayedMsisdn, t, translate
from storage import sessions
from storage.deadlines import DeadlineRows
from storage.disputes import DisputeRows
from storage.encryption import Sealer
from storage.evidence import EvidenceRows
from storage.limits import Limits
from storage.operator_requests import OperatingRows
from storage.outbox import OutboxRows
from storage.postgres import database
from storage.records import Records
from storage.retention import RetentionRows
from storage.sessions import Sessions
from storage.signing import Signer

log = structlog.get_logger()

assert screens.home, "importing the journeys registers their screens"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_LOCK_MARGIN_SECONDS = 0.5
_CLOSE_SECONDS = 3.0
_SOMEBODY = Msisdn("+254712345678")


def make_app(settings: Settings, lines: BufferedLines | None = None, *, sends: bool = True) -> web.Application:
    """The service for complete `settings` (URLs and secrets known). `sends`: run the outbox in this process too."""
    app = web.Application(client_max_size=MAX_BODY_BYTES, middlewares=[answer_faults])
    app.cleanup_ctx.append(_living(settings, lines, sends))
    app.add_routes([*hooks.routes, *rest.routes, *verification, *health.routes])
    app.on_shutdown.append(health.drain)
    return app


def _living(
    settings: Settings, lines: BufferedLines | None, sends: bool
) -> Callable[[web.Application], AsyncIterator[None]]:
    """What is opened at start and closed, in the opposite order, at stop."""

    async def live(app: web.Application) -> AsyncIterator[None]:
        assert settings.database_url and settings.redis_url, "serve() fills these in"
        pool = await database.open_pool(
            settings.database_url, smallest=settings.database_pool_min, largest=settings.database_pool_max,
            timeout_seconds=settings.database_timeout_seconds,
        )  # fmt: skip
        client = sessions.open_client(
            settings.redis_url, most_connections=settings.redis_max_connections,
            timeout_seconds=settings.redis_socket_timeout,
        )  # fmt: skip
        sealer = Sealer(settings.secret_key.get_secret_value())
        hasher = PinHasher(
            settings.pin_memory_kib, settings.pin_passes, settings.pin_threads, pepper=sealer.pepper()
        )  # fmt: skip
        _warm_up()
        parts = app[PARTS] = _parts(settings, pool, client, sealer, hasher)
        await parts.evidence.keep_key(parts.signer.key_id, parts.signer.public_key, _now())
        tasks: list[asyncio.Task[None]] = []
        if lines:
            tasks.append(asyncio.create_task(_flush_now_and_then(lines)))
        if sends:
            tasks.append(asyncio.create_task(make_outbox(settings, pool).run()))
            tasks.append(asyncio.create_task(parts.promises.run(_now)))
            tasks.append(asyncio.create_task(parts.deadlines.run(_now)))
            tasks.append(asyncio.create_task(RetentionJob(RetentionRows(pool, settings.periods), _now).run()))
            tasks.append(asyncio.create_task(Seals(parts.evidence, parts.signer, _now).run()))
        yield
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        hasher.close()
        with suppress(*database.UNAVAILABLE):
            await parts.records.settled()
        await parts.sessions.close()
        await database.close_pool(pool, within_seconds=_CLOSE_SECONDS)
        if lines:
            lines.flush()

    return live


def make_outbox(settings: Settings, pool: database.Pool) -> Outbox:
    """The outbox for these settings; `run()` it."""
    assert settings.database_url
    options = OutboxOptions(
        settings.database_url, settings.sms_in_flight, settings.sms_timeout_seconds, settings.sms_tries,
        settings.sms_per_second, settings.sms_hourly_per_number, settings.quiet_hours, settings.zone,
        timedelta(hours=settings.sms_reports_within_hours), timedelta(seconds=settings.sms_settles_seconds),
        settings.sms_waits_factor, timedelta(seconds=settings.sms_number_gap_seconds),
    )  # fmt: skip
    routes = [Route(r.prefix, tuple(r.providers), r.sender_id, r.per_second) for r in settings.sms_routes]
    return Outbox(pool, _providers(settings), routes, options, _now)


def _parts(
    settings: Settings, pool: database.Pool, client: sessions.Client, sealer: Sealer, hasher: PinHasher
) -> Parts:
    store = Sessions(
        client, sealer, ttl_seconds=settings.session_ttl_seconds,
        lock_seconds=settings.hop_budget_ms / 1000 + _LOCK_MARGIN_SECONDS,
    )  # fmt: skip
    signer = Signer.from_text(settings.signature_private_key.get_secret_value())
    records = Records(pool, locks_after_tries(), signer)
    language, code = settings.default_language, settings.at_ussd_service_code
    queue = OutboxRows(pool)
    composer = MessageComposer(language, code, settings.sms_prices, settings.zone)
    promises = PromiseJob(records, sealer, composer, settings.waiting_periods)
    options = _ussd_options(settings)
    turns = Turns(records, sealer, hasher, promises, composer, options, _now)
    return Parts(
        settings=settings,
        providers=_providers(settings),
        records=records,
        sessions=store,
        ussd=Ussd(turns, store, sealer, options),
        promises=promises,
        disputes=DisputeRows(pool),
        operating=OperatingRows(pool),
        deadlines=DeadlineJob(
            records, DeadlineRows(pool), composer, settings.waiting_periods, settings.deadlines_every_seconds
        ),
        sealer=sealer,
        signer=signer,
        evidence=EvidenceRows(pool),
        limits=Limits(client),
        composer=composer,
        inbox=Inbox(records, queue, composer, settings.waiting_periods, _now),
        queue=queue,
        now=_now,
    )


def _providers(settings: Settings) -> dict[str, Provider]:
    key = settings.at_api_key.get_secret_value() if settings.at_api_key else "the double takes any"
    account = ProviderAccount(
        settings.at_username, key, settings.at_sender_id, settings.at_base_url, settings.default_country
    )  # fmt: skip
    accounts = {"africastalking": account}
    if settings.twilio_account_sid and settings.twilio_auth_token:
        accounts["twilio"] = ProviderAccount(
            settings.twilio_account_sid, settings.twilio_auth_token.get_secret_value(), settings.twilio_sender,
            settings.twilio_base_url, settings.default_country, report_url(settings, "twilio"),
        )  # fmt: skip
    return make_providers(accounts)


def _ussd_options(settings: Settings) -> UssdOptions:
    by_network = {
        network: Budget(septets=septets, units=settings.screen_units)
        for network, septets in {"": settings.screen_septets, **settings.network_septets}.items()
    }
    return UssdOptions(
        service_code=settings.at_ussd_service_code,
        country=settings.default_country,
        currency=settings.currency,
        language=settings.default_language,
        zone=settings.zone,
        budgets=by_network,
        hop_seconds=settings.hop_budget_ms / 1000,
        waiting_periods=settings.waiting_periods,
    )


@web.middleware
async def answer_faults(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Whatever goes wrong is answered as problem+json, without a trace and without what was sent."""
    try:
        return await handler(request)
    except BadWire as wrong:
        return problem(400, f"{wrong.field[:60]}: {wrong.why}", field=wrong.field[:60])
    except web.HTTPException as said:
        return _as_problem(said)
    except web.RequestPayloadError:
        return problem(400, "body: is not compressed as its Content-Encoding says, or broke off", field="body")
    except (*database.UNAVAILABLE, *sessions.UNAVAILABLE) as fault:
        log.error("unavailable", route=_route(request), fault=type(fault).__name__)
        return problem(503, "The service is not available for a moment. Please try again.")
    except Exception:
        log.exception("unexpected", route=_route(request), exc_info=True)
        return problem(500, "Something went wrong on our side.")


def _as_problem(said: web.HTTPException) -> web.Response:
    if isinstance(said, web.HTTPRequestEntityTooLarge):
        return problem(413, f"The body should be at most {MAX_BODY_BYTES // 1024} KiB.")
    answer = problem(said.status, said.reason)
    if allow := said.headers.get("Allow"):
        answer.headers["Allow"] = allow
    return answer


def _route(request: web.Request) -> str:
    """The route's own spelling: a path may hold the token."""
    resource = request.match_info.route.resource
    return resource.canonical if resource else "none"


def _warm_up() -> None:
    """Read what is read once (catalogues, calendars, number plans) before the first caller has to wait for it."""
    today = _now().date()
    parse_date("1 jan", today)
    for language in LANGUAGES:
        translate(t("{due} {who}", due=today, who=DisplayedMsisdn(_SOMEBODY, _SOMEBODY)), language)
    # What is here now stays: the collector need not look through it again for every few hundred hops.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


async def _flush_now_and_then(lines: BufferedLines) -> None:
    while True:
        await asyncio.sleep(FLUSH_SECONDS)
        lines.flush()


def _now() -> datetime:
    return datetime.now(UTC)
