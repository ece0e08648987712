"""What is sold, in the words of the people who trade."""

from contracts.fields.free_text import PRODUCT_LETTERS
from contracts.fields.quantity import parse_quantity
from contracts.fields.shown_text import parse_shown_text
from contracts.fields.units import CONTAINERS
from contracts.refusals import BadInput, Why

_MOST_WORDS = 6  # of a quantity at the start of a product


def parse_product(text: str) -> str:
    """Return a product as typed. Raise BadInput as `parse_shown_text` does, and WITH_QUANTITY for `50 bags maize`.

    A measure is no quantity of a product: `6kg gas` is sold by that name.
    """
    product = parse_shown_text(text, longest=PRODUCT_LETTERS)
    words = product.split()
    if any(_is_quantity(words[:end]) for end in range(2, min(len(words), _MOST_WORDS) + 1)):
        raise BadInput(Why.WITH_QUANTITY)
    return product


def _is_quantity(words: list[str]) -> bool:
    try:
        return parse_quantity(" ".join(words)).unit.split()[0] in CONTAINERS
    except BadInput:
        return False
