"""The words that we understand in an SMS, in English, Swahili, French, Hausa and Amharic.

One list serves all senders, whatever language they chose, because nobody thinks of a setting before answering YES. So a
word is here only if it means the same in every one of these languages.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from itertools import pairwise
from typing import TypeVar

from contracts.fields.languages import LANGUAGES
from contracts.fields.letters import normalize_text
from contracts.fields.money import CURRENCY_NAMES
from contracts.sms import word_families


class Intent(Enum):
    """What an SMS asks for. The value is stored with the text, as the message's kind."""

    YES = "yes"
    NO = "no"
    MEANT_YES = "meant_yes"  # a mistyped yes: the sender is asked back, nothing is done
    MEANT_NO = "meant_no"
    UNSURE = "unsure"  # a yes or a no among other words
    AGREE = "agree"  # another word than yes: done to a new contract alone
    REFUSE = "refuse"
    STATUS = "status"
    LIST = "list"
    DELIVERED = "delivered"
    RECEIVED = "received"
    PART = "part"
    CHANGE = "change"
    CANCEL = "cancel"
    DISPUTE = "dispute"
    PAY = "pay"  # be asked on the phone for the money that is missing; it moves nothing itself
    WITHDRAW = "withdraw"
    APPEAL = "appeal"
    MEANT_DELIVERED = "meant_delivered"  # mistyped, or among other words: the sender is asked back
    MEANT_RECEIVED = "meant_received"
    MEANT_CHANGE = "meant_change"
    MEANT_CANCEL = "meant_cancel"
    MEANT_APPEAL = "meant_appeal"
    NOT_RECEIVED = "not_received"  # says that goods did not come, or what is wrong; the sender is asked back
    PROBLEM = "problem"
    MEANT_WITHDRAW = "meant_withdraw"
    MEANT_PAY = "meant_pay"
    LANGUAGE = "language"
    HELP = "help"
    MEANT_STOP = "meant_stop"  # a mistyped STOP, START or BLOCK, or other words for it: help names them
    BLOCK = "block"  # no more offers of one number
    UNBLOCK = "unblock"
    STOP = "stop"
    START = "start"
    CHECK = "check"  # anybody asks whether terms are in force, by their short code
    PIN = "pin"  # somebody sends us their PIN, which is not kept, or has forgotten it
    UNCLEAR = "unclear"


# The Hausa words mean "agreed" and "I agree". Left out: Hausa "eh" (yes), a cry of surprise elsewhere; Amharic "aye"
# (no), an English yes; "ok" and the like, which only say that a message was read.
YES = frozenset(["yes", "ndiyo", "ndio", "oui", "yarda", "na yarda", "አዎ", "አዎን"])
NO = frozenset(["no", "hapana", "non", "a'a", "አይ", "አይደለም"])

# The sender of one of these is asked back whether it means yes or no.
NEARLY_YES_OR_NO = frozenset(
    "y n ok okay okey yeah yep yup nope nah eh ee aye naam sawa kweli siyo daccord d'accord to toh እሺ እሽ እምቢ".split()  # noqa: SIM905 - a list of words
)

