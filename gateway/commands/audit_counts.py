"""What `voicepact audit verify` found, and how it says that."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from contracts.proof.log.anchors import Anchor
from gateway.commands.audit_bindings import BindingCounts
from gateway.commands.terminal import pluralize


@dataclass(slots=True)
class Counts:
    """How many rows were checked. `seals`: of entries from before the log; `checkpoints`: of these and of the log;
    `signatures`: signed confirmations; `unsigned`: those from before migration 0007; `unlogged`: entries that are too
    new to be in the log. `is_pinned`: signatures were checked with keys that are believed, not with whatever the record
    names; `log_is_pinned`: so was that of the log's newest checkpoint. `cosignatures`: of witnesses; `timestamps`: of
    authorities; `unchecked_timestamps`: those whose roots are not set; `anchors`: checkpoints whose proofs lead to a
    block of Bitcoin; `newest_anchor`: the size of the last, and the block; `unwitnessed_since`: the time of the first
    checkpoint of those that too few witnesses have cosigned; `void`: a line for each confirmation that a revoked key
    signed too late to count; `movements`: of money; `bindings`: of contracts from before entries bound their rows."""

    entries: int = 0
    chains: int = 0
    seals: int = 0
    checkpoints: int = 0
    signatures: int = 0
    unsigned: int = 0
    contracts: int = 0
    movements: int = 0
    unlogged: int = 0
    is_pinned: bool = False
    log_is_pinned: bool = False
    cosignatures: int = 0
    timestamps: int = 0
    unchecked_timestamps: int = 0
    anchors: int = 0
    newest_anchor: tuple[int, Anchor] | None = None
    unwitnessed_since: datetime | None = None
    void: tuple[str, ...] = ()
    bindings: BindingCounts = field(default_factory=BindingCounts)


def told(counts: Counts, seconds: float) -> Iterator[str]:
    """Yield the lines for a record that is whole: how much was checked, and what a reader should know of it."""
    yield (
        f"whole   {pluralize(counts.entries, 'audit entry', 'audit entries')} in {pluralize(counts.chains, 'chain')}, "
        f"{pluralize(counts.seals, 'seal')}, {pluralize(counts.checkpoints, 'checkpoint')}, "
        f"{pluralize(counts.signatures, 'signature')}, {pluralize(counts.contracts, 'contract')} "
        f"in {seconds:.1f} s"
    )
    yield from (f"        {line}" for line in [*_of_others(counts), *_of_trust(counts)])


def _of_others(counts: Counts) -> Iterator[str]:
    """Yield what rails, witnesses, authorities and calendars have to do with it."""
    if counts.movements:
        yield f"{pluralize(counts.movements, 'movement')} of money"
    if counts.cosignatures or counts.timestamps:
        stamps = pluralize(counts.timestamps, "timestamp")
        yield f"{pluralize(counts.cosignatures, 'cosignature')} of witnesses, {stamps} of authorities"
    if counts.unchecked_timestamps:
        stamps = pluralize(counts.unchecked_timestamps, "timestamp was", "timestamps were")
        yield f"{stamps} not checked: set TIMESTAMP_ROOTS to the authority's certificates"
    if counts.newest_anchor:
        size, anchor = counts.newest_anchor
        yield f"{pluralize(counts.anchors, 'checkpoint')} anchored; the last, of {size} leaves, was there before"
        yield f"block {anchor.height} of Bitcoin, if that has the Merkle root {anchor.shown_root}"
    if counts.unwitnessed_since:
        since = f"{counts.unwitnessed_since.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        yield f"too few witnesses have cosigned since {since}: what is newer could still be altered unseen"


def _of_trust(counts: Counts) -> Iterator[str]:
    """Yield what was not checked, or not as strictly as it could be."""
    if counts.unlogged:
        entries = pluralize(counts.unlogged, "entry is", "entries are")
        yield f"{entries} not in the log yet: a running service enters them within seconds"
    if not counts.is_pinned:
        yield "no key is pinned: signatures were checked with the keys that the record names; set"
        yield "SIGNATURE_PRIVATE_KEY, or SIGNATURE_PUBLIC_KEYS where that key is not"
    if counts.checkpoints and not counts.log_is_pinned:
        yield "no key of the log is pinned: whoever made it anew would be believed; set LOG_PRIVATE_KEY, or"
        yield "give --policy a file with the line that `voicepact log show` printed when you trusted it"
    if counts.unsigned:
        yield f"{pluralize(counts.unsigned, 'confirmation is', 'confirmations are')} from before words were signed"
    yield from counts.bindings.lines()
