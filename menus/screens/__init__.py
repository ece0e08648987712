"""The journeys, one file each. Importing this package registers every screen."""

from menus.screens import (
    change,
    check,
    contract,
    contracts,
    delivery,
    dispute,
    help,
    home,
    new_contract,
    new_payment,
    payments,
    pin,
    problem,
    settings,
    settle,
    waiting,
)

__all__ = [
    "change", "check", "contract", "contracts", "delivery", "dispute", "help", "home", "new_contract", "new_payment",
    "payments", "pin", "problem", "settings", "settle", "waiting",
]  # fmt: skip
