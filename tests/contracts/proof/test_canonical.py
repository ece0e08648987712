"""The canonical form: one spelling, no names, and no two contracts alike."""

import hashlib
from uuid import UUID

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from contracts.contract import Contract, ContractType, Role, Status
from contracts.fields.money import Currency, Money
from contracts.fields.msisdn import Msisdn
from contracts.proof.canonical import CanonicalForm, FormParty, canonical_json, contract_form, sha256_hex
from contracts.proof.statements import canonical_form_of
from tests.contracts.proof.make_forms import BUYER, CONTRACT, SELLER, TERMS
from values.frozen import replace


def test_a_form_is_written_as_it_always_was() -> None:
    """All signatures so far are over these bytes."""
    form = canonical_form_of(CONTRACT, 1)
    amina, other = sha256_hex(person_file_text("Amina", 1, "00")), sha256_hex(person_file_text(None, 2, "11"))
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


def person_file_text(name: str | None, n: int, salt: str) -> bytes:
    named = f'"{name}"' if name else "null"
    return f'{{"msisdn":"+25471100000{n}","name":{named},"salt":"{salt * 16}"}}'.encode()


names = st.text(st.characters(codec="ascii"), max_size=8)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=5),
)


@given(json_values)
def test_canonical_is_what_rfc_8785_says(value: object) -> None:
    assert canonical_json(value) == rfc8785.dumps(value)  # type: ignore[arg-type]  # it takes JSON only, which this is


def test_language_order_and_status_do_not_change_a_form() -> None:
    same = replace(
        CONTRACT,
        parties=(replace(SELLER, language="am"), replace(BUYER, language=None)),
        status=Status.ACTIVE,
        version=7,
    )
    assert canonical_form_of(same, 1) == canonical_form_of(CONTRACT, 1)


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
def test_another_contract_has_another_form(other: Contract) -> None:
    assert canonical_form_of(other, 1).sha256 != canonical_form_of(CONTRACT, 1).sha256


def test_two_versions_of_the_same_terms_have_two_forms() -> None:
    assert canonical_form_of(CONTRACT, 1).sha256 != canonical_form_of(CONTRACT, 2).sha256


def test_a_form_names_nobody() -> None:
    assert not any(name in canonical_form_of(CONTRACT, 1).text for name in (b"Amina", b"254711", b"711000001"))
    erased = replace(CONTRACT, parties=(replace(BUYER, salt=None), SELLER))
    assert b'"person":null' in canonical_form_of(erased, 1).text


flat_values = st.dictionaries(
    st.text(max_size=8), st.text() | st.integers(-(2**53) + 1, 2**53 - 1) | st.none(), max_size=5
)


@given(flat_values, flat_values)
def test_two_values_have_the_same_json_only_if_they_are_equal(one: dict[str, object], two: dict[str, object]) -> None:
    assert (canonical_json(one) == canonical_json(two)) == (one == two)
    assert canonical_json(dict(reversed(one.items()))) == canonical_json(one)


def test_no_order_changes_the_hash_of_a_form() -> None:
    parties = [FormParty(UUID(int=n), "witness", None) for n in range(5)]
    forms = [contract_form(UUID(int=9), "1", "other", {"b": 1, "a": 2}, 1, order) for order in (parties, parties[::-1])]
    assert forms[0] == forms[1] == CanonicalForm(UUID(int=9), 1, forms[0].text)
