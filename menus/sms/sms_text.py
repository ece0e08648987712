"""The text of an SMS: from a notice to what the phone shows, in the language of its reader."""

from collections.abc import Sequence
from datetime import UTC, tzinfo

from contracts.contract import Contract
from contracts.fields.msisdn import Msisdn
from contracts.notices import Notice, NoticeKind
from contracts.readings import ContractLine
from menus.gsm7 import is_gsm7
from menus.office import Office
from menus.phrases.contract_status import contract_line
from menus.phrases.disputes import WORDS_LETTERS
from menus.phrases.quoted_words import QUOTED_LETTERS
from menus.sms.drafts import Draft, draft
from menus.sms.general_texts import general_text
from menus.sms.money_values import with_money_standing
from menus.sms.offers import offer_text, with_way_out
from menus.sms.sentence_values import gives_reasons, sentence_of, values_about
from menus.sms.with_clock import with_clock
from menus.sms.with_code import KEEP, with_code
from menus.translate import Text, t
from values.frozen import replace

_NO_OFFICE = Office()
_LIST_SEGMENTS = 2
_SAY_MONEY = frozenset(  # of a contract whose money waits with us
    {NoticeKind.STATUS, NoticeKind.YOU_COMPLAINED, NoticeKind.DISPUTED, NoticeKind.MEDIATE, NoticeKind.IN_DISPUTE}
)


def sms_text(notice: Notice, language: str, service_code: str, zone: tzinfo = UTC, office: Office = _NO_OFFICE) -> str:
    """Return the SMS in the language of the notice, else in `language`. Its days are days in the service's `zone`."""
    return sms_draft(notice, notice.language or language, service_code, zone, office).text


def sms_draft(notice: Notice, language: str, service_code: str, zone: tzinfo, office: Office) -> Draft:
    """Return the SMS with as much in it as fits in `language`: its sentence says the same in every other.

    A mediator's reasons are left out where the SMS would take more than two segments, or three outside GSM-7.
    """
    if notice.kind is NoticeKind.LIST:
        return _list(notice, language, service_code)
    if notice.by_stranger:
        return with_way_out(draft(_text(notice, service_code, zone, office, 0), language), language)
    fitting = with_code(notice, lambda keep: _fitting(notice, language, service_code, zone, office, keep))
    return with_money_standing(fitting, notice, language) if notice.kind in _SAY_MONEY else fitting


def _fitting(notice: Notice, language: str, service_code: str, zone: tzinfo, office: Office, keep: Text) -> Draft:
    """Return the SMS with as much of somebody's own words as fits, and `keep` where it says so."""
    for letters in _letters_of_words(notice):
        quoting = notice if letters else replace(notice, words=None)
        drafted = draft(_text(quoting, service_code, zone, office, letters, keep), language)
        if drafted.segments <= (2 if is_gsm7(drafted.text) else 3):
            return drafted
    if gives_reasons(notice):
        return draft(_text(_without_reasons(notice), service_code, zone, office, 0), language)
    return drafted


def _letters_of_words(notice: Notice) -> tuple[int, ...]:
    """Return how many letters of a party's own words the SMS may quote: first the most; fewer, or none, where it would
    be too long."""
    if notice.kind is NoticeKind.QUESTIONED:
        return (QUOTED_LETTERS, 0)
    if notice.contracts and notice.contracts[0].dispute:
        return (WORDS_LETTERS, (WORDS_LETTERS + QUOTED_LETTERS) // 2, QUOTED_LETTERS, 0)
    return (QUOTED_LETTERS,)


def _text(
    notice: Notice, service_code: str, zone: tzinfo, office: Office, letters: int, keep: Text = KEEP
) -> Text:  # fmt: skip
    if notice.contracts and (sentence := sentence_of(notice)):
        values = {**values_about(notice, service_code, zone, office, letters), "keep": keep}
        return with_clock(replace(sentence, values=values), notice)
    if notice.kind is NoticeKind.OFFERED:
        return offer_text(notice.contracts[0], notice, service_code)
    return general_text(notice, service_code, zone, office)


def _without_reasons(notice: Notice) -> Notice:
    contract = notice.contracts[0]
    dispute = replace(contract.dispute, reasons=None) if contract.dispute else None
    return replace(notice, contracts=(replace(contract, dispute=dispute),))


def _list(notice: Notice, language: str, service_code: str) -> Draft:
    """Return as many contracts as two segments hold; none of them is cut."""
    lines = [
        Text("{reference} {line}", {"reference": c.reference, "line": contract_line(_line(c, notice.msisdn))})
        for c in notice.contracts
    ]
    for most in range(len(lines), 0, -1):
        listed = t("{contracts}. For all, dial {code}", contracts=_joined(lines[:most]), code=service_code)
        if (drafted := draft(listed, language)).segments <= _LIST_SEGMENTS:
            break
    return drafted


def _joined(lines: Sequence[Text]) -> Text:
    named = {f"line{n}": line for n, line in enumerate(lines)}
    return Text("; ".join(f"{{{name}}}" for name in named), named)


def _line(contract: Contract, reader: Msisdn) -> ContractLine:
    terms, party = contract.terms, contract.party(reader)
    role = party.role if party else None
    return ContractLine(str(contract.id), contract.status, terms.product, terms.total, contract.waits_for(reader), role)
