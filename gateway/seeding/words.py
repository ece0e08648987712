"""What the people of the examples write, each in their language: commands as our texts teach them, and own words."""

from decimal import Decimal
from random import Random
from typing import Final

from contracts.contract import Contract
from gateway.seeding.stories import Does

_COMMANDS: Final[dict[str, dict[str, str]]] = {
    "en": {
        "yes": "YES", "no": "NO", "delivered": "DELIVERED", "received": "RECEIVED", "part": "PART", "change": "CHANGE",
        "total": "TOTAL", "cancel": "CANCEL", "problem": "DISPUTE", "withdraw": "WITHDRAW", "appeal": "APPEAL",
    },
    "sw": {
        "yes": "NDIYO", "no": "HAPANA", "delivered": "NIMEFIKISHA", "received": "NIMEPOKEA", "part": "SEHEMU",
        "change": "BADILISHA", "total": "JUMLA", "cancel": "FUTA", "problem": "MGOGORO", "withdraw": "ONDOA",
        "appeal": "RUFAA",
    },
    "fr": {
        "yes": "OUI", "no": "NON", "delivered": "LIVRE", "received": "RECU", "part": "PARTIE", "change": "CHANGER",
        "total": "TOTAL", "cancel": "ANNULER", "problem": "LITIGE", "withdraw": "RETIRER", "appeal": "CONTESTER",
    },
}  # fmt: skip
_PROBLEMS: Final = {
    "en": ("some of the bags are wet", "two bags are missing", "the quality is not what we agreed"),
    "sw": ("baadhi ya magunia yameloa", "magunia mawili hayapo", "ubora si ule tuliokubaliana"),
    "fr": ("des sacs sont mouilles", "il manque deux sacs", "la qualite n'est pas celle convenue"),
}
_REPLIES: Final = {
    "en": ("it was dry when I loaded the truck", "the driver counted them with me"),
    "sw": ("zilikuwa kavu nilipopakia lori", "dereva alihesabu pamoja nami"),
    "fr": ("c'etait sec quand j'ai charge le camion", "le chauffeur les a comptes avec moi"),
}
_APPEALS: Final = {
    "en": "the bags were wet before they left the store",
    "sw": "magunia yalikuwa yameloa kabla ya kutoka stoo",
    "fr": "les sacs etaient mouilles avant de quitter le depot",
}
_UNCLEAR: Final = {
    "en": "the lorry is stuck in the mud at the bridge",
    "sw": "lori limekwama kwenye matope darajani",
    "fr": "le camion est bloque dans la boue au pont",
}
REASONS: Final = "We have seen the goods and heard both sides."


def text_of(does: Does, contract: Contract, language: str, random: Random) -> str:
    """Return the SMS by which a party does this to the contract."""
    words, reference = _COMMANDS[language], contract.reference
    match does:
        case "part":
            return f"{words['part']} {reference} {_some_of(contract)}"
        case "rest":
            return f"{words['received']} {reference}"
        case "change":
            less = contract.terms.total.minor * random.randint(90, 98) // 10_000
            return f"{words['change']} {reference} {words['total']} {less // 10 * 10}"
        case "problem":
            return f"{words['problem']} {reference} {random.choice(_PROBLEMS[language])}"
        case "reply":
            return f"{words['problem']} {reference} {random.choice(_REPLIES[language])}"
        case "appeal":
            return f"{words['appeal']} {reference} {_APPEALS[language]}"
        case "write":
            return f"{_UNCLEAR[language]} {reference}"
        case _:
            return f"{words[does]} {reference}"


def _some_of(contract: Contract) -> int:
    """Return about half of what is still to come, in whole units."""
    return max(int((Decimal(contract.terms.quantity.amount) - contract.received) / 2), 1)
