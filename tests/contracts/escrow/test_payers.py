"""A payer as M-Pesa names them, beside a number that we know."""

import hashlib

import pytest

from contracts.escrow.payers import may_be_payer
from contracts.fields.msisdn import Msisdn

OTIENO = Msisdn("+254711222333")
HASHED = hashlib.sha256(b"254711222333").hexdigest()


@pytest.mark.parametrize("payer", ["+254711222333", HASHED, "2547****333", "2547 ***** 333", None])
def test_each_name_of_a_number_may_be_it(payer: str | None) -> None:
    assert may_be_payer(payer, OTIENO)


@pytest.mark.parametrize("payer", ["+254711222334", "0" * 64, "2547****334", "2547 ***** 334", "600000"])
def test_another_number_is_not(payer: str) -> None:
    assert not may_be_payer(payer, OTIENO)
