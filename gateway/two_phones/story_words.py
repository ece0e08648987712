"""What the people of the story type and write, in each language. No native speaker has read any but the English yet.

The commands are those that our own SMS ask for in that language (`menus/locale`)."""

from collections.abc import Mapping
from typing import Final

from values.frozen import Frozen


class StoryWords(Frozen):
    """Commands in capitals as SMS of ours suggest them; the rest is a person's own."""

    goods: str
    place: str
    yes: str
    part: str
    dispute: str
    appeal: str
    pay: str
    problem: str
    first_reasons: str
    objection: str
    last_reasons: str


STORY_WORDS: Final[Mapping[str, StoryWords]] = {
    "en": StoryWords(
        "50 bags of maize", "Bungoma market", "YES", "PART", "DISPUTE", "APPEAL", "PAY", "8 bags are wet",
        "I saw 8 wet bags", "3 of them I exchanged", "Then 5 bags are wet",
    ),
    "sw": StoryWords(
        "magunia 50 ya mahindi", "soko la Bungoma", "NDIYO", "SEHEMU", "MGOGORO", "RUFAA", "LIPA",
        "magunia 8 yameloa", "Nimeona magunia 8 yameloa", "nimebadilisha magunia 3", "Basi magunia 5 yameloa",
    ),
    "fr": StoryWords(
        "50 sacs de mais", "marché de Bungoma", "OUI", "PARTIE", "LITIGE", "CONTESTER", "PAYER",
        "8 sacs sont mouillés", "J'ai vu 8 sacs mouillés", "j'en ai remplacé 3", "Alors 5 sacs sont mouillés",
    ),
    "ha": StoryWords(
        "buhu 50 na masara", "kasuwar Bungoma", "YARDA", "BANGARE", "KORAFI", "SAKE DUBAWA", "BIYA",
        "buhu 8 sun jike", "Na ga buhu 8 sun jike", "na canza buhu 3", "To buhu 5 sun jike",
    ),
    "am": StoryWords(
        "50 ኩንታል በቆሎ", "ቡንጎማ ገበያ", "አዎ", "ከፊል", "ቅሬታ", "ይግባኝ", "ክፈል", "8 ኩንታል ረጥቧል", "8 ኩንታል ረጥቦ አየሁ",
        "3 ኩንታል ቀይሬያለሁ", "ስለዚህ 5 ኩንታል ረጥቧል",
    ),
}  # fmt: skip
