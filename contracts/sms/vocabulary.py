"""The words that a text message may begin something with, in English, Swahili, French, Hausa and Amharic.

All callers share one list, whatever language they chose: nobody thinks of a setting before answering YES. So a word is
here only if it means the same to all of them, and a word that two of them would take differently is left out.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from typing import TypeVar

from contracts.fields.languages import LANGUAGES
from contracts.fields.letters import normalize_text


class Intent(Enum):
    """What a text asks for. The value is what is kept of it beside the text."""

    YES = "yes"
    NO = "no"
    MEANT_YES = "meant_yes"  # a slip of it: asked back, never acted on
    MEANT_NO = "meant_no"
    UNSURE = "unsure"  # speaks of a yes or a no, and of more
    STATUS = "status"
    LIST = "list"
    DELIVERED = "delivered"
    RECEIVED = "received"
    PART = "part"
    CHANGE = "change"
    CANCEL = "cancel"
    DISPUTE = "dispute"
    APPEAL = "appeal"
    MEANT_DELIVERED = "meant_delivered"  # speaks of it, or a slip: asked back, as with a yes
    MEANT_RECEIVED = "meant_received"
    MEANT_CHANGE = "meant_change"
    MEANT_CANCEL = "meant_cancel"
    MEANT_APPEAL = "meant_appeal"
    LANGUAGE = "language"
    HELP = "help"
    STOP = "stop"
    START = "start"
    UNCLEAR = "unclear"


# In English, Swahili, French, Hausa ("agreed", "I agree") and Amharic. Not Hausa's "eh": the others cry it in surprise;
# nor Amharic's no in Latin letters, "aye", which is an English yes; nor "ok" and its like, which only acknowledge.
YES = frozenset(["yes", "ndiyo", "ndio", "oui", "yarda", "na yarda", "አዎ", "አዎን"])
NO = frozenset(["no", "hapana", "non", "a'a", "አይ", "አይደለም"])

# Alone, these are worth asking back what was meant.
NEARLY_YES_OR_NO = frozenset(
    "y n ok okay okey yeah yep yup nope nah eh ee aye naam sawa kweli siyo daccord d'accord to toh እሺ እሽ እምቢ".split()  # noqa: SIM905 - a list of words
)

# Whole messages, as `fold_word` spells them. CANCEL and END are no opt-outs here, though they are elsewhere: a party
# who writes them means the contract, and would lose the messages about it. STOP, which means ours, is in every help.
# Not Hausa's "canza" (change): it is a letter from Swahili's START. Not French "appel": it is a telephone call as well.
_PHRASES: Mapping[Intent, str] = {
    Intent.STATUS: "status, state, hali, statut, etat, matsayi, ሁኔታ",
    Intent.LIST: "list, my contracts, orodha, mikataba yangu, liste, mes contrats, jeri, jerin, ዝርዝር",
    # Money is paid out on these one day, so they are held to what YES is: nothing but the word.
    Intent.DELIVERED: "delivered, i delivered, i have delivered, all delivered, nimefikisha, nimeufikisha,"
    " nimeifikisha, livre, j'ai livre, c'est livre, na kai, na kai kaya, an kai kaya, አቅርቤያለሁ, አድርሻለሁ, እቃው ቀርቧል",
    Intent.RECEIVED: "received, recieved, i received, i have received, nimepokea, nimeipokea, recu, j'ai recu,"
    " bien recu, na karba, an karba, ተቀብያለሁ, ደርሶኛል, received all, all received, i received all,"
    " i have received all, received everything, nimepokea yote, nimepokea zote, nimepokea vyote, tout recu,"
    " j'ai tout recu, na karba duka, ሁሉንም ተቀብያለሁ",
    Intent.PART: "part, received part, i received part, received a part, i received a part, sehemu, nimepokea sehemu,"
    " partie, une partie, recu une partie, j'ai recu une partie, bangare, na karba bangare, wani kashi, ከፊል, ከፊሉን,"
    " ከፊሉን ተቀብያለሁ",
    Intent.CHANGE: "change, amend, badilisha, badili, changer, changez, modifier, sauya, gyara, ለውጥ, ቀይር",
    Intent.CANCEL: "cancel, cancel contract, cancel the contract, cancel my contract, cancel it, futa, futa mkataba,"
    " annuler, annulez, annuler le contrat, soke, soke yarjejeniya, ሰርዝ, ይሰረዝ, ውሉን ሰርዝ",
    Intent.APPEAL: "appeal, rufaa, kata rufaa, nakata rufaa, contester, conteste, je conteste, sake dubawa,"
    " a sake dubawa, daukaka kara, ይግባኝ",
    Intent.DISPUTE: "dispute, complaint, mgogoro, malalamiko, lalamiko, litige, reclamation, rigima, korafi, ቅሬታ, ክርክር",
    Intent.LANGUAGE: "lang, language, lugha, langue, harshe, ቋንቋ",
    Intent.HELP: "help, info, msaada, usaidizi, aide, taimako, እርዳታ, እገዛ",
    Intent.STOP: "stop, stopall, stop all, stop sms, stop messages, unsubscribe, optout, opt out, quit, acha,"
    " simamisha, arret, arreter, desabonner, tsaya, daina, አቁም, አቁሙ",
    Intent.START: "start, unstop, anza, demarrer, reprendre, fara, ጀምር, ጀምሩ",
}
# Beside a number they say that it is no part; beside a part, that it is all.
ALL_OF_IT = frozenset("all everything yote zote vyote tout tous toutes duka ሁሉ ሁሉም ሁሉንም".split())  # noqa: SIM905 - a list of words
_POLITE = "please pls plz tafadhali svp merci thanks asante nagode hello hi habari bonjour እባክዎ እባክህ እባክሽ"
# Beside a number they make it a sum of money; `contracts.fields.money` says of which currency, the service's own first.
_CURRENCY = (
    "kes ksh kshs bob sh shs shilling shillings shilingi /= /- ugx ush ushs tzs tsh tshs rwf frw ngn naira ₦ ghs ghc"
    " ₵ cedi cedis zar rand rands etb birr ብር xof cfa fcfa francs mwk zmw kwacha"
)

WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")  # a'a is one word
_LONGEST_PHRASE = 4  # words

_SHORTEST_SLIPPED = 3  # every short word is one letter from every other


PHRASES: Mapping[str, Intent] = {
    normalize_text(phrase): intent for intent, phrases in _PHRASES.items() for phrase in phrases.split(",")
}
LANGUAGE_NAMES: Mapping[str, str] = {
    name: code for code, language in LANGUAGES.items() for name in language.typed_names
}
POLITE = frozenset(_POLITE.split())
CONTRACT_WORDS = frozenset("contract the my new mkataba wangu contrat le la du mon yarjejeniya ውል ውሉን".split())  # noqa: SIM905 - a list of words
CURRENCY_WORDS = frozenset(_CURRENCY.split())

# What is said of a contract that changes it, or asks the others to; each with what is asked back where it is not clear.
UNCLEAR_FORM: Mapping[Intent, Intent] = {
    Intent.DELIVERED: Intent.MEANT_DELIVERED,
    Intent.RECEIVED: Intent.MEANT_RECEIVED,
    Intent.PART: Intent.MEANT_RECEIVED,
    Intent.CHANGE: Intent.MEANT_CHANGE,
    Intent.CANCEL: Intent.MEANT_CANCEL,
    Intent.APPEAL: Intent.MEANT_APPEAL,
}

_Kind = TypeVar("_Kind")


def _shortened(word: str) -> Iterator[str]:
    """`word`, and what is left of it without each of its letters."""
    yield word
    for at in range(len(word)):
        yield word[:at] + word[at + 1 :]


def _by_what_is_left(words: Iterable[tuple[str, _Kind]]) -> Mapping[str, Sequence[tuple[str, _Kind]]]:
    """Words and their kinds by each of `_shortened`: a word and a slip of it have one of these in common."""
    found: dict[str, list[tuple[str, _Kind]]] = {}
    for word, kind in words:
        for short in _shortened(word):
            found.setdefault(short, []).append((word, kind))
    return found


_SLIPPED = _by_what_is_left(
    (word, intent)
    for words, intent in (
        *(([word], intent) for word, intent in PHRASES.items()),
        (YES, Intent.YES),
        (NO, Intent.NO),
    )
    for word in words
    if len(word) >= _SHORTEST_SLIPPED and " " not in word
)
_SLIPPED_NAMES = _by_what_is_left(LANGUAGE_NAMES.items())


def phrase_at_start(words: Sequence[str]) -> int:
    """How many of `words`, from the first on, are a phrase of ours: the most that are."""
    return next((n for n in range(min(_LONGEST_PHRASE, len(words)), 0, -1) if " ".join(words[:n]) in PHRASES), 0)


def phrase_at_end(words: Sequence[str]) -> int:
    return next((n for n in range(min(_LONGEST_PHRASE, len(words)), 0, -1) if " ".join(words[-n:]) in PHRASES), 0)


def slip_of(typed: str) -> Intent | None:
    """The word that `typed` is one letter from (one more, less, other, or two swapped); None where it could be two.

    >>> slip_of("yez"), slip_of("sttus"), slip_of("acza")  # between Swahili's acha (STOP) and anza (START)
    (<Intent.YES: 'yes'>, <Intent.STATUS: 'status'>, None)
    """
    return _only_slip(typed, _SLIPPED)


def language_named(name: str) -> str | None:
    """The code of the language called `name`, in any of our languages, one slip of a letter forgiven."""
    if name in LANGUAGES:
        return name
    return LANGUAGE_NAMES.get(name) or _only_slip(name, _SLIPPED_NAMES)


def _only_slip(typed: str, words: Mapping[str, Sequence[tuple[str, _Kind]]]) -> _Kind | None:
    near = (found for short in _shortened(typed) for found in words.get(short, ()))
    kinds = {kind for word, kind in near if _is_slip(typed, word)}
    return kinds.pop() if len(kinds) == 1 else None


def _is_slip(typed: str, word: str) -> bool:
    """Without what both begin and end with, a letter each is left at most, or two that are swapped."""
    if typed == word or abs(len(typed) - len(word)) > 1 or len(typed) < 2:
        return False
    start = 0
    while start < min(len(typed), len(word)) and typed[start] == word[start]:
        start += 1
    end = 0
    while end < min(len(typed), len(word)) - start and typed[-1 - end] == word[-1 - end]:
        end += 1
    left, right = typed[start : len(typed) - end], word[start : len(word) - end]
    return (len(left) <= 1 and len(right) <= 1) or (len(left) == 2 and left == right[::-1])
