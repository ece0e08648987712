"""The number words of each of our languages, and their words for halves and quarters; `number_words` reads them."""

import re
from decimal import Decimal

from contracts.fields.letters import fold_amharic, fold_word
from values.frozen import Frozen

_HALF, _QUARTER, _THREE_QUARTERS = Decimal("0.5"), Decimal("0.25"), Decimal("0.75")
_GAP = re.compile(r"\s+|(?<=[^\W\d_])-(?=[^\W\d_])")


def spelled(words: str) -> list[str]:
    """Return the words of `words`, each as typed words are compared: lower case, no accents, one Amharic spelling."""
    return [fold_amharic(fold_word(word)).replace("'", "") for word in _GAP.split(words) if word]


class NumberGrammar(Frozen):
    """The number words of one language, as `spelled` leaves them.

    `scale_first`: "thousand three" as in Swahili and Hausa, instead of "three thousand".
    `fractions`: phrases that are a part of one. `joined_fractions`: phrases that add a part to the number before them.
    """

    small: dict[str, int]
    scales: dict[str, int]
    joiners: frozenset[str]
    fractions: dict[tuple[str, ...], Decimal]
    joined_fractions: dict[tuple[str, ...], Decimal]
    scale_first: bool = False


def _small(words: str, tens: str) -> dict[str, int]:
    """Number the words from 1, and the words for 20, 30 … 90. Two words for one number are joined by a |."""
    numbered = {word: number for number, names in enumerate(words.split(), 1) for word in _spelled_each(names)}
    return numbered | {word: ten * 10 for ten, names in enumerate(tens.split(), 2) for word in _spelled_each(names)}


def _spelled_each(names: str) -> list[str]:
    return [word for name in names.split("|") for word in spelled(name)]


def _scales(words: str) -> dict[str, int]:
    """Read `hundred=100 thousand=1000`."""
    return {spelled(name)[0]: int(scale) for name, scale in (pair.split("=") for pair in words.split())}


def _phrases(half: str, quarter: str, three_quarters: str) -> dict[tuple[str, ...], Decimal]:
    """Map each phrase, the phrases of one part separated by a comma, to the part."""
    parts = ((half, _HALF), (quarter, _QUARTER), (three_quarters, _THREE_QUARTERS))
    return {tuple(spelled(phrase)): part for phrases, part in parts for phrase in phrases.split(",") if phrase}


# A Swahili number agrees with its noun: mbili, magunia mawili, mifuko miwili, watu wawili, vikapu viwili.
_SWAHILI_ONES = (
    "moja|mmoja|mmoja|kimoja|limoja mbili|wawili|mawili|miwili|viwili tatu|watatu|matatu|mitatu|vitatu"
    " nne|wanne|manne|minne|vinne tano|watano|matano|mitano|vitano sita saba nane|wanane|manane|minane|vinane tisa kumi"
)
ENGLISH = NumberGrammar(
    _small(
        "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
        " eighteen nineteen",
        "twenty thirty forty|fourty fifty sixty seventy eighty ninety",
    ),
    _scales("hundred=100 thousand=1000 thao=1000 lakh=100000 lakhs=100000 million=1000000"),
    frozenset({"and"}),
    _phrases(
        "half,a half,half a,half an,half of a,half of an",
        "quarter,a quarter,quarter of a,quarter of an,a quarter of a,a quarter of an",
        "three quarters,three quarters of a,three quarters of an",
    ),
    _phrases("and a half,and half", "and a quarter,and quarter", "and three quarters"),
)
FRENCH = NumberGrammar(
    _small(
        "un|une deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize",
        "vingt|vingts trente quarante cinquante soixante septante huitante nonante",
    ),
    _scales("cent=100 cents=100 mille=1000 million=1000000 millions=1000000"),
    frozenset({"et"}),
    _phrases("demi,demie,un demi,une demi,une demie", "quart de,un quart de", "trois quarts de"),
    _phrases("et demi,et demie", "et quart,et un quart", "et trois quarts"),
)
SWAHILI = NumberGrammar(
    _small(_SWAHILI_ONES, "ishirini thelathini arobaini|arubaini hamsini sitini sabini themanini tisini"),
    _scales("mia=100 soo=100 elfu=1000 ngiri=1000 thao=1000 laki=100000 lakh=100000 milioni=1000000"),
    frozenset({"na"}),
    _phrases("nusu", "robo", "robo tatu"),
    _phrases("na nusu,unusu", "na robo,urobo", "na robo tatu"),
    scale_first=True,
)
HAUSA = NumberGrammar(
    _small(
        "daya|ɗaya biyu uku hudu|huɗu biyar shida bakwai takwas tara goma",
        "ashirin talatin arbain|arba'in hamsin sittin sabain|saba'in tamanin casain|casa'in",
    ),
    _scales("dari=100 ɗari=100 dubu=1000 miliyan=1000000"),
    frozenset({"da"}),
    _phrases("rabi,rabin", "kwata,kwatan", ""),
    _phrases("da rabi", "da kwata", ""),
    scale_first=True,
)
AMHARIC = NumberGrammar(
    _small(
        "አንድ ሁለት ሶስት|ሦስት አራት አምስት ስድስት ሰባት ስምንት ዘጠኝ አስር|አስራ|አሥር|አሥራ",
        "ሃያ ሰላሳ|ሠላሳ አርባ ሃምሳ|አምሳ ስልሳ|ስድሳ ሰባ ሰማንያ ዘጠና",
    ),
    _scales("መቶ=100 ሺህ=1000 ሺ=1000 ሚሊዮን=1000000"),
    frozenset({"እና"}),
    _phrases("ግማሽ", "ሩብ", ""),
    _phrases("ተኩል,ከግማሽ", "ከሩብ", ""),
)
GRAMMARS = (ENGLISH, FRENCH, SWAHILI, HAUSA, AMHARIC)
NUMBER_WORDS = frozenset(
    word
    for grammar in GRAMMARS
    for words in (grammar.small, grammar.scales, *grammar.fractions, *grammar.joined_fractions)
    for word in words
    if word not in {"a", "an", "of", "de"} | grammar.joiners
)
