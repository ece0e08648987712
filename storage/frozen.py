"""What all values here are made of: a `Frozen` cannot be changed, compares by its fields, and is quick to make.

A hop makes some sixty of them. A frozen dataclass sets each field by a call of its own; msgspec's Struct, which this
is, is made in a tenth of that time. What is about a person is `Hidden`: it stands in no repr, and so in no log line and
no error.
"""

from typing import Annotated, Any, TypeVar, dataclass_transform

import msgspec
from msgspec import field
from msgspec.structs import asdict, replace

__all__ = ["Frozen", "Hidden", "asdict", "field", "replace"]

T = TypeVar("T")
_HIDDEN = object()
Hidden = Annotated[T, _HIDDEN]


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
class Frozen(msgspec.Struct, frozen=True):
    """Subclass it with typed fields; `class Line(Frozen): text: Hidden[str]`."""

    def __repr__(self) -> str:
        hidden = {name for name, hint in _hints(type(self)) if _HIDDEN in getattr(hint, "__metadata__", ())}
        shown = (f"{name}={getattr(self, name)!r}" for name in self.__struct_fields__ if name not in hidden)
        return f"{type(self).__qualname__}({', '.join(shown)})"


def _hints(of: type[Frozen]) -> list[tuple[str, Any]]:
    return [hint for cls in of.__mro__ for hint in getattr(cls, "__annotations__", {}).items()]