# Whole messages, as `fold_word` spells them. CANCEL and END do not opt out here, as they do elsewhere: a party who
# writes them means the contract, and would lose the messages about it. STOP opts out, and every help says so.
# Left out: Hausa "canza" (change), one letter from Swahili "anza" (START); French "appel", which is also a phone call.
_PHRASES: Mapping[Intent, str] = {
    Intent.STATUS: "status, state, hali, statut, etat, matsayi, ሁኔታ",
    Intent.LIST: "list, my contracts, my contract, show my contracts, show my contract, contracts, orodha, mikataba,"
    " mikataba yangu, mkataba wangu, onyesha mikataba yangu, liste, mes contrats, mon contrat, tous mes contrats, jeri,"
    " jerin, yarjejeniyoyina, yarjejeniyata, ዝርዝር, ውሎቼ",
    # Money may be paid out on these, so the message must be the word and nothing else, as with YES.
    Intent.DELIVERED: "delivered, it is delivered, i delivered, i have delivered, all delivered, nimefikisha,"
    " nimeufikisha, nimeifikisha, nimewasilisha, nimeshafikisha,"
    " livre, j'ai livre, jai livre, j ai livre, c'est livre, na kai, na kai kaya, an kai kaya, አቅርቤያለሁ, አድርሻለሁ,"
    " እቃው ቀርቧል",
    Intent.RECEIVED: "received, recieved, i received, i have received, nimepokea, nimeipokea, recu, j'ai recu,"
    " jai recu, j ai recu, bien recu, j'ai bien recu, na karba, na karbi kaya, an karba, ተቀብያለሁ, ደርሶኛል,"
    " nimeshapokea, nimekwishapokea,"
    " received all, all received, i received all,"
    " i have received all, received everything, i received everything, i have received everything,"
    " nimepokea yote, nimepokea zote, nimepokea vyote, tout recu,"
    " j'ai tout recu, tout est arrive, na karba duka, na samu duka, i received all of it, ሁሉን ተቀብያለሁ, ሁሉንም ተቀብያለሁ",
    Intent.PART: "part, received part, i received part, received a part, i received a part, sehemu, nimepokea sehemu,"
    " partie, une partie, recu une partie, j'ai recu une partie, une partie est arrivee, bangare, na karba bangare,"
    " wani kashi, na samu wani kashi, ከፊል, ከፊሉን, ከፊሉን ተቀብያለሁ",
    Intent.CHANGE: "change, amend, badilisha, badili, changer, changez, modifier, sauya, gyara, ለውጥ, ቀይር",
    Intent.CANCEL: "cancel, cancel contract, cancel the contract, cancel my contract, cancel it, futa, futa mkataba,"
    " annuler, annulez, annuler le contrat, soke, soke yarjejeniya, ሰርዝ, ይሰረዝ, ውሉን ሰርዝ",
    Intent.APPEAL: "appeal, rufaa, kata rufaa, nakata rufaa, contester, conteste, je conteste, sake dubawa,"
    " a sake dubawa, daukaka kara, ይግባኝ",
    Intent.DISPUTE: "dispute, complaint, mgogoro, malalamiko, lalamiko, litige, reclamation, rigima, korafi, ቅሬታ, ክርክር",
    Intent.AGREE: word_families.AGREE,
    Intent.REFUSE: word_families.REFUSE,
    Intent.NOT_RECEIVED: word_families.NOT_RECEIVED,
    Intent.PROBLEM: word_families.PROBLEM,
    Intent.WITHDRAW: "withdraw, i withdraw, withdraw dispute, withdraw complaint, withdraw my complaint, ondoa,"
    " naondoa, nimeondoa, ondoa mgogoro, ondoa malalamiko, ondoa lalamiko, retirer, retirez, je retire,"
    " retirer le litige, janye, na janye, janye korafi, ትቻለሁ, ቅሬታዬን ትቻለሁ",
    Intent.PAY: "pay, pay now, i pay, i will pay, let me pay, i want to pay, lipa, nalipa, nitalipa, kulipa,"
    " nataka kulipa, payer, payez, je paie, je paye, je veux payer, payer maintenant, biya, zan biya, ina so in biya,"
    " ክፈል, እከፍላለሁ, ልክፈል",
    Intent.LANGUAGE: "lang, language, change language, change the language, change my language, lugha, badilisha lugha,"
    " langue, changer langue, changer la langue, changer de langue, harshe, sauya harshe, ቋንቋ",
    Intent.HELP: "help, info, msaada, usaidizi, aide, taimako, እርዳታ, እገዛ, " + word_families.HELP,
    Intent.MEANT_STOP: word_families.NO_MORE_SMS,
    Intent.PIN: word_families.PIN_FORGOTTEN,
    Intent.BLOCK: "block, zuia, bloquer, bloquez, toshe, አግድ",
    Intent.UNBLOCK: "unblock, ruhusu, debloquer, debloquez, bude, ፍቀድ",
    Intent.STOP: "stop, stopall, stop all, stop sms, stop messages, unsubscribe, optout, opt out, quit, acha,"
    " simamisha, arret, arreter, arretez, desabonner, desabonnez, tsaya, daina, አቁም, አቁሙ",
    Intent.START: "start, unstop, anza, demarrer, reprendre, fara, ጀምር, ጀምሩ",
}
# Words that make "received 30" unclear: they say that all has come.
ALL_OF_IT = frozenset("all everything yote zote vyote tout tous toutes duka ሁሉ ሁሉም ሁሉንም".split())  # noqa: SIM905 - a list of words
_POLITE = "please pls plz tafadhali svp merci thanks asante nagode hello hi habari bonjour እባክዎ እባክህ እባክሽ"

