"""RFC 7512: a token and a key by name; what is not understood is refused, and nothing of it shown."""

from pathlib import Path

import pytest

from storage.tokens.uri import TokenUri, parse_uri

WORDS = "pkcs11:token=voicepact;object=words"


@pytest.mark.parametrize(
    ("text", "uri"),
    [
        (WORDS, TokenUri("voicepact", object_label="words")),
        ("pkcs11:object=words;type=private;token=voicepact", TokenUri("voicepact", object_label="words")),
        ("pkcs11:serial=0a1b;id=%01%FF", TokenUri(serial="0a1b", object_id=b"\x01\xff")),
        (
            "pkcs11:token=The%20Software%20PKCS%2311%20Softtoken;object=m%c3%a9moire;manufacturer=Snake%20Oil%2c%20Inc.;model=1.0",
            TokenUri("The Software PKCS#11 Softtoken", None, "Snake Oil, Inc.", "1.0", "mémoire"),
        ),
        (
            f"{WORDS}?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-source=file:/run/secrets/pin",
            TokenUri(
                "voicepact", object_label="words", module=Path("/usr/lib/softhsm/libsofthsm2.so"),
                pin_file=Path("/run/secrets/pin"),
            ),
        ),
        (f"{WORDS}?pin-source=file:///run/pin", TokenUri("voicepact", object_label="words", pin_file=Path("/run/pin"))),
        (f"{WORDS}?pin-source=/run/pin", TokenUri("voicepact", object_label="words", pin_file=Path("/run/pin"))),
    ],
)  # fmt: skip
def test_a_key_on_a_token_by_name(text: str, uri: TokenUri) -> None:
    assert parse_uri(text) == uri


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("PKCS11:token=a;object=b", "starts with pkcs11:"),
        ("pkcs11:", "should name a token and a key"),
        ("pkcs11:token=voicepact", "should name a token and a key"),
        ("pkcs11:object=words", "should name a token and a key"),
        (f"{WORDS};type=cert", "should be of type=private"),
        (f"{WORDS};type=public", "should be of type=private"),
        (f"{WORDS};token=hunter2", "has token twice"),
        (f"{WORDS};slot-id=3", "not understood"),
        (f"{WORDS};hunter2", "should have name=value"),
        (f"{WORDS};id=%zz", "should have name=value"),
        (f"{WORDS};serial=hunter2 x", "should have name=value"),
        (f"{WORDS}?pin-value=hunter2", "should not have the PIN in it"),
        (f"{WORDS}?hunter2=1", "not understood"),
    ],
)
def test_what_is_not_understood_is_refused(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why) as refused:
        parse_uri(text)
    assert "hunter2" not in str(refused.value)
