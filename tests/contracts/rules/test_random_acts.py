"""Random lives of contracts against a model; VOICEPACT_LIFE_STEPS says how many steps (100000 is the whole of it)."""

import os
from collections import Counter
from copy import deepcopy
from decimal import Decimal
from random import Random

from contracts.contract import TRANSITIONS, Contract, Status, TimeAct
from contracts.refusals import Refusal
from tests.contracts.rules.contract_model import OVER, ContractModel, model_of
from tests.contracts.rules.random_acts import START, Attempt, make_contract, random_attempt, try_transition

STEPS = int(os.environ.get("VOICEPACT_LIFE_STEPS", "20000"))
SEED = 20261121
_ATTEMPTS_EACH = 60
_ATTEMPTS_AFTER_THE_END = 4


def test_a_life_goes_as_the_model_says() -> None:
    """Also that it has been everywhere: every move of the table, every act done and refused."""
    random, seen, taken = Random(SEED), Counter[object](), 0  # noqa: S311 - not for secrets
    while taken < STEPS:
        contract, now, left = make_contract(random), START, _ATTEMPTS_AFTER_THE_END
        model, numbers = ContractModel.of(contract), [1]
        for _ in range(_ATTEMPTS_EACH):
            attempt = random_attempt(random, contract, now)
            before, model_before = contract, model_of(contract)
            after, expected = try_transition(contract, attempt), deepcopy(model)
            done = expected.does(attempt)
            assert isinstance(after, Contract) == done, f"{attempt} to {model_before}: {after}"
            assert model_of(before) == model_before, "the one before is untouched"
            if isinstance(after, Contract):
                found_model = model_of(after)
                assert found_model == {name: getattr(expected, name) for name in found_model}, (
                    f"{attempt} to {model_before}"
                )
                check_invariants(before, after, attempt, numbers)
                seen[before.status, after.status] += 1
                seen["time", before.deadline and before.deadline.act] += attempt.act == "wait"
                model, contract = expected, after
                is_void = bool(before.proposal and after.is_under_way and not after.proposal)
                seen["void"] += attempt.act == "part" and is_void
                seen["came"] += attempt.act == "answer" and after.status is Status.COMPLETED
            elif after:
                seen[after] += 1
            seen[attempt.act, done] += 1
            now, taken = attempt.now, taken + 1
            left -= contract.status.value in OVER
            if not left:
                break
    check_coverage(seen)


def check_invariants(before: Contract, after: Contract, attempt: Attempt, numbers: list[int]) -> None:
    """What holds of every attempt, whatever the model says."""
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
    settled_by_time = bool(before.deadline and before.deadline.act is TimeAct.COMPLETE_PART and attempt.act == "wait")
    assert (after.settled is not None) == settled_by_time
    if after.settled is not None:
        assert 0 < after.settled < Decimal(after.terms.quantity.amount)
    if after.deadline and attempt.act != "appeal":
        assert after.deadline.at > START


def check_coverage(seen: Counter[object]) -> None:
    never = [(before, after) for before, afters in TRANSITIONS.items() for after in afters if not seen[before, after]]
    assert not never, f"no life went so: {never}"
    assert all(seen["time", what] for what in TimeAct), "time brought all it can"
    assert all(seen[why] for why in Refusal if why is not Refusal.HAS_PIN), "and each refusal was met"
    assert seen["void"], "a part left a request no room"
    assert seen["came"], "all agreed that what came is all of it"
    for act in ("answer", "deliver", "receive", "part", "complain", "propose", "decide", "appeal", "assign", "wait"):
        assert seen[act, True] and seen[act, False], f"{act} was never done, or never refused"