# Polite only together: "you" alone tells "you delivered" from "delivered".
_POLITE_PAIRS = frozenset(
    {
        ("thank", "you"), ("asante", "sana"), ("ahsante", "sana"), ("merci", "beaucoup"), ("merci", "bien"),
        ("na", "gode"),
    }
)  # fmt: skip

WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")  # "a'a" (Hausa: no) is one word
_LONGEST_PHRASE = 4  # words
_SHORTEST_MISTYPED = 3  # letters: every shorter word is one letter from every other

PHRASES: Mapping[str, Intent] = {
    normalize_text(phrase): intent for intent, phrases in _PHRASES.items() for phrase in phrases.split(",")
}
HELP_IN_OTHER_WORDS = frozenset(map(normalize_text, word_families.HELP.split(",")))
LANGUAGE_NAMES: Mapping[str, str] = {
    name: code for code, language in LANGUAGES.items() for name in language.typed_names
}
POLITE = frozenset(_POLITE.split())
CONTRACT_NOUNS = frozenset("contract mkataba contrat yarjejeniya ውል ውሉን".split())  # noqa: SIM905 - a list of words
CONTRACT_WORDS = CONTRACT_NOUNS | frozenset("the my new wangu le la du mon".split())  # noqa: SIM905 - a list of words
# Each of these beside a number makes it a sum of money. The names that are left out may mean something else in an SMS.
CURRENCY_WORDS = CURRENCY_NAMES - frozenset(
    "= n r k f rf br gh gh₵ gh¢ mk zk franc amafaranga kenyashillings".split()  # noqa: SIM905 - a list of words
)

# These change nothing, so they may be mistyped and stand among other words.
READ_ONLY = frozenset({Intent.STATUS, Intent.LIST, Intent.HELP})
# The commands that change a contract or propose to; each with the intent of a text that is close to it but not clear,
# whose sender is asked back.
UNCLEAR_FORM: Mapping[Intent, Intent] = {
    Intent.DELIVERED: Intent.MEANT_DELIVERED,
    Intent.RECEIVED: Intent.MEANT_RECEIVED,
    Intent.PART: Intent.MEANT_RECEIVED,
    Intent.CHANGE: Intent.MEANT_CHANGE,
    Intent.CANCEL: Intent.MEANT_CANCEL,
    Intent.APPEAL: Intent.MEANT_APPEAL,
    Intent.WITHDRAW: Intent.MEANT_WITHDRAW,
    Intent.PAY: Intent.MEANT_PAY,
}

# What is said about goods, so about a contract whose goods are on their way.
ABOUT_GOODS = frozenset(
    {
        Intent.DELIVERED, Intent.RECEIVED, Intent.PART, Intent.MEANT_DELIVERED, Intent.MEANT_RECEIVED, Intent.DISPUTE,
        Intent.NOT_RECEIVED, Intent.PROBLEM,
    }
)  # fmt: skip

_Meaning = TypeVar("_Meaning")


