"""The reasons for which typed input is not taken, and what their exception says."""

from contracts.refusals import BadInput, Why


def test_every_reason_has_a_value_of_its_own() -> None:
    assert len({why.value for why in Why}) == len(Why.__members__)
    assert all(why.value.replace("_", "").isalpha() and why.value == why.name.lower() for why in Why)


def test_the_exception_has_the_reason_and_nothing_else() -> None:
    bad = BadInput(Why.TOO_FAR)
    assert isinstance(bad, ValueError)
    assert (bad.why, str(bad)) == (Why.TOO_FAR, "too_far")
