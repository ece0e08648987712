"""Menus that are wrong as a whole: screens that are badly registered or never reached, reasons without a text."""

from contracts.contract import Contract
from contracts.effects import SetLanguage
from contracts.readings import Person, contract_of, person
from contracts.refusals import Refusal, Why
from menus.refusal_texts import BAD_INPUT_TEXTS, REFUSAL_TEXTS
from menus.screen import Caller, EffectResult, Screen, choice, do, end, go, menu
from menus.translate import t
from tests.menus.checking.broken.build import CONTRACT, HELLO, Menus, add_end, add_home, broken, few_cases
from values.frozen import replace

LONG_EXCUSE = t("We are sorry, {much}", much="so sorry, " * 20)
NO_WORDS_FOR_PAST = {why: text for why, text in BAD_INPUT_TEXTS.items() if why is not Why.IN_THE_PAST}
NO_WORDS_FOR_PIN = {refusal: text for refusal, text in REFUSAL_TEXTS.items() if refusal is not Refusal.HAS_PIN}


@broken("there_is_a_home")
def a_dial_begins_nowhere(menus: Menus) -> None:
    add_end(menus, "last")


@broken("can_be_reached")
def a_screen_is_never_shown(menus: Menus) -> None:
    add_home(menus, "last")
    add_end(menus, "last")
    add_end(menus, "secret")


@broken("can_be_reached")
def two_screens_lead_only_to_each_other(menus: Menus) -> None:
    add_end(menus, "home")
    menus.screen("island")(lambda caller: menu(HELLO, choice(t("Go on"), go("sea"))))
    menus.screen("sea")(lambda caller: menu(HELLO, choice(t("Go on"), go("island"))))


@broken("is_called_by_its_name")
def a_screen_is_registered_under_another_name(menus: Menus) -> None:
    add_home(menus, "last")
    add_end(menus, "last")
    menus.screens["last"] = replace(menus.screens["last"], name="first")


@broken("takes_what_it_reads")
def a_screen_has_no_place_for_what_is_read(menus: Menus) -> None:
    add_home(menus, "settings")
    menus.screen("settings", reads=person)(lambda caller: end(t("Settings")))


@broken("takes_what_it_reads")
def a_reading_goes_by_what_the_screen_does_not_take(menus: Menus) -> None:
    add_home(menus, "contract", number=CONTRACT)

    @menus.screen("contract", reads=contract_of)
    def contract(caller: Caller, found: Contract | None, number: str) -> Screen:
        return end(t("A contract."))


@broken("takes_what_it_reads")
def a_result_is_not_given_second(menus: Menus) -> None:
    @menus.screen("home")
    def home(caller: Caller) -> Screen:
        return menu(HELLO, choice(t("Kiswahili"), do(SetLanguage("sw"), "said")))

    @menus.screen("said")
    def said(caller: Caller, language: str, result: EffectResult) -> Screen:
        return end(t("Thank you."))


@broken("reads_nothing_after_an_effect")
def a_screen_tells_a_result_and_reads(menus: Menus) -> None:
    @menus.screen("home")
    def home(caller: Caller) -> Screen:
        return menu(HELLO, choice(t("Kiswahili"), do(SetLanguage("sw"), "said")))

    @menus.screen("said", reads=person)
    def said(caller: Caller, result: EffectResult, known: Person) -> Screen:
        return end(t("Thank you."))


@broken("every_reason_has_words", why=NO_WORDS_FOR_PAST)
def a_bad_answer_gets_no_reason(menus: Menus) -> None:
    add_end(menus, "home")


@broken("every_reason_has_words", refusals=NO_WORDS_FOR_PIN)
def a_refusal_has_no_words(menus: Menus) -> None:
    add_end(menus, "home")


@broken("fits_without_a_screen", cases=few_cases(texts_without_screen={"BUSY": LONG_EXCUSE}))
def an_excuse_is_longer_than_a_page(menus: Menus) -> None:
    add_end(menus, "home")
