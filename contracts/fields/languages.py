"""The languages that we speak. Nothing else lists them: a new one is a row here and a catalogue in `menus/locale`."""

from collections.abc import Mapping

from values.frozen import Frozen


class Language(Frozen):
    """`own_name`: as its speakers choose it from a menu, in GSM-7 where that can be.

    `typed_names`: what people call it in any of our languages, as `letters.fold_word` spells it.
    """

    own_name: str
    english_name: str
    typed_names: frozenset[str]


def _language(own_name: str, english_name: str, typed_names: str) -> Language:
    return Language(own_name, english_name, frozenset(typed_names.split()))


# By ISO 639-1, in the order in which menus show them. English is the language of the source.
LANGUAGES: Mapping[str, Language] = {
    "en": _language("English", "English", "english kiingereza anglais turanci እንግሊዝኛ"),
    "sw": _language("Kiswahili", "Swahili", "swahili kiswahili souahili ስዋሂሊ"),
    "fr": _language("Francais", "French", "french francais kifaransa faransanci ፈረንሳይኛ"),
    "ha": _language("Hausa", "Hausa", "hausa haoussa kihausa ሀውሳ ሃውሳ"),
    "am": _language("አማርኛ", "Amharic", "amharic kiamhari amharique amharanci amarigna amarinya አማርኛ በአማርኛ"),
}
