"""What a unit may be called, and which words beside a number are no unit: "only", "per day", a product.

There are more units than any list has (gorogoro, beli, trip), so a word that is in none of these lists is taken
for a unit.
"""

from contracts.fields.letters import fold_word


def _words(words: str) -> frozenset[str]:
    return frozenset(words.split())


# Names of one everyday unit in all of our languages, as `fold_word` spells them. "ton" is not among them, because there
# are three tons; nor is a word that is a measure of its own somewhere, as debe and mudu are.
_CONTAINER = "bag bags sack sacks mfuko mifuko gunia magunia sac sacs buhu buhuna buhunhuna ከረጢት ከረጢቶች ጆንያ"
_MEASURES = (
    "kg kgs kilo kilos kilogram kilograms kilogramme kilogrammes kilogiramu kilogiram ኪሎ ኪሎግራም ኪግ",
    "tonne tonnes tani ቶን",
    "litre litres liter liters lita ሊትር",
)
_FIRST_NAMES = {name: names.split()[0] for names in (_CONTAINER, *_MEASURES) for name in names.split()}
CONTAINERS = frozenset(_CONTAINER.split()) | _words("box boxes crate crates carton cartons katoni kreti")
MEASURES = frozenset(" ".join(_MEASURES).split()) | _words("g gm gms gram grams l lt ltr ltrs ml")

# Said beside a number without changing it.
TOTALS = _words("total jumla yote zote tout jimla ጠቅላላ")
FILLERS = TOTALS | _words(
    "only just please pls plz tu pekee tafadhali taslimu cash seulement svp kawai ብቻ እባክዎ እባክህ እባክሽ"
)
# These make a number uncertain, one of two, or a rate of it: what is agreed on must be one quantity.
_UNSURE = (
    "to until hadi mpaka jusqu zuwa እስከ"
    " about around approx approximately roughly almost nearly maybe or plus minus least most than over under hivi kama"
    " max maximum min minimum upeo not si sio siyo pas except isipokuwa sauf karibu takriban zaidi chini labda"
    " au ama angalau environ presque ou peut etre moins plus kimanin kamar kusan ko wajen"
    " watakila ያህል ገደማ አካባቢ ቢያንስ ቢበዛ ወይም ምናልባት"
)
# "and" begins a second quantity: "2 bags and 10 kg". K is a thousand.
_RATES = (
    "per each every at @ x kila kwa moja par chaque pour kowane kowace a daily weekly monthly በየ በቀን በሳምንት በወር"
    " price bei prix farashi ዋጋ k and et da na እና"
    " times twice mara fois sau ጊዜ billion billions bilioni milliard milliards biliyan ቢሊዮን"
)
# "10 days" is a quantity of work; "50 bags a week" is a rate.
PERIODS = _words(
    "day days week weeks month months year years siku wiki mwezi miezi mwaka miaka jour jours semaine semaines mois an"
    " ans rana kwana kwanaki mako makonni wata watanni shekara ቀን ቀናት ሳምንት ሳምንታት ወር ወራት ዓመት"
)
# Replies and courtesies that answer another question.
_REPLIES = (
    "yes no ok okay sawa ndiyo ndio hapana asante thanks thank hello hi mambo sijui oui non merci eh aa na gode ishi"
    " አዎ አዎን አይ እሺ"
)
_MONEY = "kes ksh kshs shilling shillings shilingi bob naira birr ብር franc francs fcfa cfa cedi cedis rand usd dollars"
NOT_IN_UNIT = frozenset(f"{_UNSURE} {_RATES} {_REPLIES} {_MONEY}".split()) - {"a", "moja"}
# Words that join a unit with its measure ("magunia ya kilo 90"); a unit does not begin with one.
JOINERS = _words("of ya za wa la cha vya pa ku de d du des na mai da and et and with za a an the ba የ")
# What is sold by measure and not by the piece: "50 maize" names no unit. Counted goods (cows) are units.
_GOODS = (
    "maize corn mahindi mais masara በቆሎ beans bean maharage maharagwe haricots haricot wake ባቄላ rice mchele"
    " mpunga riz shinkafa ሩዝ wheat ngano ble alkama ስንዴ sorghum mtama sorgho ማሽላ millet wimbi mil gero teff ጤፍ"
    " barley shayiri orge sha'ir ገብስ potato potatoes viazi onion onions vitunguu kitunguu oignons albasa ሽንኩርት"
    " tomato tomatoes nyanya tomates tumatir ቲማቲም coffee kahawa cafe kofi ቡና tea chai shayi ሻይ sugar sukari"
    " sucre ስኳር flour unga farine gari ዱቄት milk maziwa lait madara ወተት honey asali miel zuma ማር oil mafuta"
    " huile ዘይት salt chumvi sel gishiri ጨው cement simenti saruji ciment siminti ሲሚንቶ sand mchanga sable yashi"
    " አሸዋ ballast kokoto gravel fertilizer fertiliser mbolea engrais taki ማዳበሪያ groundnuts karanga njugu"
    " arachides gyada ለውዝ cassava muhogo mihogo manioc rogo soya soybeans sesame simsim ufuta ridi ሰሊጥ cotton"
    " pamba coton auduga ጥጥ charcoal makaa charbon gawayi ከሰል firewood kuni hay nyasi nyama meat viande nama ስጋ"
    " seed seeds mbegu semences ዘር vegetables mboga sukuma cowpeas kunde peas ndengu dengu greengrams lentils"
    " ምስር water maji"
)
GOODS = frozenset(map(fold_word, _GOODS.split()))


MEASURE_JOINERS = _words("of ya za wa la cha vya de d mai")  # Swahili and Hausa "na" may be "and"


def unit_name(unit: str) -> str:
    """Return one spelling for all names of a unit."""
    word = fold_word(unit).rstrip(".")
    return _FIRST_NAMES.get(word, word.removesuffix("s"))
