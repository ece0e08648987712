"""What the machine can be told: every kind of answer of a reading, of an effect, of a person.

A screen is only checked with what stands here. So a reading, an effect or a question without cases is a finding: who
adds one adds its cases. Each case has a name, which is how a finding says in which state a screen fails.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Generic, TypeVar

from contracts import effects as acts
from contracts import readings
from contracts.effects import Effect
from contracts.fields.free_text import PLACE_LETTERS, PROBLEM_LETTERS_BY_USSD, PRODUCT_LETTERS
from contracts.readings import Person
from contracts.refusals import Refusal, Why
from menus import refusal_texts
from menus.checking.sample_contracts import contract_lists, every_contract, sample_contract
from menus.checking.sample_inputs import SampleInput, longest, sample_inputs
from menus.screen import EffectResult, Place, Reading
from menus.session import HOME
from menus.translate import Text
from values.frozen import Frozen, field, replace

Value = TypeVar("Value")


class NamedCase(Frozen, Generic[Value]):
    name: str
    value: Value


class TypedExamples(Frozen):
    """Answers a question takes, and one for each reason why it takes none."""

    accepted: tuple[str, ...]
    refused: Mapping[Why, str] = field(default_factory=dict)


class Cases(Frozen):
    """`starts`: the trails a session can begin with. `interludes`: places put on top of any trail, as after a cut call.

    `readings`, `results`, `answers`: what each can give, in a sample. `secrets`: the question that stands before an
    effect (without an entry, an effect that needs a PIN needs `pin`); `wrong`: what is said when its secret is wrong.
    `at_once`: what the edge says without a screen, so without pages.
    """

    inputs: tuple[SampleInput, ...]
    starts: tuple[NamedCase[tuple[Place, ...]], ...]
    interludes: tuple[Place, ...]
    readings: Mapping[Reading, Callable[[SampleInput], Iterable[NamedCase[Any]]]]
    results: Mapping[type[Effect], Callable[[SampleInput, Any], Iterable[NamedCase[EffectResult]]]]
    answers: Mapping[str, Callable[[SampleInput], TypedExamples]]
    secrets: Mapping[type[Effect], str]
    wrong: Mapping[str, Text]
    at_once: Mapping[str, Text]


def _persons(_sample: SampleInput) -> Iterator[NamedCase[Any]]:
    yield NamedCase("nobody known", Person())
    yield NamedCase("known, no PIN yet", Person(language="en"))
    yield NamedCase("has a PIN", Person(language="en", has_pin=True))
    yield NamedCase("has a PIN, one waits", Person(language="en", has_pin=True, waiting=1))
    yield NamedCase("no PIN yet, 100 wait", Person(language="en", waiting=100))
    yield NamedCase("has a PIN, 100 wait", Person(language="en", has_pin=True, waiting=100))


def _contracts(sample: SampleInput) -> Iterator[NamedCase[Any]]:
    for name, found in contract_lists(sample):
        yield NamedCase(name, found)


def _contract(sample: SampleInput) -> Iterator[NamedCase[Any]]:
    yield NamedCase("no such contract", None)
    for name, found in every_contract(sample):
        yield NamedCase(name, found)


def _refused(*refusals: Refusal) -> Iterator[NamedCase[EffectResult]]:
    for refusal in refusals:
        yield NamedCase(f"refused: {refusal.value}", EffectResult(refusal=refusal))


def _of_effect(
    status: str, *refusals: Refusal, **more: Any
) -> Callable[[SampleInput, Any], Iterator[NamedCase[EffectResult]]]:
    """Done, and then the contract is in this status; or refused."""

    def cases(sample: SampleInput, _effect: Effect) -> Iterator[NamedCase[EffectResult]]:
        yield NamedCase(
            "done", EffectResult(contract=replace(sample_contract(sample, status=status, waits=False), **more))
        )
        yield from _refused(Refusal.NOT_YOURS, *refusals)

    return cases


def _received(sample: SampleInput, effect: acts.Receive) -> Iterator[NamedCase[EffectResult]]:
    yield NamedCase("all of it", EffectResult(contract=sample_contract(sample, status="COMPLETED", waits=False)))
    if effect.quantity:
        yield NamedCase("a part", EffectResult(contract=sample_contract(sample, status="ACTIVE", waits=False)))
        yield from _refused(Refusal.TOO_MUCH)
    yield from _refused(Refusal.NOT_YOURS, Refusal.NOT_UNDER_WAY, Refusal.IN_DISPUTE, Refusal.NOT_YOUR_PART)


def _parts(sample: SampleInput) -> TypedExamples:
    return TypedExamples(
        (sample.quantity,),
        {
            Why.EMPTY: "", Why.NOT_A_QUANTITY: "many", Why.WRONG_DECIMALS: "1.2345", Why.TOO_SMALL: "0",
            Why.TOO_BIG: "999999999",
        },
    )  # fmt: skip


def _done(_sample: SampleInput, _effect: Effect) -> Iterator[NamedCase[EffectResult]]:
    yield NamedCase("done", EffectResult())


def _made(sample: SampleInput, effect: acts.MakeContract) -> Iterator[NamedCase[EffectResult]]:
    made = sample_contract(sample, role=effect.role, waits=False, named=False)
    yield NamedCase("made", EffectResult(contract=made))


def _confirmed(sample: SampleInput, _effect: Effect) -> Iterator[NamedCase[EffectResult]]:
    yield NamedCase("confirmed by all", EffectResult(contract=sample_contract(sample, status="CONFIRMED", waits=False)))
    yield NamedCase("others still wait", EffectResult(contract=sample_contract(sample, waits=False)))
    yield NamedCase("cancelled by all", EffectResult(contract=sample_contract(sample, status="CANCELLED", waits=False)))
    yield NamedCase("new terms", EffectResult(contract=sample_contract(sample, status="ACTIVE", waits=False)))
    yield NamedCase(
        "new terms, all has come", EffectResult(contract=sample_contract(sample, status="COMPLETED", waits=False))
    )
    yield from _refused(Refusal.NOT_YOURS, Refusal.ALREADY_CONFIRMED, Refusal.NO_LONGER_OPEN, Refusal.LESS_THAN_CAME)


def _declined(sample: SampleInput, _effect: Effect) -> Iterator[NamedCase[EffectResult]]:
    yield NamedCase("cancelled", EffectResult(contract=sample_contract(sample, status="CANCELLED", waits=False)))
    yield from _refused(Refusal.NOT_YOURS, Refusal.NO_LONGER_OPEN)


def _pin_chosen(sample: SampleInput, effect: acts.ChoosePin) -> Iterator[NamedCase[EffectResult]]:
    yield from _done(sample, effect)
    if not effect.changing:
        yield from _refused(Refusal.HAS_PIN)


def _msisdns(sample: SampleInput) -> TypedExamples:
    own, too_long = sample.caller, "0712 345 678 901 234"
    return TypedExamples(
        (sample.other,),
        {
            Why.EMPTY: " ", Why.TOO_SHORT: "0712", Why.TOO_LONG: too_long, Why.NOT_A_NUMBER: "otieno",
            Why.NOT_MOBILE: "+254202345678", Why.OWN_NUMBER: own,
        },
    )  # fmt: skip


def _words(typed: str, limit: int) -> TypedExamples:
    too_long = longest("w", limit + 1)
    bad = {Why.EMPTY: " ", Why.TOO_SHORT: "w", Why.TOO_LONG: too_long, Why.BAD_LETTERS: "12"}
    return TypedExamples((typed,), bad)


def _quantities(sample: SampleInput) -> TypedExamples:
    return TypedExamples(
        (f"{sample.quantity} {sample.unit}",),
        {
            Why.EMPTY: "", Why.NOT_A_QUANTITY: "many", Why.NO_UNIT: "50", Why.WRONG_DECIMALS: "1.2345 kg",
            Why.TOO_SMALL: "0 bags", Why.TOO_BIG: "999999999 bags", Why.TOO_LONG: f"5 {'w' * 21}",
        },
    )  # fmt: skip


def _amounts(sample: SampleInput) -> TypedExamples:
    return TypedExamples(
        (sample.amount.major,),
        {
            Why.EMPTY: "", Why.NOT_AN_AMOUNT: "much", Why.WRONG_DECIMALS: "3.505", Why.OTHER_CURRENCY: "USD 50",
            Why.TOO_SMALL: "0", Why.TOO_BIG: "100000001",
        },
    )  # fmt: skip


def _days(sample: SampleInput) -> TypedExamples:
    bad = {Why.EMPTY: "", Why.NOT_A_DATE: "someday", Why.IN_THE_PAST: "1/1/2020", Why.TOO_FAR: "1/1/2099"}
    return TypedExamples((sample.due.strftime("%d/%m/%Y"),), bad)


CASES = Cases(
    inputs=sample_inputs(),
    starts=(NamedCase("dialled", (HOME,)),),
    interludes=(Place("resume"),),
    readings={
        readings.person: _persons,
        readings.contracts_of: _contracts,
        readings.contract_of: _contract,
    },
    results={
        acts.MakeContract: _made,
        acts.Confirm: _confirmed,
        acts.Decline: _declined,
        acts.SayDelivered: _of_effect(
            "ACTIVE", Refusal.NOT_UNDER_WAY, Refusal.IN_DISPUTE, Refusal.NOT_YOUR_PART, Refusal.ALREADY_SAID
        ),
        acts.Receive: _received,
        acts.Complain: _of_effect("DISPUTED", Refusal.NOT_UNDER_WAY, Refusal.IN_DISPUTE),
        acts.Propose: _of_effect(
            "ACTIVE",
            Refusal.NOT_UNDER_WAY,
            Refusal.IN_DISPUTE,
            Refusal.ALREADY_PROPOSED,
            Refusal.NOTHING_CHANGES,
            Refusal.LESS_THAN_CAME,
        ),
        acts.Appeal: _of_effect("DISPUTED", Refusal.NO_APPEAL),
        acts.ProvePin: _done,
        acts.ChoosePin: _pin_chosen,
        acts.UseRecovery: _done,
        acts.SetLanguage: _done,
    },
    answers={
        "other_msisdn": _msisdns,
        "product": lambda sample: _words(sample.product, PRODUCT_LETTERS),
        "quantity": _quantities,
        "amount": _amounts,
        "part": _parts,
        "problem": lambda sample: _words(sample.place, PROBLEM_LETTERS_BY_USSD),
        "objection": lambda sample: _words(sample.place, PROBLEM_LETTERS_BY_USSD),
        "place": lambda sample: _words(sample.place, PLACE_LETTERS),
        "due_date": _days,
        "pin": lambda _sample: TypedExamples(("4071",), {Why.EMPTY: ""}),
        "new_pin": lambda _sample: TypedExamples(("4071",), {Why.PIN_NOT_DIGITS: "40", Why.PIN_TOO_EASY: "1234"}),
        "recovery_code": lambda _sample: TypedExamples(("40718353",), {Why.EMPTY: ""}),
    },
    secrets={acts.ChoosePin: "new_pin", acts.UseRecovery: "recovery_code"},
    wrong={"pin": refusal_texts.WRONG_PIN, "recovery_code": refusal_texts.WRONG_RECOVERY},
    at_once={"BUSY": refusal_texts.BUSY, "UNSURE": refusal_texts.UNSURE, "LATER": refusal_texts.LATER},
)
