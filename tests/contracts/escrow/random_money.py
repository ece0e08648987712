"""Random acts of people on a contract with escrow, random news of its rail, and how all of it is brought to an end."""

from dataclasses import replace as with_fields
from datetime import datetime
from decimal import Decimal
from random import Random

from contracts.contract import Contract, Role
from contracts.dispute import Decision
from contracts.escrow.escrow import PaymentStatus
from contracts.fields.money import Currency, Money
from contracts.refusals import Refusal
from contracts.rules import operator_acts, time_acts
from contracts.rules.plan import Plan
from contracts.terms import Terms
from tests.contracts.escrow.ledger_model import OVER
from tests.contracts.escrow.money_world import Movement, World
from tests.contracts.rules.random_acts import PERIODS, Attempt, make_contract, make_terms, random_attempt
from values.frozen import replace


def make_world(random: Random) -> World:
    contract = replace(make_contract(random), terms=make_terms_with_escrow(random))
    return World(contract, pays_slowly=random.random() < 0.3)


def make_terms_with_escrow(random: Random) -> Terms:
    terms = make_terms(random)
    fee = random.choice((0, 3500, 17_500)) if terms.total.minor > 17_500 else 0
    return replace(terms, payment="escrow", fee_minor=fee)


def random_act_with_escrow(random: Random, contract: Contract, now: datetime) -> Attempt:
    """Draw an act. The terms that it proposes keep how the contract is paid, nearly always. Now and then there is a
    dispute about goods for which the money is there in part, and, once it is all there, a part or new terms."""
    attempt, escrow = random_attempt(random, contract, now), contract.escrow
    if escrow and escrow.status is PaymentStatus.PENDING and escrow.received and random.random() < 0.4:
        attempt = with_fields(attempt, act="complain")
    elif escrow and escrow.is_there and random.random() < 0.2:
        by = random.choice([party.msisdn for party in contract.parties if party.role is Role.BUYER])
        act = random.choice(("part", "propose", "answer"))
        attempt = with_fields(
            attempt, act=act, by=by, part=Decimal("0.5"), terms=contract.terms, n=contract.open_number
        )
    if attempt.terms is None:
        return attempt
    return with_fields(attempt, terms=_terms_with_escrow(random, attempt.terms, contract))


def _terms_with_escrow(random: Random, terms: Terms, contract: Contract) -> Terms:
    gross = contract.escrow.gross if contract.escrow else 0  # a total just above it is too little after a part
    least = (gross + 100, gross - 100) if gross > 100 else ()
    total = random.choice((terms.total.minor, terms.total.minor, 200_000, 352_000, contract.terms.total.minor, *least))
    if random.random() < 0.03:
        total += 50
    fee = min(contract.terms.fee_minor, total - 100)
    currency = Currency.UGX if random.random() < 0.03 else Currency.KES
    payment = None if random.random() < 0.03 else contract.terms.payment
    if random.random() < 0.03:
        fee = total
    return replace(terms, total=Money(total, currency), payment=payment, fee_minor=fee if payment else 0)


def random_money_step(random: Random, world: World) -> None:
    """Let the rail, or somebody about money, do something."""
    step = random.choices(tuple(_STEPS), tuple(_STEPS.values()))[0]
    prompts = [one for one in world.moved.values() if one.kind == "prompt"]
    payouts = [one for one in world.moved.values() if one.kind in ("release", "refund")]
    if step == "pay":
        world.ask_to_pay(random.choice(world.contract.parties).msisdn)
    elif step == "paybill" or (world.pays_slowly and step.startswith("prompt")):
        least = [] if world.pays_slowly else [world.escrow.missing or 100, world.escrow.due]
        world.paybill(random.choice([100, 50_000, *least]), world.new_receipt())
    elif step.startswith("prompt") and prompts:
        _step_of_prompt(random, world, step, prompts[-1] if random.random() < 0.7 else random.choice(prompts))
    elif step.startswith("payout") and payouts:
        _step_of_payout(random, world, step, payouts)
    else:
        world.seen["nothing to tell"] += 1


def _step_of_prompt(random: Random, world: World, step: str, one: Movement) -> None:
    may_be_paid = one.status != "failed" or one.can_be_late
    if step == "prompt is paid" and may_be_paid:
        world.prompt_paid(one, world.new_receipt())
    elif step == "prompt is told as paybill" and may_be_paid:
        world.prompt_told_as_paybill(one, world.new_receipt())
        if random.random() < 0.7:
            world.prompt_paid(one, world.new_receipt())
    elif step == "prompt fails":
        world.fail(one, can_be_late=random.random() < 0.7)


def _step_of_payout(random: Random, world: World, step: str, payouts: list[Movement]) -> None:
    one, by = random.choice(payouts), random.choice(world.contract.parties).msisdn
    failed = [one for one in payouts if one.status == "failed"]
    if step == "payout is paid" and (one.status != "failed" or one.can_be_late):
        world.payout_paid(one)
    elif step == "payout fails":
        world.fail(one, can_be_late=random.random() < 0.3)
    elif step == "payout again":
        world.ask_again(random.choice(failed or payouts), random.choice((by, None)))


_STEPS = {
    "prompt is paid": 8, "prompt is told as paybill": 1, "prompt fails": 2, "paybill": 2, "payout is paid": 3,
    "payout fails": 2, "payout again": 3, "pay": 2,
}  # fmt: skip


def finish(random: Random, world: World) -> None:
    """Let time, operators and the rail bring everything to its end, and check on the way."""
    while world.contract.status.value not in OVER:
        before = world.contract
        world.now = max(world.now, before.deadline.at if before.deadline else world.now)
        plan: Plan | Refusal | None = None
        if before.open_dispute:
            decision = random.choice((Decision.COMPLETE, Decision.CANCEL))
            plan = operator_acts.decide_dispute(before, decision, None, "so", world.now, PERIODS)
        elif before.deadline is None:
            plan = operator_acts.start_clock(before, "all were asked", world.now, PERIODS)
        else:
            plan = time_acts.pass_time(before, world.now, PERIODS)
        assert isinstance(plan, Plan), "there is a next step"
        world.do(plan, before)
        world.check()
    if world.contract.escrow is None:
        return
    for one in tuple(world.moved.values()):
        if one.kind == "prompt" and one.status == "open":
            world.fail(one, can_be_late=False)
    while owed := [
        one for one in world.moved.values() if one.kind in ("release", "refund") and world.may_still_pay(one)
    ]:
        for one in owed:
            if one.status == "open":
                world.payout_paid(one)
            else:
                world.ask_again(one, None)
            world.check()
    world.check_end()
