"""The map of the menus, drawn from the code: its screens and arrows, and the same as Mermaid text.

Back, Home and More lead away from everywhere, and a call that was cut comes back to where it was; none of it is drawn.
"""

from collections.abc import Mapping
from textwrap import shorten

from menus.checking.cases import CASES, Cases
from menus.checking.drawing import in_english, texts_on
from menus.checking.findings import Findings
from menus.checking.positions import Link
from menus.checking.walk import Walk
from menus.refusals import REFUSAL
from menus.screen import SCREENS, Ask, Drawn, End, Menu, Screen
from menus.screens import __all__ as _journeys
from menus.translate import say
from values.frozen import Frozen, replace

_LINE = 44  # letters of a screen that its box shows

assert _journeys  # importing the journeys registers their screens


class Box(Frozen):
    """A screen; `says` is how it begins in English, `kind` menu, ask or end."""

    name: str
    says: str
    kind: str


class Arrow(Frozen):
    """A way from one screen to another. `effects` happen on it; with a `lock` a PIN or a code is asked before."""

    source: str
    target: str
    effects: tuple[str, ...] = ()
    lock: bool = False


class Map(Frozen):
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]


def draw_map(screens: Mapping[str, Drawn] = SCREENS, cases: Cases = CASES) -> Map:
    """The machine as a walk through it finds it, in one world: what people type changes no arrow."""
    first_world = replace(cases, inputs=cases.inputs[:1])
    walk = Walk(screens, first_world, REFUSAL, Findings(), lambda _world: None)
    typical: dict[str, Screen] = {}
    for state in walk.states():
        before = typical.setdefault(state.drawn.name, state.screen)
        if _leads_on(state.screen) > _leads_on(before):
            typical[state.drawn.name] = state.screen
    boxes = tuple(_box(name, screen) for name, screen in typical.items())
    return Map(boxes, _arrows(walk.links, cases))


def to_mermaid(drawn: Map) -> str:
    """As Mermaid draws it: GitHub and most editors show it as a picture."""
    lines = ["flowchart TD"]
    for box in drawn.boxes:
        opening, closing = _SHAPES[box.kind]
        lines.append(f'    {_id(box.name)}{opening}"<b>{box.name}</b><br/>{_quoted(box.says)}"{closing}')
    lines += [f"    {_id(arrow.source)} {_line(arrow)} {_id(arrow.target)}" for arrow in drawn.arrows]
    acts = [str(at) for at, arrow in enumerate(drawn.arrows) if arrow.effects]
    if acts:
        lines.append(f"    linkStyle {','.join(acts)} stroke:#c2410c,color:#c2410c")
    lines.append("    classDef over fill:#334155,color:#f8fafc,stroke:#334155")
    return "\n".join(lines) + "\n"


def to_page(drawn: Map, picture: str) -> str:
    """The map as a page of the documentation."""
    return (
        "# The map of the menus\n\n"
        "Drawn from the code by `voicepact menus map`; a test fails when it is out of date.\n"
        f"The same as a picture that needs no Mermaid: [{picture}]({picture}).\n\n"
        "Orange arrows have an effect; with a lock a PIN or a code is asked first. Dark boxes end the session.\n"
        "Not drawn: 0 goes back, 00 home, and a call that was cut comes back to where it was by way of `resume`.\n\n"
        f"```mermaid\n{to_mermaid(drawn)}```\n"
    )


_SHAPES = {"menu": ("(", ")"), "ask": ("[/", "/]"), "end": ("([", "]):::over")}


def _box(name: str, screen: Screen) -> Box:
    kind = "end" if isinstance(screen, End) else "ask" if isinstance(screen, Ask) else "menu"
    said = in_english(texts_on(screen)[0], say).replace("\u00a0", " ")
    return Box(name, shorten(said, _LINE, placeholder=" …"), kind)


def _leads_on(screen: Screen) -> int:
    """A screen is known by the state in which most can be done: a list with something on it."""
    return len(screen.choices) if isinstance(screen, Menu) else isinstance(screen, Ask)


def _arrows(links: set[Link], cases: Cases) -> tuple[Arrow, ...]:
    """One arrow from each screen to each other, with all that can happen on it."""
    arrows: dict[tuple[str, str], Arrow] = {}
    for step in sorted(links, key=lambda step: (step.source, step.target, step.effect or "")):
        ends = (step.source, step.target)
        arrow = arrows.setdefault(ends, Arrow(*ends))
        effects = (*arrow.effects, step.effect) if step.effect else arrow.effects
        arrows[ends] = replace(arrow, effects=effects, lock=arrow.lock or step.asks in cases.wrong)
    return tuple(arrows.values())


def _line(arrow: Arrow) -> str:
    if not arrow.effects:
        return "-->"
    return f'-->|"{"🔒 " if arrow.lock else ""}{", ".join(arrow.effects)}"|'


def _id(name: str) -> str:
    return name.replace(".", "_")


def _quoted(said: str) -> str:
    return said.replace('"', "#quot;")
