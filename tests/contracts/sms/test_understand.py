"""What an SMS means: a yes is nothing but a yes, and other texts may have slips."""

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from contracts.fields.letters import normalize_text
from contracts.fields.money import Currency, Money
from contracts.fields.reference import is_reference, new_reference
from contracts.sms.new_terms import Term
from contracts.sms.understand import SmsMeaning, understand
from contracts.sms.vocabulary import NO, YES, Intent

REF = "40718353"
OTHER_REF = "57240000"
KES_3500 = Money(350_000, Currency.KES)
WRONG = "40718359"  # no reference: its check digit is another

# Texts without a reference, by their intent.
WITHOUT_REFERENCE: dict[Intent, list[str]] = {
    Intent.YES: [
        "YES", "yes", "Yes.", " yes! ", "\tYES\n", '"Yes"', "YES*", "(yes)", "yes...", "YES,", "-yes-", "yes;",
        "ＹＥＳ", "ｙｅｓ！", "yes\u200f", "\u202byes\u202c", "yes\u200d", "yes\ufe0f", "YES" + " " * 2000, "NDIYO",
        "ndiyo", "Ndio.", "NDIO!", "Oui", "OUI !", "Yarda", "Na yarda.", "na  yarda", "አዎ", "አዎን።", "አዎ!", "« oui »",
    ],
    Intent.NO: [
        "NO", "no", "No.", "NO!", "HAPANA", "hapana ", "(hapana)", "Non", "NON.", "A'a", "A\u2019A", "a\u02bca",
        "አይ", "አይደለም።", "ＮＯ",
    ],
    Intent.MEANT_YES: [
        "YEZ", "yess", "yeas", "yas", "ys", "eys", "YSE", "yea", "yez!", "yez?", "NDYO", "ndiyoo", "ndoyo", "nidyo",
        "dniyo", "ndijo", "oiu", "ouii", "uoi", "yarba", "yadra", "yardaa", "አዎንን", "yes yes", "yes yes yes",
        "YES, yes", "oui oui", "yes ndiyo", "yés", "YÈS", "yes²", "ye5",
    ],
    Intent.MEANT_NO: [
        "refused", "HAPNA", "hapana hapana",
        "hpana", "hapanaa", "ahpana", "nno", "noon", "nonn", "no no", "nò", "no, non",
        "not", "nn", "አይደለምም",
    ],
    Intent.UNSURE: [
        "yes?", "¿yes", "yes\u061f", "YES？", "is it yes", "YES but not now", "yes no", "YES/NO", "no problem yes",
        "no problem", "not yes", "yes if he pays first", "ndiyo bwana", "yes please", "oui mais", "oui non",
        "አዎ አይ", "ban yarda ba", "yes 👍", "👎YES", "yes 🚫", "yes👍🏾", "yes=no", "≠ yes", "~yes", "yes > no",
        "yes\u0336", "YES \u20e0", "yes+", "£yes", "yes $", "NO, I paid", "no thanks", "yes yes no",
        "YES\n> Reply YES or NO", "ok", "OK", "okay.", "Y", "n", "sawa", "eh", "aye", "yeah", "yep", "d'accord",
        "D\u2019accord", "እሺ", "oui?oui", "yes=",
        "confirm?", "please confirm", "I agree but later", "nakubali asante", "sawa nakubali", "accept 👍",
    ],
    Intent.STATUS: [
        "STATUS", "status?", "Status!", "STTUS", "sttaus", "stauts", "statu", "hali", "HALI?", "statut", "état",
        "ETAT", "matsayi", "ሁኔታ", "status please", "my contract status", "hali tafadhali", "what is the status",
        "what's the status of my contract",
    ],
    Intent.LIST: [
        "LIST", "list.", "lst", "lsit", "lists", "ORODHA", "orodah", "liste", "Listes", "jeri", "JERIN", "ዝርዝር",
        "my list", "my contracts", "mikataba yangu", "list all contracts", "hello list", "my contract",
        "mkataba wangu", "mon contrat", "show my contracts", "yarjejeniyoyina", "ውሎቼ",
    ],
    Intent.RECEIVED: [
        "RECEIVED", "received.", "recieved", "I have received", "nimepokea", "REÇU", "recu", "j'ai reçu",
        "na karɓa", "ደርሶኛል", "Received all!", "I have received all", "nimepokea yote", "tout reçu", "na karɓa duka",
        "ሁሉንም ተቀብያለሁ", "received, thanks", "please, received",
    ],
    Intent.DELIVERED: [
        "DELIVERED", "delivered.", "I have delivered", "nimefikisha", "LIVRÉ", "livre", "c'est livré",
        "C\u2019EST LIVRE", "na kai", "NA KAI KAYA", "አቅርቤያለሁ", "አድርሻለሁ።", "delivered asante",
    ],
    Intent.NOT_RECEIVED: [
        "not received", "I have not received", "I haven't received anything", "received nothing", "sijapokea",
        "Sijapokea kitu", "bado", "pas reçu", "je n'ai pas reçu", "ban karɓa ba", "አልደረሰኝም", "not received all",
    ],
    Intent.PROBLEM: [
        "problem", "A problem: bags are wet", "kuna shida", "tatizo", "the maize is rotten", "30 bags damaged",
        "il y a un problème", "akwai matsala", "ችግር አለ", "disput", "received 30 bags damaged", "complain",
    ],
    Intent.AGREE: [
        "Confirm", "I agree", "accept.", "NAKUBALI", "Thibitisha!", "nimethibitisha", "Je confirme", "j'accepte",
        "na amince", "Tabbatar", "እስማማለሁ", "jaccepte", "Je suis d'accord.", "je suis daccord",
    ],
    Intent.REFUSE: [
        "Decline", "I do not agree", "Kataa", "SIKUBALI", "refuser", "pas d'accord", "አልቀበልም", "reject",
        "I dont accept", "je n'accepte pas", "ban amince ba",
    ],
    Intent.PART: ["PART", "part.", "I received a part", "sehemu", "une partie", "ɓangare", "ከፊል"],
    Intent.CANCEL: [
        "CANCEL", "cancel.", "Cancel the contract", "please cancel", "futa", "FUTA MKATABA", "annuler",
        "Annuler le contrat", "soke", "soke yarjejeniya", "ሰርዝ", "ውሉን ሰርዝ",
    ],
    Intent.CHANGE: [
        "CHANGE", "change the price", "change total 5000?", "change my number", "badilisha", "changer", "sauya", "ለውጥ",
        "change price 100", "change", "change yes", "change qty", "change total 5000 qty 4 total 6000",
        "badilisha kiasi 40",
    ],
    Intent.APPEAL: [
        "APPEAL", "appeal the bags were dry", "appeal yes no stop", "rufaa: si kweli", "nakata rufaa", "je conteste",
        "contester, tout était sec", "sake dubawa", "ይግባኝ", "appeal only 30 bags were wet",
    ],
    Intent.MEANT_DELIVERED: [
        "not delivered", "delivered?", "delivred", "delivered 30", "delivered 30 bags", "half delivered",
        "delivered 👍", "when will it be delivered", "nimefikishaa", "delivered half of it", "delivered KES 3,500",
        "na kai 30",
    ],
    Intent.MEANT_RECEIVED: [
        "received?", "receivd", "received half",
        "received ½", "received 👍", "received all 30 bags", "nimepokea nusu", "received KES 3,500",
        "received thirty bags", "received 30?", "part?", "have you received", "nimepokeaa", "reçu?",
        "bags received but wet", "Y received",
    ],
    Intent.MEANT_CANCEL: [
        "cancel?", "cancel the delivery", "do not cancel", "cancle", "cancel 30", "cancel it now", "help me cancel",
        "annuler?", "cancel 👍",
    ],
    Intent.MEANT_CHANGE: ["chnage", "i will change my phone", "chaneg total 5", "badilishaa"],
    Intent.MEANT_APPEAL: ["appeel", "can I appeal", "ruffaa", "I want to appeal"],
    Intent.DISPUTE: [
        "DISPUTE", "dispute the bags are wet", "mgogoro", "litige", "Réclamation: sacs mouillés", "rigima", "ቅሬታ",
        "dispute yes no stop",
    ],
    Intent.LANGUAGE: [
        "LANG", "lang xx", "lugha", "LANGUE?", "harshe", "ቋንቋ", "lnag", "change language", "badilisha lugha",
        "changer de langue",
    ],
    Intent.HELP: [
        "HELP", "help!", "hlep", "hepl", "please help", "help me please", "I need help", "INFO", "msaada", "masada",
        "aide", "aidee", "taimako", "እርዳታ", "?help?",
        "halp", "?", "nisaidie", "call me", "What is this?", "aidez-moi", "à l'aide", "what do I do?", "nifanye nini",
        "comment ça marche ?", "ምን ላድርግ", "sielewi", "au secours", "how to use it",
    ],
    Intent.MEANT_STOP: [
        "SOTP", "usinitumie sms", "stp", "stopp", "strat", "shop", "tsay", "stop sending", "Stop sending me messages!",
        "acha kunitumia ujumbe", "usinisumbue", "ne m'écrivez plus", "leave me alone",
        "Stop this", "stop now", "stop stop", "sitaki sms", "SMS አቁሙ", "ku daina turo min sako",
        "REVOKE", "unsubscribe me", "arrêtez de m'envoyer des messages",
    ],
    Intent.PIN: [
        "PIN 4826", "my pin is 4826", "4826", "4826.", "YES 4826", "na yarda 4826", "pin4826", "PIN is 4 8 2 6",
        "nywila 4826", "mon code est 4826", "code secret 4826", "lambar sirrina 4826", "የሚስጥር ቁጥሬ 4826",
        "forgot my PIN", "PIN yangu nimesahau", "j'ai oublié mon code", "na manta PIN", "ፒን ረሳሁ",
    ],
    Intent.STOP: [
        "STOP", "stop.", "Stop!", "STOPALL", "stop all", "unsubscribe", "QUIT", "please stop", "stop sms", "acha",
        "simamisha", "ARRÊT", "arreter", "tsaya", "daina", "አቁም", "opt out", "ＳＴＯＰ",
        "Stop. Thank you", "stop, thank you!", "acha asante sana", "arrêter, merci beaucoup", "Arrêtez", "arretez svp",
    ],
    Intent.START: ["START", "start!", "UNSTOP", "anza", "reprendre", "fara", "ጀምር"],
    Intent.UNCLEAR: [
        "", " ", "...", "1", "hello", "hello?", "Y E S", "y\u0336e\u0336s\u0336", "yesno", "ouioui", "yes'no",
        "да", "نعم", "כן", "👍", "🙏🙏", "sijui", "½", "how are you", "END", "end it", "cancelled",
        "deliver", "total 5000", "qty 40", "the party was nice",
        "stop the delivery", "do not stop", "start the car now", "help me stop", "status list", "acza",
        "a a", "I",
        "na", "the price is too high", "nitakuja kesho asubuhi na gari", "sw", "am", "fr", "<script>alert(1)</script>",
        "'; DROP TABLE phones; --", "\u0000", "\ud800", "ok ok",
        "yes" * 400, "yes " * 400, "no" + " word" * 40, "I am away from my phone and will call you back",
    ],
}  # fmt: skip

