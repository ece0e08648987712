"""What an MO does to a contract after it was made: delivered, received, new terms, an end, a dispute, an appeal, PAY.

Pure. The rules are those of `contracts.rules`, as for the menus. Here is only what a text may leave open:
which contract, how much, why. Then the sender is asked back, and nothing is done.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final

from contracts.contract import Contract, Role, Status
from contracts.escrow import acts as money_acts
from contracts.fields.countries import today_of
from contracts.fields.free_text import PROBLEM_LETTERS
from contracts.fields.msisdn import Msisdn
from contracts.fields.quantity import parse_number_of
from contracts.notices import REFUSAL_NOTICES, NoticeKind, notice_to
from contracts.proposal import ProposalType
from contracts.refusals import BadInput, Refusal
from contracts.rules import dispute_transitions, party_acts, transitions
from contracts.rules.changes import ContractOrRefusal
from contracts.rules.plan import Actor, Plan
from contracts.rules.waiting import WaitingPeriods
from contracts.sms.new_terms import Term, UnreadableTermError, apply_new_terms, names_a_price
from contracts.sms.understand import text_after_command
from contracts.sms.vocabulary import UNCLEAR_FORM, Intent
from gateway.inbox.asked_back import unknown_number
from gateway.inbox.mo_context import NAMED_AT_MOST, KnownContract, MoContext
from gateway.inbox.subject import named_contracts, subject_of
from values.frozen import replace

_FEWEST_REASONS: Final = 3  # words; "appeal no" or "appeal how?" gives no reason
_CLEAR_FORM: Final = {unclear: intent for intent, unclear in UNCLEAR_FORM.items() if intent is not Intent.PART}
CONTRACT_COMMANDS: Final = frozenset({*UNCLEAR_FORM, *_CLEAR_FORM, Intent.DISPUTE})

# What an SMS cannot do above the limit (contracts/rules/sms_limits.py); what CHANGE needs depends on its terms.
_NEED_PIN_ABOVE_LIMIT: Final = frozenset(
    {Intent.DELIVERED, Intent.RECEIVED, Intent.PART, Intent.CHANGE, Intent.CANCEL, Intent.WITHDRAW}
)
_ASKED_BACK: Final = {
    Intent.DELIVERED: NoticeKind.MEANT_DELIVERED,
    Intent.RECEIVED: NoticeKind.MEANT_RECEIVED,
    Intent.CHANGE: NoticeKind.MEANT_CHANGE,
    Intent.CANCEL: NoticeKind.MEANT_CANCEL,
    Intent.APPEAL: NoticeKind.MEANT_APPEAL,
    Intent.WITHDRAW: NoticeKind.MEANT_WITHDRAW,
    Intent.PAY: NoticeKind.MEANT_PAY,
}
_ASKED_AGAIN: Final = {
    Term.TOTAL: NoticeKind.NEW_TOTAL,
    Term.QUANTITY: NoticeKind.NEW_QUANTITY,
    Term.DAY: NoticeKind.NEW_DAY,
    Term.PLACE: NoticeKind.NEW_PLACE,
}


def decide_contract_command(context: MoContext) -> Plan | None:
    """Return what a command on a contract makes happen: on the contract that is named, or the only one that it fits.

    Return None if the sender may mean something else: the command is unclear and fits no contract; it fits none, but a
    contract waits for another word of theirs; or it is a CANCEL from somebody without contracts, who may mean our SMS,
    as CANCEL does elsewhere.
    """
    meaning = context.meaning
    is_unclear, intent = meaning.intent in _CLEAR_FORM, _CLEAR_FORM.get(meaning.intent, meaning.intent)
    is_more = context.facts.open_unseen
    if meaning.reference or meaning.wrong_reference:
        found, is_more = list(named_contracts(context)), False
        if not found:
            return unknown_number(context)
    else:
        found = [known for known in context.contracts if _fits(intent, known[0], context.sender)]
        found = found or [known for known in context.contracts if _is_withdrawn(meaning.intent, known[0], context)]
    if not found and not is_unclear:
        found = _only_one_open(context)
    if not found:
        may_mean_our_sms = intent is Intent.CANCEL and not context.contracts
        if is_unclear or may_mean_our_sms or subject_of(context).known:
            return None
        return context.reply(NoticeKind.NOTHING_UNDER_WAY)
    if len(found) > 1 or is_more:
        return context.reply(NoticeKind.WHICH_DELIVERY, *(contract for contract, _ in found[:NAMED_AT_MOST]))
    contract, _ = found[0]
    plan = _decide(intent, context, contract, context.actor(found[0]), is_unclear=is_unclear)
    return context.reply(REFUSAL_NOTICES[plan], contract) if isinstance(plan, Refusal) else plan


def _decide(
    intent: Intent, context: MoContext, contract: Contract, actor: Actor, *, is_unclear: bool
) -> Plan | Refusal:
    """The rules come first: nobody is asked back about what would be refused."""
    if intent is Intent.CANCEL and contract.status is Status.PENDING and _binds(contract, context.sender):
        return context.reply(NoticeKind.NOT_CONFIRMED_YET, contract)  # an offer is answered, as in the menu
    if not is_unclear and _is_withdrawn(intent, contract, context):
        return context.reply(NoticeKind.ALREADY_WITHDRAWN, contract)
    refusal = _RULES[intent](contract, context.sender, context.now, context.periods)
    if isinstance(refusal, Refusal):
        sells = intent is Intent.PAY and refusal is Refusal.NOT_YOUR_PART
        return Refusal.NOTHING_TO_PAY if sells else refusal
    if intent in _NEED_PIN_ABOVE_LIMIT and not context.is_enough(contract):
        return context.reply(NoticeKind.NEEDS_PIN, contract)
    if is_unclear:
        return context.reply(_ASKED_BACK[intent], contract)
    if too_soon := _too_soon(intent, contract, context):
        return context.reply(too_soon, contract)
    return _pay(context, contract) if intent is Intent.PAY else _act(intent, context, contract, actor)


def _act(intent: Intent, context: MoContext, contract: Contract, actor: Actor) -> Plan | Refusal:
    now, periods = context.now, context.periods
    text = text_after_command(context.mo.text, context.meaning.reference)[:PROBLEM_LETTERS]
    match intent:
        case Intent.DELIVERED:
            return party_acts.say_delivered(contract, actor, now, periods)
        case Intent.RECEIVED:
            return party_acts.receive(contract, actor, None, now, periods)
        case Intent.PART:
            return _receive_part(context, contract, actor)
        case Intent.CHANGE:
            return _propose_new_terms(context, contract, actor)
        case Intent.CANCEL:
            plan = party_acts.propose(contract, actor, ProposalType.CANCEL, None, now)
            return _with_answer(plan, NoticeKind.YOU_ASKED_TO_CANCEL, context)
        case Intent.APPEAL if len(text.split()) < _FEWEST_REASONS:
            return context.reply(NoticeKind.MEANT_APPEAL, contract)
        case Intent.APPEAL:
            return party_acts.appeal(contract, actor, text, now, periods)
        case Intent.WITHDRAW:
            return party_acts.withdraw_dispute(contract, actor, now, periods)
        case _ if not text:
            return context.reply(NoticeKind.MEANT_DISPUTE, contract)
        case _ if contract.open_dispute and context.facts.is_repeat:  # a phone sent its SMS again
            return context.reply(NoticeKind.IN_DISPUTE, contract)
        case _ if contract.open_dispute:
            return party_acts.answer_dispute(contract, actor, text)
        case _:
            return party_acts.complain(contract, actor, text, now, periods)


def _pay(context: MoContext, contract: Contract) -> Plan | Refusal:
    """Order a request to pay on the sender's phone. An SMS moves no money: only their mobile money PIN does."""
    return _with_answer(money_acts.ask_to_pay(contract, context.sender), NoticeKind.PROMPTED, context)


