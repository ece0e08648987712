"""The map: what it shows is what the code does, and the one in docs/ is today's."""

from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import pytest

from menus.map.diagram import Arrow, Map, draw_map, to_mermaid, to_page
from menus.map.layout import lay_out
from menus.map.svg import to_svg
from menus.screen import SCREENS

DOCS = Path(__file__).parents[2] / "docs"
REDRAW = "out of date: run `voicepact menus map --svg docs/menus.svg --mermaid docs/menus.md`"


@pytest.fixture(scope="module")
def drawn() -> Map:
    return draw_map()


def test_every_screen_is_on_it(drawn: Map) -> None:
    assert {box.name for box in drawn.boxes} == set(SCREENS)


def test_what_binds_is_behind_a_lock(drawn: Map) -> None:
    binding = [arrow for arrow in drawn.arrows if {"Confirm", "Decline", "MakeContract"} & set(arrow.effects)]
    assert binding and all(arrow.lock for arrow in binding)
    assert Arrow("settings.language", "settings.said", ("SetLanguage",)) in drawn.arrows


def test_the_one_in_docs_is_todays(drawn: Map) -> None:
    assert (DOCS / "menus.svg").read_text(encoding="utf-8") == to_svg(drawn), REDRAW
    assert (DOCS / "menus.md").read_text(encoding="utf-8") == to_page(drawn, "menus.svg"), REDRAW


def test_mermaid_has_a_line_for_each_box_and_arrow(drawn: Map) -> None:
    lines = to_mermaid(drawn).splitlines()
    assert lines[0] == "flowchart TD"
    assert sum("-->" in line for line in lines) == len(drawn.arrows)
    assert '    pin -->|"🔒 Confirm"| contract_confirmed' in lines
    assert '    contract_confirmed(["<b>contract.confirmed</b><br/>' in "\n".join(lines)


def test_the_picture_is_well_formed_and_names_every_screen(drawn: Map) -> None:
    tree = ElementTree.fromstring(to_svg(drawn))  # noqa: S314 - our own
    said = {text.text for text in tree.iter("{http://www.w3.org/2000/svg}text")}
    assert set(SCREENS) <= said


def test_no_two_boxes_lie_on_each_other(drawn: Map) -> None:
    widths = {box.name: 120.0 for box in drawn.boxes}
    labels = {(arrow.source, arrow.target): 80.0 for arrow in drawn.arrows}
    laid = lay_out(widths, labels, box_height=60, label_height=60)
    for one, other in combinations(laid.places.values(), 2):
        assert abs(one[0] - other[0]) >= 120 or abs(one[1] - other[1]) >= 60


def test_a_route_goes_from_its_source_to_its_target() -> None:
    labels = {("a", "b"): 10.0, ("b", "c"): 10.0, ("c", "a"): 10.0, ("a", "c"): 10.0}
    laid = lay_out({"a": 40.0, "b": 40.0, "c": 40.0}, labels, box_height=20, label_height=20)
    for (source, target), route in laid.routes.items():
        assert (route[0], route[-1]) == (laid.places[source], laid.places[target])
        assert len(route) >= 3
