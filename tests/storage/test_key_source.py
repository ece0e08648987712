"""A key by where it is: in a setting, in a file that only its owner reads, on a token."""

import base64
import os
import stat
import subprocess
import sys
from pathlib import Path

import pkcs11
import pytest

from storage.key_source import TokenAccess, check_source, make_key, open_signer
from storage.signing import SignerAwayError, is_signed, key_id_in, letters_of
from storage.tokens.pkcs11_key import thread_of
from tests.storage.tokens.softhsm import ACCESS, MODULE, PIN, needs_softhsm, token

NOTHING = TokenAccess()
SEED = base64.b64encode(b"a key that signs only in a test!").decode()


def test_a_key_is_made_in_a_file_that_only_its_owner_can_read(tmp_path: Path) -> None:
    before, name = os.umask(0), f"file:{tmp_path / 'words.pem'}"
    try:
        made = make_key(name, NOTHING)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "words.pem").stat().st_mode) == 0o600
    assert is_signed(b"agreed", open_signer(name, NOTHING).sign(b"agreed"), made.public_key)
    with pytest.raises(ValueError, match="is there already, and is left as it is"):
        make_key(name, NOTHING)
    assert open_signer(name, NOTHING).key_id == made.key_id


def test_a_file_may_hold_what_a_setting_may(tmp_path: Path) -> None:
    file = tmp_path / "words key"
    file.touch(mode=0o600)
    file.write_text(f"{SEED}\n")
    for name in (f"file:{file}", f"file://{file}"):
        assert open_signer(name, NOTHING).key_id == open_signer(SEED, NOTHING).key_id


@pytest.mark.parametrize(
    ("content", "mode", "why"),
    [
        (SEED.encode(), 0o644, "everybody on this machine can read: chmod 600"),
        (SEED.encode(), 0o602, "everybody on this machine can read: chmod 600"),
        (b"hunter2", 0o600, "should be an Ed25519 private key"),
        (b"\xff\xfe", 0o600, "holds no key"),
        (None, 0o600, "cannot be read: No such file"),
    ],
)
def test_a_file_that_is_not_safe_or_no_key(tmp_path: Path, content: bytes | None, mode: int, why: str) -> None:
    file = tmp_path / "key"
    if content is not None:
        file.write_bytes(content)
        file.chmod(mode)
    with pytest.raises(ValueError, match=why) as refused:
        open_signer(f"file:{file}", NOTHING)
    assert "hunter2" not in str(refused.value) and SEED not in str(refused.value)
    if content is None:
        check_source(f"file:{file}")  # a command that signs nothing need not have it
    else:
        with pytest.raises(ValueError, match=why):
            check_source(f"file:{file}")


def test_letters_are_read_in_any_spelling() -> None:
    assert letters_of("3f2a9c017bd2f0a4") == "3f2a 9c01 7bd2 f0a4"
    for typed in ("3f2a 9c01 7bd2 f0a4", " 3F2A9C017BD2F0A4 ", "3f2a9c01 7bd2f0a4"):
        assert key_id_in(typed) == "3f2a9c017bd2f0a4"
    for wrong in ("", "3f2a", "3f2a 9c01 7bd2 f0ag", "3f2a 9c01 7bd2 f0a4 0"):
        with pytest.raises(ValueError, match="16 letters"):
            key_id_in(wrong)


@pytest.mark.parametrize(
    ("text", "access", "why"),
    [
        ("pkcs11:token=t;object=o", NOTHING, "needs PKCS11_MODULE"),
        ("pkcs11:token=t;object=o", TokenAccess(Path("/no/such.so")), "needs the library /no/such.so"),
        ("pkcs11:token=t;object=o?module-path=/no/other.so", NOTHING, "needs the library /no/other.so"),
        ("pkcs11:token=t", NOTHING, "should name a token and a key"),
    ],
)
def test_what_a_token_needs_is_said_before_it_is_asked(text: str, access: TokenAccess, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        open_signer(text, access, PIN)


@needs_softhsm
def test_a_key_on_a_token_signs_and_never_leaves_it(tmp_path: Path) -> None:
    words, log = f"{token()}words", f"{token()}log;id=%02"
    made = make_key(words, ACCESS, PIN)
    signer, of_log = open_signer(words, ACCESS, PIN), make_key(log, ACCESS, PIN)
    for one in (made, signer, of_log, signer):  # the logout of one is that of the others, which log in again
        assert is_signed(b"agreed", one.sign(b"agreed"), one.public_key)
    assert signer.key_id == made.key_id != of_log.key_id
    with pytest.raises(ValueError, match="has a key of this name already"):
        make_key(words, ACCESS, PIN)
    with pytest.raises(ValueError, match="needs the token's PIN"):
        open_signer(words, ACCESS)
    pin = tmp_path / "pin"
    pin.write_text(f"{PIN}\n")
    assert open_signer(f"{words}?pin-source=file:{pin}", ACCESS).key_id == made.key_id
    for wrong, why in (
        ("token=other;object=words", "no such token"),
        ("token=voicepact;object=no", "no key of this name"),
    ):
        with pytest.raises(SignerAwayError, match=why):
            open_signer(f"pkcs11:{wrong}", ACCESS, PIN)
    with pytest.raises(pkcs11.AttributeSensitive):
        thread_of(MODULE, 20.0).call(lambda: secret_of("words"))


def secret_of(label: str) -> bytes:
    session = next(iter(pkcs11.lib(str(MODULE)).get_tokens())).open()
    key = session.get_key(pkcs11.ObjectClass.PRIVATE_KEY, label=label)
    return bytes(key[pkcs11.Attribute.VALUE])


@needs_softhsm
def test_a_wrong_pin_is_named_and_not_shown() -> None:
    """In a process of its own: in this one the token is open already."""
    code = (
        "import sys; from pathlib import Path; from storage.key_source import TokenAccess, open_signer\n"
        "open_signer(sys.argv[1] + 'words', TokenAccess(Path(sys.argv[2]), 20.0), sys.argv[3])"
    )
    words = [sys.executable, "-c", code, token(), str(MODULE), "wrong-hunter2"]
    ran = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    assert "SignerAwayError: the token refuses the PIN" in ran.stderr
    assert "wrong-hunter2" not in ran.stderr
