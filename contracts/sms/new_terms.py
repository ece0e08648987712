"""New terms by SMS: `CHANGE 40718353 TOTAL 5000, DATE 25/12 and PLACE Bungoma market`.

What shall change is named first, in any of our languages, and then said as a menu would be answered. Nothing is taken
that could be read in two ways: a word that may mean the total or a price of one (price, bei, prix) names neither.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum

from contracts.fields.dates import parse_date
from contracts.fields.free_text import PLACE_LETTERS, parse_free_text
from contracts.fields.letters import fold_word, normalize_text
from contracts.fields.money import parse_amount
from contracts.fields.quantity import parse_number_of
from contracts.fields.reference import EIGHT_DIGITS, references_in
from contracts.refusals import BadInput, Why
from contracts.sms.numbers import Numbers, numbers_in, wrong_reference_in
from contracts.sms.vocabulary import CONTRACT_WORDS, POLITE, WORD, phrase_at_start
from contracts.terms import Terms
from values.frozen import Frozen, replace


class Term(StrEnum):
    TOTAL = "total"
    QUANTITY = "quantity"
    DAY = "day"
    PLACE = "place"


NewTerms = tuple[tuple[Term, str], ...]

# Not Swahili's "kiasi", an amount of goods or of money; nor Amharic's መጠን, which is either, too.
_NAMES: Mapping[Term, str] = {
    Term.TOTAL: "total jumla jimla jimilla ጠቅላላ",
    Term.QUANTITY: "qty quantity idadi quantite qte yawa ብዛት",
    Term.DAY: "date day tarehe siku jour rana ቀን",
    Term.PLACE: "place mahali lieu wuri ቦታ",
}
_TERMS = {name: term for term, names in _NAMES.items() for name in names.split()}
_PRICES = frozenset("price prices bei prix farashi farashin ዋጋ".split())  # noqa: SIM905 - of all of it, or of one
# What may stand at the start of what is said, or before the next.
_TO = re.compile(r"(?:to|kuwa|iwe|zuwa|ወደ)\s+", re.IGNORECASE)
_AND = re.compile(r"[\s,]+(?:and|na|et|da|kuma|እና)[\s,]*$", re.IGNORECASE)


class TermsInText(Frozen):
    """`new_terms` is empty where not all of the text is understood: then nothing of it is."""

    reference: str | None
    wrong_reference: str | None
    new_terms: NewTerms = ()


class UnreadableTermError(ValueError):
    """What was said of one of the terms cannot be it. The text is never kept here."""

    def __init__(self, term: Term, why: Why) -> None:
        super().__init__(f"{term.value}: {why.value}")
        self.term = term
        self.why = why


def terms_in(plain: str) -> TermsInText:
    """What a text that begins with CHANGE asks for. `plain` is normalize_text.

    >>> terms_in("change 40718353 qty: 40 and date 25/12").new_terms
    ((<Term.QUANTITY: 'quantity'>, '40'), (<Term.DAY: 'day'>, '25/12'))
    """
    head, said = _cut(plain)
    numbers, new_terms = numbers_in(head), _read(said)
    is_read = _is_opening(head, numbers) and not _asks(plain) and len({term for term, _ in new_terms}) == len(new_terms)
    if not new_terms or not is_read:
        named = numbers_in(plain)
        return TermsInText(named.reference, None)
    if not any(map(str.isdecimal, head)):
        numbers, new_terms = _named_last(new_terms)
    return TermsInText(numbers.reference, numbers.wrong_reference, new_terms)


def names_a_price(text: str) -> bool:
    """Whether a word is in it that may mean the total or the price of one."""
    return any(fold_word(word) in _PRICES for word in WORD.findall(normalize_text(text)))


def apply_new_terms(terms: Terms, new_terms: NewTerms, today: date) -> Terms:
    """`terms` with what is wanted instead; UnreadableTermError names the first thing that cannot be read."""
    for term, said in new_terms:
        try:
            terms = _changed(terms, term, said, today)
        except BadInput as bad:
            raise UnreadableTermError(term, bad.why) from None
    return terms


def _changed(terms: Terms, term: Term, said: str, today: date) -> Terms:
    match term:
        case Term.TOTAL:
            if references_in(said):  # an amount that reads like a contract may be one
                raise BadInput(Why.NOT_AN_AMOUNT)
            return replace(terms, total=parse_amount(said, terms.total.currency))
        case Term.QUANTITY:
            return replace(terms, quantity=replace(terms.quantity, amount=parse_number_of(terms.quantity.unit, said)))
        case Term.DAY:
            return replace(terms, due=parse_date(said, today))
        case Term.PLACE:
            if wrong_reference_in(said):  # a reference at the end, with a slip in it, is no place
                raise BadInput(Why.BAD_LETTERS)
            return replace(terms, place=parse_free_text(said, longest=PLACE_LETTERS))


def _cut(plain: str) -> tuple[str, Sequence[tuple[Term, str]]]:
    """What stands before the first name of a term, and each name with what follows it.

    Behind a name the same name is text (`LIEU place du marché`); another one begins the next term.
    """
    opened: list[tuple[Term, int, int]] = []
    for found in WORD.finditer(plain):
        term = _TERMS.get(fold_word(found[0]))
        if term and (not opened or opened[-1][0] is not term):
            opened.append((term, found.start(), found.end()))
    stops = [start for _, start, _ in opened[1:]] + [len(plain)]
    head = plain[: opened[0][1]] if opened else plain
    return head, [(term, plain[end:stop]) for (term, _, end), stop in zip(opened, stops, strict=False)]


def _read(said: Sequence[tuple[Term, str]]) -> NewTerms:
    tidied = []
    for number, (term, text) in enumerate(said, start=1):
        value = _without_polite(text) if number == len(said) else _AND.sub("", text)
        tidied.append((term, _TO.sub("", value.lstrip(" :=,;.-").rstrip(" :,;."), count=1)))
    return tuple(tidied)


def _without_polite(text: str) -> str:
    words = text.split()
    while words and fold_word(words[-1].strip(".,!")) in POLITE:
        words.pop()
    return " ".join(words)


def _named_last(new_terms: NewTerms) -> tuple[Numbers, NewTerms]:
    """`CHANGE TOTAL 5000 40718353`: a contract named at the very end, of which something is left before it."""
    term, said = new_terms[-1]
    found = list(EIGHT_DIGITS.finditer(said))
    if not found or found[-1].end() != len(said) or not said[: found[-1].start()].strip(" ,;:.-"):
        return numbers_in(""), new_terms
    numbers = numbers_in(found[-1][0])
    return numbers, (*new_terms[:-1], (term, said[: found[-1].start()].strip(" ,;:.-")))


def _is_opening(head: str, numbers: Numbers) -> bool:
    """Whether nothing stands in it but CHANGE, words for a contract, and at most one number."""
    words = [word for word in map(fold_word, WORD.findall(head)) if word not in POLITE]
    has_more = any(map(str.isdecimal, numbers.beside)) and not numbers.wrong_reference
    if numbers.amount or has_more:
        return False
    return set(words[phrase_at_start(words) :]) <= CONTRACT_WORDS


def _asks(plain: str) -> bool:
    return any("QUESTION" in unicodedata.name(mark, "") for mark in plain)
