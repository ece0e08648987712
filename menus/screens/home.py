"""Where a dial begins, and where 00 leads."""

from contracts.readings import Person, person
from menus.screen import Caller, Screen, choice, go, menu, screen
from menus.words import t


@screen("home", reads=person)
def home(caller: Caller, known: Person) -> Screen:
    mine = t("My contracts ({n})", n=known.waiting) if known.waiting else t("My contracts")
    return menu(
        t("VoicePact: agree, and keep proof."),
        choice(mine, go("contracts")),
        choice(t("New contract"), go("new.role")),
        choice(t("Settings"), go("settings")),
        choice(t("Help"), go("help")),
    )
