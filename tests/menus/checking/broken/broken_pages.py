"""Pages that do not fit, lead nowhere, or write keys, Back or Home themselves."""

from contracts.effects import SetLanguage
from contracts.fields.reference import spaced
from contracts.readings import ContractLine, Person, contracts_of, person
from menus.screen import Caller, Screen, choice, do, end, go, menu
from menus.translate import Text, t
from tests.menus.checking.broken.build import HELLO, Menus, add_end, broken, swahili_with

LONG = "Please read all of this before you choose, because it is about your money and about what you have agreed to. "
SW = {"Hello": "Hujambo", "Thank you.": "Asante.", "Yes": "Ndio", "No": "Hapana"}


@broken("can_be_laid_out")
def an_amount_is_longer_than_a_page(menus: Menus) -> None:
    _add_home_that_ends(menus, t("You pay {much}", much="\u00a0".join(["KES"] * 50)))


@broken("can_be_laid_out")
def a_choice_is_one_long_figure(menus: Menus) -> None:
    _add_home_with_choices(menus, t("{figure}", figure="\u00a0".join(["7777"] * 40)), t("No"))


@broken("can_be_laid_out")
def a_choice_is_too_long_in_one_alphabet(menus: Menus) -> None:
    """Figures joined by U+00A0 are never clipped, and a page with a Hausa letter has room for 70 letters only."""

    @menus.screen("home", reads=contracts_of)
    def home(caller: Caller, found: list[ContractLine]) -> Screen:
        it = "\u00a0".join([spaced("12345674")] * 8) if found else "nothing"
        return menu(HELLO, choice(t("ƙ{it}", it=it), go("last")))

    add_end(menus, "last")


@broken("has_a_way_on")
def a_dial_shows_a_screen_without_a_key(menus: Menus) -> None:
    menus.screen("home")(lambda caller: menu(HELLO))


@broken("has_a_way_on")
def a_dial_shows_no_key_to_whom_nothing_waits_for(menus: Menus) -> None:
    add_end(menus, "last")

    @menus.screen("home", reads=person)
    def home(caller: Caller, known: Person) -> Screen:
        return menu(HELLO, choice(t("Yes"), go("last"))) if known.waiting else menu(HELLO)


@broken("keeps_figures_whole")
def a_reference_may_be_split(menus: Menus) -> None:
    before = "we are " * 20  # a page ends between the fours
    _add_home_that_ends(
        menus, t("{before}{reference}. Keep it for all that is to come.", before=before, reference="4071 8353")
    )


@broken("clips_no_words_of_its_own")
def a_choice_is_longer_than_a_page(menus: Menus) -> None:
    _add_home_with_choices(menus, t(LONG.strip() + " Is that all right for you and for the others?"), t("No"))


@broken(
    "clips_no_words_of_its_own",
    swahili=swahili_with({**SW, "Yes": f"Ndio, {'nakubali haya yote kabisa ' * 7}".strip()}),
)
def a_choice_is_longer_than_a_page_in_swahili(menus: Menus) -> None:
    _add_home_with_choices(menus, t("Yes"), t("No"))


@broken("is_not_numbered_by_hand")
def choices_are_numbered_by_hand(menus: Menus) -> None:
    _add_home_with_choices(menus, t("1. Yes"), t("2. No"))


@broken("is_not_numbered_by_hand")
def the_choices_stand_in_the_body(menus: Menus) -> None:
    _add_home_that_ends(menus, t("Do you agree?\n1) Yes\n2) No"))


@broken("is_not_numbered_by_hand")
def the_choices_stand_in_one_line(menus: Menus) -> None:
    _add_home_that_ends(menus, t("Do you agree? 1. Yes 2. No"))


@broken("is_not_numbered_by_hand")
def a_key_is_named_in_the_text(menus: Menus) -> None:
    _add_home_that_ends(menus, t("Do you agree? Press 1 if you do."))


