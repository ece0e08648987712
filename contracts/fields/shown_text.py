"""Products, places and names: words of one person that we send to another in our own name.

So they must not be used to send a message of one's own to a stranger. Refused are phone numbers, links, our name, and
words that our reader answers with. A text is compared as people read it: letters that look alike and digits of every
script are the same. It is kept as it was typed.

>>> parse_shown_text("Stop Over market, Gate 5", longest=40)
'Stop Over market, Gate 5'
"""

import re
import unicodedata

from contracts.fields.free_text import parse_free_text
from contracts.fields.letters import fold_word, normalize_text
from contracts.refusals import BadInput, Why


def _words(words: str) -> frozenset[str]:
    return frozenset(words.split())


_MOST_DIGITS = 8  # in all: no country that we serve has a number that is shorter than nine
_MOST_TOGETHER = 6  # side by side: a plot, a year or a model has fewer
_MOST_TO_PAY = 4  # beside a word for sending money: a till has five

_DIGIT_NAMES = {
    name: str(digit)
    for digit, names in enumerate((
        "zero oh sifuri ዜሮ", "one moja un une daya አንድ", "two mbili deux biyu ሁለት",
        "three tatu trois uku ሶስት ሦስት", "four nne quatre hudu አራት", "five tano cinq biyar አምስት",
        "six sita six shida ስድስት", "seven saba sept bakwai ሰባት", "eight nane huit takwas ስምንት",
        "nine tisa neuf tara ዘጠኝ",
    ))
    for name in names.split()
}  # fmt: skip
_OH_IN_NUMBER = re.compile(r"(?<=\d)o|o(?=\d)", re.IGNORECASE)  # 07O2
_SERVICE_CODE = re.compile(r"(?<!\d)\*\s*\d|\d\s*#")  # *144#
_TO_PAY = re.compile(r"\b(?:till|pay ?bill|m ?pesa|lipa|buy goods|airtel money|send money|tuma pesa)\b")

# Ends of addresses. Behind an abbreviation ("Rd.Shop 5") only the sure ones count.
_SURE_ENDS = "com net org info biz ly io xyz ke ug tz rw ng gh za et ci sn mw zm africa"
_ENDS = (
    f"{_SURE_ENDS} co me app link site online shop store top click live win bet vip tk ml ga cf gq mobi cc tv ru uk us"
)
_ABBREVIATED = "rd st mt opp mkt nr no co ltd dr bldg hse ave est stn stg ngo jct hq pri sec sch hosp"
_LINK = re.compile(r"https?:|www\s*\.|://")
_ADDRESS = re.compile(rf"\b([a-z0-9-]+)\.(?:[a-z0-9-]+\.)*({'|'.join(_ENDS.split())})\b")
_SPACED_ENDS = "com net org biz ly io xyz ke ug tz rw ng gh mw zm africa"  # "et" and "za" are words
_SPACED_ADDRESS = re.compile(
    rf"\b[a-z0-9-]+\s*(?:\.|[(\[]\s*(?:\.|dot)\s*[)\]]|\b(?:dot|point|nukta)\b)\s*(?:co\s*(?:\.|dot)\s*)?"
    rf"({'|'.join(_SPACED_ENDS.split())})\b"
)

# One shape for letters that look or sound alike: Cyrillic and Greek ones, digits and signs, and some of our own.
_SHAPES = {
    "a": "аα@4", "c": "сςkкκqsѕ$5", "e": "еε3", "i": "іιlyуυ1!|", "o": "оο0", "p": "рρ", "t": "тτ7", "v": "ѵν",
}  # fmt: skip
_ALIKE = {ord(letter): shape for shape, letters in _SHAPES.items() for letter in letters}
_OUR_NAME = "voicepact"

