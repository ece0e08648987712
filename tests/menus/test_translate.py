"""The catalogues: everything said in the code is said in every language, with the same values in it."""

import ast
import string
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from hypothesis import given
from hypothesis import strategies as st

import menus
from contracts.fields.languages import LANGUAGES
from contracts.fields.money import MAX_MAJOR, Currency, Money, parse_amount
from contracts.fields.msisdn import Msisdn
from contracts.fields.quantity import Quantity, parse_quantity
from menus.gsm7 import plain_punctuation, septets
from menus.translate import SOURCE, DisplayedMsisdn, ProductOf, catalogue, t, tn, translate

FOLDER = Path(menus.__file__).parent
OTHERS = [language for language in LANGUAGES if language != SOURCE]
KENYAN = Msisdn("+254712345678")

MessageId = str | tuple[str, ...]


@cache
def messages_in_code() -> dict[MessageId, str]:
    """Return every text of `t` and `tn` in menus, with its file and line."""
    found = extract_from_dir(str(FOLDER), [("**.py", "python")], keywords={"t": None, "tn": (1, 2)})
    return {message_id: f"{file}:{line}" for file, line, message_id, _, _ in found}


def places(text: str) -> set[str]:
    """Return the names of the places in a text, such as "reference" for `{reference}`."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@cache
def catalogue_of(language: str) -> Catalog:
    """The catalogue, read once: it has hundreds of texts, and reading it takes as long as looking all of them up."""
    return catalogue(language)


def message_of(language: str, message_id: MessageId) -> Message | None:
    return catalogue_of(language).get(message_id[0] if isinstance(message_id, tuple) else message_id)


def forms(message: Message | None) -> tuple[str, ...]:
    found = (message.string if message else "") or ""
    return (found,) if isinstance(found, str) else tuple(form or "" for form in found)


def test_texts_are_found_in_the_code() -> None:
    assert len(messages_in_code()) > 60, "the extraction finds the texts"


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_in_the_code_is_translated(language: str) -> None:
    missing = {id_: at for id_, at in messages_in_code().items() if not all(forms(message_of(language, id_)))}
    assert missing == {}


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_has_the_same_places_for_values(language: str) -> None:
    wrong = {}
    for message_id in messages_in_code():
        sources = message_id if isinstance(message_id, tuple) else (message_id,)
        for form in forms(message_of(language, message_id)):
            if form and places(form) != places(sources[-1]):
                wrong[sources[-1]] = form
    assert wrong == {}


@pytest.mark.parametrize("language", OTHERS)
def test_no_catalogue_has_a_text_that_is_not_in_the_code(language: str) -> None:
    in_code = {id_[0] if isinstance(id_, tuple) else id_ for id_ in messages_in_code()}
    kept = {m.id[0] if isinstance(m.id, tuple | list) else m.id for m in catalogue(language) if m.id}
    assert kept - in_code == set()


@pytest.mark.parametrize("language", OTHERS)
def test_no_translation_is_a_guess_of_a_tool(language: str) -> None:
    assert [message.id for message in catalogue(language) if message.id and message.fuzzy] == []


def test_swahili_is_written_in_gsm_letters() -> None:
    """One letter outside GSM-7 more than halves what fits a screen or an SMS, and Swahili needs none."""
    for message in catalogue("sw"):
        for form in forms(message):
            septets(plain_punctuation(form))


def calls_of_t(folder: Path) -> Iterator[tuple[str, ast.Call]]:
    for file in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"t", "tn"}:
                yield f"{file.name}:{node.lineno}", node


def test_every_text_is_written_as_a_literal() -> None:
    """The extraction finds no text that is in a variable."""
    loose = [at for at, call in calls_of_t(FOLDER) if not all(isinstance(arg, ast.Constant) for arg in call.args)]
    assert loose == []


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        pytest.param(Money(350_000, Currency.KES), "KES\u00a03,500", id="money"),
        pytest.param(Quantity("50", "bags"), "50\u00a0bags", id="a quantity"),
        pytest.param(DisplayedMsisdn(KENYAN, KENYAN), "0712\u00a0345\u00a0678", id="a number from here"),
        pytest.param(
            DisplayedMsisdn(KENYAN, Msisdn("+256712345678")), "+254\u00a0712\u00a0345\u00a0678", id="from elsewhere"
        ),
        pytest.param(date(2026, 12, 25), "25\u00a0Dec\u00a02026", id="a day"),
        pytest.param(t("{a} b", a="x"), "x b", id="a text in a text"),
        pytest.param("{braces}", "{braces}", id="what a person typed is never a place for values"),
        pytest.param(7, "7", id="a count"),
    ],
)
def test_a_value_is_formatted_as_people_read_it(value: object, shown: str) -> None:
    assert translate(t("{value}!", value=value), "en") == f"{shown}!"


@pytest.mark.parametrize(
    ("value", "in_french", "in_all_others"),
    [
        pytest.param(Money(350_000, Currency.KES), "3~500~KES", "KES~3,500", id="a round amount"),
        pytest.param(Money(123_456_750, Currency.KES), "1~234~567,50~KES", "KES~1,234,567.50", id="with cents"),
        pytest.param(Money(5, Currency.KES), "0,05~KES", "KES~0.05", id="only cents"),
        pytest.param(Money(-350_050, Currency.KES), "-3~500,50~KES", "KES~-3,500.50", id="a debt"),
        pytest.param(Money(3_500, Currency.XOF), "3~500~XOF", "XOF~3,500", id="a currency without cents"),
    ],
)
def test_numbers_are_formatted_as_the_language_writes_them(value: object, in_french: str, in_all_others: str) -> None:
    """`~` for U+00A0: no part of a figure stands without the others."""
    said = {language: translate(t("{value}", value=value), language).replace("\u00a0", "~") for language in LANGUAGES}
    assert said == {**dict.fromkeys(LANGUAGES, in_all_others), "fr": in_french}


@pytest.mark.parametrize(
    ("quantity", "product", "said"),
    [
        pytest.param(
            Quantity("1500", "bags of 90kg"), "maize",
            {"en": "1,500 bags of 90kg maize", "sw": "bags 1,500 of 90kg za maize", "am": "1,500 bags of 90kg maize",
             "fr": "1 500 bags of 90kg de maize", "ha": "bags 1,500 of 90kg na maize"},
            id="a unit with a size of its own",
        ),
        pytest.param(
            Quantity("1.5", "tonnes"), "ail",
            {"en": "1.5 tonnes ail", "sw": "tonnes 1.5 za ail", "fr": "1,5 tonnes d'ail", "ha": "tonnes 1.5 na ail",
             "am": "1.5 tonnes ail"},
            id="a product that begins with a vowel",
        ),
        pytest.param(
            Quantity("50", "magunia"), "mahindi",
            {"en": "50 magunia mahindi", "sw": "magunia 50 ya mahindi", "fr": "50 magunia de mahindi",
             "ha": "magunia 50 na mahindi", "am": "50 magunia mahindi"},
            id="a Swahili plural",
        ),
        pytest.param(
            Quantity("1", "gunia"), "d'arachides",
            {"en": "1 gunia d'arachides", "sw": "gunia 1 la d'arachides", "fr": "1 gunia d'arachides",
             "ha": "gunia 1 na d'arachides", "am": "1 gunia d'arachides"},
            id="one, and a product that is joined already",
        ),
    ],
)  # fmt: skip
def test_a_quantity_and_its_product_stand_as_the_language_puts_them(
    quantity: Quantity, product: str, said: dict[str, str]
) -> None:
    goods = t("{quantity} {product}", quantity=quantity, product=ProductOf(product, quantity))
    assert {language: plain_punctuation(translate(goods, language)) for language in LANGUAGES} == said


@pytest.mark.parametrize("language", OTHERS)
def test_the_product_comes_right_after_its_quantity(language: str) -> None:
    """Because it begins with the word that joins the two."""
    loose = [
        form
        for message in catalogue(language)
        for form in forms(message)
        if "{product}" in form and "{quantity}" in form and "{quantity} {product}" not in form
    ]
    assert loose == []


@pytest.mark.parametrize("language", LANGUAGES)
@given(data=st.data(), currency=st.sampled_from(Currency))
def test_an_amount_can_be_typed_as_it_was_shown(language: str, data: st.DataObject, currency: Currency) -> None:
    money = Money(data.draw(st.integers(1, MAX_MAJOR * 10**currency.exponent)), currency)
    shown = translate(t("{money}", money=money), language)
    assert parse_amount(shown, currency) == parse_amount(plain_punctuation(shown), currency) == money


@pytest.mark.parametrize("language", LANGUAGES)
@given(amount=st.decimals("0.01", 10**8, places=2))
def test_a_quantity_can_be_typed_as_it_was_shown(language: str, amount: object) -> None:
    quantity = parse_quantity(f"{amount} kg")
    assert parse_quantity(plain_punctuation(translate(t("{quantity}", quantity=quantity), language))) == quantity


def test_a_count_chooses_the_plural_form() -> None:
    one, two = (translate(tn("{n} offer", "{n} offers", n=n), "en") for n in (1, 2))
    assert (one, two) == ("1 offer", "2 offers")


def test_an_unknown_language_reads_english() -> None:
    values = {"money": Money(350_000, Currency.KES), "day": date(2026, 12, 25)}
    assert translate(t("Home"), "xx") == "Home"
    assert plain_punctuation(translate(t("{money}, {day}", **values), "xx")) == "KES 3,500, 25 Dec 2026"


def test_a_known_language_is_translated() -> None:
    assert translate(t("Home"), "sw") != "Home"
    assert "Des" in translate(t("{day}", day=date(2026, 12, 25)), "sw")


def test_a_text_tells_no_value_in_its_repr() -> None:
    assert "0712" not in repr(t("{n}", n=DisplayedMsisdn(KENYAN, KENYAN))) and KENYAN not in repr(
        DisplayedMsisdn(KENYAN, KENYAN)
    )
