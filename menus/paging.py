"""Cut a screen into pages that fit the network's budget, with the keys and the navigation lines.

A body is cut between words; an option is never cut in two. Words joined by U+00A0 (an amount, a reference, a phone
number) stay together. The pages have plain punctuation and plain spaces.

>>> [page.text for page in lay_out("Your contracts", ["Maize", "Beans", "Rice"], first=["0. Back"], later=[],
...     more="98. More", budget=Budget("CON ", septets=46))]
['Your contracts\\n1. Maize\\n98. More\\n0. Back', '2. Beans\\n3. Rice']
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from menus.gsm7 import plain_punctuation, septets, units
from values.frozen import Frozen

MAX_OPTIONS = 9  # one key each
GLUE = "\u00a0\u202f\u2007"  # spaces that join the words of one value

_FIGURES = re.compile(r"[+(]?\d[\d.,:/-]{0,14}\)?:?")
_BREAK = re.compile(rf"([^\S{GLUE}]+)")  # white space that may end a page
_OUTSIDE_GSM = 1 << 30  # stands for the septets of a text that is not GSM-7: larger than any real page


class Budget(Frozen):
    """How much text one page may have: `septets`, or UTF-16 `units` once one letter on the page is outside GSM-7.
    `prefix` is what the provider writes in front of each page: it counts, and stands in no page's text."""

    prefix: str
    septets: int = 160
    units: int = 70


class ScreenPage(Frozen):
    """`text` has no prefix. `options`: the indexes of the options on this page; option i has the key i + 1.
    `body_goes_on`: words of the body stand on the next page."""

    text: str
    options: range
    body_goes_on: bool = False


def lay_out(
    body: str, options: Sequence[str], *, first: Sequence[str], later: Sequence[str], more: str, budget: Budget
) -> tuple[ScreenPage, ...]:
    """Return the pages of a screen: body, `1. label` lines, `more` if a page follows, then the navigation lines.

    `first` are the navigation lines of the first page, `later` those of the other pages. Keys count on from page to
    page, so a key means the same option on all pages; a page has nine options at most. A label too long for a page of
    its own is shortened with "..", but no figure and no value with U+00A0 loses a letter. A plain word longer than a
    page is cut between two letters. Raises ValueError if the navigation lines, or a value, leave no room.
    """
    return tuple(page for page, _ in _every_page(body, options, first, later, more, budget))


def lay_out_page(
    body: str, options: Sequence[str], number: int, *, first: Sequence[str], later: Sequence[str], more: str,
    budget: Budget,
) -> tuple[ScreenPage, int, bool]:  # fmt: skip
    """Return the page `number` of a screen, from 0, or its last if it has fewer; its number; and whether it is the
    last. The pages after it are not laid out. All else is as in `lay_out`."""
    for at, (page, is_last) in enumerate(_every_page(body, options, first, later, more, budget)):
        if at == number or is_last:
            return page, at, is_last
    raise AssertionError("a screen has a page")


def _every_page(
    body: str, options: Sequence[str], first: Sequence[str], later: Sequence[str], more: str, budget: Budget
) -> Iterator[tuple[ScreenPage, bool]]:
    """Yield each page, and whether it is the last."""
    body = body.strip(" \t\r\n")
    if len(options) <= MAX_OPTIONS:
        listed = [f"{key}. {label}" for key, label in enumerate(options, 1)]
        text = plain_punctuation("\n".join((body, *listed, *first) if body else (*listed, *first)))
        if _fits(*_length(budget.prefix + text), budget):
            yield ScreenPage(text, range(len(options))), True
            return
    yield from _pages(_pieces(body, options), first, later, more, budget)


def fits(text: str, budget: Budget) -> bool:
    """Whether `text` fits on one page."""
    return _fits(*_length(budget.prefix + text), budget)


@dataclass(slots=True)
class _Piece:
    """One word of the body, or one option. `lead` is the white space or the key before it; the lengths include it."""

    source: str
    lead: str
    is_option: bool = False
    text: str = ""
    septets: int = 0
    units: int = 0

    def __post_init__(self) -> None:
        self.text = plain_punctuation(self.source)
        self.septets, self.units = _length(self.lead + self.text)


@dataclass(slots=True)
class _Room:
    """A page while it is filled: its length so far, with its footer and the prefix."""

    budget: Budget
    septets: int
    units: int

    def take(self, piece: _Piece) -> bool:
        """Put `piece` on the page, and return whether it fits."""
        septets, units = self.septets + piece.septets, self.units + piece.units
        if not _fits(septets, units, self.budget):
            return False
        self.septets, self.units = septets, units
        return True

    def has_room_for(self, piece: _Piece) -> bool:
        """Whether `piece` would fit."""
        return _fits(self.septets + piece.septets, self.units + piece.units, self.budget)


