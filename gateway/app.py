"""The application: its routes, what it is made of, and what lives as long as the process does."""

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from aiohttp import web

from contracts.actions import Clock
from contracts.fields.dates import parse_date
from contracts.fields.languages import LANGUAGES
from contracts.fields.msisdn import Msisdn
from contracts.fields.pin import locks_after_tries
from contracts.pin_hash import PinHasher
from contracts.proof.handover import HANDED_OVER, handover_details
from contracts.proof.short_code import COST
from gateway import health, hooks, rest
from gateway.background import log_head
from gateway.background.anchor_job import AnchorJob
from gateway.background.binding_job import BindingJob
from gateway.background.deadlines import DeadlineJob
from gateway.background.key_watch import KeyWatch
from gateway.background.log_job import LogJob
from gateway.background.promises import PromiseJob
from gateway.background.repeat import JobState
from gateway.background.retention import RetentionJob
from gateway.background.short_codes import COST_IN_TESTS, ShortCodes
from gateway.background.witness_job import WitnessJob
from gateway.callback_urls import report_url
from gateway.door.body import MAX_BODY_BYTES
from gateway.events import ProviderAccount
from gateway.evidence.pack_maker import PackMaker
from gateway.health_probe import HealthProbe
from gateway.inbox.receive import Inbox
from gateway.limits.limits import Limits
from gateway.limits.table import HOPS, of_machines
from gateway.logs import FLUSH_SECONDS, BufferedLines
from gateway.middleware import answer_faults
from gateway.outbox import Outbox, OutboxOptions, Route
from gateway.outbox.compose import composer_of
from gateway.outgoing import open_client
from gateway.providers import Provider, make_providers
from gateway.rest.request_log import log_requests
from gateway.services import SERVICES, Services
from gateway.settings import Settings, SettingsError
from gateway.ussd.budgets import screen_budgets
from gateway.ussd.context import UssdOptions
from gateway.ussd.draw import PageDrawer
from gateway.ussd.effect import EffectRunner
from gateway.ussd.hop import HopHandler
from gateway.ussd.rebuild import SessionRebuilder
from gateway.ussd.resume import ResumePoints
from gateway.ussd.steps import Steps
from gateway.verify import log_files, verifier_files
from gateway.verify.paper_checks import PaperChecks
from gateway.verify.routes import routes as verification
from gateway.witnesses.configured import (
    WITNESS_SECONDS,
    configured_authority,
    configured_calendars,
    configured_witnesses,
)
from menus import screens
from menus.translate import DisplayedMsisdn, t, translate
from storage import sessions
from storage.bindings import BindingRows
from storage.codes import CodeRows
from storage.deadlines import DeadlineRows
from storage.disputes import DisputeRows
from storage.encryption import Encryptor
from storage.evidence import EvidenceRows
from storage.operator_reads import OperatorReads
from storage.outbox import OutboxRows
from storage.postgres import database
from storage.rate_limits import RateLimits
from storage.records import Records
from storage.retention import RetentionRows
from storage.sessions import Sessions
from storage.signing import SignerAwayError, SignerPort

assert screens.home, "importing the journeys registers their screens"

_LOCK_MARGIN_SECONDS = 0.5
_CLOSE_SECONDS = 3.0
_DATABASE_STARTS_WITHIN_SECONDS = 20.0  # gunicorn ends a worker that is not there after 30
_T = TypeVar("_T")
_DELETING_TAKES_SECONDS = 3600.0  # at most, of rows past their period
_ANY_MSISDN = Msisdn("+254712345678")


def system_clock() -> datetime:
    return datetime.now(UTC)


def make_app(
    settings: Settings, lines: BufferedLines | None = None, *, sends: bool = True, now: Clock = system_clock,
    data_dir: Path = Path()
) -> web.Application:  # fmt: skip
    """Return the service. `settings` must be complete: URLs and secrets known. With `sends` this process also sends
    messages and runs the background jobs. /health looks at the disk of `data_dir`."""
    app = web.Application(client_max_size=MAX_BODY_BYTES, middlewares=[log_requests, answer_faults])
    app.cleanup_ctx.append(_lifespan(settings, lines, sends, now, data_dir))
    app.add_routes(
        [*hooks.routes, *rest.routes, *verification, *log_files.routes, *verifier_files.routes, *health.routes]
    )
    app.on_shutdown.append(health.drain)
    return app


def make_outbox(settings: Settings, pool: database.Pool, now: Clock = system_clock) -> Outbox:
    """Return the outbox for these settings; the caller runs it."""
    assert settings.database_url
    options = OutboxOptions(
        settings.database_url, settings.sms_in_flight, settings.sms_timeout_seconds, settings.sms_tries,
        settings.sms_per_second, settings.sms_hourly_per_number, settings.quiet_hours, settings.zone,
        timedelta(hours=settings.sms_reports_within_hours), timedelta(seconds=settings.sms_settles_seconds),
        settings.sms_waits_factor, timedelta(seconds=settings.sms_number_gap_seconds),
    )  # fmt: skip
    routes = [Route(r.prefix, tuple(r.providers), r.sender_id, r.per_second) for r in settings.sms_routes]
    return Outbox(pool, make_configured_providers(settings), routes, options, now)


