"""Settings: the language, the PIN and the name of the caller, and whether an SMS binds them."""

from contracts.effects import ProvePin, SetLanguage, SetName, SetPinOnly
from contracts.fields.languages import LANGUAGES
from contracts.readings import Person, person
from menus import answers
from menus.refusal_texts import FORGOT_PIN
from menus.screen import Caller, EffectResult, Screen, ask, choice, do, end, go, menu, screen
from menus.screens.pin import with_pin
from menus.translate import t


@screen("settings", reads=person)
def settings(caller: Caller, known: Person) -> Screen:
    pin = (
        choice(t("Change PIN"), with_pin(ProvePin(), then="pin.new"))
        if known.has_pin
        else choice(t("Choose a PIN"), with_pin(ProvePin(), then="pin.changed"))
    )
    always = (choice(t("Language"), go("settings.language")), pin)
    if not known.has_pin:
        return menu(t("Settings"), *always)
    return menu(
        t("Settings"),
        *always,
        choice(FORGOT_PIN, go("pin.forgot")),
        choice(t("SMS or PIN"), go("settings.sms")),
        choice(t("My name"), go("settings.name")),
    )


@screen("settings.sms", reads=person)
def sms_or_pin(caller: Caller, known: Person) -> Screen:
    """Whether an SMS binds the caller is theirs to choose, with the PIN: a borrowed phone must not undo it."""
    if known.pin_only:
        return menu(
            t("Now only your PIN counts: an SMS with YES or RECEIVED does nothing."),
            choice(t("Let SMS count too"), with_pin(SetPinOnly(only=False), then="settings.sms_counts")),
        )
    return menu(
        t("Now YES and RECEIVED by SMS count without your PIN, up to {limit}.", limit=caller.sms_limit),
        choice(t("Let only my PIN count"), with_pin(SetPinOnly(only=True), then="settings.pin_counts")),
    )


@screen("settings.pin_counts")
def only_pin_counts(caller: Caller, result: EffectResult) -> Screen:
    return end(t("From now on only your PIN counts. By SMS you can still say NO or report a problem."))


@screen("settings.sms_counts")
def sms_counts(caller: Caller, result: EffectResult) -> Screen:
    return end(t("From now on your SMS counts too, up to {limit}.", limit=caller.sms_limit))


@screen("settings.name")
def own_name(caller: Caller) -> Screen:
    return ask(
        t("What is your name? It will stand in your offers. For example: Amina Wanjiru"),
        answers.own_name,
        keep_as="own_name",
        then=go("settings.name_check"),
    )


@screen("settings.name_check")
def check_own_name(caller: Caller) -> Screen:
    name = caller.answers["own_name"]
    return menu(
        t("Your offers will say: {name}", name=name),
        choice(t("Save"), do(SetName(name), "settings.named")),
        choice(t("Another name"), go("settings.name")),
    )


@screen("settings.named")
def named(caller: Caller, result: EffectResult) -> Screen:
    return end(t("Your name is saved. People whom you make an offer read it beside your number."))


@screen("settings.language")
def language(caller: Caller) -> Screen:
    """All languages in their own script on one page. One letter outside GSM-7 leaves it 70: too few to name Back
    and Home."""
    return menu(
        t("Language"),
        *(
            choice(t("{name}", name=language.own_name), do(SetLanguage(code), "settings.said"))
            for code, language in LANGUAGES.items()
        ),
        names_way_back=False,
    )


@screen("settings.said")
def language_chosen(caller: Caller, result: EffectResult) -> Screen:
    return menu(t("From now on we speak English to you, here and by SMS."))
