"""What the machine can be told: every kind of answer of a reading, of an effect, of a person.

A screen is only checked with what stands here. So a reading, an effect or a question without cases is a finding: who
adds one adds its cases. Each case has a name, which is how a finding says in which state a screen fails.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Generic, TypeVar

from contracts import effects as acts
from contracts import readings
from contracts.contract import Refusal
from contracts.effects import Effect
from contracts.readings import Person
from contracts.refusals import Why
from menus import refusals
from menus.checking.agreements import agreement, agreements, lists
from menus.checking.worlds import World, longest, worlds
from menus.screen import Outcome, Place, Reading
from menus.session import HOME
from menus.translate import Text
from values.frozen import Frozen, field, replace

Value = TypeVar("Value")


class Named(Frozen, Generic[Value]):
    name: str
    value: Value


class Samples(Frozen):
    """Answers a question takes, and one for each reason why it takes none."""

    good: tuple[str, ...]
    bad: Mapping[Why, str] = field(default_factory=dict)


class Cases(Frozen):
    """`starts`: the trails a session can begin with. `interludes`: places put on top of any trail, as after a cut call.

    `readings`, `outcomes`, `answers`: what each can give, in a world. `secrets`: the question that stands before an
    effect (without an entry, an effect that needs a PIN needs `pin`); `wrong`: what is said when its secret is wrong.
    `at_once`: what the edge says without a screen, so without pages.
    """

    worlds: tuple[World, ...]
    starts: tuple[Named[tuple[Place, ...]], ...]
    interludes: tuple[Place, ...]
    readings: Mapping[Reading, Callable[[World], Iterable[Named[Any]]]]
    outcomes: Mapping[type[Effect], Callable[[World, Any], Iterable[Named[Outcome]]]]
    answers: Mapping[str, Callable[[World], Samples]]
    secrets: Mapping[type[Effect], str]
    wrong: Mapping[str, Text]
    at_once: Mapping[str, Text]


def _persons(_world: World) -> Iterator[Named[Any]]:
    yield Named("nobody known", Person())
    yield Named("known, no PIN yet", Person(language="en"))
    yield Named("has a PIN", Person(language="en", has_pin=True))
    yield Named("has a PIN, one waits", Person(language="en", has_pin=True, waiting=1))
    yield Named("no PIN yet, 100 wait", Person(language="en", waiting=100))
    yield Named("has a PIN, 100 wait", Person(language="en", has_pin=True, waiting=100))


def _contracts(world: World) -> Iterator[Named[Any]]:
    for name, found in lists(world):
        yield Named(name, found)


def _contract(world: World) -> Iterator[Named[Any]]:
    yield Named("no such contract", None)
    for name, found in agreements(world):
        yield Named(name, found)


def _refused(*refusals: Refusal) -> Iterator[Named[Outcome]]:
    for refusal in refusals:
        yield Named(f"refused: {refusal.value}", Outcome(refusal=refusal))


def _of_effect(status: str, *refusals: Refusal, **more: Any) -> Callable[[World, Any], Iterator[Named[Outcome]]]:
    """Done, and then the contract is in this status; or refused."""

    def cases(world: World, _effect: Effect) -> Iterator[Named[Outcome]]:
        yield Named("done", Outcome(contract=replace(agreement(world, status=status, waits=False), **more)))
        yield from _refused(Refusal.NOT_YOURS, *refusals)

    return cases


def _received(world: World, effect: acts.Receive) -> Iterator[Named[Outcome]]:
    yield Named("all of it", Outcome(contract=agreement(world, status="COMPLETED", waits=False)))
    if effect.quantity:
        yield Named("a part", Outcome(contract=agreement(world, status="ACTIVE", waits=False)))
        yield from _refused(Refusal.TOO_MUCH)
    yield from _refused(Refusal.NOT_YOURS, Refusal.NOT_UNDER_WAY, Refusal.IN_DISPUTE, Refusal.NOT_YOUR_PART)


def _parts(world: World) -> Samples:
    return Samples(
        (world.quantity,),
        {
            Why.EMPTY: "", Why.NOT_A_QUANTITY: "many", Why.WRONG_DECIMALS: "1.2345", Why.TOO_SMALL: "0",
            Why.TOO_BIG: "999999999",
        },
    )  # fmt: skip


def _done(_world: World, _effect: Effect) -> Iterator[Named[Outcome]]:
    yield Named("done", Outcome())


def _made(world: World, effect: acts.MakeContract) -> Iterator[Named[Outcome]]:
    made = agreement(world, role=effect.role, waits=False, named=False)
    yield Named("made", Outcome(contract=made))


def _confirmed(world: World, _effect: Effect) -> Iterator[Named[Outcome]]:
    yield Named("confirmed by all", Outcome(contract=agreement(world, status="CONFIRMED", waits=False)))
    yield Named("others still wait", Outcome(contract=agreement(world, waits=False)))
    yield Named("cancelled by all", Outcome(contract=agreement(world, status="CANCELLED", waits=False)))
    yield Named("new terms", Outcome(contract=agreement(world, status="ACTIVE", waits=False)))
    yield Named("new terms, all has come", Outcome(contract=agreement(world, status="COMPLETED", waits=False)))
    yield from _refused(Refusal.NOT_YOURS, Refusal.ALREADY_CONFIRMED, Refusal.NO_LONGER_OPEN, Refusal.LESS_THAN_CAME)


def _declined(world: World, _effect: Effect) -> Iterator[Named[Outcome]]:
    yield Named("cancelled", Outcome(contract=agreement(world, status="CANCELLED", waits=False)))
    yield from _refused(Refusal.NOT_YOURS, Refusal.NO_LONGER_OPEN)


def _pin_chosen(world: World, effect: acts.ChoosePin) -> Iterator[Named[Outcome]]:
    yield from _done(world, effect)
    if not effect.changing:
        yield from _refused(Refusal.HAS_PIN)


def _msisdns(world: World) -> Samples:
    own, too_long = world.caller, "0712 345 678 901 234"
    return Samples(
        (world.other,),
        {
            Why.EMPTY: " ", Why.TOO_SHORT: "0712", Why.TOO_LONG: too_long, Why.NOT_A_NUMBER: "otieno",
            Why.NOT_MOBILE: "+254202345678", Why.OWN_NUMBER: own,
        },
    )  # fmt: skip


def _words(typed: str, limit: int) -> Samples:
    too_long = longest("w", limit + 1)
    bad = {Why.EMPTY: " ", Why.TOO_SHORT: "w", Why.TOO_LONG: too_long, Why.BAD_LETTERS: "12"}
    return Samples((typed,), bad)


def _quantities(world: World) -> Samples:
    return Samples(
        (f"{world.quantity} {world.unit}",),
        {
            Why.EMPTY: "", Why.NOT_A_QUANTITY: "many", Why.NO_UNIT: "50", Why.WRONG_DECIMALS: "1.2345 kg",
            Why.TOO_SMALL: "0 bags", Why.TOO_BIG: "999999999 bags", Why.TOO_LONG: f"5 {'w' * 21}",
        },
    )  # fmt: skip


def _amounts(world: World) -> Samples:
    return Samples(
        (world.amount.major,),
        {
            Why.EMPTY: "", Why.NOT_AN_AMOUNT: "much", Why.WRONG_DECIMALS: "3.505", Why.OTHER_CURRENCY: "USD 50",
            Why.TOO_SMALL: "0", Why.TOO_BIG: "100000001",
        },
    )  # fmt: skip


def _days(world: World) -> Samples:
    bad = {Why.EMPTY: "", Why.NOT_A_DATE: "someday", Why.IN_THE_PAST: "1/1/2020", Why.TOO_FAR: "1/1/2099"}
    return Samples((world.due.strftime("%d/%m/%Y"),), bad)


CASES = Cases(
    worlds=worlds(),
    starts=(Named("dialled", (HOME,)),),
    interludes=(Place("resume"),),
    readings={
        readings.person: _persons,
        readings.contracts_of: _contracts,
        readings.contract_of: _contract,
    },
    outcomes={
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
        "product": lambda world: _words(world.product, 30),
        "quantity": _quantities,
        "amount": _amounts,
        "part": _parts,
        "problem": lambda world: _words(world.place, 120),
        "objection": lambda world: _words(world.place, 120),
        "place": lambda world: _words(world.place, 40),
        "due_date": _days,
        "pin": lambda _world: Samples(("4071",), {Why.EMPTY: ""}),
        "new_pin": lambda _world: Samples(("4071",), {Why.PIN_NOT_DIGITS: "40", Why.PIN_TOO_EASY: "1234"}),
        "recovery_code": lambda _world: Samples(("40718353",), {Why.EMPTY: ""}),
    },
    secrets={acts.ChoosePin: "new_pin", acts.UseRecovery: "recovery_code"},
    wrong={"pin": refusals.WRONG_PIN, "recovery_code": refusals.WRONG_RECOVERY},
    at_once={"BUSY": refusals.BUSY, "UNSURE": refusals.UNSURE, "LATER": refusals.LATER},
)
