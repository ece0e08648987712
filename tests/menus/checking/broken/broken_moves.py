"""Moves that lead nowhere, bind without a PIN, or cannot be stored."""

from datetime import date

from contracts.contract import Contract
from contracts.effects import ChoosePin, Confirm, ProvePin, SetLanguage, UseRecovery
from contracts.readings import Person, contract_of, person
from menus import answers
from menus.screen import Caller, EffectResult, Screen, ask, choice, do, end, go, keeping, menu
from menus.translate import t
from tests.menus.checking.broken.build import (
    CONTRACT,
    HELLO,
    Menus,
    add_end,
    add_end_with_result,
    add_home,
    ask_unregistered_secret,
    broken,
)


@broken("leads_to_a_screen")
def a_choice_leads_to_a_screen_nobody_drew(menus: Menus) -> None:
    add_home(menus, "nowhere")


@broken("leads_to_a_screen")
def an_answer_leads_to_a_screen_nobody_drew(menus: Menus) -> None:
    add_home(menus, "product")

    @menus.screen("product")
    def product(caller: Caller) -> Screen:
        return ask(t("What?"), answers.product, keep_as="product", then=go("nowhere"))


@broken("leads_to_a_screen")
def an_effect_shows_a_screen_nobody_drew(menus: Menus) -> None:
    @menus.screen("home")
    def home(caller: Caller) -> Screen:
        return menu(HELLO, choice(t("Kiswahili"), do(SetLanguage("sw"), "nowhere")))


@broken("gives_a_screen_what_it_takes")
def a_screen_is_not_told_what_it_is_about(menus: Menus) -> None:
    add_home(menus, "contract")

    @menus.screen("contract", reads=contract_of)
    def contract(caller: Caller, found: Contract | None, contract_id: str) -> Screen:
        return menu(t("A contract."))


@broken("gives_a_screen_what_it_takes")
def a_screen_is_told_what_it_does_not_take(menus: Menus) -> None:
    add_home(menus, "last", contract_id=CONTRACT)
    add_end(menus, "last")


@broken("gives_a_screen_what_it_takes")
def an_effect_tells_its_screen_too_little(menus: Menus) -> None:
    @menus.screen("home")
    def home(caller: Caller) -> Screen:
        return menu(HELLO, choice(t("Kiswahili"), do(SetLanguage("sw"), "said")))

    @menus.screen("said")
    def said(caller: Caller, result: EffectResult, language: str) -> Screen:
        return end(t("Done."))


@broken("claims_nothing_that_was_not_done")
def a_choice_says_done_and_nothing_was(menus: Menus) -> None:
    @menus.screen("home")
    def home(caller: Caller) -> Screen:
        claims = choice(t("Confirm"), go("done"))
        return menu(HELLO, claims, choice(t("Kiswahili"), do(SetLanguage("sw"), "done")))

    @menus.screen("done")
    def done(caller: Caller, result: EffectResult) -> Screen:
        return end(t("Your contract is confirmed."))


@broken("reads_nothing_after_an_effect")
def a_screen_after_an_effect_reads_the_record(menus: Menus) -> None:
    @menus.screen("home")
    def home(caller: Caller) -> Screen:
        return menu(HELLO, choice(t("Kiswahili"), do(SetLanguage("sw"), "settings")))

    @menus.screen("settings", reads=person)
    def settings(caller: Caller, known: Person) -> Screen:
        return menu(t("Settings"))


@broken("puts_the_right_secret_before_an_effect")
def a_choice_confirms_without_a_pin(menus: Menus) -> None:
    @menus.screen("home")
    def home(caller: Caller) -> Screen:
        return menu(HELLO, choice(t("Confirm"), do(Confirm(CONTRACT), "last")))

    add_end_with_result(menus)


@broken("puts_the_right_secret_before_an_effect")
def a_contract_is_confirmed_by_a_newly_chosen_pin(menus: Menus) -> None:
    _add_question(menus, ask_unregistered_secret(t("Your PIN"), answers.new_pin, then=do(Confirm(CONTRACT), "last")))


@broken("puts_the_right_secret_before_an_effect")
def a_contract_is_confirmed_by_a_recovery_code(menus: Menus) -> None:
    _add_question(
        menus, ask_unregistered_secret(t("Your code"), answers.recovery_code, then=do(Confirm(CONTRACT), "last"))
    )


@broken("puts_the_right_secret_before_an_effect")
def a_contract_is_confirmed_by_typing_a_word(menus: Menus) -> None:
    _add_question(menus, ask(t("Type yes"), answers.product, keep_as="word", then=do(Confirm(CONTRACT), "last")))


@broken("puts_the_right_secret_before_an_effect")
def a_new_pin_may_be_1234(menus: Menus) -> None:
    _add_question(menus, ask_unregistered_secret(t("Choose a PIN"), answers.pin, then=do(ChoosePin(), "last")))


