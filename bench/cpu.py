"""CPU seconds of a process and its children, from /proc; 0.0 where there is none."""

import os
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_USER, _PARENT = 11, 1  # fields of /proc/<pid>/stat, counted after the program's name
_PROC = Path("/proc")


def family_seconds(pid: int) -> float:
    """Return the CPU seconds of `pid` and its children, including those that have ended."""
    return sum(_seconds(stat) for stat in (_stat(pid), *_stats_of_children(pid)))


def _stats_of_children(pid: int) -> list[list[str]]:
    stats = [_stat(int(entry.name)) for entry in _PROC.glob("[0-9]*")] if _PROC.exists() else []
    return [stat for stat in stats if stat and int(stat[_PARENT]) == pid]


def _stat(pid: int) -> list[str]:
    try:
        return (_PROC / str(pid) / "stat").read_text().rpartition(") ")[2].split()
    except OSError:
        return []


def _seconds(stat: list[str]) -> float:
    """User and system time, and that of children it has waited for."""
    return sum(map(int, stat[_USER : _USER + 4])) / _TICKS
