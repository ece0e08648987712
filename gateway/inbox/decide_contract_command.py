"""What a message does to a contract after it was made: delivered, received, new terms, an end, a problem, an appeal.

Pure. The rules are those of `contracts.rules.transitions`, as for the menus; here is only what a text leaves open. What
it leaves open is asked back, and nothing is done.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final

from contracts.contract import Contract, ProposalType, Role, Status
from contracts.fields.free_text import PROBLEM_LETTERS
from contracts.fields.msisdn import Msisdn
from contracts.fields.quantity import parse_number_of
from contracts.notices import REFUSED, Notice, NoticeKind, notice_to
from contracts.refusals import BadInput, Refusal
from contracts.rules import party_acts, transitions
from contracts.rules.plan import Actor, Plan
from contracts.rules.transitions import ContractOrRefusal
from contracts.rules.waiting import WaitingPeriods
from contracts.sms.new_terms import Term, UnreadableTermError, apply_new_terms, names_a_price
from contracts.sms.understand import text_after_command
from contracts.sms.vocabulary import UNCLEAR_FORM, Intent
from gateway.inbox.mo_context import NAMED_AT_MOST, KnownContracts, MoContext
from values.frozen import replace

_FEWEST_REASONS: Final = 3  # words: "appeal no", "appeal how?" and the like are none
_MEANT: Final = {near: intent for intent, near in UNCLEAR_FORM.items() if intent is not Intent.PART}
CONTRACT_COMMANDS: Final = frozenset({*UNCLEAR_FORM, *_MEANT, Intent.DISPUTE})

_ALIVE: Final = (Status.CONFIRMED, Status.ACTIVE, Status.DISPUTED)
_ASKED_BACK: Final = {
    Intent.DELIVERED: NoticeKind.MEANT_DELIVERED,
    Intent.RECEIVED: NoticeKind.MEANT_RECEIVED,
    Intent.PART: NoticeKind.HOW_MUCH,
    Intent.CHANGE: NoticeKind.MEANT_CHANGE,
    Intent.CANCEL: NoticeKind.MEANT_CANCEL,
    Intent.APPEAL: NoticeKind.MEANT_APPEAL,
}
_ASKED_AGAIN: Final = {
    Term.TOTAL: NoticeKind.NEW_TOTAL,
    Term.QUANTITY: NoticeKind.NEW_QUANTITY,
    Term.DAY: NoticeKind.NEW_DAY,
    Term.PLACE: NoticeKind.NEW_PLACE,
}


def decide_contract_command(
    context: MoContext, known: KnownContracts, now: datetime, periods: WaitingPeriods
) -> Plan | None:
    """Of the contract that is named, or of the only one that it can be said of. None: it only speaks of such a thing,
    and of no contract; or it is CANCEL from somebody who has none, and may mean our messages, as it does elsewhere."""
    meaning = context.meaning
    is_near, intent = meaning.intent in _MEANT, _MEANT.get(meaning.intent, meaning.intent)
    if meaning.reference or meaning.wrong_reference:
        found = [(contract, texts) for contract, texts in known if contract.reference == meaning.reference]
        if not found:
            return Plan(
                notices=(context.answer(NoticeKind.NOT_FOUND, reference=meaning.reference or meaning.wrong_reference),)
            )
    else:
        found = [(contract, texts) for contract, texts in known if _can_be_said(intent, contract, context.sender)]
    if not found and not is_near:
        found = _the_only_one(known, context.sender)
    if not found:
        may_mean_us = intent is Intent.CANCEL and not known
        return None if is_near or may_mean_us else Plan(notices=(context.answer(NoticeKind.NOTHING_UNDER_WAY),))
    if len(found) > 1:
        return Plan(
            notices=(context.answer(NoticeKind.WHICH_DELIVERY, *(contract for contract, _ in found[:NAMED_AT_MOST])),)
        )
    contract, texts = found[0]
    decided = _decide(intent, context, contract, context.actor(texts), now, periods, is_near=is_near)
    if isinstance(decided, Refusal):
        decided = context.answer(REFUSED[decided], contract)
    return Plan(notices=(decided,), about=contract) if isinstance(decided, Notice) else decided


def _decide(
    intent: Intent,
    context: MoContext,
    contract: Contract,
    actor: Actor,
    now: datetime,
    periods: WaitingPeriods,
    *,
    is_near: bool,
) -> Plan | Refusal | Notice:
    """First whether it can be at all, by the very rules: nobody is asked back for what would be refused."""
    if intent is Intent.CANCEL and contract.status is Status.PENDING and _binds(contract, context.sender):
        return context.answer(NoticeKind.NOT_CONFIRMED_YET, contract)  # as in the menu: it is answered, by its parties
    if intent in _TRIED and isinstance(refused := _TRIED[intent](contract, context.sender, now, periods), Refusal):
        return refused
    if is_near:
        return context.answer(_ASKED_BACK[intent], contract)
    if too_soon := _too_soon(intent, str(contract.id), context):
        return context.answer(too_soon, contract)
    words = text_after_command(context.mo.text, context.meaning.reference)[:PROBLEM_LETTERS]
    match intent:
        case Intent.DELIVERED:
            return party_acts.say_delivered(contract, actor, now, periods)
        case Intent.RECEIVED:
            return party_acts.receive(contract, actor, None, now, periods)
        case Intent.PART:
            return _part(context, contract, actor, now, periods)
        case Intent.CHANGE:
            return _change(context, contract, actor, now, periods)
        case Intent.CANCEL:
            asked = party_acts.propose(contract, actor, ProposalType.CANCEL, None)
            return _and_say(asked, NoticeKind.YOU_ASKED_TO_CANCEL, context)
        case Intent.APPEAL:
            has_reasons = len(words.split()) >= _FEWEST_REASONS
            return (
                party_acts.appeal(contract, actor, words)
                if has_reasons
                else context.answer(NoticeKind.MEANT_APPEAL, contract)
            )
        case _:
            return (
                party_acts.complain(contract, actor, words)
                if words
                else context.answer(NoticeKind.MEANT_DISPUTE, contract)
            )


def _too_soon(intent: Intent, contract_id: str, context: MoContext) -> NoticeKind | None:
    """What it is answered where it was said a moment ago: a phone that was not acknowledged sends its message again,
    and nobody is to be asked without end."""
    if intent is Intent.DELIVERED and context.facts.is_repeat:
        return NoticeKind.ALREADY_SAID
    if intent in (Intent.CHANGE, Intent.CANCEL) and contract_id in context.facts.pressed:
        return NoticeKind.ASKED_TOO_OFTEN
    return None


def _part(
    context: MoContext, contract: Contract, actor: Actor, now: datetime, periods: WaitingPeriods
) -> Plan | Refusal | Notice:
    """Of the contract's own unit: what is not counted in is not converted."""
    try:
        came = Decimal(parse_number_of(contract.terms.quantity.unit, context.meaning.part))
    except BadInput:
        return context.answer(NoticeKind.HOW_MUCH, contract)
    if came in context.facts.parts.get(str(contract.id), ()):  # a phone that was not acknowledged sends it once more
        return context.answer(NoticeKind.COUNTED_ALREADY, contract)
    return party_acts.receive(contract, actor, came, now, periods)


