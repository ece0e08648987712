"""What a person says by SMS. A consent is never guessed: a text is a yes only if it is nothing but a yes.

What only asks (STATUS, LIST, HELP) may be misspelled and may stand among other words. What changes something may not:
a slip of YES or NO is asked back, and a slip of STOP or START is answered with the help that names them.
"""

import re
from collections.abc import Sequence

from contracts.fields.letters import fold_word, normalize_text
from contracts.fields.money import Money
from contracts.sms.contract_commands import contract_command
from contracts.sms.new_terms import NewTerms, terms_in
from contracts.sms.numbers import BETWEEN, Numbers, is_clean, numbers_in, wrong_reference_in
from contracts.sms.vocabulary import (
    CONTRACT_WORDS,
    LANGUAGE_NAMES,
    NEARLY_YES_OR_NO,
    NO,
    PHRASES,
    POLITE,
    WORD,
    YES,
    Intent,
    language_named,
    phrase_at_start,
    slip_of,
)
from values.frozen import Frozen

__all__ = ["Intent", "SmsMeaning", "own_words", "understand"]

_READ = 480  # letters, three parts of an SMS: what is longer is prose, of which only the first word is taken
_MOST_WORDS = 30  # in which a yes or a no is still worth asking back
_MOST_WORDS_ROUND_A_COMMAND = 4
_NUMBER_SIGN = re.compile(r"\bno\. ?\d", re.IGNORECASE)  # "No. 12345678" may mean the number, not a no
_DIGITS_OF_A_SLIP = range(7, 10)  # of a reference, which has eight
_WIDE = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)}  # a phone whose keys write full-width letters
_IN_ONES_OWN_WORDS = (Intent.DISPUTE, Intent.APPEAL)
_BEFORE_THEM = " .,;:!*#-\u2013\u2014"
_ASKS_ONLY = (Intent.STATUS, Intent.LIST, Intent.HELP)
_INSTEAD = {  # of what a slip does not do
    Intent.YES: Intent.MEANT_YES,
    Intent.NO: Intent.MEANT_NO,
    Intent.STOP: Intent.HELP,
    Intent.START: Intent.HELP,
    Intent.DISPUTE: Intent.UNCLEAR,
}


class SmsMeaning(Frozen):
    """What an SMS was understood as.

    `reference`: the one contract that the text names.
    `wrong_reference`: digits that name no contract, as typed; they are shown to the sender.
    `amount`: a sum of money, if the text names its currency.
    `language`: the code of the language that is asked for.
    `part`: how much was received, as typed: a number, perhaps with a unit.
    `new_terms`: the terms that shall change, each with its new value as typed.
    """

    intent: Intent
    reference: str | None = None
    wrong_reference: str | None = None
    amount: Money | None = None
    language: str | None = None
    part: str = ""
    new_terms: NewTerms = ()


def understand(text: str) -> SmsMeaning:
    """What a text asks for, in any language we speak and in any case, spacing and punctuation. Never raises.

    >>> understand("yes-57240000").intent, understand("Yez 5724 0000").intent, understand("57240000 sttus").intent
    (<Intent.YES: 'yes'>, <Intent.MEANT_YES: 'meant_yes'>, <Intent.STATUS: 'status'>)
    """
    text = text.strip()
    plain = normalize_text(text[:_READ].translate(_WIDE))
    numbers = numbers_in(plain)
    words = [word.casefold() for word in WORD.findall(numbers.rest)]
    keys = [fold_word(word) for word in words]
    asked = [word for word in keys if word not in POLITE]
    opening = PHRASES.get(" ".join(asked[: phrase_at_start(asked)]))
    if opening in _IN_ONES_OWN_WORDS:
        return _told(opening, numbers)
    if len(text) > _READ:
        return _meaning(Intent.UNCLEAR, numbers)
    if opening is Intent.CHANGE:
        terms = terms_in(plain)
        return SmsMeaning(Intent.CHANGE, terms.reference, terms.wrong_reference, new_terms=terms.new_terms)
    if any(word in YES or word in NO for word in keys):
        return _meaning(_word_given(plain, numbers, words, keys), numbers)
    if named := _language(asked):
        return SmsMeaning(Intent.LANGUAGE, language=named)
    if done := contract_command(numbers, asked):
        return SmsMeaning(done.intent, done.reference, done.wrong_reference, numbers.amount, part=done.part)
    return _meaning(_command(asked, numbers), numbers)


