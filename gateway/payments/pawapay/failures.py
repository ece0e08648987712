"""pawaPay's failure codes in our own words. The status says whether a transfer failed; a code only says why."""

from typing import Final

from contracts.escrow.outcomes import Failed, FailReason, NotSent
from gateway.providers.forms import is_id, safe_quote

REASONS: Final = {
    "PAYMENT_NOT_APPROVED": FailReason.CANCELLED,  # or nobody answered: they are one to pawaPay
    "INSUFFICIENT_BALANCE": FailReason.NO_FUNDS,
    "PAYMENT_IN_PROGRESS": FailReason.BUSY,
    "TRANSACTION_ALREADY_IN_PROCESS": FailReason.BUSY,
    "REFUND_IN_PROGRESS": FailReason.BUSY,
    "PAYER_NOT_FOUND": FailReason.NOT_REGISTERED,
    "RECIPIENT_NOT_FOUND": FailReason.NOT_REGISTERED,
    "INVALID_PHONE_NUMBER": FailReason.NOT_REGISTERED,
    "PAYER_LIMIT_REACHED": FailReason.LIMIT,
    "RECIPIENT_LIMIT_REACHED": FailReason.LIMIT,
    "WALLET_LIMIT_REACHED": FailReason.LIMIT,
    "AMOUNT_OUT_OF_BOUNDS": FailReason.LIMIT,
    "PAWAPAY_WALLET_OUT_OF_FUNDS": FailReason.OUR_FUNDS,
}
PASSING: Final = "PROVIDER_TEMPORARILY_UNAVAILABLE"  # the one refusal that says: later


def failed(code: object, message: object) -> Failed:
    """Return the failure with the code and the words of pawaPay."""
    shown = code if isinstance(code, str) and is_id(code) else "UNKNOWN"
    return Failed(REASONS.get(shown, FailReason.REFUSED), shown, safe_quote(str(message or ""), ""))


def rejected(code: object, message: object) -> Failed | NotSent:
    """Return the outcome of an order that pawaPay did not take."""
    if code == PASSING:
        return NotSent(f"{code} {safe_quote(str(message or ''), '')}".strip())
    return failed(code, message)
