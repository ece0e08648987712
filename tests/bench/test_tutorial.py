"""The tutorial that `make bench` compares the service with does the same work: the same phones, rows and SMS."""

import asyncio
from contextlib import ExitStack
from pathlib import Path

from bench.cases import CONFIRM, MO, TUTORIAL, TUTORIAL_MO
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
_WORK = {
    "confirm": {"contracts": 5, "signatures": 5, "signed confirmations": 5, "audit entries": 5, "SMS sent": 10},
    "messages": {"SMS in": 5, "SMS known": 5, "SMS sent": 1},
}


def test_the_tutorial_does_the_same_work(servers: ServerUrls, tmp_path: Path) -> None:
    """The same driver plays the same sessions on both, and accepts only replies of the same kind."""
    with ExitStack() as stack:
        port = stack.enter_context(run_provider(tmp_path))
        service, tutorial = (
            stack.enter_context(run_case(12 + number, case, 1, servers, port, tmp_path))
            for number, case in enumerate((CONFIRM, TUTORIAL))
        )
        for ours, theirs in ((CONFIRM, TUTORIAL), (MO, TUTORIAL_MO)):
            service.case, tutorial.case = ours, theirs
            (mine, my_work), (their, their_work) = (asyncio.run(_play_to_the_end(each)) for each in (service, tutorial))
            assert (mine.errors, their.errors) == (0, 0), (mine.wrong, their.wrong)
            assert mine.all_hops == their.all_hops
            assert my_work == their_work
            assert my_work | _WORK[ours.plays] == my_work
    assert service.row_versions and tutorial.row_versions, "counted when the process has ended"
    assert tutorial.row_versions > 5, "at least what is written once for each of five confirmations and five texts"


async def _play_to_the_end(running: RunningCase) -> tuple[Result, dict[str, int]]:
    """Let one caller do all that waits for it. Return what the phone saw, and the rows once every SMS is sent."""
    assert running.population
    caller, *_ = await running.population.add(running.case.plays, 1)
    async with open_watch(running.population.database_url, running.pids) as watch:
        before = {name: await watch.value(query) for name, query in _WRITTEN.items()}
        result = await asyncio.to_thread(running.play, [caller], 30, 0)
        await watch.all_sent()
        return result, {name: await watch.value(query) - before[name] for name, query in _WRITTEN.items()}
