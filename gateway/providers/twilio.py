"""Twilio: SMS and delivery reports, in signed requests (docs/wires.md). Samples: tests/wire/twilio/."""

import hmac
import re
from base64 import b64encode
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

import orjson

from contracts.fields.msisdn import Msisdn, e164, masked
from contracts.refusals import BadInput
from gateway.events import (
    Accepted,
    BadWire,
    Dlr,
    DlrState,
    HttpAnswer,
    HttpCall,
    HttpReply,
    MoSms,
    MtOutcome,
    MtSms,
    ProviderAccount,
    Rejected,
    TryLater,
    Unsure,
    Wire,
)
from gateway.providers.forms import http_refusal, read_required, read_short_text, read_written, safe_quote, try_later
from values.frozen import replace

NAME: Final = "twilio"
HOST: Final = "https://api.twilio.com"
SMS_TEXT_MAX: Final = 10_000  # Twilio joins up to 1600 characters of an SMS; a text sent as an MMS may be longer

UNSUBSCRIBED: Final = 21610
DLR_STATES: Final = {
    "accepted": DlrState.SUBMITTED,
    "scheduled": DlrState.SUBMITTED,
    "queued": DlrState.SUBMITTED,
    "sending": DlrState.SUBMITTED,
    "sent": DlrState.SUBMITTED,
    "delivered": DlrState.DELIVERED,
    "read": DlrState.DELIVERED,
    "undelivered": DlrState.FAILED,
    "failed": DlrState.FAILED,
    "canceled": DlrState.FAILED,
    "partially_delivered": DlrState.FAILED,  # a part of the text is not the message
}

# The codes of answers and of reports, in our own words: Twilio's have phone numbers and links in them.
REFUSED: Final = {
    21211: "not a valid number",
    21602: "the text is empty",
    21604: "no number",
    21610: "unsubscribed: the person sent STOP",
    21612: "no way from this sender to this number",
    21614: "the number takes no SMS",
    21617: "the text is longer than 1600 characters",
    30004: "blocked by the person or the network",
    30007: "filtered as spam",
}
BUSY: Final = {
    14107: "rate limit",
    20429: "too many requests",
    21611: "the sender's queue is full",
    30001: "the sender's queue is full",
    63018: "rate limit",
}
ACCOUNT: Final = {  # an operator mends it, and then the message goes
    20003: "wrong account or token",
    20005: "the account is not active",
    21212: "not a valid sender",
    21408: "sending to this region is not switched on",
    21603: "no sender",
    21606: "the sender is not ours or sends no SMS",
    21608: "a trial account sends to verified numbers only",
    21703: "the messaging service has no sender",
    30002: "the account is suspended",
}
MAY_PASS: Final = {**BUSY, **ACCOUNT}
OF_SENDER: Final = frozenset({21212, 21606})
FAILED: Final = {
    30003: "the phone is off or out of reach",
    30005: "no such number, or out of reach",
    30006: "a landline, or a network out of reach",
    30008: "the network does not say why",
    30036: "expired in the queue",
}
WORDS: Final = {**REFUSED, **MAY_PASS, **FAILED}
EXPIRED: Final = 30036

_CODE = re.compile(r"[0-9]{1,6}")
_PORT = re.compile(r":[0-9]+$")
_SID = re.compile(r"(?:SM|MM)[0-9a-f]{32}")  # of an SMS, of an MMS
_OLDER_SIDS: Final = ("SmsMessageSid", "SmsSid")  # of older versions of the API: the same as MessageSid
_OF_FALLBACK: Final = frozenset({"ErrorCode", "ErrorUrl"})  # why Twilio did not call the first address
_ADDRESS = re.compile(r"\+?[0-9]{1,20}|[^+]{1,11}|[a-z]+:\S{1,100}")  # the last of another channel: whatsapp:+254…
_SENDER = re.compile(r"From\+?[0-9]")


