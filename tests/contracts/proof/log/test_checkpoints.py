"""Checkpoints, requests to witnesses, and files that prove an entry."""

import base64
import hashlib

import pytest

from contracts.proof.log.checkpoints import (
    AddCheckpoint,
    Checkpoint,
    add_signatures,
    open_checkpoint,
    parse_add_checkpoint,
    parse_checkpoint,
    read_checkpoint,
    sign_checkpoint,
    write_add_checkpoint,
)
from contracts.proof.log.inclusion_file import (
    InclusionFile,
    parse_inclusion_file,
    shows_inclusion,
    write_inclusion_file,
)
from contracts.proof.log.keys import ED25519, parse_key, verifier_key
from contracts.proof.log.notes import BadNote, cosign_text, parse_note
from contracts.proof.log.tiles import inclusion_proof, root_from_tiles
from storage.signing import Signer
from tests.contracts.proof.log import known_notes as known
from tests.contracts.proof.log.make_trees import Tiles, leaf

ROOT = base64.b64encode(hashlib.sha256(b"x").digest()).decode()
LOG = Signer.from_text(base64.b64encode(bytes(range(32))).decode())
HASH_1, HASH_2 = (hashlib.sha256(word).digest() for word in (b"hash1", b"hash2"))

# C2SP/C2SP, tlog-witness.md
REQUEST = (
    b"""\
old 20852014
PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=
/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=

"""
    + known.SOFA
)


def test_a_public_checkpoint_is_read_and_written_as_it_was() -> None:
    checkpoint, verified = open_checkpoint(known.ARCHE, [parse_key(known.ARCHE_LOG)])
    assert (checkpoint.origin, checkpoint.size) == ("arche2025h1.staging.ct.transparency.dev", 1_432_088_532)
    assert base64.b64encode(checkpoint.root) == b"U7WM79jrzyhGZ5/GUBTpM7NzwdyfFx61t3RovgcC4Ro="
    assert checkpoint.text == parse_note(known.ARCHE).text
    assert [each.key.kind for each in verified] == [ED25519]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        pytest.param(f"Log\n0\n{ROOT}\n", ("Log", 0, ()), id="without a leaf"),
        pytest.param(f"an origin + more\n{2**63 - 1}\n{ROOT}\n", ("an origin + more", 2**63 - 1, ()), id="the largest"),
        pytest.param(f"Moon\n40\n{ROOT}\n6086d1a9\nWaxing\n", ("Moon", 40, ("6086d1a9", "Waxing")), id="extensions"),
    ],
)
def test_checkpoints_are_read(text: str, read: tuple[str, int, tuple[str, ...]]) -> None:
    checkpoint = parse_checkpoint(text.encode())
    assert (checkpoint.origin, checkpoint.size, checkpoint.extensions) == read
    assert checkpoint.text == text.encode()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Head\n9944\n", id="two lines"),
        pytest.param(f"\n9944\n{ROOT}\n", id="no origin"),
        pytest.param(f"Log\nbananas\n{ROOT}\n", id="size: no number"),
        pytest.param(f"Log\n-34\n{ROOT}\n", id="size: negative"),
        pytest.param(f"Log\n034\n{ROOT}\n", id="size: leading zero"),
        pytest.param(f"Log\n３\n{ROOT}\n", id="size: wide digit"),
        pytest.param(f"Log\n3438945738945739845734895735\n{ROOT}\n", id="size: too large"),
        pytest.param(f"Log\n{2**63}\n{ROOT}\n", id="size: just too large"),
        pytest.param("Log\n123\nThisIsn'tBase64\n", id="root: not base64"),
        pytest.param("Log\n123\nYmFuYW5hcw==\n", id="root: 7 bytes"),
        pytest.param(f"Log\n123\n{ROOT}\n\n", id="an empty line"),
    ],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(BadNote):
        parse_checkpoint(text.encode())


def test_a_signed_checkpoint_takes_each_cosignature_once() -> None:
    checkpoint = Checkpoint("example.com/log", 5, HASH_1)
    note = sign_checkpoint(checkpoint, LOG)
    assert open_checkpoint(note, [verifier_key("example.com/log", ED25519, LOG.public_key)])[0] == checkpoint
    line = cosign_text(checkpoint.text, "witness.example", LOG, 1)
    cosigned = add_signatures(note, [line])
    assert cosigned == note + line.line.encode()
    assert add_signatures(cosigned, [line]) == cosigned
    with pytest.raises(BadNote, match="no known key"):
        open_checkpoint(note, [verifier_key("example.com/other", ED25519, LOG.public_key)])


