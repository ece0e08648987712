"""The languages that we speak."""

from importlib.resources import files

from babel import Locale

from contracts.fields.languages import LANGUAGES
from contracts.fields.letters import fold_word
from menus.translate import SOURCE


def test_every_language_but_the_sources_own_has_a_catalogue() -> None:
    assert {file.name for file in (files("menus") / "locale").iterdir() if file.name.endswith(".po")} == {
        f"{code}.po" for code in LANGUAGES if code != SOURCE
    }


def test_a_languages_names_are_spelled_as_texts_are_looked_up() -> None:
    names = [name for language in LANGUAGES.values() for name in language.typed_names]
    assert [name for name in names if fold_word(name) != name] == []
    assert len(set(names)) == len(names), "no name is that of two languages"


def test_the_english_names_are_those_of_cldr() -> None:
    assert {code: Locale(code).english_name for code in LANGUAGES} == {
        code: language.english_name for code, language in LANGUAGES.items()
    }
