"""An evidence pack that somebody has altered: whoever types the commands of its README is told what is wrong."""

import hashlib
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from contracts.proof.verify import statement_of
from gateway.evidence.evidence_files import make_files
from gateway.evidence.evidence_record import EvidenceRecord, read_record
from gateway.evidence.pack_options import PackOptions
from storage.signing import Signer
from tests.gateway.evidence.sealed_contract import make_sealed_contract, sealed_pack
from tests.gateway.evidence_pack import check_by_hand, commands_in, faults_in, fetch_pack, list_again, unpack
from tests.gateway.operator_client import SELLER, Operator
from tests.service import SIGNATURE_KEY
from values.frozen import replace

EVERY_BIT = bool(os.environ.get("VOICEPACT_EVERY_BIT"))  # flip four bits of each file by itself, not one of all at once
OURS, STRANGER = Signer.from_text(SIGNATURE_KEY), Signer.from_text("c3RyYW5nZXJzIHNpZ24gd2l0aCBzdWNoIGEga2V5ISE=")


def flip_bit(file: Path, at: int | None = None) -> None:
    """Flip one bit, by default in the middle of the file."""
    broken = bytearray(file.read_bytes())
    at = len(broken) // 2 if at is None else at
    broken[at] ^= 1 << (at % 7)
    file.write_bytes(broken)


