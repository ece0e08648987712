"""Reasons are machine words, and an exception tells nothing else."""

from contracts.refusals import BadInput, Why


def test_every_reason_is_a_word_of_its_own() -> None:
    assert len({why.value for why in Why}) == len(Why.__members__)
    assert all(why.value.replace("_", "").isalpha() and why.value == why.name.lower() for why in Why)


def test_a_refusal_says_why_and_nothing_more() -> None:
    bad = BadInput(Why.TOO_FAR)
    assert isinstance(bad, ValueError)
    assert (bad.why, str(bad)) == (Why.TOO_FAR, "too_far")
