"""Evidence files over REST: stored unchanged, each content once; only these bodies may have 5 MiB."""

import asyncio
import gzip
import hashlib
import io
import itertools
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from tests.gateway.contracts_by_rest import audit_actions, open_dispute, post_json
from tests.gateway.operator_client import BUYER, KEY, Operator, RestReply
from tests.service import audit_of

PHOTO = b"\xff\xd8\xff" + bytes(range(256)) * 40
MIB = 1024 * 1024


async def send_file(
    operator: Operator, dispute: dict[str, Any], content: bytes, name: str = "bags.jpg", media: str = "image/jpeg",
    **headers: str,
) -> RestReply:  # fmt: skip
    path = f"/v1/disputes/{dispute['id']}/files?name={name}"
    sent = {"Authorization": f"Bearer {KEY}", "Content-Type": media, **headers}
    async with operator.client.post(path, data=io.BytesIO(content), headers=sent) as answer:
        return RestReply(answer.status, answer.headers, await answer.read())


async def test_a_file_is_stored_and_returned_unchanged(operator: Operator) -> None:
    dispute = await open_dispute(operator)
    added = await send_file(operator, dispute, PHOTO, "mahindi%20mabovu%20%F0%9F%8C%BD.jpg")
    assert added.status == 201
    mark = hashlib.sha256(PHOTO).hexdigest()
    assert added.json == {
        "id": added.json["id"], "name": "mahindi mabovu 🌽.jpg", "media_type": "image/jpeg", "size": len(PHOTO),
        "sha256": mark, "added_at": "2026-07-01T12:00:00.000000Z",
    }  # fmt: skip
    assert (await operator.get(f"/v1/disputes/{dispute['id']}")).json["files"] == [added.json]
    found = await operator.get(added.headers["Location"])
    assert (found.status, found.body) == (200, PHOTO)
    assert found.headers["Content-Type"] == "image/jpeg"
    assert found.headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''mahindi%20mabovu")
    assert (found.headers["X-Content-Type-Options"], found.headers["Cache-Control"]) == ("nosniff", "no-store")
    assert (await audit_actions(operator, dispute["contract"]["id"]))[-1] == ("api", "dispute.file")


async def test_the_same_file_twice_is_one(operator: Operator) -> None:
    dispute = await open_dispute(operator)
    first, again = await send_file(operator, dispute, PHOTO), await send_file(operator, dispute, PHOTO, "other.jpg")
    assert (first.status, again.status, again.json) == (201, 200, first.json)
    at_once = await asyncio.gather(*(send_file(operator, dispute, b"another") for _ in range(6)))
    assert sorted(answer.status for answer in at_once) == [200] * 5 + [201]
    assert await operator.count("dispute_files") == 2
    assert [action for _, action in await audit_actions(operator, dispute["contract"]["id"])].count("dispute.file") == 2


async def test_files_at_once_leave_the_chain_whole(operator: Operator) -> None:
    dispute = await open_dispute(operator)
    answers = await asyncio.gather(*(send_file(operator, dispute, b"file %d" % n, f"{n}.txt") for n in range(12)))
    assert {answer.status for answer in answers} == {201}
    async with operator.services.records.pool.acquire() as db:
        entries = await db.fetch("SELECT seq, prev_hash, hash FROM audit_logs WHERE chain_id = $1 ORDER BY seq",
                                 dispute["contract"]["id"])  # fmt: skip
    assert [entry["seq"] for entry in entries] == list(range(1, len(entries) + 1))
    assert all(after["prev_hash"] == before["hash"] for before, after in itertools.pairwise(entries))


async def test_a_file_has_at_most_five_mib(operator: Operator) -> None:
    dispute = await open_dispute(operator)
    most = await send_file(operator, dispute, bytes(5 * MIB))
    assert most.json["size"] == len((await operator.get(most.headers["Location"])).body) == 5 * MIB
    over = await send_file(operator, dispute, bytes(5 * MIB + 1))
    assert (over.status, over.json["title"]) == (413, "A file should be at most 5 MiB.")
    bomb = await send_file(operator, dispute, gzip.compress(bytes(64 * MIB)), **{"Content-Encoding": "gzip"})
    assert bomb.status == 415
    elsewhere = await operator.ask(
        "POST", f"/v1/disputes/{dispute['id']}/appeal", bytes(65 * 1024), {"Content-Type": "application/json"}
    )  # fmt: skip
    assert elsewhere.status == 413, "64 KiB everywhere else"
    assert await operator.count("dispute_files") == 1


@pytest.mark.parametrize(
    ("name", "media", "content", "status", "field"),
    [
        pytest.param("", "image/png", b"x", 400, "name", id="no name"),
        pytest.param("x" * 201, "image/png", b"x", 400, "name", id="a name without end"),
        pytest.param("..%2Fetc%2Fpasswd", "image/png", b"x", 400, "name", id="a path"),
        pytest.param("a%0Db", "image/png", b"x", 400, "name", id="a control character"),
        pytest.param("a&name=b", "image/png", b"x", 400, "name", id="two names"),
        pytest.param("a&kind=b", "image/png", b"x", 400, "kind", id="a parameter not known"),
        pytest.param("a", "image/png", b"", 400, "body", id="nothing in it"),
    ],
)
async def test_a_file_that_is_refused(
    operator: Operator, name: str, media: str, content: bytes, status: int, field: str
) -> None:
    dispute = await open_dispute(operator)
    refused = await send_file(operator, dispute, content, name, media)
    assert (refused.status, refused.json["field"]) == (status, field)
    assert await operator.count("dispute_files") == 0


async def test_a_closed_dispute_takes_no_file(operator: Operator) -> None:
    dispute = await open_dispute(operator)
    path = f"/v1/disputes/{dispute['id']}"
    added = await send_file(operator, dispute, PHOTO)
    decision = {"decision": "complete", "reasons": "So it is"}
    await post_json(operator, f"{path}/decision", decision)
    await post_json(operator, f"{path}/appeal", {"by": BUYER, "words": "Not so"})
    assert (await send_file(operator, dispute, b"before the second decision")).status == 201
    await post_json(operator, f"{path}/decision", decision)
    refused = await send_file(operator, dispute, b"too late")
    assert (refused.status, refused.json["status"]) == (409, 409)
    assert (await operator.get(added.headers["Location"])).body == PHOTO
    for file in (str(uuid4()), "x"):
        assert (await operator.get(f"{path}/files/{file}")).status == 404


async def test_the_audit_names_the_hash_and_holds(operator: Operator) -> None:
    dispute = await open_dispute(operator)
    await send_file(operator, dispute, PHOTO)
    assert operator.services.settings.database_url
    db = await asyncpg.connect(operator.services.settings.database_url)
    try:
        assert (await audit_of(db, dispute["contract"]["id"]))[-1][1:] == ("api", "dispute.file")
        details = await db.fetchval("SELECT details ->> 'sha256' FROM audit_actions ORDER BY seq DESC LIMIT 1")
    finally:
        await db.close()
    assert details == hashlib.sha256(PHOTO).hexdigest()
