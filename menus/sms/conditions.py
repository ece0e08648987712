"""What may be true of a contract and of the reader of an SMS: it decides which of several sentences they get."""

from collections.abc import Callable, Mapping
from enum import Enum, auto

from contracts.contract import Contract, Party, Role, Signature, Status, TimeAct
from contracts.escrow.number_risk import HoldReason
from contracts.notices import Notice
from contracts.proposal import ProposalType
from contracts.rules.waiting import buyer_silence_counts
from menus.phrases.quoted_words import quoted
from menus.translate import Text


class Condition(Enum):
    """What may be true of a notice. Several may be: the first in this order that has a sentence decides."""

    FIRST_CONTRACT_WITH_ESCROW = auto()
    FIRST_CONTRACT = auto()  # the reader's first one: it says what a contract costs
    DONE_BY_READER = auto()
    DONE_BY_PARTY = auto()  # another party did it; else the office
    WAS_APPEALED = auto()  # a party appealed against the decision before this one
    READER_MAY_APPEAL = auto()
    READER_ANSWERS_CANCEL = auto()  # a proposal to cancel the contract waits for the reader
    READER_ANSWERS_CHANGE = auto()  # a proposal to change the contract waits for the reader
    READER_ANSWERS_SETTLEMENT = auto()  # a proposal that only settles a dispute waits for the reader
    READER_ANSWERS_OFFICE = auto()  # a proposal of the office waits for the reader
    READER_ANSWERS_PROPOSAL = auto()
    READER_ANSWERS = auto()  # the contract, or a proposal, waits for the reader's YES or NO
    READER_PROPOSED = auto()  # the reader's own proposal waits for others
    OFFICE_PROPOSED = auto()
    CANCEL_PROPOSED = auto()
    CHANGE_PROPOSED = auto()
    SETTLEMENT_PROPOSED = auto()
    READER_DECIDES = auto()  # the reader is the mediator of a dispute that waits for a decision
    READER_REPORTED = auto()  # the reader reported the problem that is open, and may take it back
    READER_PAYS = auto()  # the buyer's money is not all there, so nothing is delivered yet; the reader is the buyer
    MONEY_IS_MISSING = auto()
    HELD_AFTER_SIM_SWAP = auto()  # a payout waits, because the SIM of its number was changed
    HELD_AFTER_RECOVERY = auto()  # ... because the PIN of its recipient was replaced
    HELD_FOR_THE_DAY = auto()  # ... because no more may leave to its number today
    HELD_BY_RAIL = auto()  # ... until somebody pays it by hand: mobile money moves no such amount
    HELD_FOR_APPROVAL = auto()  # ... until two people have approved it
    DECIDED = auto()
    DISPUTED = auto()
    CLOCK_STANDS_FOR_BUYER = auto()  # somebody wrote about the delivery, so silence does not count; the reader buys
    CLOCK_STANDS = auto()
    DELIVERED = auto()  # the seller reported the delivery, and the buyer's silence counts as a receipt
    PART_RECEIVED = auto()  # the buyer reported a part, and silence completes the contract with it
    SETTLED_BY_TIME = auto()  # time completed the contract with a part
    COMPLETED = auto()
    SETTLED_WITH_TERMS = auto()  # the two sides ended the dispute with new terms
    HAS_WORDS = auto()  # what a party wrote may be shown
    UNANSWERED = auto()  # a party did not confirm in time
    READER_BUYS = auto()
    READER_SELLS = auto()
    ALWAYS = auto()


def pick_text(texts: Mapping[Condition, Text], notice: Notice) -> Text | None:
    """Return the text of the first condition that is true of the notice; None if none is."""
    contract = notice.contracts[0]
    return next((texts[c] for c in Condition if c in texts and _IS_TRUE[c](notice, contract)), None)


def _reader(notice: Notice, contract: Contract) -> Party | None:
    return contract.party(notice.msisdn)


def _reader_has_role(role: Role) -> Callable[[Notice, Contract], bool]:
    return lambda notice, contract: (party := _reader(notice, contract)) is not None and party.role is role


def _reader_may_appeal(notice: Notice, contract: Contract) -> bool:
    party = _reader(notice, contract)
    return _is_decided(contract) and party is not None and party.role.binds


def _reader_proposed(notice: Notice, contract: Contract) -> bool:
    party, proposal = _reader(notice, contract), contract.proposal
    return bool(party and proposal and proposal.by_id and proposal.by_id == party.phone_id)


def _reader_reported(notice: Notice, contract: Contract) -> bool:
    party, dispute = _reader(notice, contract), contract.dispute
    return bool(
        party and dispute and dispute.status == "open" and dispute.opened_by and party.phone_id == dispute.opened_by
    )


def _is_decided(contract: Contract) -> bool:
    return contract.dispute is not None and contract.dispute.status == "decided"


def _office_proposed(contract: Contract) -> bool:
    return contract.proposal is not None and contract.proposal.by_id is None


def _is_proposed(contract: Contract, wanted: ProposalType) -> bool:
    return contract.proposal is not None and contract.proposal.type is wanted


def _settlement_is_proposed(contract: Contract) -> bool:
    return contract.proposal is not None and contract.proposal.type.only_settles


