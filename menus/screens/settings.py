"""Settings: the language and the PIN of the caller."""

from contracts.effects import ProvePin, SetLanguage
from contracts.fields.languages import LANGUAGES
from contracts.readings import Person, person
from menus.screen import Caller, EffectResult, Screen, choice, do, go, menu, screen
from menus.screens.pin import with_pin
from menus.translate import t


@screen("settings", reads=person)
def settings(caller: Caller, known: Person) -> Screen:
    pin = (
        choice(t("Change PIN"), with_pin(ProvePin(), then="pin.new"))
        if known.has_pin
        else choice(t("Choose a PIN"), with_pin(ProvePin(), then="pin.changed"))
    )
    forgot = (choice(t("Forgot PIN"), go("pin.recover")),) if known.has_pin else ()
    return menu(t("Settings"), choice(t("Language"), go("settings.language")), pin, *forgot)


@screen("settings.language")
def language(caller: Caller) -> Screen:
    return menu(
        t("Choose your language"),
        *(
            choice(t("{name}", name=language.own_name), do(SetLanguage(code), "settings.said"))
            for code, language in LANGUAGES.items()
        ),
    )


@screen("settings.said")
def language_chosen(caller: Caller, result: EffectResult) -> Screen:
    return menu(t("From now on we speak English to you, here and by SMS."))
