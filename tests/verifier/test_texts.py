"""What both verifiers say is the same, in both languages."""

import json
import re

from tests.verifier.two_verifiers import HTML, verify


def test_it_has_the_texts_of_verify_py_and_asks_for_nothing() -> None:
    source = HTML.read_text()
    found = re.search(r"^const TEXTS = (\{.*?^\});$", source, re.MULTILINE | re.DOTALL)
    assert found and json.loads(found[1]) == {name: list(texts) for name, texts in verify.TEXTS.items()}
    assert not re.search(r"(src|href)=\"(?!#)|@import|url\(|innerHTML|insertAdjacent|document\.write|eval\(", source)


def test_every_text_names_the_same_values_in_both_languages() -> None:
    for name, (english, swahili) in verify.TEXTS.items():
        assert sorted(re.findall(r"\{\w+\}", english)) == sorted(re.findall(r"\{\w+\}", swahili)), name
