"""The map of the menus shows what the code does, and the map in docs/ is up to date."""

from pathlib import Path

import pytest

from menus.map.diagram import Arrow, Map, draw_map, to_mermaid, update_page
from menus.screen import SCREENS

PAGE = Path(__file__).parents[3] / "docs" / "menus.md"
REDRAW = "out of date: run `voicepact menus map --mermaid docs/menus.md`"


@pytest.fixture(scope="module")
def drawn() -> Map:
    return draw_map()


def test_every_screen_is_on_the_map(drawn: Map) -> None:
    assert {box.name for box in drawn.boxes} == set(SCREENS)


def test_every_arrow_with_a_binding_effect_has_a_lock(drawn: Map) -> None:
    binding = [arrow for arrow in drawn.arrows if {"Confirm", "Decline", "MakeContract"} & set(arrow.effects)]
    assert binding and all(arrow.lock for arrow in binding)
    assert Arrow("settings.language", "settings.said", ("SetLanguage",)) in drawn.arrows


def test_the_map_in_docs_is_what_the_command_writes(drawn: Map) -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page.count("```mermaid\n") == 1
    assert page == update_page(page, drawn), REDRAW


def test_mermaid_has_a_line_for_each_box_and_arrow(drawn: Map) -> None:
    lines = to_mermaid(drawn).splitlines()
    assert lines[0] == "flowchart TD"
    assert sum("-->" in line for line in lines) == len(drawn.arrows)
    assert sum("<br/>" in line for line in lines) == len(drawn.boxes)
    assert '    pin -->|"🔒 Confirm"| contract_confirmed' in lines
    assert '    contract_confirmed(["<b>contract.confirmed</b><br/>' in "\n".join(lines)


def test_only_the_mermaid_block_of_a_page_is_replaced(drawn: Map) -> None:
    page = "# Title\n\n```mermaid\nflowchart TD\n    old\n```\n\n```sh\nls\n```\n"
    assert update_page(page, drawn) == f"# Title\n\n```mermaid\n{to_mermaid(drawn)}```\n\n```sh\nls\n```\n"


@pytest.mark.parametrize("page", ["", "# A page without a map\n"])
def test_a_page_without_a_map_gets_one(page: str, drawn: Map) -> None:
    written = update_page(page, drawn)
    assert written.startswith(page) and written.endswith(f"\n```mermaid\n{to_mermaid(drawn)}```\n")
    assert update_page(written, drawn) == written
