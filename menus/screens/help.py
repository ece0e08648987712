"""What the service does, in a few sentences."""

from menus.office import with_office
from menus.screen import Caller, Screen, begin, choice, menu, screen
from menus.translate import t


@screen("help")
def help_(caller: Caller) -> Screen:
    """With a phone of the office, also whom to call."""
    about = (
        _WITH_ESCROW
        if caller.escrow
        else t(
            "VoicePact writes down what a buyer and a seller agree. Both confirm, by this menu with a PIN or "
            "by SMS: YES or NO and the contract number. VoicePact holds no money and takes no fee: you pay "
            "each other. Your network may charge you for SMS and for dialling. Nobody from VoicePact ever "
            "asks for your PIN."
        )
    )
    paper = choice(t("Check a paper"), begin("check"))
    if caller.office.phone is None:
        return menu(about, paper)
    call = t("{about} Questions? Call {office}.", about=about)
    return menu(with_office(call, caller.office, caller.msisdn), paper)


_WITH_ESCROW = t(
    "VoicePact writes down what a buyer and a seller agree. Both confirm, by this menu with a PIN or "
    "by SMS: YES or NO and the contract number. You pay each other, and VoicePact takes no fee. Or you choose that "
    "VoicePact holds the money until delivery: the contract says the fee. Your network may charge you for SMS and for "
    "dialling. Nobody from VoicePact ever asks for your PIN."
)
