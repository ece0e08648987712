"""Rules about translations: every text stands in every catalogue, with the same places as in English."""

import gettext
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib.resources import files
from pathlib import Path

from babel import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir

from menus.checking.findings import Rule
from menus.checking.text_parts import places_in
from values.frozen import Frozen

Catalogue = Callable[[str], Catalog]

# Texts that are the same as in English. A text that has no letters but those of its places is not listed.
_SAME_ANYWHERE = frozenset({"PIN", "VoicePact"})
_SAME_IN: Mapping[str, frozenset[str]] = {}
_COUNTS = range(201)


class MenuText(Frozen):
    """A text of the menus. `where`: the screen that shows it, or file and line of the code."""

    source: str
    plural: str | None
    where: str

    @property
    def forms(self) -> tuple[str, ...]:
        return (self.source,) if self.plural is None else (self.source, self.plural)


class CatalogueEntry(Frozen):
    """A text and its translation in one catalogue."""

    text: MenuText
    language: str
    catalog: Catalog
    message: Message

    @property
    def forms(self) -> tuple[str, ...]:
        string = self.message.string
        return tuple(string) if isinstance(string, tuple | list) else (str(string),)


def has_the_same_places(entry: CatalogueEntry) -> Iterator[str]:
    """As in English. A plural form may leave out the count itself ("one contract")."""
    wanted = frozenset().union(*(places_in(form) for form in entry.text.forms))
    optional = {"n"} if entry.text.plural else frozenset()
    for form in entry.forms:
        try:
            found = frozenset(places_in(form))
        except ValueError as fault:
            yield f"{form!r}: {fault}"
            continue
        if lost := wanted - found - optional:
            yield f"{form!r} has no {', '.join(sorted(lost))}"
        if strange := found - wanted:
            yield f"{form!r} has {', '.join(sorted(strange)) or 'a nameless place'}, which is not given"


def is_not_left_in_english(entry: CatalogueEntry) -> Iterator[str]:
    for form in entry.forms:
        if form in entry.text.forms and _has_letters(form) and not _may_be_the_same(form, entry.language):
            yield f"{form!r} is the English"


def has_every_plural_form(entry: CatalogueEntry) -> Iterator[str]:
    if entry.text.plural is not None:
        there, wanted = len([form for form in entry.forms if form]), entry.catalog.num_plurals
        if there != wanted:
            yield f"{entry.text.source!r} has {there} forms, and the language {wanted}"


ENTRY_RULES: tuple[Rule[CatalogueEntry], ...] = (has_the_same_places, is_not_left_in_english, has_every_plural_form)


def is_tidy(form: str) -> Iterator[str]:
    if form != form.strip():
        yield f"{form!r} has space at an end"
    elif re.search(r"[^\S\n]{2,}| \n|\n ", form):
        yield f"{form!r} has space that does nothing"


def has_plain_places(form: str) -> Iterator[str]:
    """A place is a name and nothing else. `{total:>900}` and `{total.__class__}` would do more than show a value."""
    try:
        places = places_in(form)
    except ValueError as fault:
        yield f"{form!r}: {fault}"
        return
    for name, extra in places.items():
        if extra or not name.isidentifier():
            yield f"{form!r} asks for {{{name}{extra}}}"


FORM_RULES: tuple[Rule[str], ...] = (is_tidy, has_plain_places)


def check_texts(
    texts: Iterable[MenuText], languages: Iterable[str], catalogue: Catalogue
) -> Iterator[tuple[str, str, str, str]]:
    """Yield screen (or place in the code), language, rule and reason of each fault."""
    different = {(text.source, text.plural): text for text in texts}.values()
    for language in languages:
        if language == "en":
            yield from _in_english(different)
            continue
        try:
            catalog = catalogue(language)
        except (OSError, KeyError) as fault:
            yield "-", language, "has_a_catalogue", f"there is none ({type(fault).__name__})"
            continue
        if reason := _wrong_plural_rule(catalog, language):
            yield "-", language, "counts_as_the_language_does", reason
        for text in different:
            yield from _translated(text, language, catalog)


def texts_in_the_code() -> Iterator[MenuText]:
    """Every text in the code of the menus and the SMS. No walk shows all of them."""
    folder = Path(str(files("menus")))
    found = extract_from_dir(
        folder, [("checking/**", "ignore"), ("**.py", "python")], keywords={"t": None, "tn": (1, 2)}
    )
    for name, line, message, _, _ in found:
        source, plural = (message[0], message[1]) if isinstance(message, tuple) else (message, None)
        yield MenuText(source, plural, f"{name}:{line}")


def _in_english(texts: Iterable[MenuText]) -> Iterator[tuple[str, str, str, str]]:
    for text in texts:
        for form in text.forms:
            for rule in FORM_RULES:
                for reason in rule(form):
                    yield text.where, "en", rule.__name__, reason


def _translated(text: MenuText, language: str, catalog: Catalog) -> Iterator[tuple[str, str, str, str]]:
    """The faults of one translation. If it is missing or has bad places, the other rules are not applied."""
    message = catalog.get(text.source)
    entry = CatalogueEntry(text, language, catalog, message) if message else None
    if entry is None or entry.message.fuzzy or not any(entry.forms):
        why = "is not in the catalogue" if entry is None else "is marked fuzzy" if entry.message.fuzzy else "is empty"
        yield text.where, language, "is_translated", f"{text.source!r} {why}"
        return
    for form in filter(None, entry.forms):
        for form_rule in FORM_RULES:
            for reason in form_rule(form):
                yield text.where, language, form_rule.__name__, reason
    if any(reason for form in entry.forms for reason in has_plain_places(form)):
        return
    for rule in ENTRY_RULES:
        for reason in rule(entry):
            yield text.where, language, rule.__name__, reason


def _wrong_plural_rule(catalog: Catalog, language: str) -> str | None:
    """Return why the plural forms of the catalogue differ from those of CLDR; None if they are the same. A difference
    gives "1 contracts"."""
    group_of, form_of = Locale.parse(language).plural_form, gettext.c2py(catalog.plural_expr)
    groups: dict[str, int] = {}
    for count in _COUNTS:
        if groups.setdefault(group_of(count), form_of(count)) != form_of(count):
            return (
                f"Plural-Forms {catalog.plural_expr} puts {count} elsewhere than the language does ({group_of(count)})"
            )
    if len(set(groups.values())) < len(groups):
        return f"Plural-Forms {catalog.plural_expr} does not tell {' from '.join(groups)}"
    return None


def _has_letters(form: str) -> bool:
    return any(letter.isalpha() for letter in re.sub(r"\{[^{}]*\}", "", form))


def _may_be_the_same(form: str, language: str) -> bool:
    return form in _SAME_ANYWHERE or form in _SAME_IN.get(language, ())
