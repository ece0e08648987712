"""What may be written into a product, a place or a name, and what would be a message of one's own to a stranger."""

import json
from pathlib import Path

import pytest

from contracts.fields.shown_text import check_shown_text, parse_shown_text
from contracts.refusals import BadInput, Why
from contracts.sms.vocabulary import NO, YES

# `real`: from price lists, maps and shop fronts. Beside it by reason: what would be a message to a stranger.
CASES: dict[str, list[str]] = json.loads(Path(__file__).with_suffix(".json").with_stem("shown_text").read_text("utf-8"))


def why_refused(text: str) -> Why | None:
    try:
        check_shown_text(text)
    except BadInput as bad:
        return bad.why
    return None


def test_real_products_places_and_names_pass() -> None:
    assert {text: why for text in CASES["real"] if (why := why_refused(text))} == {}


@pytest.mark.parametrize("why", [why for why in Why if why in CASES])
def test_a_message_of_one_s_own_is_refused(why: Why) -> None:
    assert {text: found for text in CASES[why] if (found := why_refused(text)) is not why} == {}


def test_what_is_taken_is_kept_as_it_was_typed() -> None:
    assert parse_shown_text("  Opp.  Shop 5 ", longest=40) == "Opp. Shop 5"


def test_every_word_that_answers_us_is_refused_alone() -> None:
    """The list stands in two places, because fields know nothing of SMS."""
    assert {word for word in (*YES, *NO, "stop", "start") if why_refused(word) is None} == set()