# What people answer us, as `fold_word` spells it. Left out is what is also a thing or a name: livre, block, fara, acha.
COMMANDS = _words(
    "yes no stop start unstop cancel confirm accept agree received delivered unblock unsubscribe ndiyo "
    "ndio hapana anza nimepokea nimefikisha oui non recu demarrer yarda a'a tsaya daina አዎ አዎን አይ አይደለም አቁም አቁሙ "
    "ጀምር ጀምሩ pin na"
)
_TELLS = _words(
    "answer reply send text sms say type write dial press click call enter give share jibu tuma andika piga "
    "bonyeza weka ingiza sema repondez envoyez tapez composez appelez entrez dites amsa aika rubuta danna kira "
    "saka መልሱ ይመልሱ ላኩ ይላኩ ይጻፉ ይደውሉ ያስገቡ"
)
_PIN_WORDS = _words("your my yako wako votre ton mon ku naka code number namba nambari siri secret")
_SECRETS = ("neno la siri", "nambari ya siri", "namba ya siri", "code secret", "lambar sirri", "የሚስጥር ቁጥር", "password")
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
_BETWEEN = 2  # words that may stand between "answer" and the word to answer


def parse_shown_text(text: str, *, longest: int, shortest: int = 2) -> str:
    """Return `text` as `parse_free_text` does. Raise BadInput as that and as `check_shown_text` does."""
    found = parse_free_text(text, longest=longest, shortest=shortest)
    check_shown_text(found)
    return found


def check_shown_text(text: str) -> None:
    """Raise BadInput if `text` may not be sent in our name: HAS_NUMBER, HAS_LINK, HAS_OUR_NAME or HAS_COMMAND."""
    plain = normalize_text(unicodedata.normalize("NFKC", text)).casefold().replace("。", ".")
    words = [fold_word(word) for word in _WORD.findall(plain)]
    if _has_number(plain):
        raise BadInput(Why.HAS_NUMBER)
    if _has_link(plain):
        raise BadInput(Why.HAS_LINK)
    if _has_our_name(plain):
        raise BadInput(Why.HAS_OUR_NAME)
    if _has_command(words):
        raise BadInput(Why.HAS_COMMAND)


def _has_number(plain: str) -> bool:
    digits = _OH_IN_NUMBER.sub("0", plain)
    if sum(map(str.isdecimal, digits)) > _MOST_DIGITS or re.search(rf"\d{{{_MOST_TOGETHER + 1}}}", digits):
        return True
    if _SERVICE_CODE.search(plain):
        return True
    if _TO_PAY.search(plain.replace("-", " ")) and re.search(rf"\d{{{_MOST_TO_PAY + 1}}}", digits):
        return True
    named = [_DIGIT_NAMES.get(word, "") or (word if word.isdecimal() else "") for word in re.findall(r"\w+", digits)]
    return sum(map(len, named)) > _MOST_DIGITS


def _has_link(plain: str) -> bool:
    if _LINK.search(plain) or _SPACED_ADDRESS.search(plain):
        return True
    return any(label not in _ABBREVIATED.split() or end in _SURE_ENDS.split() for label, end in _ADDRESS.findall(plain))


def _has_our_name(plain: str) -> bool:
    """Whether our name is in it, or what is one letter from it, with whatever stands between the letters."""
    bare = "".join(letter for letter in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(letter))
    shape = "".join(letter for letter in bare.translate(_ALIKE) if letter.isalpha())
    return _NAME_SHAPE.search(re.sub(r"(.)\1+", r"\1", shape)) is not None


def _has_command(words: list[str]) -> bool:
    """Whether it is nothing but a word that we are answered with, or tells to send one, or asks for a PIN."""
    if (words and COMMANDS.issuperset(words)) or any(secret in " ".join(words) for secret in _SECRETS):
        return True
    for at, word in enumerate(words):
        before, beside = words[max(0, at - _BETWEEN - 1) : at], words[max(0, at - 1) : at + 2]
        if word in COMMANDS and not _TELLS.isdisjoint(before):
            return True
        if word == "pin" and not _PIN_WORDS.isdisjoint(beside):
            return True
    return False


def _one_letter_off(name: str) -> str:
    """A pattern of `name`, and of it with one letter other, missing or more."""
    shape = re.sub(r"(.)\1+", r"\1", name.translate(_ALIKE))
    changed = {f"{shape[:at]}.?{shape[at + 1 :]}" for at in range(len(shape))}
    longer = {f"{shape[:at]}.{shape[at:]}" for at in range(1, len(shape))}
    return "|".join(sorted({shape} | changed | longer))


_NAME_SHAPE = re.compile(rf"(?<!in)(?:{_one_letter_off(_OUR_NAME)})")  # an invoice pack is something else