# Texts with the reference REF, by their intent.
WITH_REFERENCE: dict[Intent, list[str]] = {
    Intent.YES: [
        f"YES-{REF}", f"YES {REF}", f"yes{REF}", f"Yes, {REF}.", f"NDIYO {REF}", f"ndio:{REF}", f"{REF} YES",
        f"{REF}\nyes", "yes 4071 8353", "yes 4071-8353", "Yes-40718353", "yes\u00a04071\u00a08353", "YES ٤٠٧١٨٣٥٣",
        "YES ４０７１８３５３", f"YES #{REF}", f"YES *{REF}#", "yes\u200f 40718353", f"YES {REF}-", "YES 407 183 53",
        "YES 40 71 83 53", "yes 407-183-53", "4071 8353 oui", "YES 4071 - 8353", "yes 4071\u20138353", f"አዎ {REF}",
        f"Na yarda {REF}",
    ],
    Intent.NO: [f"NO-{REF}", f"no {REF}", f"HAPANA {REF}.", f"hapana{REF}", f"{REF} non"],
    Intent.MEANT_YES: [
        f"YEZ {REF}", f"{REF} yess", f"ndyo-{REF}", f"yes yes {REF}", f"YES {REF} 50", f"YES 2026 {REF}",
        f"YES {WRONG} {REF}", f"yes {REF} {WRONG}",
    ],
    Intent.MEANT_NO: [f"hapna {REF}", f"no {REF} 50"],
    Intent.UNSURE: [
        f"NO. {REF}", f"is it YES {REF}", f"YES {REF}?", f"YES {REF} please", f"NO, I paid {REF}", f"ok {REF}",
        f"YES\n\n> VoicePact {REF}: Reply YES or NO",
    ],
    Intent.STATUS: [
        f"contract {REF}", f"ref {REF}", f"contract number {REF}", f"mkataba wangu {REF}", f"ውል {REF}",
        REF, "4071 8353", f"{REF}?", f"STATUS {REF}", f"{REF} status", f"sttus {REF}", f"what is status {REF}",
    ],
    Intent.RECEIVED: [f"RECEIVED {REF}", f"{REF} nimepokea", f"RECEIVED ALL {REF}", f"received-{REF}"],
    Intent.DELIVERED: [f"DELIVERED {REF}", f"{REF} delivered", "livré 4071 8353", f"NA KAI {REF}.", f"አቅርቤያለሁ {REF}"],
    Intent.NOT_RECEIVED: [f"not received {REF}", f"sijapokea {REF}"],
    Intent.AGREE: [f"CONFIRM {REF}", f"{REF} nakubali"],
    Intent.REFUSE: [f"kataa {REF}"],
    Intent.PART: [f"PART {REF}", f"{REF} sehemu"],
    Intent.CANCEL: [f"CANCEL {REF}", f"{REF} futa", f"cancel contract {REF}", f"annuler {REF}", f"soke-{REF}"],
    Intent.CHANGE: [f"CHANGE {REF}", f"change {REF} price 100", f"CHANGE {REF} TOTAL 5000?", f"change {REF} it all"],
    Intent.APPEAL: [f"APPEAL {REF} it was dry", f"rufaa {REF} si kweli", f"appeal it was dry {REF}"],
    Intent.MEANT_DELIVERED: [
        f"delivered {REF}?", f"not delivered {REF}", f"delivered {REF} {WRONG}", f"delivered {REF} 30",
    ],
    Intent.MEANT_RECEIVED: [
        f"received? {REF}", f"receivd {REF} 30", f"received {REF} half",
        f"30 received {REF} bags", f"received all {REF} 30",
    ],
    Intent.MEANT_CANCEL: [f"STOP {REF}", f"cancel {REF}?", f"cancel {REF} please now"],
    Intent.MEANT_CHANGE: [f"chaneg {REF} total 5"],
    Intent.MEANT_APPEAL: [f"appeel {REF}", f"can I appeal {REF}"],
    Intent.DISPUTE: [
        f"DISPUTE {REF} half of it is wet", f"{REF} dispute: wet", f"DISPUTE {REF} " + "it was wet " * 100,
    ],
    Intent.HELP: [f"HELP {REF}", f"{REF} msaada"],
    Intent.UNCLEAR: [f"start {REF}", f"la {REF}", f"my {REF}", f"I paid for {REF}"],
}  # fmt: skip