def _is_withdrawn(intent: Intent, contract: Contract, context: MoContext) -> bool:
    """Whether the text takes back a problem that its sender has taken back before: the contract goes on."""
    return intent is Intent.WITHDRAW and contract.is_under_way and str(contract.id) in context.facts.withdrawn


def _too_soon(intent: Intent, contract: Contract, context: MoContext) -> NoticeKind | None:
    """The answer to a command that was sent a moment ago, too; None if it was not.

    A phone that got no acknowledgement sends its SMS again, and nobody may be asked to agree without end. A delivery
    that was refused, because the money was missing, may be said again at once.
    """
    if intent is Intent.DELIVERED and context.facts.is_repeat and contract.delivered_at:
        return NoticeKind.ALREADY_SAID
    if intent in (Intent.CHANGE, Intent.CANCEL) and str(contract.id) in context.facts.pressed:
        return NoticeKind.ASKED_TOO_OFTEN
    return None


def _receive_part(context: MoContext, contract: Contract, actor: Actor) -> Plan | Refusal:
    try:
        quantity = Decimal(parse_number_of(contract.terms.quantity.unit, context.meaning.part))
    except BadInput:
        return context.reply(NoticeKind.HOW_MUCH, contract)
    if quantity in context.facts.parts.get(str(contract.id), ()):  # a phone sent its SMS again
        return context.reply(NoticeKind.COUNTED_ALREADY, contract)
    return party_acts.receive(contract, actor, quantity, context.now, context.periods)


