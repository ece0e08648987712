"""The files of a pack beside the signed words: of which moment it is, texts, files of disputes, log and witnesses."""

import asyncio
import hashlib
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import orjson
from aiohttp.test_utils import TestServer

from contracts.proof.log.inclusion_file import parse_inclusion_file, shows_inclusion
from contracts.proof.log.keys import COSIGNATURE, verifier_key
from contracts.proof.log.notes import SignatureLine, cosign_text, parse_note
from contracts.proof.log.policy import check_checkpoint, parse_policy
from contracts.proof.log.timestamps import load_roots
from contracts.proof.log.tree import leaf_hash
from gateway.background.witness_job import WitnessJob
from gateway.evidence.dispute_files import dispute_files
from gateway.evidence.pack_maker import PackMaker
from gateway.outgoing import open_client
from gateway.simulator.timestamps import make_timestamp_simulator
from gateway.witnesses.timestamp_authority import TimestampAuthority
from storage.signing import Signer
from tests.gateway.audit_record import LOG_SIGNER, ORIGIN, log_audit
from tests.gateway.contracts_by_rest import open_dispute
from tests.gateway.evidence.sealed_contract import sealed_pack
from tests.gateway.evidence_pack import check_by_hand, faults_in, fetch_pack, list_again, unpack
from tests.gateway.operator_client import BUYER, NOON, Operator
from tests.service import SIGNATURE_KEY
from values.frozen import replace

UNION = Signer.from_text("dGhlIHVuaW9uIHdhdGNoZXMgd2hhdCB3ZSBkbyEhISE=")
WITNESS = verifier_key("witness.union.example", COSIGNATURE, UNION.public_key)
LOG_LINE = verifier_key(ORIGIN, 1, LOG_SIGNER.public_key).line


def json_in(folder: Path, name: str) -> Any:
    return orjson.loads((folder / name).read_bytes())


async def test_a_pack_says_of_which_moment_it_is(operator: Operator, tmp_path: Path) -> None:
    folder = await sealed_pack(operator, tmp_path)
    pack, contract = json_in(folder, "pack.json"), json_in(folder, "contract.json")
    entries = sorted(folder.glob("audit/*.entry"))
    last = orjson.loads(entries[-1].read_bytes()[32:])
    assert pack["format"] == "voicepact-pack/2"
    assert (pack["reference"], pack["contract"]) == (contract["reference"], contract["id"])
    assert pack["last_step"] == {"seq": len(entries), "at": last["at"], "action": "contract.confirmed"}
    assert (pack["status"], pack["version"], pack["since"]) == ("CONFIRMED", last["after"]["version"], last["at"])
    assert pack["covered"] == len(entries) and pack["log"]["key"] == LOG_LINE
    assert pack["key"] == operator.services.signer.key_id and pack["software"].startswith("voicepact ")
    assert pack["ask"].endswith(f"/verify/{contract['reference']}")
    assert (pack["witnesses"], pack["timestamp"]) == ([], None)


async def test_each_text_has_its_story_and_no_number(operator: Operator, tmp_path: Path) -> None:
    folder = await sealed_pack(operator, tmp_path)
    told = json_in(folder, "messages.json")
    assert [message["kind"] for message in told if message["direction"] == "in"] == ["yes", "yes"]
    assert {message["status"] for message in told} == {"queued", "received"}
    for message in told:
        file = folder / message["file"]
        assert hashlib.sha256(file.read_bytes()).hexdigest() == message["sha256"]
    texts = [json_in(folder, message["file"])["text"] for message in told if message["kind"] == "confirmed"]
    assert len(texts) == 2 and all("KES" in text for text in texts)


