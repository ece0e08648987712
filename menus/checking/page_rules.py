"""Rules about what is sent: every page of a state, in one language, on one network. One function each."""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date

import msgspec

from contracts.fields.money import Money
from contracts.fields.quantity import Quantity
from menus.checking.drawing import NAVIGATION, RenderedScreen, literally, own_words, places_in, text_key, values_in
from menus.gsm7 import plain_punctuation, septets, units
from menus.screen import End, Menu
from menus.session import MORE
from menus.translate import DisplayedMsisdn, Text

Rule = Callable[[RenderedScreen], Iterator[str]]

_NUMBERED = re.compile(r"^\W{0,2}\d{1,3} ?[.):=](?!\d)", re.MULTILINE)
_NUMBERED_WITHIN = re.compile(r"(?:^|[\s(])\d{1,2} ?[.):=] ?(?=[^\W\d])")
_PRESS = re.compile(r"\b(?:press|dial|reply with|bonyeza|appuyez sur|danna)\s+[\d*#]", re.IGNORECASE)
_WIRE = re.compile(r"^(?:CON|END)\b", re.MULTILINE)
_FIGURES = re.compile(r"(?:[A-Z]{3}\s)?[+\d][\d\s+.,:/*#-]{3,}(?<!\s)(?:\s[A-Z]{3})?")


def fits_its_budget(rendered: RenderedScreen) -> Iterator[str]:
    """Counted here anew, from what is sent, whatever the pager believes."""
    budget = rendered.budget
    for number, sheet in enumerate(rendered.sheets, start=1):
        page = f"page {number} of {len(rendered.sheets)}"
        if reason := over_budget(sheet.text, budget.prefix, budget.septets, budget.units):
            yield f"{page} {reason}"


def has_a_way_on(rendered: RenderedScreen) -> Iterator[str]:
    for number, sheet in enumerate(rendered.sheets, start=1):
        session = sheet.session
        if not sheet.ends and not (session.keys or session.shown or session.asked):
            yield f"page {number} is no end, and no key on it leads anywhere"


def is_read_to_its_end(rendered: RenderedScreen) -> Iterator[str]:
    if len(rendered.sheets) > 1 and isinstance(rendered.drawing.screen, End) and not rendered.drawing.again:
        yield f"it takes {len(rendered.sheets)} pages, and {MORE} draws it anew without its result"


def offers_every_choice_once(rendered: RenderedScreen) -> Iterator[str]:
    if isinstance(rendered.drawing.screen, Menu):
        offered = [move for sheet in rendered.sheets for move in sheet.session.shown.values()]
        if offered != [choice.move for choice in rendered.drawing.screen.choices]:
            yield "the keys of its pages are not its choices, one each, in order"


def keeps_figures_whole(rendered: RenderedScreen) -> Iterator[str]:
    """An amount, a date, a reference, a number: half of one says something else."""
    pages = [_flat(sheet.text) for sheet in rendered.sheets]
    for text in rendered.texts:
        for figure in _figures(text, rendered):
            if not any(_flat(plain_punctuation(figure)) in page for page in pages):
                yield f"{figure.replace(chr(0xA0), ' ')!r} is on no page in one piece"


def clips_no_words_of_its_own(rendered: RenderedScreen) -> Iterator[str]:
    """A stray long name may be clipped; what the menu itself says in a choice may not."""
    lines = "\n".join(sheet.text for sheet in rendered.sheets).split("\n")
    sent = [line.partition(". ")[2] for line in lines]
    for text, option in zip(rendered.texts[1:], rendered.options, strict=True):
        if plain_punctuation(option) in sent or "\n" in option:
            continue
        whole = [plain_punctuation(other) for other in rendered.options]
        clipped = next((line for line in sent if line not in whole and _begins_alike(line, option)), "")
        own = Counter(map(plain_punctuation, own_words(text, rendered.language, rendered.translate)))
        lost = [word for word, count in own.items() if clipped.count(word) < count]
        if lost:
            yield f"{' '.join(lost)!r} is clipped off a choice"


def is_not_numbered_by_hand(rendered: RenderedScreen) -> Iterator[str]:
    for said in (rendered.body, *rendered.options):
        if _NUMBERED.search(plain_punctuation(said)) or _PRESS.search(said):
            yield f"{_short(said)} numbers its choices itself; the pager lays out keys"
    for text in rendered.texts:
        if len(_NUMBERED_WITHIN.findall(_template(text, rendered))) > 1:
            yield f"{_short(text.source)} contract_lists its choices in the text"


