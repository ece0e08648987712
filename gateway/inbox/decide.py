"""What a message from a phone makes happen: pure, from what was said and what is known to a plan."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import uuid4

from contracts import actions
from contracts.contract import Contract, Role
from contracts.effects import SetLanguage
from contracts.fields.msisdn import Msisdn
from contracts.notices import ANSWERS, REFUSED, NoticeKind
from contracts.refusals import Refusal
from contracts.rules import party_acts
from contracts.rules.plan import Plan
from contracts.rules.waiting import WaitingPeriods
from contracts.sms.understand import SmsMeaning
from contracts.sms.vocabulary import Intent
from gateway.events import MoSms
from gateway.inbox.decide_contract_command import CONTRACT_COMMANDS, decide_contract_command
from gateway.inbox.mo_context import NAMED_AT_MOST, KnownContracts, MoContext
from storage.acts.rows import AuditRow, MessageRow, PersonRow
from storage.record_rows import DecisionFacts, MoFactsRow
from values.frozen import replace

# An auto-responder answers each of our answers. A person who asks more than this in an hour needs a person.
ANSWERS_IN_HOUR: Final = 8
ANSWERS_IN_DAY: Final = 24

_ASKED_BACK: Final = {
    Intent.MEANT_YES: NoticeKind.MEANT_YES,
    Intent.MEANT_NO: NoticeKind.MEANT_NO,
    Intent.UNSURE: NoticeKind.UNSURE,
}
_SHORTEST_NUMBER: Final = 10  # digits with the country's: shorter ones are short codes, behind which is a machine


def sender_of(mo: MoSms) -> Msisdn | None:
    """Who can be answered; None: a name, a short code, or one of our own."""
    if mo.sender is None or len(mo.sender) <= _SHORTEST_NUMBER or mo.sender.lstrip("+") == mo.to.lstrip("+"):
        return None
    return mo.sender


def wants_newest(meaning: SmsMeaning) -> bool:
    """Whether the sender's newest contracts are asked for, not only those that wait for them."""
    return meaning.intent in CONTRACT_COMMANDS or meaning.intent in (
        Intent.STATUS,
        Intent.LIST,
        Intent.HELP,
        Intent.UNCLEAR,
    )


def decide(context: MoContext, now: datetime, periods: WaitingPeriods) -> Plan:
    """What it makes happen; nothing, or only an answer, where it is not clear."""
    known = [(Contract.from_row(row), texts) for row, texts in context.facts.contracts]
    match context.meaning.intent:
        case Intent.YES | Intent.NO | Intent.MEANT_YES | Intent.MEANT_NO:
            return _word(context, known, now, periods)
        case Intent.UNSURE if known:
            return _word(context, known, now, periods)
        case intent if intent in CONTRACT_COMMANDS and (plan := decide_contract_command(context, known, now, periods)):
            return plan
        case Intent.STATUS | Intent.LIST:
            return _standings(context, [contract for contract, _ in known])
        case Intent.LANGUAGE:
            return _language(context, now, periods)
        case Intent.STOP | Intent.START:
            return _opts(context)
        case Intent.HELP:
            return Plan(notices=(context.answer(_help(context, known)),))
        case _:
            # Kept for a person. Who said STOP is not sent what they did not ask for.
            is_quiet = context.facts.helped or context.facts.opted_out
            return Plan() if is_quiet else Plan(notices=(context.answer(_help(context, known)),))


def worth_sending(rows: Sequence[MessageRow], found: MoFactsRow) -> list[MessageRow]:
    """Of what is to be sent, all but answers that are too many, or that say again what was said a minute ago."""
    too_many = found.answers_in_hour >= ANSWERS_IN_HOUR or found.answers_in_day >= ANSWERS_IN_DAY
    return [row for row in rows if row.kind not in ANSWERS or not (too_many or row.text == found.last_answer)]


