"""What an SMS asks for. A consent is never guessed: a text is a yes only if it is nothing but a yes.

What only reads (STATUS, LIST, HELP) may be mistyped and may stand among other words. What changes something may not:
the sender of a mistyped YES or NO is asked back, and a mistyped STOP or START is answered with help that names them.
"""

import re
from collections.abc import Sequence

from contracts.fields.letters import fold_word, normalize_text
from contracts.fields.money import Money
from contracts.sms.check_command import TypedPaper, paper_in
from contracts.sms.contract_commands import contract_command
from contracts.sms.new_terms import NewTerms, terms_in
from contracts.sms.numbers import BETWEEN_DIGITS, Numbers, asks, has_plain_marks, numbers_in, wrong_reference_in
from contracts.sms.pin_in_text import is_pin
from contracts.sms.vocabulary import (
    CONTRACT_NOUNS,
    CONTRACT_WORDS,
    LANGUAGE_NAMES,
    NEARLY_YES_OR_NO,
    NO,
    PHRASES,
    POLITE,
    READ_ONLY,
    WORD,
    YES,
    Intent,
    is_near_read_only,
    language_named,
    leave_out_politeness,
    mistyped_intent,
    phrase_at_start,
)
from contracts.sms.word_families import LANGUAGE_FILLERS, NEGATIONS, STOP_FILLERS
from values.frozen import Frozen

_LONGEST = 480  # letters, three segments: of a longer text only a DISPUTE or APPEAL at its start is understood
_MOST_WORDS = 30  # the sender of a yes or a no among more words is not asked back
_MOST_WORDS_AROUND_A_COMMAND = 4
_NUMBER_SIGN = re.compile(r"\bno\. ?\d", re.IGNORECASE)  # "No. 12345678" may mean "number 12345678"
_DIGITS_OF_A_MISTYPED_REFERENCE = range(7, 10)  # one less than its eight, or one more
_BLOCKS = (Intent.BLOCK, Intent.UNBLOCK)
_THIS_NUMBER = frozenset("this number him her them namba hii huyu numero ce wannan lambar ይህን ቁጥር".split())  # noqa: SIM905 - a list of words
_REFERENCE_WORDS = frozenset("ref reference number numero nambari namba lambar ቁጥር".split())  # noqa: SIM905 - a list of words
_NAME_A_CONTRACT = CONTRACT_NOUNS | _REFERENCE_WORDS
_STOPS = frozenset(word for word, intent in PHRASES.items() if intent is Intent.STOP)
_SHORTEST_NUMBER = 8  # digits, of a phone number or a reference
_WITH_FREE_TEXT = (Intent.DISPUTE, Intent.APPEAL)
_FAMILIES = (Intent.AGREE, Intent.REFUSE)
_MARKS_BEFORE_FREE_TEXT = " .,;:!*#-\u2013\u2014"
_IF_MISTYPED = {
    Intent.YES: Intent.MEANT_YES,
    Intent.NO: Intent.MEANT_NO,
    Intent.BLOCK: Intent.MEANT_STOP,
    Intent.UNBLOCK: Intent.MEANT_STOP,
    Intent.STOP: Intent.MEANT_STOP,
    Intent.START: Intent.MEANT_STOP,
    Intent.DISPUTE: Intent.PROBLEM,
    Intent.AGREE: Intent.MEANT_YES,
    Intent.REFUSE: Intent.MEANT_NO,
}
_MOST_WORDS_ABOUT_GOODS = 12  # a longer text with a word of the families in it may be about anything


class SmsMeaning(Frozen):
    """What an SMS was understood as.

    `reference`: the one contract that the text names.
    `wrong_reference`: digits that name no contract, as typed; they are shown to the sender.
    `amount`: a sum of money, if the text names its currency.
    `language`: the code of the language that is asked for.
    `part`: how much was received, as typed: a number, perhaps with a unit.
    `number`: the phone number that is blocked or unblocked, as typed; "" if none is named.
    `new_terms`: the terms that shall change, each with its new value as typed.
    `paper`: what a CHECK is about.
    """

    intent: Intent
    reference: str | None = None
    wrong_reference: str | None = None
    amount: Money | None = None
    language: str | None = None
    part: str = ""
    number: str = ""
    new_terms: NewTerms = ()
    paper: TypedPaper | None = None


