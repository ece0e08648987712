"""What is said about a contract by SMS: a table from what happened, and what is true of it and its reader, to words.

Where the goods have everyday names, all but the few that say how to answer in several ways fit one part. The places
are filled by `menus.notices`.
"""

from collections.abc import Callable, Mapping

from contracts.lifecycle import Contract, Next, ProposalKind, Role, Signature, Status
from contracts.notices import Kind, Notice
from contracts.patience import silence_of_buyer_counts
from menus.asked_back import ASKED_BACK
from menus.when import When
from menus.words import Text, t


def sentence_of(notice: Notice) -> Text | None:
    """The words for this reader, their places still empty; None: it is not about one contract."""
    said = SAID.get(notice.kind)
    return fitting(said, notice) if isinstance(said, Mapping) else said


def fitting(words: Mapping[When, Text], notice: Notice) -> Text | None:
    """Of several wordings the nearest to how the notice's contract stands to its reader."""
    return next((words[when] for when in When if when in words and _IS_SO[when](notice, notice.contracts[0])), None)


SAID: Mapping[Kind, Text | Mapping[When, Text]] = {
    Kind.MADE: t("Contract {reference} is made: {goods}. We ask the other party to confirm."),
    Kind.CONFIRMED: t("Contract {reference} is confirmed by all: {goods}. Keep this SMS."),
    Kind.WAITS_FOR_OTHERS: t("You confirmed contract {reference}: {goods}. It now waits for the others."),
    Kind.CONFIRMED_BY_OTHER: {
        When.ASKED_TO_CANCEL: t(
            "{by} agrees to cancel contract {reference}: {goods}. "
            "It waits for your answer: YES {reference} or NO {reference}"
        ),
        When.ASKED_TO_CHANGE: t(
            "{by} agrees to change contract {reference} to: {new_terms} "
            "It waits for your answer: YES {reference} or NO {reference}"
        ),
        When.WAITS: t(
            "{by} confirmed contract {reference}: {goods}. It waits for your answer: YES {reference} or NO {reference}"
        ),
        When.TO_CANCEL: t("{by} agrees to cancel contract {reference}: {goods}. It waits for the others."),
        When.TO_CHANGE: t("{by} agrees to change contract {reference} to: {new_terms} It waits for the others."),
        When.EVER: t("{by} confirmed contract {reference}: {goods}."),
    },
    Kind.DECLINED: {
        When.BY_READER: t("You declined contract {reference}: {goods}. It is cancelled."),
        When.EVER: t("{by} declined contract {reference}: {goods}. It is cancelled."),
    },
    Kind.ALREADY_CONFIRMED: t("You have already confirmed contract {reference}: {goods}."),
    Kind.NO_LONGER_OPEN: t("Contract {reference} is no longer open for an answer: {goods}."),
    Kind.MEANT_YES: {
        When.REQUESTED: t("Did you mean YES? {request}"),
        When.EVER: t("Did you mean YES to contract {reference}? Nothing is changed yet. Answer YES {reference}"),
    },
    Kind.MEANT_NO: {
        When.REQUESTED: t("Did you mean NO? {request}"),
        When.EVER: t("Did you mean NO to contract {reference}? Nothing is changed yet. Answer NO {reference}"),
    },
    Kind.UNSURE: {
        When.REQUESTED: t("Nothing is changed yet. {request}"),
        When.EVER: t("Nothing is changed yet. To agree, answer YES {reference}. To decline, answer NO {reference}"),
    },
    Kind.YOU_DELIVERED: t(
        "You said that contract {reference} is delivered: {goods}. "
        "If the buyer does not answer, it counts as received on {day}."
    ),
    Kind.DELIVERED: {
        When.BUYER: t(
            "Contract {reference}, {quantity} {product}: the seller says it is delivered. If you have it all, answer "
            "RECEIVED {reference}. A part: PART {reference} and how much. A problem: DISPUTE {reference} and what it "
            "is. No answer: on {day} it counts as received."
        ),
        When.EVER: t(
            "The seller says that contract {reference} is delivered: {goods}. "
            "If the buyer does not answer, it counts as received on {day}."
        ),
    },
    Kind.RECEIVED: {
        When.BY_READER: t("You received all of contract {reference}: {goods}. It is complete. Keep this SMS."),
        When.EVER: t("{by} received all of contract {reference}: {goods}. It is complete. Keep this SMS."),
    },
    Kind.RECEIVED_PART: {
        When.BY_READER: t(
            "Contract {reference}: you have {came} of {quantity} {product}. When you have all, answer RECEIVED "
            "{reference}. If nobody says more, it is complete with that on {day}."
        ),
        When.BUYER: t(
            "Contract {reference}: {by} has {came} of {quantity} {product}. When all is there, answer RECEIVED "
            "{reference}. If nobody says more, it is complete with that on {day}."
        ),
        When.SELLER: t(
            "Contract {reference}: {by} has {came} of {quantity} {product}. Rest delivered? Answer DELIVERED "
            "{reference}. If nobody says more, it is complete with that on {day}."
        ),
        When.EVER: t(
            "Contract {reference}: {by} has {came} of {quantity} {product}. "
            "If nobody says more, it is complete with that on {day}."
        ),
    },
    Kind.YOU_COMPLAINED: t(
        "We have your report about contract {reference}: {goods}. A mediator decides. Nothing else happens until then."
    ),
    Kind.DISPUTED: t(
        "A problem was reported with contract {reference}: {goods}. A mediator decides. "
        "Nothing else happens until then."
    ),
    Kind.DELIVERY_REPORTED: {
        When.BY_READER: t(
            "The VoicePact office reports that you delivered contract {reference}: {goods}. "
            "Only your own word counts: if it is so, answer DELIVERED {reference}"
        ),
        When.BUYER: t(
            "The VoicePact office reports contract {reference} delivered: {quantity} {product}. "
            "All there? Answer RECEIVED {reference}. A part: PART {reference} and how much. "
            "A problem: DISPUTE {reference} and what it is."
        ),
        When.EVER: t("The VoicePact office reports that contract {reference} is delivered: {goods}."),
    },
    Kind.RECEIPT_ASKED: t(
        "VoicePact asks: contract {reference}, {quantity} {product}, is all there? If so, answer RECEIVED {reference}. "
        "A part: PART {reference} and how much. A problem: DISPUTE {reference} and what it is."
    ),
    Kind.MEDIATE: t(
        "You are asked to settle the problem with contract {reference} between {seller} and {buyer}. "
        "Hear them both, then tell VoicePact what you decide and why. To read it, dial {code}"
    ),
    Kind.CANCEL_PROPOSED: {
        When.OFFICE_REQUESTS: t(
            "The VoicePact office asks to cancel contract {reference}: {goods}. "
            "To cancel it, answer YES {reference}. To keep it, NO {reference}"
        ),
        When.OFFICE_REQUESTED: t("The VoicePact office asks all to cancel contract {reference}: {goods}."),
        When.REQUESTED: t(
            "The other party asks to cancel contract {reference}: {goods}. "
            "To cancel it, answer YES {reference}. To keep it, NO {reference}"
        ),
        When.EVER: t("A party asks the others to cancel contract {reference}: {goods}."),
    },
    Kind.AMEND_PROPOSED: {
        When.OFFICE_REQUESTS: t(
            "The VoicePact office asks to change contract {reference} to: {new_terms} "
            "To agree, answer YES {reference}. If not, NO {reference}"
        ),
        When.OFFICE_REQUESTED: t("The VoicePact office asks all to change contract {reference} to: {new_terms}"),
        When.REQUESTED: t(
            "The other party asks to change contract {reference} to: {new_terms} "
            "To agree, answer YES {reference}. If not, NO {reference}"
        ),
        When.EVER: t("A party asks the others to change contract {reference} to: {new_terms}"),
    },
    Kind.ANSWER_KEPT: t("Contract {reference}: your answer is kept. We tell the others."),
    Kind.PROPOSAL_DECLINED: {
        When.BY_READER: t("You said NO to the request about contract {reference}. It stays as it is: {goods}."),
        When.EVER: t("{by} said NO to the request about contract {reference}. It stays as it is: {goods}."),
    },
    Kind.PROPOSAL_WITHDRAWN: {
        When.BY_READER: t("You took back your request about contract {reference}. It stays as it is: {goods}."),
        When.BY_OTHER: t("{by} took back the request about contract {reference}. It stays as it is: {goods}."),
        When.EVER: t(
            "The VoicePact office takes back its request about contract {reference}. It stays as it is: {goods}."
        ),
    },
    Kind.PROPOSAL_VOID: t(
        "The change that was asked for in contract {reference} does not fit what has come, so it is void. "
        "The contract stays as it is: {goods}."
    ),
    Kind.YOU_ASKED_TO_CANCEL: t(
        "You ask the others to cancel contract {reference}: {goods}. We tell you the answer. "
        "To take it back, answer NO {reference}"
    ),
    Kind.YOU_ASKED_TO_CHANGE: t(
        "You ask the others to change contract {reference} to: {new_terms} We tell you the answer. "
        "To take it back, answer NO {reference}"
    ),
    Kind.CANCELLED_TOGETHER: t("Contract {reference} is cancelled, as all agreed: {goods}. Keep this SMS."),
    Kind.AMENDED: {
        When.COMPLETED: t(
            "All agreed to change contract {reference}. It is now: {terms} "
            "All of that has come: it is complete. Keep this SMS."
        ),
        When.EVER: t("All agreed to change contract {reference}. It is now: {terms} Keep this SMS."),
    },
    Kind.DECIDED: {
        When.MAY_APPEAL: t(
            "Contract {reference}: a mediator has decided. {outcome} "
            "If you do not accept that, answer APPEAL {reference} and why, before {day}."
        ),
        When.EVER: t("Contract {reference}: a mediator has decided. {outcome}"),
    },
    Kind.APPEALED: {
        When.BY_READER: t(
            "You appealed against the decision on contract {reference}: {goods}. A mediator decides again, for good."
        ),
        When.EVER: t("The decision on contract {reference} was appealed: {goods}. A mediator decides again, for good."),
    },
    Kind.DECISION_STANDS: {
        When.APPEALED: t("Contract {reference}: a mediator has decided again, for good. {outcome} Keep this SMS."),
        When.EVER: t("The decision on contract {reference} now stands. {outcome} Keep this SMS."),
    },
    Kind.REMIND_ANSWER: t(
        "Contract {reference}: {goods}. It still waits for your answer: YES {reference} or NO {reference}. "
        "On {day} it expires."
    ),
    Kind.REMIND_DELIVERY: t(
        "Remember contract {reference}: {terms} When it is delivered, answer DELIVERED {reference}"
    ),
    Kind.REMIND_EXPIRY: {
        When.BUYER: t(
            "Contract {reference}, {quantity} {product}: nobody said that it is delivered. If you have it all, answer "
            "RECEIVED {reference}. A problem: DISPUTE {reference} and what it is. On {day} it expires."
        ),
        When.SELLER: t(
            "Contract {reference}, {quantity} {product}: nobody said that it is delivered. If it is, answer "
            "DELIVERED {reference}. A problem: DISPUTE {reference} and what it is. On {day} it expires."
        ),
    },
    Kind.REMIND_RECEIPT: t(
        "Contract {reference}, {quantity} {product}: is all there? Answer RECEIVED {reference}. "
        "A part: PART {reference} and how much. A problem: DISPUTE {reference} and what it is. "
        "No answer: on {day} it counts as received."
    ),
    Kind.REMIND_REST: {
        When.BUYER: t(
            "Contract {reference}: {came} of {quantity} {product} came. If you have the rest, answer "
            "RECEIVED {reference}. A problem: DISPUTE {reference} and what it is. "
            "Else on {day} it is complete with what came."
        ),
        When.SELLER: t(
            "Contract {reference}: {came} of {quantity} {product} came. When the rest is delivered, answer "
            "DELIVERED {reference}. A problem: DISPUTE {reference} and what it is. "
            "Else on {day} it is complete with what came."
        ),
    },
    Kind.EXPIRED: {
        When.UNANSWERED: t("Contract {reference} has expired: not all confirmed it in time. {goods}."),
        When.EVER: t("Contract {reference} has expired: no delivery was reported. {goods}."),
    },
    Kind.COMPLETED_BY_TIME: {
        When.BUYER: t(
            "Contract {reference}: {goods}. Your side did not answer in time, so it counts as received. It is complete."
        ),
        When.EVER: t(
            "Contract {reference}: {goods}. The buyer did not answer in time, so it counts as received. It is complete."
        ),
    },
    Kind.COMPLETED_IN_PART: t(
        "Contract {reference} is complete with what came: {came} of {quantity} {product}. "
        "Did not come: {left}. Keep this SMS."
    ),
    Kind.STATUS: {
        When.REQUESTED: t("We wait for your answer. {request}"),
        When.EVER: t("Contract {reference}: {goods}. {standing}"),
    },
    Kind.NOT_UNDER_WAY: t("Nothing is changed in contract {reference}: {goods}. {standing}"),
    Kind.IN_DISPUTE: t(
        "Contract {reference} is in dispute: {goods}. A mediator decides. Nothing else happens until then."
    ),
    **ASKED_BACK,
}

