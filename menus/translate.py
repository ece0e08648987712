"""Texts, and their translation at the last moment, when the caller's language is known.

The English in the code is the gettext source. Catalogues are `locale/<language>.po`, read once. The values of a text
keep their type until then: each language writes amounts, dates and numbers in its own form.
"""

import gettext
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache
from importlib.resources import files
from io import BytesIO

from babel import Locale
from babel.dates import format_date
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from contracts.fields import msisdn
from contracts.fields.languages import LANGUAGES
from contracts.fields.money import Money
from contracts.fields.msisdn import Msisdn
from contracts.fields.quantity import Quantity
from menus.ethiopian_days import with_ethiopian_day
from menus.quantity_words import product_words, quantity_words
from values.frozen import Frozen, Hidden, field

SOURCE = "en"


class DisplayedMsisdn(Frozen):
    """A phone number as `reader` would dial it: without the country code, if both are of one country."""

    msisdn: Hidden[Msisdn]
    reader: Hidden[Msisdn]


class ProductOf(Frozen):
    """The product right after its quantity, joined to it as the language does: `ya mahindi` after `magunia 50`."""

    product: str
    quantity: Quantity


class Text(Frozen):
    """A sentence that is not translated yet. `plural` and `n` are for a sentence whose form depends on a count."""

    source: str
    values: Hidden[Mapping[str, object]] = field(default_factory=dict)
    plural: str | None = None
    n: int = 1


def t(source: str, /, **values: object) -> Text:
    """Return a sentence with named places for its values: `t("Contract {reference}", reference="1234 5678")`."""
    return Text(source, values)


def tn(singular: str, plural: str, /, *, n: int, **values: object) -> Text:
    """Return a sentence with a count `{n}`: the catalogue has its plural forms by the rule of the language."""
    return Text(singular, {"n": n, **values}, plural, n)


def translate(text: Text, language: str) -> str:
    """Return `text` in `language`, or in English if that language is unknown. Values have U+00A0 for their spaces, so
    that no page splits them."""
    known = _translations(language)
    sentence = known.gettext(text.source) if text.plural is None else known.ngettext(text.source, text.plural, text.n)
    if not text.values:
        return sentence
    return sentence.format_map(_FormattedValues(text.values, language))


def catalogue(language: str) -> Catalog:
    """Return the whole catalogue of a language, with the translators' comments."""
    with (files("menus") / "locale" / f"{language}.po").open("rb") as po:
        return read_po(po, language)


class _FormattedValues(Frozen):
    """The values as a language writes them. A value is formatted only if the sentence has a place for it."""

    values: Hidden[Mapping[str, object]]
    language: str

    def __getitem__(self, name: str) -> str:
        return _format(self.values[name], self.language)


def _format(value: object, language: str) -> str:
    if type(value) is str:  # most are
        return value
    match value:
        case Text():
            return translate(value, language)
        case Money():
            return _format_money(value, language)
        case Quantity():
            return _format_quantity(value, language)
        case ProductOf():
            return product_words(value.product, value.quantity.amount, value.quantity.unit, language)
        case Decimal():
            return _format_number(value, language)
        case DisplayedMsisdn():
            return msisdn.national(value.msisdn, value.reader)
        case date():
            return _format_date(value, language)
        case _:
            return str(value)


@lru_cache(maxsize=4096)
def _format_money(money: Money, language: str) -> str:
    """`KES 3,500`, `3 500,50 KES`: the code where the language puts it, never a symbol that several countries share."""
    locale, code = _locale(language), money.currency.value
    has_cents = money.minor % 10**money.currency.exponent
    number = format_decimal(money.major, "#,##0.00" if has_cents else "#,##0", locale)
    comes_first = locale.currency_formats["standard"].pattern.startswith("\u00a4")
    return _unbreakable(f"{code} {number}" if comes_first else f"{number} {code}")


@lru_cache(maxsize=4096)
def _format_quantity(quantity: Quantity, language: str) -> str:
    """`1,500 kg`, `1 500 kg`, `magunia 1,500`: the number in the language's form, the unit as it was typed."""
    number = _format_number(Decimal(quantity.amount), language)
    return _unbreakable(quantity_words(number, quantity.unit, language))


def _format_number(number: Decimal, language: str) -> str:
    """`1,500`"""
    return _unbreakable(format_decimal(number, "#,##0.###", _locale(language)))


@lru_cache(maxsize=4096)
def _format_date(day: date, language: str) -> str:
    """`25 Dec 2026`: the month by name, because 05/06 means two days. In Amharic the Ethiopian day, ours beside it."""
    if language == "am":
        return _unbreakable(with_ethiopian_day(day))
    return _unbreakable(format_date(day, "d MMM y", _locale(language)))


def _unbreakable(words: str) -> str:
    """Return `words` with U+00A0 for each space, also for the narrow no-break space of French thousands."""
    return words.replace(" ", "\u00a0").replace("\u202f", "\u00a0")


@cache
def _locale(language: str) -> Locale:
    return Locale.parse(language if language in LANGUAGES else SOURCE)


@cache
def _translations(language: str) -> gettext.NullTranslations:
    if language == SOURCE or language not in LANGUAGES:
        return gettext.NullTranslations()
    compiled = BytesIO()
    write_mo(compiled, catalogue(language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
