"""Which screens ask for a secret: the handset neither echoes nor records the answer.

The handset sees only text, in any language: it compares each page with every question in SECRET_QUESTIONS.
"""

import re
from collections.abc import Iterator
from functools import cache

from contracts.fields.languages import LANGUAGES
from contracts.refusals import Why
from menus.gsm7 import plain_punctuation
from menus.refusal_texts import BAD_INPUT_TEXTS, WRONG_PIN_TEXTS, WRONG_RECOVERY
from menus.screen import SECRET_QUESTIONS
from menus.screens import pin  # noqa: F401 - importing it registers the questions
from menus.translate import Text, translate
from values.frozen import Frozen

# These reasons stand above secret questions only, so a page with one of them and nothing else asks for a secret too.
_REASONS_OF_SECRETS = (
    *WRONG_PIN_TEXTS,
    WRONG_RECOVERY,
    BAD_INPUT_TEXTS[Why.PIN_NOT_DIGITS],
    BAD_INPUT_TEXTS[Why.PIN_TOO_EASY],
)
_REASONS_OF_ANY_QUESTION = (BAD_INPUT_TEXTS[Why.EMPTY],)
_HOUR = re.compile(r"\b[0-2][0-9]:[0-5][0-9]\b")
_TELLING_LETTERS = 20  # every first page has more letters; the opening that several questions share has fewer


def asks_secret(page: str, *, goes_on: bool, after_secret: bool) -> bool:
    """Whether `page`, given without its keys, belongs to a screen that asks for a secret.

    `goes_on`: the screen has another page. `after_secret`: the page before asked for a secret. The last page of a
    question may have one or two words, which are recognised only after the page before it.
    """
    text = _flat(page)
    may_be_partial = after_secret or (goes_on and len(text) >= _TELLING_LETTERS)
    return text != "" and any(
        text == known.text or (may_be_partial and text in known.text and text not in known.shared)
        for known in _known_screens()
    )


class _KnownScreen(Frozen):
    """The text of a screen that asks for a secret. Other screens may show its part `shared` too."""

    text: str
    shared: str = ""


@cache
def _known_screens() -> tuple[_KnownScreen, ...]:
    texts = [question.text for question in SECRET_QUESTIONS]
    return tuple(known for language in LANGUAGES for text in texts for known in _screens_of(text, language))


def _screens_of(question: Text, language: str) -> Iterator[_KnownScreen]:
    """The question alone, and below each reason why an answer was refused."""
    asked = _flat(translate(question, language))
    yield _KnownScreen(asked)
    for why in (*_REASONS_OF_SECRETS, *_REASONS_OF_ANY_QUESTION):
        reason = _flat(translate(why, language))
        yield _KnownScreen(f"{reason} {asked}", "" if why in _REASONS_OF_SECRETS else reason)


def _flat(text: str) -> str:
    """One line, with the same hour in place of every one: a locked PIN says until when."""
    return _HOUR.sub("17:35", " ".join(plain_punctuation(text).split()))
