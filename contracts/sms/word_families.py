"""What people say instead of the command words, in English, Swahili, Sheng, pidgin, French, Hausa and Amharic. Data.

AGREE and REFUSE are also the words on our own screens. They are done to a new contract, if the text is nothing but the
phrase and at most the number; to what the other party asks, only YES and NO are (a "confirm" may mean the contract that
shall be cancelled). NOT_RECEIVED and PROBLEM never change a contract: their sender is asked back, about that contract.

Left out of REFUSE: Hausa "na ki" (I refuse), one letter from "na kai" (I delivered).
Left out of AGREE, though people mean yes by them, because they also say only that a text was read: accepted, poa, fiti,
ouais, toh, eshi; and "kubali", which tells somebody else to agree.
"""

AGREE = (
    "confirm, i confirm, agree, i agree, accept, i accept, nakubali, ninakubali, nimekubali, thibitisha, nathibitisha,"
    " ninathibitisha, nimethibitisha, confirmer, je confirme, accepter, j'accepte, jaccepte,"
    " je suis d'accord, je suis daccord, tabbatar, na tabbatar, na amince, አረጋግጣለሁ, እስማማለሁ, ተስማምቻለሁ"
)
REFUSE = (
    "decline, i decline, refuse, i refuse, reject, i reject, disagree, i disagree, i do not agree, i don't agree,"
    " i dont agree, i do not accept, i don't accept, i dont accept, not agreed, kataa, nakataa, ninakataa, nimekataa,"
    " sikubali, sikubaliani, refuser, je refuse, pas d'accord, pas daccord, je ne suis pas d'accord,"
    " je ne suis pas daccord, je n'accepte pas, ban amince ba, አልቀበልም, አልስማማም, አልፈልግም"
)
NOT_RECEIVED = (
    "not received, not yet received, not received yet, i have not received, i haven't received, i did not receive,"
    " i didn't receive, nothing received, received nothing, never received, i never received, i never receive am,"
    " not arrived, nothing came, nothing has come, not come yet, not yet, sijapokea, sikupokea, sijapata, sikupata,"
    " hatujapokea, sijaletewa, haijafika, hayajafika, hazijafika, havijafika, haujafika, bado, hakuna kilichofika,"
    " pas recu, je n'ai pas recu, je n'ai rien recu, pas encore recu, pas encore, pas arrive, rien n'est arrive,"
    " ban karba ba, ban samu ba, ban samu, bai iso ba, basu iso ba, ba su iso ba, አልደረሰኝም, አልተቀበልኩም, አልደረሰም,"
    " አልመጣም, ገና አልደረሰም"
)
PROBLEM = (
    "problem, a problem, problems, spoilt, spoiled, rotten, damaged, broken, missing, i want to complain, cheated,"
    " stolen, robbed, tatizo, matatizo, shida, yameoza, imeoza, zimeoza, umeoza, mabovu, mbovu, pungufu, yamepungua,"
    " imepungua, zimepungua, nimeibiwa, wamenidanganya, amenidanganya, nalalamika, sijalipwa, probleme, abime,"
    " pourri, pourris, il manque, je me plains, matsala, akwai matsala, ya lalace, sun lalace, ya rube, sun rube,"
    " ya ragu, an cuce ni, ችግር, ተበላሽቷል, ተበላሸ, ጎደለ, ተታለልኩ"
)
# Beside a word of receipt, each of these turns it into its opposite.
NEGATIONS = frozenset(
    "not never nothing haven't hasn't didn't don't ain't sija siku bado pas rien jamais aucun ban bai ba ገና".split()  # noqa: SIM905 - a list of words
)
# Who writes these wants help, and may not know what for.
HELP = (
    "nisaidie, saidia, saidieni, aidez, aidez moi, aide moi, a l'aide, ku taimaka, taimaka, taimaka min, እርዱኝ, እርዳኝ,"
    " call me, nipigie, nipigie simu, appelez moi, ku kira ni, ደውሉልኝ, how does this work, how does it work,"
    " how do i use this, how do i use it, how to use this, how to use it, how to use, what do i do,"
    " what do i do now, what should i do, i don't understand, i dont understand, sielewi,"
    " nisaidieni, natumiaje, natumiaje hii, inatumikaje, je ne comprends pas, besoin d'aide,"
    " j'ai besoin d'aide, au secours, ku taimake ni, ban gane ba, አልገባኝም,"
    " what is this, what is it, hii ni nini, ni nini hii, nifanye nini, inafanyaje kazi, c'est quoi, je fais quoi,"
    " que faire, que dois je faire, comment faire, comment ca marche, me zan yi, yaya zan yi, yaya ake yi, ምን ላድርግ"
)
# Who writes these wants no SMS from us, in other words than STOP: every help says how to stop them.
NO_MORE_SMS = (
    "komesha, revoke, revoke consent,"
    " remove me, remove my number, delete my number, usinitumie sms, usinitumie ujumbe, usinitumie meseji,"
    " usinisumbue, sitaki sms, sitaki sms zenu, sitaki ujumbe, toa namba yangu, don't send me sms, dont send me sms,"
    " do not send me sms, don't send me messages, dont send me messages, do not send me messages, don't text me,"
    " do not text me, leave me alone, arretez de m'ecrire, ne m'ecrivez plus, ne m'envoyez plus de sms,"
    " ne m'envoyez plus de messages, plus de sms, ku daina, ka daina, ku daina turo min sako,"
    " kada ku turo min sako, kada ku turo mini sako, አትላኩልኝ, መልእክት አትላኩልኝ"
)
# Beside a word for STOP and nothing else: "stop sending me messages".
STOP_FILLERS = frozenset(
    "sending texting messaging calling disturbing it this me us my phone these your all messages message msgs msg"  # noqa: SIM905
    " texts sms now again kunitumia kunisumbua kunipigia ujumbe meseji les des de m'envoyer m'ecrire vos d'envoyer"
    " turo min mini sako ku".split()
)
PIN_FORGOTTEN = (
    "forgot pin, forgot my pin, i forgot pin, i forgot my pin, forgotten pin, forgot password, nimesahau pin,"
    " nimesahau pin yangu, pin yangu nimesahau, code pin oublie, code oublie, j'ai oublie mon code,"
    " j'ai oublie mon code pin, j'ai oublie mon pin, na manta pin, na manta pin dina, ፒን ረሳሁ, ፒኔን ረሳሁ"
)
# Beside digits, each of these says that they are a PIN; CODE does in a short text alone.
PIN_WORDS = frozenset(
    "pin pini pincode siri sirri sirrina sirrinka password passcode secret nywila ፒን ፒኔ ፒኔን ሚስጥር የሚስጥር".split()  # noqa: SIM905
)
# Beside the name of a language and nothing else.
LANGUAGE_FILLERS = frozenset(
    "speak talk use in to change language i want need prefer give me ongea zungumza kwa nataka naomba nipe badilisha"  # noqa: SIM905
    " lugha ya tumia niandikie parler parlez parle en je veux changer langue ina so jin min harshe a magana da yi ቋንቋ"
    " ወደ".split()
)