class Twilio:
    """Twilio for one account: its `username` is the account SID, its `api_key` the auth token. Pure, without I/O."""

    name: Final = NAME
    signature_header: Final = "X-Twilio-Signature"
    max_recipients: Final = 1

    def __init__(self, account: ProviderAccount) -> None:
        self._account = account
        self.sender_id: Final = account.sender_id or None
        self._token = account.api_key.encode()

    def verify(self, url: str, headers: Mapping[str, str], wire: Wire) -> bool:
        """Return whether the signature is right (docs/wires.md, "Twilio: SMS"). Twilio signs the URL now with its port
        and now without, so both are accepted."""
        given = headers.get(self.signature_header, "").encode(errors="replace")
        fields = "".join(name + value for name, value in sorted(set(wire.pairs)))
        # A list, so that both are always compared: the time taken tells nothing.
        return any([hmac.compare_digest(given, self._signature(spelling + fields)) for spelling in _spellings(url)])  # noqa: C419 - all of them, in constant time

    def parse_mo(self, wire: Wire) -> MoSms:
        """A message that is only a picture has no Body: its text is empty."""
        form = self._own(wire)
        raw_sender = _address(form, "From")
        return MoSms(
            provider=NAME,
            message_id=_message_sid(form),
            sender=_msisdn(raw_sender),
            raw_sender=raw_sender,
            to=_address(form, "To"),
            text=read_written({"Body": _signed_text(form)}, "Body", SMS_TEXT_MAX),
            sent_at=None,
        )

    def answer_mo(self) -> HttpReply:
        """TwiML that does nothing. Plain text would be sent to the person as an SMS."""
        return HttpReply("text/xml; charset=utf-8", b'<?xml version="1.0" encoding="UTF-8"?><Response/>')

    def parse_dlr(self, wire: Wire) -> Dlr | None:
        """Twilio also posts reports without a status; they report nothing."""
        if not wire.form().get("MessageStatus"):
            return None
        form = self._own(wire)
        status = read_short_text(form, "MessageStatus")
        code = _code(form.get("ErrorCode"))
        return Dlr(
            provider=NAME,
            message_id=_message_sid(form),
            state=_state(status, code),
            status=status,
            reason=_reason(code),
            msisdn=_msisdn(form.get("To", "")),
            network_code=None,
        )

    def render_mt(self, sms: MtSms) -> HttpCall:
        """Raise ValueError also for more than one recipient: Twilio takes one a call."""
        numbers = list(dict.fromkeys(sms.to))
        if len(numbers) != 1 or not _msisdn(numbers[0]):
            raise ValueError(f"not one number {NAME} takes: {', '.join(map(masked, numbers))}")
        sender = sms.sender_id or self.sender_id or ""
        form = {"To": numbers[0], _sender_field(sender): sender, "Body": sms.text}
        if self._account.report_url:
            form["StatusCallback"] = self._account.report_url
        host = (self._account.base_url or HOST).rstrip("/")
        key = b64encode(f"{self._account.username}:{self._account.api_key}".encode()).decode()
        return HttpCall(
            method="POST",
            url=f"{host}/2010-04-01/Accounts/{self._account.username}/Messages.json",
            headers={"Authorization": f"Basic {key}", "Accept": "application/json"},
            form=form,
        )

    def read_mt(self, answer: HttpAnswer, sms: MtSms) -> dict[Msisdn, MtOutcome]:
        return dict.fromkeys(sms.to, self._outcome(answer))

    def _own(self, wire: Wire) -> dict[str, str]:
        """Return the form. Raise BadWire if it is about another account than ours."""
        form = wire.form()
        if read_required(form, "AccountSid") != self._account.username:
            raise BadWire("AccountSid", "must be our account's")
        return form

    def _outcome(self, answer: HttpAnswer) -> MtOutcome:
        reply = _json(answer.body)
        if not 200 <= answer.status < 300:
            return self._refusal(answer, reply)
        if code := _code(reply.get("error_code")):
            why = self._quote(_reason(code) or "")
            if code in MAY_PASS:
                return TryLater(why, _cause(code), is_of_sender=code in OF_SENDER)
            return Rejected(why)
        sid = reply.get("sid")
        if not isinstance(sid, str) or not _SID.fullmatch(sid):
            return Unsure(f"HTTP {answer.status}, no message id", is_unreadable=True)
        return Accepted(sid, self._cost(reply))

    def _refusal(self, answer: HttpAnswer, reply: Mapping[str, object]) -> MtOutcome:
        """Decide by the code if we know it, else by the HTTP status. With a wrong token, a suspended account or a wrong
        sender messages wait for an operator. A 400 of Twilio always has a code: one without is not Twilio's."""
        code = _code(reply.get("code"))
        message = str(reply.get("message") or answer.body[:400].decode(errors="replace"))
        why = f"{code or f'HTTP {answer.status}'} {WORDS.get(code or 0) or self._quote(message)}".strip()
        if code in REFUSED:
            return Rejected(why, opted_out=code == UNSUBSCRIBED)
        if code in MAY_PASS:
            return replace(try_later(why, answer), cause=_cause(code), is_of_sender=code in OF_SENDER)
        return http_refusal(why, answer) if code or answer.status != 400 else try_later(why, answer)

    def _cost(self, reply: Mapping[str, object]) -> str | None:
        """Return the price, which Twilio often does not know yet, and writes as a loss of the account: -0.0075."""
        price, unit = reply.get("price"), reply.get("price_unit")
        return self._quote(f"{unit or ''} {str(price).lstrip('-')}".strip()) if price else None

    def _quote(self, text: str) -> str:
        return safe_quote(text, self._account.api_key)

    def _signature(self, signed: str) -> bytes:
        return b64encode(hmac.digest(self._token, signed.encode(errors="replace"), "sha1"))


