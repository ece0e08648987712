"""The version of the menus that evidence names: it changes with whatever may change what a caller reads."""

import shutil
from pathlib import Path

import pytest

import menus
from menus import MENU_VERSION, version_of


@pytest.fixture
def copied_menus(tmp_path: Path) -> Path:
    """A copy of the menus' folder that a test may change."""
    return Path(shutil.copytree(Path(menus.__file__).parent, tmp_path / "menus"))


def test_the_same_menus_have_the_same_version(copied_menus: Path) -> None:
    assert version_of(copied_menus) == MENU_VERSION


@pytest.mark.parametrize(
    "name",
    ["session.py", "screens/home.py", "sms/sentences.py", "phrases/due.py", "locale/sw.po"],
)
def test_a_change_in_each_folder_gives_another_version(copied_menus: Path, name: str) -> None:
    with (copied_menus / name).open("a", encoding="utf-8") as changed:
        changed.write("# one comment more\n")
    assert version_of(copied_menus) != MENU_VERSION


@pytest.mark.parametrize("name", ["checking/walk.py", "map/diagram.py", "paper/headings.py", "locale/README.md"])
def test_what_no_caller_reads_leaves_the_version_as_it_is(copied_menus: Path, name: str) -> None:
    with (copied_menus / name).open("a", encoding="utf-8") as changed:
        changed.write("# one comment more\n")
    assert version_of(copied_menus) == MENU_VERSION