async def test_a_text_that_is_not_there_has_a_reason(operator: Operator, tmp_path: Path) -> None:
    folder = await sealed_pack(operator, tmp_path / "before")
    pool = operator.services.records.pool
    first, second, third = [message["id"] for message in json_in(folder, "messages.json")][:3]
    await pool.execute("UPDATE sms_logs SET salt = NULL WHERE id = $1", first)
    await pool.execute("UPDATE sms_logs SET text = '', phone_id = NULL, wiped_at = now() WHERE id = $1", second)
    await pool.execute("DELETE FROM sms_logs WHERE id = $1", third)
    again = unpack(await fetch_pack(operator, folder.name[-8:]), tmp_path / "after")
    told = {message["id"]: message for message in json_in(again, "messages.json")}
    assert [(told[one]["file"], told[one]["no_file"]) for one in (first, second, third)] == [
        (None, "erased"), (None, "old"), (None, "old"),
    ]  # fmt: skip
    assert told[third]["kind"] == json_in(folder, "messages.json")[2]["kind"]
    assert faults_in(again) == []


async def test_the_files_of_a_dispute_are_there_unchanged(operator: Operator, tmp_path: Path) -> None:
    dispute = await open_dispute(operator)
    reference = dispute["contract"]["reference"]
    for name, content in (("bags.JPG", b"\xff\xd8\xff wet"), ("../evil.sh;x", b"#!/bin/sh")):
        await operator.services.disputes.add_file(
            dispute["id"], uuid4(), name=name, media_type="image/jpeg", content=content, now=NOON, most=50,
            operator="op",
        )  # fmt: skip
    folder = unpack(await fetch_pack(operator, reference), tmp_path)
    told = json_in(folder, "disputes.json")
    assert sorted(file["name"] for file in told) == ["../evil.sh;x", "bags.JPG"]
    for file in told:
        assert hashlib.sha256((folder / file["file"]).read_bytes()).hexdigest() == file["sha256"]
        assert file["file"] in (f"disputes/{file['id']}.jpg", f"disputes/{file['id']}.bin")
    assert faults_in(folder) == []
    rows = await operator.services.evidence.dispute_files([UUID(file["id"]) for file in told], most_octets=10)
    files, listed = dispute_files(rows)
    assert len(files) == 1 and [file["no_file"] for file in listed] == [None, "large"], "no room for the second"
    (folder / told[0]["file"]).write_bytes(b"another")
    assert any(told[0]["file"] in fault for fault in faults_in(folder))


