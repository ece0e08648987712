"""Which contracts may have escrow here, and what it costs: as the settings say when a contract is made. Pure.

>>> rules = EscrowRules(fee_permille=10, smallest=50, largest=1_000_000, currencies=frozenset({Currency.KES}))
>>> rules.fee_for(Money(355_000, Currency.KES)), rules.refusal_of(Money(355_050, Currency.KES))
(3500, <Refusal.NOT_FOR_ESCROW: 'not_for_escrow'>)
"""

from decimal import Decimal

from contracts.escrow.shares import smallest_unit, whole_part
from contracts.fields.money import Currency, Money
from contracts.refusals import BadInput, Refusal, Why
from contracts.terms import Terms
from values.frozen import Frozen, replace


class EscrowRules(Frozen):
    """`fee_permille`: of the total, what the service keeps of what the seller gets. `smallest`, `largest`: the totals
    that may wait with us, in major units of one of `currencies`. `paybill`: where a buyer can pay by themselves, with
    the contract's reference as the account; None: only on a prompt."""

    fee_permille: int = 10
    smallest: int = 50
    largest: int = 1_000_000
    currencies: frozenset[Currency] = frozenset({Currency.KES})
    paybill: str | None = None

    def fee_for(self, total: Money) -> int:
        """Return the fee on `total` in minor units, rounded down to whole units."""
        return whole_part(total.minor, Decimal(self.fee_permille), Decimal(1000), smallest_unit(total.currency))

    def refusal_of(self, total: Money) -> Refusal | None:
        """Return why `total` cannot wait with us; None if it can."""
        if total.currency not in self.currencies:
            return Refusal.NOT_FOR_ESCROW
        try:
            self.check(total)
        except BadInput:
            return Refusal.NOT_FOR_ESCROW
        return None

    def check(self, total: Money) -> None:
        """Raise BadInput if an amount that somebody typed cannot wait with us."""
        unit = smallest_unit(total.currency)
        if total.minor % unit:
            raise BadInput(Why.NOT_WHOLE)
        if total.minor < self.smallest * unit:
            raise BadInput(Why.TOO_SMALL)
        if total.minor > self.largest * unit:
            raise BadInput(Why.TOO_BIG)

    def with_escrow(self, terms: Terms) -> Terms:
        """Return `terms` with the money waiting with us, for today's fee."""
        return replace(terms, payment="escrow", fee_minor=self.fee_for(terms.total))


def with_fee_in_proportion(agreed: Terms, proposed: Terms) -> Terms:
    """Return new terms as the contract is paid: as agreed, and with the agreed fee in proportion to the new total,
    rounded down to whole units."""
    if agreed.payment is None:
        return replace(proposed, payment=None, fee_minor=0)
    unit = smallest_unit(proposed.total.currency)
    fee = agreed.fee_minor
    if proposed.total != agreed.total:
        fee = agreed.fee_minor * proposed.total.minor // agreed.total.minor // unit * unit
    return replace(proposed, payment=agreed.payment, fee_minor=fee)
