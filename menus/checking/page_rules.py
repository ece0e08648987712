"""Rules about pages: a drawing in one language, as it is sent to one network."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from datetime import date
from functools import cache, lru_cache

import msgspec

from contracts.fields.money import Money
from contracts.fields.quantity import Quantity
from menus.checking.drawing import Drawing, RenderedScreen
from menus.checking.findings import Rule
from menus.checking.text_parts import Translate, literally, own_words, places_in, text_key, values_in
from menus.gsm7 import plain_punctuation, septets, units
from menus.screen import End, Menu
from menus.session import MORE
from menus.translate import DisplayedMsisdn, Text, t

_NAVIGATION = (t("Back"), t("Home"), t("More"))
_NUMBERED = re.compile(r"^\W{0,2}\d{1,3} ?[.):=](?!\d)", re.MULTILINE)
_NUMBERED_WITHIN = re.compile(r"(?:^|[\s(])\d{1,2} ?[.):=] ?(?=[^\W\d])")
_PRESS = re.compile(r"\b(?:press|dial|reply with|bonyeza|appuyez sur|danna)\s+[\d*#]", re.IGNORECASE)
_WIRE = re.compile(r"^(?:CON|END)\b", re.MULTILINE)
_FIGURES = re.compile(r"(?:[A-Z]{3}\s)?[+\d][\d\s+.,:/*#-]{3,}(?<!\s)(?:\s[A-Z]{3})?")


def fits_its_budget(rendered: RenderedScreen) -> Iterator[str]:
    """Counted from the text that is sent, independently of menus/paging.py."""
    budget, count = rendered.budget, len(rendered.pages)
    for number, page in enumerate(rendered.pages, start=1):
        if reason := over_budget(page.text, budget.prefix, budget.septets, budget.units):
            yield f"page {number} of {count} {reason}"


def has_a_way_on(rendered: RenderedScreen) -> Iterator[str]:
    for number, page in enumerate(rendered.pages, start=1):
        session = page.session
        if not page.ends and not (session.keys or session.shown or session.asked):
            yield f"page {number} is no end, and no key on it leads anywhere"


def is_read_to_its_end(rendered: RenderedScreen) -> Iterator[str]:
    if len(rendered.pages) > 1 and isinstance(rendered.drawing.screen, End) and not rendered.drawing.same_when_redrawn:
        yield f"it takes {len(rendered.pages)} pages, and {MORE} draws it anew without its result"


def offers_every_choice_once(rendered: RenderedScreen) -> Iterator[str]:
    if isinstance(rendered.drawing.screen, Menu):
        moves = [choice.move for choice in rendered.drawing.screen.choices]
        offered = [page.session.shown.get(str(at + 1)) for page in rendered.pages for at in page.options]
        if offered != moves or rendered.pages[-1].session.shown != {str(at): move for at, move in enumerate(moves, 1)}:
            yield "the keys of its pages are not its choices, one each, in order"


def keeps_figures_whole(rendered: RenderedScreen) -> Iterator[str]:
    """Half of an amount, a date, a reference or a phone number would be read as another one."""
    pages = [_flat(page.text) for page in rendered.pages]
    figures = dict.fromkeys(figure for text in rendered.texts for figure in _figures(text, rendered))
    for figure in figures:
        shown = _flat(plain_punctuation(figure))
        if not any(shown in page for page in pages):
            yield f"{figure.replace(chr(0xA0), ' ')!r} is on no page in one piece"


def clips_no_words_of_its_own(rendered: RenderedScreen) -> Iterator[str]:
    """A long name in a choice may be clipped. The words of the menu itself may not."""
    lines = "\n".join(page.text for page in rendered.pages).split("\n")
    sent = dict.fromkeys(line.partition(". ")[2] for line in lines)
    whole = rendered.sent_lines[1:]
    for text, option in zip(rendered.texts[1:], whole, strict=True):
        if option in sent or "\n" in option:
            continue
        clipped = next((line for line in sent if line not in whole and _begins_alike(line, option)), "")
        own = Counter(map(plain_punctuation, own_words(text, rendered.language, rendered.translate)))
        lost = [word for word, count in own.items() if clipped.count(word) < count]
        if lost:
            yield f"{' '.join(lost)!r} is clipped off a choice"


def is_not_numbered_by_hand(rendered: RenderedScreen) -> Iterator[str]:
    for line, sent_line in zip(rendered.lines, rendered.sent_lines, strict=True):
        if _NUMBERED.search(sent_line) or _PRESS.search(line):
            yield f"{_short(line)} numbers its choices itself; the pager lays out keys"
    templates = {(text.source, text.plural, text.n): text for text in rendered.texts}
    for key, text in templates.items():
        template = _template(*key, tuple(text.values), rendered.language, rendered.translate)
        if len(_NUMBERED_WITHIN.findall(template)) > 1:
            yield f"{_short(text.source)} lists its choices in the text"


def leaves_back_home_and_more_to_the_machine(rendered: RenderedScreen) -> Iterator[str]:
    if not rendered.options:
        return
    labels = {rendered.translate(label, rendered.language).casefold() for label in _NAVIGATION}
    for option in rendered.options:
        if option.strip().strip(".!").casefold() in labels:
            yield f"{_short(option)} is laid out by itself on every page"


def leaves_con_and_end_to_the_provider(rendered: RenderedScreen) -> Iterator[str]:
    for line in rendered.lines:
        if _WIRE.search(line):
            yield f"{_short(line)} begins like a provider's prefix"


def choices_can_be_told_apart(rendered: RenderedScreen) -> Iterator[str]:
    """Two lines of a list may look the same only when their values are the same."""
    by_label: dict[str, list[Text]] = {}
    for option, text in zip(rendered.sent_lines[1:], rendered.texts[1:], strict=True):
        by_label.setdefault(option.casefold(), []).append(text)
    for label, texts in by_label.items():
        if len(texts) > 1 and not _are_the_same_data(texts):
            yield f"{len(texts)} choices say {label!r}"


def choices_do_different_things(rendered: RenderedScreen) -> Iterator[str]:
    moves = Counter(map(msgspec.json.encode, rendered.pages[-1].session.shown.values()))
    if any(count > 1 for count in moves.values()):
        yield "two choices have the very same move"


def says_something(rendered: RenderedScreen) -> Iterator[str]:
    for line, text in zip(rendered.sent_lines, rendered.texts, strict=True):
        if not line.strip() or not text.source:
            yield "it says nothing" if text is rendered.texts[0] else "a choice says nothing"


def keeps_a_choice_on_one_line(rendered: RenderedScreen) -> Iterator[str]:
    for option in rendered.options:
        if "\n" in option or "\r" in option:
            yield f"{_short(option)} has a line break in it"


def shows_every_letter(rendered: RenderedScreen) -> Iterator[str]:
    """No control characters, and no marks that turn the direction of the text after them."""
    for line in rendered.lines:
        unseen = {letter for letter in set(line) if _is_unseen(letter)}
        if unseen:
            yield f"{_short(line)} has {', '.join(f'U+{ord(letter):04X}' for letter in sorted(unseen))} in it"


PAGE_RULES: tuple[Rule[RenderedScreen], ...] = (
    fits_its_budget,
    has_a_way_on,
    is_read_to_its_end,
    offers_every_choice_once,
    keeps_figures_whole,
    clips_no_words_of_its_own,
)
LINE_RULES: tuple[Rule[RenderedScreen], ...] = (  # of the lines and moves, however they are laid out
    is_not_numbered_by_hand,
    leaves_back_home_and_more_to_the_machine,
    leaves_con_and_end_to_the_provider,
    choices_can_be_told_apart,
    choices_do_different_things,
    says_something,
    keeps_a_choice_on_one_line,
    shows_every_letter,
)
RULES = (*PAGE_RULES, *LINE_RULES)


def rules_for(drawing: Drawing) -> tuple[Rule[RenderedScreen], ...]:
    """A reason above a menu changes its pages only: its lines were seen without the reason."""
    return PAGE_RULES if drawing.why and isinstance(drawing.screen, Menu) else RULES


def over_budget(text: str, prefix: str, most_septets: int, most_units: int) -> str | None:
    """Return how much `text` takes of one page, if it is too long; None if it fits. CON and END are equally long."""
    try:
        weight, most, what = septets(prefix + text), most_septets, "septets"
    except ValueError:
        weight, most, what = units(prefix + text), most_units, "UCS-2 units"
    return f"takes {weight} of {most} {what}" if weight > most else None


def _figures(text: Text, rendered: RenderedScreen) -> Iterator[str]:
    for value in values_in(text):
        if isinstance(value, Money | Quantity | DisplayedMsisdn | date):
            yield _figure(value, rendered.language, rendered.translate)
        elif isinstance(value, str) and _FIGURES.fullmatch(value):
            yield value


@lru_cache(maxsize=1000)
def _figure(value: Money | Quantity | DisplayedMsisdn | date, language: str, translate: Translate) -> str:
    return translate(Text("{figure}", {"figure": value}), language)


@lru_cache(maxsize=10_000)
def _template(
    source: str, plural: str | None, n: int, names: tuple[str, ...], language: str, translate: Translate
) -> str:
    """The translated text with "…" in its places."""
    return translate(Text(source, {name: literally("…") for name in names}, plural, n), language)


def _are_the_same_data(texts: list[Text]) -> bool:
    has_data = all(places_in(text.source) for text in texts)
    return has_data and len({text_key(text) for text in texts}) == 1


def _begins_alike(line: str, option: str) -> bool:
    return line != "" and option.startswith(line.removesuffix("..")[:6])


def _flat(text: str) -> str:
    return " ".join(text.split())


@cache
def _is_unseen(letter: str) -> bool:
    return letter not in "\n\u200c\u200d" and unicodedata.category(letter) in ("Cc", "Cf", "Co", "Cn", "Cs")


def _short(line: str) -> str:
    return repr(line if len(line) <= 48 else line[:46] + "..")
