"""Signed notes, against what others have signed."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.proof.log.keys import COSIGNATURE, ED25519, BadKey, parse_key, verifier_key
from contracts.proof.log.notes import (
    MAX_SIGNATURES,
    BadNote,
    SignatureLine,
    cosign_text,
    open_note,
    parse_note,
    parse_signatures,
    sign_text,
    verify_signatures,
    write_note,
)
from storage.signing import Signer
from tests.contracts.proof.log import known_notes as known

PETER, ENOCH = parse_key(known.PETER), parse_key(known.ENOCH)
NOTE = known.TEXT + b"\n" + known.PETER_LINE + known.ENOCH_LINE
WITNESS = Signer.from_text(base64.b64encode(bytes(range(32))).decode())
W1 = verifier_key("witness.example/w1", COSIGNATURE, WITNESS.public_key)


def test_our_signature_is_the_published_one() -> None:
    seed = base64.b64decode(known.PETER_PRIVATE.split("+", 4)[4])[1:]
    line = sign_text(known.TEXT, "PeterNeumann", Signer.from_text(base64.b64encode(seed).decode()))
    assert write_note(known.TEXT, [line]) == known.TEXT + b"\n" + known.PETER_LINE


def test_published_signatures_verify_and_unknown_ones_are_passed_over() -> None:
    note, verified = open_note(NOTE, [PETER])
    assert note.text == known.TEXT
    assert [each.name for each in note.signatures] == ["PeterNeumann", "EnochRoot"]
    assert [(each.key, each.timestamp) for each in verified] == [(PETER, None)]
    assert [each.key for each in open_note(NOTE, [ENOCH, PETER])[1]] == [PETER, ENOCH]


def test_a_checkpoint_of_a_public_log_verifies_with_its_witness() -> None:
    log, witness = parse_key(known.ARCHE_LOG), parse_key(known.REMORA)
    note, verified = open_note(known.ARCHE, [log, witness])
    assert [(each.key, each.timestamp) for each in verified] == [(log, None), (witness, known.REMORA_AT)]
    assert write_note(note.text, note.signatures) == known.ARCHE
    with pytest.raises(BadNote):
        open_note(known.ARCHE.replace(b"1432088532", b"1432088533"), [witness])


def test_the_example_of_the_specification_is_read() -> None:
    note = parse_note(known.SOFA)
    assert write_note(note.text, note.signatures) == known.SOFA
    witness = note.signatures[1]
    assert (witness.name, witness.key_id.hex()) == ("witness.example.com/w1", "8d66cf3f")
    assert int.from_bytes(witness.signature[:8], "big") == 1679315147


def test_a_note_that_no_known_key_signed_is_refused() -> None:
    with pytest.raises(BadNote, match="no known key"):
        open_note(NOTE, [])
    with pytest.raises(BadNote, match="no known key"):
        open_note(NOTE, [verifier_key("PeterNeumann", ED25519, ENOCH.public_key)])
    with pytest.raises(BadNote, match="no known key"):
        open_note(NOTE, [verifier_key("Peter", ED25519, PETER.public_key)])


def test_a_wrong_signature_of_a_known_key_refuses_the_whole_note() -> None:
    wrong = known.PETER_LINE.replace(b"RyyBwJnAM=", b"RyyBwJnBM=")
    for lines in (wrong + known.ENOCH_LINE, known.PETER_LINE + wrong):
        with pytest.raises(BadNote, match="PeterNeumann"):
            open_note(known.TEXT + b"\n" + lines, [PETER, ENOCH])
    _, verified = open_note(known.TEXT + b"\n" + wrong + known.ENOCH_LINE, [ENOCH])
    assert [each.key for each in verified] == [ENOCH]


@pytest.mark.parametrize(
    "note",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(known.TEXT, id="a text alone"),
        pytest.param(known.TEXT + b"\n", id="no signature"),
        pytest.param(known.TEXT + known.PETER_LINE, id="no empty line"),
        pytest.param(known.TEXT + b"\n" + known.PETER_LINE[:-1], id="no newline at the end"),
        pytest.param(b"\x01" + known.TEXT + b"\n" + known.PETER_LINE, id="control character"),
        pytest.param(b"\xff" + known.TEXT + b"\n" + known.PETER_LINE, id="not UTF-8"),
        pytest.param(known.TEXT + b"\r\n\n" + known.PETER_LINE, id="carriage return"),
        pytest.param(known.TEXT + b"\n" + known.PETER_LINE.replace(b"PeterN", b"Peter N"), id="blank in the name"),
        pytest.param(known.TEXT + b"\n" + known.PETER_LINE.replace(b"PeterN", b"Peter+N"), id="plus in the name"),
        pytest.param(known.TEXT + b"\n" + known.PETER_LINE.replace("— ".encode(), b"- "), id="hyphen for the dash"),
        pytest.param(known.TEXT + b"\n" + known.PETER_LINE + b"Unexpected line.\n", id="a line after"),
        pytest.param(known.TEXT + b"\n" + known.PETER_LINE.replace(b"AM=", b"AM"), id="base64 cut short"),
        pytest.param(known.TEXT + b"\n" + known.PETER_LINE.replace(b"AM=", b"AN="), id="other spelling of base64"),
        pytest.param(known.TEXT + b"\n" + "— Peter x08gow==\n".encode(), id="a key id alone"),
        pytest.param(known.TEXT + b"\n" + known.PETER_LINE * (MAX_SIGNATURES + 1), id="too many signatures"),
        pytest.param(b"a" * 1_000_000 + b"\n\n" + known.PETER_LINE, id="too long"),
    ],
)
def test_what_is_no_note_is_refused(note: bytes) -> None:
    with pytest.raises(BadNote):
        open_note(note, [PETER])


def test_a_note_may_have_a_hundred_signatures_and_empty_lines_in_its_text() -> None:
    assert len(open_note(known.TEXT + b"\n" + known.PETER_LINE * MAX_SIGNATURES, [PETER])[1]) == MAX_SIGNATURES
    text = b"one\n\ntwo\n\n"
    line = sign_text(text, W1.name, WITNESS)
    assert parse_note(write_note(text, [line])).text == text


def test_two_known_keys_of_one_name_and_id_are_refused() -> None:
    class Colliding(type(PETER)):  # type: ignore[misc] # a key made so that its id is another's
        @property
        def key_id(self) -> bytes:
            return PETER.key_id

    with pytest.raises(BadKey, match="same name"):
        open_note(NOTE, [PETER, Colliding("PeterNeumann", ED25519, ENOCH.public_key)])
    assert open_note(NOTE, [PETER, PETER])[1]


@given(st.integers(0, 2**63 - 1), st.integers(0, 75 * 8 - 1))
def test_a_cosignature_holds_its_time_and_no_other_bit(timestamp: int, bit: int) -> None:
    line = cosign_text(known.TEXT, W1.name, WITNESS, timestamp)
    assert [each.timestamp for each in verify_signatures(known.TEXT, [line], [W1])] == [timestamp]
    assert parse_signatures(line.line.encode()) == [line]
    raw = bytearray(line.signature)
    raw[bit // 8 % len(raw)] ^= 1 << bit % 8
    with pytest.raises(BadNote):
        verify_signatures(known.TEXT, [SignatureLine(line.name, line.key_id, bytes(raw))], [W1])
    with pytest.raises(BadNote):
        verify_signatures(known.TEXT + b"\n", [line], [W1])


def test_the_signed_statement_of_a_cosignature_is_that_of_the_specification() -> None:
    line = cosign_text(b"example.com/log\n1\nAAAA\n", W1.name, WITNESS, 1679315147)
    assert line.signature[8:] == WITNESS.sign(b"cosignature/v1\ntime 1679315147\nexample.com/log\n1\nAAAA\n")


def test_a_cosignature_is_no_signature_of_a_log_nor_the_other_way_round() -> None:
    log = verifier_key(W1.name, ED25519, WITNESS.public_key)
    lines = [cosign_text(known.TEXT, W1.name, WITNESS, 1), sign_text(known.TEXT, W1.name, WITNESS)]
    assert [each.key for each in verify_signatures(known.TEXT, lines, [log])] == [log]
    assert [each.key for each in verify_signatures(known.TEXT, lines, [W1])] == [W1]


@pytest.mark.parametrize("timestamp", [-1, 2**63])
def test_a_time_out_of_range_is_not_signed(timestamp: int) -> None:
    with pytest.raises(ValueError, match="no time"):
        cosign_text(known.TEXT, W1.name, WITNESS, timestamp)
