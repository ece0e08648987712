"""New terms by SMS: `CHANGE 40718353 TOTAL 5000, DATE 25/12 and PLACE Bungoma market`.

Each term is named, in any of our languages, and its new value follows, typed as in a menu. What could be read in two
ways is not taken: "price" (bei, prix) may mean the total or the price of one, so it names neither.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum

from contracts.escrow.rules import with_fee_in_proportion
from contracts.fields.dates import parse_date
from contracts.fields.free_text import PLACE_LETTERS
from contracts.fields.letters import fold_word, normalize_text
from contracts.fields.money import parse_amount
from contracts.fields.quantity import parse_number_of
from contracts.fields.reference import EIGHT_DIGITS, references_in
from contracts.fields.shown_text import parse_shown_text
from contracts.refusals import BadInput, Why
from contracts.sms.numbers import Numbers, asks, numbers_in, wrong_reference_in
from contracts.sms.vocabulary import CONTRACT_WORDS, POLITE, WORD, phrase_at_start
from contracts.terms import Terms
from values.frozen import Frozen, replace


class Term(StrEnum):
    """A term that can be changed by SMS."""

    TOTAL = "total"
    QUANTITY = "quantity"
    DAY = "day"
    PLACE = "place"


# Each term that shall change with its new value, as typed.
NewTerms = tuple[tuple[Term, str], ...]

# Left out: Swahili "kiasi" and Amharic "መጠን", which mean an amount of goods or of money.
_TERM_NAMES: Mapping[Term, str] = {
    Term.TOTAL: "total jumla jimla jimilla ጠቅላላ",
    Term.QUANTITY: "qty quantity idadi quantite qte yawa ብዛት",
    Term.DAY: "date day tarehe siku jour rana ቀን",
    Term.PLACE: "place mahali lieu wuri ቦታ",
}
_TERMS = {name: term for term, names in _TERM_NAMES.items() for name in names.split()}
_PRICES = frozenset("price prices bei prix farashi farashin ዋጋ".split())  # noqa: SIM905 - a list of words
_TO_BEFORE_VALUE = re.compile(r"(?:to|kuwa|iwe|zuwa|ወደ)\s+", re.IGNORECASE)
_AND_AFTER_VALUE = re.compile(r"[\s,]+(?:and|na|et|da|kuma|እና)[\s,]*$", re.IGNORECASE)


class TermsInText(Frozen):
    """`new_terms` is empty if any part of the text is not understood. `wrong_reference`: as in `numbers.Numbers`."""

    reference: str | None
    wrong_reference: str | None
    new_terms: NewTerms = ()


class UnreadableTermError(ValueError):
    """The new value of `term` cannot be read. The value is not kept here, because exceptions end up in logs."""

    def __init__(self, term: Term, why: Why) -> None:
        super().__init__(f"{term.value}: {why.value}")
        self.term = term
        self.why = why


def terms_in(text: str) -> TermsInText:
    """Return the new terms that a text asks for. It begins with CHANGE and comes from `normalize_text`.

    >>> terms_in("change 40718353 qty: 40 and date 25/12").new_terms
    ((<Term.QUANTITY: 'quantity'>, '40'), (<Term.DAY: 'day'>, '25/12'))
    """
    opening, named = _split(text)
    numbers, new_terms = numbers_in(opening), _values(named)
    names_each_once = len({term for term, _ in new_terms}) == len(new_terms)
    if not new_terms or not names_each_once or asks(text) or not _is_opening(opening, numbers):
        return TermsInText(numbers_in(text).reference, None)
    if not any(map(str.isdecimal, opening)):
        numbers, new_terms = _without_last_reference(new_terms)
    return TermsInText(numbers.reference, numbers.wrong_reference, new_terms)


def names_a_price(text: str) -> bool:
    """Whether `text` has a word that may mean the total or the price of one."""
    return any(fold_word(word) in _PRICES for word in WORD.findall(normalize_text(text)))


def apply_new_terms(terms: Terms, new_terms: NewTerms, today: date) -> Terms:
    """Return `terms` with the new values. Raise UnreadableTermError for the first value that cannot be read."""
    agreed = terms
    for term, value in new_terms:
        try:
            terms = _apply(terms, term, value, today)
        except BadInput as bad:
            raise UnreadableTermError(term, bad.why) from None
    return with_fee_in_proportion(agreed, terms)


def _apply(terms: Terms, term: Term, value: str, today: date) -> Terms:
    match term:
        case Term.TOTAL:
            if references_in(value) or names_a_price(value):  # a reference, or the price of one
                raise BadInput(Why.NOT_AN_AMOUNT)
            return replace(terms, total=parse_amount(value, terms.total.currency))
        case Term.QUANTITY:
            amount = parse_number_of(terms.quantity.unit, value)
            return replace(terms, quantity=replace(terms.quantity, amount=amount))
        case Term.DAY:
            return replace(terms, due=parse_date(value, today))
        case Term.PLACE:
            if wrong_reference_in(value):  # a mistyped reference at the end of the text is no part of a place
                raise BadInput(Why.BAD_LETTERS)
            return replace(terms, place=parse_shown_text(value, longest=PLACE_LETTERS))


def _split(text: str) -> tuple[str, Sequence[tuple[Term, str]]]:
    """What stands before the first name of a term, and each named term with what follows its name.

    The same name again is part of the value (`LIEU place du marché`); the name of another term begins that term.
    """
    names: list[tuple[Term, int, int]] = []
    for found in WORD.finditer(text):
        term = _TERMS.get(fold_word(found[0]))
        if term and (not names or names[-1][0] is not term):
            names.append((term, found.start(), found.end()))
    ends = [start for _, start, _ in names[1:]] + [len(text)]
    opening = text[: names[0][1]] if names else text
    return opening, [(term, text[start:end]) for (term, _, start), end in zip(names, ends, strict=False)]


def _values(named: Sequence[tuple[Term, str]]) -> NewTerms:
    """Each term with its value alone, without "to", "and", polite words and the marks around it."""
    values = []
    for number, (term, text) in enumerate(named, start=1):
        value = _without_polite_end(text) if number == len(named) else _AND_AFTER_VALUE.sub("", text)
        values.append((term, _TO_BEFORE_VALUE.sub("", value.lstrip(" :=,;.-").rstrip(" :,;."), count=1)))
    return tuple(values)


def _without_polite_end(text: str) -> str:
    words = text.split()
    while words and fold_word(words[-1].strip(".,!")) in POLITE:
        words.pop()
    return " ".join(words)


def _without_last_reference(new_terms: NewTerms) -> tuple[Numbers, NewTerms]:
    """Take the reference from the end of `CHANGE TOTAL 5000 40718353`, if a value is left before it."""
    term, value = new_terms[-1]
    found = list(EIGHT_DIGITS.finditer(value))
    if not found or found[-1].end() != len(value) or not value[: found[-1].start()].strip(" ,;:.-"):
        return numbers_in(""), new_terms
    numbers = numbers_in(found[-1][0])
    return numbers, (*new_terms[:-1], (term, value[: found[-1].start()].strip(" ,;:.-")))


def _is_opening(text: str, numbers: Numbers) -> bool:
    """Whether `text` is only CHANGE, words for a contract and polite ones, and at most one number."""
    words = [word for word in map(fold_word, WORD.findall(text)) if word not in POLITE]
    has_more_digits = any(map(str.isdecimal, numbers.rest_without_reference)) and not numbers.wrong_reference
    return not numbers.amount and not has_more_digits and set(words[phrase_at_start(words) :]) <= CONTRACT_WORDS
