"""The first screen of a session. The key 00 leads here."""

from contracts.readings import Person, person
from menus.screen import Caller, Choice, Menu, Return, Screen, begin, choice, go, menu, screen
from menus.translate import t


@screen("home", reads=person)
def home(caller: Caller, known: Person) -> Screen:
    return home_page(known, caller)


@screen("home.dialled", reads=person)
def dialled(caller: Caller, known: Person) -> Screen:
    """Home as its keys are dialled at once: key 3 lists the deliveries, also where there is only one."""
    return home_page(known, caller, is_dialled=True)


def home_page(known: Person, caller: Caller, *, is_dialled: bool = False) -> Menu:
    """Who has chosen no language finds the choice on the first page: as the last key, or named in the heading, because
    the key works there, too. So that heading is short in every language."""
    journeys = _journeys(known, caller, is_dialled=is_dialled)
    if known.language and not known.language_presumed:
        return menu(t("VoicePact: agree, keep proof."), *journeys)
    languages = choice(t("Lugha/Langue/Harshe/Amharic"), go("settings.language"))
    heading = t("VoicePact 8. Lugha/Langue/Harshe/Amharic") if caller.escrow else t("VoicePact: agree, keep proof")
    return menu(heading, *journeys, languages)


@screen("resume", reads=person)
def resume(caller: Caller, known: Person) -> Screen:
    """Home after a call that was cut. "Go on" leads back to where the caller was, with the answers so far."""
    return menu(t("Your last call was cut."), *_journeys(known, caller), choice(t("Go on"), Return()))


def _journeys(known: Person, caller: Caller, *, is_dialled: bool = False) -> tuple[Choice, ...]:
    """Return the journeys in an order that never changes, because people dial their keys at once (`*483*2*1#`). What is
    new comes last."""
    number = f"{known.waiting}+" if known.more_wait else known.waiting
    mine = t("My contracts ({n})", n=number) if known.waiting else t("My contracts")
    return (
        choice(mine, go("contracts")),
        choice(t("New contract"), begin("new.role")),
        choice(t("Confirm delivery"), go("delivery.list" if is_dialled else "delivery")),
        choice(t("Report a problem"), go("problem")),
        choice(t("Settings"), go("settings")),
        choice(t("Help"), go("help")),
        *((choice(t("Payments"), go("payments")),) if caller.escrow else ()),
    )
