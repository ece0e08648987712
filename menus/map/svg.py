"""The map of the menus as an SVG that any browser opens, in light and in dark."""

from html import escape
from itertools import pairwise
from textwrap import wrap

from menus.map.diagram import Arrow, Box, Map
from menus.map.layout import Point, lay_out

_BOX_HEIGHT, _LABEL_HEIGHT, _MARGIN = 64.0, 64.0, 28.0
_LETTER, _BOLD_LETTER = 6.3, 7.6  # px: no font is measured, so both are on the wide side
_STYLE = """
svg { background: #fbfaf8; font: 11.5px system-ui, "Segoe UI", "Helvetica Neue", Arial, sans-serif; }
text { fill: #1f2937; text-anchor: middle; }
.name { font-weight: 650; font-size: 12.5px; }
rect { fill: #ffffff; stroke: #94a3b8; stroke-width: 1.3; }
.ask rect { fill: #eef4fb; stroke: #5b8cc0; }
.end rect { fill: #334155; stroke: #334155; }
.end text { fill: #f8fafc; }
path { fill: none; stroke: #94a3b8; stroke-width: 1.4; }
.act path { stroke: #c2410c; stroke-width: 1.7; }
.act text, .key .act text { fill: #c2410c; font-weight: 600; paint-order: stroke; stroke: #fbfaf8; stroke-width: 5px; }
.act .lock { fill: #c2410c; stroke: none; }
.act .shackle { stroke-width: 1.6; }
.key text { text-anchor: start; }
@media (prefers-color-scheme: dark) {
  svg { background: #14181f; }
  text { fill: #e5e7eb; }
  rect { fill: #1f2630; stroke: #64748b; }
  .ask rect { fill: #1b2a3d; stroke: #5b8cc0; }
  .end rect { fill: #cbd5e1; stroke: #cbd5e1; }
  .end text { fill: #111827; }
  path { stroke: #64748b; }
  .act path { stroke: #fb923c; }
  .act text, .key .act text { fill: #fb923c; stroke: #14181f; }
  .act .lock { fill: #fb923c; stroke: none; }
}
"""


def to_svg(drawn: Map) -> str:
    """The whole picture, with a key to it."""
    widths = {box.name: _width(box) for box in drawn.boxes}
    labels = {(arrow.source, arrow.target): _label_width(arrow) for arrow in drawn.arrows}
    laid = lay_out(widths, labels, box_height=_BOX_HEIGHT, label_height=_LABEL_HEIGHT)
    arrows = [_arrow(arrow, laid.routes[arrow.source, arrow.target]) for arrow in drawn.arrows]
    boxes = [_box(box, widths[box.name], *laid.places[box.name]) for box in drawn.boxes]
    width, height = laid.width + 2 * _MARGIN, laid.height + 2 * _MARGIN + 46
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
            f'height="{height:.0f}" role="img"><title>The menus of VoicePact</title>',
            f"<style>{_STYLE}</style>",
            _HEADS,
            f'<g transform="translate({_MARGIN:.0f} {_MARGIN:.0f})">',
            *sorted(arrows, key=lambda svg: "act" in svg[:20]),  # effects above the rest
            *boxes,
            _key(laid.height + 40),
            "</g></svg>\n",
        )
    )


_HEADS = "<defs>" + "".join(
    f'<marker id="{name}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto">'
    f'<g class="{kind}"><path d="M1 1.5 L9 5 L1 8.5" style="stroke-width:2"/></g></marker>'
    for name, kind in (("to", "go"), ("done", "act"))
) + "</defs>"  # fmt: skip


def _box(box: Box, width: float, x: float, y: float) -> str:
    lines = _lines(box)
    round_ = _BOX_HEIGHT / 2 if box.kind == "end" else 9
    said = "".join(
        f'<text x="{x:.1f}" y="{y + 4 + 14 * at - 7 * (len(lines) - 1):.1f}">{escape(line)}</text>'
        for at, line in enumerate(lines, start=1)
    )
    top = y - 7 * (len(lines) - 1)
    return (
        f'<g class="{box.kind}"><rect x="{x - width / 2:.1f}" y="{y - _BOX_HEIGHT / 2:.1f}" width="{width:.1f}" '
        f'height="{_BOX_HEIGHT}" rx="{round_}"/><text class="name" x="{x:.1f}" y="{top:.1f}">{escape(box.name)}</text>'
        f"{said}</g>"
    )