@broken("is_not_numbered_by_hand")
def back_has_a_key_of_its_own(menus: Menus) -> None:
    _add_home_that_ends(menus, t("Thank you.\n0. Go back"))


@broken("is_not_numbered_by_hand", swahili=swahili_with({**SW, "Yes": "1. Ndio"}))
def only_the_translation_is_numbered(menus: Menus) -> None:
    _add_home_with_choices(menus, t("Yes"), t("No"))


@broken("leaves_back_home_and_more_to_the_machine")
def a_choice_says_back(menus: Menus) -> None:
    _add_home_with_choices(menus, t("Yes"), t("Back"))


@broken("leaves_back_home_and_more_to_the_machine", swahili=swahili_with({**SW, "No": "Rudi"}))
def a_choice_says_back_in_swahili(menus: Menus) -> None:
    _add_home_with_choices(menus, t("Yes"), t("No"))


@broken("leaves_con_and_end_to_the_provider")
def a_text_begins_with_con(menus: Menus) -> None:
    _add_home_that_ends(menus, t("CON Welcome"))


@broken("leaves_con_and_end_to_the_provider", swahili=swahili_with({**SW, "Hello": "END Hujambo"}))
def a_translation_begins_with_end(menus: Menus) -> None:
    _add_home_that_ends(menus, HELLO)


@broken("choices_can_be_told_apart")
def two_choices_say_the_same(menus: Menus) -> None:
    _add_home_with_choices(menus, t("Yes"), t("Yes"))


@broken("choices_can_be_told_apart", swahili=swahili_with({**SW, "No": "Ndio"}))
def two_choices_say_the_same_in_swahili(menus: Menus) -> None:
    _add_home_with_choices(menus, t("Yes"), t("No"))


@broken("choices_can_be_told_apart")
def two_choices_differ_in_an_apostrophe(menus: Menus) -> None:
    _add_home_with_choices(menus, t("{name}", name="Ng'ombe"), t("{name}", name="Ng’ombe"))


@broken("choices_do_different_things")
def two_choices_do_the_same(menus: Menus) -> None:
    add_end(menus, "last")

    @menus.screen("home")
    def home(caller: Caller) -> Screen:
        return menu(HELLO, choice(t("Yes"), go("last")), choice(t("No"), go("last")))


@broken("says_something")
def a_screen_is_empty(menus: Menus) -> None:
    _add_home_that_ends(menus, t("{name}", name=""))


@broken("says_something")
def a_choice_is_empty(menus: Menus) -> None:
    """For the empty text gettext returns the head of the catalogue, which would be shown to the caller."""
    _add_home_with_choices(menus, t("Yes"), t(""))


@broken("keeps_a_choice_on_one_line")
def a_choice_takes_two_lines(menus: Menus) -> None:
    _add_home_with_choices(menus, t("Yes\nplease"), t("No"))


@broken("shows_every_letter")
def a_mark_turns_the_text_around(menus: Menus) -> None:
    _add_home_that_ends(menus, t("You pay \u202e0001 KES"))


@broken("shows_every_letter", swahili=swahili_with({**SW, "Thank you.": "Asante\u200e."}))
def a_translation_hides_a_mark(menus: Menus) -> None:
    _add_home_that_ends(menus, t("Thank you."))


@broken("can_be_said")
def a_text_lacks_a_value(menus: Menus) -> None:
    _add_home_that_ends(menus, t("Contract {reference} for {total}", reference="4071\u00a08353"))


@broken("can_be_said")
def a_text_has_a_brace_too_many(menus: Menus) -> None:
    _add_home_that_ends(menus, t("Contract {reference", reference="4071\u00a08353"))


def _add_home_that_ends(menus: Menus, text: Text) -> None:
    menus.screen("home")(lambda caller: end(text))


def _add_home_with_choices(menus: Menus, one: Text, other: Text) -> None:
    add_end(menus, "last")
    swahili = do(SetLanguage("sw"), "last")
    menus.screen("home")(lambda caller: menu(HELLO, choice(one, go("last")), choice(other, swahili)))
