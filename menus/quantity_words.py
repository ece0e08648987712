"""A quantity and its product as each language puts them: `50 bags maize`, `magunia 50 ya mahindi`, `50 sacs de riz`.

The unit and the product are as somebody typed them, in any language, and stay so. Only the order, and the small word
between them, are the reader's: what is not known for certain takes the form that is right most often.
"""

import re

_NUMBER_AFTER_UNIT = frozenset({"sw", "ha"})
# Two or more words of which the first alone is the unit: "bags of 90kg", "gunia za kilo 90", "sacs de 50kg".
_UNIT_WITH_SIZE = re.compile(r"(\S+) ((?:of|ya|za|wa|la|cha|vya|de|da|na|mai) \S.*|\S*\d.*)")

# Swahili: the word before the product agrees with the unit. Units of the n- class and foreign ones take "za".
_SW_ONE = {
    "gunia": "la",
    "debe": "la",
    "sanduku": "la",
    "mfuko": "wa",
    "mkungu": "wa",
    "kipande": "cha",
    "kijiko": "cha",
}
_SW_MANY = (("ma", "ya"), ("mi", "ya"), ("vi", "vya"), ("vy", "vya"))

# French: "d'" before a vowel, and before the h of these.
_FR_VOWEL = re.compile(r"[aeiouàâäéèêëîïôöùûüœæ]|h(?:uile|uître|uitre|erbe|ibiscus|abit|ommes?\b)", re.IGNORECASE)
_FR_LINKED = re.compile(r"(?:de |du |des |d['’])", re.IGNORECASE)


def quantity_words(number: str, unit: str, language: str) -> str:
    """Return `number` (written as the language writes it) and `unit`, the number where the language has it.

    >>> [quantity_words("50", unit, "sw") for unit in ("magunia", "bags of 90kg")], quantity_words("2", "kg", "fr")
    (['magunia 50', 'bags 50 of 90kg'], '2 kg')
    """
    if language not in _NUMBER_AFTER_UNIT:
        return f"{number} {unit}"
    if sized := _UNIT_WITH_SIZE.fullmatch(unit):
        return f"{sized[1]} {number} {sized[2]}"
    return f"{unit} {number}"


def product_words(product: str, amount: str, unit: str, language: str) -> str:
    """Return `product` with the word that joins it to a quantity before it.

    >>> product_words("mahindi", "50", "magunia", "sw"), product_words("mahindi", "1", "gunia", "sw")
    ('ya mahindi', 'la mahindi')
    >>> product_words("riz", "50", "sacs", "fr"), product_words("ail", "3", "kg", "fr")
    ('de riz', "d'ail")
    """
    match language:
        case "sw":
            return f"{_swahili_of(unit.lower(), amount)} {product}"
        case "fr" if _FR_LINKED.match(product):
            return product
        case "fr":
            return f"d'{product}" if _FR_VOWEL.match(product) else f"de {product}"
        case "ha":
            return f"na {product}"
        case _:
            return product


def _swahili_of(unit: str, amount: str) -> str:
    if amount == "1":
        return _SW_ONE.get(unit.split(maxsplit=1)[0], "ya")
    return next((of for prefix, of in _SW_MANY if unit.startswith(prefix)), "za")
