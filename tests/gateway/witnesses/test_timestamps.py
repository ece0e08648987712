"""Timestamps on our checkpoints, by an authority that `openssl ts` is: asked, stored, and checked."""

import tempfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from cryptography.x509 import Certificate

from contracts.actions import Clock
from contracts.proof.log.checkpoints import read_checkpoint
from contracts.proof.log.keys import parse_key
from contracts.proof.log.timestamps import BadTimestamp, load_roots, read_timestamp, request_timestamp
from contracts.proof.verify import BrokenRecord
from gateway.background.witness_job import WitnessJob
from gateway.commands.audit_log import LogVerifier
from gateway.outgoing import open_client
from gateway.simulator.timestamps import make_timestamp_simulator
from gateway.witnesses.port import WitnessAwayError
from gateway.witnesses.timestamp_authority import TimestampAuthority
from tests.gateway.audit_record import log_audit
from tests.gateway.background.log_entries import write_entries
from tests.gateway.operator_client import NOON, Operator

TEXT = b"example.com/log\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"


class Authority:
    """An authority that runs, and its root."""

    def __init__(self, url: str, roots: list[Certificate], http: ClientSession) -> None:
        self.url, self.roots, self.http = url, roots, http

    @property
    def client(self) -> TimestampAuthority:
        return TimestampAuthority(self.url, self.roots, self.http)


@pytest_asyncio.fixture
async def authority(tmp_path: Path) -> AsyncIterator[Authority]:
    server = TestServer(make_timestamp_simulator(tmp_path))
    await server.start_server()
    async with open_client(10.0) as http:
        yield Authority(f"http://127.0.0.1:{server.port}/", load_roots((tmp_path / "root.pem").read_bytes()), http)
    await server.close()


def strangers_roots() -> list[Certificate]:
    folder = Path(tempfile.mkdtemp())
    make_timestamp_simulator(folder)
    return load_roots((folder / "root.pem").read_bytes())


async def test_a_timestamp_is_on_this_text_by_this_authority(authority: Authority) -> None:
    response, at = await authority.client.stamp(TEXT)
    assert abs(datetime.now(UTC) - at) < timedelta(minutes=5)
    assert read_timestamp(response, TEXT, authority.roots) == at
    with pytest.raises(BadTimestamp):
        read_timestamp(response, TEXT + b"\n", authority.roots)
    with pytest.raises(BadTimestamp):
        read_timestamp(response, TEXT, strangers_roots())
    with pytest.raises(BadTimestamp):  # an answer to another request, sent again
        read_timestamp(response, TEXT, authority.roots, request_timestamp(TEXT).nonce)


async def test_every_altered_byte_of_an_answer_is_seen(authority: Authority) -> None:
    response, at = await authority.client.stamp(TEXT)
    for place in range(0, len(response), 7):
        altered = bytearray(response)
        altered[place] ^= 1
        try:
            assert read_timestamp(bytes(altered), TEXT, authority.roots) == at  # in what no signature is over
        except BadTimestamp:
            continue


@pytest.mark.parametrize(("status", "body"), [(500, b""), (200, b""), (200, b"\x30\x03\x02\x01\x02")])
async def test_an_answer_that_is_none_is_asked_for_again(authority: Authority, status: int, body: bytes) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=status, body=body)

    app = web.Application()
    app.router.add_post("/", answer)
    async with TestServer(app) as server:
        client = TimestampAuthority(f"http://127.0.0.1:{server.port}/", authority.roots, authority.http)
        with pytest.raises(WitnessAwayError):
            await client.stamp(TEXT)


async def test_the_newest_checkpoint_is_stamped_once_an_hour(operator: Operator, authority: Authority) -> None:
    rows = operator.services.evidence.log
    job = WitnessJob(rows, [], None, clock_of(operator), authority.client)
    await job.stamp()  # nothing is signed yet
    for minutes in (0, 1, 59, 60, 61, 130):
        at(operator, minutes)
        await write_entries(operator, 1)
        assert await log_audit(operator)
        await job.stamp()
        await job.stamp()
    stamped = await rows.timestamps_after(1, 0, "", 100)
    assert [row["size"] for row in stamped] == [2, 5, 7]
    for row in stamped:
        assert read_timestamp(row["response"], read_checkpoint(row["note"])[0].text, authority.roots) == row["at"]


async def test_the_last_checkpoint_before_a_quiet_time_is_stamped_too(
    operator: Operator, authority: Authority
) -> None:  # fmt: skip
    rows = operator.services.evidence.log
    job = WitnessJob(rows, [], None, clock_of(operator), authority.client)
    for minutes, entries in ((0, 1), (30, 1), (60, 0), (300, 0)):
        at(operator, minutes)
        await write_entries(operator, entries)
        await log_audit(operator)
        await job.stamp()
    assert [row["size"] for row in await rows.timestamps_after(1, 0, "", 100)] == [2, 3]


def test_a_password_of_an_authority_is_neither_stored_nor_logged(authority: Authority) -> None:
    url = "https://gateway:secret@tsa.example.org/stamp?key=secret"
    assert TimestampAuthority(url, authority.roots, authority.http).name == "https://tsa.example.org/stamp"


@pytest.mark.parametrize(
    "altered", ["SET at = at - interval '1 day'", "SET response = set_byte(response, 300, 7)", "SET size = 3"]
)
async def test_an_altered_timestamp_is_named(operator: Operator, authority: Authority, altered: str) -> None:
    rows = operator.services.evidence.log
    job = WitnessJob(rows, [], None, operator.services.now, authority.client)
    for minutes in (0, 1):
        at(operator, minutes)
        await write_entries(operator, 1)
        assert await log_audit(operator)
        await job.stamp()
    assert await stamps(operator, authority) == 1
    async with operator.services.records.pool.acquire() as owner:
        await owner.execute("SET session_replication_role = replica")
        await owner.execute(f"UPDATE log_timestamps {altered}")
        await owner.execute("SET session_replication_role = origin")
    with pytest.raises(BrokenRecord, match="log_timestamps"):
        await stamps(operator, authority)


async def stamps(operator: Operator, authority: Authority) -> int:
    """Verify the log with the authority's root; return how many timestamps it has."""
    rows = operator.services.evidence.log
    keys = [parse_key(key) for key in await rows.keys()]
    log = LogVerifier(rows, keys, None, lambda: None, roots=authority.roots)
    await log.verify_all()
    return log.timestamps


def clock_of(operator: Operator) -> Clock:
    """The clock of the service, also after `at` has set another."""

    def now() -> datetime:
        return operator.services.now()

    return now


def at(operator: Operator, minutes: int) -> None:
    operator.services.now = lambda: NOON + timedelta(minutes=minutes)
