"""What a person can make happen, as data: a menu names it, a session keeps it, `actions` decides and does it.

An effect holds no PIN and is made of plain JSON values, so that it can lie in a (sealed) session between two hops.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Literal
from uuid import UUID


@dataclass(frozen=True, slots=True)
class MakeContract:
    """The caller's own offer; making it is the caller's consent. Amounts in minor units, `due` an ISO date."""

    role: Literal["buyer", "seller"]
    other: str
    product: str
    quantity: str
    unit: str
    total_minor: int
    currency: str
    place: str
    due: str
    needs_pin: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class Confirm:
    contract_id: str
    needs_pin: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class Decline:
    contract_id: str
    needs_pin: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class ProvePin:
    """Nothing but the proof that the PIN is known: what stands before a change of it."""

    needs_pin: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class ChoosePin:
    """Propose the PIN that comes with it. It counts once it is typed again, as the PIN of the next effect.

    `changing`: in place of one that has just been proved; otherwise refused where there is one."""

    changing: bool = False
    needs_pin: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class UseRecovery:
    """Take the recovery code that comes with it: whoever has it, on this phone, may choose a new PIN."""

    needs_pin: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class SetLanguage:
    language: str
    needs_pin: ClassVar[bool] = False


Effect = MakeContract | Confirm | Decline | ProvePin | ChoosePin | UseRecovery | SetLanguage

_KINDS: Mapping[str, type[Effect]] = {
    kind.__name__: kind for kind in (MakeContract, Confirm, Decline, ProvePin, ChoosePin, UseRecovery, SetLanguage)
}


def to_json(effect: Effect) -> list[Any]:
    return [type(effect).__name__, asdict(effect)]


def from_json(kept: list[Any]) -> Effect:
    """The effect that `to_json` gave; KeyError for a kind that this version of the menus no longer has."""
    name, fields = kept
    return _KINDS[name](**fields)


def contract_of(effect: Effect) -> UUID | None:
    """The existing contract an effect is about."""
    return UUID(effect.contract_id) if isinstance(effect, Confirm | Decline) else None


def others_in(effect: Effect) -> tuple[str, ...]:
    """The msisdns of other people that an effect names."""
    return (effect.other,) if isinstance(effect, MakeContract) else ()
