"""Random lives of contracts with escrow, with a rail that says anything at any time.

VOICEPACT_MONEY_STEPS says how many steps (100000 for a thorough run)."""

import os
from collections import Counter
from random import Random

from contracts.refusals import Refusal
from tests.contracts.escrow.ledger_model import OVER
from tests.contracts.escrow.money_world import World
from tests.contracts.escrow.random_money import finish, make_world, random_act_with_escrow, random_money_step

STEPS = int(os.environ.get("VOICEPACT_MONEY_STEPS", "20000"))
SEED = 20261130
_STEPS_EACH = 80
_STEPS_AFTER_THE_END = 12

_STATUSES = (
    (None, "PENDING"), ("PENDING", "LOCKED"), ("PENDING", "FAILED"), ("PENDING", "RELEASED"), ("LOCKED", "RELEASED"),
    ("LOCKED", "REFUNDED"),
)  # fmt: skip
_REFUSALS = (
    Refusal.MONEY_MISSING, Refusal.LESS_THAN_RELEASED, Refusal.NOT_FOR_ESCROW, Refusal.NOTHING_TO_PAY,
    Refusal.PROMPTED_ALREADY, Refusal.NO_SHARE,
)  # fmt: skip
_SEEN = (
    *_STATUSES, *_REFUSALS, "late money", "money after the end", "told again", "receipt known", "paybill",
    "late payout", "not owed", ("failed", "prompt"), ("failed", "release"), ("failed", "refund"),
    ("asked again", True), ("asked again", False), "asked to pay",
)  # fmt: skip


def test_money_is_never_lost_doubled_or_stuck() -> None:
    """After every step the ledger is what a second reckoning says, and something can still be done; at the end each has
    what is theirs, and nothing waits."""
    random, seen, steps = Random(SEED), Counter[object](), 0  # noqa: S311 - not for secrets
    while steps < STEPS:
        world = make_world(random)
        steps += live(random, world)
        seen += world.seen
    assert not [what for what in _SEEN if not seen[what]], "each was met"


def live(random: Random, world: World) -> int:
    """Take random steps on one contract, then bring it to its end; return how many."""
    left, steps = _STEPS_AFTER_THE_END, 0
    for _ in range(_STEPS_EACH):
        steps += 1
        if world.contract.escrow and random.random() < 0.55:
            random_money_step(random, world)
        else:
            world.attempt(random_act_with_escrow(random, world.contract, world.now))
        world.check()
        left -= world.contract.status.value in OVER
        if not left or (world.contract.escrow is None and world.contract.status.value in OVER):
            break
    finish(random, world)
    return steps