def test_the_examples_are_references() -> None:
    assert is_reference(REF) and is_reference(OTHER_REF) and not is_reference(WRONG), "in the tables"


def test_the_table_has_at_least_200_texts() -> None:
    assert sum(map(len, WITHOUT_REFERENCE.values())) >= 200


@pytest.mark.parametrize(
    ("text", "intent"), [(text, intent) for intent, texts in WITHOUT_REFERENCE.items() for text in texts]
)
def test_a_text_without_a_reference_is_understood(text: str, intent: Intent) -> None:
    meaning = understand(text)
    assert (meaning.intent, meaning.reference) == (intent, None)


@pytest.mark.parametrize(
    ("text", "intent"), [(text, intent) for intent, texts in WITH_REFERENCE.items() for text in texts]
)
def test_a_text_with_a_reference_is_understood(text: str, intent: Intent) -> None:
    assert understand(text) == SmsMeaning(intent, REF)


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        (f"YES {REF} KES 3,500", SmsMeaning(Intent.MEANT_YES, REF, None, KES_3500)),
        ("YES KES 3,500", SmsMeaning(Intent.MEANT_YES, None, None, KES_3500)),
        ("YES 3500/=", SmsMeaning(Intent.MEANT_YES, None, None, KES_3500)),
        ("3500 bob yes", SmsMeaning(Intent.MEANT_YES, None, None, KES_3500)),
        ("no, 3 500 KES", SmsMeaning(Intent.MEANT_NO, None, None, KES_3500)),
        (f"dispute {REF} UGX 20,000 not 30,000", SmsMeaning(Intent.DISPUTE, REF, None, Money(20_000, Currency.UGX))),
        ("dispute Sh. 3,500.50", SmsMeaning(Intent.DISPUTE, None, None, Money(350_050, Currency.KES))),
        ("NO. 12345678", SmsMeaning(Intent.UNSURE, None, "12345678")),
        (f"YES {WRONG}", SmsMeaning(Intent.YES, None, WRONG)),
        ("YES 40178353", SmsMeaning(Intent.YES, None, "40178353")),
        ("YES-4071835", SmsMeaning(Intent.YES, None, "4071835")),
        ("YES 407183531", SmsMeaning(Intent.YES, None, "407183531")),
        ("YES 0718353 4", SmsMeaning(Intent.YES, None, "0718353 4")),
        ("YES 5", SmsMeaning(Intent.YES, None, "5")),
        ("YES " + "1" * 300, SmsMeaning(Intent.YES, None, "1" * 20)),
        ("STATUS 12345678", SmsMeaning(Intent.STATUS, None, "12345678")),
        (f"RECEIVED {WRONG}", SmsMeaning(Intent.RECEIVED, None, WRONG)),
        ("RECEIVED 4071835", SmsMeaning(Intent.RECEIVED, None, "4071835")),
        (f"RECEIVED {WRONG} 30 bags", SmsMeaning(Intent.MEANT_RECEIVED, None, f"{WRONG} 30")),
        (f"DELIVERED {WRONG}", SmsMeaning(Intent.DELIVERED, None, WRONG)),
        (f"received {REF} KES 3,500", SmsMeaning(Intent.MEANT_RECEIVED, REF, None, KES_3500)),
        (f"CANCEL {WRONG}", SmsMeaning(Intent.CANCEL, None, WRONG)),
        ("DISPUTE call me on 0711222333", SmsMeaning(Intent.DISPUTE)),
        ("DISPUTE 150000 was agreed", SmsMeaning(Intent.DISPUTE)),
        ("APPEAL 4071835 it was dry", SmsMeaning(Intent.APPEAL, None, "4071835")),
        (f"CHANGE {WRONG} TOTAL 5", SmsMeaning(Intent.CHANGE, None, WRONG, new_terms=((Term.TOTAL, "5"),))),
        (f"RECEIVED {REF} {OTHER_REF}", SmsMeaning(Intent.MEANT_RECEIVED)),
        (f"DELIVERED {REF} {OTHER_REF}", SmsMeaning(Intent.MEANT_DELIVERED)),
        (f"CANCEL {REF} {OTHER_REF}", SmsMeaning(Intent.MEANT_CANCEL)),
        (f"CHANGE {REF} {OTHER_REF} TOTAL 5", SmsMeaning(Intent.CHANGE)),
    ],
)
def test_wrong_references_and_amounts_are_found(text: str, meaning: SmsMeaning) -> None:
    assert understand(text) == meaning


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("LANG sw", "sw"), ("lang: SW", "sw"), ("LANG Kiswahili", "sw"), ("LUGHA kiswahili", "sw"),
        ("kiswahili lugha", "sw"),
        ("langue français", "fr"), ("LANGUE FR", "fr"), ("lang francais.", "fr"), ("language english", "en"),
        ("LUGHA Kiingereza", "en"),
        ("harshe hausa", "ha"), ("ቋንቋ አማርኛ", "am"), ("LANG am", "am"), ("lnag sw", "sw"), ("LANG swahli", "sw"),
        ("Kiswahili", "sw"),
        ("lugha ya Kiswahili", "sw"), ("በአማርኛ", "am"),
        ("I want Swahili", "sw"), ("nataka kiswahili", "sw"), ("change to English", "en"),
        ("badilisha lugha kiingereza", "en"), ("je veux parler français", "fr"),
        ("English please", "en"), ("አማርኛ", "am"), ("LANG ha tafadhali", "ha"),
    ],
)  # fmt: skip
def test_a_language_is_found_by_any_of_its_names(text: str, language: str) -> None:
    assert understand(text) == SmsMeaning(Intent.LANGUAGE, language=language)


