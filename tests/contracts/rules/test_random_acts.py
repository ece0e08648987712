"""Random acts on contracts, compared with a model; VOICEPACT_LIFE_STEPS says how many (100000 for a thorough run)."""

import os
from collections import Counter
from copy import deepcopy
from datetime import datetime
from decimal import Decimal
from random import Random

from contracts.contract import TRANSITIONS, Contract, Role, Status, TimeAct
from contracts.refusals import Refusal
from tests.contracts.rules.contract_model import OVER, ContractModel, model_of
from tests.contracts.rules.random_acts import START, Attempt, make_contract, random_attempt, try_transition

STEPS = int(os.environ.get("VOICEPACT_LIFE_STEPS", "20000"))
SEED = 20261121
# Of a PIN, and of an offer that is not made.
_OF_NO_CONTRACT = {
    Refusal.HAS_PIN, Refusal.OFFERS_IN_HOUR, Refusal.OFFERS_IN_DAY, Refusal.OFFERS_OPEN, Refusal.ASKED_OFTEN,
    Refusal.ASKED_OPEN, Refusal.TAKES_NO_OFFERS,
}  # fmt: skip
# Of contracts with escrow: met in tests/contracts/escrow/test_random_money.py.
_OF_MONEY = {
    Refusal.MONEY_MISSING, Refusal.NOTHING_TO_PAY, Refusal.PROMPTED_ALREADY, Refusal.LESS_THAN_RELEASED,
    Refusal.NOT_FOR_ESCROW,
}  # fmt: skip
_OF_OPERATORS = ("start", "assign")
_ATTEMPTS_EACH = 60
_ATTEMPTS_AFTER_THE_END = 4


def test_every_act_does_what_the_model_says() -> None:
    """And together the acts make every transition, and meet every refusal."""
    random, seen, attempted = Random(SEED), Counter[object](), 0  # noqa: S311 - not for secrets
    while attempted < STEPS:
        contract, now, left = make_contract(random), START, _ATTEMPTS_AFTER_THE_END
        model, numbers, spoke = ContractModel.of(contract), [1], dict[Role, datetime]()
        for _ in range(_ATTEMPTS_EACH):
            attempt = random_attempt(random, contract, now)
            before, model_before = contract, model_of(contract)
            after, expected = try_transition(contract, attempt), deepcopy(model)
            done = expected.do(attempt)
            assert isinstance(after, Contract) == done, f"{attempt} to {model_before}: {after}"
            assert model_of(before) == model_before, "the contract before is unchanged"
            if isinstance(after, Contract):
                found_model = model_of(after)
                assert found_model == {name: getattr(expected, name) for name in found_model}, (
                    f"{attempt} to {model_before}"
                )
                check_invariants(before, after, attempt, numbers)
                check_silence(before, after, attempt, spoke)
                seen[before.status, after.status] += 1
                seen["time", before.deadline and before.deadline.act] += attempt.act == "wait"
                model, contract = expected, after
                is_void = bool(before.proposal and after.is_under_way and not after.proposal)
                seen["void"] += attempt.act == "part" and is_void
                seen["settled_by_terms"] += attempt.act == "answer" and after.status is Status.COMPLETED
            elif after:
                seen[after] += 1
            seen[attempt.act, done] += 1
            now, attempted = attempt.now, attempted + 1
            left -= contract.status.value in OVER
            if not left:
                break
    check_coverage(seen)


