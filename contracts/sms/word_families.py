"""What people say instead of the command words, in English, Swahili, Sheng, pidgin, French, Hausa and Amharic. Data.

AGREE and REFUSE are also the words on our own screens. They are done to a new contract, if the text is nothing but the
phrase and at most the number; to what the other party asks, only YES and NO are (a "confirm" may mean the contract that
shall be cancelled). NOT_RECEIVED and PROBLEM never change a contract: their sender is asked back, about that contract.

Left out of AGREE, though people mean yes by them, because they also say only that a text was read: accepted, poa, fiti,
ouais, toh, eshi; and "kubali", which tells somebody else to agree.
"""

AGREE = (
    "confirm, i confirm, agree, i agree, accept, i accept, nakubali, ninakubali, nimekubali, thibitisha, nathibitisha,"
    " ninathibitisha, nimethibitisha, confirmer, je confirme, accepter, j'accepte, tabbatar, na tabbatar, na amince,"
    " አረጋግጣለሁ, እስማማለሁ, ተስማምቻለሁ"
)
REFUSE = (
    "decline, i decline, refuse, i refuse, disagree, i disagree, i do not agree, i don't agree, not agreed, kataa,"
    " nakataa, ninakataa, nimekataa, sikubali, sikubaliani, refuser, je refuse, pas d'accord, je ne suis pas d'accord,"
    " አልቀበልም, አልስማማም, አልፈልግም"
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
# Who writes these wants help, or no SMS from us; every help says how to stop them.
HELP = (
    "nisaidie, saidia, saidieni, aidez, aidez moi, aide moi, ku taimaka, taimaka, call me, nipigie,"
    " nipigie simu, appelez moi, how does this work, how does it work, what is this, what is it,"
    " hii ni nini, ni nini hii, c'est quoi, komesha,"
    " stop it, remove me, acha kunitumia sms, usinitumie sms, forgot pin, i forgot my pin, i forgot pin, nimesahau pin,"
    " code pin oublie, na manta pin, ፒን ረሳሁ"
)
PIN_WORDS = frozenset("pin pini siri sirri ፒን".split())  # noqa: SIM905 - a list of words
# Beside the name of a language and nothing else.
LANGUAGE_FILLERS = frozenset(
    "speak talk use in to change language ongea zungumza kwa parler parlez en a magana da yi".split()  # noqa: SIM905
)
