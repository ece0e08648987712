"""`Frozen`, the base of all values: it cannot be changed, compares by its fields, and is quick to make.

A hop makes some sixty values. A msgspec Struct is made in a tenth of the time of a frozen dataclass, which sets each
field by a call of its own. Fields about a person are `Hidden`: no repr shows them, so no log line and no error does.
"""

from functools import cache
from typing import Annotated, Any, TypeVar, dataclass_transform

import msgspec
from msgspec import field
from msgspec.structs import asdict, replace

__all__ = ["Frozen", "Hidden", "asdict", "field", "hidden_in", "replace"]

T = TypeVar("T")
_HIDDEN = object()
Hidden = Annotated[T, _HIDDEN]


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
class Frozen(msgspec.Struct, frozen=True):
    """Base class of values with typed fields: `class Line(Frozen): text: Hidden[str]`."""

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        hidden = hidden_in(type(self))
        return [(name, getattr(self, name)) for name in self.__struct_fields__ if name not in hidden]

    def __repr__(self) -> str:
        return f"{type(self).__qualname__}({', '.join(f'{name}={value!r}' for name, value in self.__rich_repr__())})"


@cache
def hidden_in(value_type: type[Frozen]) -> frozenset[str]:
    """Return the names of the hidden fields of a class."""
    hints = [hint for cls in value_type.__mro__ for hint in getattr(cls, "__annotations__", {}).items()]
    return frozenset(name for name, hint in hints if _HIDDEN in getattr(hint, "__metadata__", ()))
