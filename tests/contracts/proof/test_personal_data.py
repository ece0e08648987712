"""Finding a person in a text, in Python; tests/gateway/test_subject_command.py does it in PostgreSQL."""

import re

import pytest

from contracts.fields.msisdn import Msisdn, national
from contracts.proof.personal_data import MARK, number_pattern, person_pattern

AMINA = Msisdn("+254712345678")
ANYBODY = Msisdn("+256772123456")


@pytest.mark.parametrize(
    "spelled",
    [
        "+254712345678", "254712345678", "00254712345678", "%2B254712345678", "0712345678", "0712 345 678",
        "712345678", "0712-345-678", "0712.345.678", "(0712) 345 678", "+254 712 345678", "+254 (0)712 345 678",
        national(AMINA, AMINA), national(AMINA, ANYBODY),
    ],
)  # fmt: skip
def test_a_number_is_found_however_it_is_written(spelled: str) -> None:
    found = re.sub(number_pattern(AMINA), MARK, f"sell to {spelled}, today", flags=re.IGNORECASE)
    assert not re.search("[0-9]", found), found
    assert found.startswith("sell to ") and found.endswith(", today")


@pytest.mark.parametrize("other", ["0712345679", "10712345678", "+2547123456789", "KES 712,345", "+254******678"])
def test_another_number_is_not_found(other: str) -> None:
    assert not re.search(number_pattern(AMINA), other)


def test_a_name_is_found_as_a_whole_word() -> None:
    pattern = person_pattern(AMINA, ["Amina", "Amina (Mama) W."])
    assert re.sub(pattern, MARK, "AMINA, Aminata, Amina (Mama) W. and 0712 345 678", flags=re.IGNORECASE) == (
        f"{MARK}, Aminata, {MARK} and {MARK}"
    )
