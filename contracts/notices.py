"""What people are notified of by SMS, as data. `menus.sms.sms_text` makes the text in the language of the recipient."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from contracts.contract import Contract, Party
from contracts.escrow.number_risk import HoldReason
from contracts.escrow.outcomes import FailReason
from contracts.fields.money import Money
from contracts.fields.msisdn import Msisdn
from contracts.proof.paper_check import PaperCheck
from contracts.proposal import ProposalType
from contracts.refusals import LimitReached, Refusal, Why
from values.frozen import Frozen, Hidden


class NoticeKind(StrEnum):
    """What a notice says. The values are stored in `sms_logs.kind`."""

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
    WRONG_NUMBER = "wrong_number"
    MEANT_YES = "meant_yes"
    YES_TO_THIS = "yes_to_this"
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
    HELP_PAYING = "help_paying"
    HELP_PIN = "help_pin"
    ANSWERS_PAUSED = "answers_paused"
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
    WAITS_FOR_BUYER = "waits_for_buyer"
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
    NEEDS_PIN = "needs_pin"  # an SMS alone is not enough for this contract or this sender
    QUESTIONED = "questioned"
    CLOCK_STOPPED = "clock_stopped"
    CLOCK_STARTED = "clock_started"
    OFFER_NOT_MADE = "offer_not_made"
    YOU_ANSWERED = "you_answered"
    DISPUTE_ANSWERED = "dispute_answered"
    DISPUTE_WITHDRAWN = "dispute_withdrawn"
    DISPUTE_ESCALATED = "dispute_escalated"
    COMPLETE_PROPOSED = "complete_proposed"
    SPLIT_PROPOSED = "split_proposed"
    SETTLED = "settled"
    NO_OPEN_DISPUTE = "no_open_dispute"
    NOT_YOUR_REPORT = "not_your_report"
    NOT_THE_ARBITER = "not_the_arbiter"
    SAID_ENOUGH = "said_enough"
    NO_SHARE = "no_share"
    MEANT_WITHDRAW = "meant_withdraw"
    ALREADY_WITHDRAWN = "already_withdrawn"
    BLOCKED = "blocked"
    UNBLOCKED = "unblocked"
    WHOM_TO_BLOCK = "whom_to_block"
    CHECKED = "checked"
    MEANT_CHECK = "meant_check"
    PAY_NOW = "pay_now"
    WAITS_FOR_MONEY = "waits_for_money"
    MONEY_IN_PART = "money_in_part"
    MONEY_LOCKED = "money_locked"
    MONEY_TOO_MUCH = "money_too_much"
    MONEY_TOO_LATE = "money_too_late"
    PROMPT_FAILED = "prompt_failed"
    PAID_OUT = "paid_out"
    REFUNDED = "refunded"
    PAYOUT_FAILED = "payout_failed"
    PAYOUT_HELD = "payout_held"
    MONEY_MISSING = "money_missing"
    NOTHING_TO_PAY = "nothing_to_pay"
    PROMPTED = "prompted"
    PROMPTED_ALREADY = "prompted_already"
    MEANT_PAY = "meant_pay"
    LESS_THAN_RELEASED = "less_than_released"
    NOT_FOR_ESCROW = "not_for_escrow"


# Also for an effect that was promised: its caller gets the reason by SMS if it turns out to be impossible.
REFUSAL_NOTICES: Mapping[Refusal, NoticeKind] = {
    Refusal.ALREADY_CONFIRMED: NoticeKind.ALREADY_CONFIRMED,
    Refusal.NO_LONGER_OPEN: NoticeKind.NO_LONGER_OPEN,
    Refusal.NOT_YOURS: NoticeKind.NOT_FOUND,
    Refusal.NOT_UNDER_WAY: NoticeKind.NOT_UNDER_WAY,
    Refusal.IN_DISPUTE: NoticeKind.IN_DISPUTE,
    Refusal.NOT_YOUR_PART: NoticeKind.NOT_YOUR_PART,
    Refusal.ALREADY_SAID: NoticeKind.ALREADY_SAID,
    Refusal.ALREADY_PROPOSED: NoticeKind.ALREADY_PROPOSED,
    Refusal.NOTHING_CHANGES: NoticeKind.NOTHING_CHANGES,
    Refusal.TOO_MUCH: NoticeKind.TOO_MUCH,
    Refusal.LESS_THAN_CAME: NoticeKind.LESS_THAN_CAME,
    Refusal.NO_APPEAL: NoticeKind.NO_APPEAL,
    Refusal.OFFERS_IN_HOUR: NoticeKind.OFFER_NOT_MADE,
    Refusal.OFFERS_IN_DAY: NoticeKind.OFFER_NOT_MADE,
    Refusal.OFFERS_OPEN: NoticeKind.OFFER_NOT_MADE,
    Refusal.ASKED_OFTEN: NoticeKind.OFFER_NOT_MADE,
    Refusal.ASKED_OPEN: NoticeKind.OFFER_NOT_MADE,
    Refusal.TAKES_NO_OFFERS: NoticeKind.OFFER_NOT_MADE,
    Refusal.NO_OPEN_DISPUTE: NoticeKind.NO_OPEN_DISPUTE,
    Refusal.NOT_YOUR_REPORT: NoticeKind.NOT_YOUR_REPORT,
    Refusal.NOT_THE_ARBITER: NoticeKind.NOT_THE_ARBITER,
    Refusal.SAID_ENOUGH: NoticeKind.SAID_ENOUGH,
    Refusal.NO_SHARE: NoticeKind.NO_SHARE,
    Refusal.MONEY_MISSING: NoticeKind.MONEY_MISSING,
    Refusal.NOTHING_TO_PAY: NoticeKind.NOTHING_TO_PAY,
    Refusal.PROMPTED_ALREADY: NoticeKind.PROMPTED_ALREADY,
    Refusal.LESS_THAN_RELEASED: NoticeKind.LESS_THAN_RELEASED,
    Refusal.NOT_FOR_ESCROW: NoticeKind.NOT_FOR_ESCROW,
}

# What a proposal of each type is told with.
NOTICE_OF_PROPOSAL: Mapping[ProposalType, NoticeKind] = {
    ProposalType.AMEND: NoticeKind.AMEND_PROPOSED,
    ProposalType.CANCEL: NoticeKind.CANCEL_PROPOSED,
    ProposalType.COMPLETE: NoticeKind.COMPLETE_PROPOSED,
    ProposalType.SPLIT: NoticeKind.SPLIT_PROPOSED,
}

# Only sent in answer to an MO. Two machines could answer each other for ever, so these are counted and limited.
ANSWERS: frozenset[NoticeKind] = frozenset(
    {
        *REFUSAL_NOTICES.values(), NoticeKind.BLOCKED, NoticeKind.UNBLOCKED, NoticeKind.WHOM_TO_BLOCK,
        NoticeKind.WHICH, NoticeKind.NOTHING_WAITS, NoticeKind.NOTHING_UNDER_WAY,
        NoticeKind.WHICH_DELIVERY, NoticeKind.MEANT_YES, NoticeKind.MEANT_NO, NoticeKind.UNSURE, NoticeKind.STATUS,
        NoticeKind.LIST, NoticeKind.NO_CONTRACTS, NoticeKind.LANGUAGE, NoticeKind.LANGUAGES, NoticeKind.STOPPED,
        NoticeKind.STARTED, NoticeKind.HELP, NoticeKind.HELP_SELLING, NoticeKind.HELP_BUYING,
        NoticeKind.HELP_PAYING,
        NoticeKind.MEANT_DELIVERED, NoticeKind.MEANT_RECEIVED, NoticeKind.HOW_MUCH, NoticeKind.COUNTED_ALREADY,
        NoticeKind.ASKED_TOO_OFTEN, NoticeKind.MEANT_CANCEL, NoticeKind.NOT_CONFIRMED_YET, NoticeKind.MEANT_CHANGE,
        NoticeKind.PRICE_OF_WHAT, NoticeKind.NEW_TOTAL, NoticeKind.NEW_QUANTITY, NoticeKind.NEW_DAY,
        NoticeKind.NEW_PLACE, NoticeKind.MEANT_APPEAL, NoticeKind.MEANT_DISPUTE, NoticeKind.WRONG_NUMBER,
        NoticeKind.YES_TO_THIS, NoticeKind.WAITS_FOR_BUYER, NoticeKind.ANSWERS_PAUSED, NoticeKind.NEEDS_PIN,
        NoticeKind.MEANT_WITHDRAW, NoticeKind.ALREADY_WITHDRAWN, NoticeKind.HELP_PIN, NoticeKind.CHECKED,
        NoticeKind.MEANT_CHECK, NoticeKind.PROMPTED, NoticeKind.MEANT_PAY,
    }
)  # fmt: skip

# Notices that show the open proposal: a YES after one of them is a YES to that proposal.
PROPOSAL_NOTICES: frozenset[NoticeKind] = frozenset(
    {
        *NOTICE_OF_PROPOSAL.values(), NoticeKind.CONFIRMED_BY_OTHER,
        NoticeKind.ALREADY_PROPOSED, NoticeKind.MEANT_YES, NoticeKind.MEANT_NO, NoticeKind.UNSURE,
        NoticeKind.YES_TO_THIS, NoticeKind.WRONG_NUMBER,
    }
)  # fmt: skip

# Notices that report what became of money and name no word to answer: no YES is for one of these, and none changes what
# the open proposal says, so a YES after one is still for what was asked before it.
ASK_NOTHING: frozenset[NoticeKind] = frozenset(
    {
        NoticeKind.MONEY_TOO_MUCH, NoticeKind.MONEY_TOO_LATE, NoticeKind.PAID_OUT, NoticeKind.REFUNDED,
        NoticeKind.PAYOUT_FAILED, NoticeKind.PAYOUT_HELD,
    }
)  # fmt: skip

# Notices that answered a YES which may have been for something else: the next YES to that contract is one to it.
ASKED_WHAT_YES_IS_FOR: frozenset[NoticeKind] = frozenset({NoticeKind.MEANT_YES, NoticeKind.YES_TO_THIS})


class Notice(Frozen):
    """A message to one person, before it has a text.

    `contracts`: what it is about: one, none, or several that are listed or may be meant. `by`: who caused it.
    `reference`: what the recipient wrote as a reference, if there is no such contract. `why`: what was wrong with the
    text that the recipient sent. `words`: what `by` wrote. `not_before`: it is held until then. `by_stranger`: it is an
    offer of somebody with whom the recipient has had no contract. `limit`: why the recipient's offer was not made.
    `number`: whom the recipient blocks.
    `until`: when the recipient is answered again. `needs_pin`: an SMS would not be enough of an answer. `tells_costs`:
    the recipient's first contract, so it also says what that costs. `paper`: what a CHECK found. `money`: what came or
    went now, under the rail's `receipt`; `failed`: why it did not; `held`: why it waits. `paybill`: where the reader
    can pay by themselves.
    """

    kind: NoticeKind
    phone_id: UUID | None
    msisdn: Hidden[Msisdn]
    language: str | None
    contracts: tuple[Contract, ...] = ()
    by: Hidden[Msisdn | None] = None
    reference: str | None = None
    why: Why | None = None
    words: Hidden[str | None] = None
    not_before: datetime | None = None
    by_stranger: bool = False
    limit: LimitReached | None = None
    number: Hidden[Msisdn | None] = None
    until: datetime | None = None
    needs_pin: bool = False
    tells_costs: bool = False
    paper: PaperCheck | None = None
    money: Money | None = None
    receipt: str | None = None
    failed: FailReason | None = None
    held: HoldReason | None = None
    paybill: str | None = None


def tells_code(notice: Notice) -> bool:
    """Whether the notice ends with the short code of its terms, because all have agreed to these."""
    if notice.kind is NoticeKind.SETTLED:
        dispute = notice.contracts[0].dispute
        return bool(dispute and dispute.settlement and dispute.settlement.terms)
    return notice.kind in (NoticeKind.CONFIRMED, NoticeKind.AMENDED)


def notice_to(party: Party, kind: NoticeKind, contract: Contract, by: Msisdn | None) -> Notice:
    """Return a notice to a party of `contract`, about that contract."""
    return Notice(kind, party.phone_id, party.msisdn, party.language, (contract,), by)
