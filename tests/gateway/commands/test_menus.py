"""`voicepact menus`: progress on stderr, the map in a file."""

from pathlib import Path

import pytest

from gateway.commands.menus import _progress, map_
from menus.map.diagram import draw_map, to_mermaid


def test_progress_is_one_line_for_each_sample_input_where_there_is_no_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with _progress(2) as on_progress:
        on_progress("everyday words")
        on_progress("longest words")
    shown = capsys.readouterr()
    assert shown.err == "checked 1 of 2: everyday words\nchecked 2 of 2: longest words\n"
    assert shown.out == ""


@pytest.mark.parametrize("name", ["map.mmd", "map.md"])
def test_the_map_is_written_into_a_file(name: str, tmp_path: Path) -> None:
    map_(mermaid=tmp_path / name)
    assert to_mermaid(draw_map()) in (tmp_path / name).read_text(encoding="utf-8")


def test_the_map_goes_to_stdout_without_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    map_()
    assert capsys.readouterr().out == to_mermaid(draw_map())
