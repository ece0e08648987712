"""The PIN that a caller types before an effect that binds them. At first use they choose it, and type it twice.

The screen "pin" decides which of the two is asked, so no other screen needs to know whether a caller has a PIN.
"""

from typing import Any

from contracts import effects
from contracts.effects import ChoosePin, Effect, ProvePin, UseRecovery
from contracts.readings import Person, person
from menus import answers
from menus.office import with_office
from menus.refusal_texts import refusal_end
from menus.screen import (
    Caller,
    Do,
    EffectResult,
    Go,
    Place,
    Screen,
    ask_secret,
    choice,
    do,
    end,
    go,
    menu,
    screen,
    secret_question,
)
from menus.translate import t

ENTER_PIN = secret_question(t("Enter your PIN"), answers.pin)
CHOOSE_FIRST_PIN = secret_question(
    t("Choose a PIN of 4 digits. It signs your contracts: keep it secret."), answers.new_pin
)
REPEAT_PIN = secret_question(t("Type the same PIN again"), answers.pin)
CHOOSE_NEW_PIN = secret_question(t("Choose a new PIN of 4 digits"), answers.new_pin)
TYPE_RECOVERY_CODE = secret_question(
    t("Type the 8-digit recovery code."),
    answers.recovery_code,
)


def with_pin(effect: Effect, then: str) -> Go:
    """Ask for the PIN, then perform the effect, then show the screen `then`."""
    return go("pin", effect=effects.to_json(effect), then=then)


@screen("pin", reads=person)
def pin(caller: Caller, known: Person, effect: dict[str, Any], then: str) -> Screen:
    if known.has_pin:
        return ask_secret(ENTER_PIN, then=Do(effects.from_json(effect), Place(then)))
    again = Place("pin.again", {"effect": effect, "then": then})
    return ask_secret(CHOOSE_FIRST_PIN, then=Do(ChoosePin(), again))


@screen("pin.again")
def pin_again(caller: Caller, result: EffectResult, effect: dict[str, Any], then: str) -> Screen:
    if result.refusal:
        return refusal_end(result)
    return ask_secret(REPEAT_PIN, then=Do(effects.from_json(effect), Place(then)))


@screen("pin.new")
def pin_new(caller: Caller, result: EffectResult) -> Screen:
    again = Place("pin.again", {"effect": effects.to_json(ProvePin()), "then": "pin.changed"})
    return ask_secret(CHOOSE_NEW_PIN, then=Do(ChoosePin(changing=True), again))


@screen("pin.forgot")
def pin_forgot(caller: Caller) -> Screen:
    """A person of the office gives the code to the caller, never an SMS: who stole a SIM gets no new PIN with it."""
    gives = t("For a new PIN you need a code. {Office} gives it to you in person only, never by SMS.")
    return menu(with_office(gives, caller.office, caller.msisdn), choice(t("I have the code"), go("pin.recover")))


@screen("pin.recover")
def pin_recover(caller: Caller) -> Screen:
    return ask_secret(TYPE_RECOVERY_CODE, then=do(UseRecovery(), "pin.new"))


@screen("pin.changed")
def pin_changed(caller: Caller, result: EffectResult) -> Screen:
    return end(t("Your PIN is set. Keep it secret: nobody from VoicePact ever asks for it."))
