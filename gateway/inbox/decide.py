"""What an MO makes happen: from what is known about it to a plan. Pure, without I/O."""

from typing import Final

from contracts import actions
from contracts.contract import Contract
from contracts.effects import SetLanguage
from contracts.fields.msisdn import Msisdn
from contracts.notices import REFUSAL_NOTICES, NoticeKind
from contracts.refusals import Refusal
from contracts.rules import party_acts
from contracts.rules.plan import Plan
from contracts.sms.pure_read import is_pure_read
from contracts.sms.understand import SmsMeaning
from contracts.sms.vocabulary import READ_ONLY, Intent
from gateway.events import MoSms
from gateway.inbox.asked_back import ask_back, give_help, unknown_number, which
from gateway.inbox.blocking import block
from gateway.inbox.decide_contract_command import CONTRACT_COMMANDS, decide_contract_command
from gateway.inbox.mo_context import KnownContract, MoContext
from gateway.inbox.subject import Waits, named_contracts, subject_of
from storage.acts.rows import AuditRow, PersonRow
from storage.record_rows import DecisionFacts
from values.frozen import replace
from values.ids import new_id

_ASKED_BACK: Final = {
    Intent.MEANT_YES: NoticeKind.MEANT_YES,
    Intent.MEANT_NO: NoticeKind.MEANT_NO,
    Intent.UNSURE: NoticeKind.UNSURE,
}
_YES: Final = frozenset({Intent.YES, Intent.AGREE})
_NO: Final = frozenset({Intent.NO, Intent.REFUSE})
_ANSWERS: Final = _YES | _NO | {Intent.MEANT_YES, Intent.MEANT_NO, Intent.UNSURE}
# A yes or a no to a contract that waits for another word of its sender is asked back about that.
_ASKED_ABOUT: Final = frozenset({Waits.RECEIPT, Waits.DISPUTE, Waits.MEDIATION})
_WAITS_NOW: Final = _ASKED_ABOUT | {Waits.ANSWER}
_ABOUT_NO_CONTRACT: Final = frozenset(
    {Intent.LANGUAGE, Intent.STOP, Intent.START, Intent.BLOCK, Intent.UNBLOCK, Intent.CHECK}
)
# What an old text may still ask for: what only reads, and to get no more from us, unless a START was sent after it.
_WHENEVER_SENT: Final = READ_ONLY | {Intent.STOP, Intent.MEANT_STOP, Intent.PIN, Intent.CHECK}
_SHORTEST_NUMBER: Final = 10  # characters, with + and country code; a shorter one is a short code, so a machine


def sender_of(mo: MoSms) -> Msisdn | None:
    """Return whom to answer; None if the sender is a name, a short code, or a number of our own."""
    if mo.sender is None or len(mo.sender) <= _SHORTEST_NUMBER or mo.sender.lstrip("+") == mo.to.lstrip("+"):
        return None
    return mo.sender


def wants_newest(meaning: SmsMeaning) -> bool:
    """Whether the answer needs the sender's newest contracts, not only those that wait for them."""
    return meaning.intent not in _ABOUT_NO_CONTRACT


def decide(context: MoContext) -> Plan:
    """Return what the MO makes happen. If its meaning is not clear, or it was sent days ago, that is only an answer."""
    if context.is_old and context.meaning.intent not in _WHENEVER_SENT:
        return ask_back(context)
    match context.meaning.intent:
        case intent if intent in _ANSWERS:
            return _yes_or_no(context)
        case intent if intent in CONTRACT_COMMANDS:
            return decide_contract_command(context) or ask_back(context)
        case Intent.STATUS | Intent.LIST:
            return _status(context)
        case Intent.LANGUAGE:
            return _language(context)
        case Intent.STOP | Intent.START:
            return _stop_or_start(context)
        case Intent.BLOCK | Intent.UNBLOCK:
            return block(context)
        case Intent.PIN:
            return _pin(context)
        case Intent.MEANT_STOP:
            return context.reply(NoticeKind.STOPPED) if context.facts.opted_out else give_help(context)
        case Intent.HELP:
            return _help(context)
        case Intent.CHECK:
            return _check(context)
        case _:
            return ask_back(context)


def _yes_or_no(context: MoContext) -> Plan:
    """Act on a yes or a no if both the word and its contract are clear; else ask back."""
    meaning = context.meaning
    named = named_contracts(context)
    if (meaning.reference and not named) or (meaning.wrong_reference and meaning.intent is not Intent.UNSURE):
        return unknown_number(context)
    subject = subject_of(context)
    if subject.waits is Waits.ANSWER and subject.known and not subject.only:
        return which(subject, context)
    if subject.only and (subject.waits is Waits.ANSWER or (named and subject.waits not in _ASKED_ABOUT)):
        return _answer(subject.known[0], context)
    return _without_a_question(context)


