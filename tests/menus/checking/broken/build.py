"""Build menus with one fault: a few screens, and a Swahili catalogue where the fault is in the translation."""

import gettext
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from inspect import signature
from typing import Any

from babel.messages.catalog import Catalog

from menus import translate as real
from menus.checking import CASES, Report, check
from menus.checking.cases import Cases
from menus.paging import Budget
from menus.refusal_texts import REFUSAL_TEXTS
from menus.screen import (
    Ask,
    Caller,
    Do,
    Draw,
    EffectResult,
    Json,
    Reading,
    RegisteredScreen,
    Screen,
    SecretQuestion,
    ask_secret,
    choice,
    end,
    go,
    menu,
)
from menus.translate import Text, t
from values.frozen import replace

CONTRACT = "00000000-0000-0000-0000-000000000007"
HELLO = t("Hello")
FEW = replace(CASES, inputs=CASES.inputs[:2], texts_without_screen={})


class Menus:
    """A few screens, registered like those of the real menus."""

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
    """Menus with one fault. `rule` must find it. With `swahili` they are checked in Swahili too, with that catalogue.
    `given` replaces arguments of the checker."""

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
    """Register a function that draws menus with one fault, which `rule` must find."""

    def register(build: Callable[[Menus], None]) -> Callable[[Menus], None]:
        BROKEN.append(Broken(build.__name__.replace("_", " "), rule, build, swahili, given))
        return build

    return register


def add_home(menus: Menus, leads_to: str, **about: Any) -> None:
    """Draw a home with one choice."""

    @menus.screen("home")
    def home(caller: Caller) -> Screen:
        return menu(HELLO, choice(t("Go on"), go(leads_to, **about)))


def add_end(menus: Menus, name: str) -> None:
    """Draw a screen that ends the session and takes nothing."""

    @menus.screen(name)
    def last(caller: Caller) -> Screen:
        return end(t("Thank you."))


def add_end_with_result(menus: Menus) -> None:
    """Draw `last`, which ends the session and says why an effect was refused."""

    @menus.screen("last")
    def last(caller: Caller, result: EffectResult) -> Screen:
        return end(REFUSAL_TEXTS[result.refusal] if result.refusal else t("Thank you."))


def swahili_with(
    translations: Mapping[str, str | tuple[str, ...]], *, fuzzy: bool = False, plural: str | None = None
) -> Catalog:
    """The real Swahili catalogue with these translations too. A tuple has plural forms, and its key is `one|many`."""
    catalog = real.catalogue("sw")
    if plural:
        catalog.mime_headers = [("Plural-Forms", f"nplurals=2; plural={plural};")]
    for source, string in translations.items():
        one, _, many = source.partition("|")
        catalog.add((one, many) if many else one, string, flags=["fuzzy"] if fuzzy else [])
    return catalog


class TranslatedBy:
    """`menus.translate`, with another Swahili catalogue."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._form = gettext.c2py(catalog.plural_expr)

    def catalogue(self, language: str) -> Catalog:
        return self._catalog

    def translate(self, text: Text, language: str) -> str:
        if language != "sw":
            return real.translate(text, language)
        values = {name: self._written(value) for name, value in text.values.items()}
        template = self._string(text)
        return template.format_map(values) if text.values else template

    def _string(self, text: Text) -> str:
        message = self._catalog.get(text.source)
        found = message.string if message and not message.fuzzy else ""
        forms = (found,) if isinstance(found, str) else tuple(found or ("",))
        form = forms[min(self._form(text.n), len(forms) - 1)] if text.plural else forms[0]
        return form or (text.plural if text.plural and text.n != 1 else text.source)

    def _written(self, value: object) -> str:
        if isinstance(value, Text):
            return self.translate(value, "sw")
        return real.translate(Text("{it}", {"it": value}), "sw")


def few_cases(**changes: Any) -> Cases:
    """The few cases that broken menus are checked with, changed."""
    return replace(FEW, **changes)
