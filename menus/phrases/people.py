"""Who stands in a contract, as one of its people reads it: by the name they gave, else by number."""

from contracts.contract import Contract, Party, Role
from contracts.fields.msisdn import Msisdn
from menus.translate import Number, Text, t

_NAMED = 2  # all of them, of so many; of more, how many they are


def called(party: Party, reader: Msisdn) -> str | Number:
    return party.name or Number(party.msisdn, reader)


def on_side(contract: Contract, role: Role) -> tuple[Party, ...]:
    return tuple(party for party in contract.parties if party.role is role)


def opposite(role: Role) -> Role:
    """The side with which one agrees; whoever does not bind reads of the buyer's."""
    return Role.SELLER if role is Role.BUYER else Role.BUYER


def all_called(parties: tuple[Party, ...], reader: Msisdn) -> str | Number | Text:
    """`Amina`, `Amina and Otieno`, `Amina and 2 more`."""
    if not parties:
        return "-"
    first = called(parties[0], reader)
    if len(parties) == 1:
        return first
    if len(parties) > _NAMED:
        return t("{one} and {more} more", one=first, more=len(parties) - 1)
    return t("{one} and {other}", one=first, other=called(parties[1], reader))


def the_other_side(contract: Contract, reader: Msisdn) -> str | Number | Text:
    me = contract.party(reader)
    return all_called(on_side(contract, opposite(me.role)) if me else (), reader)
