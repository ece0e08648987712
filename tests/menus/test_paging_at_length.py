"""The pager over many thousands of generated screens; VOICEPACT_PAGER_SCREENS says how many.

Nothing of the pager judges it here: letters are weighed by the tables of GSM 03.38 as they are written below, and the
source of each screen is known as the words it was made of.
"""

import os
import random
from collections.abc import Iterator
from dataclasses import dataclass

from menus.paging import Budget, ScreenPage, lay_out

SCREENS = int(os.environ.get("VOICEPACT_PAGER_SCREENS", "3000"))
SEED = 20261121

_GSM = (
    "@£$¥èéùìòÇØøÅåÆæßÉÄÖÑÜ§¿äöñüà¡ΔΦΓΛΩΠΨΣΘΞ\n\r !\"#¤%&'()*+,-./:;<=>?_"
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)
WEIGHT = {**dict.fromkeys(_GSM, 1), **dict.fromkeys("^{}\\[~]|€\f", 2)}
AS_SENT = str.maketrans({"\u00a0": " ", "\u202f": " ", "’": "'", "–": "-", "…": "...", "“": '"', "”": '"'})

ALPHABETS = (
    *["abcdefghijklmnoprstuwy"] * 4, "abcdeéèàùñöäÅß", "ab[]{}€~^", "ab’–…“”c", "abƙɗɓ’y", "አበገደለመሰቀ", "የተሻሻለበቆሎ",
    "ab🌽🐄", "𞤀𞤣𞤢",
)  # fmt: skip
ATOMS = (
    "KES~3,500", "KES~99,999,999.99", "UGX~100,000,000", "ETB~12,500.50", "3~500~KES", "99~999~999,99~KES", "0,05~ZMW",
    "100\u202f000\u202f000~XOF", "-3~500~KES", "1234~5678", "4071~8353", "0712~345~678", "+229~01~95~12~34~56",
    "1,500~kg", "50~bags~of~90kg", "1,5~tonnes", "20~ኩንታል", "7~ƙwarya", "25~Dec~2026", "30~sept.~2028",
    "25~ዲሴም~2026", "29~Satumba~2028",
)  # fmt: skip
FIGURES = ("50", "3,500", "25/12", "98", "76828224", "(12)", "+254712345678", "12:")
FOOTERS = (
    (("0. Back", "00. Home"), "98. More"),
    (("0. Rudi", "00. Mwanzo"), "98. Zaidi"),
    (("0. Retour", "00. Accueil"), "98. Suite"),
    (("0. Koma", "00. Gida"), "98. Ƙari"),
    (("0. ተመለስ", "00. መነሻ"), "98. ተጨማሪ"),
)
BUDGETS = tuple(Budget(prefix, septets, 70) for septets in (160, 160, 120, 184) for prefix in ("CON ", ""))


@dataclass(frozen=True, slots=True)
class Word:
    """One word of the source as it is sent; `whole`: no page and no ".." may take a part of it."""

    source: str
    sent: str
    whole: bool


@dataclass(frozen=True, slots=True)
class Drawn:
    """A screen: body words with the white space before each, options as words, and how it is to be laid out."""

    body: tuple[tuple[str, Word], ...]
    options: tuple[tuple[Word, ...], ...]
    first: tuple[str, ...]
    later: tuple[str, ...]
    more: str
    budget: Budget

    def pages(self) -> tuple[ScreenPage, ...]:
        body = "".join(seam + word.source for seam, word in self.body)
        options = [" ".join(word.source for word in option) for option in self.options]
        return lay_out(body, options, first=self.first, later=self.later, more=self.more, budget=self.budget)

    def fits(self, text: str) -> bool:
        return weighs(self.budget.prefix + text) <= (
            self.budget.septets if is_gsm(self.budget.prefix + text) else self.budget.units
        )


def test_pages_give_the_source_back_fit_and_split_no_figure() -> None:
    chance = random.Random(SEED)  # noqa: S311 - the same screens every time
    pool = _words(chance)
    for number in range(SCREENS):
        drawn = _screen(chance, pool)
        try:
            _hold(drawn)
        except (AssertionError, ValueError) as fault:
            raise AssertionError(f"screen {number} of seed {SEED}: {fault or 'see above'}\n{drawn}") from fault


def test_letters_are_weighed_as_networks_weigh_them() -> None:
    assert len(WEIGHT) == 128 - 1 + 10  # the escape that leads to the ten is no letter
    assert [weighs(text) for text in ("CON a", "[€]", "ƙasa", "ƙ[🌽")] == [5, 6, 4, 4]


def _hold(drawn: Drawn) -> None:
    """The promises of the pager, one screen's."""
    pages, listed, seams = drawn.pages(), 0, _Seams(drawn)
    for number, page in enumerate(pages):
        is_last = number == len(pages) - 1
        assert drawn.fits(page.text), f"page {number} takes {weighs(drawn.budget.prefix + page.text)}"
        nav = drawn.later if number else drawn.first
        footer = nav if is_last else (drawn.more, *nav)
        lines = page.text.split("\n") if page.text else []
        rest, below = _parted(lines, len(footer))
        assert tuple(below) == footer, f"page {number} has another footer"
        assert page.options == range(listed, listed + len(page.options)), f"page {number} has other keys"
        assert len(page.options) <= 9, f"page {number} has more than nine options"
        body, labels = _parted(rest, len(page.options))
        seams.goes_on("\n".join(body), footer)
        for at, line in zip(page.options, labels, strict=True):
            key, _, label = line.partition(". ")
            assert key == str(at + 1), f"option {at} has key {key}"
            room_beside = nav if at == len(drawn.options) - 1 else (drawn.more, *nav)
            _holds_option(drawn, drawn.options[at], key, label, room_beside)
        listed += len(page.options)
    assert listed == len(drawn.options), "an option is on no page"
    seams.is_over()


