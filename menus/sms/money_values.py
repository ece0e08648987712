"""The values of the places in a sentence about money, such as {missing}, {net} or {receipt}."""

from datetime import tzinfo

from contracts.fields.money import Money
from contracts.notices import Notice
from menus.phrases.fail_reasons import FAIL_REASONS
from menus.phrases.money import fee_of, joined, money_standing
from menus.sms.drafts import Draft, draft


def money_values(notice: Notice, zone: tzinfo) -> dict[str, object]:
    """Return the values for every place that a sentence about money may have. Without a payment nothing has come yet:
    the contract is not confirmed by all."""
    contract = notice.contracts[0]
    terms, escrow = contract.terms, contract.escrow
    currency = terms.total.currency
    paid_in = escrow.received - escrow.refunded if escrow else 0
    return {
        "currency": currency.value,
        "fee": fee_of(terms),
        "net": Money(terms.total.minor - terms.fee_minor, currency),
        "missing": Money(escrow.missing if escrow else terms.total.minor, currency),
        "paid_in": Money(paid_in, currency),
        "money": notice.money or "",
        "receipt": f" ({notice.receipt})" if notice.receipt else "",
        "reason": FAIL_REASONS[notice.failed] if notice.failed else "",
        "until": notice.until.astimezone(zone).date() if notice.until else "",
        "paybill": notice.paybill or "",
    }


def with_money_standing(told: Draft, notice: Notice, language: str) -> Draft:
    """Return `told`, the SMS about one contract, with where its money stands: at any rate if a payout failed, in a
    dispute if that takes one segment more, else if it takes none. Where money is missing, the SMS has said so."""
    contract = notice.contracts[0]
    standing = money_standing(contract, notice.msisdn)
    if standing is None or contract.waits_for(notice.msisdn) or (contract.is_under_way and contract.money_is_missing):
        return told
    longer = draft(joined(told.sentence, standing), language)
    if contract.escrow and contract.escrow.failed:
        return longer
    return longer if longer.segments <= told.segments + (contract.open_dispute is not None) else told
