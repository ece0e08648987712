"""Draw the map of the menus from their code: screens and the arrows between them, and both as Mermaid text.

Not drawn: Back, Home and More, which every screen has, and the way back into a journey after a call was cut.
"""

import re
from collections.abc import Mapping
from textwrap import shorten

from menus.checking.cases import CASES, Cases
from menus.checking.findings import Findings
from menus.checking.positions import Link
from menus.checking.text_parts import in_english
from menus.checking.walk import Walk
from menus.refusal_texts import REFUSAL_TEXTS
from menus.screen import SCREENS, Ask, End, Menu, RegisteredScreen, Screen
from menus.screens import __all__ as _journeys
from menus.session import texts_on
from menus.translate import translate
from values.frozen import Frozen, replace

_TEXT_LETTERS = 44
_SHAPES = {"menu": ("(", ")"), "ask": ("[/", "/]"), "end": ("([", "]):::over")}
_BLOCK = re.compile(r"```mermaid\n.*?```\n", re.DOTALL)

assert _journeys  # importing the journeys registers their screens


class Box(Frozen):
    """A screen. `text` is the beginning of its English text; `shape` is a key of _SHAPES."""

    name: str
    text: str
    shape: str


class Arrow(Frozen):
    """A way from one screen to another. `effects` are carried out on it, by class name; with `lock` only after the
    right PIN or code."""

    source: str
    target: str
    effects: tuple[str, ...] = ()
    lock: bool = False


class Map(Frozen):
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]


def draw_map(screens: Mapping[str, RegisteredScreen] = SCREENS, cases: Cases = CASES) -> Map:
    """Walk the menus with the first sample input only, since no arrow depends on what people type."""
    one_input = replace(cases, inputs=cases.inputs[:1])
    walk = Walk(screens, one_input, REFUSAL_TEXTS, Findings(), lambda _name: None)
    fullest: dict[str, Screen] = {}
    for drawing in walk.drawings():
        before = fullest.setdefault(drawing.registered.name, drawing.screen)
        if _count_moves(drawing.screen) > _count_moves(before):
            fullest[drawing.registered.name] = drawing.screen
    return Map(tuple(_box(name, screen) for name, screen in fullest.items()), _arrows(walk.links, cases))


def to_mermaid(drawn: Map) -> str:
    """The map as a Mermaid flowchart, which GitHub and most editors show as a picture."""
    lines = ["flowchart TD"]
    for box in drawn.boxes:
        opening, closing = _SHAPES[box.shape]
        text = box.text.replace('"', "#quot;")
        lines.append(f'    {_id(box.name)}{opening}"<b>{box.name}</b><br/>{text}"{closing}')
    lines += [f"    {_id(arrow.source)} {_line(arrow)} {_id(arrow.target)}" for arrow in drawn.arrows]
    with_effects = [str(at) for at, arrow in enumerate(drawn.arrows) if arrow.effects]
    if with_effects:
        lines.append(f"    linkStyle {','.join(with_effects)} stroke:#c2410c,color:#c2410c")
    lines.append("    classDef over fill:#334155,color:#f8fafc,stroke:#334155")
    return "\n".join(lines) + "\n"


def update_page(page: str, drawn: Map) -> str:
    """Return the Markdown `page` with its Mermaid block replaced by this map, or with the map at its end if the page
    has no such block."""
    block = f"```mermaid\n{to_mermaid(drawn)}```\n"
    if _BLOCK.search(page):
        return _BLOCK.sub(lambda _old: block, page, count=1)
    return f"{page}\n{block}" if page else f"# The map of the menus\n\n{block}"


def _box(name: str, screen: Screen) -> Box:
    shape = "end" if isinstance(screen, End) else "ask" if isinstance(screen, Ask) else "menu"
    text = in_english(texts_on(screen)[0], translate).replace("\u00a0", " ")
    return Box(name, shorten(text, _TEXT_LETTERS, placeholder=" …"), shape)


def _count_moves(screen: Screen) -> int:
    """The map shows each screen in the state with the most moves, such as a list that is not empty."""
    return len(screen.choices) if isinstance(screen, Menu) else isinstance(screen, Ask)


def _arrows(links: set[Link], cases: Cases) -> tuple[Arrow, ...]:
    """One arrow for each pair of screens, with every effect that is carried out between them."""
    arrows: dict[tuple[str, str], Arrow] = {}
    for link in sorted(links, key=lambda link: (link.source, link.target, link.effect or "")):
        ends = (link.source, link.target)
        arrow = arrows.setdefault(ends, Arrow(*ends))
        effects = (*arrow.effects, link.effect) if link.effect else arrow.effects
        arrows[ends] = replace(arrow, effects=effects, lock=arrow.lock or link.answer in cases.wrong_secret_texts)
    return tuple(arrows.values())


def _line(arrow: Arrow) -> str:
    if not arrow.effects:
        return "-->"
    return f'-->|"{"🔒 " if arrow.lock else ""}{", ".join(arrow.effects)}"|'


def _id(name: str) -> str:
    return name.replace(".", "_")
