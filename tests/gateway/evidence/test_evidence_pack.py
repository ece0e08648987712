"""The evidence pack: whoever types the commands of its README finds every bit that was changed."""

import hashlib
import io
import os
import re
import zipfile
import zlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest

from contracts.proof.canonical import canonical_json
from gateway.evidence import read_record
from gateway.evidence.paper_sections import Fact, Remark, sections
from tests.gateway.audit_record import log_audit
from tests.gateway.evidence_pack import commands_in, fetch_pack, run_commands, unpack
from tests.gateway.operator_client import BUYER, NOON, SELLER, Operator, contract_body
from tests.gateway.signed_contract import SIGNED_ANSWERS, make_signed_contract

EVERY_BIT = bool(os.environ.get("VOICEPACT_EVERY_BIT"))  # flip four bits of each file of a pack, not one
NAMES = re.compile(r"(?<=BROKEN: ).*|.*(?=: FAILED)", re.MULTILINE)


async def make_sealed_contract(operator: Operator, **changed: Any) -> str:
    """Return the reference of a confirmed contract that a checkpoint covers; two other contracts are beside it."""
    for product in ("beans", "white maize", "rice"):
        reference = str((await operator.post(contract_body(terms__product=product, **changed))).json["reference"])
        if product == "white maize":
            wanted = reference
        for msisdn in (BUYER, SELLER):
            await operator.sends_sms(msisdn, f"yes {reference}")
    await log_audit(operator)
    return wanted


