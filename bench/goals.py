"""What the figures should be: what a run must reach, and what is aimed at."""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from bench.cases import BROWSE, CHEAP, CONFIRM, DLR, FEW, MANY, MO, MOST, BenchCase
from bench.figures import Figures, middle
from bench.sending import MT


@dataclass(frozen=True, slots=True)
class Goal:
    """`found` takes the figures, and gives None where that was not measured. `aim` below `must`: less is better."""

    what: str
    found: Callable[[Figures], float | None]
    must: float
    aim: float

    def verdict(self, figures: Figures) -> str | None:
        """Return a line of the report; None where it was not measured."""
        found = self.found(figures)
        if found is None:
            return None
        sign = -1 if self.aim < self.must else 1
        word = "the aim is met" if sign * found >= sign * self.aim else "enough, short of the aim"
        word = word if sign * found >= sign * self.must else "MISSED"
        return f"{self.what}: {found:.2f} (must {self.must:g}, aim {self.aim:g}): {word}"


def _median(label: str, name: str) -> Callable[[Figures], float | None]:
    return lambda figures: middle(figures, label, name)


def _ratio(one: BenchCase, other: BenchCase, name: str) -> Callable[[Figures], float | None]:
    """Return what gives the median ratio of a figure of two cases, each of the same round."""

    def found(figures: Figures) -> float | None:
        both = [figures.get(case.label, {}).get(name, []) for case in (one, other)]
        ratios = [mine / theirs for mine, theirs in zip(*both, strict=False)]
        return median(ratios) if ratios else None

    return found


GOALS = (
    Goal("confirm, hops a second to the tutorial's", _median(CONFIRM.label, "to_tutorial"), 3, 5),
    Goal("confirm, CPU of all to the tutorial's", _median(CONFIRM.label, "cpu_to_tutorial"), 0.4, 0.3),
    Goal("confirm, hops a second to bare", _median(CONFIRM.label, "to_bare"), 0.10, 0.18),
    Goal("confirms a second, production PIN to the cheapest", _ratio(CONFIRM, CHEAP, "sessions_a_second"), 0.7, 0.85),
    Goal("confirm, p99 in an open loop to bare's", _median(CONFIRM.label, "open_p99_to_bare"), 2.5, 1.5),
    Goal("browse, hops a second to bare", _median(BROWSE.label, "to_bare"), 0.25, 0.45),
    Goal("MO, a second to bare", _median(MO.label, "to_bare"), 0.25, 0.4),
    Goal("DLR, a second to bare", _median(DLR.label, "to_bare"), 0.5, 0.7),
    Goal("WAL of a confirm, 1 M contracts to 10 k", _ratio(MANY, FEW, "wal_bytes"), 1.5, 1.2),
    Goal("CPU of a hop, 10 M contracts to 10 k", _ratio(MOST, FEW, "all_us"), 1.2, 1.1),
    Goal("MT, a second to the bare client", _median(MT.label, "to_bare"), 0.8, 1),
)