@pytest.mark.parametrize("face", [":(", ":-(", ":'(", ";(", "=(", ":[", ":/", ":|", "😞", "😢", "☹", "👎", "🤔"])
@pytest.mark.parametrize("text", ["YES {}", "ndiyo{}", "{} oui", f"YES {REF} {{}}", f"{{}} na yarda {REF}", "NO {}"])
def test_a_yes_or_a_no_beside_a_sad_face_is_asked_back(text: str, face: str) -> None:
    assert understand(text.format(face)).intent is Intent.UNSURE


@pytest.mark.parametrize("face", [":(", "😞"])
@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("RECEIVED {}", Intent.MEANT_RECEIVED),
        ("received 30 bags {}", Intent.MEANT_RECEIVED),
        ("nimefikisha {}", Intent.MEANT_DELIVERED),
        ("CANCEL {}", Intent.MEANT_CANCEL),
    ],
)
def test_a_command_on_a_contract_beside_a_sad_face_is_asked_back(text: str, face: str, intent: Intent) -> None:
    assert understand(text.format(face)).intent is intent


@pytest.mark.parametrize("between", [" ", ", ", " - ", "-", "/", ". ", "\n"])
def test_of_two_references_none_is_chosen(between: str) -> None:
    assert understand(f"YES {REF}{between}{OTHER_REF}") == SmsMeaning(Intent.MEANT_YES)


