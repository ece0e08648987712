"""The canonical form and what is signed over it: one spelling, nobody's name, no two alike."""

import hashlib
import time
from datetime import UTC, date, datetime, timedelta, timezone
from uuid import UUID

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from contracts.contract import Contract, ContractType, Party, Role, Signature, Status
from contracts.fields.money import Currency, Money
from contracts.fields.msisdn import Msisdn
from contracts.fields.quantity import Quantity
from contracts.proof.canonical import CanonicalForm, FormParty, canonical, contract_form, hash_of, shown_file
from contracts.proof.seal_tree import path_of, root_from_path, root_of
from contracts.proof.statements import ConfirmationStatement, canonical_form_of, sign_confirmation
from contracts.terms import Terms
from storage.acts.rows import ConfirmationRow
from storage.signing import Signer, is_signed, key_id_of
from values.frozen import replace

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
SIGNER = Signer.from_text("signing+in+tests+of+the+storage+alone+++++0=")
BUYER = Party(UUID(int=1), Msisdn("+254711000001"), Role.BUYER, "Amina", "sw", Signature.PENDING, "00" * 16)
SELLER = Party(UUID(int=2), Msisdn("+254711000002"), Role.SELLER, None, "en", Signature.PENDING, "11" * 16)
TERMS = Terms("maize", Quantity("50", "bags"), Money(350_000, Currency.KES), "Nakuru", date(2026, 7, 25))
CONTRACT = Contract(
    UUID(int=9), "40718353", 1, Status.PENDING, ContractType.OTHER, TERMS, (BUYER, SELLER), NOON
)  # fmt: skip


def test_a_form_is_written_as_it_always_was() -> None:
    """Signatures of years hang on these very bytes."""
    form, amina, other = (
        canonical_form_of(CONTRACT, 1),
        hash_of(person_hash_of("Amina", 1, "00")),
        hash_of(person_hash_of(None, 2, "11")),
    )
    assert form.text.decode() == (
        '{"format":"voicepact-contract/1","id":"00000000-0000-0000-0000-000000000009","parties":['
        f'{{"id":"00000000-0000-0000-0000-000000000001","person":"{amina}","role":"buyer"}},'
        f'{{"id":"00000000-0000-0000-0000-000000000002","person":"{other}","role":"seller"}}],'
        '"reference":"40718353","terms":{"currency":"KES","delivery_date":"2026-07-25","delivery_place":"Nakuru",'
        '"product":"maize","quantity":"50","silence_days":7,"total_minor":350000,"unit":"bags"},"terms_version":1,'
        '"type":"other"}'
    )
    assert form.sha256 == hashlib.sha256(form.text).hexdigest()
    assert form.blake2b == hashlib.blake2b(form.text, digest_size=32).hexdigest()


def person_hash_of(name: str | None, n: int, salt: str) -> bytes:
    named = f'"{name}"' if name else "null"
    return f'{{"msisdn":"+25471100000{n}","name":{named},"salt":"{salt * 16}"}}'.encode()


names = st.text(st.characters(codec="ascii"), max_size=8)
said_in_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=5),
)


@given(said_in_json)
def test_canonical_is_what_rfc_8785_says(value: object) -> None:
    assert canonical(value) == rfc8785.dumps(value)  # type: ignore[arg-type]  # it takes JSON only, which this is


def test_neither_language_nor_order_nor_status_changes_it() -> None:
    turned = replace(
        CONTRACT,
        parties=(replace(SELLER, language="am"), replace(BUYER, language=None)),
        status=Status.ACTIVE,
        version=7,
    )
    assert canonical_form_of(turned, 1) == canonical_form_of(CONTRACT, 1)


@pytest.mark.parametrize(
    "other",
    [
        replace(CONTRACT, id=UUID(int=10)),
        replace(CONTRACT, reference="40718340"),
        replace(CONTRACT, type=ContractType.LOGISTICS),
        replace(CONTRACT, terms=replace(TERMS, total=Money(350_001, Currency.KES))),
        replace(CONTRACT, terms=replace(TERMS, product="maïze")),
        replace(CONTRACT, parties=(replace(BUYER, name="Amino"), SELLER)),
        replace(CONTRACT, parties=(replace(BUYER, msisdn=Msisdn("+254711000003")), SELLER)),
        replace(CONTRACT, parties=(replace(BUYER, role=Role.SELLER), replace(SELLER, role=Role.BUYER))),
        replace(CONTRACT, parties=(BUYER,)),
    ],
)
def test_whatever_is_another_contract_has_another_form(other: Contract) -> None:
    assert canonical_form_of(other, 1).sha256 != canonical_form_of(CONTRACT, 1).sha256


def test_two_versions_of_the_same_terms_are_two_forms() -> None:
    assert canonical_form_of(CONTRACT, 1).sha256 != canonical_form_of(CONTRACT, 2).sha256


def test_a_form_names_nobody() -> None:
    assert not any(word in canonical_form_of(CONTRACT, 1).text for word in (b"Amina", b"254711", b"711000001"))
    erased = replace(CONTRACT, parties=(replace(BUYER, salt=None), SELLER))
    assert b'"person":null' in canonical_form_of(erased, 1).text


