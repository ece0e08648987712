"""What the service does, in a few sentences."""

from menus.screen import Caller, Screen, menu, screen
from menus.translate import t


@screen("help")
def help_(caller: Caller) -> Screen:
    return menu(
        t(
            "VoicePact writes down what a buyer and a seller agree. Both confirm, by this menu with a PIN or "
            "by SMS: YES or NO and the contract number. VoicePact holds no money and takes no fee: you pay "
            "each other. Your network may charge you for SMS and for dialling. Nobody from VoicePact ever "
            "asks for your PIN."
        )
    )