def test_the_request_of_the_specification_is_read_and_written_as_it_is() -> None:
    request = parse_add_checkpoint(REQUEST)
    assert (request.old_size, len(request.proof), request.note) == (20_852_014, 4, known.SOFA)
    assert write_add_checkpoint(request) == REQUEST
    first = AddCheckpoint(0, (), known.SOFA)
    assert write_add_checkpoint(first) == b"old 0\n\n" + known.SOFA
    assert parse_add_checkpoint(b"old 0\n\n" + known.SOFA) == first


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"old 5\n", id="no checkpoint"),
        pytest.param(b"old 05\n\n" + known.SOFA, id="leading zero"),
        pytest.param(b"old -1\n\n" + known.SOFA, id="negative"),
        pytest.param(b"new 5\n\n" + known.SOFA, id="other word"),
        pytest.param(b"5\n\n" + known.SOFA, id="no word"),
        pytest.param(b"old 5\nAAAA\n\n" + known.SOFA, id="a hash of 3 bytes"),
        pytest.param(b"old 5\n!\n\n" + known.SOFA, id="not base64"),
        pytest.param(b"old 5\n\xff\n\n" + known.SOFA, id="not ASCII"),
        pytest.param(b"old 5\n" + (ROOT + "\n").encode() * 64 + b"\n" + known.SOFA, id="64 hashes"),
        pytest.param(b"old 5\r\n\r\n" + known.SOFA, id="carriage returns"),
    ],
)
def test_other_requests_are_refused(body: bytes) -> None:
    with pytest.raises(BadNote):
        request = parse_add_checkpoint(body)
        read_checkpoint(request.note)


# The three files are those of github.com/transparency-dev/formats, proof/tlog_proof_test.go.
@pytest.mark.parametrize(
    ("file", "written"),
    [
        pytest.param(
            InclusionFile(5, (HASH_1, HASH_2), b"test checkpoint\n"),
            f"c2sp.org/tlog-proof@v1\nindex 5\n{base64.b64encode(HASH_1).decode()}\n"
            f"{base64.b64encode(HASH_2).decode()}\n\ntest checkpoint\n",
            id="two hashes",
        ),
        pytest.param(
            InclusionFile(10, (HASH_1,), b"checkpoint data\n", b"extra information"),
            "c2sp.org/tlog-proof@v1\nextra ZXh0cmEgaW5mb3JtYXRpb24=\nindex 10\n"
            f"{base64.b64encode(HASH_1).decode()}\n\ncheckpoint data\n",
            id="extra data",
        ),
        pytest.param(
            InclusionFile(0, (), b"checkpoint\n"), "c2sp.org/tlog-proof@v1\nindex 0\n\ncheckpoint\n", id="one leaf"
        ),
    ],
)
def test_files_that_prove_an_entry_are_written_and_read(file: InclusionFile, written: str) -> None:
    assert write_inclusion_file(file) == written.encode()
    assert parse_inclusion_file(written.encode()) == file


@pytest.mark.parametrize(
    "head",
    [
        "wrong-header\nindex 0", "c2sp.org/tlog-proof@v1\nextra !!notbase64!!\nindex 0", "c2sp.org/tlog-proof@v1",
        "c2sp.org/tlog-proof@v1\nindex notanumber", "c2sp.org/tlog-proof@v1\nindex -5", "c2sp.org/tlog-proof@v1\n5",
        "c2sp.org/tlog-proof@v1\nindex 0\n!!notbase64!!", "c2sp.org/tlog-proof@v1\nindex 0\n" + ROOT + "AAAA",
        "c2sp.org/tlog-proof@v1\nindex 0\nextra AAAA", "c2sp.org/tlog-proof@v1\nindex ٥",
    ],
)  # fmt: skip
def test_other_files_prove_nothing(head: str) -> None:
    with pytest.raises(BadNote):
        parse_inclusion_file(f"{head}\n\ncheckpoint\n".encode())


def test_a_file_shows_its_entry_and_no_other() -> None:
    tiles = Tiles()
    tiles.add([leaf(n) for n in range(300)])
    checkpoint = Checkpoint("example.com/log", 300, root_from_tiles(300, tiles.read))
    proof = tuple(inclusion_proof(257, 300, tiles.read))
    file = parse_inclusion_file(write_inclusion_file(InclusionFile(257, proof, sign_checkpoint(checkpoint, LOG))))
    assert shows_inclusion(file, leaf(257)) == checkpoint
    assert shows_inclusion(file, leaf(256)) is None
