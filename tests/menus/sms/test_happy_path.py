"""What the messages of a contract cost from the offer to the receipt, when both sides use the menu: the table in
docs/messages.md is printed from here, and held to."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from contracts.contract import Contract, Deadline, Status, TimeAct
from contracts.fields.languages import LANGUAGES
from contracts.fields.money import Currency, Money
from contracts.fields.msisdn import Msisdn
from contracts.fields.quantity import Quantity
from contracts.notices import Notice, NoticeKind
from contracts.terms import Terms
from menus.checking.sample_contracts import sample_contract
from menus.gsm7 import segments
from menus.sms.sms_text import sms_text
from tests.menus.sms.example_notices import TYPICAL
from values.frozen import replace

BUYER, SELLER = Msisdn("+254712345678"), Msisdn("+254711222333")
NOON = datetime(2026, 12, 25, 12, tzinfo=UTC)
DUE = NOON.date()
TERMS = {
    "en": Terms("maize", Quantity("50", "bags"), Money(15_000_000, Currency.KES), "Bungoma market", DUE),
    "sw": Terms("mahindi", Quantity("50", "magunia"), Money(15_000_000, Currency.KES), "soko la Bungoma", DUE),
    "fr": Terms("riz", Quantity("50", "sacs"), Money(150_000, Currency.XOF), "marché de Bouaké", DUE),
    "ha": Terms("masara", Quantity("50", "buhu"), Money(15_000_000, Currency.NGN), "kasuwar Dawanau", DUE),
    "am": Terms("በቆሎ", Quantity("50", "ኩንታል"), Money(15_000_000, Currency.ETB), "አዳማ ገበያ", DUE),
}
MOST = {"en": 7, "sw": 7, "fr": 7, "ha": 7, "am": 11}
# Who reads what, in this order: the buyer makes the contract, the seller confirms, delivers, the buyer receives.
STEPS = (
    ("offer, to the other side", NoticeKind.OFFERED, (SELLER,)),
    ("confirmed, to both", NoticeKind.CONFIRMED, (BUYER, SELLER)),
    ("delivered, to the buyer", NoticeKind.DELIVERED, (BUYER,)),
    ("received, to both", NoticeKind.RECEIVED, (BUYER, SELLER)),
)
DOCS = Path(__file__).parents[3] / "docs" / "messages.md"


def contract_for(language: str, kind: NoticeKind) -> Contract:
    status = {NoticeKind.OFFERED: Status.PENDING, NoticeKind.CONFIRMED: Status.CONFIRMED,
              NoticeKind.DELIVERED: Status.ACTIVE, NoticeKind.RECEIVED: Status.COMPLETED}[kind]  # fmt: skip
    plain = sample_contract(TYPICAL, status=status.value, role="buyer", waits=False)
    buyer, seller = (
        replace(party, msisdn=msisdn, name="") for party, msisdn in zip(plain.parties, (BUYER, SELLER), strict=True)
    )
    delivered = kind is NoticeKind.DELIVERED
    return replace(
        plain, parties=(buyer, seller), terms=TERMS[language], codes={1: "BCDFGHJKLMNP"},
        delivered_at=NOON if delivered else None,
        deadline=Deadline(TimeAct.REMIND_RECEIPT, NOON + timedelta(days=7)) if delivered else None,
    )  # fmt: skip


def texts_of(language: str, kind: NoticeKind, readers: tuple[Msisdn, ...], *, is_first: bool = True) -> list[str]:
    """What each reader gets. `is_first`: it is their first contract, so that its costs are told."""
    contract = contract_for(language, kind)
    by = BUYER if kind is NoticeKind.RECEIVED else None
    notices = [Notice(kind, None, reader, language, (contract,), by, tells_costs=is_first) for reader in readers]
    return [sms_text(notice, language, "*483#") for notice in notices]


def segments_of(language: str, kind: NoticeKind, readers: tuple[Msisdn, ...]) -> int:
    return sum(len(segments(text)) for text in texts_of(language, kind, readers))


def rows() -> list[str]:
    counts = {step: [segments_of(language, *step[1:]) for language in LANGUAGES] for step in STEPS}
    totals = [sum(column) for column in zip(*counts.values(), strict=True)]
    return [
        f"| {name} | {' | '.join(map(str, found))} |"
        for name, found in [*((step[0], found) for step, found in counts.items()), ("**in all**", totals)]
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_messages_of_a_contract_cost_no_more_than_was_promised(language: str) -> None:
    found = {name: segments_of(language, kind, readers) for name, kind, readers in STEPS}
    assert sum(found.values()) <= MOST[language], found


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_later_contract_tells_no_costs_and_costs_no_more(language: str) -> None:
    (first,), (later,) = (
        texts_of(language, NoticeKind.CONFIRMED, (BUYER,), is_first=is_first) for is_first in (True, False)
    )
    holds_no_money = {"en": "holds no money", "sw": "haishiki pesa", "fr": "garde pas d'argent",
                      "ha": "ba ya rike kudi", "am": "ገንዘብ አንይዝም"}[language]  # fmt: skip
    assert holds_no_money in first
    assert holds_no_money not in later
    assert len(segments(later)) <= len(segments(first)) == (2 if language == "am" else 1)


def test_the_table_in_the_docs_is_what_is_sent() -> None:
    table = "\n".join([f"| message | {' | '.join(LANGUAGES)} |", "| --- |" + " --- |" * len(LANGUAGES), *rows()])
    print(table)  # noqa: T201 - to be copied into the docs
    assert table in DOCS.read_text(encoding="utf-8")