@broken("puts_the_right_secret_before_an_effect")
def a_recovery_code_is_not_asked_for(menus: Menus) -> None:
    @menus.screen("home")
    def home(caller: Caller) -> Screen:
        return menu(HELLO, choice(t("Forgot PIN"), do(UseRecovery(), "last")))

    add_end_with_result(menus)


@broken("changes_a_pin_only_when_it_was_proved")
def a_pin_is_changed_by_whoever_holds_the_phone(menus: Menus) -> None:
    _add_question(
        menus,
        ask_unregistered_secret(t("Choose a new PIN"), answers.new_pin, then=do(ChoosePin(changing=True), "last")),
    )


@broken("changes_a_pin_only_when_it_was_proved")
def a_pin_is_proved_on_one_way_and_not_on_the_other(menus: Menus) -> None:
    new = ask_unregistered_secret(t("Choose a new PIN"), answers.new_pin, then=do(ChoosePin(changing=True), "last"))

    @menus.screen("home")
    def home(caller: Caller) -> Screen:
        return menu(HELLO, choice(t("Change PIN"), go("prove")), choice(t("New PIN"), go("new")))

    @menus.screen("prove")
    def prove(caller: Caller) -> Screen:
        return ask_unregistered_secret(t("Enter your PIN"), answers.pin, then=do(ProvePin(), "proved"))

    @menus.screen("proved")
    def proved(caller: Caller, result: EffectResult) -> Screen:
        return menu(t("That is you."), choice(t("New PIN"), go("new")))

    menus.screen("new")(lambda caller: new)
    add_end_with_result(menus)


@broken("asks_a_pin_where_it_can_be_asked_again")
def a_pin_is_asked_on_a_screen_that_reads_a_contract(menus: Menus) -> None:
    add_home(menus, "contract", contract_id=CONTRACT)

    @menus.screen("contract", reads=contract_of)
    def contract(caller: Caller, found: Contract | None, contract_id: str) -> Screen:
        return ask_unregistered_secret(t("PIN to confirm"), answers.pin, then=do(Confirm(contract_id), "last"))

    add_end_with_result(menus)


@broken("goes_somewhere")
def a_choice_leads_to_where_it_stands(menus: Menus) -> None:
    @menus.screen("home")
    def home(caller: Caller) -> Screen:
        return menu(HELLO, choice(t("Go on"), go("home")))


@broken("survives_the_session_store")
def a_place_is_about_a_date(menus: Menus) -> None:
    add_home(menus, "day", day=date(2026, 12, 25))
    menus.screen("day")(lambda caller, day: end(t("Thank you.")))


@broken("survives_the_session_store")
def a_place_comes_back_from_the_store_as_another(menus: Menus) -> None:
    add_home(menus, "day", day=("25", "12"))
    menus.screen("day")(lambda caller, day: end(t("Thank you.")))


@broken("reads_answers_in_a_known_way")
def a_question_is_read_by_nobody(menus: Menus) -> None:
    def shoe_size(typed: str, caller: Caller) -> int:
        return int(typed)

    add_home(menus, "shoes")
    menus.screen("shoes")(lambda caller: ask(t("Which size?"), shoe_size, keep_as="size", then=go("home")))


@broken("asks_secrets_with_ask_secret")
def a_pin_is_kept_in_the_session(menus: Menus) -> None:
    _add_question(menus, ask(t("Enter your PIN"), answers.pin, keep_as="pin", then=do(Confirm(CONTRACT), "last")))


@broken("loses_no_answer")
def an_answer_is_dropped(menus: Menus) -> None:
    add_home(menus, "product")
    add_end(menus, "last")
    menus.screen("product")(lambda caller: ask(t("What is sold?"), answers.product, then=go("last")))


@broken("asks_secrets_with_ask_secret")
def a_pin_is_asked_for_nothing(menus: Menus) -> None:
    add_home(menus, "pin")
    add_end(menus, "last")
    menus.screen("pin")(lambda caller: ask(t("Enter your PIN"), answers.pin, then=go("last")))


@broken("keeps_each_answer_apart")
def two_questions_keep_their_answers_under_one_name(menus: Menus) -> None:
    add_home(menus, "product")
    add_end(menus, "last")
    menus.screen("product")(lambda caller: ask(t("What?"), answers.product, keep_as="it", then=go("amount")))
    menus.screen("amount")(lambda caller: ask(t("How much?"), answers.amount, keep_as="it", then=go("last")))


@broken("keeps_each_answer_apart")
def a_choice_is_kept_where_an_answer_is(menus: Menus) -> None:
    add_end(menus, "last")

    @menus.screen("home")
    def home(caller: Caller) -> Screen:
        return menu(HELLO, choice(t("Maize"), keeping(go("product"), product="maize")))

    menus.screen("product")(lambda caller: ask(t("What?"), answers.product, keep_as="product", then=go("last")))


def _add_question(menus: Menus, question: Screen) -> None:
    add_home(menus, "question")
    add_end_with_result(menus)
    menus.screen("question")(lambda caller: question)
