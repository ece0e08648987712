"""The SMS that all have agreed: it ends with the short code of the terms, which costs a segment in Amharic alone."""

from collections.abc import Iterator

import pytest

from contracts.fields.languages import LANGUAGES
from contracts.notices import Notice, NoticeKind, tells_code
from contracts.proof.paper_check import PaperCheck, PaperVerdict
from contracts.proof.short_code import grouped
from contracts.sms.pure_read import is_pure_read
from contracts.sms.understand import understand
from contracts.sms.vocabulary import Intent
from menus.checking.sample_inputs import CALLER, SERVICE_CODE, SampleInput
from menus.gsm7 import segments
from menus.sms.sms_text import sms_text
from tests.menus.sms.example_notices import LONGEST, NOON, TYPICAL, make_notices
from values.frozen import replace

CODE = "BCDFGHJKLMNP"


def agreed(sample: SampleInput, language: str) -> Iterator[Notice]:
    """Each notice that tells a code, for each reader and each state of the contract."""
    yield from (notice for notice in make_notices(sample, language) if tells_code(notice))


def with_code(notice: Notice) -> Notice:
    contract = notice.contracts[0]
    return replace(notice, contracts=(replace(contract, codes={contract.terms_version: CODE}),))


def text_of(notice: Notice) -> str:
    return sms_text(notice, "en", SERVICE_CODE)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("sample", LONGEST.values(), ids=LONGEST)
def test_a_code_is_in_the_sms_and_costs_no_segment_but_in_amharic(sample: SampleInput, language: str) -> None:
    notices = list(agreed(sample, language))
    assert {notice.kind for notice in notices} == {NoticeKind.CONFIRMED, NoticeKind.AMENDED, NoticeKind.SETTLED}
    for notice in notices:
        before, after = text_of(notice), text_of(with_code(notice))
        assert CODE in after.replace(" ", "")
        assert len(segments(after)) <= len(segments(before)) + (language == "am"), (before, after)


@pytest.mark.parametrize("language", LANGUAGES)
def test_with_everyday_names_the_code_is_the_end_and_in_groups(language: str) -> None:
    for notice in agreed(TYPICAL, language):
        if notice.kind is NoticeKind.CONFIRMED:
            assert text_of(with_code(notice)).endswith(f" {grouped(CODE)}")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("passed_on", ["{}", "Fwd: {}"])
def test_who_sends_our_sms_back_asks_about_its_paper(language: str, passed_on: str) -> None:
    for notice in agreed(TYPICAL, language):
        if notice.kind is NoticeKind.CONFIRMED:
            text = passed_on.format(text_of(with_code(notice)))
            meaning = understand(text)
            assert meaning.intent is Intent.CHECK and meaning.paper, text
            assert meaning.paper.code == CODE and meaning.paper.reference == notice.contracts[0].reference
            assert not is_pure_read(text, meaning), "other words may be in it"


def test_a_contract_whose_code_is_not_known_has_the_sms_of_before() -> None:
    notice = next(agreed(TYPICAL, "en"))
    assert text_of(notice).endswith("Keep this SMS.")
    assert text_of(with_code(notice)).endswith("Keep this SMS. Code BCDF GHJK LMNP")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("verdict", PaperVerdict)
def test_every_verdict_on_a_paper_is_one_segment(language: str, verdict: PaperVerdict) -> None:
    found = PaperCheck(verdict, NOON)
    notice = Notice(NoticeKind.CHECKED, None, CALLER, language, reference="40718353", paper=found)
    assert len(segments(text_of(notice))) <= (2 if language == "am" else 1), text_of(notice)