def _address(form: Mapping[str, str], field: str) -> str:
    """Return who sent a message, or whom it went to: with nothing of the next field behind it (`_signed_text`)."""
    value = read_short_text(form, field)
    if not _ADDRESS.fullmatch(value):
        raise BadWire(field, "must be a number, a short code, a name or the address of a channel")
    return value


def _message_sid(form: Mapping[str, str]) -> str:
    """Return the message's id, which all fields for it must name alike."""
    sid = read_required(form, "MessageSid")
    if not _SID.fullmatch(sid):
        raise BadWire("MessageSid", "must be SM or MM with 32 hexadecimal digits")
    for name in _OLDER_SIDS:
        if form.get(name, sid) != sid:
            raise BadWire(name, "must be the same as MessageSid")
    return sid


def _signed_text(form: Mapping[str, str]) -> str:
    """Return the text, or raise BadWire if the form may be another than the one that Twilio signed.

    What is signed is names and values in a row, sorted by name and without anything between. Who has seen one request
    can cut the row at other places, and its signature stays right. Only the text is a stranger's own words, so a name
    in it can become a field. Between "Body" and "From" all but what a fallback adds is read as the text, so none of it
    can be cut off; and a second sender after it, or a text before it, was cut out of the real one.
    """
    fields = sorted(form.items())
    before = "".join(name + value for name, value in fields if name < "Body")
    text = "".join(name + value for name, value in fields if "Body" <= name < "From" and name not in _OF_FALLBACK)
    after = "".join(name + value for name, value in fields if name >= "From")
    if "Body" in before:
        raise BadWire("Body", "must be one field")
    if len(_SENDER.findall(after)) > 1:
        raise BadWire("From", "must be one field")
    return text.removeprefix("Body")


def _spellings(url: str) -> tuple[str, str]:
    """Return the URL without its port and with it; the port may be the default one of the scheme."""
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    bare = _PORT.sub("", host)
    with_port = host if bare != host else f"{host}:{443 if scheme == 'https' else 80}"
    return f"{scheme}://{bare}{slash}{path}", f"{scheme}://{with_port}{slash}{path}"


def _state(status: str, code: int | None) -> DlrState:
    """Return our state; the error code says whether a failed message was rejected or expired."""
    state = DLR_STATES.get(status.lower(), DlrState.UNKNOWN)
    if state is not DlrState.FAILED:
        return state
    return DlrState.REJECTED if code in REFUSED else DlrState.EXPIRED if code == EXPIRED else state


def _reason(code: int | None) -> str | None:
    return f"{code} {WORDS.get(code, '')}".strip() if code else None


def _sender_field(sender: str) -> str:
    """Return the form field for the sender. A messaging service (MG…) chooses the number and has its own field."""
    return "MessagingServiceSid" if sender.startswith("MG") and len(sender) == 34 else "From"


def _msisdn(number: str) -> Msisdn | None:
    """Return the msisdn, or None for a short code, a name, or the address of another channel (`whatsapp:+254…`)."""
    with suppress(BadInput):
        return e164(number)
    return None


def _cause(code: int | None) -> str:
    return "account" if code in ACCOUNT else "busy"


def _code(value: object) -> int | None:
    """Read a code: a number in JSON, digits in a form, missing or blank without an error."""
    digits = str(value)
    return int(digits) if _CODE.fullmatch(digits) else None


def _json(body: bytes) -> Mapping[str, object]:
    """Return the JSON object of a body, or an empty one if it has none."""
    with suppress(ValueError):
        reply = orjson.loads(body)
        if isinstance(reply, dict):
            return reply
    return {}