def _word(context: MoContext, known: KnownContracts, now: datetime, periods: WaitingPeriods) -> Plan:
    """A yes or a no: acted on if it is clear which and on what, else asked back."""
    meaning = context.meaning
    if meaning.wrong_reference and meaning.intent is not Intent.UNSURE:
        return Plan(notices=(context.answer(NoticeKind.NOT_FOUND, reference=meaning.wrong_reference),))
    if meaning.reference:
        known = [(contract, texts) for contract, texts in known if contract.reference == meaning.reference]
        if not known:
            return Plan(notices=(context.answer(NoticeKind.NOT_FOUND, reference=meaning.reference),))
    if not known:
        return Plan(notices=(context.answer(NoticeKind.NOTHING_WAITS),))
    if len(known) > 1:
        return Plan(notices=(context.answer(NoticeKind.WHICH, *(contract for contract, _ in known[:NAMED_AT_MOST])),))
    contract, texts = known[0]
    yes = meaning.intent not in (Intent.NO, Intent.MEANT_NO)
    decided = party_acts.answer(contract, context.actor(texts), now, periods, yes=yes, n=contract.open_number)
    if isinstance(decided, Refusal):
        return Plan(notices=(context.answer(REFUSED[decided], contract),), about=contract)
    is_unread = meaning.intent is Intent.YES and str(contract.id) in context.facts.unread
    if asked := NoticeKind.MEANT_YES if is_unread else _ASKED_BACK.get(meaning.intent):
        return Plan(notices=(context.answer(asked, contract),), about=contract)
    assert meaning.intent in (Intent.YES, Intent.NO), "nothing else is a word on a contract"
    return decided


def _help(context: MoContext, known: KnownContracts) -> NoticeKind:
    """What can be said by somebody who has a contract under way is another help, for each side its own."""
    under_way = [contract.party(context.sender) for contract, _ in known if contract.is_under_way]
    roles = {party.role for party in under_way if party}
    if Role.SELLER in roles:
        return NoticeKind.HELP_SELLING
    return NoticeKind.HELP_BUYING if Role.BUYER in roles else NoticeKind.HELP


def _standings(context: MoContext, known: Sequence[Contract]) -> Plan:
    """The contract that is named or is the only one; else the newest, those that wait for the sender first."""
    meaning = context.meaning
    if meaning.intent is Intent.STATUS and (named := meaning.reference or meaning.wrong_reference):
        contract = next((contract for contract in known if contract.reference == meaning.reference), None)
        if contract is None:
            return Plan(notices=(context.answer(NoticeKind.NOT_FOUND, reference=named),))
        return Plan(notices=(context.answer(NoticeKind.STATUS, contract),), about=contract)
    if not known:
        return Plan(notices=(context.answer(NoticeKind.NO_CONTRACTS),))
    if len(known) == 1:
        return Plan(notices=(context.answer(NoticeKind.STATUS, known[0]),), about=known[0])
    in_order = sorted(known, key=lambda contract: not contract.waits_for(context.sender))
    return Plan(notices=(context.answer(NoticeKind.LIST, *in_order),))


def _language(context: MoContext, now: datetime, periods: WaitingPeriods) -> Plan:
    language = context.meaning.language
    if language is None:
        return Plan(notices=(context.answer(NoticeKind.LANGUAGES),))
    facts = DecisionFacts(context.facts.phone_id, context.facts.language, False, None, [])
    plan = actions.decide(SetLanguage(language), facts, context.actor(), now, periods)
    assert isinstance(plan, Plan), "anybody may choose a language"
    return replace(plan, notices=(replace(context.answer(NoticeKind.LANGUAGE), language=language),))


def _opts(context: MoContext) -> Plan:
    """STOP and START. One that was sent before the last we acted on comes too late, and changes nothing.

    Each is written down even where it changes nothing, so that one sent before it and still on its way comes too late.
    """
    facts, stops, sent_at = context.facts, context.meaning.intent is Intent.STOP, context.mo.sent_at
    if sent_at and facts.opted_sent_at and sent_at < facts.opted_sent_at:
        return Plan()
    action = "messages.stopped" if stops else "messages.started"
    details = {"sent_at": sent_at.isoformat()} if sent_at else {}
    is_said_again = stops and facts.opted_out  # the answer to STOP is the one message after it
    return Plan(
        people=(PersonRow(facts.phone_id or uuid4(), context.sender, opts_out=stops),),
        audit=(AuditRow(action, None, facts.phone_id, context.sender, details),),
        notices=() if is_said_again else (context.answer(NoticeKind.STOPPED if stops else NoticeKind.STARTED),),
    )
