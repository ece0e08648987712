"""verify.py on packs as the service makes them: what it says, and with which conditions."""

import json
import re
import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.proof.canonical import canonical_json
from contracts.proof.short_code import short_code
from gateway.evidence.evidence_files import SUMS, SUMS_SIGNATURE
from tests.gateway.audit_record import LOG_SIGNER, ORIGIN
from tests.gateway.evidence_pack import unpack
from tests.verifier.alterations import altered_json, changed_json, with_revocation
from tests.verifier.attacks import ATTACKS, STRANGER
from tests.verifier.real_packs import RealPacks, policy
from tests.verifier.two_verifiers import (
    OURS,
    PROGRAM,
    Report,
    by_program,
    by_python,
    first_fault,
    listed_anew,
    verify,
    zipped,
)

PACK_1 = Path(__file__).parents[1] / "upgrades" / "pack_1.zip"
# What no step and no signature but that on the list is over: of these an operator can write what he likes.
UNBOUND = ("README.txt", "witnesses.txt", "timestamp.tsr", "*.pdf")


def told(report: Report) -> dict[str, dict[str, Any]]:
    """Return the conditions of a whole pack by their names."""
    assert report["verdict"] == "whole", report
    return {each["why"]: each["values"] for each in report["conditions"]}


def test_a_whole_pack_says_of_when_it_is_and_who_has_seen_it(packs: RealPacks) -> None:
    report = by_python(zipped(packs.whole))
    known = told(report)
    pack = json.loads(packs.whole["pack.json"])
    assert report["facts"]["reference"] == pack["reference"]
    assert (report["facts"]["at"], report["facts"]["step"], report["facts"]["covered"]) == (
        "2026-07-01 12:00 UTC",
        9,
        9,
    )
    names = ["witness.bank.example", "witness.union.example"]
    assert report["facts"]["witnesses"] == [{"name": name, "at": "2026-07-01 12:03 UTC"} for name in names]
    assert known["pack_keys"]["key"].replace(" ", "") == OURS.key_id
    assert known["pack_log"]["key"].replace(" ", "") == LOG_SIGNER.key_id
    assert known["later_steps"]["ask"] == pack["ask"] and known["timestamp"]["step"] == 8
    assert {"pack_witnesses", "paper", "network_told", "not_shown"} <= known.keys()
    assert not {"no_witness", "newer_step", "missing_texts", "unknown_files", "erased_people"} & known.keys()


def test_what_is_known_from_elsewhere_takes_the_place_of_what_the_pack_says(packs: RealPacks) -> None:
    keys = (OURS.key_id, LOG_SIGNER.key_id)
    known = told(by_python(zipped(packs.whole), keys, policy()))
    assert {"given_keys", "given_policy"} <= known.keys()
    assert not {"pack_keys", "pack_log", "pack_witnesses"} & known.keys()
    assert "given_log" in told(by_python(zipped(packs.whole), keys))


def test_an_older_pack_is_whole_and_says_what_it_does_not_know(packs: RealPacks) -> None:
    """Nobody can see in a pack what came after it; so it says that only the service knows."""
    unlogged, later = by_python(zipped(packs.unlogged)), by_python(zipped(packs.later))
    assert {"not_in_log", "later_steps"} <= told(unlogged).keys() and unlogged["facts"]["witnesses"] == []
    assert told(later)["newer_step"] == {"first": 10, "last": 10}
    assert (later["facts"]["step"], later["facts"]["covered"]) == (10, 9)


def test_answers_of_a_key_that_was_taken_back_are_named(packs: RealPacks, tmp_path: Path) -> None:
    """The appeal is leaf 9 of the log; all other answers are before it."""
    report = by_python(zipped(with_revocation(packs.whole, 9, ["confirmations/005.json"])))
    assert told(report)["void"] == {
        "names": "confirmations/005.json", "key": f"{OURS.key_id[:4]} {OURS.key_id[4:8]} {OURS.key_id[8:12]} "
        f"{OURS.key_id[12:]}", "size": 9, "because": "a stolen laptop",
    }  # fmt: skip
    assert report["facts"]["void"] == ["confirmations/005.json"]
    files = with_revocation(packs.whole, 9, ["confirmations/005.json"])
    lines = list(verify.lines_of(verify.check(lambda: files, with_code=False), "en"))
    assert lines[0].endswith("; answers that do not count: 1")
    assert "revoked" in told(by_python(zipped(with_revocation(packs.whole, 10, []))))
    pack = tmp_path / "pack.zip"
    pack.write_bytes(zipped(files))
    assert by_program(pack)[0] == 3, "who looks at the exit code alone learns it, too"


def test_a_key_that_was_taken_back_in_a_log_before_is_taken_back(packs: RealPacks) -> None:
    """After `voicepact log restart` the log of a pack has another number than the one that the revocation names."""
    files = with_revocation(packs.whole, 3, ["confirmations/005.json"], origin=f"{ORIGIN}/2")
    report = by_python(zipped(files))
    assert report["verdict"] == "whole" and report["facts"]["void"] == ["confirmations/005.json"], report


