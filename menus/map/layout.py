"""Where the boxes of a map stand: layers from top to bottom, few crossings, room for every label.

The method is Sugiyama's: break circles, rank by the longest way, put a point on every layer that an arrow passes,
sort the layers so that arrows cross little, then move everything near what it is joined to. (grandalf does this too; it
has not been released since 2023.) Every other layer holds no boxes, only points: there the labels stand.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from values.frozen import Frozen

Edge = tuple[str, str]
Point = tuple[float, float]
Links = Mapping[str, Sequence[str]]

_GAP, _SWEEPS, _PULLS = 26.0, 24, 200


class Layout(Frozen):
    """Middles of the boxes, and for each edge the points from its source to its target."""

    places: Mapping[str, Point]
    routes: Mapping[Edge, tuple[Point, ...]]
    width: float
    height: float


def lay_out(
    widths: Mapping[str, float], labels: Mapping[Edge, float], *, box_height: float, label_height: float
) -> Layout:
    """Layers for boxes of these `widths`, the most important first; `labels`: their edges, and each label's width."""
    down = _downwards(list(widths), list(labels))
    ranks = _ranks(list(widths), [edge if down[edge] else edge[::-1] for edge in labels])
    chains = {edge: _chain(edge, ranks, is_down=down[edge]) for edge in labels}
    across = {**widths, **{point: 8.0 for chain in chains.values() for point in chain if point not in widths}}
    for edge, chain in chains.items():
        across[chain[1] if down[edge] else chain[-2]] = max(8.0, labels[edge])
    layers = _sorted_layers(list(widths), ranks, list(chains.values()))
    at = _across(layers, across, list(chains.values()))
    heights = _heights(len(layers), box_height, label_height)
    row = {name: heights[number] for number, layer in enumerate(layers) for name in layer}
    routes = {
        edge: tuple((at[p], row[p]) for p in (chain if down[edge] else chain[::-1])) for edge, chain in chains.items()
    }
    width = max(at[name] + across[name] / 2 for name in at)
    return Layout({name: (at[name], row[name]) for name in widths}, routes, width, heights[-1] + box_height / 2)


def _downwards(names: Sequence[str], edges: Sequence[Edge]) -> dict[Edge, bool]:
    """Which edges go down; the others close a circle and go up."""
    down: dict[Edge, bool] = {}
    open_, done = set[str](), set[str]()

    def visit(name: str) -> None:
        open_.add(name)
        for edge in (edge for edge in edges if edge[0] == name):
            down[edge] = edge[1] not in open_
            if edge[1] not in open_ | done:
                visit(edge[1])
        open_.discard(name)
        done.add(name)

    for name in names:
        if name not in done:
            visit(name)
    return down


def _ranks(names: Sequence[str], edges: Sequence[Edge]) -> dict[str, int]:
    """Two layers between the ends of an edge at least; a box without an arrow to it stands above its first target."""
    ranks = dict.fromkeys(names, 0)
    for _ in names:
        for source, target in edges:
            ranks[target] = max(ranks[target], ranks[source] + 2)
    return ranks


def _chain(edge: Edge, ranks: Mapping[str, int], *, is_down: bool) -> tuple[str, ...]:
    """The edge from its upper end to its lower, with a point on every layer between them."""
    upper, lower = edge if is_down else edge[::-1]
    points = (f"{edge[0]}>{edge[1]}@{rank}" for rank in range(ranks[upper] + 1, ranks[lower]))
    return (upper, *points, lower)


def _sorted_layers(names: Sequence[str], ranks: Mapping[str, int], chains: Sequence[Sequence[str]]) -> list[list[str]]:
    layers: list[list[str]] = [[] for _ in range(max(ranks.values()) + 1)]
    for name in names:
        layers[ranks[name]].append(name)
    for chain in chains:
        for number, point in enumerate(chain[1:-1], start=ranks[chain[0]] + 1):
            layers[number].append(point)
    links = _links(chains)
    best, fewest = [list(layer) for layer in layers], _crossings(layers, links)
    for sweep in range(_SWEEPS):
        numbers = range(1, len(layers)) if sweep % 2 == 0 else range(len(layers) - 2, -1, -1)
        for number in numbers:
            beside = layers[number - 1 if sweep % 2 == 0 else number + 1]
            _sort_by(layers[number], {name: at for at, name in enumerate(beside)}, links)
        if (crossings := _crossings(layers, links)) < fewest:
            best, fewest = [list(layer) for layer in layers], crossings
    return best