def _settled_with_terms(contract: Contract) -> bool:
    return bool(contract.dispute and contract.dispute.settlement and contract.dispute.settlement.terms)


def _waits_for_money(contract: Contract) -> bool:
    return contract.is_under_way and contract.money_is_missing


def _waits_for_the_rest(contract: Contract) -> bool:
    return bool(contract.deadline and contract.deadline.act in (TimeAct.REMIND_REST, TimeAct.COMPLETE_PART))


_IS_TRUE: Mapping[Condition, Callable[[Notice, Contract], bool]] = {
    Condition.FIRST_CONTRACT_WITH_ESCROW: lambda notice, contract: notice.tells_costs and bool(contract.terms.payment),
    Condition.FIRST_CONTRACT: lambda notice, _: notice.tells_costs,
    Condition.DONE_BY_READER: lambda notice, _: notice.by == notice.msisdn,
    Condition.DONE_BY_PARTY: lambda notice, _: notice.by is not None,
    Condition.WAS_APPEALED: lambda _, contract: bool(contract.dispute and contract.dispute.was_appealed),
    Condition.READER_MAY_APPEAL: _reader_may_appeal,
    Condition.READER_ANSWERS_CANCEL: lambda notice, contract: (
        _is_proposed(contract, ProposalType.CANCEL) and contract.waits_for(notice.msisdn)
    ),
    Condition.READER_ANSWERS_CHANGE: lambda notice, contract: (
        _is_proposed(contract, ProposalType.AMEND) and contract.waits_for(notice.msisdn)
    ),
    Condition.READER_ANSWERS_SETTLEMENT: lambda notice, contract: (
        _settlement_is_proposed(contract) and contract.waits_for(notice.msisdn)
    ),
    Condition.READER_ANSWERS_OFFICE: lambda notice, contract: (
        _office_proposed(contract) and contract.waits_for(notice.msisdn)
    ),
    Condition.READER_ANSWERS_PROPOSAL: lambda notice, contract: (
        contract.proposal is not None and contract.waits_for(notice.msisdn)
    ),
    Condition.READER_ANSWERS: lambda notice, contract: contract.waits_for(notice.msisdn),
    Condition.READER_PROPOSED: _reader_proposed,
    Condition.OFFICE_PROPOSED: lambda _, contract: _office_proposed(contract),
    Condition.CANCEL_PROPOSED: lambda _, contract: _is_proposed(contract, ProposalType.CANCEL),
    Condition.CHANGE_PROPOSED: lambda _, contract: _is_proposed(contract, ProposalType.AMEND),
    Condition.SETTLEMENT_PROPOSED: lambda _, contract: _settlement_is_proposed(contract),
    Condition.READER_DECIDES: lambda notice, contract: (
        contract.open_dispute is not None and _reader_has_role(Role.MEDIATOR)(notice, contract)
    ),
    Condition.READER_REPORTED: _reader_reported,
    Condition.READER_PAYS: lambda notice, contract: (
        _waits_for_money(contract) and _reader_has_role(Role.BUYER)(notice, contract)
    ),
    Condition.MONEY_IS_MISSING: lambda _, contract: _waits_for_money(contract),
    Condition.HELD_AFTER_SIM_SWAP: lambda notice, _: notice.held is HoldReason.SIM_SWAPPED,
    Condition.HELD_AFTER_RECOVERY: lambda notice, _: notice.held is HoldReason.PIN_RECOVERED,
    Condition.HELD_FOR_THE_DAY: lambda notice, _: notice.held is HoldReason.DAY,
    Condition.HELD_BY_RAIL: lambda notice, _: notice.held is HoldReason.RAIL_LIMIT,
    Condition.HELD_FOR_APPROVAL: lambda notice, _: notice.held is HoldReason.APPROVAL,
    Condition.DECIDED: lambda _, contract: _is_decided(contract),
    Condition.DISPUTED: lambda _, contract: contract.status is Status.DISPUTED,
    Condition.CLOCK_STANDS_FOR_BUYER: lambda notice, contract: (
        contract.clock_stopped_at is not None and _reader_has_role(Role.BUYER)(notice, contract)
    ),
    Condition.CLOCK_STANDS: lambda _, contract: contract.clock_stopped_at is not None,
    Condition.DELIVERED: lambda _, contract: buyer_silence_counts(contract),
    Condition.PART_RECEIVED: lambda _, contract: _waits_for_the_rest(contract),
    Condition.SETTLED_BY_TIME: lambda _, contract: contract.settled is not None,
    Condition.COMPLETED: lambda _, contract: contract.status is Status.COMPLETED,
    Condition.SETTLED_WITH_TERMS: lambda _, contract: _settled_with_terms(contract),
    Condition.HAS_WORDS: lambda notice, _: bool(quoted(notice.words)),
    Condition.UNANSWERED: lambda _, contract: any(p.signature is Signature.EXPIRED for p in contract.parties),
    Condition.READER_BUYS: _reader_has_role(Role.BUYER),
    Condition.READER_SELLS: _reader_has_role(Role.SELLER),
    Condition.ALWAYS: lambda *_: True,
}
