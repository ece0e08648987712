"""Twilio: SMS and delivery reports, in signed requests. Documented traffic: tests/wire/twilio/."""

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
from gateway.providers.forms import is_short_text, read_long_text, read_short_text, safe_quote, try_later

NAME: Final = "twilio"
HOST: Final = "https://api.twilio.com"
SMS_TEXT_MAX: Final = 10_000  # they join up to 1600 characters of an SMS; what comes as an MMS may be longer

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
    "partially_delivered": DlrState.FAILED,  # half a sentence is not the message
}

# One list of codes for the answer to a send and for a report, in our words: theirs come with numbers and links in them.
REFUSED: Final = {
    21211: "not a valid number",
    21212: "not a valid sender",
    21408: "sending to this region is not switched on",
    21602: "the text is empty",
    21603: "no sender",
    21604: "no number",
    21606: "the sender is not ours or sends no SMS",
    21608: "a trial account sends to verified numbers only",
    21610: "unsubscribed: the person sent STOP",
    21612: "no way from this sender to this number",
    21614: "the number takes no SMS",
    21617: "the text is longer than 1600 characters",
    21703: "the messaging service has no sender",
    30004: "blocked by the person or the network",
    30007: "filtered as spam",
}
MAY_PASS: Final = {
    14107: "rate limit",
    20003: "wrong account or token",
    20005: "the account is not active",
    20429: "too many requests",
    21611: "the sender's queue is full",
    30001: "the sender's queue is full",
    30002: "the account is suspended",
    63018: "rate limit",
}
FAILED: Final = {
    30003: "the phone is off or out of reach",
    30005: "no such number, or out of reach",
    30006: "a landline, or a network out of reach",
    30008: "the network does not say why",
    30036: "expired in the queue",
}
WORDS: Final = {**REFUSED, **MAY_PASS, **FAILED}
EXPIRED: Final = 30036
REFUSED_REQUEST: Final = frozenset({400, 413, 422})  # this message is wrong; any other HTTP error is for an operator

_CODE = re.compile(r"[0-9]{1,6}")
_PORT = re.compile(r":[0-9]+$")