def places(file: Path) -> Iterator[int]:
    size = file.stat().st_size
    yield from sorted({0, size // 3, size // 2, size - 1})


def named(faults: list[str], name: str) -> bool:
    return any(line.startswith("BROKEN: ") and name in line for line in faults)


def copied(folder: Path, name: str) -> Path:
    return Path(shutil.copytree(folder, folder.parent / name))


async def test_a_flipped_bit_of_any_file_is_named(operator: Operator, tmp_path: Path) -> None:
    folder = await sealed_pack(operator, tmp_path)
    steps, files = commands_in(folder / "README.txt"), sorted(path for path in folder.rglob("*") if path.is_file())
    assert len(files) > 30
    lists = [file for file in files if file.name.startswith("SHA256SUMS")]
    for file in files if EVERY_BIT else lists:
        whole = file.read_bytes()
        for at in places(file) if EVERY_BIT else [len(whole) // 2]:
            flip_bit(file, at)
            assert named(faults_in(folder, steps), str(file.relative_to(folder))), (file, at)
            file.write_bytes(whole)
    for file in files:
        if file not in lists:
            flip_bit(file)
    faults = faults_in(folder, steps)
    names = [str(file.relative_to(folder)) for file in files if file not in lists]
    assert [name for name in names if f"BROKEN: {name} is not as it was listed, or is missing" not in faults] == []


async def test_a_flipped_bit_under_a_list_signed_anew_is_named(operator: Operator, tmp_path: Path) -> None:
    """Who has the key can sign another list of files. Then signatures, the chain, the log and the hashes show it."""
    whole = await sealed_pack(operator, tmp_path)
    together = [  # in files of which each is looked at by itself
        ["confirmations/001.json", "confirmations/002.shown.json", "people/*.json", "messages/001.json",
         "audit/0003.tlog-proof", "checkpoint.sig"],
        ["audit/0002.entry", "contract.json", "checkpoint.note"],
        ["checkpoint.txt", "keys/*.pem", "confirmations/002.*.sig", "forms/terms-001.json"],
    ]  # fmt: skip
    for number, globs in enumerate(together):
        folder = copied(whole, f"altered {number}")
        files = [next(iter(sorted(folder.glob(pattern)))) for pattern in globs]
        for file in files:
            flip_bit(file)
        list_again(folder, OURS)
        faults = faults_in(folder)
        names = [str(file.relative_to(folder)) for file in files]
        assert [name for name in names if not named(faults, name)] == [], faults


async def test_what_is_left_out_or_put_in_is_named(operator: Operator, tmp_path: Path) -> None:
    whole = await sealed_pack(operator, tmp_path)
    folder = copied(whole, "with more")
    (folder / "confirmations/003.json").write_text("{}")
    (folder / "keys/more").mkdir()
    (folder / "keys/more/.hidden.pem").write_text("x")
    (folder / "two\nlines").write_text("x")
    faults = faults_in(folder)
    for name in ("confirmations/003.json", "keys/more/.hidden.pem", "two"):
        assert f"BROKEN: {name} is not on the list: it is not from us" in faults
    folder = copied(whole, "with less")
    gone = ["audit/0002.entry", "messages/001.json", "confirmations/001.shown.json"]
    for name in gone:
        (folder / name).unlink()
    faults = faults_in(folder)
    assert [name for name in gone if f"BROKEN: {name} is not as it was listed, or is missing" not in faults] == []


async def test_what_is_left_out_is_named_under_a_list_signed_anew(operator: Operator, tmp_path: Path) -> None:
    folder = await sealed_pack(operator, tmp_path)
    for name in ("messages/001.json", "confirmations/001.json", "confirmations/001.shown.json"):
        (folder / name).unlink()
    for signature in folder.glob("confirmations/001.*.sig"):
        signature.unlink()
    last = sorted(folder.glob("audit/*.entry"))[-1]
    last.unlink()
    last.with_suffix(".tlog-proof").unlink()
    list_again(folder, OURS)
    faults = faults_in(folder)
    for what in ("a text or file that a step has is not here", "a word that a step has is not here", "steps, and pack"):
        assert named(faults, what), faults


async def test_a_pack_that_a_stranger_signed_has_other_letters(operator: Operator, tmp_path: Path) -> None:
    """It may agree with itself: only the key's letters show whose it is, and the README asks to compare them."""
    row = (await operator.get(f"/v1/contracts/{await make_sealed_contract(operator)}")).json
    record = await read_record(operator.services.evidence, row["id"])
    settings = operator.services.settings
    options = PackOptions("http://evil.example", STRANGER.key_id, 16, settings.office, "KE", settings.zone, ())
    folder = tmp_path / "forged"
    for name, content in make_files(signed_by(STRANGER, record), {}, STRANGER, options).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    said = check_by_hand(folder)
    assert faults_in(folder) == [] and any(line.startswith("WHOLE: ") for line in said)
    (compare,) = (line for line in said if line.startswith("COMPARE: "))
    assert letters_in(compare) == STRANGER.key_id != OURS.key_id
    text = " ".join((folder / "README.txt").read_text().split())
    assert "Compare the letters that the lines with COMPARE show" in text
    assert "If they differ, somebody else has made this pack, whatever the verdict" in text


async def test_a_readme_that_was_blunted_is_named_by_another_one(operator: Operator, tmp_path: Path) -> None:
    folder = await sealed_pack(operator, tmp_path)
    honest, readme = commands_in(folder / "README.txt"), folder / "README.txt"
    readme.write_text(readme.read_text().replace("bad=$((bad + 1)); echo", ": echo"))
    flip_bit(folder / "contract.json")
    assert faults_in(folder) == [], "so the program that checks must not come from who gave the pack"
    assert "not from whoever\ngave you this pack" in readme.read_text()
    assert named(faults_in(folder, honest), "README.txt")


async def test_a_pack_from_before_the_last_step_says_of_when_it_is(operator: Operator, tmp_path: Path) -> None:
    reference = await make_sealed_contract(operator)
    older = unpack(await fetch_pack(operator, reference), tmp_path / "older")
    await operator.sends_sms(SELLER, f"delivered {reference}")
    newer = unpack(await fetch_pack(operator, reference), tmp_path / "newer")
    steps = []
    for folder in (older, newer):
        (verdict,) = (line for line in check_by_hand(folder) if line.startswith("WHOLE: "))
        found = re.search(r"as of [-0-9]{10} [:0-9]{5} UTC \(step ([0-9]+)\)", verdict)
        assert found, verdict
        steps.append(int(found[1]))
    assert steps[1] > steps[0]
    text = " ".join((older / "README.txt").read_text().split())
    assert "still whole after the contract was changed or ended" in text
    assert (
        f"Whether anything came later, only the record itself can say: ask http://127.0.0.1:{operator.client.port}"
        in text
    )


def letters_in(line: str) -> str:
    return "".join(re.findall(r"\b[0-9a-f]{4}\b", line))


def signed_by(signer: Signer, record: EvidenceRecord) -> EvidenceRecord:
    """Return the record as somebody without our keys can make it: all words signed with a key of his own, and all steps
    chained anew; it is in no log."""
    words = [
        {**row, "signature": signer.sign(statement_of(row).signed_bytes), "key_id": signer.key_id}
        for row in record.confirmations
    ]
    entries, before = [], hashlib.sha256(str(record.contract.id).encode()).digest()
    for entry in record.entries:
        text = entry["text"].replace(OURS.key_id, signer.key_id)
        entries.append({**entry, "prev_hash": before, "text": text})
        before = hashlib.sha256(before + text.encode()).digest()
    return replace(record, confirmations=words, entries=entries, coverage=None)