fragments = st.sampled_from(
    ["yes", "YES", "Ndiyo", "no", "hapana", "not", "maybe", "yez", "stop", "KES", "na", "yarda",
    REF, OTHER_REF, "4071 8353", WRONG, "50",
     "3,500", "-", ", ", " ", ".", "?", "👍", "\u0336", "\n", "_", "*", "$", "é", "\u0661", "ＹＥＳ"]
)  # fmt: skip
few = st.lists(fragments, max_size=6)
texts = st.one_of(st.text(max_size=40), few.map("".join), few.map(" ".join))


@given(texts)
@example("yes 40718353 57240000")
@example("YES 4071 8353 KES 50")
def test_only_one_word_with_at_most_one_reference_is_a_yes_or_a_no(text: str) -> None:
    """Compared with a second, stricter form of the rule."""
    meaning = understand(text)
    if meaning.intent not in (Intent.YES, Intent.NO) or meaning.wrong_reference is not None:
        return
    assert meaning.amount is None
    rest = normalize_text(unicodedata.normalize("NFKC", text)).casefold()
    if meaning.reference:
        rest, named = re.subn("[ .-]{0,3}".join(meaning.reference), "", rest)
        assert named == 1
    assert not re.search(r"\d", rest)
    plain_marks = "".join(mark for mark in rest if unicodedata.category(mark)[0] in "PZ" and "?" not in mark)
    assert re.sub(" +", " ", rest.strip(plain_marks)) in (YES if meaning.intent is Intent.YES else NO)


@given(st.one_of(st.text(max_size=3000), texts, st.text(alphabet="yes no1234567890?KES,.\n", max_size=600)))
@example("\ud800")
@example("\x00" * 3000)
def test_any_text_has_a_meaning(text: str) -> None:
    meaning = understand(text)
    assert isinstance(meaning.intent, Intent)
    assert (meaning.language is None) or meaning.intent is Intent.LANGUAGE


@given(st.builds(lambda _: new_reference(), st.integers()), st.sampled_from(["YES", "no", "Ndiyo", "HAPANA", "status"]))
def test_every_reference_we_make_can_be_named(ref: str, word: str) -> None:
    spelled = (ref, f"{ref[:4]} {ref[4:]}", f"{ref[:4]}-{ref[4:]}", f"{ref[:3]} {ref[3:6]} {ref[6:]}")
    assert {understand(f"{word} {one}").reference for one in spelled} == {ref}
    assert {understand(f"{one} {word}").reference for one in spelled} == {ref}
