"""What a screen is: a frozen value, which a pure function makes from what is known of the caller.

`menu`, `ask` (or `ask_secret`) and `end` are the only shapes. A choice or an answer has a move, which tells what comes
next. A move is a frozen value too: the session keeps it until the caller types, and it means then what it meant when it
was shown. Places and moves are stored as arrays: their fields keep their order, the moves their tags, and what is new
comes last, with a default.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, date, tzinfo
from inspect import signature
from typing import Any

from contracts.contract import Contract
from contracts.effects import Effect
from contracts.escrow.rules import EscrowRules
from contracts.fields.money import Currency, Money
from contracts.fields.msisdn import Msisdn
from contracts.refusals import LimitReached, Refusal
from menus.office import Office
from menus.translate import Text
from values.frozen import Frozen, Hidden, field, replace

Json = Any


class Place(Frozen, array_like=True):
    """A screen by its name, and the values for its parameters by their names (`about`, plain JSON)."""

    name: str
    about: Hidden[Mapping[str, Json]] = field(default_factory=dict)


class Go(Frozen, array_like=True, tag=0):
    """Go to a place. `keeping` is added to the answers of the journey; with `begins` the earlier ones are forgotten."""

    place: Place
    keeping: Hidden[Mapping[str, Json]] = field(default_factory=dict)
    begins: bool = False


class Do(Frozen, array_like=True, tag=1):
    """Perform an effect, then show `then`, a screen that takes the effect's result and has no reading."""

    effect: Effect
    then: Place


class Return(Frozen, array_like=True, tag=2):
    """Go back to where the caller was before this screen, as the key Back does."""


Move = Go | Do | Return


class Choice(Frozen):
    text: Text
    move: Move


class Menu(Frozen):
    """`names_way_back`: Back and Home stand on the page; their keys lead there in any case."""

    body: Text
    choices: tuple[Choice, ...]
    names_way_back: bool = True


class Ask(Frozen):
    """`answer` names the function in menus/answers.py that reads what the caller types. With `keep_as` the session
    keeps the value under that name. `is_secret` is set by `ask_secret` only."""

    question: Text
    answer: str
    then: Move
    keep_as: str | None = None
    is_secret: bool = False


class SecretQuestion(Frozen):
    """A question whose answer is a PIN or a recovery code. `answer` is as in `Ask`."""

    text: Text
    answer: str


class End(Frozen):
    body: Text


Screen = Menu | Ask | End


class EffectResult(Frozen):
    """What performing an effect came to: the contract as it is now, or a refusal. `limit`: which limit on offers it was
    refused for. `is_held`: the other party is asked in the morning."""

    contract: Contract | None = None
    refusal: Refusal | None = None
    limit: LimitReached | None = None
    is_held: bool = False


class Caller(Frozen):
    """What every screen knows without a reading. `today` and `zone` are the service's; `answers` are those of this
    journey. `served`: the calling codes of the countries whose numbers may be in a contract; empty: all. `office`: whom
    the texts send people to. `sms_limit`: the largest total of a contract to which an SMS alone binds. `escrow`: of new
    contracts whose money may wait with us; None: it may not."""

    msisdn: Hidden[Msisdn]
    service_code: str
    country: str
    currency: Currency
    today: date
    answers: Hidden[Mapping[str, Json]] = field(default_factory=dict)
    zone: tzinfo = UTC
    served: frozenset[str] = frozenset()
    office: Office = Office()
    sms_limit: Money = Money(20_000_000, Currency.KES)
    escrow: EscrowRules | None = None


Draw = Callable[..., Screen]
Reading = Callable[..., Awaitable[Any]]


class RegisteredScreen(Frozen):
    """A screen's function `draw`, and the reading that runs before it, if it has one. `reads_by`: the values in a
    place's `about` that the reading takes. `wants_result`: the screen is shown after an effect and takes its result."""

    name: str
    draw: Draw
    reads: Reading | None
    reads_by: tuple[str, ...]
    wants_result: bool


SCREENS: dict[str, RegisteredScreen] = {}
SECRET_QUESTIONS: list[SecretQuestion] = []


def screen(name: str, *, reads: Reading | None = None) -> Callable[[Draw], Draw]:
    """Register a screen. Its parameters are the caller, then what `reads` found, then the values of its place."""

    def register(draw: Draw) -> Draw:
        if name in SCREENS:
            raise ValueError(f"two screens are called {name}")
        reads_by = tuple(signature(reads).parameters)[2:] if reads else ()
        SCREENS[name] = RegisteredScreen(name, draw, reads, reads_by, "result" in signature(draw).parameters)
        return draw

    return register


def menu(body: Text, *choices: Choice, names_way_back: bool = True) -> Menu:
    return Menu(body, choices, names_way_back)


def choice(text: Text, move: Move) -> Choice:
    return Choice(text, move)


def ask(question: Text, answer: Callable[..., Json], *, then: Move, keep_as: str | None = None) -> Ask:
    """Ask a question. `answer` is a function of `menus.answers`: it reads what the caller types, or refuses it."""
    return Ask(question, answer.__name__, then, keep_as)


def secret_question(text: Text, answer: Callable[..., Json]) -> SecretQuestion:
    """Register a question for `ask_secret`. Call it when the screen's module is imported: the handset in the terminal
    draws no screen, and has to know every question to which it must not echo or record the answer."""
    question = SecretQuestion(text, answer.__name__)
    SECRET_QUESTIONS.append(question)
    return question


def ask_secret(question: SecretQuestion, *, then: Do) -> Ask:
    """Ask for a PIN or a recovery code. The session never keeps it: it goes, as it was typed, with the effect in
    `then`."""
    return Ask(question.text, question.answer, then, is_secret=True)


def end(body: Text) -> End:
    return End(body)


def go(name: str, **about: Json) -> Go:
    return Go(Place(name, about))


def begin(name: str, **about: Json) -> Go:
    """Go to the first question of a journey: the answers of another journey are forgotten."""
    return Go(Place(name, about), begins=True)


def keeping(move: Go, **answers: Json) -> Go:
    """Return `move` so that the session keeps these answers too."""
    return replace(move, keeping={**move.keeping, **answers})


def do(effect: Effect, then: str) -> Do:
    return Do(effect, Place(then))
