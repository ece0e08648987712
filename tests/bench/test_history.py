"""A history of `make bench` says what changed, and no more than the rounds can tell."""

from pathlib import Path

import pytest

from bench import history
from bench.figures import Figures
from bench.history import HistoryEntry, changes, circumstances, new_entry

_OPTIONS = {"users": 32.0, "seconds": 3.0, "rounds": 3.0}


def _entry(figures: Figures) -> HistoryEntry:
    return new_entry(figures, _OPTIONS)


@pytest.mark.parametrize(
    ("name", "before", "now", "told"),
    [
        pytest.param("to_bare", [0.10, 0.11, 0.12], [0.08, 0.09, 0.095], "SLOWER", id="each round is slower"),
        pytest.param("to_bare", [0.10, 0.11, 0.12], [0.08, 0.09, 0.101], None, id="the rounds overlap"),
        pytest.param("to_tutorial", [2.0, 2.1, 2.2], [3.0, 3.1, 2.9], "better", id="each round is quicker"),
        pytest.param("to_bare", [0.10], [0.05], None, id="one round shows no noise"),
        pytest.param("commits", [1.35, 1.35], [1.36, 1.36], None, id="hardly another count"),
        pytest.param("row_versions", [20.5], [24.0], "SLOWER", id="an act writes more"),
        pytest.param("wal_bytes", [21_000.0, 21_500.0], [9_000.0, 9_100.0], "better", id="an act writes less"),
        pytest.param("hops_a_second", [2_000.0], [100.0], None, id="another machine"),
    ],
)
def test_what_is_told(name: str, before: list[float], now: list[float], told: str | None) -> None:
    lines = changes(_entry({"confirm": {name: before}}), _entry({"confirm": {name: now}, "new": {name: now}}))
    assert [line.split()[0] for line in lines] == ([told] if told else [])


def test_other_circumstances_are_told() -> None:
    before, now = new_entry({}, _OPTIONS), new_entry({}, {**_OPTIONS, "seconds": 1.0})
    assert circumstances(before, before) == []
    assert circumstances(before, now) == ["OTHER  seconds: 3.0 before, 1.0 now"]


def test_a_history_is_a_line_for_each_run(tmp_path: Path) -> None:
    file = tmp_path / "speed.jsonl"
    entries = [_entry({"confirm": {"to_bare": [share]}}) for share in (0.1, 0.2)]
    for entry in entries:
        history.append(file, entry)
    assert len(file.read_bytes().splitlines()) == 2
    assert history.latest(file) == entries[1]
    assert entries[1].revision and entries[1].machine["cores"]


def test_another_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "speed.json"
    file.write_text('{"rows": []}')
    with pytest.raises(ValueError, match="no history"):
        history.latest(file)
