"""Whoever agrees to another silence than the usual reads how long it is, before they answer."""

import pytest

from contracts.fields.languages import LANGUAGES
from contracts.notices import Notice, NoticeKind
from menus.checking.sample_contracts import sample_contract
from menus.phrases.due import due_phrase
from menus.sms.sms_text import sms_text
from menus.translate import Text, translate
from tests.menus.sms.example_notices import TYPICAL
from values.frozen import replace


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("days", [1, 30])
def test_an_offer_tells_an_unusual_time_for_an_answer(language: str, days: int) -> None:
    contract = sample_contract(TYPICAL)
    assert due_phrase(contract.terms) == contract.terms.due
    other = replace(contract, terms=replace(contract.terms, silence_days=days))
    until = due_phrase(other.terms)
    assert isinstance(until, Text)
    offer = sms_text(Notice(NoticeKind.OFFERED, None, TYPICAL.caller, language, (other,)), language, "*483#")
    assert str(days) in translate(until, language).replace(
        translate(Text("{due}", {"due": other.terms.due}), language), ""
    )
    assert " ".join(translate(until, language).split()) in " ".join(offer.split())
