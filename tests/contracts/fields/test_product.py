"""A product is asked for without its quantity."""

import pytest

from contracts.fields.product import parse_product
from contracts.refusals import BadInput, Why


@pytest.mark.parametrize("product", ["maize", "boda trip", "H-614D seed", "6kg gas", "bags", "2 in 1 soap", "ng'ombe"])
def test_a_product_is_kept_as_typed(product: str) -> None:
    assert parse_product(product) == product


@pytest.mark.parametrize("typed", ["50 bags maize", "magunia 50 ya mahindi", "magunia mawili na nusu mahindi"])
def test_a_product_with_its_quantity_is_asked_for_alone(typed: str) -> None:
    with pytest.raises(BadInput) as bad:
        parse_product(typed)
    assert bad.value.why is Why.WITH_QUANTITY
