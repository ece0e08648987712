"""Rules about the moves of a screen: where a choice or an answer leads, its effect, and what is kept of it."""

from collections.abc import Iterator, Mapping
from functools import cache
from inspect import Parameter, signature

import msgspec

from contracts.effects import ChoosePin, Effect
from contracts.readings import person
from menus.answers import ANSWER_PARSERS, SECRET_ANSWERS
from menus.checking.cases import Cases
from menus.checking.drawing import Drawing
from menus.checking.findings import Rule
from menus.screen import Ask, Do, Go, Menu, Move, Place, RegisteredScreen
from menus.session import OpenQuestion, Session
from values.frozen import Frozen


class OfferedMove(Frozen):
    """A move that a drawing offers: by a choice, or by the answer to `asked`. With `is_proved` the caller has given the
    right PIN or recovery code on the way here."""

    drawing: Drawing
    move: Move
    asked: Ask | None
    is_proved: bool
    screens: Mapping[str, RegisteredScreen]
    cases: Cases

    @property
    def target(self) -> Place | None:
        match self.move:
            case Go(place):
                return place
            case Do(_, then):
                return then
        return None

    @property
    def answers_given(self) -> frozenset[str]:
        """The names of the answers that the session keeps newly with this move."""
        kept = self.move.keeping if isinstance(self.move, Go) else {}
        return frozenset({*kept, self.asked.keep_as} if self.asked and self.asked.keep_as else kept)

    @property
    def effect(self) -> Effect | None:
        return self.move.effect if isinstance(self.move, Do) else None


def leads_to_a_screen(offered: OfferedMove) -> Iterator[str]:
    if offered.target and offered.target.name not in offered.screens:
        yield f"nobody drew a screen {offered.target.name!r}"


def gives_a_screen_what_it_takes(offered: OfferedMove) -> Iterator[str]:
    if offered.target and (registered := offered.screens.get(offered.target.name)):
        if misfit(registered):
            return
        given, (needed, known) = set(offered.target.about), parameters(registered)
        for name in sorted(needed - given):
            yield f"{registered.name} is not given its {name}"
        for name in sorted(given - known):
            yield f"{registered.name} takes no {name}"


def claims_nothing_that_was_not_done(offered: OfferedMove) -> Iterator[str]:
    if isinstance(offered.move, Go):
        registered = offered.screens.get(offered.move.place.name)
        if registered and registered.wants_result:
            yield f"{registered.name} tells the result of an effect, and is shown without one"


def reads_nothing_after_an_effect(offered: OfferedMove) -> Iterator[str]:
    if isinstance(offered.move, Do):
        registered = offered.screens.get(offered.move.then.name)
        if registered and registered.reads and not registered.wants_result:
            yield f"{registered.name} is shown after an effect and reads what may not be written yet"


def puts_the_right_secret_before_an_effect(offered: OfferedMove) -> Iterator[str]:
    if offered.effect is None or (needed := secret_before(offered.effect, offered.cases)) is None:
        return
    asked = offered.asked.answer if offered.asked else "nothing"
    if asked != needed:
        yield f"{type(offered.effect).__name__} needs the answer to {needed!r} before it, not to {asked!r}"


def changes_a_pin_only_when_it_was_proved(offered: OfferedMove) -> Iterator[str]:
    if isinstance(offered.effect, ChoosePin) and offered.effect.changing and not offered.is_proved:
        yield "a PIN is changed, and no effect on the way here has proved who it is"


def asks_a_pin_where_it_can_be_asked_again(offered: OfferedMove) -> Iterator[str]:
    registered = offered.drawing.registered
    if offered.effect and offered.effect.needs_pin and registered.reads not in (None, person):
        yield "after a wrong PIN the screen is drawn with the person, and it reads something else"


def goes_somewhere(offered: OfferedMove) -> Iterator[str]:
    here = offered.drawing.session.here
    if isinstance(offered.move, Go) and offered.move.place == here and not offered.move.keeping and not offered.asked:
        yield "a choice leads to the screen it is on"