def check_invariants(before: Contract, after: Contract, attempt: Attempt, numbers: list[int]) -> None:
    """Check what holds after every act, whatever the model says."""
    assert after.version == before.version + 1
    assert before.status.value not in OVER, "nothing changes a contract that is over"
    passes = before.status is Status.CONFIRMED and after.status in TRANSITIONS[Status.ACTIVE]
    assert after.status is before.status or after.status in TRANSITIONS[before.status] or passes
    assert (after.id, after.reference, after.created_at) == (before.id, before.reference, before.created_at)
    if after.proposal and (before.proposal is None or after.proposal.n != before.proposal.n):
        assert after.proposal.n > max(numbers), "no number is used twice"
        numbers.append(after.proposal.n)
    if after.status is Status.DISPUTED:
        waits_for = TimeAct.ESCALATE_DISPUTE if after.open_dispute else TimeAct.CLOSE_DISPUTE
        assert after.deadline and after.deadline.act is waits_for, "time never decides a dispute"
    ended = after.dispute.ended if after.dispute else None
    assert before.status is not Status.DISPUTED or (ended is None) == (after.status is Status.DISPUTED)
    if after.status.value in OVER:
        assert (after.deadline, after.proposal) == (None, None)
    if after.terms != before.terms:
        assert after.terms_version > before.terms_version
        assert after.terms_version in numbers, "only proposed terms become terms"
    if after.is_under_way:
        assert (after.deadline is None) == (after.clock_stopped_at is not None), "either time acts, or the clock stands"
    check_clock(before, after, attempt)
    if after.terms.quantity.unit != before.terms.quantity.unit:
        assert not after.received, "the unit of a received quantity never changes"
    assert after.received <= Decimal(after.terms.quantity.amount)
    settled_by_time = bool(before.deadline and before.deadline.act is TimeAct.COMPLETE_PART and attempt.act == "wait")
    assert (after.settled is not None) == settled_by_time
    if after.settled is not None:
        assert 0 < after.settled < Decimal(after.terms.quantity.amount)
    if after.deadline:
        assert after.deadline.at > START


def check_clock(before: Contract, after: Contract, attempt: Attempt) -> None:
    """Check that silence is only said of somebody from whom nothing came since a delivery was last spoken of."""
    assert (after.clock_stopped_at is None) == (after.clock_stopped_by is None)
    if before.clock_stopped_at and after.clock_stopped_at:
        assert after.clock_stopped_at == before.clock_stopped_at, "it stands since the first words"
    if before.clock_stopped_at and before.is_under_way and after.status is Status.COMPLETED:
        assert attempt.act in ("receive", "part", "answer"), "no silence completes a contract whose clock stands"
    if before.clock_stopped_at and after.is_under_way and not after.clock_stopped_at:
        stopped_by_seller = before.clock_stopped_by in {p.phone_id for p in before.parties if p.role is Role.SELLER}
        assert attempt.act in ("part", "start") or (attempt.act == "deliver" and stopped_by_seller)


def check_silence(before: Contract, after: Contract, attempt: Attempt, spoke: dict[Role, datetime]) -> None:
    """Check that time completes a contract only over people who did nothing to it at all since the delivery, or since
    it went on. `spoke`: when each side did the last thing."""
    if attempt.act == "wait":
        act = before.deadline and before.deadline.act
        said = {TimeAct.COMPLETE: before.delivered_at, TimeAct.COMPLETE_PART: before.part_at}.get(act) if act else None
        if said and after.status is Status.COMPLETED:
            since = max(said, before.clock_started_at or said)
            silent = (Role.BUYER,) if act is TimeAct.COMPLETE else (Role.BUYER, Role.SELLER)
            assert all(spoke.get(role, since) <= since for role in silent), f"they spoke at {spoke}, after {since}"
    elif (party := before.party(attempt.by)) and attempt.act not in _OF_OPERATORS:
        spoke[party.role] = attempt.now


def check_coverage(seen: Counter[object]) -> None:
    never = [(before, after) for before, afters in TRANSITIONS.items() for after in afters if not seen[before, after]]
    assert not never, f"no act made these transitions: {never}"
    assert all(seen["time", act] for act in TimeAct), "time did everything it can"
    never_met = set(Refusal) - _OF_NO_CONTRACT - _OF_MONEY - set(seen)
    assert not never_met, "each was met"
    assert seen["void"], "a part made a proposal void"
    assert seen["settled_by_terms"], "all agreed that the received part is everything"
    for act in (
        "answer",
        "deliver",
        "receive",
        "part",
        "complain",
        "propose",
        "decide",
        "appeal",
        "assign",
        "wait",
        "write",
        "start",
        "reply",
        "withdraw",
    ):
        assert seen[act, True] and seen[act, False], f"{act} was never carried out, or never refused"
