"""The short code of a contract: twelve letters that stand for its canonical form, for people without the file.

Each party gets it by SMS once all have confirmed, so their phones are witnesses of what was agreed. It is scrypt over
the form's bytes, because twelve letters of a quick hash could be met by another contract within a day
(docs/decisions/0013-the-short-code.md has the prices).

>>> grouped(parse_code("bcdf-ghjk 1mnp") or "")
'BCDF GHJK LMNP'
"""

import hashlib
import hmac
from typing import Final

# Consonants alone: no code is a word, and each vowel, Q and digit that looks like one of them can be read as that one.
ALPHABET: Final = "BCDFGHJKLMNPRSTVWXYZ"
LETTERS: Final = 12

# scrypt (RFC 7914): 64 MiB and about 0.3 s of one core.
COST: Final = 1 << 16
_BLOCK_SIZE: Final = 8
_SALT: Final = b"voicepact-code/1"
_BYTES_PER_LETTER: Final = 2  # so that no letter is more likely than another by more than 1 in 3,000

_LOOKS_LIKE: Final = str.maketrans("01256780EIOQU", "DLZSGTBDFLDDV")
_BETWEEN_LETTERS: Final = str.maketrans("", "", " .,-_\u00a0\u2010\u2011\u2012\u2013\u2014")


def short_code(form: bytes, cost: int = COST) -> str:
    """Return the code of a canonical form, without blanks. It takes `cost` KiB of memory; only tests give another."""
    key = hashlib.scrypt(
        form, salt=_SALT, n=cost, r=_BLOCK_SIZE, p=1, maxmem=256 * _BLOCK_SIZE * cost + (1 << 20),
        dklen=LETTERS * _BYTES_PER_LETTER,
    )  # fmt: skip
    numbers = (int.from_bytes(key[at : at + _BYTES_PER_LETTER]) for at in range(0, len(key), _BYTES_PER_LETTER))
    return "".join(ALPHABET[number % len(ALPHABET)] for number in numbers)


def grouped(code: str) -> str:
    """Return `BCDF GHJK LMNP`, as it is shown."""
    return " ".join(code[at : at + 4] for at in range(0, len(code), 4))


def parse_code(typed: str) -> str | None:
    """Return the code that somebody typed or read from a paper, in any case and grouping; None if it is none.

    Letters that are in no code count as those that they look like: 8 is B, O is D.
    """
    letters = typed.upper().translate(_BETWEEN_LETTERS).translate(_LOOKS_LIKE)
    return letters if len(letters) == LETTERS and set(letters) <= set(ALPHABET) else None


def is_same(typed: str, code: str) -> bool:
    """Whether two codes are equal; it takes as long for a code that is nearly right as for any other."""
    return hmac.compare_digest(typed, code)
