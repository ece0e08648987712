"""What a process is made of: the one place where settings become objects that know each other."""

from collections.abc import Mapping
from datetime import timedelta

from aiohttp import ClientSession

from contracts.actions import Clock
from contracts.fields.pin import locks_after_tries
from contracts.pin_hash import PinHasher
from contracts.proof.short_code import COST
from gateway.background.deadlines import DeadlineJob
from gateway.background.promises import PromiseJob
from gateway.background.short_codes import COST_IN_TESTS, ShortCodes
from gateway.callback_urls import report_url
from gateway.events import ProviderAccount
from gateway.evidence.pack_maker import PackMaker
from gateway.feed.tail import FeedTail
from gateway.inbox.receive import Inbox
from gateway.limits.limits import Limits
from gateway.limits.request_deadlines import RequestDeadlines
from gateway.limits.table import HOPS, of_machines
from gateway.limits.workload import Workload
from gateway.number_risk.configured import configured_checks
from gateway.operators.sign_in import SignIn
from gateway.outbox import Outbox, OutboxOptions, Route
from gateway.outbox.compose import composer_of
from gateway.payments.daraja.rail import NAME as DARAJA
from gateway.payments.daraja.rail import Daraja
from gateway.payments.port import Rail
from gateway.payments.wiring import make_money
from gateway.providers import Provider, make_providers
from gateway.services import Services
from gateway.settings import Settings
from gateway.ussd.budgets import screen_budgets
from gateway.ussd.context import UssdOptions
from gateway.ussd.draw import PageDrawer
from gateway.ussd.effect import EffectRunner
from gateway.ussd.hop import HopHandler
from gateway.ussd.rebuild import SessionRebuilder
from gateway.ussd.resume import ResumePoints
from gateway.ussd.steps import Steps
from gateway.verify.paper_checks import PaperChecks
from menus import screens
from storage import sessions
from storage.codes import CodeRows
from storage.deadlines import DeadlineRows
from storage.disputes import DisputeRows
from storage.encryption import Encryptor
from storage.evidence import EvidenceRows
from storage.feed import FeedRows
from storage.looks import LookRows
from storage.operator_reads import OperatorReads
from storage.operators import OperatorRows
from storage.outbox import OutboxRows
from storage.postgres.database import Pool
from storage.rate_limits import RateLimits
from storage.records import Records
from storage.sessions import Sessions
from storage.signing import SignerPort
from storage.webhooks import WebhookRows

assert screens.home, "importing the journeys registers their screens"

_LOCK_MARGIN_SECONDS = 0.5
# A provider gives up after 5 to 15 seconds and counts us as dead; a 503 before that tells it to repeat.
_CALLBACK_SECONDS = 4.0
_BEARABLE = 0.25  # of a hop's time: a call has several hops, and the networks cut it after so many seconds in all


def make_services(
    settings: Settings, pool: Pool, client: sessions.Client, encryptor: Encryptor, hasher: PinHasher,
    signer: SignerPort, log_signer: SignerPort | None, asking: ClientSession, rails: Mapping[str, Rail], now: Clock,
) -> Services:  # fmt: skip
    """Return what requests find in a process. `log_signer`: None where this process does not sign the log. `asking`:
    the client for number checks. `rails`: what moves money, by name."""
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
    promises = PromiseJob(records, encryptor, composer, settings.waiting_periods, codes, settings.offer_rules,
                         settings.escrow_rules)  # fmt: skip
    providers = make_configured_providers(settings)
    options = _ussd_options(settings, providers)
    limits = Limits(
        verify_per_minute=settings.verify_per_minute,
        proxy_hops=settings.proxy_hops,
        is_production=settings.environment == "production",
    )
    workload = Workload(settings.database_pool_max, settings.hop_budget_ms / 1000 * _BEARABLE)
    papers = PaperChecks(records, limits)
    pages = PageDrawer(records, papers, options, now)
    effects = EffectRunner(records, encryptor, hasher, promises, composer, codes, pages, options, now)
    rebuilder, resume_points = SessionRebuilder(records, pages, effects), ResumePoints(records, encryptor, now)
    steps = Steps(records, pages, effects, rebuilder, resume_points, options)
    daraja = rails.get(DARAJA)
    number_checks = configured_checks(settings, pool, asking, daraja.client if isinstance(daraja, Daraja) else None)
    return Services(
        settings=settings,
        providers=providers,
        records=records,
        sessions=store,
        hops=HopHandler(steps, store, encryptor, options, workload),
        workload=workload,
        callback_deadlines=RequestDeadlines(_CALLBACK_SECONDS),
        promises=promises,
        disputes=DisputeRows(pool),
        operator_reads=OperatorReads(pool),
        operators=(operators := OperatorRows(pool)),
        sign_in=SignIn(operators),
        looks=LookRows(pool),
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
        money=make_money(settings, pool, records, composer, encryptor, rails, number_checks.payout_hold, now),
        number_checks=number_checks,
        feed=FeedTail(FeedRows(pool)),
        webhooks=WebhookRows(pool),
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


def make_hasher(settings: Settings, encryptor: Encryptor) -> PinHasher:
    return PinHasher(
        settings.pin_memory_kib, settings.pin_passes, settings.pin_threads, pepper=encryptor.pin_pepper,
        older_peppers=[older.pin_pepper for older in encryptor.every[1:]],
    )  # fmt: skip


def make_outbox(settings: Settings, pool: Pool, now: Clock, *, in_worker: bool = False) -> Outbox:
    """Return the outbox for these settings; the caller runs it. `in_worker`: in a process that only sends."""
    assert settings.database_url
    options = OutboxOptions(
        settings.database_url, settings.sms_in_flight, settings.sms_timeout_seconds, settings.sms_tries,
        settings.sms_per_second, settings.sms_hourly_per_number, settings.quiet_hours, settings.zone,
        timedelta(hours=settings.sms_reports_within_hours), timedelta(seconds=settings.sms_settles_seconds),
        settings.sms_waits_factor, timedelta(seconds=settings.sms_number_gap_seconds),
    )  # fmt: skip
    routes = [Route(r.prefix, tuple(r.providers), r.sender_id, r.per_second) for r in settings.sms_routes]
    return Outbox(pool, make_configured_providers(settings), routes, options, now, in_worker=in_worker)


def make_configured_providers(settings: Settings) -> dict[str, Provider]:
    """Return the providers that these settings have an account with, by name."""
    accounts = {"africastalking": settings.africastalking_account}
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
        escrow=settings.escrow_rules,
        hops_of_caller=of_machines(HOPS, is_production=settings.environment == "production"),
    )
