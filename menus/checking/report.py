"""What a check has found, and how much it has looked at."""

from collections.abc import Iterator

from menus.checking.findings import Finding
from menus.checking.positions import Link
from values.frozen import Frozen


class Report(Frozen):
    """`states`: of all screens together, each with every reason above it. `drawings`: those that look different; each
    was laid out in every language on every network, which gave so many `pages`."""

    screens: int
    languages: int
    budgets: int
    positions: int
    states: int
    drawings: int
    pages: int
    texts: int
    seconds: float
    findings: tuple[Finding, ...]
    links: frozenset[Link]
    ends: frozenset[str]

    @property
    def is_clean(self) -> bool:
        return not self.findings

    def lines(self) -> Iterator[str]:
        """The findings, one a line, then what was looked at."""
        yield from map(str, self.findings)
        yield self.summary

    @property
    def summary(self) -> str:
        found = f"{len(self.findings)} findings" if self.findings else "no findings"
        return (
            f"{self.screens} screens x {self.languages} languages x {self.budgets} budgets: {self.states:,} states, "
            f"{self.drawings:,} drawings, {self.pages:,} pages, {self.texts} texts in {self.seconds:.1f} s: {found}"
        )
