"""In which of our languages an SMS is written, by its script or by a word that only one of them has.

English is never found: its words are those that our own SMS ask for, and people of every language send them.
"""

import re

from contracts.fields.letters import fold_word, normalize_text
from contracts.sms.vocabulary import WORD

# "I have ...", "I have not ...", "they have ...": with them a Swahili verb is Swahili, whatever it is.
_SWAHILI_VERB = re.compile("(?:nime|sija|tume|hatuja|wame|yame|zime|haija|hazija|hayaja)[a-z]{3,}")
_ETHIOPIC = re.compile("[\u1200-\u1357]")
_HAUSA_LETTERS = re.compile("[\u0253\u0257\u0199\u01b4\u0181\u018a\u0198\u01b3]")

# As `fold_word` spells them. Left out is what two of our languages have ("na", "to", "ni"), what English has ("refuse",
# "message"), and what a keypad types by one slip of an English command.
_WORDS = {
    "sw": "ndiyo ndio hapana sawa siyo sijui nimekubali nakubali tumekubali ninakubali kubali nimekataa nakataa"
    " sikubali sitaki nataka naomba tafadhali asante habari mambo karibu samahani nimepokea nimeipokea"
    " nimeyapokea sijapokea sijaipokea sijayapokea nimefikisha nimeufikisha nimeifikisha sijafikisha imefika"
    " zimefika yamefika haijafika hazijafika hayajafika nimepata sijapata nimetuma sijatuma nimelipa sijalipa"
    " mzigo mizigo magunia gunia mahindi maharagwe mkataba mikataba yangu yako yetu bidhaa pesa shida tatizo"
    " mgogoro malalamiko lalamiko msaada lugha hali orodha rufaa badilisha futa ghairi acha anza sehemu yote"
    " zote vyote bado kesho jana lini wapi nini kwa kwamba hii hiyo huyu mimi wewe sisi poa fiti ukweli kweli"
    " kosa mbovu imeoza yameoza yameloa pungufu haitoshi lakini nathibitisha thibitisha nakubaliana kataa wacha"
    " komesha simamisha usinitumie nisaidie saidia nahitaji usaidizi nipigie",
    "fr": "oui ouais non daccord d'accord j'accepte aidez bien livre accepte acceptons recu recus recue recues pas"
    " jamais rien bonjour bonsoir merci svp monsieur madame je j'ai c'est n'ai n'est avons vous votre nous"
    " notre marchandise colis livraison litige reclamation plainte probleme aide langue statut liste annuler"
    " annulez modifier changer arreter desabonner demarrer tous toutes manque manquent sacs pourri pourris"
    " abime abimes mauvais mauvaise argent paye",
    "ha": "a'a yarda yarde amince karba karbi sami samu samo kawo kayan yarjejeniya yarjejeniyar matsala matsayi"
    " rigima korafi taimako harshe jeri jerin soke sauya gyara tsaya daina fara bamu gode nagode sannu kudi"
    " buhu buhunhuna masara lafiya lalace lalacewa yau gobe jiya saura toh haka kuma wannan wane mene",
}
_LANGUAGES = {word: language for language, words in _WORDS.items() for word in words.split()}


def written_language(text: str) -> str | None:
    """Return the code of the language that `text` shows itself to be in; None if it shows none, or two.

    >>> written_language("NDIYO 40718353"), written_language("አዎ"), written_language("YES")
    ('sw', 'am', None)
    """
    typed = normalize_text(text)
    if _ETHIOPIC.search(typed):
        return "am"
    if _HAUSA_LETTERS.search(typed):
        return "ha"
    words = (fold_word(word) for word in WORD.findall(typed))
    found = {language for word in words if (language := _language_of(word))}
    return found.pop() if len(found) == 1 else None


def _language_of(word: str) -> str | None:
    return "sw" if _SWAHILI_VERB.fullmatch(word) else _LANGUAGES.get(word)
