"""The section of the paper about money that waited with the service, in each language."""

import re
from uuid import UUID

from contracts.fields.languages import LANGUAGES
from gateway.evidence.contract_pdf import draw_pdf
from gateway.evidence.evidence_record import read_record
from gateway.evidence.money_section import money_lines
from gateway.evidence.paper_lines import Fact, Head, Remark
from gateway.evidence.speaker import Speaker
from tests.gateway.evidence.paper_record import ALL_FONTS, make_record, options_with
from tests.gateway.operator_client import Operator
from tests.gateway.payments.money_story import MoneyStory, live_with_money
from tests.gateway.pdf_text import pdf_text

MOVED = [
    "2,000 came for this contract; receipt R1 of memory",
    "1,000 came for this contract; receipt R2 of memory",
    "1,180 is to go to the seller",
    "20 is the fee of the service",
    "1,180 was paid to the seller; receipt R3 of memory",
    "1,770 is to go to the seller",
    "30 is the fee of the service",
    "1,770 was paid to the seller; receipt R4 of memory",
]


async def test_the_paper_says_in_each_language_what_moved_and_by_which_receipt(operator: Operator) -> None:
    contract_id = await live_with_money(MoneyStory(operator))
    record, options = await read_record(operator.services.evidence, UUID(contract_id)), options_with(ALL_FONTS)
    heads = set()
    for language in LANGUAGES:
        head, *facts, remark = money_lines(record, Speaker(language, options.zone))
        assert isinstance(head, Head) and isinstance(remark, Remark)
        heads.add(head.text)
        said = [fact.text for fact in facts if isinstance(fact, Fact)]
        assert len(said) == 1 + len(MOVED)
        for fact, moved in zip(said[1:], MOVED, strict=True):
            amount = moved.partition(" ")[0].replace(",", "[,. \u00a0\u202f]?")
            receipts = re.findall("R[0-9]", moved)
            assert re.search(rf"(?<!\d){amount}(?!\d)", fact) and re.findall("R[0-9]", fact) == receipts, fact
    assert len(heads) == len(LANGUAGES)
    shown = pdf_text(draw_pdf(record, options)).replace("\u00a0", " ")
    for moved in MOVED:
        assert moved in shown, moved
    assert "a hash of who paid" not in shown


def test_a_paper_of_a_contract_without_payment_has_no_such_section() -> None:
    assert not list(money_lines(make_record(), Speaker("en", options_with(ALL_FONTS).zone)))
