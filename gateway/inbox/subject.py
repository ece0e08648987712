"""What a text is about: the contract that waits for its sender. Pure, without I/O.

A party who writes, writes about something, whatever the words are: the contract that the text names; else the one
that waits for a word of theirs; else the only one under way. If several wait alike, nobody chooses for them: they are
listed.
"""

from collections.abc import Sequence
from enum import Enum

from contracts.contract import Contract, Role, Status
from contracts.fields.msisdn import Msisdn
from contracts.sms.vocabulary import ABOUT_GOODS
from gateway.inbox.mo_context import KnownContract, MoContext
from values.frozen import Frozen, Hidden


class Waits(Enum):
    """What a contract waits for from one person. An unclear text is about the first of these that there is."""

    ANSWER = "answer"  # YES or NO, to a new contract, or to what the other party or the office asks
    RECEIPT = "receipt"  # of a buyer: the seller has reported the delivery
    DISPUTE = "dispute"  # of a side of a dispute
    MEDIATION = "mediation"  # of the mediator of a dispute
    GOODS = "goods"  # of a buyer or seller under way: who delivers and who receives says so
    OTHERS = "others"  # of nobody but the others, who have not answered the new contract
    NOTHING = "nothing"  # the contract is over, or not of this person's to answer


# A text about the goods is about those that are on their way, even where an offer waits as well.
_GOODS_FIRST = (Waits.RECEIPT, Waits.GOODS, Waits.DISPUTE, Waits.MEDIATION, Waits.ANSWER, Waits.OTHERS)
_LIVE = tuple(waits for waits in Waits if waits is not Waits.NOTHING)


class Subject(Frozen):
    """What a text is about. `known`: one contract; several, if any of them may be meant; none, if the sender has no
    contract that is not over and named none. `is_more`: one that was not looked at may be meant as well."""

    waits: Waits
    known: Hidden[Sequence[KnownContract]]
    is_more: bool = False

    @property
    def contracts(self) -> tuple[Contract, ...]:
        return tuple(contract for contract, _ in self.known)

    @property
    def only(self) -> Contract | None:
        """The contract that the text is about; None if there is none, or if several may be meant."""
        return self.known[0][0] if len(self.known) == 1 and not self.is_more else None


def subject_of(context: MoContext) -> Subject:
    """Return what the text is about. A number in it that is none of the sender's contracts is left aside."""
    named = named_contracts(context)
    by_wait: dict[Waits, list[KnownContract]] = {}
    for known in named or context.contracts:
        by_wait.setdefault(waits_for(known[0], context.sender), []).append(known)
    order = _GOODS_FIRST if context.meaning.intent in ABOUT_GOODS else _LIVE
    waits = next((waits for waits in order if waits in by_wait), Waits.NOTHING)
    is_more = not named and (context.facts.waiting_unseen if waits is Waits.ANSWER else context.facts.open_unseen)
    return Subject(waits, tuple(by_wait[waits]) if waits in by_wait and (named or waits in order) else (), is_more)


def named_contracts(context: MoContext) -> Sequence[KnownContract]:
    """The sender's contract whose reference the text names; empty if it names none of theirs."""
    reference = context.meaning.reference
    return [known for known in context.contracts if reference and known[0].reference == reference]


def waits_for(contract: Contract, msisdn: Msisdn) -> Waits:
    """Return what `contract` waits for from the person with this number."""
    party = contract.party(msisdn)
    if party is None:
        return Waits.NOTHING
    if contract.waits_for(msisdn):
        return Waits.ANSWER
    if contract.status is Status.DISPUTED:
        return Waits.DISPUTE if party.role.binds else _mediation(party.role)
    if party.signature is None:
        return Waits.NOTHING  # a mediator or witness of a contract without a dispute only knows of it
    if contract.is_under_way:
        is_receipt = party.role is Role.BUYER and contract.delivered_at is not None
        return Waits.RECEIPT if is_receipt else Waits.GOODS
    return Waits.OTHERS if contract.status is Status.PENDING else Waits.NOTHING


def _mediation(role: Role) -> Waits:
    return Waits.MEDIATION if role is Role.MEDIATOR else Waits.NOTHING
