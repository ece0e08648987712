"""What may be true of a message about a contract, and so decides its words: the conditions, and how each is told."""

from collections.abc import Callable, Mapping
from enum import Enum, auto

from contracts.contract import Contract, ProposalType, Role, Signature, Status, TimeAct
from contracts.notices import Notice
from contracts.rules.waiting import silence_of_buyer_counts
from menus.translate import Text


class Condition(Enum):
    """What may be true of a notice, the nearest first: the first of these that a kind has words for is said."""

    BY_READER = auto()
    BY_OTHER = auto()  # of its people, not the office
    APPEALED = auto()  # was the decision before this one
    MAY_APPEAL = auto()
    ASKED_TO_CANCEL = auto()  # is the reader, whoever asks
    ASKED_TO_CHANGE = auto()
    OFFICE_REQUESTS = auto()  # an operator, of the reader: to agree to an end, or to a change
    REQUESTED = auto()  # of the reader: to agree to an end, or to a change
    WAITS = auto()  # the contract, for the reader's yes or no
    OWN_REQUEST = auto()  # the reader's, of whoever has not answered
    OFFICE_REQUESTED = auto()  # an operator, of whoever has not answered
    TO_CANCEL = auto()  # is what is requested, of whoever has not answered
    TO_CHANGE = auto()
    DECIDED = auto()
    DISPUTED = auto()
    DELIVERED = auto()  # says the seller; the buyer's silence counts
    IN_PART = auto()  # says the buyer; everybody's silence counts
    SETTLED = auto()  # completed by time, with a part
    COMPLETED = auto()
    UNANSWERED = auto()
    BUYER = auto()
    SELLER = auto()
    ALWAYS = auto()


def pick_text(words: Mapping[Condition, Text], notice: Notice) -> Text | None:
    """Of several wordings the nearest to how the notice's contract stands to its reader."""
    return next(
        (words[when] for when in Condition if when in words and _IS_SO[when](notice, notice.contracts[0])), None
    )


def _waits_for_the_rest(contract: Contract) -> bool:
    return bool(contract.deadline and contract.deadline.act in (TimeAct.REMIND_REST, TimeAct.COMPLETE_PART))


def _is_decided(contract: Contract) -> bool:
    return bool(contract.dispute and contract.dispute.status == "decided")


def _asks(contract: Contract, kind: ProposalType) -> bool:
    return bool(contract.proposal and contract.proposal.type is kind)


def _is_of_office(contract: Contract) -> bool:
    return contract.proposal is not None and contract.proposal.by_id is None


def _is_of_reader(notice: Notice, contract: Contract) -> bool:
    party = contract.party(notice.msisdn)
    return bool(party and contract.proposal and contract.proposal.by_id and contract.proposal.by_id == party.phone_id)


def _reads(notice: Notice, contract: Contract) -> Role | None:
    return party.role if (party := contract.party(notice.msisdn)) else None


def _binds(notice: Notice, contract: Contract) -> bool:
    party = contract.party(notice.msisdn)
    return bool(party and party.role.binds)


_IS_SO: Mapping[Condition, Callable[[Notice, Contract], bool]] = {
    Condition.BY_READER: lambda notice, contract: notice.by == notice.msisdn,
    Condition.BY_OTHER: lambda notice, contract: notice.by is not None,
    Condition.APPEALED: lambda notice, contract: bool(contract.dispute and contract.dispute.was_appealed),
    Condition.MAY_APPEAL: lambda notice, contract: _is_decided(contract) and _binds(notice, contract),
    Condition.ASKED_TO_CANCEL: lambda notice, contract: (
        _asks(contract, ProposalType.CANCEL) and contract.waits_for(notice.msisdn)
    ),
    Condition.ASKED_TO_CHANGE: lambda notice, contract: (
        _asks(contract, ProposalType.AMEND) and contract.waits_for(notice.msisdn)
    ),
    Condition.OFFICE_REQUESTS: lambda notice, contract: _is_of_office(contract) and contract.waits_for(notice.msisdn),
    Condition.REQUESTED: lambda notice, contract: bool(contract.proposal) and contract.waits_for(notice.msisdn),
    Condition.WAITS: lambda notice, contract: contract.waits_for(notice.msisdn),
    Condition.OWN_REQUEST: _is_of_reader,
    Condition.OFFICE_REQUESTED: lambda notice, contract: _is_of_office(contract),
    Condition.TO_CANCEL: lambda notice, contract: _asks(contract, ProposalType.CANCEL),
    Condition.TO_CHANGE: lambda notice, contract: _asks(contract, ProposalType.AMEND),
    Condition.DECIDED: lambda notice, contract: _is_decided(contract),
    Condition.DISPUTED: lambda notice, contract: contract.status is Status.DISPUTED,
    Condition.DELIVERED: lambda notice, contract: silence_of_buyer_counts(contract),
    Condition.IN_PART: lambda notice, contract: _waits_for_the_rest(contract),
    Condition.SETTLED: lambda notice, contract: contract.settled is not None,
    Condition.COMPLETED: lambda notice, contract: contract.status is Status.COMPLETED,
    Condition.UNANSWERED: lambda notice, contract: any(p.signature is Signature.EXPIRED for p in contract.parties),
    Condition.BUYER: lambda notice, contract: _reads(notice, contract) is Role.BUYER,
    Condition.SELLER: lambda notice, contract: _reads(notice, contract) is Role.SELLER,
    Condition.ALWAYS: lambda notice, contract: True,
}