def _sort_by(layer: list[str], beside: Mapping[str, int], links: Links) -> None:
    """Each to the middle of those it is joined to on the layer beside; who has none stays."""
    wanted = {}
    for at, name in enumerate(layer):
        joined = [beside[other] for other in links.get(name, ()) if other in beside]
        wanted[name] = sum(joined) / len(joined) if joined else float(at)
    layer.sort(key=wanted.__getitem__)


def _links(chains: Iterable[Sequence[str]]) -> Links:
    """Who is joined to whom; in an order of its own, so that a map comes out the same every time."""
    links: dict[str, list[str]] = {}
    for chain in chains:
        for one, other in pairwise(chain):
            links.setdefault(one, []).append(other)
            links.setdefault(other, []).append(one)
    return links


def _crossings(layers: Sequence[Sequence[str]], links: Links) -> int:
    count = 0
    for upper, lower in pairwise(layers):
        order = {name: at for at, name in enumerate(lower)}
        ends = [(at, order[to]) for at, name in enumerate(upper) for to in links.get(name, ()) if to in order]
        count += sum((a - c) * (b - d) < 0 for n, (a, b) in enumerate(ends) for c, d in ends[:n])
    return count


def _across(
    layers: Sequence[Sequence[str]], widths: Mapping[str, float], chains: Sequence[Sequence[str]]
) -> dict[str, float]:
    """Middles: packed first, then drawn to what each is joined to, again and again, without changing places."""
    columns, links, at = _columns(chains), _links(chains), dict[str, float]()
    for layer in layers:
        _push_apart(layer, dict.fromkeys(layer, 0.0), widths, at)
    for pull in range(2 * _PULLS):  # then only straightened
        wanted = {name: x for column in columns for name, x in _pull(column, links if pull < _PULLS else {}, at)}
        for layer in layers:
            _push_apart(layer, {name: wanted.get(name, at[name]) for name in layer}, widths, at)
    left = min(at[name] - widths[name] / 2 for name in at)
    return {name: x - left for name, x in at.items()}


def _columns(chains: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
    """What wants to stand in one line: the points of an arrow, and boxes that lead to nothing but each other."""
    below, above = Counter(chain[0] for chain in chains), Counter(chain[-1] for chain in chains)
    columns: list[dict[str, None]] = []
    boxes = [(end,) for chain in chains for end in (chain[0], chain[-1])]
    for chain in (*chains, *boxes):
        alone = len(chain) == 1 or (below[chain[0]] == 1 and above[chain[-1]] == 1)
        column = dict.fromkeys(chain if alone else chain[1:-1])
        for other in [other for other in columns if other.keys() & column.keys()]:
            column |= other
            columns.remove(other)
        columns.append(column)
    return [tuple(column) for column in columns]


def _pull(column: tuple[str, ...], links: Links, at: Mapping[str, float]) -> Iterable[tuple[str, float]]:
    """Half the way to the middle of those it is joined to; a column moves as one."""
    joined = [at[other] for name in column for other in links.get(name, ()) if other not in column]
    here = sum(at[name] for name in column) / len(column)
    there = (here + sum(joined) / len(joined)) / 2 if joined else here
    return ((name, there) for name in column)


def _push_apart(
    layer: Sequence[str], wanted: Mapping[str, float], widths: Mapping[str, float], at: dict[str, float]
) -> None:
    """As near to `wanted` as they can stand in this order: groups that collide settle round their common middle."""
    groups: list[tuple[list[str], float]] = []  # names, and where the first of them wants to stand on average
    offsets: dict[str, float] = {}
    for name in layer:
        group, start, offsets[name] = [name], wanted[name], 0.0
        while groups:
            before, first = groups[-1]
            reach = offsets[before[-1]] + (widths[before[-1]] + widths[group[0]]) / 2 + _GAP
            if first + reach <= start:
                break
            groups.pop()
            offsets |= {member: offsets[member] + reach for member in group}
            group = before + group
            start = sum(wanted[member] - offsets[member] for member in group) / len(group)
        groups.append((group, start))
    for group, start in groups:
        at.update({name: start + offsets[name] for name in group})


def _heights(layers: int, box_height: float, label_height: float) -> list[float]:
    heights, y = [], box_height / 2
    for _ in range(layers):
        heights.append(y)
        y += (box_height + label_height) / 2
    return heights
