"""Where a dial begins, and where 00 leads."""

from contracts.readings import Person, person
from menus.screen import Caller, Choice, Return, Screen, begin, choice, go, menu, screen
from menus.translate import t


@screen("home", reads=person)
def home(caller: Caller, known: Person) -> Screen:
    journeys, languages = _journeys(known), choice(t("Language / Lugha / Langue"), go("settings.language"))
    return menu(t("VoicePact: agree, keep proof."), *(journeys if known.language else (*journeys, languages)))


@screen("resume", reads=person)
def resume(caller: Caller, known: Person) -> Screen:
    """Home, after a call that was cut: what was answered so far is still there."""
    return menu(t("Your last call was cut."), *_journeys(known), choice(t("Go on"), Return()))


def _journeys(known: Person) -> tuple[Choice, ...]:
    """Their keys are stable, so that people can dial deep; only what comes after them varies."""
    mine = t("My contracts ({n})", n=known.waiting) if known.waiting else t("My contracts")
    return (
        choice(mine, go("contracts")),
        choice(t("New contract"), begin("new.role")),
        choice(t("Confirm delivery"), go("delivery")),
        choice(t("Report a problem"), go("problem")),
        choice(t("Settings"), go("settings")),
        choice(t("Help"), go("help")),
    )
