"""Our checkpoints anchored by a calendar of OpenTimestamps: sent, completed once there is a block, and checked."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest
import pytest_asyncio
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from contracts.actions import Clock
from contracts.proof.log.anchors import Anchor, anchors_in
from contracts.proof.log.opentimestamps import ends_of, read_ots_file
from contracts.proof.verify import BrokenRecord
from gateway.background import anchor_job
from gateway.background.anchor_job import AnchorJob
from gateway.outgoing import open_client
from gateway.simulator.calendar import CalendarSimulator
from gateway.witnesses.calendar import Calendar
from gateway.witnesses.port import WitnessAwayError
from tests.gateway.audit_record import log_audit, verify_record
from tests.gateway.background.log_entries import write_entries
from tests.gateway.operator_client import NOON, Operator

DIGEST = bytes(range(32))


class Sky:
    """A calendar that runs."""

    def __init__(self, simulator: CalendarSimulator, url: str, http: ClientSession) -> None:
        self.simulator, self.url, self.http = simulator, url, http

    def job(self, operator: Operator) -> AnchorJob:
        """The job of a new process."""

        def now() -> datetime:
            return operator.services.now()

        clock: Clock = now
        return AnchorJob(operator.services.evidence.log, [Calendar(self.url, self.http)], clock)


@pytest_asyncio.fixture
async def sky() -> AsyncIterator[Sky]:
    simulator = CalendarSimulator()
    async with TestServer(simulator.app) as server, open_client(5.0) as http:
        yield Sky(simulator, f"http://127.0.0.1:{server.port}", http)


def at(operator: Operator, minutes: int) -> None:
    operator.services.now = lambda: NOON + timedelta(minutes=minutes)


async def sign(operator: Operator, minutes: int, entries: int = 1) -> None:
    at(operator, minutes)
    await write_entries(operator, entries)
    await log_audit(operator)


async def test_a_checkpoint_is_anchored_once_an_hour_in_which_something_happened(operator: Operator, sky: Sky) -> None:
    job = sky.job(operator)
    await job.send()  # nothing is signed yet
    for minutes, entries in ((0, 1), (1, 1), (59, 0), (60, 0), (61, 1), (200, 0), (400, 0)):
        await sign(operator, minutes, entries)
        await job.send()
        await job.send()
    rows = operator.services.evidence.log
    assert await rows.anchored_sizes(1, 10) == [4, 3, 2]
    assert len(sky.simulator.sent) == 3
    assert (await operator.get("/log/anchors")).body == b"4\n3\n2\n"


async def test_a_promise_becomes_a_proof_that_leads_to_a_block(
    operator: Operator, sky: Sky, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(anchor_job, "_AGAIN_SECONDS", 0.0)
    job = sky.job(operator)
    await sign(operator, 0)
    await job.send()
    await job.complete()  # no block yet
    counts = await verify_record(operator)
    assert (counts.anchors, counts.newest_anchor, counts.timestamps, counts.unchecked_timestamps) == (0, None, 0, 0)
    before = (await operator.get("/log/anchors/2.ots")).body
    sky.simulator.mine(912_345)
    await job.complete()
    await job.complete()  # it is complete, and not asked for again
    text = (await operator.get("/log/anchors/2.txt")).body
    assert text == (await operator.get("/log/checkpoint")).body.partition(b"\n\n")[0] + b"\n"
    digest, proof = read_ots_file((await operator.get("/log/anchors/2.ots")).body)
    (root,) = sky.simulator.roots[912_345]
    assert (sky.simulator.sent, anchors_in(proof, digest)) == ([digest], [Anchor(912_345, root)])
    assert [end.uri for end, _ in ends_of(read_ots_file(before)[1], digest)] == ["https://calendar.example"]
    counts = await verify_record(operator)
    assert (counts.anchors, counts.newest_anchor) == (1, (2, Anchor(912_345, root)))
    for path in ("3.ots", "0.ots", "02.ots", "2.tsr", "2"):
        assert (await operator.get(f"/log/anchors/{path}")).status == 404, path


@pytest.mark.parametrize(
    "altered",
    [
        "SET response = set_byte(response, 3, 7) WHERE authority LIKE '%/digest'",
        "SET response = set_byte(response, 0, 48) WHERE authority LIKE '%/digest'",
        "SET response = set_byte(response, 0, 7)",
        "SET size = 3",
        "SET authority = authority || '00' WHERE authority LIKE '%/timestamp/%'",
        "SET authority = replace(authority, '/digest', '/x') WHERE authority LIKE '%/digest'",
    ],
)
async def test_an_altered_answer_is_named(operator: Operator, sky: Sky, altered: str) -> None:
    job = sky.job(operator)
    await sign(operator, 0)
    await job.send()
    sky.simulator.mine(7)
    await job.complete()
    await sign(operator, 1)
    assert (await verify_record(operator)).anchors == 1
    async with operator.services.records.pool.acquire() as owner:
        await owner.execute("SET session_replication_role = replica")
        await owner.execute(f"UPDATE log_timestamps {altered}")
        await owner.execute("SET session_replication_role = origin")
    with pytest.raises(BrokenRecord, match="log_timestamps"):
        await verify_record(operator)


@pytest.mark.parametrize(
    ("status", "body", "why"),
    [
        (500, b"", "answers 500"),
        (302, b"", "answers 302"),
        (404, b"", "answers 404"),
        (200, b"", "no proof"),
        (200, b"<html>", "no proof"),
        (200, b"\x08" * 100_000, "no proof"),
        (200, b"\x00" + bytes(8) + b"\x00", "promises nothing"),
    ],
)
async def test_an_answer_that_is_no_proof_is_asked_for_again(sky: Sky, status: int, body: bytes, why: str) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=status, body=body, headers={"Location": f"{sky.url}/digest"})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    async with TestServer(app) as server:
        calendar = Calendar(f"http://127.0.0.1:{server.port}", sky.http)
        with pytest.raises(WitnessAwayError, match=why):
            await calendar.send(DIGEST)
        if status == 404:
            assert await calendar.complete(DIGEST) is None
        elif why != "promises nothing":
            with pytest.raises(WitnessAwayError, match=why):
                await calendar.complete(DIGEST)


async def test_a_calendar_that_is_away_stops_nothing(operator: Operator, sky: Sky) -> None:
    job = AnchorJob(
        operator.services.evidence.log, [Calendar("http://127.0.0.1:1", sky.http), Calendar(sky.url, sky.http)],
        operator.services.now,
    )  # fmt: skip
    await sign(operator, 0)
    await job.send()
    await job.complete()
    assert len(sky.simulator.sent) == 1


def test_a_password_of_a_calendar_is_neither_stored_nor_logged(sky: Sky) -> None:
    assert Calendar("https://me:secret@c.example.org/ots/?k=secret", sky.http).name == "https://c.example.org/ots"
