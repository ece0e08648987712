"""What broken menus are made with: a handful of screens, and a catalogue where the fault is in the translation."""

import gettext
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from inspect import signature
from typing import Any

from babel.messages.catalog import Catalog

from menus import translate as words
from menus.checking import CASES, Report, check
from menus.checking.cases import Cases
from menus.paging import Budget
from menus.screen import Ask, Do, Draw, Json, Reading, RegisteredScreen, SecretQuestion, ask_secret
from menus.translate import Text
from values.frozen import replace

FEW = replace(CASES, inputs=CASES.inputs[:2], at_once={})


class Menus:
    """Screens of its own, drawn as in the real menus."""

    def __init__(self) -> None:
        self.screens: dict[str, RegisteredScreen] = {}

    def screen(self, name: str, *, reads: Reading | None = None) -> Callable[[Draw], Draw]:
        def register(draw: Draw) -> Draw:
            reads_by = tuple(signature(reads).parameters)[2:] if reads else ()
            self.screens[name] = RegisteredScreen(name, draw, reads, reads_by, "result" in signature(draw).parameters)
            return draw

        return register


@dataclass(frozen=True)
class Broken:
    """`rule` is the one that must find it. `swahili`: with it the menus are checked in Swahili too, in these words."""

    name: str
    rule: str
    build: Callable[[Menus], None]
    swahili: Catalog | None = None
    given: Mapping[str, Any] = field(default_factory=dict)

    def check(self) -> Report:
        menus = Menus()
        self.build(menus)
        given: dict[str, Any] = {
            "cases": FEW,
            "written": lambda: (),
            "languages": ("en",),
            "budgets": [Budget("CON ")],
            **self.given,
        }
        if self.swahili is not None:
            swahili = TranslatedBy(self.swahili)
            given |= {"languages": ("en", "sw"), "translate": swahili.translate, "catalogue": swahili.catalogue}
        return check(menus.screens, **given)


def ask_unregistered_secret(text: Text, answer: Callable[..., Json], *, then: Do) -> Ask:
    """`ask_secret` for a question that no real screen asks, and that the handset in the terminal need not know."""
    return ask_secret(SecretQuestion(text, answer.__name__), then=then)


BROKEN: list[Broken] = []


def broken(
    rule: str, *, swahili: Catalog | None = None, **given: Any
) -> Callable[[Callable[[Menus], None]], Callable[[Menus], None]]:
    """A function that draws menus with one fault, which `rule` must find."""

    def register(build: Callable[[Menus], None]) -> Callable[[Menus], None]:
        BROKEN.append(Broken(build.__name__.replace("_", " "), rule, build, swahili, given))
        return build

    return register


def saying(said: Mapping[str, str | tuple[str, ...]], *, fuzzy: bool = False, plural: str | None = None) -> Catalog:
    """The real Swahili catalogue with these words too; a tuple has plural forms, its key `one|many`."""
    catalog = words.catalogue("sw")
    if plural:
        catalog.mime_headers = [("Plural-Forms", f"nplurals=2; plural={plural};")]
    for source, string in said.items():
        one, _, many = source.partition("|")
        catalog.add((one, many) if many else one, string, flags=["fuzzy"] if fuzzy else [])
    return catalog


class TranslatedBy:
    """`menus.translate`, with another Swahili."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._form = gettext.c2py(catalog.plural_expr)

    def catalogue(self, language: str) -> Catalog:
        return self._catalog

    def translate(self, text: Text, language: str) -> str:
        if language != "sw":
            return words.translate(text, language)
        values = {name: self._written(value) for name, value in text.values.items()}
        said = self._string(text)
        return said.format_map(values) if text.values else said

    def _string(self, text: Text) -> str:
        message = self._catalog.get(text.source)
        found = message.string if message and not message.fuzzy else ""
        forms = (found,) if isinstance(found, str) else tuple(found or ("",))
        said = forms[min(self._form(text.n), len(forms) - 1)] if text.plural else forms[0]
        return said or (text.plural if text.plural and text.n != 1 else text.source)

    def _written(self, value: object) -> str:
        return (
            self.translate(value, "sw")
            if isinstance(value, Text)
            else words.translate(Text("{it}", {"it": value}), "sw")
        )


def cases(**changes: Any) -> Cases:
    """The few cases that broken menus are walked with, changed."""
    return replace(FEW, **changes)
