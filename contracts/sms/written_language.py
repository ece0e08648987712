"""In which of our languages an SMS is written, by its script or by a word that only one of them has.

English is never found: its words are those that our own SMS ask for, and people of every language send them.
"""

import re

from contracts.fields.letters import fold_word, normalize_text
from contracts.sms.vocabulary import WORD

# "I have ...", "you have not ...", "we shall ...": with them a Swahili verb is Swahili, whatever it is.
_SWAHILI_VERB = re.compile(
    "(?:nime|sija|ume|huja|tume|hatuja|mme|hamja|wame|hawaja|yame|zime|vime|haija|hauja|hazija|hayaja|havija|nili|tuli)"
    "[a-z]{3,}|(?:nita|tuta|uta|nina|hatu|usini)[a-z]{3,}[aeiu]"
)
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
    " komesha simamisha usinitumie nisaidie saidia nahitaji usaidizi nipigie"
    " zuia ruhusu nani mbona kwanini vipi ngapi yupi lete leta leteni niletee nitumie nipe nipeni nieleze"
    " niambie nijibu jibu sielewi sifahamu natumiaje inatumikaje inafanyaje nifanye naelewa naweza siwezi"
    " unaweza nisaidieni saidieni yeye nyinyi nyie hapo hapa huko sasa tena sana kabisa haraka polepole salamu"
    " shikamoo marahaba karibuni ahsante asanteni shukrani mzuri nzuri vizuri mbaya vibaya bei kiasi shilingi"
    " elfu moja mbili nne tano ishirini thelathini arobaini hamsini sitini sabini themanini tisini mwezi mwaka"
    " siku asubuhi mchana jioni usiku jumatatu jumanne jumatano alhamisi ijumaa jumamosi jumapili mteja muuzaji"
    " mnunuzi dereva ndugu watu kitu vitu kazi sokoni nyumbani dukani njiani tuko uko yuko ziko wako"
    " wetu wenu zangu zako zetu chako chetu lako letu lenu kwangu kwako kwetu kwenu yenu zenu sihitaji sioni"
    " siko sikumbuki hujui hajui hatujui hatutaki nauza nanunua ninauza ninataka ninaomba naongea natumia"
    " nasema nasubiri nangoja subiri ngoja njoo ondoa naondoa rudisha malipo kulipa kuuza kununua kupokea"
    " kutuma kuleta kupata ujumbe meseji simu namba nambari jina kwani hebu hakuna hamna nyingi mingi ndani"
    " tayari mapema pamoja tangu mpaka baadaye kabla wezi mwizi tapeli utapeli matapeli wizi uongo mwongo"
    " makosa sahihi hakiki huyo hizi hizo hayo hivi hivyo hilo hili zile bwana usijali unauza unataka unasema anataka"
    " anasema tunataka tunaomba ningependa ningetaka bila kutoka kuhusu sawasawa amelipa ametuma ameleta"
    " amenitumia ameniambia amenidanganya umeoza zimeoza mabovu nalalamika tuma tumia piga andika niandikie"
    " usinisumbue ninathibitisha ninakataa sikupokea sikupata namna matatizo weka huu huo",
    "fr": "oui ouais non daccord d'accord j'accepte aidez bien livre accepte acceptons recu recus recue recues pas"
    " jamais rien bonjour bonsoir merci svp monsieur madame je j'ai c'est n'ai n'est avons vous votre nous"
    " notre marchandise colis livraison litige reclamation plainte probleme aide langue statut liste annuler"
    " annulez modifier changer arreter desabonner demarrer tous toutes manque manquent sacs pourri pourris"
    " abime abimes mauvais mauvaise argent paye"
    " qui quoi pourquoi quand combien suis etes sont avez veux voulez voudrais peux pouvez dois vais envoyez"
    " envoyer appelez appeler ecrivez attendez demain hier aujourd'hui matin semaine lundi mardi mercredi jeudi"
    " vendredi samedi dimanche prix vendeur acheteur vendre acheter vends achete oignons arachides haricots"
    " vingt trente quarante cinquante soixante deux trois quatre cinq huit neuf douze bloquer bloquez debloquer"
    " debloquez retirer retirez contester conteste partie une cette avec dans chez tres toujours deja ici aussi"
    " beaucoup quel quelle quels quelles qu'est n'avons n'avez m'a s'il salut livree livrees livrez arrivee"
    " escroc arnaque voleur voleurs erreur oublie besoin comprends compris comprend etat faire faites moins"
    " numero verifier verifiez",
    "ha": "a'a yarda yarde amince karba karbi sami samu samo kawo kayan yarjejeniya yarjejeniyar matsala matsayi"
    " rigima korafi taimako harshe jeri jerin soke sauya gyara tsaya daina fara bamu gode nagode sannu kudi"
    " buhu buhunhuna masara lafiya lalace lalacewa yau gobe jiya saura toh haka kuma wannan wane mene"
    " wanene wacece menene yaushe saboda domin idan kada zan zai zaka zaku wancan shinkafa gero gyada albasa"
    " doya toshe janye dubawa bangare biyu hudu biyar bakwai takwas ashirin talatin arba'in arbain hamsin"
    " sittin dubu barka yauwa kwana aboki mutum mutane yanzu tukuna zuwa gaskiya barawo lamba lambar magana"
    " turo aiko cuce gane taimaka tabbatar amsa kwanduna kwando buhunan sayar sayarwa korafin yarjejeniyata"
    " yarjejeniyoyina",
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