def test_too_few_witnesses_are_named_by_the_pack_s_own_policy_too(packs: RealPacks) -> None:
    (attack,) = (each for each in ATTACKS if each.name == "a cosignature that is missing")
    known = told(by_python(zipped(attack.change(packs.whole))))
    assert known["few_witnesses"] == {"quorum": "both"}
    assert told(by_python(zipped(attack.change(packs.whole)), policy=policy("bank"))).keys() >= {"given_policy"}


def test_a_record_from_before_steps_named_what_they_wrote_says_so(old_packs: list[dict[str, bytes]]) -> None:
    unbound, bound = (by_python(zipped(files)) for files in old_packs)
    assert told(unbound)["older_steps"]["n"] and "bound_later" not in told(unbound)
    assert told(bound)["bound_later"] == {"step": bound["facts"]["step"], "at": "2026-08-10"}
    assert "older_steps" not in told(bound)


def test_what_was_bound_late_cannot_be_altered_from_then_on(old_packs: list[dict[str, bytes]]) -> None:
    for pattern, why in (
        (r"confirmations/001\..*", "answer_gone"), (r"disputes/.*", "list_differs"),
        (r"messages/001\.json", "not_there"),
    ):  # fmt: skip
        left = {name: content for name, content in old_packs[1].items() if not re.fullmatch(pattern, name)}
        if why == "answer_gone":
            items = json.loads(left["confirmations.json"])
            kept = [each for each in items if each["statement"] != "confirmations/001.json"]
            left["confirmations.json"] = json.dumps(kept).encode()
        report = by_python(zipped(listed_anew(left)))
        assert first_fault(report)[1] == why, report["problems"]


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_an_attack_is_named(packs: RealPacks, attack: Any) -> None:
    report = by_python(zipped(attack.change(packs.whole)), attack.keys, attack.policy)
    assert attack.is_named(report), (report["verdict"], report["problems"])


def test_a_pack_that_a_stranger_has_made_has_other_letters(packs: RealPacks) -> None:
    """It may agree with itself; only letters from elsewhere show whose it is."""
    (attack,) = (each for each in ATTACKS if each.name == "his own key")
    known = told(by_python(zipped(attack.change(packs.whole))))
    assert known["pack_keys"]["key"].replace(" ", "") == STRANGER.key_id != OURS.key_id


def test_a_flipped_bit_of_each_file_is_named(packs: RealPacks) -> None:
    for at in (0, 1 / 3, 1 / 2, 1):
        flipped = {name: flip(content, int(at * (len(content) - 1))) for name, content in packs.whole.items()}
        lists = {name: packs.whole[name] for name in (SUMS, SUMS_SIGNATURE)}
        report = by_python(zipped({**flipped, **lists}))
        assert {each["file"] for each in report["problems"]} == packs.whole.keys() - lists.keys()
        for name in lists:
            assert by_python(zipped({**packs.whole, name: flipped[name]}))["verdict"] == "broken", (name, at)


@given(which=st.integers(0, 10**6), at=st.integers(0, 10**6), gone=st.integers(0, 40), new=st.binary(max_size=40))
def test_no_change_under_a_list_signed_anew_is_whole(
    packs: RealPacks, which: int, at: int, gone: int, new: bytes
) -> None:
    """The operator signs what he has altered; and whatever it is, it is named, and no traceback."""
    left = packs.whole.keys() - {SUMS, SUMS_SIGNATURE}
    bound = sorted(name for name in left if not any(Path(name).match(pattern) for pattern in UNBOUND))
    name = bound[which % len(bound)]
    whole = packs.whole[name]
    at %= len(whole) + 1
    altered = whole[:at] + new + whole[at + gone :]
    report = by_python(zipped(listed_anew({**packs.whole, name: altered})))
    assert report["verdict"] != "whole" or tells_the_same(name, altered, whole), (name, altered)
    assert "shape" not in [each["why"] for each in report["problems"]]


@given(which=st.integers(0, 10**6), chance=st.randoms(use_true_random=True))
def test_no_value_of_a_json_file_ends_in_a_traceback(packs: RealPacks, which: int, chance: Random) -> None:
    names = sorted(name for name in packs.whole if name.endswith((".json", ".entry")))
    name = names[which % len(names)]
    head = packs.whole[name][:32] if name.endswith(".entry") else b""
    altered = head + canonical_json(altered_json(json.loads(packs.whole[name][len(head) :]), chance))
    report = by_python(zipped(listed_anew({**packs.whole, name: altered})))
    assert "shape" not in [each["why"] for each in report["problems"]], (name, altered, report["problems"])


