"""Africa's Talking: USSD, SMS and delivery reports. Captured traffic: tests/wire/africastalking/."""

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

import orjson
from africastalking.SMS import SMSService  # type: ignore[import-untyped]  # 0.09 s, with the requests we never use

from contracts.msisdn import Msisdn, e164, masked, parse_msisdn
from contracts.refusals import BadInput
from gateway.events import (
    Accepted,
    Account,
    BadWire,
    Dlr,
    DlrState,
    HttpAnswer,
    HttpCall,
    HttpReply,
    MoSms,
    MtSms,
    Rejected,
    TryLater,
    Unsure,
    UssdEnd,
    UssdInput,
    UssdReply,
    Verdict,
    Wire,
)

NAME: Final = "africastalking"
USSD_PREFIX: Final = "CON "

# `text` holds every answer of a session. The networks cut a session at 180 s and an answer at 90 characters, so twenty
# of the longest fit; more than this is not a person.
USSD_TEXT_MAX: Final = 2000
SMS_TEXT_MAX: Final = 255 * 153  # the most parts a long SMS can number, each full
ID_MAX: Final = 200

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

# Each recipient of a send gets a code of its own, inside a reply that says 201 either way.
TAKEN: Final = frozenset({100, 101, 102})  # Processed, Sent, Queued
MAY_PASS: Final = {405: "InsufficientBalance", 500: "InternalServerError", 501: "GatewayError"}
REFUSED: Final = {
    401: "RiskHold",
    402: "InvalidSenderId",
    403: "InvalidPhoneNumber",
    404: "UnsupportedNumberType",
    406: "UserInBlacklist",
    407: "CouldNotRoute",
    409: "DoNotDisturbRejection",
    502: "RejectedByGateway",
}
REFUSED_REQUEST: Final = frozenset({400, 413, 422})  # this message is wrong; any other HTTP error is for an operator

_DIGITS = re.compile(r"[0-9]{1,9}")
_NUMBER_LIKE = re.compile(r"[0-9]{7,}")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # line breaks are legal in a text; these no database or JSON takes


class AfricasTalking:
    """The provider for one account. Pure: requests are described, never sent."""

    name: Final = NAME
    ussd_prefix: Final = USSD_PREFIX

    def __init__(self, account: Account) -> None:
        self._account = account
        self._sdk = _DescribingSMS(account)

    def parse_ussd(self, wire: Wire) -> UssdInput:
        form = wire.form()
        return UssdInput(
            provider=NAME,
            session_id=_name(form, "sessionId"),
            msisdn=_caller(form),
            service_code=_name(form, "serviceCode"),
            network_code=_optional(form, "networkCode") or "",
            history=_text(form, USSD_TEXT_MAX),
        )

    def render_ussd(self, reply: UssdReply) -> HttpReply:
        prefix = "END " if reply.ends else USSD_PREFIX
        return HttpReply("text/plain; charset=utf-8", (prefix + reply.text).encode())

    def parse_ussd_end(self, wire: Wire) -> UssdEnd:
        form = wire.form()
        return UssdEnd(
            provider=NAME,
            session_id=_name(form, "sessionId"),
            msisdn=_caller(form),
            network_code=_optional(form, "networkCode") or "",
            status=_name(form, "status"),
            hops=_count(form, "hopsCount"),
            duration_ms=_count(form, "durationInMillis"),
            cost=_optional(form, "cost"),
            ended_at=_utc(form, "date"),
        )

    def parse_mo(self, wire: Wire) -> MoSms:
        form = wire.form()
        raw_sender = _name(form, "from")
        return MoSms(
            provider=NAME,
            message_id=_name(form, "id"),
            sender=self._msisdn(raw_sender),
            raw_sender=raw_sender,
            to=_name(form, "to"),
            text=_text(form, SMS_TEXT_MAX),
            sent_at=_utc(form, "date"),
            link_id=_optional(form, "linkId"),
        )

    def parse_dlr(self, wire: Wire) -> Dlr:
        form = wire.form()
        status = _name(form, "status")
        return Dlr(
            provider=NAME,
            message_id=_name(form, "id"),
            state=DLR_STATES.get(status.lower(), DlrState.UNKNOWN),
            status=status,
            reason=_optional(form, "failureReason"),
            msisdn=self._msisdn(form.get("phoneNumber", "")),
            network_code=_optional(form, "networkCode"),
        )

    def render_mt(self, sms: MtSms) -> HttpCall:
        try:
            call: HttpCall = self._sdk.send(
                sms.text, list(dict.fromkeys(sms.to)), sender_id=sms.sender_id or self._account.sender_id or None
            )
        except ValueError:  # the SDK's own message spells the number out
            raise ValueError(f"not numbers {NAME} takes: {', '.join(map(masked, sms.to))}") from None
        return call

    def read_mt(self, answer: HttpAnswer, sms: MtSms) -> dict[Msisdn, Verdict]:
        if not 200 <= answer.status < 300:
            return dict.fromkeys(sms.to, self._http_refusal(answer))
        try:
            reply = orjson.loads(answer.body)["SMSMessageData"]
            message, entries = str(reply.get("Message", "")), list(reply["Recipients"])
        except (ValueError, LookupError, TypeError, AttributeError):
            return dict.fromkeys(sms.to, Unsure(f"HTTP {answer.status}, unreadable body"))
        if not entries:
            return dict.fromkeys(sms.to, _for_all(self._quote(message)))
        found = self._verdicts([entry for entry in entries if isinstance(entry, dict)], sms)
        missing = Unsure("the reply does not name this number")
        return {msisdn: found.get(msisdn, missing) for msisdn in sms.to}

    def _verdicts(self, rows: list[dict[str, object]], sms: MtSms) -> dict[Msisdn, Verdict]:
        """Verdicts by number, whatever the order and spelling; of two for one number, the one that took it."""
        sent = {msisdn.lstrip("+"): msisdn for msisdn in sms.to}
        found: dict[Msisdn, Verdict] = {}
        for row in rows:
            number = str(row.get("number", ""))
            msisdn = sent.get(number.strip(" +")) or self._msisdn(number)
            if msisdn is None and len(rows) == len(sms.to) == 1:  # one sent, one answered: a masked number is still it
                msisdn = sms.to[0]
            if msisdn and not isinstance(found.get(msisdn), Accepted):
                found[msisdn] = self._verdict(row)
        return found

    def _verdict(self, row: Mapping[str, object]) -> Verdict:
        code, message_id = _code(row), str(row.get("messageId") or "None")
        why = f"{code} {self._quote(str(row.get('status', '')))}".strip()
        if code in REFUSED:
            return Rejected(why)
        if code in MAY_PASS:
            return TryLater(why)
        if code not in TAKEN or message_id == "None" or len(message_id) > ID_MAX or _CONTROL.search(message_id):
            return Unsure(f"{why}, no message id" if code in TAKEN else f"unknown code {why}")
        return Accepted(message_id, self._quote(str(row.get("cost") or "")) or None)

    def _http_refusal(self, answer: HttpAnswer) -> Verdict:
        """A wrong key or an empty account is an operator's to mend: messages wait for it instead of being lost."""
        why = f"HTTP {answer.status} {self._quote(answer.body[:400].decode(errors='replace'))}".strip()
        return Rejected(why) if answer.status in REFUSED_REQUEST else TryLater(why)

    def _quote(self, text: str) -> str:
        """Their words, fit for a row and a log: short, one line, no number in full, and not our key come back."""
        if self._account.api_key:
            text = text.replace(self._account.api_key, "…")
        return _NUMBER_LIKE.sub("…", " ".join(_CONTROL.sub(" ", text).split()))[:120]

    def _msisdn(self, text: str) -> Msisdn | None:
        """The number in any of its spellings (E5), or None: a short code, an alphanumeric sender, a masked number."""
        for read in (_international, lambda national: parse_msisdn(national, self._account.country)):
            with suppress(BadInput):
                return read(text)
        return None


