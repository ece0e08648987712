"""What people are told, before it has words. `menus.sms.text_of` says each in the language of who gets it."""

from collections.abc import Mapping
from enum import StrEnum
from uuid import UUID

from contracts.contract import Contract, Party, Refusal
from contracts.fields.msisdn import Msisdn
from contracts.refusals import Why
from values.frozen import Frozen, Hidden


class Kind(StrEnum):
    OFFERED = "offered"
    CONFIRMED = "confirmed"
    WAITS_FOR_OTHERS = "waits_for_others"
    CONFIRMED_BY_OTHER = "confirmed_by_other"
    DECLINED = "declined"
    WHICH = "which"
    NOTHING_WAITS = "nothing_waits"
    NOT_FOUND = "not_found"
    ALREADY_CONFIRMED = "already_confirmed"
    NO_LONGER_OPEN = "no_longer_open"
    MEANT_YES = "meant_yes"
    MEANT_NO = "meant_no"
    UNSURE = "unsure"
    STATUS = "status"
    LIST = "list"
    NO_CONTRACTS = "no_contracts"
    LANGUAGE = "language"
    LANGUAGES = "languages"
    STOPPED = "stopped"
    STARTED = "started"
    HELP = "help"
    HELP_SELLING = "help_selling"
    HELP_BUYING = "help_buying"
    MADE = "made"
    NOTHING_UNDER_WAY = "nothing_under_way"
    WHICH_DELIVERY = "which_delivery"
    NOT_UNDER_WAY = "not_under_way"
    IN_DISPUTE = "in_dispute"
    NOT_YOUR_PART = "not_your_part"
    ALREADY_SAID = "already_said"
    ALREADY_PROPOSED = "already_proposed"
    NOTHING_CHANGES = "nothing_changes"
    TOO_MUCH = "too_much"
    LESS_THAN_CAME = "less_than_came"
    NO_APPEAL = "no_appeal"
    MEANT_DELIVERED = "meant_delivered"
    MEANT_RECEIVED = "meant_received"
    HOW_MUCH = "how_much"
    COUNTED_ALREADY = "counted_already"
    MEANT_CHANGE = "meant_change"
    PRICE_OF_WHAT = "price_of_what"
    NEW_TOTAL = "new_total"
    NEW_QUANTITY = "new_quantity"
    NEW_DAY = "new_day"
    NEW_PLACE = "new_place"
    MEANT_CANCEL = "meant_cancel"
    ASKED_TOO_OFTEN = "asked_too_often"
    NOT_CONFIRMED_YET = "not_confirmed_yet"
    MEANT_APPEAL = "meant_appeal"
    MEANT_DISPUTE = "meant_dispute"
    YOU_DELIVERED = "you_delivered"
    DELIVERED = "delivered"
    RECEIVED = "received"
    RECEIVED_PART = "received_part"
    YOU_COMPLAINED = "you_complained"
    DISPUTED = "disputed"
    MEDIATE = "mediate"
    CANCEL_PROPOSED = "cancel_proposed"
    AMEND_PROPOSED = "amend_proposed"
    ANSWER_KEPT = "answer_kept"
    YOU_ASKED_TO_CANCEL = "you_asked_to_cancel"
    YOU_ASKED_TO_CHANGE = "you_asked_to_change"
    PROPOSAL_DECLINED = "proposal_declined"
    PROPOSAL_VOID = "proposal_void"
    CANCELLED_TOGETHER = "cancelled_together"
    AMENDED = "amended"
    DECIDED = "decided"
    APPEALED = "appealed"
    DECISION_STANDS = "decision_stands"
    REMIND_ANSWER = "remind_answer"
    REMIND_DELIVERY = "remind_delivery"
    REMIND_EXPIRY = "remind_expiry"
    REMIND_RECEIPT = "remind_receipt"
    REMIND_REST = "remind_rest"
    EXPIRED = "expired"
    COMPLETED_BY_TIME = "completed_by_time"
    COMPLETED_IN_PART = "completed_in_part"
    RECOVERY = "recovery"
    DELIVERY_REPORTED = "delivery_reported"
    RECEIPT_ASKED = "receipt_asked"
    PROPOSAL_WITHDRAWN = "proposal_withdrawn"


