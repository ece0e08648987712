"""What a person can make happen, as data: a menu names it, a session keeps it, `actions` decides and does it.

An effect holds no PIN and is made of plain JSON values, so that it can lie in a (sealed) session between two hops.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal
from uuid import UUID

import msgspec

from values.frozen import Frozen, Hidden


class MakeContract(Frozen, tag=True):
    """The caller's own offer; making it is the caller's consent. Amounts in minor units, `due` an ISO date."""

    role: Literal["buyer", "seller"]
    other: Hidden[str]
    product: str
    quantity: str
    unit: str
    total_minor: int
    currency: str
    place: str
    due: str
    needs_pin: ClassVar[bool] = True


class Confirm(Frozen, tag=True):
    """Say yes to what the contract asks under the number `n`: its terms, or what somebody proposed."""

    contract_id: str
    n: int = 1
    needs_pin: ClassVar[bool] = True


class Decline(Frozen, tag=True):
    """Say no to it."""

    contract_id: str
    n: int = 1
    needs_pin: ClassVar[bool] = True


class SayDelivered(Frozen, tag=True):
    """The seller's word."""

    contract_id: str
    needs_pin: ClassVar[bool] = True


class Receive(Frozen, tag=True):
    """The buyer's word: all of it is there, or so much (`quantity`, a decimal string in the contract's unit)."""

    contract_id: str
    quantity: str | None = None
    needs_pin: ClassVar[bool] = True


class Complain(Frozen, tag=True):
    """Report a problem: from then on a mediator decides."""

    contract_id: str
    words: Hidden[str]
    needs_pin: ClassVar[bool] = True


class Propose(Frozen, tag=True):
    """Ask all others for an end ("cancel"), or for new terms ("amend", `terms` as the record keeps them)."""

    contract_id: str
    kind: Literal["amend", "cancel"]
    terms: Mapping[str, Any] | None = None
    needs_pin: ClassVar[bool] = True


class Appeal(Frozen, tag=True):
    """Not accept the mediator's decision, once."""

    contract_id: str
    words: Hidden[str]
    needs_pin: ClassVar[bool] = True


class ProvePin(Frozen, tag=True):
    """Nothing but the proof that the PIN is known: what stands before a change of it."""

    needs_pin: ClassVar[bool] = True


class ChoosePin(Frozen, tag=True):
    """Propose the PIN that comes with it. It counts once it is typed again, as the PIN of the next effect.

    `changing`: in place of one that has just been proved; otherwise refused where there is one."""

    changing: bool = False
    needs_pin: ClassVar[bool] = False


class UseRecovery(Frozen, tag=True):
    """Take the recovery code that comes with it: whoever has it, on this phone, may choose a new PIN."""

    needs_pin: ClassVar[bool] = False


class SetLanguage(Frozen, tag=True):
    language: str
    needs_pin: ClassVar[bool] = False


OnContract = Confirm | Decline | SayDelivered | Receive | Complain | Propose | Appeal
Effect = MakeContract | OnContract | ProvePin | ChoosePin | UseRecovery | SetLanguage


def to_json(effect: Effect) -> dict[str, Any]:
    kept: dict[str, Any] = msgspec.to_builtins(effect)
    return kept


def from_json(kept: dict[str, Any]) -> Effect:
    """The effect that `to_json` gave; ValidationError for a kind that this version of the menus no longer has."""
    effect: Effect = msgspec.convert(kept, Effect)
    return effect


def contract_id_of(effect: Effect) -> UUID | None:
    """The existing contract an effect is about."""
    return UUID(effect.contract_id) if isinstance(effect, OnContract) else None


def other_msisdns(effect: Effect) -> tuple[str, ...]:
    """The msisdns of other people that an effect names."""
    return (effect.other,) if isinstance(effect, MakeContract) else ()
