"""The parties of a contract as one reader knows them: by the name they gave, else by their number."""

from contracts.contract import Contract, Party, Role
from contracts.fields.msisdn import Msisdn
from menus.translate import DisplayedMsisdn, Text, t

_ALL_NAMED = 2  # up to so many parties are all named; of more, the first is named and the others are counted


def display_name(party: Party, reader: Msisdn) -> str | DisplayedMsisdn:
    return party.name or DisplayedMsisdn(party.msisdn, reader)


def parties_with_role(contract: Contract, role: Role) -> tuple[Party, ...]:
    return tuple(party for party in contract.parties if party.role is role)


def opposite_role(role: Role) -> Role:
    """Return the side that agrees with `role`: the buyer's for a seller, and for a mediator or a witness too."""
    return Role.SELLER if role is Role.BUYER else Role.BUYER


def display_names(parties: tuple[Party, ...], reader: Msisdn) -> str | DisplayedMsisdn | Text:
    """Return "Amina", "Amina and Otieno" or "Amina and 2 more"; "-" for nobody."""
    if not parties:
        return "-"
    first = display_name(parties[0], reader)
    if len(parties) == 1:
        return first
    if len(parties) > _ALL_NAMED:
        return t("{one} and {more} more", one=first, more=len(parties) - 1)
    return t("{one} and {other}", one=first, other=display_name(parties[1], reader))


def other_side(contract: Contract, reader: Msisdn) -> str | DisplayedMsisdn | Text:
    """Return the names of the buyers for a seller, of the sellers for a buyer."""
    me = contract.party(reader)
    return display_names(parties_with_role(contract, opposite_role(me.role)) if me else (), reader)
