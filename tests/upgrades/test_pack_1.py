"""A pack of the first form, made by the code before there was a second: its own README still checks it.

`pack_1.zip` is of a contract with new terms, a delivery in part, a dispute that was decided, appealed and decided
again, and a checkpoint over all of it.
"""

import os
from pathlib import Path

import pytest

from tests.gateway.evidence_pack import commands_in, run_commands, unpack

PACK = (Path(__file__).parent / "pack_1.zip").read_bytes()
EVERY_FILE = bool(os.environ.get("VOICEPACT_EVERY_BIT"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return unpack(PACK, tmp_path)


def test_its_own_readme_finds_it_whole(folder: Path) -> None:
    said = run_commands(commands_in(folder / "README.txt"), folder)
    assert set(said.splitlines()) == {"Signature Verified Successfully"}


def test_it_is_of_a_contract_with_a_rich_life(folder: Path) -> None:
    assert not (folder / "pack.json").exists(), "what says that a pack is of the second form"
    assert len(list(folder.glob("confirmations/*.sig"))) == 12
    assert len(list(folder.glob("audit/*.entry"))) > 12
    assert (folder / "checkpoint.note").exists()


def test_a_flipped_bit_is_named(folder: Path) -> None:
    steps = commands_in(folder / "README.txt")
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    for file in files if EVERY_FILE else [folder / "confirmations/003.json"]:
        whole, name = file.read_bytes(), str(file.relative_to(folder))
        broken = bytearray(whole)
        broken[len(whole) // 2] ^= 4
        file.write_bytes(broken)
        said = run_commands(steps, folder)
        assert any(name in line for line in said.splitlines() if "BROKEN: " in line or "FAILED" in line), (name, said)
        file.write_bytes(whole)
