"""What a message from a phone makes happen: pure, from what was said and what is known to a plan."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final
from uuid import uuid4

from contracts import actions, moves
from contracts.effects import SetLanguage
from contracts.lifecycle import Contract, Refusal, Role
from contracts.msisdn import Msisdn
from contracts.notices import ANSWERS, REFUSED, Kind, Notice
from contracts.patience import Patience
from contracts.plans import Actor, Plan
from contracts.replies import Intent, Said
from gateway.events import MoSms
from menus import MENU_VERSION
from storage.acts import AuditRow, MessageRow, PersonRow
from storage.records import AnswerableRow, StandRow

# An auto-responder answers each of our answers. A person who asks more than this in an hour needs a person.
ANSWERS_IN_HOUR: Final = 8
ANSWERS_IN_DAY: Final = 24

_ASKED_BACK: Final = {Intent.MEANT_YES: Kind.MEANT_YES, Intent.MEANT_NO: Kind.MEANT_NO, Intent.UNSURE: Kind.UNSURE}
_LONGEST_COMPLAINT: Final = 500
_NAMED_AT_MOST: Final = 5  # contracts, as many as an SMS can
_SHORTEST_NUMBER: Final = 10  # digits with the country's: shorter ones are short codes, behind which is a machine

_Known = Sequence[tuple[Contract, tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class Heard:
    """A message, its sender, what we took it for, and what we know of its sender. `language`: for who chose none."""

    mo: MoSms
    sender: Msisdn = field(repr=False)
    said: Said
    found: AnswerableRow
    language: str

    def answer(self, kind: Kind, *contracts: Contract, reference: str | None = None) -> Notice:
        return Notice(
            kind, self.found.phone_id, self.sender, self.found.language, contracts,
            reference=reference or (contracts[0].reference if contracts else None),
        )  # fmt: skip


def sender_of(mo: MoSms) -> Msisdn | None:
    """Who can be answered; None: a name, a short code, or one of our own."""
    if mo.sender is None or len(mo.sender) <= _SHORTEST_NUMBER or mo.sender.lstrip("+") == mo.to.lstrip("+"):
        return None
    return mo.sender


def wants_newest(said: Said) -> bool:
    """Whether the sender's newest contracts are asked for, not only those that wait for them."""
    return said.intent in (Intent.STATUS, Intent.LIST, Intent.RECEIVED, Intent.DISPUTE)


def decide(heard: Heard, now: datetime, patience: Patience) -> Plan:
    """What it makes happen; nothing, or only an answer, where it is not clear."""
    known = [(Contract.from_row(row), texts) for row, texts in heard.found.contracts]
    match heard.said.intent:
        case Intent.YES | Intent.NO | Intent.MEANT_YES | Intent.MEANT_NO:
            return _word(heard, known, now, patience)
        case Intent.UNSURE if known:
            return _word(heard, known, now, patience)
        case Intent.RECEIVED | Intent.DISPUTE:
            return _of_delivery(heard, known, now, patience)
        case Intent.STATUS | Intent.LIST:
            return _standings(heard, [contract for contract, _ in known])
        case Intent.LANGUAGE:
            return _language(heard, now, patience)
        case Intent.STOP | Intent.START:
            return _opts(heard)
        case Intent.HELP:
            return Plan(notices=(heard.answer(Kind.HELP),))
        case _:
            # Kept for a person. Who said STOP is not sent what they did not ask for.
            is_quiet = heard.found.helped or heard.found.opted_out
            return Plan() if is_quiet else Plan(notices=(heard.answer(Kind.HELP),))


def worth_sending(rows: Sequence[MessageRow], found: AnswerableRow) -> list[MessageRow]:
    """Of what is to be sent, all but answers that are too many, or that say again what was said a minute ago."""
    too_many = found.answers_in_hour >= ANSWERS_IN_HOUR or found.answers_in_day >= ANSWERS_IN_DAY
    return [row for row in rows if row.kind not in ANSWERS or not (too_many or row.text == found.last_answer)]


def _word(heard: Heard, known: _Known, now: datetime, patience: Patience) -> Plan:
    """A yes or a no: acted on if it is clear which and on what, else asked back."""
    said = heard.said
    if said.misnamed and said.intent is not Intent.UNSURE:
        return Plan(notices=(heard.answer(Kind.NOT_FOUND, reference=said.misnamed),))
    if said.reference:
        known = [(contract, texts) for contract, texts in known if contract.reference == said.reference]
        if not known:
            return Plan(notices=(heard.answer(Kind.NOT_FOUND, reference=said.reference),))
    if not known:
        return Plan(notices=(heard.answer(Kind.NOTHING_WAITS),))
    if len(known) > 1:
        return Plan(notices=(heard.answer(Kind.WHICH, *(contract for contract, _ in known[:_NAMED_AT_MOST])),))
    contract, texts = known[0]
    yes = said.intent not in (Intent.NO, Intent.MEANT_NO)
    decided = moves.answer(contract, _actor(heard, texts), now, patience, yes=yes, n=contract.asks)
    if isinstance(decided, Refusal):
        return Plan(notices=(heard.answer(REFUSED[decided], contract),), about=contract)
    if asked := _ASKED_BACK.get(said.intent):
        return Plan(notices=(heard.answer(asked, contract),), about=contract)
    assert said.intent in (Intent.YES, Intent.NO), "nothing else is a word on a contract"
    return decided


