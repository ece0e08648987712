"""Values cannot be changed, and show nothing about people."""

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any

import pytest
from rich.pretty import pretty_repr

import contracts
import gateway
import menus
import storage
from contracts.effects import MakeContract
from contracts.fields.msisdn import Msisdn
from gateway.events import UssdInput
from menus.screens.pin import with_pin
from menus.session import Session
from values.frozen import Frozen, Hidden, hidden_in, replace

AMINA, OTIENO = Msisdn("+254712345678"), Msisdn("+254722000222")

# Names of fields that hold a number, a text of a person, or a secret.
PERSONAL = {
    "msisdn", "sender", "raw_sender", "actor_msisdn", "reader", "other", "others", "to", "history", "answers", "about",
    "keeping", "pin_hash", "plain", "words", "appeal_words", "reasons", "token", "api_key", "auth_token", "salt",
}  # fmt: skip
NOT_PERSONAL = {  # fields with such a name that hold none of that
    "gateway.events.MoSms.to",  # a short code
    "storage.mo_facts.MoLookup.to",
    "gateway.phone.service_link.ReceivedSms.sender",  # the service's name or short code, as the simulator's is
    "gateway.simulator.handsets.AcceptedSms.sender",
    "contracts.rules.plan.Plan.about",  # a contract, whose parties hide their numbers
    "gateway.inbox.stopped_clock.StoppedClocks.others",  # plans, which hide what is in them
    "menus.checking.cases.Cases.answers",
    "gateway.rest.openapi.operation.Operation.answers",  # the shapes that a route answers with
}


class Line(Frozen):
    reference: str
    text: Hidden[str]
    priority: int = 5


class Longer(Line):
    msisdn: Hidden[str | None] = None


def subclasses_of(base: type[Frozen]) -> Iterator[type[Frozen]]:
    for sub in base.__subclasses__():
        yield sub
        yield from subclasses_of(sub)


def test_a_value_cannot_be_changed_only_replaced() -> None:
    line = Line("40718353", "wet", priority=1)
    with pytest.raises(AttributeError):
        line.priority = 9  # type: ignore[misc]  # what must not be done
    assert replace(line, priority=9) == Line("40718353", "wet", 9) != line
    assert hash(line) == hash(Line("40718353", "wet", 1))


@pytest.mark.parametrize(
    "shown", [repr, str, pretty_repr, lambda value: f"{[value]}"], ids=["repr", "str", "rich", "in"]
)
def test_nothing_shows_a_hidden_field(shown: Any) -> None:
    told = shown(Longer("40718353", "wet", msisdn=AMINA))
    assert "40718353" in told and "5" in told
    assert "wet" not in told and AMINA not in told


@pytest.mark.parametrize("shown", [repr, pretty_repr])
def test_no_repr_of_an_effect_or_a_session_shows_a_msisdn(shown: Any) -> None:
    offer = MakeContract("buyer", OTIENO, "maize", "50", "bags", 350_000, "KES", "Busia", "2026-12-25")
    said = UssdInput("africastalking", "ATUid_1", AMINA, "*483#", "63902", "1*4071")
    session = Session("en", trail=(with_pin(offer, "contract.made").place,), answers={"other": OTIENO})
    for value in (offer, said, session, with_pin(offer, "contract.made")):
        assert AMINA not in shown(value) and OTIENO not in shown(value) and "4071" not in shown(value)


def test_every_field_with_a_personal_name_is_hidden() -> None:
    for package in (contracts, gateway, menus, storage):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not found.name.endswith("__main__"):
                importlib.import_module(found.name)
    seen = [value_type for value_type in subclasses_of(Frozen) if value_type.__module__.split(".")[0] != "tests"]
    assert len(seen) > 120
    bare = {
        f"{value_type.__module__}.{value_type.__qualname__}.{name}"
        for value_type in seen
        for name in PERSONAL.intersection(value_type.__struct_fields__) - hidden_in(value_type)
    }
    assert bare == NOT_PERSONAL
    assert {name for value_type in seen for name in value_type.__struct_fields__} >= PERSONAL, "a field was renamed"