# Of all that is about a contract: whoever was promised an effect is told, too, why it could not be had.
REFUSED: Mapping[Refusal, Kind] = {
    Refusal.ALREADY_CONFIRMED: Kind.ALREADY_CONFIRMED,
    Refusal.NO_LONGER_OPEN: Kind.NO_LONGER_OPEN,
    Refusal.NOT_YOURS: Kind.NOT_FOUND,
    Refusal.NOT_UNDER_WAY: Kind.NOT_UNDER_WAY,
    Refusal.IN_DISPUTE: Kind.IN_DISPUTE,
    Refusal.NOT_YOUR_PART: Kind.NOT_YOUR_PART,
    Refusal.ALREADY_SAID: Kind.ALREADY_SAID,
    Refusal.ALREADY_PROPOSED: Kind.ALREADY_PROPOSED,
    Refusal.NOTHING_CHANGES: Kind.NOTHING_CHANGES,
    Refusal.TOO_MUCH: Kind.TOO_MUCH,
    Refusal.LESS_THAN_CAME: Kind.LESS_THAN_CAME,
    Refusal.NO_APPEAL: Kind.NO_APPEAL,
}

# What only answers somebody, because they wrote. Two machines could go on like that for ever, so these are counted.
ANSWERS: frozenset[Kind] = frozenset(
    {
        *REFUSED.values(), Kind.WHICH, Kind.NOTHING_WAITS, Kind.NOTHING_UNDER_WAY, Kind.WHICH_DELIVERY,
        Kind.MEANT_YES, Kind.MEANT_NO, Kind.UNSURE, Kind.STATUS, Kind.LIST, Kind.NO_CONTRACTS,
        Kind.LANGUAGE, Kind.LANGUAGES, Kind.STOPPED, Kind.STARTED, Kind.HELP, Kind.HELP_SELLING, Kind.HELP_BUYING,
        Kind.MEANT_DELIVERED, Kind.MEANT_RECEIVED, Kind.HOW_MUCH, Kind.COUNTED_ALREADY, Kind.ASKED_TOO_OFTEN,
        Kind.MEANT_CANCEL, Kind.NOT_CONFIRMED_YET, Kind.MEANT_CHANGE, Kind.PRICE_OF_WHAT, Kind.NEW_TOTAL,
        Kind.NEW_QUANTITY, Kind.NEW_DAY, Kind.NEW_PLACE, Kind.MEANT_APPEAL, Kind.MEANT_DISPUTE,
    }
)  # fmt: skip

# What a yes may be for: each says what is proposed.
QUESTIONS: frozenset[Kind] = frozenset(
    {
        Kind.AMEND_PROPOSED, Kind.CANCEL_PROPOSED, Kind.CONFIRMED_BY_OTHER, Kind.ALREADY_PROPOSED,
        Kind.MEANT_YES, Kind.MEANT_NO, Kind.UNSURE,
    }
)  # fmt: skip


class Notice(Frozen):
    """`contracts`: what it speaks of (one, none, or several that are listed or could be meant); `by` who caused it;
    `why`: what was wrong with what was typed."""

    kind: Kind
    phone_id: UUID | None
    msisdn: Hidden[Msisdn]
    language: str | None
    contracts: tuple[Contract, ...] = ()
    by: Hidden[Msisdn | None] = None
    reference: str | None = None
    why: Why | None = None


def tell(party: Party, kind: Kind, contract: Contract, by: Msisdn | None) -> Notice:
    """A notice to one of a contract's own people."""
    return Notice(kind, party.phone_id, party.msisdn, party.language, (contract,), by)