def understand(text: str) -> SmsMeaning:
    """Return what `text` asks for, in any of our languages and in any case, spacing and punctuation. Never raises.

    >>> understand("yes-57240000").intent, understand("Yez 5724 0000").intent, understand("57240000 sttus").intent
    (<Intent.YES: 'yes'>, <Intent.MEANT_YES: 'meant_yes'>, <Intent.STATUS: 'status'>)
    """
    text = text.strip()
    start = normalize_text(text[:_LONGEST])
    if paper := paper_in(start):
        return SmsMeaning(Intent.CHECK, paper=paper)
    numbers = numbers_in(start)
    accented = [word.casefold() for word in WORD.findall(numbers.rest)]
    words = [fold_word(word) for word in accented]
    without_polite = leave_out_politeness(words)
    opening = PHRASES.get(" ".join(without_polite[: phrase_at_start(without_polite)]))
    if opening in _WITH_FREE_TEXT:
        return _with_free_text(opening, numbers)
    if is_pin(numbers.rest):
        return SmsMeaning(Intent.PIN, numbers.reference)  # without its digits
    if len(text) > _LONGEST:
        return _meaning(Intent.UNCLEAR, numbers)
    if opening in _BLOCKS:
        return _block(opening, numbers, start, without_polite)
    if language := _language(without_polite):  # before CHANGE: "change to English"
        return SmsMeaning(Intent.LANGUAGE, language=language)
    if opening is Intent.CHANGE:
        terms = terms_in(start)
        return SmsMeaning(Intent.CHANGE, terms.reference, terms.wrong_reference, new_terms=terms.new_terms)
    if any(word in YES or word in NO for word in words):
        return _meaning(_yes_or_no(start, numbers, accented, words), numbers)
    if command := contract_command(numbers, without_polite):
        if command.intent is Intent.MEANT_RECEIVED and NEGATIONS & set(words):
            return _meaning(Intent.NOT_RECEIVED, numbers)
        return SmsMeaning(command.intent, command.reference, command.wrong_reference, numbers.amount, part=command.part)
    if not words and asks(start) and numbers.has_no_other_digits and not numbers.reference:
        return _meaning(Intent.HELP, numbers)
    if family := _agrees_or_refuses(words, numbers):
        return _meaning(family, numbers)
    return _meaning(_other_command(without_polite, numbers), numbers)


def text_after_command(text: str, reference: str | None) -> str:
    """Return what follows the command and the reference in a DISPUTE or an APPEAL; "" if nothing follows.

    >>> text_after_command("mgogoro 40718353: magunia yameloa", "40718353"), text_after_command("DISPUTE 30", None)
    ('magunia yameloa', '')
    """
    rest = normalize_text(text)
    found = [word for word in WORD.finditer(rest) if fold_word(word[0]) not in POLITE]
    if command_words := phrase_at_start([fold_word(word[0]) for word in found]):
        rest = rest[found[command_words - 1].end() :]
    if reference and (named := re.search(rf"(?<!\d){BETWEEN_DIGITS.join(reference)}(?!\d)", rest)):
        before = rest[: named.start()]
        if not any(map(str.isdecimal, before)) and not _has_words_of_its_own(before):
            rest = rest[named.end() :]
    return rest.lstrip(_MARKS_BEFORE_FREE_TEXT) if _has_words_of_its_own(rest) else ""


def _has_words_of_its_own(text: str) -> bool:
    return not set(map(fold_word, WORD.findall(text))) <= CONTRACT_WORDS | POLITE


def _block(intent: Intent, numbers: Numbers, text: str, words: Sequence[str]) -> SmsMeaning:
    """BLOCK or UNBLOCK, if the text is nothing but the word and at most one number: "block 10" may be an address."""
    others = [word for word in words if PHRASES.get(word) is not intent and word not in _THIS_NUMBER]
    named = "".join(letter for letter in text if letter.isdecimal() or letter == "+")
    if others or 0 < len(named) < _SHORTEST_NUMBER:
        return _meaning(Intent.UNCLEAR, numbers)
    if numbers.reference and numbers.has_no_other_digits:
        return SmsMeaning(intent, numbers.reference)
    return SmsMeaning(intent, number=named)


def _yes_or_no(text: str, numbers: Numbers, accented: Sequence[str], words: Sequence[str]) -> Intent:
    """A yes or a no if the text is nothing but that; else an intent whose sender is asked back.

    "yés" is asked back, so the words are compared as they were typed, with their accents.
    """
    if len(words) > _MOST_WORDS:
        return Intent.UNCLEAR
    if _NUMBER_SIGN.search(text) or not has_plain_marks(numbers.rest):
        return Intent.UNSURE
    is_clear = numbers.has_no_other_digits or bool(numbers.wrong_reference)
    if " ".join(accented) in YES:
        return Intent.YES if is_clear else Intent.MEANT_YES
    if " ".join(accented) in NO:
        return Intent.NO if is_clear else Intent.MEANT_NO
    if all(word in YES for word in words):  # "yes yes", "yés"
        return Intent.MEANT_YES
    return Intent.MEANT_NO if all(word in NO for word in words) else Intent.UNSURE