def _pages(
    pieces: list[_Piece], first: Sequence[str], later: Sequence[str], more: str, budget: Budget
) -> Iterator[tuple[ScreenPage, bool]]:
    """Yield pages until every piece is shown, and whether each is the last. A piece too long for any page is made
    smaller on the way."""
    nav, listed = first, 0
    while True:
        if pieces and not pieces[0].is_option:
            pieces[0] = _Piece(pieces[0].source, "\n")  # it opens the page now: the white space before it goes
        last, room = _room(nav, budget), _room((more, *nav), budget)
        if _all_fit(pieces, last):
            yield _page(pieces, nav, listed), True
            return
        taken = _fill(room, pieces)
        if not taken:
            pieces[:1] = _smaller(pieces, room, last)
            continue
        body_goes_on = not pieces[taken].is_option if taken < len(pieces) else False
        yield _page(pieces[:taken], (more, *nav), listed, body_goes_on=body_goes_on), False
        listed += sum(piece.is_option for piece in pieces[:taken])
        del pieces[:taken]
        nav = later


def _all_fit(pieces: list[_Piece], room: _Room) -> bool:
    """Whether all `pieces` fit on one page, the last."""
    if not _fits(room.septets, room.units, room.budget):
        return False
    return sum(piece.is_option for piece in pieces) <= MAX_OPTIONS and all(map(room.take, pieces))


def _fill(room: _Room, pieces: list[_Piece]) -> int:
    """Put pieces on the page, in order, and return how many fit."""
    taken = options = 0
    for piece in pieces:
        options += piece.is_option
        if options > MAX_OPTIONS or not room.take(piece):
            break
        taken += 1
    return taken


def _smaller(pieces: list[_Piece], room: _Room, last: _Room) -> list[_Piece]:
    """Return smaller pieces instead of the first one, which is too long even for a page of its own."""
    if not pieces:
        raise ValueError("the navigation lines alone do not fit the budget")
    piece = pieces[0]
    if piece.is_option:
        # The last option of all has no "More" below it, so it may be longer.
        return [_clipped(piece, (room if len(pieces) > 1 else last).has_room_for)]
    if any(glue in piece.source for glue in GLUE):
        raise ValueError("words that belong together do not fit a page of their own")
    for end in range(len(piece.text) - 1, 0, -1):
        head = _Piece(piece.text[:end], piece.lead)
        if room.has_room_for(head):
            return [head, _Piece(piece.text[end:], "")]
    raise ValueError("the navigation lines leave no room for a letter")


def _clipped(option: _Piece, fits: Callable[[_Piece], bool]) -> _Piece:
    """Return `option` shortened with "..": its last plain words first, then the plain words before them."""
    runs = [(kept, list(words)) for kept, words in groupby(_BREAK.split(option.source)[::2], _is_kept)]
    for at in range(len(runs) - 1, -1, -1):
        kept, words = runs[at]
        if kept:
            continue
        plain = " ".join(words)
        for end in range(len(plain) - 1, 0, -1):
            runs[at] = kept, [plain[:end].rstrip() + ".."]
            shorter = _Piece(" ".join(word for _, words in runs for word in words), option.lead, is_option=True)
            if fits(shorter):
                return shorter
        runs[at] = kept, []
    raise ValueError("an option does not fit a page of its own, and what is left of it must not be clipped")


def _is_kept(word: str) -> bool:
    """Whether a word must not be shortened: an amount, a date, a reference or a count. A name with a digit may be."""
    return any(letter in GLUE for letter in word) or _FIGURES.fullmatch(word) is not None


def _pieces(body: str, options: Sequence[str]) -> list[_Piece]:
    """Return the words of the body, each with the white space before it, then the options."""
    split = ["", *_BREAK.split(body)] if body else []
    words = [_Piece(word, plain_punctuation(lead)) for lead, word in zip(split[::2], split[1::2], strict=True)]
    return words + [_Piece(label, f"\n{key}. ", is_option=True) for key, label in enumerate(options, 1)]


def _page(pieces: list[_Piece], footer: Sequence[str], listed: int, *, body_goes_on: bool = False) -> ScreenPage:
    """Return the page of `pieces` and `footer`. `listed`: how many options were on earlier pages."""
    body = "".join(piece.lead + piece.text for piece in pieces if not piece.is_option)
    lines = [piece.lead + piece.text for piece in pieces if piece.is_option]
    text = "".join((body, *lines, *(f"\n{line}" for line in footer)))
    return ScreenPage(plain_punctuation(text[1:]), range(listed, listed + len(lines)), body_goes_on)


def _room(footer: Sequence[str], budget: Budget) -> _Room:
    """Return an empty page with `footer`. Each line counts with the line feed before it; the first line has none."""
    septets, units = _length(budget.prefix + plain_punctuation("".join(f"\n{line}" for line in footer)))
    return _Room(budget, septets - 1, units - 1)


def _length(text: str) -> tuple[int, int]:
    """Return the length in septets and in UTF-16 units."""
    try:
        return septets(text), units(text)
    except ValueError:
        return _OUTSIDE_GSM, units(text)


def _fits(septets: int, units: int, budget: Budget) -> bool:
    return septets <= budget.septets or (septets >= _OUTSIDE_GSM // 2 and units <= budget.units)
