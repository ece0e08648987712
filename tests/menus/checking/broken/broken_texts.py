"""Translations that are missing or only guessed, or do not fit the English text."""

from contracts.fields.money import Currency
from menus.screen import end
from menus.translate import t, tn
from tests.menus.checking.broken.build import Menus, broken, swahili_with

HELLO, SOLD, WAITING = "Hello", "You sell {product} to {buyer}.", "{n} contract waits|{n} contracts wait"


@broken("is_translated", swahili=swahili_with({}))
def a_text_is_not_in_the_catalogue(menus: Menus) -> None:
    _add_hello(menus)


@broken("is_translated", swahili=swahili_with({HELLO: ""}))
def a_translation_is_empty(menus: Menus) -> None:
    _add_hello(menus)


@broken("is_translated", swahili=swahili_with({HELLO: "Hujambo"}, fuzzy=True))
def a_translation_is_only_guessed(menus: Menus) -> None:
    _add_hello(menus)


@broken("is_not_left_in_english", swahili=swahili_with({HELLO: "Hello"}))
def a_translation_is_the_english(menus: Menus) -> None:
    _add_hello(menus)


@broken("has_the_same_places", swahili=swahili_with({SOLD: "Unauza {product}."}))
def a_translation_forgets_the_buyer(menus: Menus) -> None:
    _add_sale(menus)


@broken("has_the_same_places", swahili=swahili_with({SOLD: "Unauza {product} kwa {mnunuzi}."}))
def a_translation_renames_a_place(menus: Menus) -> None:
    _add_sale(menus)


@broken("has_the_same_places", swahili=swahili_with({WAITING: ("Mkataba {n} unasubiri", "Mikataba {count} inasubiri")}))
def a_plural_counts_by_another_name(menus: Menus) -> None:
    _add_count(menus)


@broken("has_plain_places", swahili=swahili_with({SOLD: "Unauza {product:>40} kwa {buyer}."}))
def a_translation_formats_its_value(menus: Menus) -> None:
    _add_sale(menus)


@broken("has_plain_places", swahili=swahili_with({SOLD: "Unauza {product.__class__} kwa {buyer}."}))
def a_translation_looks_inside_its_value(menus: Menus) -> None:
    _add_sale(menus)


@broken("has_plain_places")
def an_english_text_shows_a_repr(menus: Menus) -> None:
    menus.screen("home")(lambda caller: end(t("You pay in {currency!r}.", currency=Currency.KES)))


@broken("has_every_plural_form", swahili=swahili_with({WAITING: ("Mkataba {n} unasubiri",)}))
def a_plural_form_is_missing(menus: Menus) -> None:
    _add_count(menus)


@broken("has_every_plural_form", swahili=swahili_with({WAITING: ("Mkataba {n} unasubiri", "")}))
def a_plural_form_is_empty(menus: Menus) -> None:
    _add_count(menus)


@broken("counts_as_the_language_does", swahili=swahili_with({HELLO: "Hujambo"}, plural="(n > 1)"))
def a_catalogue_counts_nought_as_one(menus: Menus) -> None:
    _add_hello(menus)


@broken("counts_as_the_language_does", swahili=swahili_with({HELLO: "Hujambo"}, plural="0"))
def a_catalogue_knows_no_plural(menus: Menus) -> None:
    _add_hello(menus)


@broken("is_tidy")
def an_english_text_ends_in_space(menus: Menus) -> None:
    menus.screen("home")(lambda caller: end(t("Thank you. ")))


@broken("is_tidy", swahili=swahili_with({HELLO: " Hujambo"}))
def a_translation_begins_with_space(menus: Menus) -> None:
    _add_hello(menus)


@broken("is_tidy", swahili=swahili_with({HELLO: "Hujambo  bwana"}))
def a_translation_has_two_spaces(menus: Menus) -> None:
    _add_hello(menus)


@broken("has_a_catalogue", languages=("en", "xx"))
def a_language_has_no_catalogue(menus: Menus) -> None:
    _add_hello(menus)


def _add_hello(menus: Menus) -> None:
    menus.screen("home")(lambda caller: end(t(HELLO)))


def _add_sale(menus: Menus) -> None:
    menus.screen("home")(lambda caller: end(t(SOLD, product="maize", buyer="Otieno")))


def _add_count(menus: Menus) -> None:
    one, _, many = WAITING.partition("|")
    menus.screen("home")(lambda caller: end(tn(one, many, n=1)))
