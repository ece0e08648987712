"""Rules about the catalogues: every text in every language, with the same places. One function each."""

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

# Words that are the same in a language as in English. A text without letters of its own needs no entry.
_SAME_ANYWHERE = frozenset({"PIN", "VoicePact", "Language / Lugha / Langue"})
_SAME_IN: Mapping[str, frozenset[str]] = {}
_COUNTS = range(201)


class MenuText(Frozen):
    """A text that somebody may be shown, and where it was met."""

    source: str
    plural: str | None
    where: str

    @property
    def forms(self) -> tuple[str, ...]:
        return (self.source,) if self.plural is None else (self.source, self.plural)


class CatalogueEntry(Frozen):
    """A text and what a catalogue has for it."""

    known: MenuText
    language: str
    catalog: Catalog
    message: Message

    @property
    def said(self) -> tuple[str, ...]:
        string = self.message.string
        return tuple(string) if isinstance(string, tuple | list) else (str(string),)


def has_the_same_places(entry: CatalogueEntry) -> Iterator[str]:
    """As the English; where it counts, a form may leave out the count itself ("one contract")."""
    wanted = frozenset().union(*(places_in(form) for form in entry.known.forms))
    optional = {"n"} if entry.known.plural else frozenset()
    for said in entry.said:
        try:
            found = frozenset(places_in(said))
        except ValueError as fault:
            yield f"{said!r}: {fault}"
            continue
        if lost := wanted - found - optional:
            yield f"{said!r} has no {', '.join(sorted(lost))}"
        if strange := found - wanted:
            yield f"{said!r} has {', '.join(sorted(strange)) or 'a nameless place'}, which is not given"


def is_not_left_in_english(entry: CatalogueEntry) -> Iterator[str]:
    for said in entry.said:
        if said in entry.known.forms and _has_letters(said) and not _may_be_the_same(said, entry.language):
            yield f"{said!r} is the English"


def has_every_plural_form(entry: CatalogueEntry) -> Iterator[str]:
    if entry.known.plural is not None:
        there, wanted = len([said for said in entry.said if said]), entry.catalog.num_plurals
        if there != wanted:
            yield f"{entry.known.source!r} has {there} forms, and the language {wanted}"


ENTRY_RULES: tuple[Rule[CatalogueEntry], ...] = (has_the_same_places, is_not_left_in_english, has_every_plural_form)


def is_tidy(said: str) -> Iterator[str]:
    """In English as in every other language."""
    if said != said.strip():
        yield f"{said!r} has space at an end"
    elif re.search(r"[^\S\n]{2,}| \n|\n ", said):
        yield f"{said!r} has space that does nothing"


def has_plain_places(said: str) -> Iterator[str]:
    """`{total}` and no more: `{total:>900}` or `{total.__class__}` is a program, not a translation."""
    try:
        places = places_in(said)
    except ValueError as fault:
        yield f"{said!r}: {fault}"
        return
    for name, form in places.items():
        if form or not name.isidentifier():
            yield f"{said!r} asks for {{{name}{form}}}"


FORM_RULES: tuple[Rule[str], ...] = (is_tidy, has_plain_places)


def check_texts(
    known: Iterable[MenuText], languages: Iterable[str], catalogue: Catalogue
) -> Iterator[tuple[str, str, str, str]]:
    """Screen, language, rule and reason of each fault."""
    texts = {(text.source, text.plural): text for text in known}.values()
    for language in languages:
        if language == "en":
            yield from _in_english(texts)
            continue
        try:
            catalog = catalogue(language)
        except (OSError, KeyError) as fault:
            yield "-", language, "has_a_catalogue", f"there is none ({type(fault).__name__})"
            continue
        if reason := _wrong_plural_rule(catalog, language):
            yield "-", language, "counts_as_the_language_does", reason
        for text in texts:
            yield from _translated(text, language, catalog)


def texts_in_the_code() -> Iterator[MenuText]:
    """Every text that the menus are written with, messages included: some are shown by no walk."""
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
    """What is wrong with one text; only the first rule it breaks, since the others follow from it."""
    message = catalog.get(text.source)
    entry = CatalogueEntry(text, language, catalog, message) if message else None
    if entry is None or entry.message.fuzzy or not any(entry.said):
        why = "is not in the catalogue" if entry is None else "is marked fuzzy" if entry.message.fuzzy else "is empty"
        yield text.where, language, "is_translated", f"{text.source!r} {why}"
        return
    for form in filter(None, entry.said):
        for form_rule in FORM_RULES:
            for reason in form_rule(form):
                yield text.where, language, form_rule.__name__, reason
    if any(reason for said in entry.said for reason in has_plain_places(said)):
        return
    for rule in ENTRY_RULES:
        for reason in rule(entry):
            yield text.where, language, rule.__name__, reason


def _wrong_plural_rule(catalog: Catalog, language: str) -> str | None:
    """The catalogue must put counts into the same groups as CLDR does, or "1 contracts" is said."""
    group_of, form = Locale.parse(language).plural_form, gettext.c2py(catalog.plural_expr)
    groups: dict[str, int] = {}
    for count in _COUNTS:
        if groups.setdefault(group_of(count), form(count)) != form(count):
            return (
                f"Plural-Forms {catalog.plural_expr} puts {count} elsewhere than the language does ({group_of(count)})"
            )
    if len(set(groups.values())) < len(groups):
        return f"Plural-Forms {catalog.plural_expr} does not tell {' from '.join(groups)}"
    return None


def _has_letters(said: str) -> bool:
    return any(letter.isalpha() for letter in re.sub(r"\{[^{}]*\}", "", said))


def _may_be_the_same(said: str, language: str) -> bool:
    return said in _SAME_ANYWHERE or said in _SAME_IN.get(language, ())
