"""Which screens ask for a secret: what is typed there is neither echoed nor recorded.

The handset sees text only, in any language: it compares what is shown with every question in SECRET_QUESTIONS.
"""

from collections.abc import Iterator
from functools import cache

from contracts.fields.languages import LANGUAGES
from contracts.refusals import Why
from menus.gsm7 import plain_punctuation
from menus.refusal_texts import BAD_INPUT_TEXTS, WRONG_PIN, WRONG_RECOVERY
from menus.screen import SECRET_QUESTIONS
from menus.screens import pin  # noqa: F401 - importing it registers the questions
from menus.translate import Text, translate
from values.frozen import Frozen

# Why a secret was not taken: said above no other question, so a page with nothing else on it asks for one all the same.
_OF_SECRETS = (WRONG_PIN, WRONG_RECOVERY, BAD_INPUT_TEXTS[Why.PIN_NOT_DIGITS], BAD_INPUT_TEXTS[Why.PIN_TOO_EASY])
_OF_ANY = (BAD_INPUT_TEXTS[Why.EMPTY],)
_TELLING_LETTERS = 20  # a first page has more of them, and the words that many questions begin with have fewer


def asks_secret(page: str, *, goes_on: bool, after_secret: bool) -> bool:
    """Whether a page, without its keys, is of a screen that asks for a secret.

    `goes_on`: another page of that screen follows it; `after_secret`: the page before it asked for one. The last page
    of a question may hold a word or two, which tell something only behind the others.
    """
    said = _flat(page)
    is_telling = after_secret or (goes_on and len(said) >= _TELLING_LETTERS)
    return said != "" and any(
        said == asking.text or (is_telling and said in asking.text and said not in asking.shared)
        for asking in _asking()
    )


class _Asking(Frozen):
    """A screen that asks for a secret; what it says in its part `shared`, others say too."""

    text: str
    shared: str = ""


@cache
def _asking() -> tuple[_Asking, ...]:
    return tuple(
        asking for language in LANGUAGES for question in SECRET_QUESTIONS for asking in _said(question.text, language)
    )


def _said(question: Text, language: str) -> Iterator[_Asking]:
    """Alone, and below each reason."""
    asked = _flat(translate(question, language))
    yield _Asking(asked)
    for why in (*_OF_SECRETS, *_OF_ANY):
        reason = _flat(translate(why, language))
        yield _Asking(f"{reason} {asked}", "" if why in _OF_SECRETS else reason)


def _flat(text: str) -> str:
    return " ".join(plain_punctuation(text).split())
