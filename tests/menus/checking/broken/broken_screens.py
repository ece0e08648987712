"""Screens that cannot be drawn in some state, or say something false in it."""

from collections.abc import Iterator
from itertools import count

from contracts.contract import Contract, Status
from contracts.effects import Confirm, Decline, SetLanguage
from contracts.fields.msisdn import Msisdn
from contracts.readings import ContractLine, contract_of, contracts_of
from menus import answers
from menus.checking import CASES
from menus.refusal_texts import REFUSAL_TEXTS
from menus.screen import Caller, EffectResult, Screen, ask, choice, do, end, go, keeping, menu
from menus.translate import Text, t
from storage.records import Records
from tests.menus.checking.broken.build import (
    CONTRACT,
    HELLO,
    Menus,
    add_home,
    ask_unregistered_secret,
    broken,
    few_cases,
)

NO_ANSWER_FOR_PLACE = {**CASES.answers}
del NO_ANSWER_FOR_PLACE["place"]
NO_RESULT_OF_SET_LANGUAGE = {**CASES.results}
del NO_RESULT_OF_SET_LANGUAGE[SetLanguage]


@broken("needs_only_what_was_answered")
def a_screen_needs_an_answer_nobody_gave(menus: Menus) -> None:
    add_home(menus, "check")
    menus.screen("check")(lambda caller: end(t("You sell {product}.", product=caller.answers["product"])))


@broken("needs_only_what_was_answered")
def a_short_cut_passes_a_question_by(menus: Menus) -> None:
    @menus.screen("home")
    def home(caller: Caller) -> Screen:
        asked = choice(t("Maize"), keeping(go("check"), product="maize"))
        return menu(HELLO, asked, choice(t("Something else"), go("check")))

    menus.screen("check")(lambda caller: end(t("You sell {product}.", product=caller.answers["product"])))


@broken("can_be_drawn")
def a_contract_that_is_not_there_is_shown(menus: Menus) -> None:
    add_home(menus, "contract", contract_id=CONTRACT)

    @menus.screen("contract", reads=contract_of)
    def contract(caller: Caller, found: Contract, contract_id: str) -> Screen:
        return menu(t("{product}", product=found.terms.product))


@broken("can_be_drawn")
def one_status_has_no_words(menus: Menus) -> None:
    texts: dict[Status, Text] = {status: t("open") for status in Status if status is not Status.DISPUTED}
    add_home(menus, "contracts")

    @menus.screen("contracts", reads=contracts_of)
    def contracts(caller: Caller, found: list[ContractLine]) -> Screen:
        return menu(HELLO, *(choice(texts[c.status], go("contract", contract_id=c.contract_id)) for c in found[:1]))

    @menus.screen("contract", reads=contract_of)
    def contract(caller: Caller, found: Contract | None, contract_id: str) -> Screen:
        return menu(texts[found.status] if found else HELLO)


@broken("can_be_drawn")
def an_empty_list_has_a_first_line(menus: Menus) -> None:
    add_home(menus, "contracts")

    @menus.screen("contracts", reads=contracts_of)
    def contracts(caller: Caller, found: list[ContractLine]) -> Screen:
        return menu(t("First: {product}", product=found[0].product))


@broken("can_be_drawn")
def a_screen_is_a_string(menus: Menus) -> None:
    menus.screen("home")(lambda caller: "Welcome")  # type: ignore[arg-type, return-value]


@broken("can_be_drawn")
def an_answer_of_another_journey_is_in_the_way(menus: Menus) -> None:
    """The screen is drawn without that answer first, and nothing else differs."""
    _add_home_with_and_without_an_answer(menus)

    @menus.screen("last")
    def last(caller: Caller) -> Screen:
        if caller.answers.get("product"):
            raise ValueError("a product was chosen")
        return end(t("Thank you."))


@broken("can_be_drawn")
def all_answers_are_counted_and_one_is_too_many(menus: Menus) -> None:
    _add_home_with_and_without_an_answer(menus)

    @menus.screen("last")
    def last(caller: Caller) -> Screen:
        if len(caller.answers) > 0:
            raise ValueError("nothing should be answered")
        return end(t("Thank you."))


