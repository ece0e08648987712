"""A person's export also has the files of their disputes, unchanged."""

import asyncio
import hashlib
import json
import random
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID

from contracts.fields.msisdn import Msisdn
from gateway.commands.subject import export_person
from gateway.commands.subject_files import zip_dispute_files
from storage.subjects import SubjectRows
from tests.gateway.commands.subjects import SOMEBODY, run_subject
from tests.gateway.two_contracts import AMINA, OTIENO, beans_body, call_rest
from tests.service import Service

CHEGE = "+254733000111"
MEBIBYTE = 1024 * 1024


async def open_dispute_with_files(service: Service, *files: tuple[str, str, bytes], buyer: str = AMINA) -> str:
    """Return the id of a dispute between `buyer` and Otieno that has these files."""
    body = beans_body("Nakuru")
    body["parties"][0] = {"msisdn": buyer, "role": "buyer"}
    reference = (await call_rest(service, "/v1/contracts", body))["reference"]
    for msisdn in (buyer, OTIENO):
        await service.phone(msisdn).sends_sms(f"YES {reference}")
    dispute: str = (await call_rest(service, "/v1/disputes", {"contract": reference, "words": "All wet."}))["id"]
    for name, media_type, content in files:
        path = f"/v1/disputes/{dispute}/files?name={quote(name)}"
        headers = {"Authorization": "Bearer an-api-key-of-a-test", "Content-Type": media_type}
        assert (await service.edge.request("POST", path, content, **headers)).status == 201
    return dispute


def files_of_disputes(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [file for dispute in document["disputes"] for file in dispute["files"] or ()]


async def test_files_of_disputes_are_in_a_zip_beside_the_document(service: Service, tmp_path: Path) -> None:
    given = [
        ("bags: 50%?.jpg", "image/jpeg", b"\xff\xd8 bags"), ("..", "text/plain", b"dots"),
        ("mahindi " * 24 + ".ogg", "audio/ogg", b"rain"),
    ]  # fmt: skip
    await open_dispute_with_files(service, *given)
    await open_dispute_with_files(service, ("of somebody else.txt", "text/plain", b"nobody's business"), buyer=CHEGE)
    document, beside = tmp_path / "amina.json", tmp_path / "amina.files.zip"
    words = ("export", AMINA, "--to", str(document), "--data-dir", str(tmp_path / "data"))
    said = await asyncio.to_thread(run_subject, service, *words)
    assert said.splitlines()[0] == f"written to {document}" and f"3 files of disputes in {beside}" in said
    assert document.stat().st_mode & 0o077 == beside.stat().st_mode & 0o077 == 0
    files = files_of_disputes(json.loads(document.read_text()))
    assert [(file["name"], file["media_type"]) for file in files] == [(name, type_) for name, type_, _ in given]
    with zipfile.ZipFile(beside) as pack:
        assert pack.namelist() == [file["in_zip"] for file in files]
        for file, (_, _, content) in zip(files, given, strict=True):
            assert pack.read(file["in_zip"]) == content and len(content) == file["octets"]
            assert hashlib.sha256(content).hexdigest() == file["sha256"]
        pack.extractall(tmp_path / "out")
    assert len([file for file in (tmp_path / "out").rglob("*") if file.is_file()]) == 3


async def test_without_files_no_zip_is_written(service: Service, tmp_path: Path) -> None:
    await service.phone(AMINA).sends_sms("HELP")
    words = ("export", AMINA, "--to", str(tmp_path / "amina.json"), "--data-dir", str(tmp_path / "data"))
    assert await asyncio.to_thread(run_subject, service, *words) == f"written to {tmp_path / 'amina.json'}\n"
    assert not (tmp_path / "amina.files.zip").exists()


async def test_one_file_at_a_time_is_in_memory(service: Service, tmp_path: Path) -> None:
    noise = random.Random(1)  # noqa: S311 - not for secrets
    dispute = await open_dispute_with_files(service)
    for n in range(10):
        await service.db.execute(
            "INSERT INTO dispute_files VALUES (gen_random_uuid(), $1, $2, 'image/jpeg', $3, sha256($3), now())",
            UUID(dispute), f"{n}.jpg", noise.randbytes(4 * MEBIBYTE),
        )  # fmt: skip
    whole = await export_person(service.db, Msisdn(AMINA), service.now(), SOMEBODY)
    tracemalloc.start()
    try:
        assert await zip_dispute_files(SubjectRows(service.db), whole, tmp_path / "files.zip") == 10
        assert tracemalloc.get_traced_memory()[1] < 20 * MEBIBYTE
    finally:
        tracemalloc.stop()
    assert (tmp_path / "files.zip").stat().st_size > 40 * MEBIBYTE
