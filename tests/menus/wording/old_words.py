"""Wordings that careful readers refused, and the words that must not come back: per language, as regular expressions.

The number is the case of `strings.json` that says why. Each is looked for in every text of the language, because the
same pattern stood in others too.
"""

from collections.abc import Mapping

# An answer that is only a word for a machine (`RIGIMA 40718353`) is still understood: it is not offered any more.
OLD_WORDS: Mapping[str, Mapping[int, str]] = {
    "sw": {
        0: r"(?:^(?=[A-Z])|[.;:?!] )(?:Bado |Sasa )?[Uu]nasubiri ",  # "you wait", where the contract does
        1: r"(?:^(?=[A-Z])|[.;:?!] )[Uu]mefutwa|^Ufutwe",  # "you have been sacked"
        2: r"(?:^|[.;:?!] )Una mgogoro",  # "you have a quarrel"
        3: r"yote ya mkataba|(?:^(?=[A-Z])|[.;:?!] )[Uu]mekamilika|[.;:?!] [Uu]takamilika",
        4: r"anasema (?:tena )?(?:bidhaa |mkataba \S+ )*(?:u|i|zi)mefikishwa|utahesabiwa",
        5: r"umefikishwa",  # a contract, or "you", delivered
        6: r"(?<!kutoka )kwa \{other\} kwa",
        7: r"[au]nanunua [^.]*kwako",
        8: r"\{product\} \{quantity\}",
        9: r"sarafu yetu",
        10: r"haikufaa",
        11: r"\b[Nn]amba\b",
        12: r"[Tt]unz[ae]\b",
        13: r"Jumla ya bei|kwa vyote\?",
        14: r"\bKiasi gani|\bna kiasi\b|umepokea kiasi",
        15: r"Uripoti\?|Utabaki wazi|\buondoe tatizo",
        16: r"Uwaombe",
        17: r"Uwaombe|Kuwaomba",
        18: r"^Ripoti$",
        19: r"^jibu: ",
        20: r"Ufikishaji",
        21: r"ufikishaji",
        22: r"Bila neno zaidi|na (?:hiyo|hizo)\.|na kilichofika",
        23: r"[Zz]imefika|zimebaki|vimefika|yamefika",
        24: r"jibu START|umesema STOP",
        25: r"Kuusimamisha|jibu STOP",
        26: r"[uU]nahesabiwa|hesabiw[ai] zime",
        27: r"Muuzaji anapata",
        28: r"na hapo ni mwisho|mara ya mwisho",
        29: r"[Mm]suluhishi|[Mm]patanishi",
    },
    "en": {
        30: r"\bfor good\b|\b[Mm]ediator",
        31: r"complete with (?:that|what)",
        33: r"did not work|PIN is wrong",
        36: r"\b[Tt]ell us\b",
        32: r"(?<!of )contract \{reference\} (?:is|are) (?:delivered|received)|delivered contract",
        34: r"That is no |That is not ",
        35: r"Nothing is to be delivered",
        37: r"our currency",
    },
    "fr": {
        38: r"\{quantity\} riz|et lequel",
        39: r"[Rr]ien n'est (?:encore )?(?:changé|modifié)",
        40: r"[Vv]otre côté",
        41: r"touche \{share\}",
        42: r"terminé? avec (?:cela|ce)",
        43: r"n'a pas marché",
        44: r"pour de bon|médiateur",
        45: r"la réception de tout|contrat \{reference\} est livré",
        46: r"Que vend-on",
        47: r"en personne seulement",
        48: r"Nous vous parlons",
        49: r"^répondre : ",
        50: r"Ce jour est",
    },
    "ha": {
        51: r"^(?:Yarjejeniyar t|T)a kammala\.?$",
        52: r"na da \{(?:share|received)\}",
        53: r"zai zama (?:kaya|kun)|(?:ya|bai) zama (?:kaya|kun)",
        54: r"[Ss]abon tsari",
        55: r"\bwani jimillar",
        56: r"Kuna tabbatarwa",
        57: r"Wane kaya",
        58: r"ya(?:na)?/ta",
        59: r"ɗaya ɓangaren|daya bangaren",
        60: r"RIGIMA|[Rr]igima|[Jj]ayayya",
        61: r"irin ku[ɗd]in",
        62: r"[ɓɗƙƁƊƘ]",  # one of these letters makes a page of 160 letters one of 70
    },
    "am": {
        63: r"አሳውቅ(?!ዋል)",
        64: r"^ቀጥል$",
        65: r"(?:^|\s)ጠይቅ$",
        66: r"አረጋግጥ$",
        67: r"ይወስናሉ|ወስነዋል|እስኪወስኑ",
        68: r"አስታራቂ",
        70: r"አልተቀየረም",
        71: r"[^0-9A-Z]:(?:\s|$)|\{\w+\}:",
        72: r"Language / Lugha",
    },
}

# Wordings that had to come, by the case that asks for them: texts in the code begin so.
NEW_WORDS: Mapping[int, tuple[str, ...]] = {
    33: ("Wrong PIN. {n} tries left.", "PIN locked until {time}. Forgot it? {settings} > {forgot}"),
    36: ("A code to choose a new VoicePact PIN was given out for your number. If you did not ask, call {office} now.",),
}

# What two words said: one term for one thing. The other word of each pair is in menus/locale/README.md.
SECOND_TERMS: Mapping[str, str] = {
    "sw": r"\b[Mm]aombi\b|\bsuluhu\b|\bkesi\b|\bmakubaliano\b(?! ya mnunuzi)",
    "fr": r"\baccord(?:er)? le contrat\b|\bconvention\b|\bNIP\b",
    "ha": r"\bsulhu\b|\bkwantiragi\b|\bcanja\b|\badana wannan|\bsashi\b",
    "am": r"አስማሚ|ኮንትራት|መልዕክት",
}
