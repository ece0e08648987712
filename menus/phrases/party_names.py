"""Who stands in a contract, as one of its people reads it: by the name they gave, else by number."""

from contracts.contract import Contract, Party, Role
from contracts.fields.msisdn import Msisdn
from menus.translate import DisplayedMsisdn, Text, t

_NAMED = 2  # all of them, of so many; of more, how many they are


def display_name(party: Party, reader: Msisdn) -> str | DisplayedMsisdn:
    return party.name or DisplayedMsisdn(party.msisdn, reader)


def parties_with_role(contract: Contract, role: Role) -> tuple[Party, ...]:
    return tuple(party for party in contract.parties if party.role is role)


def opposite_role(role: Role) -> Role:
    """The side with which one agrees; whoever does not bind reads of the buyer's."""
    return Role.SELLER if role is Role.BUYER else Role.BUYER


def display_names(parties: tuple[Party, ...], reader: Msisdn) -> str | DisplayedMsisdn | Text:
    """`Amina`, `Amina and Otieno`, `Amina and 2 more`."""
    if not parties:
        return "-"
    first = display_name(parties[0], reader)
    if len(parties) == 1:
        return first
    if len(parties) > _NAMED:
        return t("{one} and {more} more", one=first, more=len(parties) - 1)
    return t("{one} and {other}", one=first, other=display_name(parties[1], reader))


def other_side(contract: Contract, reader: Msisdn) -> str | DisplayedMsisdn | Text:
    me = contract.party(reader)
    return display_names(parties_with_role(contract, opposite_role(me.role)) if me else (), reader)