def leaves_back_home_and_more_to_the_machine(rendered: RenderedScreen) -> Iterator[str]:
    labels = {rendered.translate(label, rendered.language).casefold() for label in NAVIGATION.values()}
    for option in rendered.options:
        if option.strip().strip(".!").casefold() in labels:
            yield f"{_short(option)} is laid out by itself on every page"


def leaves_con_and_end_to_the_provider(rendered: RenderedScreen) -> Iterator[str]:
    for said in (rendered.body, *rendered.options):
        if _WIRE.search(said):
            yield f"{_short(said)} begins like a provider's prefix"


def choices_can_be_told_apart(rendered: RenderedScreen) -> Iterator[str]:
    """Two lines of a list may look the same when they are the same data; nothing else may."""
    by_label: dict[str, list[Text]] = {}
    for option, text in zip(rendered.options, rendered.texts[1:], strict=True):
        by_label.setdefault(plain_punctuation(option).casefold(), []).append(text)
    for label, texts in by_label.items():
        if len(texts) > 1 and not _are_the_same_data(texts):
            yield f"{len(texts)} choices say {label!r}"


def choices_do_different_things(rendered: RenderedScreen) -> Iterator[str]:
    moves = Counter(msgspec.json.encode(move) for sheet in rendered.sheets for move in sheet.session.shown.values())
    if any(count > 1 for count in moves.values()):
        yield "two choices have the very same move"


def says_something(rendered: RenderedScreen) -> Iterator[str]:
    for said, text in zip((rendered.body, *rendered.options), rendered.texts, strict=True):
        if not plain_punctuation(said).strip() or not text.source:
            yield "it says nothing" if text is rendered.texts[0] else "a choice says nothing"


def keeps_a_choice_on_one_line(rendered: RenderedScreen) -> Iterator[str]:
    for option in rendered.options:
        if "\n" in option or "\r" in option:
            yield f"{_short(option)} has a line break in it"


def shows_every_letter(rendered: RenderedScreen) -> Iterator[str]:
    """No controls, no marks that turn the direction of what follows."""
    for said in (rendered.body, *rendered.options):
        unseen = {letter for letter in said if _is_unseen(letter)}
        if unseen:
            yield f"{_short(said)} has {', '.join(f'U+{ord(letter):04X}' for letter in sorted(unseen))} in it"


RULES: tuple[Rule, ...] = (
    fits_its_budget,
    has_a_way_on,
    is_read_to_its_end,
    offers_every_choice_once,
    keeps_figures_whole,
    clips_no_words_of_its_own,
    is_not_numbered_by_hand,
    leaves_back_home_and_more_to_the_machine,
    leaves_con_and_end_to_the_provider,
    choices_can_be_told_apart,
    choices_do_different_things,
    says_something,
    keeps_a_choice_on_one_line,
    shows_every_letter,
)


def over_budget(text: str, prefix: str, most_septets: int, most_units: int) -> str | None:
    """By how much `text` is too long for one page, in words; None when it fits. A last page has a prefix as long."""
    try:
        weight, most, what = septets(prefix + text), most_septets, "septets"
    except ValueError:
        weight, most, what = units(prefix + text), most_units, "UCS-2 units"
    return f"takes {weight} of {most} {what}" if weight > most else None


def _figures(text: Text, rendered: RenderedScreen) -> Iterator[str]:
    for value in values_in(text):
        is_figure = isinstance(value, Money | Quantity | DisplayedMsisdn | date)
        if is_figure or (isinstance(value, str) and _FIGURES.fullmatch(value)):
            yield rendered.translate(Text("{figure}", {"figure": value}), rendered.language)


def _template(text: Text, rendered: RenderedScreen) -> str:
    """The text as it is said, its places left open."""
    return rendered.translate(
        Text(text.source, {name: literally("…") for name in text.values}, text.plural, text.n), rendered.language
    )


def _are_the_same_data(texts: list[Text]) -> bool:
    has_data = all(places_in(text.source) for text in texts)
    return has_data and len({text_key(text) for text in texts}) == 1


def _begins_alike(line: str, option: str) -> bool:
    return line != "" and plain_punctuation(option).startswith(line.removesuffix("..")[:6])


def _flat(text: str) -> str:
    return " ".join(text.split())


def _is_unseen(letter: str) -> bool:
    return letter not in "\n\u200c\u200d" and unicodedata.category(letter) in ("Cc", "Cf", "Co", "Cn", "Cs")


def _short(said: str) -> str:
    return repr(said if len(said) <= 48 else said[:46] + "..")
