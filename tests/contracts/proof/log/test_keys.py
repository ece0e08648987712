"""Names and keys of logs and witnesses."""

import pytest

from contracts.proof.log.keys import COSIGNATURE, ED25519, BadKey, check_key_name, parse_key, verifier_key
from storage.signing import Signer
from tests.contracts.proof.log import known_notes as known


@pytest.mark.parametrize("line", [known.PETER, known.ENOCH, known.ARCHE_LOG, known.REMORA])
def test_a_key_is_read_and_written_as_it_was(line: str) -> None:
    assert parse_key(line).line == line


def test_a_key_says_what_it_signs() -> None:
    assert (parse_key(known.ARCHE_LOG).kind, parse_key(known.REMORA).kind) == (ED25519, COSIGNATURE)


def test_no_part_of_a_key_is_a_key() -> None:
    for start in range(len(known.PETER)):
        for end in range(start, len(known.PETER) + 1):
            if (start, end) != (0, len(known.PETER)):
                with pytest.raises(BadKey):
                    parse_key(known.PETER[start:end])


def test_a_key_with_one_other_letter_is_no_key() -> None:
    for at, letter in enumerate(known.PETER):
        with pytest.raises(BadKey):
            parse_key(known.PETER[:at] + chr(ord(letter) + 1) + known.PETER[at + 1 :])


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(known.WRONG_LENGTH, id="35 bytes"),
        pytest.param(known.UNKNOWN_KIND, id="signatures of an unknown type"),
        pytest.param(known.PETER.replace("c74f20a3", "C74F20A3"), id="id in capitals"),
        pytest.param(known.PETER + "\n", id="newline"),
        pytest.param("Peter Neumann" + known.PETER[12:], id="blank in the name"),
    ],
)
def test_other_lines_are_no_keys(line: str) -> None:
    with pytest.raises(BadKey):
        parse_key(line)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u00a0b", "a\nb", "a\x7f\u2003"])
def test_a_name_is_one_word(name: str) -> None:
    with pytest.raises(BadKey):
        check_key_name(name)


def test_the_same_key_has_another_id_under_another_name_and_for_another_use() -> None:
    public = Signer.from_text("A" * 43).public_key
    keys = [verifier_key(name, kind, public) for name in ("a", "b") for kind in (ED25519, COSIGNATURE)]
    assert len({key.key_id for key in keys}) == 4
