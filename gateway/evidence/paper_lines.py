"""The lines of a paper, which know nothing of a PDF."""

from collections.abc import Sequence

from values.frozen import Frozen, Hidden


class Head(Frozen):
    """The title of a section."""

    text: str


class Fact(Frozen):
    """A text behind its label or its time."""

    label: str
    text: Hidden[str]


class NumberedText(Frozen):
    """A numbered text, such as what to do first."""

    number: int
    text: Hidden[str]


class Remark(Frozen):
    """A grey line. `size` is in points; `is_under_fact`: below the text of a fact, not below its label."""

    text: str
    size: int
    is_under_fact: bool = False


class Shown(Frozen):
    """A screen or a message as it was shown, or the words that somebody wrote."""

    text: Hidden[str]


Line = Head | Fact | NumberedText | Remark | Shown


def strings_in(line: Line) -> Sequence[str]:
    """Return every text of a line."""
    return (line.label, line.text) if isinstance(line, Fact) else (line.text,)