def _propose_new_terms(context: MoContext, contract: Contract, actor: Actor) -> Plan | Refusal:
    """Propose all the new terms, or none of them."""
    if not context.meaning.new_terms:
        names_price = names_a_price(context.mo.text)
        return context.reply(NoticeKind.PRICE_OF_WHAT if names_price else NoticeKind.MEANT_CHANGE, contract)
    today = today_of(context.sender, context.now, context.periods.zone)
    try:
        terms = apply_new_terms(contract.terms, context.meaning.new_terms, today)
    except UnreadableTermError as unreadable:
        return context.reply(_ASKED_AGAIN[unreadable.term], contract, why=unreadable.why)
    plan = party_acts.propose(contract, actor, ProposalType.AMEND, terms, context.now)
    if isinstance(plan, Plan) and not context.is_enough(contract, terms):
        return context.reply(NoticeKind.NEEDS_PIN, contract)
    return _with_answer(plan, NoticeKind.YOU_ASKED_TO_CHANGE, context)


def _with_answer(plan: Plan | Refusal, kind: NoticeKind, context: MoContext) -> Plan | Refusal:
    """Tell the sender by SMS what they asked for: in the menus, the last screen does it."""
    if isinstance(plan, Refusal) or plan.about is None:
        return plan
    party = plan.about.party(context.sender)
    assert party, "only a party can propose"
    return replace(plan, notices=(notice_to(party, kind, plan.about, context.sender), *plan.notices))


_Rule = Callable[[Contract, Msisdn, datetime, WaitingPeriods], ContractOrRefusal | Plan]
# The rule that says whether a command can be carried out, before it is known how much or which terms are meant.
_RULES: Final[Mapping[Intent, _Rule]] = {
    Intent.DELIVERED: transitions.say_delivered,
    Intent.RECEIVED: lambda contract, by, now, periods: transitions.receive(contract, by),
    Intent.PART: lambda contract, by, now, periods: transitions.receive(contract, by),
    Intent.CHANGE: lambda contract, by, now, periods: transitions.propose(contract, by, ProposalType.CANCEL, None, now),
    Intent.CANCEL: lambda contract, by, now, periods: transitions.propose(contract, by, ProposalType.CANCEL, None, now),
    Intent.APPEAL: dispute_transitions.appeal,
    Intent.WITHDRAW: dispute_transitions.withdraw_dispute,
    Intent.PAY: lambda contract, by, now, periods: money_acts.ask_to_pay(contract, by),
    Intent.DISPUTE: lambda contract, by, now, periods: (
        dispute_transitions.answer_dispute(contract, by, "")
        if contract.open_dispute
        else dispute_transitions.complain(contract, by, contract.id, "", now, periods)
    ),
}


def _fits(intent: Intent, contract: Contract, by: Msisdn) -> bool:
    """Whether a command without a reference may mean this contract.

    A command that was already carried out on it fits, too: who repeats it means the same contract.
    """
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
        case Intent.WITHDRAW:
            return contract.open_dispute is not None
        case Intent.PAY:
            waits_for_money = contract.escrow is not None and bool(contract.escrow.missing)
            return party.role is Role.BUYER and waits_for_money and contract.status_goes_on
        case Intent.DISPUTE:
            return contract.is_under_way or contract.open_dispute is not None
        case _:
            return contract.is_under_way


def _only_one_open(context: MoContext) -> list[KnownContract]:
    """The sender's only contract under way or in dispute: the command does not fit it, and the rules say why."""
    open_ones = [
        known
        for known in context.contracts
        if (known[0].is_under_way or known[0].status is Status.DISPUTED) and _binds(known[0], context.sender)
    ]
    return open_ones if len(open_ones) == 1 and not context.facts.open_unseen else []


def _binds(contract: Contract, msisdn: Msisdn) -> bool:
    """Whether the contract binds this person: one without a signature, like a mediator, only knows of it."""
    party = contract.party(msisdn)
    return party is not None and party.signature is not None
