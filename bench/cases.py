"""What a bench measures. Each case is a process of its own with a database of its own."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from bench.processes import HERE
from contracts.pin_hash import MEMORY_KIB, TIME_COST

CHEAP_PIN = {"PIN_MEMORY_KIB": 8, "PIN_PASSES": 1}
REAL_PIN = {"PIN_MEMORY_KIB": MEMORY_KIB, "PIN_PASSES": TIME_COST}


@dataclass(frozen=True, slots=True, eq=False)
class BenchCase:
    """One row of the report: a server that plays one scenario.

    `plays`: what the driver does. `bare`, `tutorial`, `without`: the labels of the cases it is compared with, the last
    the one that does the same without escrow. `kind`: whose people its database has. `module` is run with `arguments`,
    from the checkout in `code`. `contracts`: so many are there from the beginning, and who calls is anybody of theirs;
    0: callers and contracts are new for each measurement.
    """

    label: str
    plays: str
    module: str
    arguments: tuple[str, ...] = ("{port}",)
    kind: Literal["bare", "tutorial", "service"] = "service"
    bare: str | None = None
    tutorial: str | None = None
    pin: dict[str, int] = field(default_factory=lambda: REAL_PIN)
    sends: bool = False
    code: Path = HERE
    contracts: int = 0
    without: str | None = None

    @property
    def has_rail(self) -> bool:
        """Whether the server has an account of mobile money: where contracts have escrow."""
        return self.without is not None


_SERVE = ("serve", "--port", "{port}")
_BARE, _BARE_MO = "bare aiohttp", "bare aiohttp, an MO"
_TUTORIAL, _TUTORIAL_MO = "tutorial, confirm", "tutorial, an MO"

BARE = BenchCase(_BARE, "dials", "bench.bare", kind="bare")
TUTORIAL = BenchCase(_TUTORIAL, "confirm", "bench.tutorial", kind="tutorial", bare=_BARE, sends=True)
CONFIRM = BenchCase("confirm", "confirm", "gateway", _SERVE, bare=_BARE, tutorial=_TUTORIAL, sends=True)
CHEAP = replace(CONFIRM, label="  with the cheapest PIN", tutorial=None, pin=CHEAP_PIN)
NOT_SENDING = replace(
    CONFIRM, label="  sending no SMS", module="bench.silent", arguments=("{port}",), tutorial=None, sends=False
)
TWO_WORKERS = replace(CONFIRM, label="  by two workers", arguments=(*_SERVE, "--workers", "2"), tutorial=None)
BARE_MO = replace(BARE, label=_BARE_MO, plays="messages")
TUTORIAL_MO = replace(TUTORIAL, label=_TUTORIAL_MO, plays="messages", bare=_BARE_MO)
MO = replace(CONFIRM, label="MO, stored and answered", plays="messages", bare=_BARE_MO, tutorial=_TUTORIAL_MO)

WRONG_PIN = replace(CONFIRM, label="wrong PIN", plays="wrong_pin", tutorial=None, sends=False)
BROWSE = replace(WRONG_PIN, label="browse", plays="browse")
SETTINGS = replace(WRONG_PIN, label="settings", plays="settings")
AGREE = replace(WRONG_PIN, label="agree on a contract", plays="agree", sends=True)
DELIVER = replace(AGREE, label="deliver and receive", plays="deliver")
RECEIVE = replace(AGREE, label="receive", plays="receive")
ESCROW_CONFIRM = replace(
    CONFIRM, label="confirm, with escrow", plays="confirm_escrow", tutorial=None, without=CONFIRM.label
)
ESCROW_RECEIVE = replace(RECEIVE, label="receive, with escrow", plays="receive_escrow", without=RECEIVE.label)
DLR = replace(WRONG_PIN, label="DLR", plays="reports", bare=_BARE_MO)

FEW = replace(CONFIRM, label="confirm, 10 k contracts", tutorial=None, contracts=10_000)
MANY = replace(FEW, label="confirm, 1 M contracts", contracts=1_000_000)
MOST = replace(FEW, label="confirm, 10 M contracts", contracts=10_000_000)

SCENARIOS = {
    "confirm": (BARE, TUTORIAL, CONFIRM, CHEAP, NOT_SENDING),
    "wrong-pin": (BARE, WRONG_PIN),
    "browse": (BARE, BROWSE),
    "settings": (BARE, SETTINGS),
    "agree": (BARE, AGREE),
    "deliver": (BARE, DELIVER),
    "escrow": (CONFIRM, ESCROW_CONFIRM, RECEIVE, ESCROW_RECEIVE),
    "mo": (BARE_MO, TUTORIAL_MO, MO),
    "dlr": (BARE_MO, DLR),
}
"""The cases of each scenario that can be asked for by name."""

ONLY_BY_NAME = {"workers": (BARE, CONFIRM, TWO_WORKERS), "1m": (BARE, FEW, MANY), "10m": (BARE, FEW, MOST)}
"""Scenarios for which few machines have cores enough, and that take long to prepare: some minutes, and an hour."""

OPEN_LOOP = frozenset({BARE, TUTORIAL, CONFIRM, BROWSE})
"""The cases that are measured in an open loop, too."""


def confirm_of(code: Path) -> BenchCase:
    """Return the confirm scenario of another checkout of the service."""
    return replace(CONFIRM, label=f"  the same at {code}", code=code)