def _answer(known: KnownContract, context: MoContext) -> Plan:
    """Say yes or no to the contract. What would be refused is refused, before anybody is asked back about it."""
    (contract, _), intent = known, context.meaning.intent
    yes = intent not in _NO and intent is not Intent.MEANT_NO
    plan = party_acts.answer(
        contract, context.actor(known), context.now, context.periods, yes=yes, n=contract.open_number
    )
    if isinstance(plan, Refusal):
        return context.reply(REFUSAL_NOTICES[plan], contract)
    if yes and not context.is_enough(contract):
        return context.reply(NoticeKind.NEEDS_PIN, contract)
    if intent in _YES and _may_be_for_something_else(contract, context):
        return context.reply(NoticeKind.YES_TO_THIS, contract)
    if intent is Intent.REFUSE and contract.proposal:
        return context.reply(NoticeKind.UNSURE, contract)
    if question := _ASKED_BACK.get(intent):
        return context.reply(question, contract)
    assert intent in _YES | _NO, "every other intent is asked back"
    return plan


def _may_be_for_something_else(contract: Contract, context: MoContext) -> bool:
    """Whether a yes may not be for the open proposal: the last SMS to this phone did not show it, or the word is
    another than YES, and may mean that the contract stays as it was confirmed."""
    is_other_word = context.meaning.intent is Intent.AGREE
    return str(contract.id) in context.facts.unread or (is_other_word and contract.proposal is not None)


def _without_a_question(context: MoContext) -> Plan:
    """Answer a yes or a no that no contract waits for: about the contract that waits for another word."""
    subject, intent = subject_of(context), context.meaning.intent
    contract = subject.only
    is_no_again = intent in _NO and context.facts.is_repeat  # by a phone that missed our acknowledgement
    if intent in _YES | _NO and subject.waits is not Waits.RECEIPT and (contract is None or is_no_again):
        return context.reply(NoticeKind.NOTHING_WAITS)
    if contract and intent in _YES and subject.waits in (Waits.GOODS, Waits.OTHERS):
        return context.reply(NoticeKind.ALREADY_CONFIRMED, contract)
    if contract and intent in _NO and subject.waits is Waits.GOODS:
        return context.reply(NoticeKind.MEANT_CANCEL, contract)
    return ask_back(context)


def _status(context: MoContext) -> Plan:
    """Tell of the contract that is named or is the only one; else list the newest, those that wait first."""
    meaning, contracts = context.meaning, [contract for contract, _ in context.contracts]
    if meaning.intent is Intent.STATUS and (meaning.reference or meaning.wrong_reference):
        contracts = [contract for contract in contracts if contract.reference == meaning.reference]
        if not contracts:
            return unknown_number(context)
    if not contracts:
        return context.reply(NoticeKind.NO_CONTRACTS)
    if len(contracts) == 1:
        return context.reply(NoticeKind.STATUS, contracts[0])
    return context.reply(NoticeKind.LIST, *sorted(contracts, key=lambda one: not one.waits_for(context.sender)))


def _help(context: MoContext) -> Plan:
    """Help, which names every word. Who asks for it in words of their own while a contract waits for them is told of
    that contract: "call me" after a delivery is about the delivery."""
    is_asked_for = is_pure_read(context.mo.text, context.meaning)
    return give_help(context) if is_asked_for or subject_of(context).waits not in _WAITS_NOW else ask_back(context)


def _check(context: MoContext) -> Plan:
    """Answer anybody who has the short code; say what to send to who has not typed it whole."""
    typed = context.meaning.paper
    if context.paper is None or typed is None:
        return context.reply(NoticeKind.MEANT_CHECK)
    answer = context.answer(NoticeKind.CHECKED, reference=typed.reference)
    return Plan(notices=(replace(answer, paper=context.paper),))


def _pin(context: MoContext) -> Plan:
    """Warn who wrote their PIN, and say what to do who forgot it; then tell what their contract waits for."""
    warning = context.reply(NoticeKind.HELP_PIN)
    if subject_of(context).waits not in _WAITS_NOW:
        return warning
    question = ask_back(context)
    return replace(question, notices=(*warning.notices, *question.notices))


def _language(context: MoContext) -> Plan:
    language = context.meaning.language
    if language is None:
        return context.reply(NoticeKind.LANGUAGES)
    facts = DecisionFacts(context.facts.phone_id, context.facts.language, False, None, [])
    plan = actions.decide(SetLanguage(language), facts, context.actor(), context.now, context.periods)
    assert isinstance(plan, Plan), "anybody may choose a language"
    return replace(plan, notices=(replace(context.answer(NoticeKind.LANGUAGE), language=language),))


def _stop_or_start(context: MoContext) -> Plan:
    """Opt out or in. A STOP or START that was sent before the last one we acted on changes nothing.

    One that changes nothing is recorded, too, so that an earlier one that is still on its way is known to be late.
    """
    facts, stops, sent_at = context.facts, context.meaning.intent is Intent.STOP, context.mo.sent_at
    if sent_at and facts.opted_sent_at and sent_at < facts.opted_sent_at:
        return Plan()
    action = "messages.stopped" if stops else "messages.started"
    details = {"sent_at": sent_at.isoformat()} if sent_at else {}
    was_stopped = stops and facts.opted_out and not facts.is_presumed_out  # a second STOP is not answered
    return Plan(
        people=(PersonRow(facts.phone_id or new_id(), context.sender, opts_out=stops),),
        audit=(AuditRow(action, None, facts.phone_id, context.sender, details),),
        notices=() if was_stopped else (context.answer(NoticeKind.STOPPED if stops else NoticeKind.STARTED),),
    )