def _agrees_or_refuses(words: Sequence[str], numbers: Numbers) -> Intent | None:
    """AGREE or REFUSE if the text is nothing but the phrase and at most a number; UNSURE if more stands beside it."""
    phrase = " ".join(words)
    whole = PHRASES.get(phrase)
    if whole in _FAMILIES:
        is_clear = numbers.has_no_other_digits or bool(numbers.wrong_reference)
        return whole if is_clear and has_plain_marks(numbers.rest) else Intent.UNSURE
    return Intent.UNSURE if any(PHRASES.get(word) in _FAMILIES for word in words) else None


def _other_command(words: Sequence[str], numbers: Numbers) -> Intent:
    """The intent of a text that has no yes, no or command on a contract in it."""
    if not words:
        return Intent.STATUS if numbers.reference and numbers.has_no_other_digits else Intent.UNCLEAR
    is_about_one = numbers.reference is not None and numbers.has_no_other_digits
    if is_about_one and set(words) <= CONTRACT_WORDS | _REFERENCE_WORDS and set(words) & _NAME_A_CONTRACT:
        return Intent.STATUS  # "contract number 40718353"
    intent = PHRASES.get(" ".join(words))
    if intent in (Intent.STOP, Intent.START):  # with a number, it may be about a contract
        if intent is Intent.STOP and numbers.reference and numbers.has_no_other_digits:
            return Intent.MEANT_CANCEL
        return intent if numbers.has_no_other_digits and not numbers.reference else Intent.UNCLEAR
    if intent:
        return intent
    if len(words) == 1:
        return _if_mistyped(words[0])
    if len(words) == 2 and PHRASES.get(words[0]) is Intent.LANGUAGE:
        return Intent.LANGUAGE  # a language that we do not speak
    if PHRASES.get(words[0]) is Intent.STOP and set(words[1:]) <= CONTRACT_WORDS:
        return Intent.MEANT_CANCEL
    if Intent.STOP in map(PHRASES.get, (words[0], words[-1])) and set(words) <= STOP_FILLERS | _STOPS:
        return Intent.MEANT_STOP
    if len(words) <= _MOST_WORDS_ABOUT_GOODS and (said := _about_goods(words)):
        return said
    intents = {PHRASES[word] for word in words if word in PHRASES}
    is_short = len(set(words) - CONTRACT_WORDS) <= _MOST_WORDS_AROUND_A_COMMAND
    if is_short and len(intents) == 1 and intents <= READ_ONLY:
        return intents.pop()
    return Intent.UNCLEAR


def _about_goods(words: Sequence[str]) -> Intent | None:
    """NOT_RECEIVED or PROBLEM if a phrase of theirs stands anywhere in the text. Neither is ever acted on."""
    phrases = {" ".join(words[at : at + n]) for at in range(len(words)) for n in (1, 2, 3, 4)}
    found = {PHRASES[phrase] for phrase in phrases if phrase in PHRASES}
    return next((intent for intent in (Intent.PROBLEM, Intent.NOT_RECEIVED) if intent in found), None)


def _if_mistyped(word: str) -> Intent:
    if word in NEARLY_YES_OR_NO:
        return Intent.UNSURE
    if is_near_read_only(word):
        return mistyped_intent(word) or Intent.HELP
    intent = mistyped_intent(word) or Intent.UNCLEAR
    return _IF_MISTYPED.get(intent, intent)


def _language(words: Sequence[str]) -> str | None:
    """The language of `LANG sw`, `Kiswahili lugha` or a name alone. A code alone may be a word of some language."""
    if len(words) == 1:
        return LANGUAGE_NAMES.get(words[0])
    named = [word for word in words if word in LANGUAGE_NAMES]
    if len(named) == 1 and set(words) - set(named) <= LANGUAGE_FILLERS:
        return LANGUAGE_NAMES[named[0]]
    if len(words) != 2:
        return None
    for word, name in (words, words[::-1]):
        if PHRASES.get(word, mistyped_intent(word)) is Intent.LANGUAGE and (code := language_named(name)):
            return code
    return None


def _meaning(intent: Intent, numbers: Numbers) -> SmsMeaning:
    return SmsMeaning(intent, numbers.reference, numbers.wrong_reference, numbers.amount)


def _with_free_text(intent: Intent, numbers: Numbers) -> SmsMeaning:
    """A DISPUTE or an APPEAL: neither "30 bags" nor a phone number in its free text is a mistyped reference."""
    wrong = wrong_reference_in(numbers.rest) if numbers.wrong_reference else None
    is_mistyped = wrong is not None and sum(map(str.isdecimal, wrong)) in _DIGITS_OF_A_MISTYPED_REFERENCE
    return SmsMeaning(intent, numbers.reference, wrong if is_mistyped else None, numbers.amount)
