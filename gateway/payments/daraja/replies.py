"""What Daraja answers at once: an order taken or refused, what became of a prompt. Pure; nothing here raises.

What it says of errors is said in our words: its own may repeat a number or a key of the request.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from contracts.escrow.outcomes import Failed, FailReason, NotSent, OrderAccepted, Outcome, Paid, SendOutcome, Unknown
from gateway.events import BadWire, HttpAnswer
from gateway.payments.daraja import codes
from gateway.payments.daraja.json_fields import JsonObject, code_in, read_code, read_id, read_json
from gateway.providers.forms import safe_quote, try_later
from values.frozen import Frozen, Hidden

# A query may say "failed" of a prompt whose callback says "paid": for so long the callback wins.
CALLBACK_COMES_WITHIN: Final = timedelta(minutes=5)

_FIELD = re.compile(r"Invalid ([A-Za-z]{3,30})")


class ApiError(Frozen):
    """A refusal of Daraja's: its code, maybe empty, and its words in lower case, which are for telling codes apart and
    not for showing."""

    code: str
    words: Hidden[str]
    field: str = ""


def read_push(answer: HttpAnswer) -> SendOutcome:
    """Return whether a prompt is on its way. OrderAccepted.rail_id is its CheckoutRequestID."""
    return _read_taken(answer, "CheckoutRequestID", ("PhoneNumber", "PartyA"))


def read_payout(answer: HttpAnswer) -> SendOutcome:
    """Return whether a payout was taken. If its id is known there already, an earlier try was taken: then its outcome
    is unknown, and must be asked for. OrderAccepted.rail_id is its ConversationID."""
    return _read_taken(answer, "ConversationID", ("PartyB",))


def read_reversal(answer: HttpAnswer) -> SendOutcome:
    """Return whether a reversal was taken. OrderAccepted.rail_id is the OriginatorConversationID that Daraja made for
    it: by that it is asked about."""
    return _read_taken(answer, "OriginatorConversationID")


def read_question(answer: HttpAnswer) -> Unknown:
    """Return what is known of a transfer once a question about it was put: nothing yet, the answer is a callback."""
    taken = _read_taken(answer, "ConversationID")
    if isinstance(taken, OrderAccepted):
        return Unknown("asked; the answer comes as a callback", is_pending=True)
    return without_answer(taken)


def read_push_state(answer: HttpAnswer, checkout_id: str, sent_at: datetime, now: datetime) -> Outcome:
    """Return what became of a prompt, by its query. It knows neither receipt nor amount."""
    if not 200 <= answer.status < 300:
        return without_answer(read_refusal(answer))
    try:
        reply = read_json(answer.body)
        response, result = read_code(reply, "ResponseCode"), read_code(reply, "ResultCode")
    except BadWire as bad:
        return Unknown(f"the answer cannot be read: {bad}")
    if response != codes.PAID:
        return Unknown(f"the query was refused: {response}")
    if result == codes.PAID:
        return Paid(rail_id=checkout_id)
    return _unpaid(result, str(reply.get("ResultDesc") or ""), checkout_id, now - sent_at)


def read_refusal(answer: HttpAnswer, of_person: Sequence[str] = ()) -> NotSent | Failed | Unknown:
    """Return what an answer that is no 2xx says of the order. `of_person`: the fields with a person's number."""
    error = read_error(answer)
    if error.code == codes.SEVERAL_MEANINGS:
        return _one_of_five(error.words)
    if error.code == codes.DUPLICATE_OR_INTERNAL:
        is_known = "duplicate" in error.words
        return Unknown("Daraja has this order already: ask about it" if is_known else "Daraja: system internal error")
    if error.code == codes.BAD_FIELD:
        return _bad_field(error, of_person)
    if words := codes.ACCOUNT_ERRORS.get(error.code):
        return NotSent(f"{error.code} {words}", "account")
    is_busy = error.code in codes.BUSY_ERRORS or answer.status == 429
    if is_busy or (not error.code and answer.status in (401, 403)):
        words = codes.BUSY_ERRORS.get(error.code, "")
        later = try_later(" ".join(filter(None, (f"HTTP {answer.status}", error.code, words))), answer)
        return NotSent(later.why, "busy" if is_busy else later.cause, later.after_seconds)
    return Unknown(f"HTTP {answer.status} {error.code}".rstrip())


