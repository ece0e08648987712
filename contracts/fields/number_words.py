"""Numbers in words, with halves and quarters, in all of our languages.

A number that two readers may read differently is not read: Swahili "elfu ishirini na tano" is 25,000 to most people and
20,005 to a teacher, and "elfu mia tano" is 500,000 or 1,500.

>>> read_number_words("elfu tatu mia tano".split()), read_number_words("two and a half".split())
(Decimal('3500'), Decimal('2.5'))
"""

import re
from collections.abc import Sequence
from decimal import Decimal

from contracts.fields.number_grammars import ENGLISH, FRENCH, GRAMMARS, HAUSA, NumberGrammar

_ABOVE_ALL = 10**9
_DIGITS = re.compile(r"[0-9]+(?:\.[0-9]+)?")


def read_number_words(words: Sequence[str]) -> Decimal | None:
    """Return the number that `words` (see `spelled`) say in one language; None if they say none, or may say two.

    Digits may stand in place of a word: `elfu 3`, `2 and a half`. Digits alone are a number, too.
    """
    if not words:
        return None
    found = {number for grammar in GRAMMARS if (number := _read(list(words), grammar)) is not None}
    return found.pop() if len(found) == 1 else None


def is_joined_fraction(words: Sequence[str]) -> bool:
    """Whether `words` add a half or a quarter to a number that stands before: "and a half", "na robo"."""
    return any(tuple(words) in grammar.joined_fractions for grammar in GRAMMARS)


def is_fraction(words: Sequence[str]) -> bool:
    """Whether `words` are a half or a quarter and no whole: "half a", "robo tatu"."""
    return any(tuple(words) in grammar.fractions for grammar in GRAMMARS)


def _read(words: list[str], grammar: NumberGrammar) -> Decimal | None:
    if tuple(words) in grammar.fractions:
        return grammar.fractions[tuple(words)]
    whole, part = _cut_fraction(words, grammar)
    if part is None:
        return _read_before_scale(words, grammar)
    number = _read_whole(whole, grammar)
    unit = _scale_for_fraction(whole, grammar)
    if number is None or unit is None or any("." in word for word in whole):  # "2.5 and a half" has two halves
        return None
    return number + part * unit


def _cut_fraction(words: list[str], grammar: NumberGrammar) -> tuple[list[str], Decimal | None]:
    """Return the words before "and a half" at the end, and that part; all words and None if there is no such end."""
    for cut in range(1, len(words)):
        if (part := grammar.joined_fractions.get(tuple(words[cut:]))) is not None:
            return words[:cut], part
    return words, None


def _scale_for_fraction(whole: list[str], grammar: NumberGrammar) -> int | None:
    """Return what a half after `whole` is a half of. "elfu tatu na nusu" is 3,500 and "a million and a half" 1,500,000;
    but "mia tatu na nusu" and "three thousand and a half" have two readings: None."""
    scales = [grammar.scales[word] for word in whole if word in grammar.scales]
    if not scales:
        return 1 if len(whole) <= 3 else None
    if len(scales) > 1 or scales[0] < (1000 if grammar.scale_first else 1_000_000):
        return None
    return scales[0]


def _read_before_scale(words: list[str], grammar: NumberGrammar) -> Decimal | None:
    """Read words that do not end in a fraction; one may stand before the scale: "half a million", "nusu laki"."""
    scale = grammar.scales.get(words[-1], 0) if len(words) > 1 else 0
    if scale < 1000:
        return _read_whole(words, grammar)
    head = words[:-1]
    if tuple(head) in grammar.fractions:
        return grammar.fractions[tuple(head)] * scale
    whole, part = _cut_fraction(head, grammar)
    if part is None or grammar.scale_first or any(word in grammar.scales for word in whole):
        return _read_whole(words, grammar)
    number = _read_whole(whole, grammar)
    return None if number is None else (number + part) * scale


def _read_whole(words: list[str], grammar: NumberGrammar) -> Decimal | None:
    if len(words) == 1 and _DIGITS.fullmatch(words[0]):
        return Decimal(words[0])
    return _scale_first(words, grammar) if grammar.scale_first else _scale_last(words, grammar)


