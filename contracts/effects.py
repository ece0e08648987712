"""Effects: what a person can ask for on a screen or by SMS, as data. `actions` decides on them and carries them out.

An effect holds no PIN, and only JSON values, so that it can be stored in an encrypted session between two hops. Its
class name and field names are stored there: they never change.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal
from uuid import UUID

import msgspec

from values.frozen import Frozen, Hidden


class MakeContract(Frozen, tag=True):
    """Make a contract with `other` (a msisdn); the caller confirms it by that. `total_minor`: in minor units of
    `currency`; `due`: an ISO date. `escrow`: the buyer's money waits with us until the delivery."""

    role: Literal["buyer", "seller"]
    other: Hidden[str]
    product: str
    quantity: str
    unit: str
    total_minor: int
    currency: str
    place: str
    due: str
    escrow: bool = False
    needs_pin: ClassVar[bool] = True


class Confirm(Frozen, tag=True):
    """Say yes to what is open under number `n`: the contract itself, or a proposal."""

    contract_id: str
    n: int = 1
    needs_pin: ClassVar[bool] = True


class Decline(Frozen, tag=True):
    """Say no to what is open under number `n`."""

    contract_id: str
    n: int = 1
    needs_pin: ClassVar[bool] = True


class SayDelivered(Frozen, tag=True):
    """Report, as a seller, that the goods are delivered."""

    contract_id: str
    needs_pin: ClassVar[bool] = True


class Receive(Frozen, tag=True):
    """Confirm, as a buyer, the receipt of all goods, or of `quantity` (a decimal string in the contract's unit)."""

    contract_id: str
    quantity: str | None = None
    needs_pin: ClassVar[bool] = True


class Complain(Frozen, tag=True):
    """Report a problem; a mediator will decide on it."""

    contract_id: str
    words: Hidden[str]
    needs_pin: ClassVar[bool] = True


class Propose(Frozen, tag=True):
    """Propose an end ("cancel") or new terms ("amend", `terms` as Terms.to_json gives them) to all others. In a dispute
    also "complete", or "split" with what the seller gets, in minor units."""

    contract_id: str
    kind: Literal["amend", "cancel", "complete", "split"]
    terms: Mapping[str, Any] | None = None
    split_minor: int | None = None
    needs_pin: ClassVar[bool] = True


class AnswerDispute(Frozen, tag=True):
    """Say something about a reported problem, for the others and the mediator to read."""

    contract_id: str
    words: Hidden[str]
    needs_pin: ClassVar[bool] = True


class WithdrawDispute(Frozen, tag=True):
    """Take back the problem that the caller reported; the contract goes on."""

    contract_id: str
    needs_pin: ClassVar[bool] = True


class DecideDispute(Frozen, tag=True):
    """Decide, as the contract's mediator. `split_minor`: what the seller gets, in minor units, if it is a split."""

    contract_id: str
    decision: Literal["complete", "cancel", "split"]
    reasons: Hidden[str]
    split_minor: int | None = None
    needs_pin: ClassVar[bool] = True


class Appeal(Frozen, tag=True):
    """Appeal against the mediator's decision; possible once."""

    contract_id: str
    words: Hidden[str]
    needs_pin: ClassVar[bool] = True


class ProvePin(Frozen, tag=True):
    """Prove that the caller knows the PIN, and do nothing else: the step before the PIN is changed."""

    needs_pin: ClassVar[bool] = True


class ChoosePin(Frozen, tag=True):
    """Choose the PIN that is typed with this effect. It counts once it is typed again, as the PIN of the next effect.

    `changing`: it replaces a PIN that has just been proved. Without it, a caller who has a PIN is refused.
    """

    changing: bool = False
    needs_pin: ClassVar[bool] = False


class UseRecovery(Frozen, tag=True):
    """Use up the recovery code that is typed with this effect; the caller may choose a new PIN then."""

    needs_pin: ClassVar[bool] = False


class SetLanguage(Frozen, tag=True):
    """Choose the `language` (en, sw, fr, ha or am) of screens and SMS."""

    language: str
    needs_pin: ClassVar[bool] = False


class SetName(Frozen, tag=True):
    """Choose the `name` that stands in the offers that the caller makes from now on."""

    name: Hidden[str]
    needs_pin: ClassVar[bool] = False


class SetPinOnly(Frozen, tag=True):
    """Choose that no SMS binds the caller, only their PIN (`only`), or that an SMS does so again, up to the limit."""

    only: bool
    needs_pin: ClassVar[bool] = True


class Pay(Frozen, tag=True):
    """Ask, as the buyer, for a prompt on the caller's phone for the money that is missing. No PIN of ours: the prompt
    asks for that of their mobile money, and moves nothing without it."""

    contract_id: str
    needs_pin: ClassVar[bool] = False


class ClaimPayout(Frozen, tag=True):
    """Ask to be paid again what a payout that failed should have brought."""

    contract_id: str
    needs_pin: ClassVar[bool] = True


OnContract = (
    Confirm
    | Decline
    | SayDelivered
    | Receive
    | Complain
    | AnswerDispute
    | WithdrawDispute
    | DecideDispute
    | Propose
    | Appeal
    | Pay
    | ClaimPayout
)
Effect = MakeContract | OnContract | ProvePin | ChoosePin | UseRecovery | SetLanguage | SetPinOnly | SetName


def to_json(effect: Effect) -> dict[str, Any]:
    """Return the effect as JSON values, as a session stores it."""
    kept: dict[str, Any] = msgspec.to_builtins(effect)
    return kept


def from_json(kept: dict[str, Any]) -> Effect:
    """Return the effect that `to_json` gave. Raise msgspec.ValidationError for one that this version does not know."""
    effect: Effect = msgspec.convert(kept, Effect)
    return effect


def contract_id_of(effect: Effect) -> UUID | None:
    """Return the id of the existing contract that an effect is about; None: it is about none."""
    return UUID(effect.contract_id) if isinstance(effect, OnContract) else None


def other_msisdns(effect: Effect) -> tuple[str, ...]:
    """Return the msisdns of other people in an effect."""
    return (effect.other,) if isinstance(effect, MakeContract) else ()
