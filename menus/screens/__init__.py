"""The journeys, one file each. Importing this package registers every screen."""

from menus.screens import contracts, help, home, new_contract, pin, settings

__all__ = ["contracts", "help", "home", "new_contract", "pin", "settings"]
