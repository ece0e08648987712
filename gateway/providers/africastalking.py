"""Africa's Talking: USSD, SMS, delivery reports and opt-outs (docs/wires.md). Samples: tests/wire/africastalking/."""

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

import orjson
from africastalking.SMS import SMSService  # type: ignore[import-untyped]  # 0.09 s, most of it for requests, unused

from contracts.fields.msisdn import Msisdn, e164, masked, parse_msisdn
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
    UssdEnd,
    UssdInput,
    UssdReply,
    Wire,
)
from gateway.providers.forms import (
    http_refusal,
    is_id,
    read_count,
    read_id,
    read_optional,
    read_required,
    read_short_text,
    read_typed,
    read_written,
    safe_quote,
)

NAME: Final = "africastalking"
USSD_PREFIX: Final = "CON "

# `text` holds every answer of a session. Networks end a session after 180 s and cut an answer at 90 characters: 2000
# characters are twenty of the longest answers, more than a person can type.
USSD_TEXT_MAX: Final = 2000
SMS_TEXT_MAX: Final = 255 * 153  # a long SMS has at most 255 segments of 153 characters

DLR_STATES: Final = {
    "sent": DlrState.SUBMITTED,
    "submitted": DlrState.SUBMITTED,
    "buffered": DlrState.SUBMITTED,
    "success": DlrState.DELIVERED,
    "rejected": DlrState.REJECTED,
    "failed": DlrState.FAILED,
    "absentsubscriber": DlrState.FAILED,
    "expired": DlrState.EXPIRED,
}

# Codes of one recipient, in a reply whose HTTP status is 201 whatever they say.
TAKEN: Final = frozenset({100, 101, 102})  # Processed, Sent, Queued
MAY_PASS: Final = {401: "account", 402: "account", 405: "account", 500: "down", 501: "down"}
MAY_PASS_WORDS: Final = {
    "RiskHold": 401,
    "InvalidSenderId": 402,
    "InsufficientBalance": 405,
    "InternalServerError": 500,
    "GatewayError": 501,
}
INVALID_SENDER: Final = 402  # not ours, or a number that only receives
BLACKLISTED: Final = 406  # the recipient has opted out at this provider
REFUSED: Final = {
    403: "InvalidPhoneNumber",
    404: "UnsupportedNumberType",
    406: "UserInBlacklist",
    407: "CouldNotRoute",
    409: "DoNotDisturbRejection",
    502: "RejectedByGateway",
}

_DIGITS = re.compile(r"[0-9]{1,9}")


