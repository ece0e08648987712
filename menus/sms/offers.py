"""The SMS of a new contract to who has not confirmed it yet."""

from collections.abc import Mapping
from typing import Any

from contracts.contract import Contract, Party, Role
from contracts.notices import Notice
from menus.phrases.due import due_phrase
from menus.phrases.money import fee_of
from menus.phrases.party_names import display_names, opposite_role, parties_with_role
from menus.sms.drafts import Draft, draft
from menus.sms.sentence_values import goods_text
from menus.sms.with_pin import offer_with_pin
from menus.translate import DisplayedMsisdn, Text, t, tn
from values.frozen import replace


def offer_text(contract: Contract, notice: Notice, service_code: str) -> Text:
    """Return the offer to the phone of `notice`: who sells or buys what, and how to answer."""
    me = next(party for party in contract.parties if party.msisdn == notice.msisdn)
    others = parties_with_role(contract, opposite_role(me.role))
    values: dict[str, Any] = {
        "reference": contract.reference,
        "other": _name_and_number(others[0], notice) if notice.by_stranger else display_names(others, notice.msisdn),
        "goods": goods_text(contract.terms),
        "place": contract.terms.place,
        "due": due_phrase(contract.terms),
        "code": service_code,
    }
    if contract.terms.payment:
        payment = t("We hold the money until delivery. Seller's fee {fee}.", fee=fee_of(contract.terms))
        return offer_with_escrow(me.role, {**values, "payment": payment}, needs_pin=notice.needs_pin)
    if notice.needs_pin:
        return offer_with_pin(me.role, len(others), values)
    if me.role is Role.SELLER:
        return tn(
            "VoicePact {reference}: {other} buys {goods} from you. Delivery {place}, {due}. "
            "Reply YES or NO, or dial {code}",
            "VoicePact {reference}: {other} buy {goods} from you. Delivery {place}, {due}. "
            "Reply YES or NO, or dial {code}",
            n=len(others),
            **values,
        )
    return tn(
        "VoicePact {reference}: {other} sells you {goods}. Delivery {place}, {due}. Reply YES or NO, or dial {code}",
        "VoicePact {reference}: {other} sell you {goods}. Delivery {place}, {due}. Reply YES or NO, or dial {code}",
        n=len(others),
        **values,
    )


def offer_with_escrow(reader: Role, values: Mapping[str, object], *, needs_pin: bool) -> Text:
    """Return the offer to a buyer or a seller whose money waits with us: it says so, and the fee, before any answer."""
    return replace(_WITH_ESCROW[reader is Role.SELLER, needs_pin], values=values)


_WITH_ESCROW = {
    (True, False): t(
        "VoicePact {reference}: {other} buys {goods} from you. Delivery {place}, {due}. {payment} "
        "Reply YES or NO, or dial {code}"
    ),
    (False, False): t(
        "VoicePact {reference}: {other} sells you {goods}. Delivery {place}, {due}. {payment} "
        "Reply YES or NO, or dial {code}"
    ),
    (True, True): t(
        "VoicePact {reference}: {other} buys {goods} from you. Delivery {place}, {due}. {payment} "
        "To agree, dial {code} with your PIN. To refuse, reply NO"
    ),
    (False, True): t(
        "VoicePact {reference}: {other} sells you {goods}. Delivery {place}, {due}. {payment} "
        "To agree, dial {code} with your PIN. To refuse, reply NO"
    ),
}


def with_way_out(offer: Draft, language: str) -> Draft:
    """Return a stranger's offer with how to block them, if that takes no segment more."""
    longer = draft(t("{offer} Unknown? BLOCK", offer=offer.sentence), language)
    return longer if longer.segments == offer.segments else offer


def _name_and_number(maker: Party, notice: Notice) -> str | DisplayedMsisdn | Text:
    """Return how a stranger is called, with their number: anybody may call themselves anything."""
    number = DisplayedMsisdn(maker.msisdn, notice.msisdn)
    return t("{name} ({number})", name=maker.name, number=number) if maker.name else number
