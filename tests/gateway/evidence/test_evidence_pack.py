"""The evidence pack: what is in it, and that the commands of its README call it whole."""

import hashlib
import io
import re
import zipfile
import zlib
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import orjson
import pytest

from contracts.proof.canonical import canonical_json
from gateway.evidence.evidence_record import read_record
from gateway.evidence.paper_lines import Fact, Remark
from gateway.evidence.paper_sections import sections
from tests.gateway.audit_record import log_audit
from tests.gateway.evidence.paper_record import options_with
from tests.gateway.evidence.sealed_contract import make_sealed_contract, sealed_pack
from tests.gateway.evidence_pack import check_by_hand, faults_in, fetch_pack, unpack
from tests.gateway.operator_client import NOON, SELLER, Operator, contract_body
from tests.gateway.pdf_text import pdf_text
from tests.gateway.signed_contract import SIGNED_ANSWERS, make_signed_contract


async def test_the_commands_end_with_a_verdict_in_words(operator: Operator, tmp_path: Path) -> None:
    """Where there is nothing but a shell, openssl and coreutils."""
    folder = await sealed_pack(operator, tmp_path)
    whole, steps = check_by_hand(folder), len(list(folder.glob("audit/*.entry")))
    at = orjson.loads((folder / "pack.json").read_bytes())["last_step"]["at"][:16].replace("T", " ")
    assert [line for line in whole if not line.startswith("COMPARE: ")] == [
        f"WHOLE: contract {folder.name[-8:]}, as of {at} UTC (step {steps}); step {steps} of {steps} in the log, seen"
        " by no witness that witnesses.txt names",
        "       if the letters under COMPARE are ours; if it is still in force, only the record knows",
    ]
    (folder / "contract.json").unlink()
    last = check_by_hand(folder)[-1]
    assert re.fullmatch(r"BROKEN: [1-9][0-9]* faults, named above, in the pack of contract [0-9]{8}", last)


async def test_every_signed_answer_is_in_the_pack(operator: Operator, tmp_path: Path) -> None:
    """Yes, no, delivered, received, a problem, a decision, an appeal."""
    reference = await make_signed_contract(operator)
    await log_audit(operator)
    folder = unpack(await fetch_pack(operator, reference), tmp_path)
    words = [orjson.loads(file.read_bytes()) for file in sorted(folder.glob("confirmations/???.json"))]
    assert sorted(word["answer"] for word in words) == sorted(SIGNED_ANSWERS)
    assert len(list(folder.glob("confirmations/*.sig"))) == len(SIGNED_ANSWERS)
    assert faults_in(folder) == []


async def test_a_statement_names_the_contract_version_and_the_quantity(operator: Operator, tmp_path: Path) -> None:
    reference = await make_signed_contract(operator)
    folder = unpack(await fetch_pack(operator, reference), tmp_path)
    words = [orjson.loads(file.read_bytes()) for file in sorted(folder.glob("confirmations/???.json"))]
    forms = {hashlib.sha256(file.read_bytes()).hexdigest(): file.name for file in folder.glob("forms/*.json")}
    signed = sorted((word for word in words if word["format"] == "voicepact-act/2"), key=lambda word: word["version"])
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
    lines = sections(await read_record(operator.services.evidence, UUID(row["id"])), options_with(), "en")
    facts = [line for line in lines if isinstance(line, Fact)]
    said = [fact.text.replace("\xa0", " ") for fact in facts if fact.label == "01 Jul 2026 15:00"]
    assert "Times are Africa/Nairobi (UTC+3)" in [line.text for line in lines if isinstance(line, Remark)]
    assert any(text.startswith("Said yes to the request  ·  ") for text in said)
    assert "Decision of the arbiter  ·  the operator" in said
    assert not [text for text in said if re.match("(Contract|Proposal|Dispute|Delivery|Time|Party) ", text)]
    assert "seller +254711000002: delivered all, 40 bags  ·  USSD, Swahili" in said
    assert "buyer Amina: received a part, 12.5 bags  ·  USSD, Swahili" in said
    assert "buyer Amina: reported a problem  ·  USSD, Swahili" in said
    assert "seller +254711000002: appealed  ·  USSD, Swahili" in said
    assert "the operator: decided: The contract is cancelled.  ·  the operator's program" in said
    assert "the operator: decided: The seller gets KES 70,000 of KES 175,000.50.  ·  the operator's program" in said


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


async def test_the_same_record_gives_the_same_pack(operator: Operator) -> None:
    reference = await make_sealed_contract(operator)
    first = await fetch_pack(operator, reference)
    operator.services.now = lambda: NOON + timedelta(days=1)
    assert await fetch_pack(operator, reference) == first


async def test_signed_statements_hold_no_name_or_number(operator: Operator, tmp_path: Path) -> None:
    folder = await sealed_pack(operator, tmp_path)
    people = {"README.txt", "contract.pdf", "certificate-106B.pdf"}
    for file in folder.rglob("*"):
        name = str(file.relative_to(folder))
        if file.is_file() and name not in people and not re.search(r"people/|\.shown\.|messages/", name):
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


async def test_each_language_of_a_party_has_its_paper(operator: Operator, tmp_path: Path) -> None:
    reference = await make_sealed_contract(operator)
    await operator.services.records.pool.execute("UPDATE phones SET language = 'sw' WHERE msisdn = $1", SELLER)
    folder = unpack(await fetch_pack(operator, reference), tmp_path)
    assert {file.name for file in folder.glob("contract*.pdf")} == {"contract.pdf", "contract-sw.pdf"}
    assert "Yaliyokubaliwa" in pdf_text((folder / "contract-sw.pdf").read_bytes())
    assert faults_in(folder) == []


async def test_a_contract_nobody_answered_has_a_pack_too(operator: Operator, tmp_path: Path) -> None:
    reference = (await operator.post(contract_body())).json["reference"]
    folder = unpack(await fetch_pack(operator, reference), tmp_path)
    assert "No checkpoint was signed" in (folder / "README.txt").read_text()
    assert faults_in(folder) == []


async def test_a_contract_from_before_forms_were_kept_has_a_pack_too(operator: Operator, tmp_path: Path) -> None:
    reference = (await operator.post(contract_body())).json["reference"]
    pool = operator.services.records.pool
    contract_id = await pool.fetchval("SELECT id FROM contracts WHERE reference = $1", reference)
    await operator.services.codes.of(contract_id, 1)  # else it may come when its form is gone
    async with pool.acquire() as owner, owner.transaction():
        await owner.execute(
            "SET LOCAL session_replication_role = replica; DELETE FROM form_codes; DELETE FROM contract_forms"
        )
    folder = unpack(await fetch_pack(operator, reference), tmp_path)
    assert faults_in(folder) == []


async def test_a_pack_verifies_after_a_person_was_erased(operator: Operator, tmp_path: Path) -> None:
    reference = await make_sealed_contract(operator)
    pool = operator.services.records.pool
    seller = await pool.fetchval("SELECT id FROM phones WHERE msisdn = $1", SELLER)
    await pool.execute("UPDATE contract_parties SET salt = NULL, name = NULL WHERE phone_id = $1", seller)
    await pool.execute("DELETE FROM confirmation_texts")
    folder = unpack(await fetch_pack(operator, reference), tmp_path)
    assert [file.stem for file in folder.glob("people/*")] != [] and not (folder / f"people/{seller}.json").exists()
    assert faults_in(folder) == []


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
