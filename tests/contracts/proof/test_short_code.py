"""The short code: always the same for a form, another one for another form, and read however it is typed."""

import pytest

from contracts.proof.short_code import ALPHABET, LETTERS, grouped, is_same, parse_code, short_code

FORM = b'{"format":"voicepact-contract/1","id":"00000000-0000-0000-0000-000000000001"}'


def test_it_is_scrypt_as_openssl_computes_it() -> None:
    """openssl kdf -keylen 24 -kdfopt pass:{} -kdfopt salt:voicepact-code/1 -kdfopt n:65536 -kdfopt r:8 -kdfopt p:1
    -kdfopt maxmem_bytes:140000000 SCRYPT, then each pair of bytes modulo 20. It must never change: it is on paper."""
    key = bytes.fromhex("2358D4EA55DD004916A444B6F63EC719A2F60C7AF3A7C243")
    letters = "".join(ALPHABET[int.from_bytes(key[at : at + 2]) % len(ALPHABET)] for at in range(0, 24, 2))
    assert short_code(b"{}") == letters == "LJCSWNYMYTVP"


def test_every_letter_is_used_and_no_two_forms_have_one_code() -> None:
    codes = [short_code(FORM + bytes([n]), 16) for n in range(200)]
    assert len(set(codes)) == 200
    assert {len(code) for code in codes} == {LETTERS}
    assert set("".join(codes)) == set(ALPHABET)


@pytest.mark.parametrize(
    "typed",
    [
        "BCDF GHJK LMNP", "bcdfghjklmnp", " bcdf-ghjk-lmnp ", "b c d f g h j k l m n p", "BCDF.GHJK.LMNP",
        "8CDF GHJK LMNP", "BCOF 6HJK 1MNP", "bcde ghjk imnp", "bcqf\u00a0ghjk\u2013lmnp",
    ],
)  # fmt: skip
def test_it_is_read_in_any_case_and_grouping_and_letters_that_look_alike_are_one(typed: str) -> None:
    assert parse_code(typed) == "BCDFGHJKLMNP"
    assert grouped("BCDFGHJKLMNP") == "BCDF GHJK LMNP"


@pytest.mark.parametrize(
    "typed",
    ["", "BCDF GHJK LMN", "BCDF GHJK LMNPR", "BCDF GHJK LMNA", "ብብብብብብብብብብብብ", "BCDF/GHJK/LMNP", "340718353333"],
)
def test_what_is_no_code_is_none(typed: str) -> None:
    assert parse_code(typed) is None


def test_two_codes_are_the_same_only_if_every_letter_is() -> None:
    assert is_same("BCDFGHJKLMNP", "BCDFGHJKLMNP")
    assert not is_same("BCDFGHJKLMNP", "BCDFGHJKLMNR")