def _arrow(arrow: Arrow, route: tuple[Point, ...]) -> str:
    """A smooth line from box to box; an effect stands on the first point it passes."""
    (x, y), *rest = route
    is_down = rest[-1][1] > y
    edge = _BOX_HEIGHT / 2 if is_down else -_BOX_HEIGHT / 2
    points = [(x, y + edge), *rest[:-1], (rest[-1][0], rest[-1][1] - edge - (2 if is_down else -2))]
    bends = "".join(_bend(one, other) for one, other in pairwise(points))
    line = f'<path d="M{points[0][0]:.1f} {points[0][1]:.1f}{bends}" marker-end="url(#{_head(arrow)})"/>'
    if not arrow.effects:
        return f'<g class="go">{line}</g>'
    return f'<g class="act">{line}{_label(arrow, *rest[0])}</g>'


def _bend(one: Point, other: Point) -> str:
    middle = (one[1] + other[1]) / 2
    return f" C{one[0]:.1f} {middle:.1f} {other[0]:.1f} {middle:.1f} {other[0]:.1f} {other[1]:.1f}"


def _head(arrow: Arrow) -> str:
    return "done" if arrow.effects else "to"


def _label(arrow: Arrow, x: float, y: float) -> str:
    said = escape(", ".join(arrow.effects))
    if not arrow.lock:
        return f'<text x="{x:.1f}" y="{y + 4:.1f}">{said}</text>'
    left = x - _label_width(arrow) / 2 + 8
    return f'<text x="{left + 9:.1f}" y="{y + 4:.1f}" style="text-anchor:start">{said}</text>{_lock(left, y)}'


def _lock(x: float, y: float) -> str:
    return (
        f'<path class="shackle" d="M{x - 3:.1f} {y - 1:.1f} v-3 a3 3 0 0 1 6 0 v3"/>'
        f'<rect class="lock" x="{x - 4.5:.1f}" y="{y - 1.5:.1f}" width="9" height="7" rx="1.5"/>'
    )


def _key(y: float) -> str:
    """What the colours and shapes mean."""
    ask, end, act = 96, 214, 352
    return (
        f'<g class="key"><g class="menu"><rect x="0" y="{y - 9}" width="22" height="14" rx="4"/></g>'
        f'<text x="29" y="{y + 3}">choices</text>'
        f'<g class="ask"><rect x="{ask}" y="{y - 9}" width="22" height="14" rx="4"/></g>'
        f'<text x="{ask + 29}" y="{y + 3}">a question</text>'
        f'<g class="end"><rect x="{end}" y="{y - 9}" width="22" height="14" rx="7"/></g>'
        f'<text x="{end + 29}" y="{y + 3}">ends the session</text>'
        f'<g class="act"><path d="M{act} {y - 2} h30" marker-end="url(#done)"/>{_lock(act + 48, y - 3)}'
        f'<text x="{act + 60}" y="{y + 3}">an effect, behind a PIN or a code</text></g>'
        f'<text x="{act + 290}" y="{y + 3}">Back (0), Home (00) and a cut call lead on from everywhere</text></g>'
    )


def _lines(box: Box) -> list[str]:
    return wrap(box.says, 26, max_lines=2, placeholder=" …")


def _width(box: Box) -> float:
    longest = max([len(box.name) * _BOLD_LETTER, *(len(line) * _LETTER for line in _lines(box))])
    return longest + (36 if box.kind == "end" else 24)


def _label_width(arrow: Arrow) -> float:
    return len(", ".join(arrow.effects)) * _BOLD_LETTER + (16 if arrow.lock else 0)
