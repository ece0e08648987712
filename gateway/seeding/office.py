"""What the office of the cooperative does in the examples: it writes offers down, and what an arbiter decided."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from contracts.contract import Contract, Party, Role
from contracts.dispute import Decision
from contracts.escrow.rules import EscrowRules
from contracts.fields.money import Currency, Money
from contracts.fields.msisdn import Msisdn
from contracts.fields.quantity import Quantity
from contracts.refusals import Refusal
from contracts.rules import operator_acts
from contracts.rules.plan import Plan
from contracts.rules.waiting import WaitingPeriods
from contracts.terms import Terms
from gateway.seeding.cooperative import Trade
from gateway.seeding.stories import Deal, Does
from gateway.seeding.words import REASONS
from values.frozen import replace

PhoneIds = Mapping[Msisdn, UUID]


def terms_of(deal: Deal, escrow: EscrowRules) -> Terms:
    trade = deal.trade
    terms = Terms(
        trade.goods.product, Quantity(str(trade.quantity), trade.goods.unit), Money(trade.total * 100, Currency.KES),
        trade.place, (deal.asked_at + timedelta(days=deal.due_days)).date(),
    )  # fmt: skip
    return escrow.with_escrow(terms) if deal.escrow else terms


def parties_of(trade: Trade, phone_ids: PhoneIds, told_costs: Mapping[Msisdn, datetime]) -> tuple[Party, ...]:
    sides = ((Role.SELLER, trade.seller), (Role.BUYER, trade.buyer))
    return tuple(
        Party(phone_ids.get(person.msisdn), person.msisdn, role, person.name, person.language, None,
              told_costs=person.msisdn in told_costs)
        for role, person in sides
    )  # fmt: skip


def decision_plan(contract: Contract, does: Does, now: datetime, periods: WaitingPeriods) -> Plan | Refusal:
    """Return what it writes that the office notes down a decision (`does`) on a dispute."""
    decision = {"decide_complete": Decision.COMPLETE, "decide_cancel": Decision.CANCEL, "decide_split": Decision.SPLIT}
    share = contract.terms.total.minor * 6 // 1000 * 100 if does == "decide_split" else None
    return operator_acts.decide_dispute(contract, decision[does], share, REASONS, now, periods)


def by_operator(plan: Plan, operator: str) -> Plan:
    """Return `plan` as one of the office, whose key the audit names."""
    audit = tuple(replace(row, details={**row.details, "operator": operator}) for row in plan.audit)
    return replace(plan, audit=audit)
