"""From measurements to figures: for each case and each name, one number a round."""

from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import TypeAlias

from bench.cases import BenchCase
from bench.driver import Result
from bench.running import Measurement

Figures: TypeAlias = dict[str, dict[str, list[float]]]
"""By label and by name. Ratios are to what was measured in the same round, so a slow minute slows both sides.

    hops_a_second, sessions_a_second, p50_ms, p99_ms      while it was measured
    server_us, postgres_us, valkey_us, driver_us          CPU for a hop, until the last SMS is sent
    all_us                                                of server, PostgreSQL and Valkey
    row_versions, wal_bytes, commits                      for a session; row_versions once, of all rounds together
    sms_out                                               share of the SMS that were sent when the driver stopped
    act_us                                                of the three, for a session
    to_bare, to_tutorial, cpu_to_tutorial                 ratios of hops a second, and of all_us
    acts_without                                          ratio of sessions a second to those of the same without escrow
    act_us_without, row_versions_without, …               likewise, of each of OF_AN_ACT
    open_a_second, open_p50_ms, open_p99_ms               in an open loop: sessions that began, and hops from when due
    open_p99_to_bare                                      ratio to bare's, each at half of what it can do
"""

SERVERS = ("server", "postgres", "valkey")
OF_AN_ACT = ("act_us", "row_versions", "wal_bytes", "commits")  # what it costs


def figures_of(
    measurements: Mapping[BenchCase, Sequence[Measurement]], row_versions: Mapping[BenchCase, float | None]
) -> Figures:
    """Return the figures of all cases."""
    figures = {case.label: _own(taken, row_versions.get(case)) for case, taken in measurements.items()}
    for case in measurements:
        mine = figures[case.label]
        if bare := figures.get(case.bare or ""):
            mine["to_bare"] = _ratios(mine, bare, "hops_a_second")
        if tutorial := figures.get(case.tutorial or ""):
            mine["to_tutorial"] = _ratios(mine, tutorial, "hops_a_second")
            mine["cpu_to_tutorial"] = _ratios(mine, tutorial, "all_us")
        if without := figures.get(case.without or ""):
            mine["acts_without"] = _ratios(mine, without, "sessions_a_second")
            mine |= {f"{name}_without": _ratios(mine, without, name) for name in OF_AN_ACT}
    return figures


def add_open(figures: Figures, measurements: Mapping[BenchCase, Sequence[Measurement]]) -> None:
    """Add the figures of the open loop."""
    for case, taken in measurements.items():
        figures[case.label] |= {
            "open_a_second": [sessions_a_second(one.result) for one in taken],
            "open_p50_ms": [one.result.p50_ms for one in taken],
            "open_p99_ms": [one.result.p99_ms for one in taken],
        }
    for case in measurements:
        mine, bare = figures[case.label], figures.get(case.bare or "", {})
        if "open_p99_ms" in bare:
            mine["open_p99_to_bare"] = _ratios(mine, bare, "open_p99_ms")


def middle(figures: Figures, label: str, name: str) -> float | None:
    """Return the median of the rounds; None where it was not measured."""
    rounds = figures.get(label, {}).get(name)
    return median(rounds) if rounds else None


def _own(taken: Sequence[Measurement], row_versions: float | None) -> dict[str, list[float]]:
    def each(of: Callable[[Measurement], float | None]) -> list[float]:
        return [found for found in map(of, taken) if found is not None]

    figures = {
        "hops_a_second": each(lambda one: one.result.hops / one.result.seconds),
        "sessions_a_second": each(lambda one: sessions_a_second(one.result)),
        "p50_ms": each(lambda one: one.result.p50_ms or None),
        "p99_ms": each(lambda one: one.result.p99_ms or None),
        "all_us": each(lambda one: sum(one.cpu_us.get(name, 0.0) for name in SERVERS)),
        "act_us": each(_act_us),
        "wal_bytes": each(lambda one: one.wal_bytes),
        "commits": each(lambda one: one.commits),
        "sms_out": each(lambda one: one.sms_out),
        "row_versions": [] if row_versions is None else [row_versions],
    }
    for name in (*SERVERS, "driver"):
        figures[f"{name}_us"] = [one.cpu_us[name] for one in taken if name in one.cpu_us]
    return {name: rounds for name, rounds in figures.items() if rounds}


def _act_us(one: Measurement) -> float | None:
    """Return the CPU of all servers for a session."""
    if not one.result.sessions:
        return None
    return sum(one.cpu_us.get(name, 0.0) for name in SERVERS) * one.result.all_hops / one.result.sessions


def sessions_a_second(result: Result) -> float:
    """Return the sessions of a second while it was measured: hops, divided by those of a session."""
    return result.hops / result.seconds * result.sessions / result.all_hops


def _ratios(mine: dict[str, list[float]], other: dict[str, list[float]], name: str) -> list[float]:
    return [ours / theirs for ours, theirs in zip(mine[name], other[name], strict=True) if theirs]
