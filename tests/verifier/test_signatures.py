"""Ed25519 of both verifiers against RFC 8032, and against `cryptography` (OpenSSL) on signatures that are made to
divide verifiers: points of small order, spellings that are not the right one, numbers above the group's order."""

import itertools
import json
from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from storage.signing import Signer, is_signed
from tests.browser import Page, needs_browser
from tests.verifier.two_verifiers import verify

Case = tuple[bytes, bytes, bytes]  # message, signature, public key

# RFC 8032, section 7.1: public key, message, signature.
RFC_8032 = [
    ("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141"
     "438e7a100b"),
    ("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d29"
     "1612bb0c00"),
    ("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027be"
     "ceea1ec40a"),
    ("ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac9"
     "4fa54ca49f",
     "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1"
     "177331a704"),
]  # fmt: skip

# The points of small order in every spelling, the right one and others; and a spelling that is no point.
ODD_POINTS = [bytes.fromhex(each) for each in (
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "0200000000000000000000000000000000000000000000000000000000000000",
)]  # fmt: skip
ORDER = 2**252 + 27742317777372353535851937790883648493
OURS = Signer.from_text("YSBrZXkgdGhhdCBzaWducyBvbmx5IGluIGEgdGVzdCE=")


def number(value: int) -> bytes:
    return value.to_bytes(32, "little")


def hostile() -> Iterator[Case]:
    for r, key, s in itertools.product(ODD_POINTS, ODD_POINTS, (0, 1)):
        yield b"a", r + number(s), key
    message = b"a message"
    signature, key = OURS.sign(message), OURS.public_key
    s = int.from_bytes(signature[32:], "little")
    yield message, signature, key
    for other in (s + ORDER, s + 2 * ORDER, s ^ 1, s | 1 << 255, 0, ORDER, ORDER - 1, 2**256 - 1):
        yield message, signature[:32] + number(other % 2**256), key
    for odd in ODD_POINTS:
        yield message, odd + signature[32:], key
        yield message, signature, odd
    yield message, signature[:63], key
    yield message, signature + b"\0", key
    yield message, signature, key[:31]
    yield message, b"", key


CASES = [(bytes.fromhex(message), bytes.fromhex(signature), bytes.fromhex(key)) for key, message, signature in RFC_8032]


def test_the_vectors_of_rfc_8032() -> None:
    for message, signature, key in CASES:
        assert verify.is_signed(message, signature, key)
        assert not verify.is_signed(message + b"\0", signature, key)


def test_verify_py_accepts_what_openssl_accepts() -> None:
    accepted = 0
    for case in hostile():
        should = is_signed(*case)
        assert verify.is_signed(*case) is should, [each.hex() for each in case]
        accepted += should
    assert accepted > 5, "some of the points of small order pass there, too"


@given(st.binary(max_size=300), st.integers(0, 64 * 8 - 1))
def test_a_flipped_bit_is_never_signed(message: bytes, bit: int) -> None:
    signature = bytearray(OURS.sign(message))
    assert verify.is_signed(message, bytes(signature), OURS.public_key)
    signature[bit // 8] ^= 1 << bit % 8
    assert not verify.is_signed(message, bytes(signature), OURS.public_key)


@needs_browser
async def test_the_page_accepts_the_same(page: Page) -> None:
    cases = [*CASES, *hostile()]
    sent = json.dumps([[each.hex() for each in case] for case in cases])
    bytes_of = "(text) => Uint8Array.from(text.match(/../g) ?? [], (each) => parseInt(each, 16))"
    found = await page.run(f"{sent}.map((one) => isSigned(...one.map({bytes_of})))")
    assert found == [is_signed(*case) for case in cases]
