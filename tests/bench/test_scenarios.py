"""The scenarios of `make bench` are played right, and its tutorial does the same work as the service."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from types import MappingProxyType

import pytest

from bench.cases import (
    AGREE,
    BROWSE,
    CONFIRM,
    DELIVER,
    DLR,
    ESCROW_CONFIRM,
    ESCROW_RECEIVE,
    MO,
    RECEIVE,
    SETTINGS,
    TUTORIAL,
    TUTORIAL_MO,
    WRONG_PIN,
)
from bench.counters import open_watch
from bench.driver import Result
from bench.figures import figures_of
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
_MONEY = {
    "payments that begin": "SELECT count(*) FROM payments WHERE status = 'PENDING'",
    "payments released": "SELECT count(*) FROM payments WHERE status = 'RELEASED'",
    "prompts at the rail": "SELECT count(*) FROM transfers WHERE kind = 'prompt' AND status = 'accepted'",
    "payouts at the rail": "SELECT count(*) FROM transfers WHERE kind = 'release' AND status = 'accepted'",
    "held": "SELECT coalesce(sum(credited - debited), 0) FROM ledger_accounts WHERE account = 'held'",
    "fees": "SELECT coalesce(sum(credited), 0) FROM ledger_accounts WHERE account = 'fees'",
    "the seller's": "SELECT coalesce(sum(credited), 0) FROM ledger_accounts WHERE account = 'payable'",
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
    for case, hops in ((BROWSE, 4), (SETTINGS, 4), (WRONG_PIN, 3), (AGREE, 9), (DELIVER, 7), (RECEIVE, 4), (DLR, 5)):
        service.case = case
        result, work = asyncio.run(_play_to_the_end(service))
        assert (result.all_hops, result.errors) == (hops, 0), (case.label, result.wrong)
        assert case is not BROWSE or not any(work.values())
        assert work["SMS sent"] == {AGREE: 1, DELIVER: 3, RECEIVE: 2, DLR: -5}.get(case, 0), case.label


def test_with_escrow_the_money_is_ordered_and_asked_for(
    servers: ServerUrls, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Five contracts are confirmed, and a sixth is received, whose KES 3,500 wait; the rail has every order."""
    folder = tmp_path_factory.mktemp("bench")
    with run_provider(folder) as port, run_case(14, ESCROW_CONFIRM, 1, servers, port, folder) as service:
        result, work = asyncio.run(_play_to_the_end(service, _WRITTEN | _MONEY))
        assert (result.all_hops, result.errors) == (4 * 5 + 4, 0), result.wrong  # the last is shown at once
        assert work | {"payments that begin": 5, "prompts at the rail": 5, "SMS sent": 20, "held": 0} == work
        service.case = ESCROW_RECEIVE
        result, work = asyncio.run(_play_to_the_end(service, _WRITTEN | _MONEY))
        assert (result.all_hops, result.errors) == (4, 0), result.wrong
        released = {"payments released": 1, "payouts at the rail": 1, "fees": 3_500, "the seller's": 346_500}
        assert work | released == work
        assert work["held"] == -350_000, "which the population has written"


def test_what_escrow_adds_is_a_ratio_for_an_act(servers: ServerUrls, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A measurement finds the rows that the replies promise, and the rail is asked about nothing after it."""
    folder = tmp_path_factory.mktemp("bench")
    with run_provider(folder) as port, ExitStack() as stack:
        cases = [stack.enter_context(run_case(14 + n, case, 1, servers, port, folder))
                 for n, case in enumerate((RECEIVE, ESCROW_RECEIVE))]  # fmt: skip
        taken = {each.case: [each.measure(0.5)] for each in cases}
        (url,) = (each.population.database_url for each in cases[1:] if each.population)
        asked = "SELECT count(*) FROM transfers WHERE status = 'accepted' AND due_at < now() + interval '1 day'"
        assert asyncio.run(_value(url, asked)) == 0
    assert [each.result.wrong for measured in taken.values() for each in measured] == [[], []]
    figures = figures_of(taken, {each.case: each.row_versions for each in cases})
    plain, escrow = figures[RECEIVE.label], figures[ESCROW_RECEIVE.label]
    assert "commits_without" not in plain
    for name in ("act_us", "row_versions", "wal_bytes", "commits"):
        assert escrow[f"{name}_without"] == [escrow[name][0] / plain[name][0]], name
    assert escrow["acts_without"] == [escrow["sessions_a_second"][0] / plain["sessions_a_second"][0]]


async def _value(url: str, query: str) -> int:
    async with open_watch(url, {}) as watch:
        return await watch.value(query)


async def _play_to_the_end(
    running: RunningCase, queries: Mapping[str, str] = MappingProxyType(_WRITTEN)
) -> tuple[Result, dict[str, int]]:
    """Let one caller do all that waits for it. Return what the phone saw, and the rows once every SMS is sent."""
    assert running.population
    caller, *_ = await running.population.add(running.case.plays, 1)
    caller = replace(caller, waiting=caller.waiting or ("one session",))
    async with open_watch(running.population.database_url, running.pids) as watch:
        before = {name: await watch.value(query) for name, query in queries.items()}
        result = await asyncio.to_thread(running.play, [caller], 30, 0)
        await watch.all_sent(with_transfers=running.case.has_rail)
        return result, {name: await watch.value(query) - before[name] for name, query in queries.items()}