class _DescribingSMS(SMSService):  # type: ignore[misc]  # the SDK has no types
    """The official SDK up to the moment it would block: what it was about to send comes back instead."""

    def __init__(self, account: Account) -> None:
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


def _required(form: Mapping[str, str], field: str) -> str:
    try:
        return form[field]
    except KeyError:
        raise BadWire(field, "is missing") from None


def _name(form: Mapping[str, str], field: str) -> str:
    """A required id, code or sender: 1 to 200 characters, none a control character."""
    value = _required(form, field)
    if not value or len(value) > ID_MAX:
        raise BadWire(field, f"must have 1 to {ID_MAX} characters")
    if not value.isprintable() and _CONTROL.search(value):
        raise BadWire(field, "must have no control characters")
    return value


def _text(form: Mapping[str, str], longest: int) -> str:
    """What a person typed: present, maybe blank. isprintable() is the quick way past the careful look."""
    value = _required(form, "text")
    if len(value) > longest:
        raise BadWire("text", f"must have at most {longest} characters")
    if not value.isprintable() and _UNSTORABLE.search(value):
        raise BadWire("text", "must have no NUL and no broken characters")
    return value


def _caller(form: Mapping[str, str]) -> Msisdn:
    """The subscriber on the line, with the country code always: nobody's number is read as local to us."""
    try:
        return _international(_required(form, "phoneNumber"))
    except BadInput:
        raise BadWire("phoneNumber", "must be a number like +254700000000") from None


def _international(text: str) -> Msisdn:
    """E.164 is believed as it stands; a space in front is a plus its sender forgot to encode. Without either it must be
    a number that can exist. Raises BadInput."""
    if text.startswith(("+", " ")):
        return e164("+" + text[1:])
    return parse_msisdn(f"+{text}")


def _optional(form: Mapping[str, str], field: str) -> str | None:
    """An optional value, or None when blank; one that is no clean short text is a broken request all the same."""
    return _name(form, field) if form.get(field) else None


def _count(form: Mapping[str, str], field: str) -> int | None:
    value = form.get(field, "")
    return int(value) if _DIGITS.fullmatch(value) else None


def _utc(form: Mapping[str, str], field: str) -> datetime | None:
    """`2017-05-03T06:04:45Z` or `2017-05-03 06:04:45`: both are UTC, and both are seen. Else None."""
    try:
        seen = datetime.fromisoformat(form.get(field, ""))
        return seen.astimezone(UTC) if seen.tzinfo else seen.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _code(row: Mapping[str, object]) -> int | None:
    value = str(row.get("statusCode"))
    return int(value) if _DIGITS.fullmatch(value) else None


def _for_all(message: str) -> Verdict:
    """A reply without recipients says why in its message: one word of the same list, or nothing we know."""
    if message in REFUSED.values():
        return Rejected(message)
    if message in MAY_PASS.values():
        return TryLater(message)
    return Unsure(message or "the reply names no recipient")
