"""Turn notices into `sms_logs` rows: such a row is the message itself and also its entry in the queue."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, tzinfo
from decimal import Decimal

from contracts.contract import Contract, Party
from contracts.fields.countries import default_language
from contracts.fields.msisdn import Msisdn
from contracts.fields.reference import spaced
from contracts.notices import Notice
from contracts.rules.sms_limits import SmsLimits
from contracts.urgency import OFFICE_WROTE, MessageClass, urgency_of, urgency_of_own_words
from gateway.settings import Settings
from menus.gsm7 import encoding_and_segments
from menus.office import Office
from menus.sms.drafts import written
from menus.sms.sms_text import sms_draft
from menus.translate import SOURCE
from storage.acts.rows import MessageRow
from values.frozen import Frozen, field, replace
from values.ids import new_id


class MessageComposer(Frozen):
    """What a text depends on beside its notice. `language`: of recipients in `country`, the service's own, of whom we
    know none. `prices`: the price of one segment by the prefix of an msisdn, `{"+254": "KES 0.8000"}`. `zone`: dates
    and times in a text are in it. `office`: whom a text sends people to. `limits`: up to which an SMS is enough of an
    answer. `paybill`: where buyers can pay by themselves."""

    language: str
    service_code: str
    prices: Mapping[str, str] = field(default_factory=dict)
    zone: tzinfo = UTC
    office: Office = Office()
    limits: SmsLimits = SmsLimits()
    country: str = "KE"
    paybill: str | None = None

    def compose(self, notices: Iterable[Notice], now: datetime) -> tuple[MessageRow, ...]:
        """Return one row for each notice; whoever carries out the act stores them together with it."""
        return tuple(self._row(notice, now) for notice in notices)

    def own_words(
        self, contract: Contract, party: Party, words: str, language: str | None, message_class: MessageClass,
        now: datetime,
    ) -> MessageRow:  # fmt: skip
        """Return a message of an operator to a party of `contract`, in their own `words`: all of them, behind the
        contract's number, by which the party can answer."""
        text = f"{spaced(contract.reference)}: {words}".replace("\u00a0", " ")  # that letter is not in GSM-7
        urgency = urgency_of_own_words(message_class)
        encoding, segments = encoding_and_segments(text)
        return MessageRow(
            id=new_id(), direction="out", text=text, kind=OFFICE_WROTE, segments=segments, phone_id=party.phone_id,
            msisdn=party.msisdn, language=language or party.language or self.language_of(party.msisdn),
            contract_id=contract.id, message_class=message_class.value, priority=urgency.priority,
            expires_at=now + urgency.lifetime, encoding=encoding, estimate=self._estimate(party.msisdn, segments),
        )  # fmt: skip

    def language_of(self, msisdn: Msisdn) -> str:
        """Return the language of a person of whom we know none."""
        return default_language(msisdn, self.country, self.language)

    def _row(self, notice: Notice, now: datetime) -> MessageRow:
        notice = replace(self._with_pin(notice), paybill=self.paybill)
        language = notice.language or self.language_of(notice.msisdn)
        about = notice.contracts[0].id if len(notice.contracts) == 1 else None
        drafted = sms_draft(notice, language, self.service_code, self.zone, self.office)
        text = drafted.text
        urgency = urgency_of(notice.kind)
        encoding, segments = encoding_and_segments(text)
        return MessageRow(
            id=new_id(),
            direction="out",
            text=text,
            kind=notice.kind.value,
            segments=segments,
            phone_id=notice.phone_id,
            msisdn=notice.msisdn,
            language=language,
            contract_id=about,
            message_class=urgency.message_class.value,
            priority=urgency.priority,
            expires_at=(notice.not_before or now) + urgency.lifetime,
            not_before=notice.not_before,
            encoding=encoding,
            estimate=self._estimate(notice.msisdn, segments),
            english=written(drafted.sentence, SOURCE) if about and language != SOURCE else None,
        )

    def _with_pin(self, notice: Notice) -> Notice:
        """Say of a notice about one contract whether an SMS would be enough of an answer."""
        contract = notice.contracts[0] if len(notice.contracts) == 1 else None
        party = contract.party(notice.msisdn) if contract else None
        if contract is None or party is None or self.limits.bind_to(contract, party):
            return notice
        return replace(notice, needs_pin=True)

    def _estimate(self, msisdn: str, segments: int) -> str | None:
        """Return the price of all segments, by the longest prefix that has one; None if no prefix has."""
        price = next((self.prices[msisdn[:n]] for n in range(len(msisdn), 0, -1) if msisdn[:n] in self.prices), None)
        if price is None:
            return None
        currency, _, amount = price.partition(" ")
        return f"{currency} {Decimal(amount) * segments}"


def composer_of(settings: Settings) -> MessageComposer:
    return MessageComposer(
        settings.default_language, settings.at_ussd_service_code, settings.sms_prices, settings.zone, settings.office,
        settings.sms_limits, country=settings.default_country,
        paybill=settings.escrow_rules.paybill if settings.escrow_rules else None,
    )  # fmt: skip