words = st.dictionaries(st.text(max_size=8), st.text() | st.integers(-(2**53) + 1, 2**53 - 1) | st.none(), max_size=5)


@given(words, words)
def test_two_values_have_one_form_only_if_they_are_one(one: dict[str, object], two: dict[str, object]) -> None:
    assert (canonical(one) == canonical(two)) == (one == two)
    assert canonical(dict(reversed(one.items()))) == canonical(one)


def test_the_hash_of_a_form_hangs_on_the_order_of_nothing() -> None:
    sides = [FormParty(UUID(int=n), "witness", None) for n in range(5)]
    forms = [contract_form(UUID(int=9), "1", "other", {"b": 1, "a": 2}, 1, order) for order in (sides, sides[::-1])]
    assert forms[0] == forms[1] == CanonicalForm(UUID(int=9), 1, forms[0].text)


# What is signed


SAID = ConfirmationRow(
    CONTRACT.id, BUYER.phone_id, BUYER.msisdn, "confirm", "africastalking", "63902", "s-1", "sw", "menus1",
    ("Je, ni sawa?",),
)  # fmt: skip


def said(*, at: datetime = NOON) -> tuple[ConfirmationStatement, bytes]:
    row, form = sign_confirmation(CONTRACT, SAID, SIGNER, UUID(int=7), "ussd", at)
    assert row.seal and form
    statement = ConfirmationStatement(
        UUID(int=7), CONTRACT.id, form.sha256, 1, "terms", UUID(int=1), "confirm", "ussd", "africastalking", "63902",
        "s-1", "sw", "menus1", row.seal.shown, at,
    )  # fmt: skip
    assert row.seal.shown == hash_of(shown_file(SAID.shown, row.seal.salt))
    return statement, bytes.fromhex(row.seal.signature)


def test_a_word_is_signed_over_all_that_was_said_and_shown() -> None:
    statement, signature = said()
    assert is_signed(statement.signed_bytes, signature, SIGNER.public_key)


@pytest.mark.parametrize(
    "change",
    [
        {"answer": "decline"}, {"form": "00" * 32}, {"number": 2}, {"subject": "cancel"}, {"phone_id": UUID(int=2)},
        {"channel": "sms"}, {"provider": "twilio"}, {"network_code": ""}, {"conversation": "s-2"}, {"language": "en"},
        {"menu_version": "menus2"}, {"shown": "00" * 32}, {"answered_at": NOON + timedelta(microseconds=1)},
        {"id": UUID(int=8)}, {"contract_id": UUID(int=8)},
    ],
)  # fmt: skip
def test_nothing_of_it_can_be_another(change: dict[str, object]) -> None:
    statement, signature = said()
    assert not is_signed(replace(statement, **change).signed_bytes, signature, SIGNER.public_key)


def test_a_moment_is_the_same_by_every_clock() -> None:
    nairobi = timezone(timedelta(hours=3))
    statement, signature = said(at=NOON.astimezone(nairobi))
    assert is_signed(replace(statement, answered_at=NOON).signed_bytes, signature, SIGNER.public_key)


def test_the_same_texts_shown_twice_are_not_seen_to_be_the_same() -> None:
    assert said()[0].shown != said()[0].shown


def test_another_key_signs_no_less_and_the_old_one_still_verifies() -> None:
    statement, signature = said()
    assert not is_signed(statement.signed_bytes, signature, Signer.from_text("A" * 43 + "=").public_key)
    assert SIGNER.key_id == key_id_of(SIGNER.public_key)
    assert len(SIGNER.key_id) == 16


@pytest.mark.parametrize(
    "text", ["", "short", "A" * 44, "-----BEGIN PRIVATE KEY-----\nxxx\n-----END PRIVATE KEY-----", "é" * 43]
)
def test_a_key_that_is_none_is_refused_without_being_shown(text: str) -> None:
    with pytest.raises(ValueError, match="should be an Ed25519 private key") as refused:
        Signer.from_text(text)
    assert not text or text not in str(refused.value)


@pytest.mark.parametrize("newline", ["\n", "\\n"])
def test_a_key_may_be_a_pem_file_in_one_line_or_many(newline: str) -> None:
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode().replace("\n", newline)
    assert Signer.from_text(pem).public_key == key.public_key().public_bytes_raw()


def test_a_signature_costs_little() -> None:
    """A generous bound for a busy machine; on a quiet one it is about 0.1 ms."""
    kept = replace(CONTRACT, form_hashes={1: canonical_form_of(CONTRACT, 1).sha256})
    started = time.process_time()
    for _ in range(200):
        sign_confirmation(kept, SAID, SIGNER, UUID(int=7), "ussd", NOON)
    assert (time.process_time() - started) / 200 < 0.001


# The tree under a checkpoint


@given(st.integers(1, 70), st.data())
def test_every_leaf_climbs_to_the_root_and_no_other_does(count: int, data: st.DataObject) -> None:
    leaves = [hashlib.sha256(str(n).encode()).hexdigest() for n in range(count)]
    place = data.draw(st.integers(0, count - 1))
    path, root = path_of(leaves, place), root_of(leaves)
    assert root_from_path(leaves[place], path) == root
    assert root_from_path(hashlib.sha256(b"x").hexdigest(), path) != root
    assert len(path) <= 7