def _shortened(word: str) -> Iterator[str]:
    """`word`, and `word` without each of its letters."""
    yield word
    for at in range(len(word)):
        yield word[:at] + word[at + 1 :]


def _by_shortened(words: Iterable[tuple[str, _Meaning]]) -> Mapping[str, Sequence[tuple[str, _Meaning]]]:
    """Each word and its meaning by all that `_shortened` makes of it: a word and a mistyped form of it share one."""
    found: dict[str, list[tuple[str, _Meaning]]] = {}
    for word, meaning in words:
        for short in _shortened(word):
            found.setdefault(short, []).append((word, meaning))
    return found


_INTENTS_BY_SHORTENED = _by_shortened(
    (word, intent)
    for word, intent in {**PHRASES, **dict.fromkeys(YES, Intent.YES), **dict.fromkeys(NO, Intent.NO)}.items()
    if len(word) >= _SHORTEST_MISTYPED and " " not in word
)
_LANGUAGES_BY_SHORTENED = _by_shortened(LANGUAGE_NAMES.items())


def leave_out_politeness(words: Sequence[str]) -> list[str]:
    """Return `words` without those that are only polite.

    >>> leave_out_politeness(["stop", "thank", "you"]), leave_out_politeness(["asante", "sana"])
    (['stop'], [])
    """
    polite = {at for at, pair in enumerate(pairwise(words)) if pair in _POLITE_PAIRS}
    return [
        word for at, word in enumerate(words) if word not in POLITE and at not in polite and at - 1 not in polite
    ]  # fmt: skip


def phrase_at_start(words: Sequence[str]) -> int:
    """Return how many words the longest phrase of ours has that `words` begin with; 0 if they begin with none."""
    return next((n for n in range(min(_LONGEST_PHRASE, len(words)), 0, -1) if " ".join(words[:n]) in PHRASES), 0)


def phrase_at_end(words: Sequence[str]) -> int:
    """Return how many words the longest phrase of ours has that `words` end with; 0 if they end with none."""
    return next((n for n in range(min(_LONGEST_PHRASE, len(words)), 0, -1) if " ".join(words[-n:]) in PHRASES), 0)


def mistyped_intent(typed: str) -> Intent | None:
    """Return the intent of the word from which `typed` is one mistake away; None if there is no such word, or two.

    A mistake: one letter more, less or other, or two letters swapped. "acza" is near "acha" (STOP) and "anza" (START).

    >>> mistyped_intent("yez"), mistyped_intent("sttus"), mistyped_intent("acza")
    (<Intent.YES: 'yes'>, <Intent.STATUS: 'status'>, None)
    """
    return _only_meaning(typed, _INTENTS_BY_SHORTENED)


def is_near_read_only(typed: str) -> bool:
    """Whether `typed` is one mistake away from words that only read, whichever was meant: "halp" is (help, hali)."""
    meanings = _meanings(typed, _INTENTS_BY_SHORTENED)
    return bool(meanings) and meanings <= READ_ONLY


def language_named(name: str) -> str | None:
    """Return the code of the language that `name` means, else None. `name` is a code, or the language's name in any of
    our languages, which may have one typing mistake."""
    if name in LANGUAGES:
        return name
    return LANGUAGE_NAMES.get(name) or _only_meaning(name, _LANGUAGES_BY_SHORTENED)


def _only_meaning(typed: str, by_shortened: Mapping[str, Sequence[tuple[str, _Meaning]]]) -> _Meaning | None:
    meanings = _meanings(typed, by_shortened)
    return meanings.pop() if len(meanings) == 1 else None


def _meanings(typed: str, by_shortened: Mapping[str, Sequence[tuple[str, _Meaning]]]) -> set[_Meaning]:
    near = (found for short in _shortened(typed) for found in by_shortened.get(short, ()))
    return {meaning for word, meaning in near if _is_slip(typed, word)}


def _is_slip(typed: str, word: str) -> bool:
    """Whether what differs between the common start and the common end is one letter at most, or two swapped ones."""
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
