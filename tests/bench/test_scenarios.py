"""The scenarios of `make bench` are played right, and its tutorial does the same work as the service."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest

from bench.cases import AGREE, BROWSE, CONFIRM, DELIVER, DLR, MO, SETTINGS, TUTORIAL, TUTORIAL_MO, WRONG_PIN
from bench.counters import open_watch
from bench.driver import Result
from bench.running import RunningCase, run_case, run_provider
from storage.embedded.servers import ServerUrls

# What is counted before and after one person has confirmed five contracts, or written five times the same.
_WRITTEN = {
    "contracts": "SELECT count(*) FROM contracts WHERE status = 'CONFIRMED' AND confirmed_at IS NOT NULL",
    "signatures": "SELECT count(*) FROM contract_signatures WHERE status = 'signed'",
    "signed confirmations": "SELECT count(*) FROM confirmations WHERE length(signature) = 64 AND channel = 'ussd'",
    "audit entries": "SELECT count(*) FROM audit_logs",
    "SMS sent": "SELECT count(*) FROM sms_logs WHERE status = 'submitted' AND provider_message_id IS NOT NULL",
    "people who got one": "SELECT count(DISTINCT phone_id) FROM sms_logs WHERE status = 'submitted'",
    "SMS in": "SELECT count(*) FROM sms_logs WHERE direction = 'in'",
    "SMS known": "SELECT count(*) FROM mo_receipts",
    "PIN tries left over": "SELECT sum(pin_tries) FROM phones",
}
_TUTORIAL_ACTS = 5 + 5
# 12 for each confirmation, 2 for each text, and 3 for the one answer.
_TUTORIAL_ROWS = 5 * 12 + 5 * 2 + 3
_WORK = {
    "confirm": {"contracts": 5, "signatures": 5, "signed confirmations": 5, "audit entries": 5, "SMS sent": 10},
    "messages": {"SMS in": 5, "SMS known": 5, "SMS sent": 1},
}


@pytest.fixture(scope="module")
def running(servers: ServerUrls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunningCase, RunningCase]]:
    """The service and the tutorial, for one user at a time."""
    folder = tmp_path_factory.mktemp("bench")
    with ExitStack() as stack:
        port = stack.enter_context(run_provider(folder))
        service = stack.enter_context(run_case(12, CONFIRM, 1, servers, port, folder))
        tutorial = stack.enter_context(run_case(13, TUTORIAL, 1, servers, port, folder))
        yield service, tutorial
    if tutorial.done:
        assert tutorial.row_versions == _TUTORIAL_ROWS / _TUTORIAL_ACTS, "without what the population wrote"


def test_the_tutorial_does_the_same_work(running: tuple[RunningCase, RunningCase]) -> None:
    """The same driver plays the same sessions on both, and accepts only replies of the same kind."""
    service, tutorial = running
    for ours, theirs in ((CONFIRM, TUTORIAL), (MO, TUTORIAL_MO)):
        service.case, tutorial.case = ours, theirs
        (mine, my_work), (their, their_work) = (asyncio.run(_play_to_the_end(each)) for each in running)
        assert (mine.errors, their.errors) == (0, 0), (mine.wrong, their.wrong)
        assert mine.all_hops == their.all_hops
        assert my_work == their_work
        assert my_work | _WORK[ours.plays] == my_work


def test_every_scenario_is_played(running: tuple[RunningCase, RunningCase]) -> None:
    """Each phone is shown what it should be, and the rows are there that a measurement looks for."""
    service, _ = running
    for case, hops in ((BROWSE, 4), (SETTINGS, 4), (WRONG_PIN, 3), (AGREE, 9), (DELIVER, 7), (DLR, 5)):
        service.case = case
        result, work = asyncio.run(_play_to_the_end(service))
        assert (result.all_hops, result.errors) == (hops, 0), (case.label, result.wrong)
        assert case is not BROWSE or not any(work.values())
        assert work["SMS sent"] == {AGREE: 1, DELIVER: 3, DLR: -5}.get(case, 0), case.label


async def _play_to_the_end(running: RunningCase) -> tuple[Result, dict[str, int]]:
    """Let one caller do all that waits for it. Return what the phone saw, and the rows once every SMS is sent."""
    assert running.population
    caller, *_ = await running.population.add(running.case.plays, 1)
    caller = replace(caller, waiting=caller.waiting or ("one session",))
    async with open_watch(running.population.database_url, running.pids) as watch:
        before = {name: await watch.value(query) for name, query in _WRITTEN.items()}
        result = await asyncio.to_thread(running.play, [caller], 30, 0)
        await watch.all_sent()
        return result, {name: await watch.value(query) - before[name] for name, query in _WRITTEN.items()}
