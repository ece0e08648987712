"""What a key of the REST API may be used for."""

from enum import StrEnum


class Scope(StrEnum):
    """Each route asks for one. `people`: what ends or moves personal data; `admin`: keys, and who is told of events."""

    READ = "read"
    WRITE = "write"
    MONEY = "money"
    PEOPLE = "people"
    ADMIN = "admin"
