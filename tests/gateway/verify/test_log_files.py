"""The public files of the log: anybody can follow it with the tools of C2SP, and learns nothing but hashes."""

import asyncio

from contracts.proof.log.checkpoints import open_checkpoint
from contracts.proof.log.keys import ED25519, verifier_key
from contracts.proof.log.tiles import Tile, inclusion_proof, root_from_tiles, tile_path, tile_width
from contracts.proof.log.tree import is_included
from gateway.limits.table import PUBLIC_FILES
from storage.signing import Signer
from tests.gateway.audit_record import LOG_SIGNER, ORIGIN, log_audit, log_job, take_all
from tests.gateway.background.log_entries import write_entries
from tests.gateway.operator_client import Operator, RestReply
from tests.service import LOG_KEY, open_service

KEY = verifier_key(ORIGIN, ED25519, LOG_SIGNER.public_key)


async def ask(operator: Operator, path: str) -> RestReply:
    return await operator.ask("GET", path, headers={"Authorization": ""})


async def test_whoever_has_the_key_s_name_can_follow_the_log(operator: Operator) -> None:
    await write_entries(operator, 300)
    await log_audit(operator)
    answer = await ask(operator, "/log/checkpoint")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/plain; charset=utf-8")
    checkpoint, verified = open_checkpoint(answer.body, [KEY])
    assert (checkpoint.origin, checkpoint.size, len(verified)) == (ORIGIN, 301, 1)
    fetched = {}
    for tile in (Tile(0, 0), Tile(0, 1), Tile(1, 0)):
        width = tile_width(tile, checkpoint.size)
        part = await ask(operator, f"/log/{tile_path(tile, width)}")
        assert (part.status, part.headers["Content-Type"]) == (200, "application/octet-stream")
        assert "immutable" in part.headers["Cache-Control"] and len(part.body) == width * 32
        fetched[tile] = part.body
    assert root_from_tiles(301, fetched.__getitem__) == checkpoint.root
    entries = await operator.services.evidence.log.entries_in_order(0, 0, 300)
    proof = inclusion_proof(300, 301, fetched.__getitem__)
    assert is_included(entries[-1]["leaf"], 300, 301, proof, checkpoint.root)


async def test_only_what_a_checkpoint_covers_is_published(operator: Operator) -> None:
    assert (await ask(operator, "/log/checkpoint")).status == 404
    assert (await ask(operator, "/log/tile/0/000.p/1")).status == 404
    await write_entries(operator, 3)
    await log_audit(operator)
    await write_entries(operator, 3)
    await take_all(log_job(operator), operator.services.evidence.log)
    assert (await ask(operator, "/log/tile/0/000.p/2")).status == 200  # of a checkpoint there might have been
    assert (await ask(operator, "/log/tile/0/000.p/4")).status == 200
    for path in (
        "0/000.p/5",
        "0/000",
        "0/001.p/1",
        "1/000.p/1",
        "0/0",
        "64/000",
        "entries/000",
        "0/000.p/4/",
        "0/٠٠٠",
        f"0/{'x111/' * 1500}111",
    ):
        assert (await ask(operator, f"/log/tile/{path}")).status == 404, path
    for path in ("2/checkpoint", "2/tile/0/000.p/1", "0/checkpoint", "01/checkpoint", "tile/"):
        assert (await ask(operator, f"/log/{path}")).status == 404, path


async def test_one_address_may_not_ask_without_end(operator: Operator) -> None:
    answers = [(await ask(operator, "/log/tile/0/0")).status for _ in range(PUBLIC_FILES.most + 1)]
    assert answers == [404] * PUBLIC_FILES.most + [429]


async def test_a_running_service_enters_and_signs_by_itself(database_url: str, redis_url: str) -> None:
    async with open_service(database_url, redis_url, webhook_base_url="https://gateway.example.org") as service:
        assert service.settings.log_name == "gateway.example.org/log"
        key = verifier_key("gateway.example.org/log", ED25519, Signer.from_text(LOG_KEY).public_key)
        async with asyncio.timeout(30):
            while (answer := await service.edge.request("GET", "/log/checkpoint", b"")).status != 200:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
    checkpoint, _ = open_checkpoint(answer.body, [key])
    assert checkpoint.size >= 1
