"""The contract whose form and confirmation the tests of proof look at."""

from datetime import UTC, date, datetime
from uuid import UUID

from contracts.contract import Contract, ContractType, Party, Role, Signature, Status
from contracts.fields.money import Currency, Money
from contracts.fields.msisdn import Msisdn
from contracts.fields.quantity import Quantity
from contracts.terms import Terms
from storage.signing import Signer

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
SIGNER = Signer.from_text("signing+in+tests+of+the+storage+alone+++++0=")
BUYER = Party(UUID(int=1), Msisdn("+254711000001"), Role.BUYER, "Amina", "sw", Signature.PENDING, "00" * 16)
SELLER = Party(UUID(int=2), Msisdn("+254711000002"), Role.SELLER, None, "en", Signature.PENDING, "11" * 16)
TERMS = Terms("maize", Quantity("50", "bags"), Money(350_000, Currency.KES), "Nakuru", date(2026, 7, 25))
CONTRACT = Contract(
    UUID(int=9), "40718353", 1, Status.PENDING, ContractType.OTHER, TERMS, (BUYER, SELLER), NOON
)  # fmt: skip
