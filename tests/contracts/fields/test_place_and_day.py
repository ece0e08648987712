"""A place and a day, as people type both in one answer. Today is Saturday, 28 November 2026."""

from datetime import date

from contracts.fields.place_and_day import PlaceAndDay, parse_place_and_day
from contracts.refusals import BadInput, Why

TODAY, TOMORROW, CHRISTMAS = date(2026, 11, 28), date(2026, 11, 29), date(2026, 12, 25)
READ = {
    "Bungoma market 25/12": ("Bungoma market", CHRISTMAS),
    "Bungoma market, 25/12": ("Bungoma market", CHRISTMAS),
    "Bungoma market on 25/12": ("Bungoma market", CHRISTMAS),
    "Bungoma market 25 Dec": ("Bungoma market", CHRISTMAS),
    "Bungoma market Dec 25 2026": ("Bungoma market", CHRISTMAS),
    "25 Dec Bungoma market": ("Bungoma market", CHRISTMAS),
    "A*B*C market 25*12": ("A*B*C market", CHRISTMAS),
    "Godown 5 25/12": ("Godown 5", CHRISTMAS),
    "Kitale depot tarehe 25": ("Kitale depot", CHRISTMAS),
    "soko la Bungoma kesho": ("soko la Bungoma", TOMORROW),
    "kesho soko la Bungoma": ("soko la Bungoma", TOMORROW),
    "soko la Ijumaa 25/12": ("soko la Ijumaa", CHRISTMAS),
    "soko la Bungoma baada ya siku 3": ("soko la Bungoma", date(2026, 12, 1)),
    "tomorrow at Bungoma market": ("Bungoma market", TOMORROW),
    "marché de Bouaké demain": ("marché de Bouaké", TOMORROW),
    "kasuwar Dawanau gobe": ("kasuwar Dawanau", TOMORROW),
    "ranar 25/12 a kasuwar Dawanau": ("kasuwar Dawanau", CHRISTMAS),
    "አዳማ ገበያ ነገ": ("አዳማ ገበያ", TOMORROW),
    # No day for sure: all of it is the place, and the day is asked.
    "Bungoma market": ("Bungoma market", None),
    "Godown 5": ("Godown 5", None),
    "Plot 4/5": ("Plot 4/5", None),
    "Saturday market": ("Saturday market", None),
    "soko la Jumamosi": ("soko la Jumamosi", None),
    "Leo Hotel": ("Leo Hotel", None),
    "kwa Otieno": ("kwa Otieno", None),
    "25/12": (None, CHRISTMAS),
}
UNSURE = (
    "Bungoma before 25/12", "Bungoma after 25/12", "Bungoma kabla ya 25/12", "Bungoma baada ya 25/12",
    "Bungoma hadi 25/12", "Bungoma not tomorrow", "Bungoma leo au kesho", "kesho au keshokutwa Bungoma",
    "Bungoma 25/12 or 26/12", "Bungoma 25/12-26/12",
    "25/12 hadi 26/12 Bungoma", "Bungoma 25 to 26 dec", "Bouaké avant le 25/12",
    "Bouaké du 20 au 25/12", "Dawanau kafin 25/12", "Bungoma 25/12 saa 4", "Bungoma 25/12 tomorrow", "tomorrow 25/12",
)  # fmt: skip
REFUSED = dict.fromkeys(UNSURE, Why.NOT_A_DATE) | {
    "": Why.EMPTY,
    "*#*": Why.BAD_LETTERS,
    "Bungoma 31/2": Why.NOT_A_DATE,
    "Bungoma 1/1/2020": Why.IN_THE_PAST,
}


def test_both_are_read_and_a_place_is_taken_for_no_day() -> None:
    assert {typed: parse_place_and_day(typed, TODAY) for typed in READ} == {
        typed: PlaceAndDay(*found) for typed, found in READ.items()
    }


def test_a_day_that_cannot_be_is_refused() -> None:
    assert {typed: _why(typed) for typed in REFUSED} == REFUSED


def _why(typed: str) -> Why | PlaceAndDay:
    try:
        return parse_place_and_day(typed, TODAY)
    except BadInput as bad:
        return bad.why
