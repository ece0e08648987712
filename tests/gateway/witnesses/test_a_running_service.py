"""A service whose settings name a witness, a folder and an authority has its log witnessed without being asked."""

import asyncio
import time
from pathlib import Path

import orjson
from aiohttp.test_utils import TestServer

from contracts.proof.log.keys import COSIGNATURE, ED25519, verifier_key
from contracts.proof.log.policy import check_checkpoint, parse_policy
from contracts.proof.log.witnessing import logs_of
from gateway.simulator.calendar import CalendarSimulator
from gateway.simulator.timestamps import make_timestamp_simulator
from gateway.witness_service.cosigner import Cosigner
from gateway.witness_service.routes import make_witness
from storage.signing import Signer
from storage.witness_book import NAME, WitnessBook
from tests.door_server import DoorServer
from tests.service import LOG_KEY, open_service

ORIGIN = "gateway.example.org/log"


async def test_a_running_service_has_its_log_witnessed(database_url: str, redis_url: str, tmp_path: Path) -> None:
    book = WitnessBook.make(tmp_path / NAME, "union.example")
    log_key = verifier_key(ORIGIN, ED25519, Signer.from_text(LOG_KEY).public_key)
    witness = make_witness(Cosigner(book, logs_of([log_key]), lambda: int(time.time())))
    for name in ("folder", "tsa"):
        (tmp_path / name).mkdir()
    async with (
        DoorServer(witness) as server, TestServer(make_timestamp_simulator(tmp_path / "tsa")) as authority,
        TestServer(CalendarSimulator().app) as calendar,
    ):  # fmt: skip
        key = verifier_key("union.example", COSIGNATURE, book.signer.public_key).line
        policy = f"log {log_key.line}\nwitness union {key} {server.make_url('/')}\nquorum union\n".encode()
        (tmp_path / "policy").write_bytes(policy)
        async with open_service(
            database_url, redis_url, workers=2, webhook_base_url="https://gateway.example.org",
            witness_policy=tmp_path / "policy", witness_folder=tmp_path / "folder",
            timestamp_url=str(authority.make_url("/")), timestamp_roots=tmp_path / "tsa" / "root.pem",
            opentimestamps_calendars=str(calendar.make_url("/")),
        ) as service:  # fmt: skip
            async with asyncio.timeout(60):
                while len(await service.db.fetch("SELECT FROM log_timestamps")) < 2:  # noqa: ASYNC110 - jobs of a service
                    await asyncio.sleep(0.1)
            answer = await service.edge.request("GET", "/log/checkpoint", b"")
            found = check_checkpoint(parse_policy(policy), answer.body)
            assert found.has_quorum and list(found.cosigned) == ["union"]
            (file,) = (tmp_path / "folder").rglob("*.note")
            assert int(file.stem) == found.checkpoint.size
            health = orjson.loads((await service.edge.request("GET", "/health", b"")).body)
            assert (health["checks"]["witnesses"], health["checks"]["jobs"]["witnesses"]) == ("in time", "alive")
            assert health["checks"]["jobs"]["anchors"] == "alive"
            assert (await service.edge.request("GET", "/log/anchors", b"")).body == b"%d\n" % found.checkpoint.size
    book.close()