def _change(
    context: MoContext, contract: Contract, actor: Actor, now: datetime, periods: WaitingPeriods
) -> Plan | Refusal | Notice:
    """All that is wanted, or nothing of it."""
    if not context.meaning.new_terms:
        kind = NoticeKind.PRICE_OF_WHAT if names_a_price(context.mo.text) else NoticeKind.MEANT_CHANGE
        return context.answer(kind, contract)
    try:
        terms = apply_new_terms(contract.terms, context.meaning.new_terms, now.astimezone(periods.zone).date())
    except UnreadableTermError as unread:
        return context.answer(_ASKED_AGAIN[unread.term], contract, why=unread.why)
    asked = party_acts.propose(contract, actor, ProposalType.AMEND, terms)
    return _and_say(asked, NoticeKind.YOU_ASKED_TO_CHANGE, context)


def _and_say(asked: Plan | Refusal, kind: NoticeKind, context: MoContext) -> Plan | Refusal:
    """Whoever asks by menu reads on its last screen what was asked, and who asks by SMS in an SMS."""
    if isinstance(asked, Refusal) or asked.about is None:
        return asked
    party = asked.about.party(context.sender)
    assert party, "the rule has looked"
    return replace(asked, notices=(notice_to(party, kind, asked.about, context.sender), *asked.notices))


_TRIED: Mapping[Intent, Callable[[Contract, Msisdn, datetime, WaitingPeriods], ContractOrRefusal]] = {
    Intent.DELIVERED: transitions.say_delivered,
    Intent.RECEIVED: lambda contract, by, now, periods: transitions.receive(contract, by),
    Intent.PART: lambda contract, by, now, periods: transitions.receive(contract, by),
    Intent.CHANGE: lambda contract, by, now, periods: transitions.propose(contract, by, ProposalType.CANCEL, None),
    Intent.CANCEL: lambda contract, by, now, periods: transitions.propose(contract, by, ProposalType.CANCEL, None),
    Intent.APPEAL: lambda contract, by, now, periods: transitions.appeal(contract, by),
    Intent.DISPUTE: lambda contract, by, now, periods: transitions.complain(contract, by, contract.id, ""),
}


def _can_be_said(intent: Intent, contract: Contract, by: Msisdn) -> bool:
    """Whether a word without a number may mean this one. What was said already counts as well: who says it again means
    the same contract, and not another one."""
    party = contract.party(by)
    if party is None or not _binds(contract, by):
        return False
    match intent:
        case Intent.DELIVERED:
            return contract.is_under_way and party.role is Role.SELLER
        case Intent.RECEIVED | Intent.PART:
            return contract.is_under_way and party.role is Role.BUYER
        case Intent.CANCEL:
            return contract.is_under_way or contract.status is Status.PENDING
        case Intent.APPEAL:
            return contract.dispute is not None and contract.dispute.status in ("decided", "appealed")
        case _:
            return contract.is_under_way


def _the_only_one(known: KnownContracts, by: Msisdn) -> list[tuple[Contract, tuple[str, ...]]]:
    """That is under way or in dispute. It cannot be said of this one either, but the rules say why."""
    alive = [(contract, texts) for contract, texts in known if contract.status in _ALIVE and _binds(contract, by)]
    return alive if len(alive) == 1 else []


def _binds(contract: Contract, by: Msisdn) -> bool:
    party = contract.party(by)
    return party is not None and party.signature is not None