def flip_bits(file: Path, only: int | None = None) -> Iterator[int]:
    """Flip one bit of the file: in turn at its beginning, twice in its middle, at its end. Then restore it. `only`: at
    one of these places, counted on and on."""
    whole = file.read_bytes()
    places = [0, len(whole) // 3, len(whole) // 2, len(whole) - 1]
    for at in sorted(set(places if only is None else [places[only % 4]])):
        broken = bytearray(whole)
        broken[at] ^= 1 << (at % 8)
        file.write_bytes(broken)
        yield at
    file.write_bytes(whole)


async def test_the_commands_find_an_unchanged_pack_whole(operator: Operator, tmp_path: Path) -> None:
    folder = unpack(await fetch_pack(operator, await make_sealed_contract(operator)), tmp_path)
    said = run_commands(commands_in(folder / "README.txt"), folder)
    assert set(said.splitlines()) == {"Signature Verified Successfully"}


async def test_the_commands_name_the_file_of_every_flipped_bit(operator: Operator, tmp_path: Path) -> None:
    folder = unpack(await fetch_pack(operator, await make_sealed_contract(operator)), tmp_path)
    steps = commands_in(folder / "README.txt")
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    assert len(files) > 20
    for number, file in enumerate(files):
        name = str(file.relative_to(folder))
        for at in flip_bits(file, None if EVERY_BIT else number):
            said = run_commands(steps, folder)
            assert any(name in line for line in NAMES.findall(said)), (name, at, said)


async def test_every_signed_answer_is_in_the_pack_and_a_flipped_bit_of_it_is_named(
    operator: Operator, tmp_path: Path
) -> None:
    """The pack has every signed answer: yes, no, delivered, received, a problem, a decision, an appeal.

    One bit of every second file of them is flipped; of every one if VOICEPACT_EVERY_BIT is set."""
    reference = await make_signed_contract(operator)
    await log_audit(operator)
    folder = unpack(await fetch_pack(operator, reference), tmp_path)
    words = [orjson.loads(file.read_bytes()) for file in sorted(folder.glob("confirmations/???.json"))]
    assert sorted(word["answer"] for word in words) == sorted(SIGNED_ANSWERS)
    assert len(list(folder.glob("confirmations/*.sig"))) == len(SIGNED_ANSWERS)
    steps = commands_in(folder / "README.txt")
    assert set(run_commands(steps, folder).splitlines()) == {"Signature Verified Successfully"}
    for file in sorted(folder.glob("confirmations/*"))[:: 1 if EVERY_BIT else 2]:
        whole, name = file.read_bytes(), str(file.relative_to(folder))
        broken = bytearray(whole)
        broken[len(whole) // 2] ^= 4
        file.write_bytes(broken)
        said = run_commands(steps, folder)
        assert any(name in line for line in NAMES.findall(said)), (name, said)
        file.write_bytes(whole)


async def test_a_statement_names_the_contract_version_and_the_quantity(operator: Operator, tmp_path: Path) -> None:
    reference = await make_signed_contract(operator)
    folder = unpack(await fetch_pack(operator, reference), tmp_path)
    words = [orjson.loads(file.read_bytes()) for file in sorted(folder.glob("confirmations/???.json"))]
    forms = {hashlib.sha256(file.read_bytes()).hexdigest(): file.name for file in folder.glob("forms/*.json")}
    signed = sorted((word for word in words if word["format"] == "voicepact-act/1"), key=lambda word: word["version"])
    acts = {word["answer"]: word for word in signed}  # the last decision of two
    assert acts["delivered"]["details"] == {"quantity": "40"} and acts["received_part"]["details"]["quantity"] == "12.5"
    assert {forms[word["contract"]["sha256"]] for word in acts.values()} == {"terms-002.json"}, "the terms in force"
    assert len({word["version"] for word in signed}) == len(signed) == 6, "one to a move"
    phone = acts["received_part"]
    assert (phone["channel"], phone["language"], phone["menu_version"], phone["network_code"]) == (
        "ussd", "sw", "menus 1", "63902",
    )  # fmt: skip
    decided = acts["decide"]
    assert (decided["party"], decided["channel"], decided["details"]["decision"]) == (None, "api", "split")
    assert decided["details"]["split_minor"] == 7_000_000
    shown = [orjson.loads(file.read_bytes()) for file in folder.glob("confirmations/*.shown.json")]
    assert {one["words"] for one in shown if "words" in one} == {
        "The rest was wet, says Amina.", "It rained on Amina's lorry.", "Amina is right", "Both are",
    }  # fmt: skip


async def test_the_pdf_lists_the_answers_with_time_and_channel(operator: Operator) -> None:
    row = (await operator.get(f"/v1/contracts/{await make_signed_contract(operator)}")).json
    lines = sections(await read_record(operator.services.evidence, UUID(row["id"])), operator.services.settings.zone)
    facts = [line for line in lines if isinstance(line, Fact)]
    said = [fact.text.replace("\xa0", " ") for fact in facts if fact.label == "01 Jul 2026 15:00"]
    assert "Times are Africa/Nairobi (UTC+3)" in [line.text for line in lines if isinstance(line, Remark)]
    assert any(text.startswith("Said yes to the request  ·  ") for text in said)
    assert "Decision of the mediator  ·  the operator" in said
    assert not [text for text in said if re.match("(Contract|Proposal|Dispute|Delivery|Time|Party) ", text)]
    assert "seller +254711000002: delivered all, 40 bags  ·  USSD, Swahili" in said
    assert "buyer Amina: received a part, 12.5 bags  ·  USSD, Swahili" in said
    assert "buyer Amina: reported a problem  ·  USSD, Swahili" in said
    assert "seller +254711000002: appealed  ·  USSD, Swahili" in said
    assert "the operator: decided: cancel  ·  the operator's program" in said
    assert "the operator: decided: split, KES 70,000 for the seller  ·  the operator's program" in said


async def test_a_flipped_bit_of_the_zip_is_found_or_changes_no_evidence(operator: Operator, tmp_path: Path) -> None:
    """What unpacks without an error is what was packed; everything else in a zip is names and times."""
    pack = await fetch_pack(operator, await make_sealed_contract(operator))
    with zipfile.ZipFile(io.BytesIO(pack)) as files:
        packed = {name: files.read(name) for name in files.namelist()}
    for at in range(0, len(pack), max(1, len(pack) // 500)):
        broken = bytearray(pack)
        broken[at] ^= 1 << (at % 8)
        try:
            with zipfile.ZipFile(io.BytesIO(bytes(broken))) as files:
                unpacked_now = {name: files.read(name) for name in files.namelist()}
        except (zipfile.BadZipFile, zlib.error, NotImplementedError, ValueError, EOFError, RuntimeError, OSError):
            continue
        lost = [name for name, text in packed.items() if unpacked_now.get(name) != text]
        assert not [name for name in lost if name in unpacked_now], at  # another name: SHA256SUMS misses the file


@pytest.mark.parametrize(
    "name", ["confirmations/001.json", "confirmations/001.shown.json", "people/*", "audit/0002.entry", "contract.json"]
)
async def test_a_pack_forged_with_new_hashes_is_found(operator: Operator, tmp_path: Path, name: str) -> None:
    """Even without the list of hashes, the signatures, the chain and the hashes in them show it."""
    folder = unpack(await fetch_pack(operator, await make_sealed_contract(operator)), tmp_path)
    every = commands_in(folder / "README.txt")
    steps = every.split("for k in keys", 1)[1]
    helpers = "\n".join(re.findall(r"^ {4}(?:signed|sha)\(\).*$", every, re.MULTILINE))
    (file, *_) = sorted(folder.glob(name))
    for at in flip_bits(file):
        said = run_commands(f"{helpers}\nfor k in keys{steps}", folder)
        assert "BROKEN: " in said, (name, at)
        assert file.name.partition(".")[0] in said


async def test_the_same_record_gives_the_same_pack(operator: Operator) -> None:
    reference = await make_sealed_contract(operator)
    first = await fetch_pack(operator, reference)
    operator.services.now = lambda: NOON + timedelta(days=1)
    assert await fetch_pack(operator, reference) == first


async def test_signed_statements_hold_no_name_or_number(operator: Operator, tmp_path: Path) -> None:
    folder = unpack(await fetch_pack(operator, await make_sealed_contract(operator)), tmp_path)
    people = {"README.txt", "contract.pdf"}
    for file in folder.rglob("*"):
        name = str(file.relative_to(folder))
        if file.is_file() and name not in people and "people/" not in name and ".shown." not in name:
            assert not re.search(rb"711000001|711000002|Amina", file.read_bytes()), name
    assert b"+254711000001" in b"".join(file.read_bytes() for file in folder.glob("people/*.json"))


async def test_the_pack_shows_what_happened(operator: Operator, tmp_path: Path) -> None:
    reference = await make_sealed_contract(operator)
    folder = unpack(await fetch_pack(operator, reference), tmp_path)
    contract = orjson.loads((folder / "contract.json").read_bytes())
    assert canonical_json(contract) == (folder / "contract.json").read_bytes()
    assert (contract["reference"], contract["terms"]["product"]) == (reference, "white maize")
    assert {party["role"] for party in contract["parties"]} == {"buyer", "seller"}
    words = [orjson.loads(file.read_bytes()) for file in sorted(folder.glob("confirmations/???.json"))]
    assert [(word["answer"], word["channel"]) for word in words] == [("confirm", "sms")] * 2
    shown = [orjson.loads(file.read_bytes()) for file in sorted(folder.glob("confirmations/*.shown.json"))]
    assert all(reference in text for one in shown for text in one["texts"][:1])
    assert (folder / "contract.pdf").read_bytes().startswith(b"%PDF-")


async def test_a_contract_nobody_answered_has_a_pack_too(operator: Operator, tmp_path: Path) -> None:
    reference = (await operator.post(contract_body())).json["reference"]
    folder = unpack(await fetch_pack(operator, reference), tmp_path)
    assert "No checkpoint was signed" in (folder / "README.txt").read_text()
    assert set(run_commands(commands_in(folder / "README.txt"), folder).splitlines()) == {
        "Signature Verified Successfully"
    }


async def test_a_contract_from_before_forms_were_kept_has_a_pack_too(operator: Operator, tmp_path: Path) -> None:
    reference = (await operator.post(contract_body())).json["reference"]
    pool = operator.services.records.pool
    async with pool.acquire() as owner, owner.transaction():
        await owner.execute("SET LOCAL session_replication_role = replica; DELETE FROM contract_forms")
    folder = unpack(await fetch_pack(operator, reference), tmp_path)
    assert set(run_commands(commands_in(folder / "README.txt"), folder).splitlines()) == {
        "Signature Verified Successfully"
    }


async def test_a_pack_verifies_after_a_person_was_erased(operator: Operator, tmp_path: Path) -> None:
    reference = await make_sealed_contract(operator)
    pool = operator.services.records.pool
    seller = await pool.fetchval("SELECT id FROM phones WHERE msisdn = $1", SELLER)
    await pool.execute("UPDATE contract_parties SET salt = NULL, name = NULL WHERE phone_id = $1", seller)
    await pool.execute("DELETE FROM confirmation_texts")
    folder = unpack(await fetch_pack(operator, reference), tmp_path)
    assert [file.stem for file in folder.glob("people/*")] != [] and not (folder / f"people/{seller}.json").exists()
    assert set(run_commands(commands_in(folder / "README.txt"), folder).splitlines()) == {
        "Signature Verified Successfully"
    }


@pytest.mark.parametrize("path", ["/v1/contracts/40718353/evidence", f"/v1/contracts/{UUID(int=1)}/evidence"])
async def test_a_pack_needs_the_key_and_an_existing_contract(operator: Operator, path: str) -> None:
    assert (await operator.get(path)).status == 404
    assert (await operator.ask("GET", path, headers={"Authorization": ""})).status == 401


@pytest.mark.parametrize("name", ["Host", "X-Forwarded-Host", "Forwarded", "X-Original-Host", "X-Forwarded-Server"])
async def test_a_host_header_does_not_come_into_a_pack(operator: Operator, name: str) -> None:
    """What the other side writes there would be printed on the paper, and in its QR code."""
    reference = await make_sealed_contract(operator)
    plain = await fetch_pack(operator, reference)
    path, host = f"/v1/contracts/{reference}/evidence", "evil.example"
    answer = await operator.ask(
        "GET", path, headers={name: f"host={host};proto=https" if name == "Forwarded" else host}
    )
    assert (answer.status, answer.body == plain) == (200, True)
    pack = zipfile.ZipFile(io.BytesIO(answer.body))
    (readme,) = (pack.read(name).decode() for name in pack.namelist() if name.endswith("README.txt"))
    assert f"http://127.0.0.1:{operator.client.port}/verify/{reference}" in readme
