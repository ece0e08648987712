"""Up to what amount an SMS alone binds its sender. Above it only a call with their PIN does. Pure.

Whoever can send an SMS in somebody's name (a borrowed phone, a forged sender) has their word; the PIN is what they do
not have. So above the limit these need the PIN: a yes, a receipt, and whatever leads to an end without another word of
the sender, which are a request to change or cancel (the others' yes ends it) and a reported delivery (the buyer's
silence ends it). A no, a problem and an appeal never do: they hold things up, and hurt nobody who can wait.
"""

from collections.abc import Mapping
from decimal import Decimal

from contracts.contract import Contract, Party
from contracts.fields.money import Currency, Money
from contracts.terms import Terms
from values.frozen import Frozen, field

# In major units: about what KES 200,000 are worth elsewhere, as round sums.
DEFAULT_LIMITS: Mapping[Currency, Decimal] = {
    Currency.KES: Decimal(200_000),
    Currency.UGX: Decimal(5_500_000),
    Currency.TZS: Decimal(4_000_000),
    Currency.RWF: Decimal(2_000_000),
    Currency.NGN: Decimal(2_000_000),
    Currency.GHS: Decimal(20_000),
    Currency.ZAR: Decimal(25_000),
    Currency.ETB: Decimal(200_000),
    Currency.XOF: Decimal(1_000_000),
    Currency.MWK: Decimal(2_500_000),
    Currency.ZMW: Decimal(40_000),
}


class SmsLimits(Frozen):
    """`up_to`: by currency, in major units, the largest total of a contract to which an SMS alone binds."""

    up_to: Mapping[Currency, Decimal] = field(default_factory=lambda: DEFAULT_LIMITS)

    def bind(self, party: Party, *totals: Money) -> bool:
        """Whether an SMS alone may bind `party` to each of these totals."""
        return not party.pin_only and all(self._is_within(total) for total in totals)

    def bind_to(self, contract: Contract, party: Party, terms: Terms | None = None) -> bool:
        """Whether an SMS alone may bind `party` to what they would say about `contract` now: to its terms, to those of
        the open proposal, and to `terms`, which they ask for."""
        proposed = contract.proposal.terms if contract.proposal else None
        return self.bind(party, *(each.total for each in (contract.terms, proposed, terms) if each))

    def limit(self, currency: Currency) -> Money:
        """Return the largest total to which an SMS alone binds."""
        major = self.up_to.get(currency, DEFAULT_LIMITS[currency])
        return Money(int(major.scaleb(currency.exponent)), currency)

    def _is_within(self, total: Money) -> bool:
        return total.minor <= self.limit(total.currency).minor