def own_words(text: str, reference: str | None) -> str:
    """What is said in a text behind the word that it begins with and the contract that it names; "" where nothing is.

    >>> own_words("mgogoro 40718353: magunia yameloa", "40718353"), own_words("DISPUTE 30", None)
    ('magunia yameloa', '')
    """
    plain = normalize_text(text.translate(_WIDE))
    found = [word for word in WORD.finditer(plain) if fold_word(word[0]) not in POLITE]
    if said := phrase_at_start([fold_word(word[0]) for word in found]):
        plain = plain[found[said - 1].end() :]
    if reference and (named := re.search(rf"(?<!\d){BETWEEN.join(reference)}(?!\d)", plain)):
        before = plain[: named.start()]
        if not any(map(str.isdecimal, before)) and set(map(fold_word, WORD.findall(before))) <= CONTRACT_WORDS | POLITE:
            plain = plain[named.end() :]
    own = plain.lstrip(_BEFORE_THEM)
    return own if set(map(fold_word, WORD.findall(own))) - CONTRACT_WORDS - POLITE else ""


def _word_given(plain: str, numbers: Numbers, words: Sequence[str], keys: Sequence[str]) -> Intent:
    """A yes or a no if it is nothing but that; else one of those that are asked back."""
    said = " ".join(words)
    if _NUMBER_SIGN.search(plain) or len(words) > _MOST_WORDS or not is_clean(numbers.rest):
        return Intent.UNCLEAR if len(words) > _MOST_WORDS else Intent.UNSURE
    is_clear = numbers.alone or bool(numbers.wrong_reference)
    if said in YES:
        return Intent.YES if is_clear else Intent.MEANT_YES
    if said in NO:
        return Intent.NO if is_clear else Intent.MEANT_NO
    if all(word in YES for word in keys):  # "yes yes", "yés"
        return Intent.MEANT_YES
    return Intent.MEANT_NO if all(word in NO for word in keys) else Intent.UNSURE


def _command(asked: Sequence[str], numbers: Numbers) -> Intent:
    """What is asked where no yes or no is said. STOP with a number in it may be about a contract: no opt-out."""
    if not asked:
        return Intent.STATUS if numbers.reference and numbers.alone else Intent.UNCLEAR
    found = PHRASES.get(" ".join(asked))
    if found in (Intent.STOP, Intent.START):
        return found if numbers.alone and not numbers.reference else Intent.UNCLEAR
    if found:
        return found
    if len(asked) == 1:
        return _slip(asked[0])
    if len(asked) == 2 and PHRASES.get(asked[0]) is Intent.LANGUAGE:
        return Intent.LANGUAGE  # one that we do not speak
    kinds = {PHRASES[word] for word in asked if word in PHRASES}
    if len(asked) <= _MOST_WORDS_ROUND_A_COMMAND and len(kinds) == 1 and kinds <= set(_ASKS_ONLY):
        return kinds.pop()
    return Intent.UNCLEAR


def _slip(word: str) -> Intent:
    """What one word that is in no list may have been meant for."""
    if word in NEARLY_YES_OR_NO:
        return Intent.UNSURE
    meant = slip_of(word) or Intent.UNCLEAR
    return _INSTEAD.get(meant, meant)


def _language(asked: Sequence[str]) -> str | None:
    """`LANG sw`, `Kiswahili lugha`, or a language's whole name alone: a code alone is a word in somebody's language."""
    if len(asked) == 1:
        return LANGUAGE_NAMES.get(asked[0])
    if len(asked) != 2:
        return None
    for word, name in (asked, asked[::-1]):
        if PHRASES.get(word, slip_of(word)) is Intent.LANGUAGE and (code := language_named(name)):
            return code
    return None


def _meaning(intent: Intent, numbers: Numbers) -> SmsMeaning:
    return SmsMeaning(intent, numbers.reference, numbers.wrong_reference, numbers.amount)


def _told(intent: Intent, numbers: Numbers) -> SmsMeaning:
    """In free words: neither "30 bags" nor a phone number in them is a slip of a reference."""
    wrong_reference = wrong_reference_in(numbers.rest) if numbers.wrong_reference else None
    is_slip = wrong_reference is not None and sum(map(str.isdecimal, wrong_reference)) in _DIGITS_OF_A_SLIP
    return SmsMeaning(intent, numbers.reference, wrong_reference if is_slip else None, numbers.amount)