def _scale_first(words: list[str], grammar: NumberGrammar) -> Decimal | None:
    """Read "elfu tatu [na] mia tano [na] hamsini". Each scale has one word or number behind it, and falls."""
    if len(words) == 1 and words[0] in grammar.scales:
        return Decimal(grammar.scales[words[0]])
    total, last, left = Decimal(0), _ABOVE_ALL, _merge_teens(words)
    while left:
        if total and left[0] in grammar.joiners:
            left = left[1:]
        scale = grammar.scales.get(left[0]) if left else None
        if scale is None:
            rest = _below_hundred(left, grammar)
            return total + rest if rest is not None and last in (100, _ABOVE_ALL) else None
        times = _one_number(left[1:2], grammar)
        if times is None or scale >= last or times * scale >= last or (scale == 100 and times >= 10):
            return None
        total, last, left = total + times * scale, scale, left[2:]
    return total


def _merge_teens(words: list[str]) -> list[str]:
    """Write Hausa "goma sha biyu" as one number."""
    ones = HAUSA.small
    merged: list[str] = []
    for word in words:
        if merged and merged[-1] == "sha" and ones.get(word, 10) < 10:
            merged[-1] = str(10 + ones[word])
            if merged[-2:-1] == ["goma"]:
                del merged[-2]
        else:
            merged.append(word)
    return merged


def _one_number(word: list[str], grammar: NumberGrammar) -> Decimal | None:
    if not word:
        return None
    if _DIGITS.fullmatch(word[0]):
        return Decimal(word[0])
    return Decimal(grammar.small[word[0]]) if word[0] in grammar.small else None


def _below_hundred(words: list[str], grammar: NumberGrammar) -> Decimal | None:
    """Read "hamsini", "hamsini na tano", "kumi na moja", or a number in digits."""
    first = _one_number(words[:1], grammar)
    if first is None or len(words) == 1:
        return first
    second = grammar.small.get(words[-1], 10)
    is_sum = len(words) == 3 and words[1] in grammar.joiners and words[0] in grammar.small
    return first + second if is_sum and first % 10 == 0 and second < 10 else None


def _scale_last(words: list[str], grammar: NumberGrammar) -> Decimal | None:
    """Read "three thousand [and] five hundred [and] fifty"."""
    total, last, current = Decimal(0), _ABOVE_ALL, None
    is_in_digits = False
    for number, word in enumerate(words):
        scale = grammar.scales.get(word)
        if word in grammar.joiners and 0 < number < len(words) - 1:
            continue
        if scale is None and is_in_digits:
            return None  # "3500 three thousand" says it twice
        is_in_digits = _DIGITS.fullmatch(word) is not None
        if scale == 100:
            current = _hundreds(current, words, word)
        elif scale is not None:
            times = Decimal(1) if current is None else current
            if scale >= last or times * scale >= last:
                return None
            total, last, current = total + times * scale, scale, None
            continue
        elif grammar is ENGLISH and word == "a" and number + 1 < len(words) and words[number + 1] in grammar.scales:
            current = Decimal(1) if current is None else None
        else:
            current = _add_small(current, word, grammar)
        if current is None:
            return None
    if current is None:
        return total or None
    if last != _ABOVE_ALL and (current >= last or current < 10):
        return None  # many say "two thousand five" for 2,500
    return total + current


def _hundreds(current: Decimal | None, words: list[str], word: str) -> Decimal | None:
    """Multiply by hundred. "50 cents" is half a shilling, and French "cents" has no digits before it."""
    if current is None:
        return Decimal(100)
    if word.startswith("cent") and any(_DIGITS.fullmatch(other) for other in words):
        return None
    return current * 100 if current < 100 and current % 10 else None


def _add_small(current: Decimal | None, word: str, grammar: NumberGrammar) -> Decimal | None:
    if current is None:
        return _one_number([word], grammar)
    small = grammar.small.get(word)
    if small is None:
        return None
    below = current % 100
    if grammar is FRENCH and small == 20 and below == 4:
        return current + 76  # quatre vingt
    if grammar is FRENCH and small in range(10, 17) and below in (60, 80):
        return current + small  # soixante dix
    if small < 10:
        fits = below % 10 == 0 and not (grammar is ENGLISH and below == 10)
        return current + small if fits else None
    return current + small if below == 0 and current >= 100 else None
