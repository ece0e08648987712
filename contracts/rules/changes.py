"""What every transition is made of: who may act, and a contract one version later with the deadline that follows.

Pure. `transitions` and `dispute_transitions` are built on this.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from contracts.contract import Contract, Party, Role, Signature, Status, status_between
from contracts.fields.msisdn import Msisdn
from contracts.refusals import Refusal
from contracts.rules.waiting import WaitingPeriods, deadline_under_new_terms
from values.frozen import replace

ContractOrRefusal = Contract | Refusal

CLOCK_RUNS: Final[Mapping[str, None]] = {"clock_stopped_at": None, "clock_stopped_by": None}


def changed(contract: Contract, **changes: object) -> Contract:
    """Return the contract one version later. Raise IllegalTransitionError for a status it may not go to."""
    after = replace(contract, version=contract.version + 1, **changes)
    status_between(contract.status, after.status)
    return after


def ended(contract: Contract, status: Status) -> Contract:
    parties = no_longer_asked(contract.parties)
    return changed(contract, status=status, parties=parties, proposal=None, deadline=None, **CLOCK_RUNS)


def no_longer_asked(parties: Iterable[Party]) -> tuple[Party, ...]:
    """Return the parties of a contract that is over: who has not answered it is not asked any more."""
    return tuple(replace(p, signature=Signature.EXPIRED) if p.signature is Signature.PENDING else p for p in parties)


def bound_party(contract: Contract, by: Msisdn) -> Party | Refusal:
    party = contract.party(by)
    return party if party and party.signature is not None else Refusal.NOT_YOURS


def refusal_unless_under_way(contract: Contract, by: Msisdn, role: Role | None) -> Refusal | None:
    """Return why `by` cannot act now as `role` (None: as buyer or seller); None if they can."""
    party = bound_party(contract, by)
    if isinstance(party, Refusal):
        return party
    if contract.status is Status.DISPUTED:
        return Refusal.IN_DISPUTE
    if not contract.is_under_way:
        return Refusal.NOT_UNDER_WAY
    return None if role is None or party.role is role else Refusal.NOT_YOUR_PART


def refusal_unless_deliverable(contract: Contract, by: Msisdn, role: Role) -> Refusal | None:
    """Return why `by` cannot report a delivery or a receipt now; None if they can. With escrow the money comes
    first."""
    if refusal := refusal_unless_under_way(contract, by, role):
        return refusal
    return Refusal.MONEY_MISSING if contract.money_is_missing else None


def is_share(split_minor: int | None, contract: Contract) -> bool:
    """Whether a split with this much for the seller leaves each side something. What escrow has released to the seller
    already stays theirs."""
    released = contract.escrow.gross if contract.escrow else 0
    return split_minor is not None and max(released, 1) <= split_minor < contract.terms.total.minor


def waiting_as_before(after: Contract, now: datetime, periods: WaitingPeriods) -> Contract:
    """Return a contract that has just got new terms with the deadline that follows; none while its clock stands."""
    return after if after.clock_stopped_at else replace(after, deadline=deadline_under_new_terms(after, now, periods))


def waiting_again(after: Contract, now: datetime, periods: WaitingPeriods) -> Contract:
    """Return a contract that goes on after a dispute: it waits for the same as before, for the whole time again."""
    return waiting_as_before(replace(after, deadline=None), now, periods)