# Goes into the place {standing}; else it is one of menus.screens.contracts.
STANDS: Mapping[When, Text] = {
    When.WAITS: t("It waits for your answer: YES {reference} or NO {reference}"),
    When.OFFICE_REQUESTED: t("The VoicePact office asked all to change or cancel it. It waits for the others."),
    When.TO_CANCEL: t("A party asked to cancel it. It waits for the others."),
    When.TO_CHANGE: t("A party asked to change it. It waits for the others."),
    When.MAY_APPEAL: t("A mediator has decided. {outcome} To appeal, answer APPEAL {reference} and why, before {day}."),
    When.DECIDED: t("A mediator has decided. {outcome}"),
    When.DISPUTED: t("It is in dispute. A mediator decides."),
    When.DELIVERED: t("The seller says it is delivered. If the buyer does not answer, it counts as received on {day}."),
    When.IN_PART: t(
        "The buyer has received {received} so far. If nobody says more, it is complete with that on {day}."
    ),
    When.SETTLED: t("It is complete with what came: {came} of {quantity}."),
}


def _waits_for_the_rest(contract: Contract) -> bool:
    return bool(contract.next and contract.next[0] in (Next.REMIND_REST, Next.COMPLETE_PART))


def _is_decided(contract: Contract) -> bool:
    return bool(contract.dispute and contract.dispute.status == "decided")


