"""Faults that the checker has found: where each is, which rule it breaks, and why."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from values.frozen import Frozen, replace

ANY_LANGUAGE = "*"

Subject = TypeVar("Subject")
Rule = Callable[[Subject], Iterator[str]]  # gives a reason for each fault; none if all is well


class Finding(Frozen, order=True):
    """One fault. It was seen in `states` states of this screen and language; `state` names the first."""

    screen: str
    language: str
    state: str
    rule: str
    reason: str
    states: int = 1

    def __str__(self) -> str:
        others = f" (and {self.states - 1} states more)" if self.states > 1 else ""
        return f"{self.screen} · {self.language} · {self.state} · {self.rule}: {self.reason}{others}"


class Findings:
    """Collects faults. The same fault in many states is one finding."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str, str, str], Finding] = {}

    def add(self, screen: str, language: str, state: str, rule: str, reasons: Iterable[str]) -> None:
        """Add one fault for each reason."""
        for reason in reasons:
            key = (screen, language, rule, reason)
            before = self._found.get(key)
            self._found[key] = (
                replace(before, states=before.states + 1) if before else Finding(screen, language, state, rule, reason)
            )

    def report(self, screen: str, state: str, rule: str, reason: str) -> None:
        """Add one fault that is the same in every language."""
        self.add(screen, ANY_LANGUAGE, state, rule, (reason,))

    def all(self) -> tuple[Finding, ...]:
        return tuple(sorted(self._found.values()))