def test_the_program_alone_in_a_folder_and_with_a_zip(packs: RealPacks, tmp_path: Path) -> None:
    """With nothing but Python's own library: no package, no environment, no program on the PATH."""
    pack = tmp_path / "pack.zip"
    pack.write_bytes(zipped(packs.whole))
    (tmp_path / "policy").write_bytes(policy())
    code, lines = by_program(pack, "--key", OURS.key_id.upper(), "--policy", tmp_path / "policy")
    assert code == 0 and lines[0].startswith("WHOLE  contract ") and "seen by 2 witnesses: " in lines[0]
    letters = short_code(packs.whole["contract.json"])
    assert f"{letters[:4]} {letters[4:8]} {letters[8:]}" in lines[1]
    folder = unpack(zipped(packs.whole), tmp_path / "folder")
    code, lines = by_program(folder, lang="sw")
    assert code == 0 and lines[0].startswith("NZIMA  mkataba ") and "umeonwa na mashahidi 2: " in lines[0]
    assert by_program(tmp_path / "folder")[0] == 0, "the folder that it was unpacked into will do, too"
    (folder / "audit" / "0003.entry").write_bytes(b"")
    assert by_program(folder) == (
        1, ["BROKEN  audit/0003.entry: its bytes are not those on the list SHA256SUMS: it was changed"]
    )  # fmt: skip


def test_what_is_no_pack(packs: RealPacks, tmp_path: Path) -> None:
    for name, content, why in (
        ("half.zip", zipped(packs.whole)[:9999], "it is no zip file, or only a part of one: fetch it again"),
        ("newer.zip", zipped(listed_anew(changed_json(
            packs.whole, "pack.json", lambda pack: {**pack, "format": "voicepact-pack/3"}))),
            "it has the format voicepact-pack/3, which this program does not know: take a newer verify.py"),
        ("pack_1.zip", PACK_1.read_bytes(),
            "it is a pack of an older form, without pack.json: check it as its own README.txt says"),
    ):  # fmt: skip
        (tmp_path / name).write_bytes(content)
        assert by_program(tmp_path / name) == (2, [f"NOT A PACK  {why}"])
    assert by_program(tmp_path / "nothing")[1] == ["NOT A PACK  it cannot be read"]
    (tmp_path / "policy").write_bytes(b"log x\n")
    assert by_program(tmp_path / "pack_1.zip", "--policy", tmp_path / "policy")[0] == 2
    assert by_program(tmp_path / "pack_1.zip", "--key", "short") == (2, [])


def test_a_link_in_a_folder_is_named(packs: RealPacks, tmp_path: Path) -> None:
    folder = unpack(zipped(packs.whole), tmp_path)
    (folder / "contract.json").unlink()
    (folder / "contract.json").symlink_to(folder / "forms" / "terms-001.json")
    assert by_program(folder) == (1, ["BROKEN  contract.json: it is a link or a device, and no file"])


def test_a_pack_that_was_packed_again_with_compression_is_whole(packs: RealPacks) -> None:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as again:
        again.mkdir("voicepact-40718353")
        for name, content in packs.whole.items():
            again.writestr(f"voicepact-40718353/{name}", content)
    assert by_python(packed.getvalue())["verdict"] == "whole"


def test_texts_of_a_pack_cannot_write_on_the_terminal(packs: RealPacks) -> None:
    files = {**packs.whole, "pack.json": packs.whole["pack.json"].replace(b"https://", "\u202e\u200b".encode())}
    report = verify.check(lambda: listed_anew(files), with_code=False)
    assert "\u202e" not in "".join(verify.lines_of(report, "en")) and "\\u202e" in "".join(
        verify.lines_of(report, "en")
    )


def test_it_runs_with_python_3_9() -> None:
    """What newer versions alone understand would end the program of a clerk with an older one."""
    source = PROGRAM.read_text()
    check = "import ast, sys; ast.parse(sys.stdin.read(), feature_version=(3, 9))"
    subprocess.run([sys.executable, "-c", check], input=source, text=True, check=True)  # noqa: S603
    assert not {"match ", "tomllib", "StrEnum", "zip(strict", "removeprefix(b"} & set(source.split("\n"))


def flip(content: bytes, at: int) -> bytes:
    return content[:at] + bytes([content[at] ^ 1 << at % 7]) + content[at + 1 :]


def in_pairs(raw: bytes) -> Any:
    """Return a JSON value with each object as its names and values, in their order; None if it is not JSON."""
    try:
        return json.loads(raw, object_pairs_hook=list)
    except ValueError:
        return None


def tells_the_same(name: str, altered: bytes, whole: bytes) -> bool:
    """Whether what a step binds is as it was: the rest of these files is as the operator and the networks tell it."""
    if altered == whole:
        return True
    bound = {
        "pack.json": (
            "reference",
            "contract",
            "status",
            "version",
            "terms_version",
            "last_step",
            "covered",
            "log",
            "key",
        ),
        "messages.json": ("file", "id", "party", "kind", "direction", "sha256", "created_at"),
        "disputes.json": ("file", "id", "sha256"),
        "confirmations.json": ("statement", "party", "answer", "subject", "answered_at", "channel", "details"),
    }.get(name)
    if bound is None:  # blanks between its values are no change, a name that stands twice is one
        return name.endswith(".json") and in_pairs(altered) == in_pairs(whole)

    def parts(raw: bytes) -> list[list[Any]]:
        value = json.loads(raw)
        return [[each.get(key) for key in bound] for each in (value if isinstance(value, list) else [value])]

    return parts(altered) == parts(whole)
