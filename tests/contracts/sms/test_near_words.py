"""What comes near to a consent, a receipt or a delivery and is none, as people write it: `near_words.json`.

Beside them stand spellings of the clear words, so that nothing is kept out by understanding nothing.
"""

from pathlib import Path

import orjson
import pytest

from contracts.sms.understand import understand
from contracts.sms.vocabulary import Intent

TEXTS: dict[str, list[str]] = orjson.loads(Path(__file__).with_name("near_words.json").read_bytes())
REFERENCE, SPACED = "40718353", "4071 8353"


def intents_of(kind: str) -> dict[str, Intent | None]:
    """The intent of each text; None if it names a contract that its sender does not have, and so does nothing."""
    texts = [text.replace("{ref}", REFERENCE).replace("{spaced}", SPACED) for text in TEXTS[kind]]
    meanings = {text: understand(text) for text in texts}
    return {text: None if meaning.wrong_reference else meaning.intent for text, meaning in meanings.items()}


@pytest.mark.parametrize(
    ("kind", "intents"),
    [
        ("yes", {Intent.YES, Intent.AGREE}),
        ("received", {Intent.RECEIVED}),
        ("delivered", {Intent.DELIVERED}),
    ],
)
def test_a_clear_word_is_understood_and_what_is_near_to_it_is_not_taken_for_it(kind: str, intents: set[Intent]) -> None:
    near = "never a yes" if kind == "yes" else f"never {kind}"
    assert len(TEXTS[near]) >= 100
    assert {text: intent for text, intent in intents_of(kind).items() if intent not in intents} == {}
    assert {text: intent for text, intent in intents_of(near).items() if intent in intents} == {}