def _lifespan(
    settings: Settings, lines: BufferedLines | None, sends: bool, now: Clock, data_dir: Path
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
        hasher = PinHasher(
            settings.pin_memory_kib, settings.pin_passes, settings.pin_threads, pepper=encryptor.pin_pepper,
            older_peppers=[older.pin_pepper for older in encryptor.every[1:]],
        )  # fmt: skip
        _warm_up(now())
        services = app[SERVICES] = _services(settings, pool, client, encryptor, hasher, signer, log_signer, now)
        await _once_it_answers(lambda: _save_keys(settings, services, now()))
        watch = KeyWatch(services)
        await _once_it_answers(watch.refuse_revoked)
        states, outbox, asking = [JobState("keys")], None, open_client(WITNESS_SECONDS)
        jobs = [services.codes.run(), watch.run(states[0]), *([_flush_now_and_then(lines)] if lines else [])]
        if sends:
            outbox = make_outbox(settings, pool, now)
            retention = RetentionJob(RetentionRows(pool, settings.periods), now)
            authority = configured_authority(settings, asking)
            witnesses = WitnessJob(services.evidence.log, *configured_witnesses(settings, asking), now, authority)
            assert log_signer
            head = log_head.HeadFile(data_dir / log_head.NAME)
            entries = LogJob(services.evidence.log, log_signer, settings.log_name, head, now, witnesses)
            sending = [
                JobState("promises"), JobState("deadlines"), JobState("log"),
                JobState("retention", patience_seconds=_DELETING_TAKES_SECONDS), JobState("witnesses"),
                JobState("bindings"),
            ]  # fmt: skip
            jobs += [
                outbox.run(), services.promises.run(now, sending[0]), services.deadlines.run(now, sending[1]),
                entries.run(sending[2]), retention.run(sending[3]),
                witnesses.run(sending[4], lambda: entries.holds_lease),
                BindingJob(BindingRows(pool), now).run(sending[5]),
            ]  # fmt: skip
            states += [*sending, outbox.job]
            if calendars := configured_calendars(settings, asking):
                states.append(JobState("anchors"))
                anchors = AnchorJob(services.evidence.log, calendars, now)
                jobs.append(anchors.run(states[-1], lambda: entries.holds_lease))
        app[health.PROBE] = HealthProbe(services, pool, states, outbox, data_dir)
        tasks = [asyncio.create_task(job) for job in jobs]
        yield
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await asking.close()
        hasher.close()
        services.codes.close()
        services.limits.wrong.write_line()
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


def _services(
    settings: Settings, pool: database.Pool, client: sessions.Client, encryptor: Encryptor, hasher: PinHasher,
    signer: SignerPort, log_signer: SignerPort | None, now: Clock,
) -> Services:  # fmt: skip
    store = Sessions(
        client, encryptor, ttl_seconds=settings.session_ttl_seconds,
        lock_seconds=settings.hop_budget_ms / 1000 + _LOCK_MARGIN_SECONDS,
    )  # fmt: skip
    records = Records(pool, locks_after_tries(), signer, settings.offer_rules.as_counted)
    evidence = EvidenceRows(pool)
    queue = OutboxRows(pool)
    composer = composer_of(settings)
    codes = ShortCodes(CodeRows(pool), COST if settings.environment != "testing" else COST_IN_TESTS)
    records.when_form_is_stored = codes.soon
    promises = PromiseJob(records, encryptor, composer, settings.waiting_periods, codes, settings.offer_rules)
    providers = make_configured_providers(settings)
    options = _ussd_options(settings, providers)
    limits = Limits(
        verify_per_minute=settings.verify_per_minute,
        proxy_hops=settings.proxy_hops,
        is_production=settings.environment == "production",
    )
    papers = PaperChecks(records, limits)
    pages = PageDrawer(records, papers, options, now)
    effects = EffectRunner(records, encryptor, hasher, promises, composer, codes, pages, options, now)
    rebuilder, resume_points = SessionRebuilder(records, pages, effects), ResumePoints(records, encryptor, now)
    steps = Steps(records, pages, effects, rebuilder, resume_points, options)
    return Services(
        settings=settings,
        providers=providers,
        records=records,
        sessions=store,
        hops=HopHandler(steps, store, encryptor, options),
        promises=promises,
        disputes=DisputeRows(pool),
        operator_reads=OperatorReads(pool),
        deadlines=DeadlineJob(
            records, DeadlineRows(pool), composer, settings.waiting_periods, settings.deadlines_every_seconds
        ),
        encryptor=encryptor,
        signer=signer,
        evidence=evidence,
        packs=PackMaker(settings, evidence, signer, codes.cost),
        log_signer=log_signer,
        limits=limits,
        papers=papers,
        shared_limits=RateLimits(client),
        composer=composer,
        codes=codes,
        inbox=Inbox(
            records,
            queue,
            composer,
            codes,
            papers,
            settings.waiting_periods,
            now,
            settings.sms_limits,
            settings.receive_only,
        ),
        queue=queue,
        now=now,
    )


def make_configured_providers(settings: Settings) -> dict[str, Provider]:
    """Return the providers that these settings have an account with, by name."""
    key = settings.at_api_key.get_secret_value() if settings.at_api_key else "the simulator takes any"
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


def _ussd_options(settings: Settings, providers: Mapping[str, Provider]) -> UssdOptions:
    return UssdOptions(
        service_code=settings.at_ussd_service_code,
        country=settings.default_country,
        currency=settings.currency,
        language=settings.default_language,
        zone=settings.zone,
        budgets=screen_budgets(settings, providers),
        hop_seconds=settings.hop_budget_ms / 1000,
        waiting_periods=settings.waiting_periods,
        offer_rules=settings.offer_rules,
        served=settings.served_calling_codes,
        office=settings.office,
        sms_limits=settings.sms_limits,
        hops_of_caller=of_machines(HOPS, is_production=settings.environment == "production"),
    )


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
