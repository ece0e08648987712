"""Who acts: the operator whose key a request or a command has."""

from collections.abc import Collection, Mapping
from datetime import datetime
from enum import Enum

from gateway.http import same_secret
from gateway.operators.keys import digest_of, key_id_of
from gateway.operators.scope import OperatorRole, Scope
from storage.looks import Looker
from storage.operators import KeyRow
from values.frozen import Frozen

BOOTSTRAP = "bootstrap (API_KEY)"  # how lists name the admin whose key is a setting


class ActingOperator(Frozen):
    """`key_id` names the key in audit and logs. `person` is one for all keys of an operator: where two people are
    needed, nobody is two by a rotated key."""

    key_id: str
    name: str
    role: OperatorRole
    scopes: frozenset[Scope]
    person: str

    @property
    def looker(self) -> Looker:
        return Looker(self.key_id, self.name)

    def lacks(self, scope: Scope, roles: Collection[OperatorRole] = ()) -> str | None:
        """Return what this operator has not, in words; None if they may do what asks for `scope`, and for one of
        `roles` if there are any."""
        if scope not in self.scopes:
            return f"the scope {scope}"
        if roles and self.role not in roles:
            return f"the role {' or '.join(roles)}"
        return None


class KeyFault(Enum):
    """Why a key lets nobody in."""

    UNKNOWN = "This needs the header Authorization: Bearer and your API key."
    EXPIRED = "This API key has expired."


def bootstrap_admin(given: str, api_key: str) -> ActingOperator | None:
    """Return the admin whose key is the setting API_KEY, if `given` is that. They need no row: who sets up the service
    has nobody yet. No setting: there is none."""
    if not api_key or not same_secret(given, api_key):
        return None
    key_id = key_id_of(digest_of(given))
    return ActingOperator(key_id, BOOTSTRAP, OperatorRole.ADMIN, frozenset(Scope), "bootstrap")


def operator_with_key(given: str, known: Mapping[bytes, KeyRow], now: datetime) -> ActingOperator | KeyFault:
    """Return whose key this is among those that are `known`, by SHA-256."""
    row = known.get(digest_of(given))
    if row is None:
        return KeyFault.UNKNOWN
    if row.expires_at <= now:
        return KeyFault.EXPIRED
    scopes = frozenset(Scope(scope) for scope in row.scopes)
    return ActingOperator(row.key_id, row.name, OperatorRole(row.role), scopes, f"operator {row.operator_id}")
