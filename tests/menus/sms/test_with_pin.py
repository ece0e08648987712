"""Nobody is asked for an SMS that would not bind them: above the limit a text says to dial, and still takes a no."""

import re
from decimal import Decimal

import pytest

from contracts.contract import Status
from contracts.fields.languages import LANGUAGES
from contracts.fields.money import Currency
from contracts.notices import Notice, NoticeKind
from contracts.rules.sms_limits import SmsLimits
from contracts.sms.understand import understand
from contracts.sms.vocabulary import Intent
from gateway.outbox.compose import MessageComposer
from menus.gsm7 import is_gsm7, segments
from menus.sms.sentences import sentence_for
from menus.sms.sms_text import sms_text
from menus.sms.with_pin import with_pin
from tests.menus.sms.example_notices import NOON, TYPICAL, make_contract, make_notices
from values.frozen import replace

CODE = "*483#"
_BINDING = {Intent.YES, Intent.RECEIVED, Intent.DELIVERED, Intent.PART}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_that_asks_for_a_binding_word_asks_for_the_pin_instead(language: str) -> None:
    wrong = []
    for notice in make_notices(TYPICAL, language):
        plain = sentence_for(notice)
        if notice.kind is not NoticeKind.OFFERED and (plain is None or with_pin(plain) is plain):
            continue
        text = sms_text(replace(notice, needs_pin=True), language, CODE)
        words = {understand(word).intent for word in re.findall(r"[^\W\d_']+(?:'[^\W\d_]+)?", text) if word.isupper()}
        if CODE not in text or words & _BINDING or len(segments(text)) > (2 if is_gsm7(text) else 4):
            wrong.append((notice.kind, text))
    assert wrong == []


def test_the_composer_asks_whom_an_sms_would_not_bind() -> None:
    offer = make_contract(TYPICAL, Status.PENDING, "seller")
    notice = Notice(NoticeKind.OFFERED, None, TYPICAL.caller, "en", (offer,))
    total = Decimal(offer.terms.total.major)
    asked = {
        limit: MessageComposer("en", CODE, limits=SmsLimits({Currency(offer.terms.total.currency): limit}))
        .compose((notice,), NOON)[0]
        .text
        for limit in (total, total - 1)
    }
    assert "Reply YES or NO" in asked[total]
    assert f"To agree, dial {CODE} with your PIN. To refuse, reply NO" in asked[total - 1]
    only_pin = replace(offer, parties=tuple(replace(party, pin_only=True) for party in offer.parties))
    composed = MessageComposer("en", CODE, limits=SmsLimits({})).compose(
        (replace(notice, contracts=(only_pin,)),), NOON
    )
    assert "with your PIN" in composed[0].text
