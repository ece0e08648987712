"""What a check has found, and how much it has looked at."""

from collections.abc import Iterator

from menus.checking.findings import Finding
from menus.checking.positions import Link
from values.frozen import Frozen


class Report(Frozen):
    """The walk came to `positions`, where a session can be, and drew `states`: every screen in every case, with every
    reason above it. The `drawings` are those that look different. Laid out in every language for every budget they have
    `pages`. `links` are the ways between screens, `ends` the screens that end the session."""

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
        """The findings, one per line, then the summary."""
        yield from map(str, self.findings)
        yield self.summary

    @property
    def summary(self) -> str:
        found = f"{len(self.findings)} findings" if self.findings else "no findings"
        return (
            f"{self.screens} screens x {self.languages} languages x {self.budgets} budgets: {self.states:,} states, "
            f"{self.drawings:,} drawings, {self.pages:,} pages, {self.texts} texts in {self.seconds:.1f} s: {found}"
        )
