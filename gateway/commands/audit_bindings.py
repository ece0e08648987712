"""How `voicepact audit verify` counts contracts from before audit entries bound their rows."""

from collections.abc import Iterator
from dataclasses import dataclass

from contracts.proof.replay import Replayed
from gateway.commands.terminal import pluralize


@dataclass(slots=True)
class BindingCounts:
    """`bound`: contracts that an entry has bound since, from `since` to `until`; `unbound`: those that none has."""

    bound: int = 0
    unbound: int = 0
    since: str = ""
    until: str = ""

    def add(self, said: Replayed) -> None:
        """Count a contract by what its entries say."""
        self.unbound += not said.is_whole
        if said.bound_at:
            at = said.bound_at[-1]
            self.bound += 1
            self.since, self.until = min(self.since or at, at), max(self.until, at)

    def lines(self) -> Iterator[str]:
        """What the command says of them."""
        if self.bound:
            first, last = self.since[:10], self.until[:10]
            when = f"on {first}" if first == last else f"from {first} to {last}"
            bound = pluralize(self.bound, "contract is", "contracts are")
            yield f"{bound} from before entries bound rows, and bound {when}: until then only the database held them"
        if self.unbound:
            unbound = pluralize(self.unbound, "contract is", "contracts are")
            yield f"{unbound} not bound yet, and held by the database only: a running service binds them"
