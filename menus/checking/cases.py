"""Cases for the walk: everything that a reading, an effect and a caller can give.

A screen is checked only with the cases that stand here. A reading, an effect or a question without cases is a finding,
so whoever adds one adds its cases. A finding names the case in which a screen fails.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, time
from typing import Any, Generic, TypeVar

from contracts import effects, readings
from contracts.effects import Effect
from contracts.proof.paper_check import PaperCheck, PaperVerdict
from contracts.readings import Deliveries, OpenQuestions, Person
from contracts.refusals import LimitReached, Refusal
from menus import refusal_texts
from menus.checking.sample_contracts import (
    MOST,
    contract_lists,
    contracts_with_escrow,
    every_contract,
    line_of,
    sample_contract,
)
from menus.checking.sample_inputs import SampleInput, sample_inputs
from menus.checking.sample_money import escrow_states, money_lines, money_pages, with_escrow
from menus.checking.typed_examples import ANSWERS, TypedExamples
from menus.screen import EffectResult, Place, Reading
from menus.session import DIALLED, HOME, WAITING
from menus.translate import Text
from values.frozen import Frozen, replace

Value = TypeVar("Value")


class NamedCase(Frozen, Generic[Value]):
    name: str
    value: Value


class Cases(Frozen):
    """What the walk goes through. `starts`: the trails that a session can begin with. `places_after_cut`: where a
    caller comes who dials again after a cut call.

    `readings`, `results`, `answers`: what a reading and an effect can give and what a caller can type, with one sample
    input. `secrets`: the secret answer that an effect needs; without an entry it is `pin` for an effect with a PIN.
    `texts_without_screen` are sent by the gateway itself, each in one page.
    """

    inputs: tuple[SampleInput, ...]
    starts: tuple[NamedCase[tuple[Place, ...]], ...]
    places_after_cut: tuple[Place, ...]
    readings: Mapping[Reading, Callable[[SampleInput], Iterable[NamedCase[Any]]]]
    results: Mapping[type[Effect], Callable[[SampleInput, Any], Iterable[NamedCase[EffectResult]]]]
    answers: Mapping[str, Callable[[SampleInput], TypedExamples]]
    secrets: Mapping[type[Effect], str]
    wrong_secret_texts: Mapping[str, tuple[Text, ...]]
    texts_without_screen: Mapping[str, Text]


def _persons(_sample: SampleInput) -> Iterator[NamedCase[Any]]:
    yield NamedCase("nobody known", Person())
    yield NamedCase("known, no PIN yet", Person(language="en"))
    yield NamedCase("has a PIN", Person(language="en", has_pin=True))
    yield NamedCase("has a PIN, one waits", Person(language="en", has_pin=True, waiting=1))
    yield NamedCase("has a PIN, only that counts", Person(language="en", has_pin=True, pin_only=True))
    yield NamedCase("no PIN yet, more than 20 wait", Person(language="en", waiting=20, more_wait=True))
    yield NamedCase("has a PIN, more than 20 wait", Person(language="en", has_pin=True, waiting=20, more_wait=True))


def _contracts(sample: SampleInput) -> Iterator[NamedCase[Any]]:
    for name, found in contract_lists(sample):
        yield NamedCase(name, found)


def _open_questions(sample: SampleInput) -> Iterator[NamedCase[Any]]:
    for case in _persons(sample):
        yield replace(case, value=OpenQuestions(case.value))
    known = Person(language="en", has_pin=True, waiting=1)
    for name, found in contract_lists(sample):
        if found:
            waiting = tuple(replace(one, waits=at % 2 == 0, awaits_receipt=at % 2 == 1) for at, one in enumerate(found))
            yield NamedCase(f"several wait: {name}", OpenQuestions(known, waiting))
            yield NamedCase(f"more wait than: {name}", OpenQuestions(known, waiting, is_more=True))
    for name, only in every_contract(sample):
        is_open = only.dispute is not None and only.dispute.status in ("open", "appealed")
        if only.waits_for(sample.caller) or only.awaits_receipt_of(sample.caller) or is_open:
            yield NamedCase(f"one waits: {name}", OpenQuestions(known, (line_of(only, sample.caller),), only))


def _deliveries(sample: SampleInput) -> Iterator[NamedCase[Any]]:
    for name, found in contract_lists(sample):
        yield NamedCase(name, Deliveries(tuple(found)))
    for name, only in every_contract(sample):
        party = only.party(sample.caller)
        if only.is_under_way and party and party.role.binds:
            yield NamedCase(f"only one: {name}", Deliveries((line_of(only, sample.caller),), only))


def _contract(sample: SampleInput) -> Iterator[NamedCase[Any]]:
    yield NamedCase("no such contract", None)
    for name, found in every_contract(sample):
        yield NamedCase(name, found)


def _money_lines(sample: SampleInput) -> Iterator[NamedCase[Any]]:
    lines = money_lines(sample, contracts_with_escrow(sample))
    yield NamedCase("no contracts with escrow", [])
    yield NamedCase("1 contract with escrow", lines[:1])
    yield NamedCase("contracts with escrow", lines[:MOST])
    yield NamedCase("more contracts with escrow", lines[-MOST:])


def _money_pages(sample: SampleInput) -> Iterator[NamedCase[Any]]:
    yield NamedCase("no such contract", None)
    for name, page in money_pages(contracts_with_escrow(sample)):
        yield NamedCase(name, page)


def _papers(sample: SampleInput) -> Iterator[NamedCase[Any]]:
    since = datetime.combine(sample.due, time(12), UTC)
    for verdict in PaperVerdict:
        yield NamedCase(verdict.value, PaperCheck(verdict, since))


def _result(name: str, sample: SampleInput, status: str = "PENDING") -> NamedCase[EffectResult]:
    """The effect was carried out, and the contract has this status now."""
    return NamedCase(name, EffectResult(contract=sample_contract(sample, status=status, waits=False)))


def _refused(*refusals: Refusal) -> Iterator[NamedCase[EffectResult]]:
    for refusal in refusals:
        yield NamedCase(f"refused: {refusal.value}", EffectResult(refusal=refusal))


def _done_or_refused(
    status: str, *refusals: Refusal
) -> Callable[[SampleInput, Any], Iterator[NamedCase[EffectResult]]]:
    """The effect was carried out and the contract has this status, or it was refused."""

    def cases(sample: SampleInput, _effect: Effect) -> Iterator[NamedCase[EffectResult]]:
        yield _result("done", sample, status)
        yield from _refused(Refusal.NOT_YOURS, *refusals)

    return cases


def _received(sample: SampleInput, effect: effects.Receive) -> Iterator[NamedCase[EffectResult]]:
    yield _result("all of it", sample, "COMPLETED")
    if effect.quantity:
        yield _result("a part", sample, "ACTIVE")
        yield from _refused(Refusal.TOO_MUCH)
    yield from _refused(Refusal.NOT_YOURS, Refusal.NOT_UNDER_WAY, Refusal.IN_DISPUTE, Refusal.NOT_YOUR_PART)


def _decided(sample: SampleInput, _effect: Effect) -> Iterator[NamedCase[EffectResult]]:
    for name, contract in every_contract(sample):
        if name in ("decided: complete, as mediator", "dispute appealed, as mediator"):
            yield NamedCase(name, EffectResult(contract=contract))
    yield from _refused(
        Refusal.NOT_YOURS, Refusal.NO_OPEN_DISPUTE, Refusal.NOT_THE_ARBITER, Refusal.NO_SHARE
    )  # fmt: skip


def _done(_sample: SampleInput, _effect: Effect) -> Iterator[NamedCase[EffectResult]]:
    yield NamedCase("done", EffectResult())


def _made(sample: SampleInput, effect: effects.MakeContract) -> Iterator[NamedCase[EffectResult]]:
    made = sample_contract(sample, role=effect.role, waits=False, named=False)
    yield NamedCase("made", EffectResult(contract=made))
    yield NamedCase("made at night", EffectResult(contract=made, is_held=True))
    for refusal in (
        Refusal.OFFERS_IN_HOUR, Refusal.OFFERS_IN_DAY, Refusal.OFFERS_OPEN, Refusal.ASKED_OFTEN, Refusal.ASKED_OPEN,
        Refusal.TAKES_NO_OFFERS,
    ):  # fmt: skip
        limit = LimitReached(refusal, 1000, datetime.combine(sample.due, time(23, 59), UTC))
        yield NamedCase(f"refused: {refusal.value}", EffectResult(refusal=refusal, limit=limit))
    if effect.escrow:
        yield from _refused(Refusal.NOT_FOR_ESCROW)


def _confirmed(sample: SampleInput, _effect: Effect) -> Iterator[NamedCase[EffectResult]]:
    yield _result("confirmed by all", sample, "CONFIRMED")
    buys = with_escrow(sample_contract(sample, status="CONFIRMED", role="buyer", waits=False))
    for name, contract in escrow_states(buys):
        if name == "asked for the money":
            yield NamedCase(f"confirmed by all, {name}", EffectResult(contract=contract))
    yield _result("others still wait", sample)
    yield _result("cancelled by all", sample, "CANCELLED")
    yield _result("new terms", sample, "ACTIVE")
    yield _result("new terms, all has come", sample, "COMPLETED")
    yield from _refused(Refusal.NOT_YOURS, Refusal.ALREADY_CONFIRMED, Refusal.NO_LONGER_OPEN, Refusal.LESS_THAN_CAME)


def _declined(sample: SampleInput, _effect: Effect) -> Iterator[NamedCase[EffectResult]]:
    yield _result("cancelled", sample, "CANCELLED")
    yield from _refused(Refusal.NOT_YOURS, Refusal.NO_LONGER_OPEN)


def _asked_to_pay(sample: SampleInput, _effect: Effect) -> Iterator[NamedCase[EffectResult]]:
    yield _result("asked", sample, "CONFIRMED")
    yield from _refused(
        Refusal.NOT_YOURS, Refusal.NOT_YOUR_PART, Refusal.NOTHING_TO_PAY, Refusal.PROMPTED_ALREADY
    )  # fmt: skip


def _pin_chosen(sample: SampleInput, effect: effects.ChoosePin) -> Iterator[NamedCase[EffectResult]]:
    yield from _done(sample, effect)
    if not effect.changing:
        yield from _refused(Refusal.HAS_PIN)


CASES = Cases(
    inputs=sample_inputs(),
    starts=(
        NamedCase("dialled", (HOME,)),
        NamedCase("something waits", (WAITING,)),
        NamedCase("dialled with keys", (DIALLED,)),
    ),
    places_after_cut=(Place("resume"),),
    readings={
        readings.person: _persons,
        readings.open_questions: _open_questions,
        readings.contracts_of: _contracts,
        readings.deliveries_of: _deliveries,
        readings.contract_of: _contract,
        readings.paper: _papers,
        readings.payments_of: _money_lines,
        readings.payment_of: _money_pages,
    },
    results={
        effects.MakeContract: _made,
        effects.Confirm: _confirmed,
        effects.Decline: _declined,
        effects.SayDelivered: _done_or_refused(
            "ACTIVE",
            Refusal.NOT_UNDER_WAY,
            Refusal.IN_DISPUTE,
            Refusal.NOT_YOUR_PART,
            Refusal.ALREADY_SAID,
            Refusal.MONEY_MISSING,
        ),
        effects.Receive: _received,
        effects.Complain: _done_or_refused("DISPUTED", Refusal.NOT_UNDER_WAY, Refusal.IN_DISPUTE),
        effects.AnswerDispute: _done_or_refused("DISPUTED", Refusal.NO_OPEN_DISPUTE, Refusal.SAID_ENOUGH),
        effects.WithdrawDispute: _done_or_refused("ACTIVE", Refusal.NO_OPEN_DISPUTE, Refusal.NOT_YOUR_REPORT),
        effects.DecideDispute: _decided,
        effects.Propose: _done_or_refused(
            "ACTIVE",
            Refusal.NOT_UNDER_WAY,
            Refusal.NO_OPEN_DISPUTE,
            Refusal.NO_SHARE,
            Refusal.ALREADY_PROPOSED,
            Refusal.NOTHING_CHANGES,
            Refusal.LESS_THAN_CAME,
            Refusal.LESS_THAN_RELEASED,
            Refusal.NOT_FOR_ESCROW,
        ),
        effects.Appeal: _done_or_refused("DISPUTED", Refusal.NO_APPEAL),
        effects.Pay: _asked_to_pay,
        effects.ClaimPayout: _done_or_refused("COMPLETED", Refusal.NOTHING_TO_PAY, Refusal.NOT_YOUR_PART),
        effects.ProvePin: _done,
        effects.ChoosePin: _pin_chosen,
        effects.UseRecovery: _done,
        effects.SetLanguage: _done,
        effects.SetPinOnly: _done,
        effects.SetName: _done,
    },
    answers=ANSWERS,
    secrets={effects.ChoosePin: "new_pin", effects.UseRecovery: "recovery_code"},
    wrong_secret_texts={"pin": refusal_texts.WRONG_PIN_TEXTS, "recovery_code": (refusal_texts.WRONG_RECOVERY,)},
    texts_without_screen={"BUSY": refusal_texts.BUSY, "UNSURE": refusal_texts.UNSURE, "LATER": refusal_texts.LATER},
)
