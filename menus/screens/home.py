"""Where a dial begins, and where 00 leads."""

from contracts.readings import Person, person
from menus.screen import Caller, Choice, Return, Screen, choice, go, menu, screen
from menus.words import t


@screen("home", reads=person)
def home(caller: Caller, known: Person) -> Screen:
    return menu(t("VoicePact: agree, and keep proof."), *_choices(known))


@screen("resume", reads=person)
def resume(caller: Caller, known: Person) -> Screen:
    """Home, after a call that was cut: what was answered so far is still there."""
    return menu(t("Your last call was cut."), *_choices(known), choice(t("Go on where you were"), Return()))


def _choices(known: Person) -> tuple[Choice, ...]:
    """The journeys. Their keys are stable, so that people can dial deep; only what comes after them varies."""
    mine = t("My contracts ({n})", n=known.waiting) if known.waiting else t("My contracts")
    journeys = (
        choice(mine, go("contracts")),
        choice(t("New contract"), go("new.role")),
        choice(t("Settings"), go("settings")),
        choice(t("Help"), go("help")),
    )
    if known.language:
        return journeys
    return (*journeys, choice(t("Language / Lugha / Langue"), go("settings.language")))