class Twilio:
    """The provider for one account: `username` is the account's SID, `api_key` its auth token. Pure."""

    name: Final = NAME
    signature_header: Final = "X-Twilio-Signature"
    most_recipients: Final = 1

    def __init__(self, account: ProviderAccount) -> None:
        self._account = account
        self._token = account.api_key.encode()

    def verify(self, url: str, headers: Mapping[str, str], wire: Wire) -> bool:
        """Return whether the signature is right (docs/wires.md, "Twilio: SMS"). Twilio signs the URL now with its port
        and now without, so both are accepted."""
        given = headers.get(self.signature_header, "").encode(errors="replace")
        fields = "".join(name + value for name, value in sorted(set(wire.pairs)))
        # A list, so that how long it takes does not tell which of the two it was.
        return any([hmac.compare_digest(given, self._signature(spelling + fields)) for spelling in _spellings(url)])  # noqa: C419 - all of them, in constant time

    def parse_mo(self, wire: Wire) -> MoSms:
        """A picture comes without a Body: a message of no words."""
        form = wire.form()
        raw_sender = read_short_text(form, "From")
        return MoSms(
            provider=NAME,
            message_id=read_short_text(form, "MessageSid"),
            sender=_msisdn(raw_sender),
            raw_sender=raw_sender,
            to=read_short_text(form, "To"),
            text=read_long_text({"Body": "", **form}, "Body", SMS_TEXT_MAX),
            sent_at=None,
        )

    def answer_mo(self) -> HttpReply:
        """TwiML that does nothing. They log an error for any other answer, and text it to the person if it is text."""
        return HttpReply("text/xml; charset=utf-8", b'<?xml version="1.0" encoding="UTF-8"?><Response/>')

    def parse_dlr(self, wire: Wire) -> Dlr | None:
        """A post without a status is one of theirs too, and reports nothing."""
        form = wire.form()
        if not form.get("MessageStatus"):
            return None
        status = read_short_text(form, "MessageStatus")
        code = _code(form.get("ErrorCode"))
        return Dlr(
            provider=NAME,
            message_id=read_short_text(form, "MessageSid"),
            state=_state(status, code),
            status=status,
            reason=_plainly(code),
            opted_out=code == UNSUBSCRIBED,
            msisdn=_msisdn(form.get("To", "")),
            network_code=None,
        )

    def render_mt(self, sms: MtSms) -> HttpCall:
        """One number a call: more would be a caller's mistake, and is a ValueError too."""
        numbers = list(dict.fromkeys(sms.to))
        if len(numbers) != 1 or not _msisdn(numbers[0]):
            raise ValueError(f"not one number {NAME} takes: {', '.join(map(masked, numbers))}")
        sender = sms.sender_id or self._account.sender_id or ""
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
        return dict.fromkeys(sms.to, self._verdict(answer))

    def _verdict(self, answer: HttpAnswer) -> MtOutcome:
        reply = _json(answer.body)
        if not 200 <= answer.status < 300:
            return self._refusal(answer, reply)
        if code := _code(reply.get("error_code")):
            why = self._quote(_plainly(code) or "")
            return TryLater(why, "busy") if code in MAY_PASS else Rejected(why)
        sid = reply.get("sid")
        if not isinstance(sid, str) or not is_short_text(sid):
            return Unsure(f"HTTP {answer.status}, no message id")
        return Accepted(sid, self._cost(reply))

    def _refusal(self, answer: HttpAnswer, reply: Mapping[str, object]) -> MtOutcome:
        """The code says more than the status where we know it. A wrong token, or an account that may not send, is an
        operator's to mend: messages wait for it instead of being lost."""
        code = _code(reply.get("code"))
        theirs = str(reply.get("message") or answer.body[:400].decode(errors="replace"))
        why = f"{code or f'HTTP {answer.status}'} {WORDS.get(code or 0) or self._quote(theirs)}".strip()
        if code in REFUSED:
            return Rejected(why, opted_out=code == UNSUBSCRIBED)
        return Rejected(why) if answer.status in REFUSED_REQUEST and code not in MAY_PASS else try_later(why, answer)

    def _cost(self, reply: Mapping[str, object]) -> str | None:
        """Most often they do not know it yet. They write it as what the account loses: -0.0075."""
        price, unit = reply.get("price"), reply.get("price_unit")
        return self._quote(f"{unit or ''} {str(price).lstrip('-')}".strip()) if price else None

    def _quote(self, said: str) -> str:
        return safe_quote(said, self._account.api_key)

    def _signature(self, signed: str) -> bytes:
        return b64encode(hmac.digest(self._token, signed.encode(errors="replace"), "sha1"))


def _spellings(url: str) -> tuple[str, str]:
    """The address without its port and with it, be it only the one its scheme stands for."""
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    bare = _PORT.sub("", host)
    with_port = host if bare != host else f"{host}:{443 if scheme == 'https' else 80}"
    return f"{scheme}://{bare}{slash}{path}", f"{scheme}://{with_port}{slash}{path}"


def _state(status: str, code: int | None) -> DlrState:
    """`failed` and `undelivered` are told apart by their code."""
    state = DLR_STATES.get(status.lower(), DlrState.UNKNOWN)
    if state is not DlrState.FAILED:
        return state
    return DlrState.REJECTED if code in REFUSED else DlrState.EXPIRED if code == EXPIRED else state


def _plainly(code: int | None) -> str | None:
    return f"{code} {WORDS.get(code, '')}".strip() if code else None


def _sender_field(sender: str) -> str:
    """A messaging service chooses the number itself, and is named in a field of its own."""
    return "MessagingServiceSid" if sender.startswith("MG") and len(sender) == 34 else "From"


def _msisdn(number: str) -> Msisdn | None:
    """Their numbers are E.164; a short code, a name, or the address of another channel (`whatsapp:+254…`) is none."""
    with suppress(BadInput):
        return e164(number)
    return None


def _code(value: object) -> int | None:
    """A code as they write it: a number in JSON, digits in a form, absent or blank when all is well."""
    digits = str(value)
    return int(digits) if _CODE.fullmatch(digits) else None


def _json(body: bytes) -> Mapping[str, object]:
    """The answer's object, empty where it is none."""
    with suppress(ValueError):
        reply = orjson.loads(body)
        if isinstance(reply, dict):
            return reply
    return {}
