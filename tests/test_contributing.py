"""CONTRIBUTING.md has a line for every room, and no line for a room that is gone."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
LAYERS = ("gateway", "menus", "contracts", "storage")


def rooms_written() -> set[str]:
    """The folders of the drawn tree, as paths."""
    tree = (ROOT / "CONTRIBUTING.md").read_text().split("```")[1]
    layer, found = "", set[str]()
    for line in tree.splitlines():
        if top := re.match(r"([a-z]+)/", line):
            layer = top[1]
            found.add(layer)
        elif inner := re.match(r"  ([a-z_]+)/", line):
            found.add(f"{layer}/{inner[1]}")
    return found


def test_every_folder_of_the_product_has_a_line() -> None:
    folders = {
        f"{layer}/{folder.name}"
        for layer in LAYERS
        for folder in (ROOT / layer).iterdir()
        if folder.is_dir() and folder.name != "__pycache__"
    }
    layers = {*LAYERS, "values", "verifier", "sql", "tests", "bench", "docs"}
    assert rooms_written() == folders | layers


def test_every_path_named_is_there() -> None:
    named = re.findall(
        r"`((?:gateway|menus|contracts|storage|sql|tests|docs)/[\w/.*]+)`", (ROOT / "CONTRIBUTING.md").read_text()
    )
    assert len(named) > 15
    assert [path for path in named if not list(ROOT.glob(path.rstrip("/")))] == []
