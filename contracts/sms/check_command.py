"""`CHECK 40718353 BCDF GHJK LMNP`: anybody asks whether the terms with this short code are in force.

It only reads, so it is understood with a slip in the word, or without it: a reference and a code are nothing else.
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
_TOKEN: Final = re.compile(r"[^\W_]+")
_NEARLY_A_CODE: Final = range(LETTERS - 4, LETTERS + 5)  # letters


class TypedPaper(Frozen):
    """What is asked about: eight digits as typed, and the code. None: it was not typed, or not whole."""

    reference: str | None
    code: str | None


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
        if set(typed.upper()) <= set(ALPHABET) and (code := parse_code(typed)):
            return code
    return None


def _has_command(tokens: Sequence[str]) -> bool:
    return any(word in PHRASES or word in YES or word in NO for word in map(fold_word, tokens))
