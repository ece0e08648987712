"""Sample contracts for the walk through the menus: in every status, at their longest."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from contracts.contract import Contract, ContractType, Deadline, Party, Role, Signature, Status, TimeAct
from contracts.dispute import Decision, Dispute, Reply
from contracts.fields.msisdn import Msisdn
from contracts.fields.quantity import Quantity
from contracts.proposal import Proposal, ProposalType
from contracts.readings import ContractLine
from contracts.terms import Terms
from menus.checking.sample_inputs import SampleInput
from menus.checking.sample_money import escrow_states, with_escrow
from values.frozen import replace

MOST = 40  # contracts that readings.contracts_of gives
_THIRD = Msisdn("+237671234567")
_MADE_AT = datetime(2026, 9, 30, 12, tzinfo=UTC)
_OPPOSITE = {Role.BUYER: Role.SELLER, Role.SELLER: Role.BUYER}


def sample_contract(
    sample: SampleInput,
    *,
    status: str = "PENDING",
    role: str = "seller",
    waits: bool = True,
    named: bool = True,
) -> Contract:
    """A contract in which the caller has this role. With `waits` a PENDING contract needs the caller's answer. With
    `named` the other party has a name, otherwise only a number."""
    mine, here = Role(role), Status(status)
    terms = Terms(sample.product, Quantity(sample.quantity, sample.unit), sample.amount, sample.place, sample.due)
    return Contract(
        UUID(int=0), "40718353", 1, here, ContractType.AGRICULTURAL_SUPPLY, terms,
        tuple(_parties(sample, mine, here, waits=waits, named=named)), _MADE_AT,
    )  # fmt: skip


def every_contract(sample: SampleInput) -> Iterator[tuple[str, Contract]]:
    """Every status with every role of the caller, with and without the other party's name, then what can happen to an
    active and to a disputed contract. Each with the name of its state."""
    for status in Status:
        for role in (Role.BUYER, Role.SELLER, Role.MEDIATOR):
            for named in (True, False):
                state = f"{status.value}, as {role.value}, the other by {'name' if named else 'number'}"
                yield state, sample_contract(sample, status=status.value, role=role.value, waits=False, named=named)
                if status is Status.PENDING and role.binds:
                    waiting = sample_contract(sample, role=role.value, named=named)
                    yield f"{state}, it waits for us", waiting
    for role in (Role.BUYER, Role.SELLER):
        yield from _in_delivery(sample, role)
    for role in (Role.BUYER, Role.SELLER, Role.MEDIATOR):
        yield from _in_dispute(sample, role)
    yield from contracts_with_escrow(sample)


def contracts_with_escrow(sample: SampleInput) -> Iterator[tuple[str, Contract]]:
    """Contracts whose money waits with VoicePact, in every status and every state of the money."""
    for role in (Role.BUYER, Role.SELLER, Role.MEDIATOR):
        for status in Status:
            plain = with_escrow(sample_contract(sample, status=status.value, role=role.value))
            if status is Status.PENDING:
                yield f"an offer with escrow, as {role.value}", plain
            for name, found in escrow_states(plain):
                yield f"{status.value}, {name}, as {role.value}", found


def _in_delivery(sample: SampleInput, role: Role) -> Iterator[tuple[str, Contract]]:
    """Active contracts on which goods were delivered, came in part, or a change is proposed."""
    plain = sample_contract(sample, status="ACTIVE", role=role.value, waits=False)
    me, other = UUID(int=1), UUID(int=2)
    yield f"delivered, as {role.value}", replace(plain, delivered_at=_MADE_AT)
    stopped = replace(plain, delivered_at=_MADE_AT, clock_stopped_at=_MADE_AT, clock_stopped_by=me)
    yield f"delivered, the clock stands, as {role.value}", stopped
    request = Proposal(2, ProposalType.CANCEL, None, me, frozenset({me}))
    yield f"we ask, the clock stands, as {role.value}", replace(stopped, proposal=request)
    more = Decimal(plain.terms.quantity.amount) + 1
    yield f"more came than is asked for, as {role.value}", replace(plain, received=more, part_at=_MADE_AT)
    some = Decimal(plain.terms.quantity.amount) / 2
    part = replace(plain, received=some, part_at=_MADE_AT)
    yield f"a part came, as {role.value}", part
    rest = replace(part, delivered_at=_MADE_AT, deadline=Deadline(TimeAct.REMIND_RECEIPT, _MADE_AT))
    yield f"a part came, the rest is delivered, as {role.value}", rest
    again = replace(rest, deadline=None, delivered_at=_MADE_AT + timedelta(1), clock_stopped_at=_MADE_AT)
    yield f"the rest is delivered, the clock stands, as {role.value}", again
    yield f"complete with a part, as {role.value}", replace(part, status=Status.COMPLETED, settled=some)
    agreed = Proposal(2, ProposalType.AMEND, plain.terms, other, frozenset({me, other}))
    yield f"they ask, we agreed, as {role.value}", replace(rest, proposal=agreed)
    yield f"we ask after a part, as {role.value}", replace(rest, proposal=replace(agreed, by_id=me))
    for by, asks in ((me, "we ask"), (other, "they ask")):
        for proposal_type, terms in ((ProposalType.CANCEL, None), (ProposalType.AMEND, plain.terms)):
            proposal = Proposal(2, proposal_type, terms, by, frozenset({by}))
            yield f"{asks} to {proposal_type.value}, as {role.value}", replace(plain, proposal=proposal)
    for proposal_type, terms in ((ProposalType.CANCEL, None), (ProposalType.AMEND, plain.terms)):
        proposal = Proposal(2, proposal_type, terms, None, frozenset())
        yield f"the office asks to {proposal_type.value}, as {role.value}", replace(plain, proposal=proposal)


def _in_dispute(sample: SampleInput, role: Role) -> Iterator[tuple[str, Contract]]:
    """Disputes that are open, decided in each way, and appealed."""
    disputed = sample_contract(sample, status="DISPUTED", role=role.value, waits=False)
    waits = Deadline(TimeAct.ESCALATE_DISPUTE, _MADE_AT)
    disputed, opened = replace(disputed, deadline=waits), Dispute(UUID(int=9), "open", UUID(int=1), sample.place)
    yield f"dispute open, as {role.value}", replace(disputed, dispute=opened)
    answered = replace(opened, opened_by=UUID(int=2), replies=(Reply(UUID(int=1), sample.place),))
    yield f"the other side reported, as {role.value}", replace(disputed, dispute=answered)
    by_office = replace(opened, opened_by=None, escalated_at=_MADE_AT)
    yield f"the office reported, as {role.value}", replace(disputed, dispute=by_office)
    for by in (UUID(int=1), UUID(int=2), None) if role.binds else ():
        asks = Proposal(2, ProposalType.SPLIT, None, by, frozenset({by} if by else ()), sample.amount.minor - 1)
        for proposal in (asks, replace(asks, type=ProposalType.COMPLETE, split_minor=None)):
            name = f"{by and by.int} asks to settle: {proposal.type.value}, as {role.value}"
            yield name, replace(disputed, dispute=opened, proposal=proposal)
    for decision in Decision:
        share = sample.amount.minor if decision is Decision.SPLIT else None
        decided = replace(opened, status="decided", decision=decision, split_minor=share, reasons=sample.place)
        until = Deadline(TimeAct.CLOSE_DISPUTE, _MADE_AT)
        yield f"decided: {decision.value}, as {role.value}", replace(disputed, dispute=decided, deadline=until)
    appealed = replace(answered, status="appealed", decision=Decision.COMPLETE, reasons=sample.place, was_appealed=True,
                       appeal=Reply(UUID(int=2), sample.place))  # fmt: skip
    yield f"dispute appealed, as {role.value}", replace(disputed, dispute=appealed)


def contract_lists(sample: SampleInput) -> Iterator[tuple[str, list[ContractLine]]]:
    """No contracts, one, one more than there are keys on a page, and as many as contracts_of reads."""
    yield "no contracts", []
    yield "1 contract", [_line(sample, 0)]
    for count in (10, MOST):
        yield f"{count} contracts", [_line(sample, number) for number in range(count)]


def line_of(contract: Contract, caller: Msisdn) -> ContractLine:
    """The contract as a list shows it to the caller."""
    party, terms = contract.party(caller), contract.terms
    return ContractLine(
        str(contract.id), contract.status, terms.product, terms.total, contract.waits_for(caller),
        party.role if party else None, contract.awaits_receipt_of(caller),
    )  # fmt: skip


def _line(sample: SampleInput, number: int) -> ContractLine:
    """A line with the next status and role. Products differ in their first letter, as different goods do."""
    status = list(Status)[number % len(Status)]
    product = f"{chr(ord('A') + number % 26)}{sample.product[1:]}"
    waits = status is Status.PENDING and number < MOST // 2
    role = (Role.SELLER, Role.BUYER, Role.MEDIATOR)[number % 3]
    return ContractLine(str(UUID(int=number)), status, product, sample.amount, waits, role)


def _parties(sample: SampleInput, mine: Role, status: Status, *, waits: bool, named: bool) -> Iterator[Party]:
    signature = Signature.PENDING if waits and status is Status.PENDING else Signature.SIGNED
    yield Party(UUID(int=1), sample.caller, mine, None, "en", signature if mine.binds else None)
    for at, role in enumerate((_OPPOSITE[mine],) if mine.binds else (Role.BUYER, Role.SELLER)):
        msisdn = sample.other if at == 0 else _THIRD
        name = sample.person if named else None
        yield Party(UUID(int=2 + at), msisdn, role, name, None, Signature.PENDING)
