"""Random lives of contracts against a model; VOICEPACT_LIFE_STEPS says how many steps (100000 is the whole of it)."""

import os
from collections import Counter
from copy import deepcopy
from decimal import Decimal
from random import Random

from contracts.contract import TRANSITIONS, Contract, Status, TimeAct
from contracts.refusals import Refusal
from tests.contracts.life_model import OVER, Model, told_by
from tests.contracts.walking import START, Step, born, next_step, take

STEPS = int(os.environ.get("VOICEPACT_LIFE_STEPS", "20000"))
SEED = 20261121
_STEPS_IN_A_LIFE = 60
_STEPS_AFTER_THE_END = 4


def test_a_life_goes_as_the_model_says() -> None:
    """Also that it has been everywhere: every move of the table, every deed done and refused."""
    random, seen, taken = Random(SEED), Counter[object](), 0  # noqa: S311 - not for secrets
    while taken < STEPS:
        contract, now, left = born(random), START, _STEPS_AFTER_THE_END
        model, numbers = Model.of(contract), [1]
        for _ in range(_STEPS_IN_A_LIFE):
            step = next_step(random, contract, now)
            before, told_before = contract, told_by(contract)
            after, expected = take(contract, step), deepcopy(model)
            done = expected.does(step)
            assert isinstance(after, Contract) == done, f"{step} to {told_before}: {after}"
            assert told_by(before) == told_before, "the one before is untouched"
            if isinstance(after, Contract):
                told = told_by(after)
                assert told == {name: getattr(expected, name) for name in told}, f"{step} to {told_before}"
                hold(before, after, step, numbers)
                seen[before.status, after.status] += 1
                seen["time", before.deadline and before.deadline.act] += step.deed == "wait"
                model, contract = expected, after
                is_void = bool(before.proposal and after.is_under_way and not after.proposal)
                seen["void"] += step.deed == "part" and is_void
                seen["came"] += step.deed == "answer" and after.status is Status.COMPLETED
            elif after:
                seen[after] += 1
            seen[step.deed, done] += 1
            now, taken = step.now, taken + 1
            left -= contract.status.value in OVER
            if not left:
                break
    been_everywhere(seen)


def hold(before: Contract, after: Contract, step: Step, numbers: list[int]) -> None:
    """What holds of every step, whatever the model says."""
    assert after.version == before.version + 1
    assert before.status.value not in OVER, "over means over"
    passes = before.status is Status.CONFIRMED and after.status in TRANSITIONS[Status.ACTIVE]
    assert after.status is before.status or after.status in TRANSITIONS[before.status] or passes
    assert (after.id, after.reference, after.created_at) == (before.id, before.reference, before.created_at)
    if after.proposal and (before.proposal is None or after.proposal.n != before.proposal.n):
        assert after.proposal.n > max(numbers), "no number is used twice"
        numbers.append(after.proposal.n)
    if after.dispute and after.dispute.status in ("open", "appealed"):
        assert after.deadline is None, "time stands still"
    if after.status is Status.DISPUTED and after.deadline:
        assert after.deadline.act is TimeAct.CLOSE_DISPUTE
    if after.status.value in OVER:
        assert (after.deadline, after.proposal) == (None, None)
    if after.terms != before.terms:
        assert after.terms_version > before.terms_version
        assert after.terms_version in numbers, "nothing changes but what was proposed"
    if after.is_under_way:
        assert after.deadline, "nothing under way waits for ever"
    if after.terms.quantity.unit != before.terms.quantity.unit:
        assert not after.received, "what came is counted in what it was agreed in"
    assert after.received <= Decimal(after.terms.quantity.amount)
    settled_by_time = bool(before.deadline and before.deadline.act is TimeAct.COMPLETE_PART and step.deed == "wait")
    assert (after.settled is not None) == settled_by_time
    if after.settled is not None:
        assert 0 < after.settled < Decimal(after.terms.quantity.amount)
    if after.deadline and step.deed != "appeal":
        assert after.deadline.at > START


def been_everywhere(seen: Counter[object]) -> None:
    never = [(before, after) for before, afters in TRANSITIONS.items() for after in afters if not seen[before, after]]
    assert not never, f"no life went so: {never}"
    assert all(seen["time", what] for what in TimeAct), "time brought all it can"
    assert all(seen[why] for why in Refusal if why is not Refusal.HAS_PIN), "and each refusal was met"
    assert seen["void"], "a part left a request no room"
    assert seen["came"], "all agreed that what came is all of it"
    for deed in ("answer", "deliver", "receive", "part", "complain", "propose", "decide", "appeal", "assign", "wait"):
        assert seen[deed, True] and seen[deed, False], f"{deed} was never done, or never refused"
