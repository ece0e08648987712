"""The witness over HTTP, as c2sp.org/tlog-witness has it."""

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestClient
from yarl import URL

from contracts.proof.log.checkpoints import add_signatures, open_checkpoint
from contracts.proof.log.keys import COSIGNATURE, ED25519, parse_key, verifier_key
from contracts.proof.log.notes import parse_signatures
from contracts.proof.log.witnessing import logs_of
from gateway.witness_service.cosigner import Cosigner
from gateway.witness_service.routes import make_witness
from storage.witness_book import NAME, WitnessBook
from tests.contracts.proof.log import known_notes as known
from tests.door_server import DoorServer
from tests.gateway.witness_service.forked_logs import LOG_KEY, ORIGIN, STRANGER, History, history

HONEST, FORKED = history((), 300), history((7,), 300)
UNKNOWN = History(HONEST.leaves, "unknown.example/log")
NOW = 1_800_000_000
Client = TestClient[web.Request, web.Application]


@pytest_asyncio.fixture
async def client(tmp_path: Path) -> AsyncIterator[Client]:
    """A client of a witness that has cosigned 10 leaves, of the log ORIGIN."""
    book = WitnessBook.make(tmp_path / NAME, "witness.example/w")
    other = verifier_key("other.example", ED25519, STRANGER.public_key)
    cosigner = Cosigner(book, logs_of([LOG_KEY, other]), lambda: NOW)
    async with TestClient(DoorServer(make_witness(cosigner))) as client:
        assert (await client.post("/add-checkpoint", data=HONEST.body(0, 10))).status == 200
        yield client
    book.close()


async def test_the_answer_is_a_cosignature_on_the_checkpoint(client: Client) -> None:
    key_line = (await (await client.get("/")).text()).strip()
    answer = await client.post("/add-checkpoint", data=HONEST.body(10, 300))
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/plain; charset=utf-8")
    line = await answer.read()
    (signature,) = parse_signatures(line)
    assert line.endswith(b"\n") and line.startswith("— witness.example/w ".encode())
    note = add_signatures(HONEST.note(300), [signature])
    key = parse_key(key_line)
    checkpoint, (verified,) = open_checkpoint(note, [key])
    assert (checkpoint.size, verified.timestamp, key.kind) == (300, NOW, COSIGNATURE)
    latest = await client.get(URL(f"/{quote(ORIGIN, safe='')}/checkpoint", encoded=True))
    assert (latest.status, await latest.read()) == (200, note)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param(b"", 400, id="nothing"),
        pytest.param(b"\xff\xfe", 400, id="no text"),
        pytest.param(b"old 10\n\n", 400, id="no note"),
        pytest.param(HONEST.body(10, 20).replace(b"old 10", b"old 010"), 400, id="a zero before the size"),
        pytest.param(HONEST.body(10, 20).replace(b"old 10", b"old -1"), 400, id="a size below 0"),
        pytest.param(HONEST.body(10, 20).replace(b"old ", b"size "), 400, id="another word"),
        pytest.param(HONEST.body(10, 20).replace(b"\n", b"\r\n"), 400, id="other newlines"),
        pytest.param(HONEST.body(10, 20, proof=(bytes(32),) * 64), 400, id="64 hashes"),
        pytest.param(HONEST.body(20, 20).replace(b"old 20", b"old 21"), 400, id="an old size above the size"),
        pytest.param(b"old 20852014\n\n" + known.SOFA, 404, id="a log of others"),
        pytest.param(UNKNOWN.body(10, 20), 404, id="a name that is not known"),
        pytest.param(HONEST.body(10, 20, signer=STRANGER), 403, id="signed by a stranger"),
        pytest.param(HONEST.body(10, 20).replace(b"\n20\n", b"\n21\n"), 403, id="altered after it was signed"),
        pytest.param(HONEST.body(10, 20, proof=()), 422, id="no proof"),
        pytest.param(HONEST.body(10, 20, proof=HONEST.proof(9, 20)), 422, id="the proof from another size"),
        pytest.param(FORKED.body(10, 20), 422, id="another history"),
        pytest.param(HONEST.body(10, 10, proof=(bytes(32),)), 422, id="a proof where none is needed"),
    ],
)
async def test_a_request_is_refused(client: Client, body: bytes, status: int) -> None:
    answer = await client.post("/add-checkpoint", data=body)
    assert (answer.status, answer.headers["Content-Type"]) == (status, "text/plain; charset=utf-8")
    assert len((await answer.text()).splitlines()) == 1
    assert (await client.post("/add-checkpoint", data=HONEST.body(10, 20))).status == 200


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(HONEST.body(0, 20), id="from nothing"),
        pytest.param(HONEST.body(9, 20), id="from an older size"),
        pytest.param(HONEST.body(11, 20), id="from a size that it does not have"),
        pytest.param(HONEST.body(9, 9), id="an older checkpoint"),
        pytest.param(FORKED.body(10, 10), id="another root of the same size"),
        pytest.param(HONEST.body(0, 0), id="no leaf"),
    ],
)
async def test_the_latest_size_is_told(client: Client, body: bytes) -> None:
    answer = await client.post("/add-checkpoint", data=body)
    assert (answer.status, answer.headers["Content-Type"], await answer.read()) == (409, "text/x.tlog.size", b"10\n")


async def test_what_is_too_long_or_packed_is_refused(client: Client) -> None:
    assert (await client.post("/add-checkpoint", data=b"x" * 70_000)).status == 413
    packed = await client.post("/add-checkpoint", data=b"x", headers={"Content-Encoding": "gzip"})
    assert packed.status == 415
    assert (await client.get("/add-checkpoint")).status == 405
    for path in ("/nobody/checkpoint", "/%ff/checkpoint", "/x"):
        assert (await client.get(URL(path, encoded=True))).status == 404


async def test_a_log_without_any_leaf_is_cosigned(client: Client) -> None:
    empty = History([], "other.example")
    assert (await client.post("/add-checkpoint", data=empty.body(0, 0, signer=STRANGER))).status == 200
    grown = History(HONEST.leaves, "other.example")
    assert (await client.post("/add-checkpoint", data=grown.body(0, 5, signer=STRANGER))).status == 200