def read_error(answer: HttpAnswer) -> ApiError:
    """Return the refusal in an answer; without a code if it is in no form of Daraja's."""
    try:
        reply = read_json(answer.body)
    except BadWire:
        return ApiError("", "")
    words = str(reply.get("errorMessage") or "")
    named = _FIELD.search(words)
    return ApiError(code_in(reply.get("errorCode")) or "", words.lower(), named[1] if named else "")


def without_answer(outcome: SendOutcome) -> Unknown:
    """Return what a question that was refused, or did not arrive, says of the transfer: nothing."""
    match outcome:
        case Unknown():
            return outcome
        case NotSent(why=why):
            return Unknown(f"not asked: {why}")
        case Failed(code=code):
            return Unknown(f"the question was refused: {code}")
        case _:
            return Unknown("the question has no answer yet")


def fail_words(reply: JsonObject) -> str:
    """Return Daraja's description of a result, fit for a row."""
    return safe_quote(str(reply.get("ResultDesc") or ""), "")


def _read_taken(answer: HttpAnswer, id_field: str, of_person: Sequence[str] = ()) -> SendOutcome:
    if not 200 <= answer.status < 300:
        return read_refusal(answer, of_person)
    try:
        reply = read_json(answer.body)
        response = read_code(reply, "ResponseCode")
    except BadWire as bad:
        return Unknown(f"the answer cannot be read: {bad}")
    if response != codes.PAID:  # 1 is also a duplicate: an earlier try was taken
        return Unknown(f"ResponseCode {response}: ask about it")
    try:
        return OrderAccepted(read_id(reply, id_field))
    except BadWire:
        return OrderAccepted()


def _one_of_five(words: str) -> NotSent | Failed | Unknown:
    code = codes.SEVERAL_MEANINGS
    if "lock subscriber" in words:
        return Failed(FailReason.BUSY, code, "another prompt is open on this phone")
    if any(said in words for said in codes.PROCESSING_WORDS):
        return Unknown(f"{code} it is being processed", is_pending=True)
    if "wrong credentials" in words:
        return NotSent(f"{code} wrong credentials: passkey, initiator or certificate", "account")
    if "merchant" in words and "not exist" in words:
        return NotSent(f"{code} no such shortcode", "account")
    if "not exist" in words:
        return Unknown(f"{code} no such transaction", is_missing=True)
    return Unknown(code)


def _bad_field(error: ApiError, of_person: Sequence[str]) -> NotSent | Failed:
    """A number or an amount is this order's fault; any other field is the account's, and is mended by an operator."""
    if error.field in of_person:
        return Failed(FailReason.NOT_REGISTERED, error.code, f"Invalid {error.field}")
    if error.field == "Amount":
        return Failed(FailReason.LIMIT, error.code, "Invalid Amount")
    return NotSent(f"{error.code} invalid {error.field or 'request'}", "account")


def _unpaid(result: str, words: str, checkout_id: str, age: timedelta) -> Failed | Unknown:
    is_processing = result == codes.STILL_PROCESSING or (
        result == codes.NO_RESPONSE and any(said in words.lower() for said in codes.PROCESSING_WORDS)
    )
    if is_processing:
        return Unknown("the prompt is open", is_pending=True, rail_id=checkout_id)
    reason = codes.PROMPT_FAILS.get(result)
    if reason is None:
        return Unknown(f"ResultCode {result}", rail_id=checkout_id)
    if age < CALLBACK_COMES_WITHIN:
        why = f"the query says {result}; its callback may still say paid"
        return Unknown(why, is_pending=True, rail_id=checkout_id)
    return Failed(reason, result, safe_quote(words, ""), checkout_id)
