"""Every difference between a rail's books and ours is named, and nothing that is the same is."""

from contracts.escrow.reconcile import BookLine, Difference, as_json, differences
from contracts.fields.money import Currency, Money


def line(receipt: str, shillings: int = 100, *, is_in: bool = True) -> BookLine:
    return BookLine(receipt, Money(shillings * 100, Currency.KES), is_in, "40718353")


def by_receipt(*lines: BookLine) -> dict[str, BookLine]:
    return {each.receipt: each for each in lines}


def test_books_that_agree_have_no_difference() -> None:
    theirs = [line("A"), line("B", 250), line("C", is_in=False)]
    assert not list(differences(theirs, by_receipt(*theirs), {}))


def test_each_difference_is_named_once() -> None:
    theirs = [line("A"), line("A"), line("B", 200), line("C", is_in=False), line("D")]
    ours = by_receipt(line("A"), line("B", 250), line("C"), line("E"))
    found = [(each.what, each.receipt) for each in differences(theirs, ours, {})]
    assert found == [
        (Difference.TWICE, "A"), (Difference.AMOUNT, "B"), (Difference.DIRECTION, "C"), (Difference.NOT_COUNTED, "D"),
        (Difference.NOT_IN_THEIRS, "E"),
    ]  # fmt: skip


def test_what_was_counted_on_another_day_is_no_difference() -> None:
    assert not list(differences([line("A")], {}, by_receipt(line("A"))))
    (found,) = differences([line("A")], {}, by_receipt(line("A", 99)))
    assert (found.what, as_json(found)["ours_minor"]) == (Difference.AMOUNT, 9900)


def test_a_difference_is_told_without_what_a_payer_typed() -> None:
    (found,) = differences([BookLine("A", Money(100, Currency.KES), True, "0712345678")], {}, {})
    assert as_json(found) == {
        "what": "not counted here", "receipt": "A", "currency": "KES", "theirs_minor": 100, "ours_minor": None,
    }  # fmt: skip
    assert "0712345678" not in repr(found)
