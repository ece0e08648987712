"""What a text is made of: the texts within it, its places and its values."""

import string
from collections.abc import Callable, Iterator, Mapping
from functools import cache

import msgspec

from menus.translate import SOURCE, Text
from values.frozen import replace

Translate = Callable[[Text, str], str]
FORMAT_ERRORS = (KeyError, IndexError, ValueError, AttributeError, TypeError)  # what formatting a text can raise


def every_text(text: Text) -> Iterator[Text]:
    """The text, and those among its values."""
    yield text
    for value in text.values.values():
        if isinstance(value, Text):
            yield from every_text(value)


def values_in(text: Text) -> Iterator[object]:
    """The values in the places of the text, and in those of the texts within it."""
    for name in places_in(f"{text.source} {text.plural or ''}"):
        value = text.values.get(name)
        if isinstance(value, Text):
            yield from values_in(value)
        elif value is not None:
            yield value


@cache
def places_in(template: str) -> Mapping[str, str]:
    """The places of a template by name, each with its conversion and format: `{n:>5}` is {"n": ":>5"}.

    Raises ValueError where braces do not match."""
    found: dict[str, str] = {}
    for _, name, spec, conversion in string.Formatter().parse(template):
        if name is not None:
            found[name] = (f"!{conversion}" if conversion else "") + (f":{spec}" if spec else "")
    return found


def own_words(text: Text, language: str, translate: Translate) -> Iterator[str]:
    """The words of the text itself in `language`, without the values in its places."""
    gaps = {name: Text("{gap}", {"gap": "\0"}) for name in text.values}
    for part in translate(replace(text, values=gaps), language).split("\0"):
        yield from part.split()
    for value in text.values.values():
        if isinstance(value, Text):
            yield from own_words(value, language, translate)


def literally(line: str) -> Text:
    """A text that is exactly `line` in every language."""
    return Text("{line}", {"line": line})


def text_key(text: Text) -> object:
    """Equal for texts that read the same in every language."""
    return text.source, text.plural, text.n, tuple((name, _value_key(value)) for name, value in text.values.items())


def in_english(text: Text, translate: Translate) -> str:
    """The English text, or its template if a value for it is missing."""
    try:
        return translate(text, SOURCE)
    except FORMAT_ERRORS:
        return text.source


def _value_key(value: object) -> object:
    if isinstance(value, Text):
        return text_key(value)
    try:
        hash(value)
    except TypeError:
        return msgspec.json.encode(value, enc_hook=repr)
    return value