class _Seams:
    """The body of page after page, held against the source that they must give back."""

    def __init__(self, drawn: Drawn) -> None:
        self._drawn = drawn
        self._sent = "".join(seam + word.sent for seam, word in drawn.body).strip()
        self._words = dict(_inside(drawn, self._sent))
        self._at = 0

    def goes_on(self, body: str, footer: tuple[str, ...]) -> None:
        """`body` is what comes next; white space alone may be lost between pages."""
        if not body:
            return
        while self._sent[self._at : self._at + 1].isspace():
            self._at += 1
        assert self._sent.startswith(body, self._at), f"{body!r} is not what comes next at {self._at}"
        self._at += len(body)
        word = self._words.get(self._at)
        assert word is None or not word.whole, f"{word.sent if word else ''!r} is split"
        is_needed = word is None or not self._drawn.fits("\n".join((word.sent, *footer)))
        assert is_needed, f"{word.sent if word else ''!r} is split without need"

    def is_over(self) -> None:
        assert not self._sent[self._at :].strip(), f"{self._sent[self._at :]!r} is on no page"


def _inside(drawn: Drawn, sent: str) -> Iterator[tuple[int, Word]]:
    """Each place within a word, and the word: a page that ends there has split it."""
    at = 0
    for _, word in drawn.body:
        at = sent.index(word.sent, at)
        yield from ((place, word) for place in range(at + 1, at + len(word.sent)))
        at += len(word.sent)


def _holds_option(drawn: Drawn, option: tuple[Word, ...], key: str, label: str, footer: tuple[str, ...]) -> None:
    """It is whole; or it is too long for a page of its own, and has lost letters of plain words only."""
    whole = " ".join(word.sent for word in option)
    if label == whole:
        return
    assert not drawn.fits("\n".join((f"{key}. {whole}", *footer))), f"{whole!r} is clipped without need"
    assert ".." in label, f"{label!r} does not show that it is clipped from {whole!r}"
    at = 0
    for word in option:
        if word.whole:
            at = label.find(word.sent, at) + len(word.sent)
            assert at >= len(word.sent), f"{word.sent!r} is not whole in {label!r}"


def is_gsm(text: str) -> bool:
    return WEIGHT.keys() >= set(text)


def weighs(text: str) -> int:
    """Septets, or UTF-16 units where one letter is outside GSM 03.38."""
    if is_gsm(text):
        return sum(map(WEIGHT.__getitem__, text))
    return sum(2 if ord(letter) > 0xFFFF else 1 for letter in text)


def _parted(lines: list[str], below: int) -> tuple[list[str], list[str]]:
    """The lines without the last `below`, and those."""
    return lines[: len(lines) - below], lines[len(lines) - below :]


def _words(chance: random.Random) -> tuple[list[list[Word]], list[Word]]:
    """Plain words by alphabet, one in two hundred longer than a page, and the figures that must stay whole."""
    plain = [
        [_word("".join(chance.choices(letters, k=chance.choice((1, 2, 3, 4, 5, 6, 7, 9, 12, 16)))))
         for _ in range(398)]
        + [_word("".join(chance.choices(letters, k=length))) for length in (90, 260)]
        for letters in ALPHABETS
    ]  # fmt: skip
    return plain, [_word(atom.replace("~", "\u00a0"), whole=True) for atom in (*ATOMS, *FIGURES)]


def _word(source: str, *, whole: bool = False) -> Word:
    return Word(source, source.translate(AS_SENT), whole)


def _screen(chance: random.Random, pool: tuple[list[list[Word]], list[Word]]) -> Drawn:
    """Most are as people write them, a body and a few options in one alphabet; some are long in every way."""
    plain, figures = pool
    mixed = [word for words in chance.sample(plain, 2) for word in words] if chance.random() < 0.2 else []
    words = mixed or chance.choice(plain)
    body = chance.choices(words, k=chance.choice((0, 1, 3, 6, 6, 10, 10, 15, 15, 30, 60)))
    body = [chance.choice(figures) if chance.random() < 0.15 else word for word in body]
    seams = ["", *chance.choices((" ", " ", " ", " ", "\n", "  ", "\n\n"), k=max(0, len(body) - 1))]
    count = chance.choice((0, 0, 0, 0, 0, 1, 2, 2, 3, 3, 4, 4, 5, 7, 9, 10, 12, 20, 40, 60))
    later, more = chance.choice(FOOTERS)
    first = later if chance.random() < 0.8 else ()
    options = tuple(_option(chance, words, figures) for _ in range(count))
    return Drawn(tuple(zip(seams, body, strict=False)), options, first, later, more, chance.choice(BUDGETS))


def _option(chance: random.Random, words: list[Word], figures: list[Word]) -> tuple[Word, ...]:
    """One to four words, and often one figure among them."""
    option = chance.choices(words, k=chance.choice((1, 1, 2, 4)))
    if chance.random() < 0.4:
        option.insert(chance.randrange(len(option) + 1), chance.choice(figures))
    return tuple(option)