def _of_delivery(heard: Heard, known: _Known, now: datetime, patience: Patience) -> Plan:
    """RECEIVED and DISPUTE: of the contract that is named, or of the only one that it can be said of."""
    said = heard.said
    if said.reference or said.misnamed:
        known = [(contract, texts) for contract, texts in known if contract.reference == said.reference]
        if not known:
            return Plan(notices=(heard.answer(Kind.NOT_FOUND, reference=said.reference or said.misnamed),))
    else:
        known = [(contract, texts) for contract, texts in known if _can_be_said(contract, heard)]
    if not known:
        return Plan(notices=(heard.answer(Kind.NOTHING_UNDER_WAY),))
    if len(known) > 1:
        return Plan(notices=(heard.answer(Kind.WHICH_DELIVERY, *(contract for contract, _ in known[:_NAMED_AT_MOST])),))
    contract, texts = known[0]
    actor = _actor(heard, texts)
    if said.intent is Intent.RECEIVED:
        decided = moves.receive(contract, actor, None, now, patience)
    else:
        decided = moves.complain(contract, actor, heard.mo.text[:_LONGEST_COMPLAINT])
    if isinstance(decided, Refusal):
        return Plan(notices=(heard.answer(REFUSED[decided], contract),), about=contract)
    return decided


def _can_be_said(contract: Contract, heard: Heard) -> bool:
    party = contract.party(heard.sender)
    if party is None or party.signature is None or not contract.is_under_way:
        return False
    return heard.said.intent is Intent.DISPUTE or party.role is Role.BUYER


def _standings(heard: Heard, known: Sequence[Contract]) -> Plan:
    """The contract that is named or is the only one; else the newest, those that wait for the sender first."""
    said = heard.said
    if said.intent is Intent.STATUS and (named := said.reference or said.misnamed):
        contract = next((contract for contract in known if contract.reference == said.reference), None)
        if contract is None:
            return Plan(notices=(heard.answer(Kind.NOT_FOUND, reference=named),))
        return Plan(notices=(heard.answer(Kind.STATUS, contract),), about=contract)
    if not known:
        return Plan(notices=(heard.answer(Kind.NO_CONTRACTS),))
    if len(known) == 1:
        return Plan(notices=(heard.answer(Kind.STATUS, known[0]),), about=known[0])
    in_order = sorted(known, key=lambda contract: not contract.waits_for(heard.sender))
    return Plan(notices=(heard.answer(Kind.LIST, *in_order),))


def _language(heard: Heard, now: datetime, patience: Patience) -> Plan:
    language = heard.said.language
    if language is None:
        return Plan(notices=(heard.answer(Kind.LANGUAGES),))
    stand = StandRow(heard.found.phone_id, heard.found.language, False, None, [])
    plan = actions.decide(SetLanguage(language), stand, _actor(heard), now, patience)
    assert isinstance(plan, Plan), "anybody may choose a language"
    return replace(plan, notices=(replace(heard.answer(Kind.LANGUAGE), language=language),))


def _opts(heard: Heard) -> Plan:
    """STOP and START. One that was sent before the last we acted on comes too late, and changes nothing.

    Each is written down even where it changes nothing, so that one sent before it and still on its way comes too late.
    """
    found, stops, sent_at = heard.found, heard.said.intent is Intent.STOP, heard.mo.sent_at
    if sent_at and found.opted_sent_at and sent_at < found.opted_sent_at:
        return Plan()
    action = "messages.stopped" if stops else "messages.started"
    details = {"sent_at": sent_at.isoformat()} if sent_at else {}
    is_said_again = stops and found.opted_out  # the answer to STOP is the one message after it
    return Plan(
        people=(PersonRow(found.phone_id or uuid4(), heard.sender, opts_out=stops),),
        audit=(AuditRow(action, None, found.phone_id, heard.sender, details),),
        notices=() if is_said_again else (heard.answer(Kind.STOPPED if stops else Kind.STARTED),),
    )


def _actor(heard: Heard, shown: tuple[str, ...] = ()) -> Actor:
    return Actor(
        heard.sender, heard.found.language or heard.language, "sms", heard.mo.provider, "", heard.mo.message_id,
        MENU_VERSION, shown,
    )  # fmt: skip
