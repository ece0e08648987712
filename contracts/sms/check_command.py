"""`CHECK 40718353 BCDF GHJK LMNP`: anybody asks whether the terms with this short code are in force.

It only reads, so it is understood with a slip in the word, or without it: a reference and a code are nothing else. So
is our own SMS that ends with a code: who got it sends it back, or it was passed on to them.
"""

import re
from collections.abc import Sequence
from typing import Final

from contracts.fields.letters import fold_word
from contracts.fields.reference import EIGHT_DIGITS
from contracts.proof.short_code import ALPHABET, LETTERS, parse_code
from contracts.sms.vocabulary import CONTRACT_WORDS, NO, PHRASES, POLITE, YES
from values.frozen import Frozen

CHECK_WORDS: Final = frozenset(
    "check verify hakiki kagua verifier verifiez verifie duba bincika አጣራ አጣሩ".split()  # noqa: SIM905 - a list of words
)
# Beside the reference and the code. None could be a part of a code: each has a vowel, or is of another script.
_FILLERS: Final = CONTRACT_WORDS | POLITE | frozenset(
    "code codes letters number and with of paper ref reference msimbo herufi nambari namba karatasi na lettres numero"  # noqa: SIM905
    " papier et de avec haruffa haruffan lamba lambar takarda da ኮድ ቁጥር ወረቀት".split()
)  # fmt: skip
_CODE_WORDS: Final = frozenset({"code", "msimbo", "haruffa", "ኮድ"})  # before a code in our own SMS
_BEFORE_REFERENCE: Final = _FILLERS | {"le", "fwd", "fw"}
_ALL_CONFIRMED: Final = "kowa ya tabbatar"  # so it begins in Hausa; the last word alone may be a yes
_TOKEN: Final = re.compile(r"[^\W_]+")
_CODE_GROUPS: Final = 3
_NEARLY_A_CODE: Final = range(LETTERS - 4, LETTERS + 5)  # letters


class TypedPaper(Frozen):
    """What is asked about: eight digits as typed, and the code. None: it was not typed, or not whole. `is_alone`:
    nothing else is in the text."""

    reference: str | None
    code: str | None
    is_alone: bool = True


def paper_in(text: str) -> TypedPaper | None:
    """Return what paper a text asks about; None if it asks for something else. `text` comes from `normalize_text`.

    >>> paper_in("chek 4071 8353 bcdf ghjk lmnp")
    TypedPaper(reference='40718353', code='BCDFGHJKLMNP')
    """
    found = EIGHT_DIGITS.search(text)
    rest = f"{text[: found.start()]} {text[found.end() :]}" if found else text
    tokens = [token for token in _TOKEN.findall(rest) if fold_word(token) not in _FILLERS]
    reference = re.sub(r"\D", "", found[0]) if found else None
    begins = bool(tokens) and fold_word(tokens[0]) in CHECK_WORDS
    if reference and (code := _code_in(tokens, begins=begins)):
        return TypedPaper(reference, code)
    if found and (code := _code_at_the_end(text[: found.start()], text[found.end() :])):
        return TypedPaper(reference, code, is_alone=False)
    if not reference and any(_strict_code("".join(part)) for part in _without_numbers(tokens, begins=begins)):
        return TypedPaper(None, None)
    left = "".join(tokens[1:])
    is_near = not left or (reference is not None and len(left) in _NEARLY_A_CODE and not _has_command(tokens[1:]))
    return TypedPaper(reference, None) if begins and is_near else None


def _code_in(tokens: Sequence[str], *, begins: bool) -> str | None:
    """The code that the tokens are, after the word, after a slip of it, or alone. Only after the word itself may a code
    have letters that look like others: "not delivered" has twelve letters, too."""
    if begins:
        return None if _has_command(tokens[1:]) else parse_code("".join(tokens[1:]))
    after_a_slip = () if _has_command(tokens[:1]) else tokens[1:]
    for typed in ("".join(tokens), "".join(after_a_slip)):
        if code := _strict_code(typed):
            return code
    return None


def _strict_code(typed: str) -> str | None:
    return parse_code(typed) if set(typed.upper()) <= set(ALPHABET) else None


def _without_numbers(tokens: Sequence[str], *, begins: bool) -> Sequence[Sequence[str]]:
    """The tokens that may be a code whose reference is missing, or has a digit too few."""
    return [[token for token in part if not token.isdigit()] for part in (tokens, tokens[1:] if begins else ())]


def _code_at_the_end(before: str, after: str) -> str | None:
    """The code with which our SMS ends, from what is before the reference in it and after."""
    first = _TOKEN.findall(before.casefold().replace(_ALL_CONFIRMED, ""))
    if any(fold_word(token) not in _BEFORE_REFERENCE for token in first):
        return None
    tokens = _TOKEN.findall(after)
    for count in range(1, min(_CODE_GROUPS, len(tokens) - 1) + 1):
        if fold_word(tokens[-count - 1]) in _CODE_WORDS and (code := _strict_code("".join(tokens[-count:]))):
            return code
    return None


def _has_command(tokens: Sequence[str]) -> bool:
    return any(word in PHRASES or word in YES or word in NO for word in map(fold_word, tokens))