@broken("is_drawn_the_same_twice")
def a_screen_counts_its_visitors(menus: Menus) -> None:
    visitors: Iterator[int] = count()
    add_home(menus, "count")
    menus.screen("count")(lambda caller: end(t("You are number {n}.", n=next(visitors))))


@broken("stays_when_drawn_again")
def a_bad_answer_takes_the_result_away(menus: Menus) -> None:
    """The screen says that the contract is confirmed. After a key that is not listed it says that there is none."""
    _add_pin_question(menus)

    @menus.screen("last")
    def last(caller: Caller, result: EffectResult) -> Screen:
        if result.refusal:
            return end(REFUSAL_TEXTS[result.refusal])
        return menu(t("It is confirmed.") if result.contract else t("There is no such contract."))


@broken("stays_when_drawn_again")
def a_screen_cannot_be_drawn_again(menus: Menus) -> None:
    _add_pin_question(menus)

    @menus.screen("last")
    def last(caller: Caller, result: EffectResult) -> Screen:
        if result.refusal:
            return end(REFUSAL_TEXTS[result.refusal])
        assert result.contract
        return menu(t("Confirmed: {product}", product=result.contract.terms.product))


@broken("is_read_to_its_end")
def an_end_takes_two_pages_and_the_second_is_another(menus: Menus) -> None:
    _add_pin_question(menus)

    @menus.screen("last")
    def last(caller: Caller, result: EffectResult) -> Screen:
        if result.refusal:
            return end(REFUSAL_TEXTS[result.refusal])
        many = "It is confirmed, and both of you get an SMS that says so. " * 3
        return (
            end(t("It is confirmed, and both of you get an SMS that says so. {more}", more=many))
            if (result.contract)
            else end(t("Thank you."))
        )


@broken("tells_a_refusal")
def a_refusal_is_not_told(menus: Menus) -> None:
    _add_pin_question(menus)
    menus.screen("last")(_draw_thanks)


@broken("tells_a_refusal")
def every_refusal_is_told_as_one(menus: Menus) -> None:
    add_home(menus, "pin")
    menus.screen("pin")(
        lambda caller: ask_unregistered_secret(t("Enter your PIN"), answers.pin, then=do(Decline(CONTRACT), "last"))
    )

    @menus.screen("last")
    def last(caller: Caller, result: EffectResult) -> Screen:
        return end(t("Sorry.") if result.refusal else t("Thank you."))


async def weather_of(records: Records, msisdn: Msisdn) -> str:
    return "rain"


@broken("has_cases")
def nobody_says_what_a_reading_gives(menus: Menus) -> None:
    add_home(menus, "weather")
    menus.screen("weather", reads=weather_of)(lambda caller, found: end(t("Today: {weather}", weather=found)))


@broken("has_cases", cases=few_cases(results=NO_RESULT_OF_SET_LANGUAGE))
def nobody_says_what_an_effect_comes_to(menus: Menus) -> None:
    @menus.screen("home")
    def home(caller: Caller) -> Screen:
        return menu(HELLO, choice(t("Kiswahili"), do(SetLanguage("sw"), "home")))


@broken("has_cases", cases=few_cases(answers=NO_ANSWER_FOR_PLACE))
def nobody_says_what_is_typed(menus: Menus) -> None:
    add_home(menus, "place")
    menus.screen("place")(lambda caller: ask(t("Where?"), answers.place, keep_as="place", then=go("home")))


@broken("has_cases", cases=few_cases(answers={**NO_ANSWER_FOR_PLACE, "place": CASES.answers["amount"]}))
def what_is_said_to_be_good_is_not_taken(menus: Menus) -> None:
    add_home(menus, "place")
    menus.screen("place")(lambda caller: ask(t("Where?"), answers.place, keep_as="place", then=go("home")))


def _add_home_with_and_without_an_answer(menus: Menus) -> None:
    with_answer = keeping(go("last"), product="maize")
    menus.screen("home")(lambda caller: menu(HELLO, choice(t("Yes"), go("last")), choice(t("No"), with_answer)))


def _add_pin_question(menus: Menus) -> None:
    add_home(menus, "pin")
    menus.screen("pin")(
        lambda caller: ask_unregistered_secret(t("Enter your PIN"), answers.pin, then=do(Confirm(CONTRACT), "last"))
    )


def _draw_thanks(caller: Caller, result: EffectResult) -> Screen:
    return end(t("Thank you."))