def survives_the_session_store(offered: OfferedMove) -> Iterator[str]:
    """A move is stored in the session, and must be the same move when it is read back."""
    asked = OpenQuestion(offered.asked.answer, offered.move, offered.asked.keep_as) if offered.asked else None
    session = Session("en", shown={} if asked else {"1": offered.move}, asked=asked)
    try:
        returned = msgspec.msgpack.decode(msgspec.msgpack.encode(session), type=Session)
    except (TypeError, msgspec.DecodeError) as fault:
        yield f"a move cannot be kept: {type(fault).__name__}: {fault}"
        return
    if (returned.shown, returned.asked) != (session.shown, session.asked):
        yield "a move comes back from the session store as another"


def reads_answers_in_a_known_way(offered: OfferedMove) -> Iterator[str]:
    if offered.asked and offered.asked.answer not in ANSWER_PARSERS:
        yield f"menus.answers has no {offered.asked.answer!r}"


def asks_secrets_with_ask_secret(offered: OfferedMove) -> Iterator[str]:
    """ask_secret keeps no answer in the session, hands it to an effect, and lets the terminal's handset hide it."""
    asked = offered.asked
    if asked and asked.is_secret != (asked.answer in SECRET_ANSWERS):
        yield f"ask_secret and the answers of menus.answers.SECRET belong together: {asked.answer!r}"


def loses_no_answer(offered: OfferedMove) -> Iterator[str]:
    asked = offered.asked
    if asked and asked.answer in ANSWER_PARSERS and not asked.keep_as and asked.answer not in SECRET_ANSWERS:
        yield "what is typed is neither kept nor a secret that goes with an effect"


RULES: tuple[Rule[OfferedMove], ...] = (
    leads_to_a_screen,
    gives_a_screen_what_it_takes,
    claims_nothing_that_was_not_done,
    reads_nothing_after_an_effect,
    puts_the_right_secret_before_an_effect,
    changes_a_pin_only_when_it_was_proved,
    asks_a_pin_where_it_can_be_asked_again,
    goes_somewhere,
    survives_the_session_store,
    reads_answers_in_a_known_way,
    asks_secrets_with_ask_secret,
    loses_no_answer,
)


def moves_of(drawing: Drawing) -> tuple[Move, ...]:
    match drawing.screen:
        case Menu(_, choices):
            return tuple(choice.move for choice in choices)
        case Ask(_, _, then):
            return (then,)
    return ()


def secret_before(effect: Effect, cases: Cases) -> str | None:
    """The name of the secret answer that this effect needs; None if it needs none."""
    return cases.secrets.get(type(effect)) or ("pin" if effect.needs_pin else None)


def proves(effect: Effect, cases: Cases) -> bool:
    """Whether this effect, when it is not refused, shows that the PIN or the recovery code was right."""
    return secret_before(effect, cases) in cases.wrong_secret_texts


@cache
def misfit(registered: RegisteredScreen) -> str | None:
    """Return why the function of a screen cannot be called with what the gateway gives it; None if it can."""
    names = list(signature(registered.draw).parameters)
    if len(names) < 1 + (registered.reads is not None or registered.wants_result):
        return "it has no parameter for what is read for it"
    if registered.wants_result and (names[1] != "result" or registered.reads):
        return f"the result is given second, and its second parameter is {names[1]!r}"
    lost = [name for name in registered.reads_by if name not in names]
    return f"its reading goes by {', '.join(lost)}, which the screen does not take" if lost else None


@cache
def parameters(registered: RegisteredScreen) -> tuple[frozenset[str], frozenset[str]]:
    """The names that a place of this screen must have in `about`, and those that it may have."""
    ahead = 1 + (registered.reads is not None or registered.wants_result)
    about = list(signature(registered.draw).parameters.values())[ahead:]
    needed = {parameter.name for parameter in about if parameter.default is Parameter.empty}
    return frozenset(needed | set(registered.reads_by)), frozenset(parameter.name for parameter in about)


def can_follow(offered: OfferedMove) -> bool:
    """Whether the screen that the move leads to can be drawn."""
    broken = (leads_to_a_screen, gives_a_screen_what_it_takes, reads_answers_in_a_known_way)
    return not any(reason for rule in broken for reason in rule(offered))
