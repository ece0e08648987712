"""What is signed when somebody confirms, and with which key."""

import asyncio
from datetime import datetime, timedelta, timezone
from uuid import UUID

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from contracts.proof import statements
from contracts.proof.canonical import sha256_hex, shown_file
from contracts.proof.statements import ConfirmationStatement, canonical_form_of, sign_confirmation
from storage.acts.rows import ConfirmationRow
from storage.signing import Signer, is_signed, key_id_of
from tests.contracts.proof.make_forms import BUYER, CONTRACT, NOON, SIGNER
from values.frozen import replace

CONFIRMATION = ConfirmationRow(
    CONTRACT.id, BUYER.phone_id, BUYER.msisdn, "confirm", "africastalking", "63902", "s-1", "sw", "menus1",
    ("Je, ni sawa?",), typed=("[PIN]",), english=("Is that so?",), pin="typed", messages=(UUID(int=5),),
)  # fmt: skip


def sign(*, at: datetime = NOON) -> tuple[ConfirmationStatement, bytes]:
    row, form = asyncio.run(sign_confirmation(CONTRACT, CONFIRMATION, SIGNER, UUID(int=7), "ussd", at))
    assert row.proof and form
    statement = ConfirmationStatement(
        UUID(int=7), CONTRACT.id, form.sha256, 1, "terms", UUID(int=1), "confirm", "ussd", "africastalking", "63902",
        "s-1", "sw", "menus1", row.proof.shown, at, format=2, pin="typed", messages=(UUID(int=5),),
    )  # fmt: skip
    file = shown_file(CONFIRMATION.shown, row.proof.salt, None, CONFIRMATION.typed, CONFIRMATION.english)
    assert row.proof.shown == sha256_hex(file)
    return statement, bytes.fromhex(row.proof.signature)


def test_a_confirmation_is_signed() -> None:
    statement, signature = sign()
    assert is_signed(statement.signed_bytes, signature, SIGNER.public_key)


@pytest.mark.parametrize(
    "change",
    [
        {"answer": "decline"}, {"form": "00" * 32}, {"number": 2}, {"subject": "cancel"}, {"phone_id": UUID(int=2)},
        {"channel": "sms"}, {"provider": "twilio"}, {"network_code": ""}, {"conversation": "s-2"}, {"language": "en"},
        {"menu_version": "menus2"}, {"shown": "00" * 32}, {"answered_at": NOON + timedelta(microseconds=1)},
        {"id": UUID(int=8)}, {"contract_id": UUID(int=8)}, {"pin": "chosen"}, {"messages": ()}, {"format": 1},
    ],
)  # fmt: skip
def test_a_changed_statement_does_not_verify(change: dict[str, object]) -> None:
    statement, signature = sign()
    assert not is_signed(replace(statement, **change).signed_bytes, signature, SIGNER.public_key)


def test_a_statement_of_the_first_form_is_written_again_as_it_was() -> None:
    statement, _ = sign()
    first = orjson.loads(replace(statement, format=1).signed_bytes)
    assert first["format"] == "voicepact-confirmation/1" and not first.keys() & {"pin", "messages"}
    act = orjson.loads(replace(statement, format=1, version=4).signed_bytes)
    assert act["format"] == "voicepact-act/1"
    assert shown_file(("Je, ni sawa?",), "00") == b'{"salt":"00","texts":["Je, ni sawa?"]}'


def test_a_time_is_signed_as_the_same_in_every_time_zone() -> None:
    nairobi = timezone(timedelta(hours=3))
    statement, signature = sign(at=NOON.astimezone(nairobi))
    assert is_signed(replace(statement, answered_at=NOON).signed_bytes, signature, SIGNER.public_key)


def test_the_same_texts_have_another_hash_each_time() -> None:
    assert sign()[0].shown != sign()[0].shown


def test_a_signature_verifies_with_its_own_key_only() -> None:
    statement, signature = sign()
    assert not is_signed(statement.signed_bytes, signature, Signer.from_text("A" * 43 + "=").public_key)
    assert SIGNER.key_id == key_id_of(SIGNER.public_key)
    assert len(SIGNER.key_id) == 16


@pytest.mark.parametrize(
    "text", ["", "short", "A" * 44, "-----BEGIN PRIVATE KEY-----\nxxx\n-----END PRIVATE KEY-----", "é" * 43]
)
def test_a_wrong_key_is_refused_without_being_shown(text: str) -> None:
    with pytest.raises(ValueError, match="should be an Ed25519 private key") as refused:
        Signer.from_text(text)
    assert not text or text not in str(refused.value)


@pytest.mark.parametrize("newline", ["\n", "\\n"])
def test_a_key_may_be_a_pem_file_in_one_line_or_many(newline: str) -> None:
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode().replace("\n", newline)
    assert Signer.from_text(pem).public_key == key.public_key().public_bytes_raw()


def test_a_form_that_is_stored_already_is_not_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A signature costs a few hashes; the form of a contract is much more work."""
    stored = replace(CONTRACT, form_hashes={1: canonical_form_of(CONTRACT, 1).sha256})
    monkeypatch.setattr(statements, "canonical_form_of", None)
    row, form = asyncio.run(sign_confirmation(stored, CONFIRMATION, SIGNER, UUID(int=7), "ussd", NOON))
    assert form is None
    assert row.proof and row.proof.form == stored.form_hashes[1]
