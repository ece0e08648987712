"""The journeys, one file each. Importing this package registers every screen."""

from menus.screens import change, contract, contracts, delivery, help, home, new_contract, pin, problem, settings

__all__ = [
    "change", "contract", "contracts", "delivery", "help", "home", "new_contract", "pin", "problem", "settings",
]  # fmt: skip
