"""What a key of the REST API may be used for, and what an operator is."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Scope(StrEnum):
    """Each route asks for one. `people`: what ends or moves personal data; `admin`: keys, and who is told of events."""

    READ = "read"
    WRITE = "write"
    MONEY = "money"
    PEOPLE = "people"
    ADMIN = "admin"


class OperatorRole(StrEnum):
    """What somebody is. Some routes ask for one: who works with contracts does not decide over them."""

    OPERATOR = "operator"
    ARBITER = "arbiter"
    AUDITOR = "auditor"
    ADMIN = "admin"


# The scopes that a role may have; a key may have fewer. The table `operators` refuses others, too.
SCOPES_OF: Final[Mapping[OperatorRole, tuple[Scope, ...]]] = {
    OperatorRole.OPERATOR: (Scope.READ, Scope.WRITE, Scope.MONEY, Scope.PEOPLE),
    OperatorRole.ARBITER: (Scope.READ, Scope.WRITE),
    OperatorRole.AUDITOR: (Scope.READ,),
    OperatorRole.ADMIN: tuple(Scope),
}
