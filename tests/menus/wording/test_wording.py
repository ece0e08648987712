"""What people read: no text has a wording that careful readers refused, and each thing has one name."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from contracts.fields.languages import LANGUAGES
from menus.checking.text_rules import texts_in_the_code
from menus.gsm7 import plain_punctuation
from menus.translate import SOURCE, catalogue
from tests.menus.wording.old_words import NEW_WORDS, OLD_WORDS, SECOND_TERMS

CASE_FILE = Path(__file__).parent / "strings.json"
CASES: list[Mapping[str, str]] = json.loads(CASE_FILE.read_text(encoding="utf-8"))["cases"]
ELSEWHERE = {
    69: "the Ethiopian day: test_ethiopian_days.py",
}


def all_said(language: str) -> Iterator[str]:
    """Every text as it goes out, without the no-break spaces."""
    if language == SOURCE:
        yield from (plain_punctuation(form) for text in texts_in_the_code() for form in text.forms)
        return
    for message in catalogue(language):
        forms = message.string if isinstance(message.string, tuple | list) else (message.string,)
        if message.id:
            yield from (plain_punctuation(form or "") for form in forms)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_has_a_wording_that_was_refused(language: str) -> None:
    wrong = [
        f"case {number}, {CASES[number]['better']!r}: {said!r}"
        for said in all_said(language)
        for number, words in OLD_WORDS[language].items()
        if re.search(words, said)
    ]
    assert wrong == []


def test_every_case_is_looked_for() -> None:
    looked_for = {number: language for language, numbers in OLD_WORDS.items() for number in numbers}
    assert sorted((*looked_for, *ELSEWHERE)) == list(range(len(CASES)))
    assert all(CASES[number]["language"] == language for number, language in looked_for.items())


@pytest.mark.parametrize("number", NEW_WORDS)
def test_a_wording_that_was_asked_for_is_there(number: int) -> None:
    said = list(all_said(SOURCE))
    assert [wanted for wanted in NEW_WORDS[number] if wanted not in said] == []


@pytest.mark.parametrize("language", SECOND_TERMS)
def test_one_thing_has_one_name(language: str) -> None:
    assert [said for said in all_said(language) if re.search(SECOND_TERMS[language], said)] == []