class AfricasTalking:
    """Africa's Talking for one account. Pure: it builds requests and never sends one."""

    name: Final = NAME
    ussd_prefix: Final = USSD_PREFIX
    signature_header: Final = None  # Africa's Talking signs nothing: the token in the URL is all there is
    max_recipients: Final = 100

    def __init__(self, account: ProviderAccount) -> None:
        self._account = account
        self.sender_id: Final = account.sender_id or None
        self._sdk = _DescribingSMS(account)

    def verify(self, url: str, headers: Mapping[str, str], wire: Wire) -> bool:
        return True

    def parse_ussd(self, wire: Wire) -> UssdInput:
        form = wire.form()
        return UssdInput(
            provider=NAME,
            session_id=read_id(form, "sessionId"),
            msisdn=_caller(form),
            service_code=read_short_text(form, "serviceCode"),
            network_code=read_optional(form, "networkCode") or "",
            history=read_typed(form, "text", USSD_TEXT_MAX),
        )

    def render_ussd(self, reply: UssdReply) -> HttpReply:
        prefix = "END " if reply.ends else USSD_PREFIX
        return HttpReply("text/plain; charset=utf-8", (prefix + reply.text).encode())

    def parse_ussd_end(self, wire: Wire) -> UssdEnd:
        form = wire.form()
        return UssdEnd(
            provider=NAME,
            session_id=read_id(form, "sessionId"),
            msisdn=_caller(form),
            network_code=read_optional(form, "networkCode") or "",
            status=read_short_text(form, "status"),
            hops=read_count(form, "hopsCount"),
            duration_ms=read_count(form, "durationInMillis"),
            cost=read_optional(form, "cost"),
            ended_at=_utc(form, "date"),
        )

    def parse_mo(self, wire: Wire) -> MoSms:
        form = wire.form()
        raw_sender = read_short_text(form, "from")
        return MoSms(
            provider=NAME,
            message_id=read_id(form, "id"),
            sender=self._msisdn(raw_sender),
            raw_sender=raw_sender,
            to=read_short_text(form, "to"),
            text=read_written(form, "text", SMS_TEXT_MAX),
            sent_at=_utc(form, "date"),
            link_id=read_optional(form, "linkId"),
            network_code=read_optional(form, "networkCode") or "",
        )

    def answer_mo(self) -> HttpReply:
        return HttpReply("text/plain; charset=utf-8", b"")

    def parse_dlr(self, wire: Wire) -> Dlr:
        form = wire.form()
        status = read_short_text(form, "status")
        return Dlr(
            provider=NAME,
            message_id=read_id(form, "id"),
            state=DLR_STATES.get(status.lower(), DlrState.UNKNOWN),
            status=status,
            reason=read_optional(form, "failureReason"),
            msisdn=self._msisdn(form.get("phoneNumber", "")),
            network_code=read_optional(form, "networkCode"),
        )

    def parse_optout(self, wire: Wire) -> Msisdn:
        """Return who wants no more messages. `senderId` is ignored: an opt-out of one sender id counts for all."""
        return _caller(wire.form())

    def render_mt(self, sms: MtSms) -> HttpCall:
        try:
            call: HttpCall = self._sdk.send(
                sms.text, list(dict.fromkeys(sms.to)), sender_id=sms.sender_id or self.sender_id
            )
        except ValueError:  # the SDK's own error text shows the full msisdn
            raise ValueError(f"not numbers {NAME} takes: {', '.join(map(masked, sms.to))}") from None
        return call

    def read_mt(self, answer: HttpAnswer, sms: MtSms) -> dict[Msisdn, MtOutcome]:
        if not 200 <= answer.status < 300:
            return dict.fromkeys(sms.to, self._http_refusal(answer))
        try:
            reply = orjson.loads(answer.body)["SMSMessageData"]
            message, entries = str(reply.get("Message", "")), list(reply["Recipients"])
        except (ValueError, LookupError, TypeError, AttributeError):
            return dict.fromkeys(sms.to, Unsure(f"HTTP {answer.status}, unreadable body", is_unreadable=True))
        if not entries:
            return dict.fromkeys(sms.to, _outcome_for_all(self._quote(message)))
        found = self._outcomes([entry for entry in entries if isinstance(entry, dict)], sms)
        missing = Unsure("the reply does not name this number", is_unreadable=not found)
        return {msisdn: found.get(msisdn, missing) for msisdn in sms.to}

    def _outcomes(self, rows: list[dict[str, object]], sms: MtSms) -> dict[Msisdn, MtOutcome]:
        """Outcomes by msisdn, in any order and spelling. Of two for one msisdn `Accepted` wins."""
        sent = {msisdn.lstrip("+"): msisdn for msisdn in sms.to}
        found: dict[Msisdn, MtOutcome] = {}
        for row in rows:
            number = str(row.get("number", ""))
            msisdn = sent.get(number.strip(" +")) or self._msisdn(number)
            if msisdn is None and len(rows) == len(sms.to) == 1:  # the only recipient, even if the number is masked
                msisdn = sms.to[0]
            if msisdn and not isinstance(found.get(msisdn), Accepted):
                found[msisdn] = self._outcome(row)
        return found

    def _outcome(self, row: Mapping[str, object]) -> MtOutcome:
        code, message_id = _code(row), str(row.get("messageId") or "None")
        if code in TAKEN and message_id != "None" and is_id(message_id):
            return Accepted(message_id, self._quote(str(row.get("cost") or "")) or None)
        why = f"{code} {self._quote(str(row.get('status', '')))}".strip()
        if code in REFUSED:
            return Rejected(why, opted_out=code == BLACKLISTED)
        if code in MAY_PASS:
            return TryLater(why, MAY_PASS[code], is_of_sender=code == INVALID_SENDER)
        return Unsure(f"{why}, no message id" if code in TAKEN else f"unknown code {why}", is_unreadable=code is None)

    def _http_refusal(self, answer: HttpAnswer) -> MtOutcome:
        why = f"HTTP {answer.status} {self._quote(answer.body[:400].decode(errors='replace'))}".strip()
        return http_refusal(why, answer)

    def _quote(self, text: str) -> str:
        return safe_quote(text, self._account.api_key)

    def _msisdn(self, text: str) -> Msisdn | None:
        """Return the msisdn, however it is spelt; None for a short code, an alphanumeric sender or a masked number."""
        for read in (_international, lambda national: parse_msisdn(national, self._account.country)):
            with suppress(BadInput):
                return read(text)
        return None


class _DescribingSMS(SMSService):  # type: ignore[misc]  # the SDK has no types
    """The official SDK, but `send` returns the request instead of sending it (docs/decisions/0004)."""

    def __init__(self, account: ProviderAccount) -> None:
        self._host = account.base_url
        super().__init__(account.username, account.api_key)

    def _init_service(self) -> None:
        super()._init_service()
        if self._host:
            self._baseUrl = self._contentUrl = self._host.rstrip("/") + "/version1"

    def _make_request(
        self, url: str, method: str, headers: Mapping[str, str], data: Mapping[str, object], **_unused: object
    ) -> HttpCall:
        form = {name: str(value) for name, value in data.items()}
        return HttpCall(method=method, url=url, headers=dict(headers), form=form)


def _caller(form: Mapping[str, str]) -> Msisdn:
    """Return the caller's msisdn. It must have its country code: no number is read as a local one here."""
    try:
        return _international(read_required(form, "phoneNumber"))
    except BadInput:
        raise BadWire("phoneNumber", "must be a number like +254700000000") from None


def _international(text: str) -> Msisdn:
    """Return E.164 as it stands, also with a space in front, which is a plus that was not encoded. Without either, the
    digits must be a number that can exist. Raise BadInput."""
    if text.startswith(("+", " ")):
        return e164("+" + text[1:])
    return parse_msisdn(f"+{text}")


def _utc(form: Mapping[str, str], field: str) -> datetime | None:
    """Read `2017-05-03T06:04:45Z` or `2017-05-03 06:04:45`: both are sent, both are UTC. Return None for others."""
    try:
        read = datetime.fromisoformat(form.get(field, ""))
        return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _code(row: Mapping[str, object]) -> int | None:
    value = str(row.get("statusCode"))
    return int(value) if _DIGITS.fullmatch(value) else None


def _outcome_for_all(message: str) -> MtOutcome:
    """A reply without recipients gives the reason in its `Message`: a status of the same list, or an unknown text."""
    if message in REFUSED.values():
        return Rejected(message)
    if code := MAY_PASS_WORDS.get(message):
        return TryLater(message, MAY_PASS[code], is_of_sender=code == INVALID_SENDER)
    return Unsure(message or "the reply names no recipient")