def _asks(contract: Contract, kind: ProposalKind) -> bool:
    return bool(contract.proposal and contract.proposal.kind is kind)


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


_IS_SO: Mapping[When, Callable[[Notice, Contract], bool]] = {
    When.BY_READER: lambda notice, contract: notice.by == notice.msisdn,
    When.BY_OTHER: lambda notice, contract: notice.by is not None,
    When.APPEALED: lambda notice, contract: bool(contract.dispute and contract.dispute.was_appealed),
    When.MAY_APPEAL: lambda notice, contract: _is_decided(contract) and _binds(notice, contract),
    When.ASKED_TO_CANCEL: lambda notice, contract: (
        _asks(contract, ProposalKind.CANCEL) and contract.waits_for(notice.msisdn)
    ),
    When.ASKED_TO_CHANGE: lambda notice, contract: (
        _asks(contract, ProposalKind.AMEND) and contract.waits_for(notice.msisdn)
    ),
    When.OFFICE_REQUESTS: lambda notice, contract: _is_of_office(contract) and contract.waits_for(notice.msisdn),
    When.REQUESTED: lambda notice, contract: bool(contract.proposal) and contract.waits_for(notice.msisdn),
    When.WAITS: lambda notice, contract: contract.waits_for(notice.msisdn),
    When.OWN_REQUEST: _is_of_reader,
    When.OFFICE_REQUESTED: lambda notice, contract: _is_of_office(contract),
    When.TO_CANCEL: lambda notice, contract: _asks(contract, ProposalKind.CANCEL),
    When.TO_CHANGE: lambda notice, contract: _asks(contract, ProposalKind.AMEND),
    When.DECIDED: lambda notice, contract: _is_decided(contract),
    When.DISPUTED: lambda notice, contract: contract.status is Status.DISPUTED,
    When.DELIVERED: lambda notice, contract: silence_of_buyer_counts(contract),
    When.IN_PART: lambda notice, contract: _waits_for_the_rest(contract),
    When.SETTLED: lambda notice, contract: contract.settled is not None,
    When.COMPLETED: lambda notice, contract: contract.status is Status.COMPLETED,
    When.UNANSWERED: lambda notice, contract: any(p.signature is Signature.EXPIRED for p in contract.parties),
    When.BUYER: lambda notice, contract: _reads(notice, contract) is Role.BUYER,
    When.SELLER: lambda notice, contract: _reads(notice, contract) is Role.SELLER,
    When.EVER: lambda notice, contract: True,
}
