"""Which texts only read: the command and nothing else. Whoever sends one has said nothing about a contract."""

from contracts.fields.letters import fold_word, normalize_text
from contracts.sms.numbers import numbers_in
from contracts.sms.understand import SmsMeaning
from contracts.sms.vocabulary import CONTRACT_WORDS, HELP_IN_OTHER_WORDS, PHRASES, POLITE, READ_ONLY, WORD, Intent

_ABOUT_NO_CONTRACT = (Intent.LANGUAGE, Intent.STOP, Intent.START)


def is_pure_read(text: str, meaning: SmsMeaning) -> bool:
    """Whether `text` is exactly STATUS, LIST, HELP, LANG, STOP or START, with the reference of a contract at most; or a
    whole CHECK.

    A mistyped one is not ("lost" is near to LIST), nor one among other words ("status? sijapokea"), nor what asks for
    help without the command ("call me").
    """
    if meaning.intent is Intent.CHECK:
        return meaning.paper is not None and meaning.paper.code is not None and meaning.paper.is_alone
    if meaning.intent in _ABOUT_NO_CONTRACT:
        return meaning.intent is not Intent.LANGUAGE or meaning.language is not None
    if meaning.intent not in READ_ONLY:
        return False
    words = [fold_word(word) for word in WORD.findall(numbers_in(normalize_text(text)).rest)]
    spoken = " ".join(word for word in words if word not in POLITE)
    if set(words) <= CONTRACT_WORDS | POLITE:
        return meaning.reference is not None
    return PHRASES.get(spoken) is meaning.intent and spoken not in HELP_IN_OTHER_WORDS
