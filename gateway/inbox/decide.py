"""What an MO makes happen: from what is known about it to a plan. Pure, without I/O."""

from collections.abc import Sequence
from typing import Final
from uuid import uuid4

from contracts import actions
from contracts.contract import Role
from contracts.effects import SetLanguage
from contracts.fields.msisdn import Msisdn
from contracts.notices import ANSWERS, REFUSAL_NOTICES, NoticeKind
from contracts.refusals import Refusal
from contracts.rules import party_acts
from contracts.rules.plan import Plan
from contracts.sms.understand import SmsMeaning
from contracts.sms.vocabulary import READ_ONLY, Intent
from gateway.events import MoSms
from gateway.inbox.decide_contract_command import CONTRACT_COMMANDS, decide_contract_command
from gateway.inbox.mo_context import NAMED_AT_MOST, MoContext
from storage.acts.rows import AuditRow, MessageRow, PersonRow
from storage.record_rows import DecisionFacts, MoFactsRow
from values.frozen import replace

# An auto-responder answers each of our answers. A person who asks more often than this needs a person.
ANSWERS_IN_HOUR: Final = 8
ANSWERS_IN_DAY: Final = 24

_ASKED_BACK: Final = {
    Intent.MEANT_YES: NoticeKind.MEANT_YES,
    Intent.MEANT_NO: NoticeKind.MEANT_NO,
    Intent.UNSURE: NoticeKind.UNSURE,
}
_NEED_NEWEST: Final = CONTRACT_COMMANDS | READ_ONLY | {Intent.UNCLEAR}
_SHORTEST_NUMBER: Final = 10  # characters, with + and country code; a shorter one is a short code, so a machine


def sender_of(mo: MoSms) -> Msisdn | None:
    """Return whom to answer; None if the sender is a name, a short code, or a number of our own."""
    if mo.sender is None or len(mo.sender) <= _SHORTEST_NUMBER or mo.sender.lstrip("+") == mo.to.lstrip("+"):
        return None
    return mo.sender


def wants_newest(meaning: SmsMeaning) -> bool:
    """Whether the answer needs the sender's newest contracts, not only those that wait for them."""
    return meaning.intent in _NEED_NEWEST


def decide(context: MoContext) -> Plan:
    """Return what the MO makes happen. If its meaning is not clear, that is only an answer, or nothing."""
    match context.meaning.intent:
        case Intent.YES | Intent.NO | Intent.MEANT_YES | Intent.MEANT_NO:
            return _yes_or_no(context)
        case Intent.UNSURE if context.contracts:
            return _yes_or_no(context)
        case intent if intent in CONTRACT_COMMANDS and (plan := decide_contract_command(context)):
            return plan
        case Intent.STATUS | Intent.LIST:
            return _status(context)
        case Intent.LANGUAGE:
            return _language(context)
        case Intent.STOP | Intent.START:
            return _stop_or_start(context)
        case Intent.HELP:
            return context.reply(_help(context))
        case _:
            # It is kept for a person to read. Who sent STOP gets no SMS that they did not ask for.
            is_quiet = context.facts.helped or context.facts.opted_out
            return Plan() if is_quiet else context.reply(_help(context))


def within_limits(messages: Sequence[MessageRow], facts: MoFactsRow) -> list[MessageRow]:
    """Return `messages` without answers that are too many, or that repeat what we answered a minute ago."""
    too_many = facts.answers_in_hour >= ANSWERS_IN_HOUR or facts.answers_in_day >= ANSWERS_IN_DAY
    return [row for row in messages if row.kind not in ANSWERS or not (too_many or row.text == facts.last_answer)]


def _yes_or_no(context: MoContext) -> Plan:
    """Act on a yes or a no if both the word and its contract are clear; else ask back."""
    meaning, known = context.meaning, context.contracts
    if meaning.wrong_reference and meaning.intent is not Intent.UNSURE:
        return context.reply(NoticeKind.NOT_FOUND, reference=meaning.wrong_reference)
    if meaning.reference:
        known = [(contract, texts) for contract, texts in known if contract.reference == meaning.reference]
        if not known:
            return context.reply(NoticeKind.NOT_FOUND, reference=meaning.reference)
    if not known:
        return context.reply(NoticeKind.NOTHING_WAITS)
    if len(known) > 1:
        return context.reply(NoticeKind.WHICH, *(contract for contract, _ in known[:NAMED_AT_MOST]))
    contract, texts = known[0]
    yes = meaning.intent not in (Intent.NO, Intent.MEANT_NO)
    plan = party_acts.answer(
        contract, context.actor(texts), context.now, context.periods, yes=yes, n=contract.open_number
    )
    if isinstance(plan, Refusal):
        return context.reply(REFUSAL_NOTICES[plan], contract)
    if yes and not context.is_enough(contract):
        return context.reply(NoticeKind.NEEDS_PIN, contract)
    # The last SMS to this phone did not show the open proposal, so the YES may be for something else.
    is_unread = meaning.intent is Intent.YES and str(contract.id) in context.facts.unread
    if question := NoticeKind.MEANT_YES if is_unread else _ASKED_BACK.get(meaning.intent):
        return context.reply(question, contract)
    assert meaning.intent in (Intent.YES, Intent.NO), "every other intent is asked back"
    return plan


def _help(context: MoContext) -> NoticeKind:
    """The help for a seller or a buyer with a contract under way, or for everybody else."""
    under_way = [contract.party(context.sender) for contract, _ in context.contracts if contract.is_under_way]
    roles = {party.role for party in under_way if party}
    if Role.SELLER in roles:
        return NoticeKind.HELP_SELLING
    return NoticeKind.HELP_BUYING if Role.BUYER in roles else NoticeKind.HELP


def _status(context: MoContext) -> Plan:
    """Tell of the contract that is named or is the only one; else list the newest, those that wait first."""
    meaning, contracts = context.meaning, [contract for contract, _ in context.contracts]
    if meaning.intent is Intent.STATUS and (named := meaning.reference or meaning.wrong_reference):
        contracts = [contract for contract in contracts if contract.reference == meaning.reference]
        if not contracts:
            return context.reply(NoticeKind.NOT_FOUND, reference=named)
    if not contracts:
        return context.reply(NoticeKind.NO_CONTRACTS)
    if len(contracts) == 1:
        return context.reply(NoticeKind.STATUS, contracts[0])
    return context.reply(NoticeKind.LIST, *sorted(contracts, key=lambda one: not one.waits_for(context.sender)))


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
    was_stopped = stops and facts.opted_out  # a second STOP is not answered
    return Plan(
        people=(PersonRow(facts.phone_id or uuid4(), context.sender, opts_out=stops),),
        audit=(AuditRow(action, None, facts.phone_id, context.sender, details),),
        notices=() if was_stopped else (context.answer(NoticeKind.STOPPED if stops else NoticeKind.STARTED),),
    )
