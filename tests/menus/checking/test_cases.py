"""The cases of the checker: examples for every answer, every currency and every refusal."""

from collections.abc import Iterable, Iterator

import pytest

from contracts.effects import ChoosePin, Effect, MakeContract, ProvePin, Receive
from contracts.fields.free_text import PLACE_LETTERS, PRODUCT_LETTERS, parse_free_text
from contracts.fields.money import Currency
from contracts.refusals import BadInput, Refusal, Why
from menus.answers import ANSWER_PARSERS
from menus.checking import CASES
from menus.checking.positions import Position, caller_at
from menus.checking.sample_inputs import SampleInput
from menus.session import Session

TYPED = (
    *["", " ", "x", "12", "-5", "0", "50", "1.2345", "3.505", "9" * 15, "x" * 99, "\0", "\u202e", "ƙasa", "🌽🌽"],
    *["0712", "+254712345678", "+254202345678", "+2547123456789012", "1234", "4071", "40", "KES 5", "USD 50"],
    *["50 bags", "0 bags", "5 " + "w" * 30, "9999999999 kg", "25/12", "1/1/2020", "1/1/2099", "kesho"],
)


@pytest.mark.parametrize("name", ANSWER_PARSERS)
def test_every_reason_not_to_take_an_answer_has_a_sample(name: str) -> None:
    sample = CASES.inputs[0]
    examples = CASES.answers[name](sample)
    assert set(_reasons(name, sample, TYPED)) <= set(examples.refused)
    assert {why: list(_reasons(name, sample, [typed])) for why, typed in examples.refused.items()} == {
        why: [why] for why in examples.refused
    }


def test_every_currency_and_every_refusal_has_a_case() -> None:
    assert {sample.currency for sample in CASES.inputs} == set(Currency)
    effects: dict[type[Effect], Effect] = {
        MakeContract: MakeContract("seller", "", "", "", "", 0, "", "", ""),
        ChoosePin: ChoosePin(),
        Receive: Receive("", "1"),
    }
    results = [of(CASES.inputs[0], effects.get(effect, ProvePin())) for effect, of in CASES.results.items()]
    assert {named.value.refusal for each in results for named in each} - {None} == set(Refusal)


@pytest.mark.parametrize("sample", [pytest.param(sample, id=sample.name) for sample in CASES.inputs])
def test_a_sample_input_is_as_long_as_can_be_typed(sample: SampleInput) -> None:
    assert parse_free_text(sample.product, longest=PRODUCT_LETTERS) == sample.product
    assert parse_free_text(sample.place, longest=PLACE_LETTERS) == sample.place
    if sample.name != "everyday words":
        assert (len(sample.product), len(sample.place)) == (PRODUCT_LETTERS, PLACE_LETTERS)
        for longer, name in ((sample.product + "w", "product"), (sample.place + "w", "place")):
            assert list(_reasons(name, sample, [longer])) == [Why.TOO_LONG]


def _reasons(name: str, sample: SampleInput, typed: Iterable[str]) -> Iterator[Why]:
    caller = caller_at(Position(sample, Session("en")))
    for answer in typed:
        try:
            ANSWER_PARSERS[name](answer, caller)
        except BadInput as bad:
            yield bad.why
