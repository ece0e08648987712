"""What the sender of a text is asked whose meaning is not clear: the contract, and the two or three words to send.

Nothing is changed by any of these answers. Nobody is left in silence: without a contract that waits, there is help.
"""

import re
from collections.abc import Mapping
from typing import Final

from contracts.contract import Contract, Role, TimeAct
from contracts.notices import NoticeKind
from contracts.rules.plan import Plan
from contracts.sms.vocabulary import ABOUT_GOODS, Intent
from gateway.inbox.mo_context import NAMED_AT_MOST, MoContext
from gateway.inbox.subject import Subject, Waits, subject_of

_QUESTIONS: Final[Mapping[Waits, NoticeKind]] = {
    Waits.ANSWER: NoticeKind.UNSURE,
    Waits.RECEIPT: NoticeKind.MEANT_RECEIVED,
    Waits.DISPUTE: NoticeKind.STATUS,
    Waits.MEDIATION: NoticeKind.STATUS,
    Waits.OTHERS: NoticeKind.NOT_CONFIRMED_YET,
    Waits.NOTHING: NoticeKind.NOT_UNDER_WAY,
}
# What may have been a PIN (its digits are stars by now), and a sum: "150,000" is found as two runs of digits.
_NO_REFERENCE: Final = re.compile(r".*\*.*|[0-9]{1,3}(?:, [0-9]{3})+")
_REST_IS_TO_COME: Final = (TimeAct.REMIND_REST, TimeAct.COMPLETE_PART)


def ask_back(context: MoContext) -> Plan:
    """Ask what the text means, about the contract that it is about; several are listed; without any there is help.

    Somebody who sent STOP, and for whom nothing waits, is told that, and how to undo it.
    """
    subject = subject_of(context)
    if contract := subject.only:
        return context.reply(question_about(contract, subject.waits, context), contract)
    if subject.known:
        return which(subject, context)
    if context.meaning.intent in ABOUT_GOODS and context.contracts:
        return context.reply(NoticeKind.NOT_UNDER_WAY, context.contracts[0][0])  # the newest of those that are over
    return context.reply(NoticeKind.STOPPED) if context.facts.opted_out else give_help(context)


def question_about(contract: Contract, waits: Waits, context: MoContext) -> NoticeKind:
    """Return the answer that says what `contract` waits for from the sender, and the words to send."""
    if context.meaning.intent is Intent.PROBLEM and waits in (Waits.RECEIPT, Waits.GOODS):
        return NoticeKind.MEANT_DISPUTE
    if waits is Waits.DISPUTE and contract.open_dispute:
        return NoticeKind.IN_DISPUTE
    if waits is not Waits.GOODS:
        return _QUESTIONS[waits]
    if contract.money_is_missing:
        return NoticeKind.STATUS  # it says that nothing is delivered before the money is there
    party = contract.party(context.sender)
    if party and party.role is Role.BUYER:
        return NoticeKind.MEANT_RECEIVED
    waits_for_rest = contract.deadline is not None and contract.deadline.act in _REST_IS_TO_COME
    return NoticeKind.WAITS_FOR_BUYER if contract.delivered_at and not waits_for_rest else NoticeKind.MEANT_DELIVERED


def which(subject: Subject, context: MoContext) -> Plan:
    """Ask which of several contracts is meant."""
    kind = NoticeKind.WHICH if subject.waits is Waits.ANSWER else NoticeKind.WHICH_DELIVERY
    return context.reply(kind, *subject.contracts[:NAMED_AT_MOST])


def unknown_number(context: MoContext) -> Plan:
    """Say that the sender has no contract with the number in the text, and name the one that they may mean.

    Digits that are no mistyped reference are not shown back: a yes with the sum behind it is asked back as a yes.
    """
    number = context.meaning.reference or context.meaning.wrong_reference
    if number and _NO_REFERENCE.fullmatch(number):
        return ask_back(context)
    subject = subject_of(context)
    if contract := subject.only:
        return context.reply(NoticeKind.WRONG_NUMBER, contract, reference=number)
    return context.reply(NoticeKind.NOT_FOUND, reference=number)


def give_help(context: MoContext) -> Plan:
    """The help for a seller or a buyer with a contract under way, or for everybody else. Who has to pay, because money
    is to wait with us, has nothing to receive yet."""
    under_way = [
        (party.role, contract.money_is_missing)
        for contract, _ in context.contracts
        if contract.is_under_way and (party := contract.party(context.sender))
    ]
    roles = {role for role, _ in under_way}
    if Role.SELLER in roles:
        return context.reply(NoticeKind.HELP_SELLING)
    if (Role.BUYER, True) in under_way:
        return context.reply(NoticeKind.HELP_PAYING)
    if Role.BUYER in roles:
        return context.reply(NoticeKind.HELP_BUYING)
    return context.reply(NoticeKind.HELP)
