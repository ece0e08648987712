"""The background jobs of a process: which run, and what /health is told of each."""

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from aiohttp import ClientSession

from gateway.background import log_head
from gateway.background.anchor_job import AnchorJob
from gateway.background.binding_job import BindingJob
from gateway.background.log_job import LogJob
from gateway.background.rail_limits_job import RailLimitsJob
from gateway.background.reconcile_job import ReconcileJob
from gateway.background.repeat import JobState
from gateway.background.retention import RetentionJob
from gateway.background.witness_job import WitnessJob
from gateway.outbox import Outbox
from gateway.services import Services
from gateway.webhooks.job import WebhookJob
from gateway.witnesses.configured import configured_authority, configured_calendars, configured_witnesses
from storage.bindings import BindingRows
from storage.postgres.database import Pool
from storage.retention import RetentionRows

Job = Coroutine[Any, Any, None]

_ASKING_RAILS_TAKES_SECONDS = 300.0  # at most
_DELETING_TAKES_SECONDS = 3600.0  # at most, of rows past their period


class BackgroundJobs:
    """Collects jobs with their states; nothing runs yet."""

    def __init__(self) -> None:
        self.jobs = list[Job]()
        self.states = list[JobState]()

    def add(self, name: str, run: Callable[[JobState], Job], patience_seconds: float | None = None) -> None:
        """Add a job that /health knows by its name."""
        state = JobState(name) if patience_seconds is None else JobState(name, patience_seconds=patience_seconds)
        self.states.append(state)
        self.jobs.append(run(state))


def add_sending_jobs(
    found: BackgroundJobs, services: Services, pool: Pool, outbox: Outbox, asking: ClientSession, data_dir: Path
) -> None:
    """Add the jobs of a process that sends. `asking`: the client for witnesses; `data_dir`: where the log's head is."""
    settings, now, log = services.settings, services.now, services.evidence.log
    witnesses = WitnessJob(log, *configured_witnesses(settings, asking), now, configured_authority(settings, asking))
    assert services.log_signer, "who sends signs the log"
    entries = LogJob(
        log, services.log_signer, settings.log_name, log_head.HeadFile(data_dir / log_head.NAME), now, witnesses
    )
    retention = RetentionJob(RetentionRows(pool, settings.periods), now)
    bindings = BindingJob(BindingRows(pool), now)
    found.jobs.append(outbox.run())
    found.states.append(outbox.job)
    found.add("promises", lambda state: services.promises.run(now, state))
    found.add("deadlines", lambda state: services.deadlines.run(now, state))
    found.add("log", entries.run)
    found.add("retention", retention.run, _DELETING_TAKES_SECONDS)
    found.add("witnesses", lambda state: witnesses.run(state, lambda: entries.holds_lease))
    found.add("bindings", bindings.run)
    webhooks = WebhookJob(
        services.webhooks, services.feed, services.encryptor, now, allows_private=settings.events_to_private_addresses
    )
    found.add("webhooks", webhooks.run)
    if services.money.rails:
        found.add("money", services.money.loop.run)
        found.add("rail limits", RailLimitsJob(services.money.rails).run, _ASKING_RAILS_TAKES_SECONDS)
        found.add("reconcile", ReconcileJob(services.money, settings.zone, now).run)
    if calendars := configured_calendars(settings, asking):
        anchors = AnchorJob(log, calendars, now)
        found.add("anchors", lambda state: anchors.run(state, lambda: entries.holds_lease))