async def test_the_log_its_witnesses_and_a_timestamp_are_there(operator: Operator, tmp_path: Path) -> None:
    """The witness cosigns the newest checkpoint; the authority has stamped one before the last step."""
    server = TestServer(make_timestamp_simulator(tmp_path))
    await server.start_server()
    rows = operator.services.evidence.log
    folder = await sealed_pack(operator, tmp_path / "before")
    reference, covered = folder.name[-8:], json_in(folder, "pack.json")["covered"]
    async with open_client(10.0) as http:
        roots = load_roots((tmp_path / "root.pem").read_bytes())
        authority = TimestampAuthority(f"http://127.0.0.1:{server.port}/", roots, http)
        await WitnessJob(rows, [], None, operator.services.now, authority).stamp()
    await server.close()
    await operator.sends_sms(BUYER, f"cancel {reference}")
    operator.services.now = lambda: NOON + timedelta(minutes=2)
    assert await log_audit(operator)
    newest = await rows.newest_checkpoint()
    assert newest
    text = newest["note"].partition(b"\n\n")[0] + b"\n"
    seen_at = int(datetime(2026, 7, 1, 12, 3, tzinfo=UTC).timestamp())
    line = cosign_text(text, WITNESS.name, UNION, seen_at).line
    await rows.save_cosignature(1, newest["size"], WITNESS.line, line, NOON)
    policy = f"log {LOG_LINE}\n# a note\nwitness union\t{WITNESS.line} https://w.example/\nquorum union\n".encode()
    (tmp_path / "policy").write_bytes(policy)

    services = operator.services
    settings = services.settings.model_copy(update={"witness_policy": tmp_path / "policy"})
    maker = PackMaker(settings, services.evidence, services.signer, services.codes.cost)
    row = (await operator.get(f"/v1/contracts/{reference}")).json
    folder = unpack(await maker.make(row["id"], "http://ask"), tmp_path / "after")

    pack, note = json_in(folder, "pack.json"), (folder / "checkpoint.note").read_bytes()
    assert pack["witnesses"] == [{"name": WITNESS.name, "at": "2026-07-01T12:03:00.000000Z"}]
    assert check_checkpoint(parse_policy((folder / "witnesses.txt").read_bytes()), note).has_quorum
    entries = sorted(folder.glob("audit/*.entry"))
    assert len(entries) == pack["covered"] > covered == pack["timestamp"]["covered"]
    for entry in entries:
        proof = parse_inclusion_file(entry.with_suffix(".tlog-proof").read_bytes())
        assert shows_inclusion(proof, leaf_hash(entry.read_bytes())) and proof.checkpoint == note
        other = replace(proof, index=proof.index ^ 1)
        assert not shows_inclusion(other, leaf_hash(entry.read_bytes()))
    said = check_by_hand(folder)
    assert faults_in(folder) == []
    (verdict,) = (line for line in said if line.startswith("WHOLE: "))
    assert verdict.endswith("in the log, seen by 1 witnesses: witness.union.example (2026-07-01 12:03 UTC)")
    assert "Verification: OK" in await asyncio.to_thread(verify_timestamp, folder, tmp_path / "root.pem")

    check_that_each_witness_counts_once(folder, tmp_path / "twice", Signer.from_text(SIGNATURE_KEY))

    stamp = folder / "timestamp.tlog-proof"
    stamp.write_bytes(stamp.read_bytes().replace(b"index ", b"index 1", 1))
    forged = cosign_text(b"another\n1\nAAAA\n", WITNESS.name, UNION, seen_at).line
    (folder / "checkpoint.note").write_bytes(note.replace(line.encode(), forged.encode()))
    faults = faults_in(folder)
    assert "BROKEN: timestamp.tlog-proof does not lead to timestamp.txt" in faults
    assert "BROKEN: checkpoint.note: the cosignature of witness.union.example is wrong" in faults


def check_that_each_witness_counts_once(whole: Path, folder: Path, signer: Signer) -> None:
    """A witness that signed twice counts once, and so does one key under two names. `folder`: to be made."""
    shutil.copytree(whole, folder)
    note, policy = (folder / "checkpoint.note").read_bytes(), (folder / "witnesses.txt").read_bytes()
    (signed,) = (each for each in parse_note(note).signatures if each.name == WITNESS.name)
    other = verifier_key("second.example", COSIGNATURE, UNION.public_key)
    twin = SignatureLine(other.name, other.key_id, signed.signature)
    again = cosign_text(parse_note(note).text, WITNESS.name, UNION, int(NOON.timestamp()))
    more = note + again.line.encode() + twin.line.encode()
    for file in (folder / "checkpoint.note", *folder.glob("audit/*.tlog-proof")):
        file.write_bytes(file.read_bytes().replace(note, more))
    list_again(folder, signer)
    (verdict,) = (each for each in check_by_hand(folder) if each.startswith("WHOLE: "))
    assert verdict.endswith("in the log, seen by 1 witnesses: witness.union.example (2026-07-01 12:03 UTC)")
    (folder / "witnesses.txt").write_bytes(f"witness second {other.line}\n".encode() + policy)
    list_again(folder, signer)
    assert "BROKEN: witnesses.txt has the key of union under two names" in faults_in(folder)


def verify_timestamp(folder: Path, roots: Path) -> str:
    """Return what openssl says, by the command that the README names."""
    openssl = ["openssl", "ts", "-verify", "-data", "timestamp.txt", "-in", "timestamp.tsr", "-CAfile", str(roots)]
    done = subprocess.run(openssl, cwd=folder, capture_output=True, check=False)  # noqa: S603 - our own arguments
    return (done.stdout + done.stderr).decode()
