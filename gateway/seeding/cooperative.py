"""The example cooperative: farmers of Bungoma, those who buy from them, what they trade, and where.

A village has some farmers and some buyers of its own. Its people are the same in each run, and so is what they trade
for the same random seed. Their numbers follow one pattern, +254 7xx 000 xxx, as those of the tests do: Kenya has no
numbers that belong to nobody for sure, so nothing of this is ever sent through a real provider.
"""

from collections.abc import Sequence
from random import Random
from typing import Final

from contracts.contract import ContractType
from contracts.fields.msisdn import Msisdn
from values.frozen import Frozen, Hidden

FARMERS, BUYERS = 40, 8  # of one village
MOST_VILLAGES: Final = 100_000 // (FARMERS + BUYERS)  # there are 100,000 numbers

_FIRST_NAMES: Final = (
    "Nafula", "Wekesa", "Nekesa", "Simiyu", "Nasimiyu", "Barasa", "Wafula", "Naliaka", "Juma", "Khisa", "Nanjala",
    "Mukhwana", "Makokha", "Nelima", "Wanyonyi", "Sifuna", "Mayende", "Namukuru", "Kundu", "Lusweti",
)  # fmt: skip
_SURNAMES: Final = (
    "Wanjala", "Wamalwa", "Masinde", "Muliro", "Wangila", "Situma", "Walubengo", "Kituyi", "Munyasia", "Wabwile",
    "Sikuku", "Mutoro", "Wakoli", "Nyongesa", "Mabele", "Watitwa", "Wepukhulu", "Kisaka", "Tenge", "Mwasame",
)  # fmt: skip
_TRADERS: Final = (
    ("Mlima Grain Millers", "en"), ("Savanna Foods Nairobi", "en"), ("Wakulima Depot", "sw"),
    ("Gikomba Cereals", "sw"), ("Kivu Vivres Goma", "fr"), ("Tana Fresh Nairobi", "en"),
    ("Shule Feeding Trust", "en"), ("Soko Huru Traders", "sw"),
)  # fmt: skip
VILLAGES: Final = (
    "Kimilili", "Webuye", "Chwele", "Sirisia", "Tongaren", "Naitiri", "Kanduyi", "Kapsokwony", "Malakisi", "Bumula",
)  # fmt: skip
_PLACES: Final = ("{village} market", "{village} depot", "{village} store", "Bungoma market", "Wakulima market Nairobi")


class TradeGoods(Frozen):
    """What is traded: quantities and prices of one unit in whole KES, each from the smaller to the larger."""

    type: ContractType
    product: str
    unit: str
    quantity: tuple[int, int]
    price: tuple[int, int]


_GOODS: Final = (
    (8, TradeGoods(ContractType.AGRICULTURAL_SUPPLY, "maize", "bags", (8, 40), (3_200, 4_200))),
    (4, TradeGoods(ContractType.AGRICULTURAL_SUPPLY, "beans", "bags", (2, 12), (9_000, 11_500))),
    (3, TradeGoods(ContractType.AGRICULTURAL_SUPPLY, "tomatoes", "crates", (5, 25), (3_500, 5_500))),
    (3, TradeGoods(ContractType.AGRICULTURAL_SUPPLY, "onions", "bags", (4, 20), (4_000, 6_000))),
    (2, TradeGoods(ContractType.AGRICULTURAL_SUPPLY, "milk", "litres", (60, 400), (45, 60))),
    (2, TradeGoods(ContractType.GOODS_PURCHASE, "eggs", "trays", (10, 60), (380, 460))),
    (1, TradeGoods(ContractType.AGRICULTURAL_SUPPLY, "sunflower seed", "bags", (4, 15), (4_500, 6_000))),
    (1, TradeGoods(ContractType.LOGISTICS, "transport to Nairobi", "trips", (2, 6), (18_000, 26_000))),
)  # fmt: skip


class SeedPerson(Frozen):
    """`language`: in which they write, and are written to."""

    msisdn: Hidden[Msisdn]
    name: Hidden[str]
    language: str


class Village(Frozen):
    name: str
    farmers: tuple[SeedPerson, ...]
    buyers: tuple[SeedPerson, ...]

    @property
    def people(self) -> Sequence[SeedPerson]:
        return (*self.farmers, *self.buyers)


class Trade(Frozen):
    """What two people of a village agree on. `total`: in whole KES; it is a multiple of `quantity`."""

    seller: SeedPerson
    buyer: SeedPerson
    goods: TradeGoods
    quantity: int
    total: int
    place: str


def village(n: int) -> Village:
    """Return the village with the number `n`, from 0."""
    random, name, first = Random(n), VILLAGES[n % len(VILLAGES)], n * (FARMERS + BUYERS)  # noqa: S311 - names, not keys
    full_names = [f"{one} {other}" for one in _FIRST_NAMES for other in _SURNAMES]
    farmers = tuple(
        SeedPerson(_msisdn(first + at), full_name, random.choices(("sw", "en", "fr"), (6, 3, 1))[0])
        for at, full_name in enumerate(random.sample(full_names, FARMERS))
    )
    traders = [(trader if n == 0 else f"{trader} {name}", language) for trader, language in _TRADERS[:BUYERS]]
    buyers = tuple(
        SeedPerson(_msisdn(first + FARMERS + at), trader, language) for at, (trader, language) in enumerate(traders)
    )
    return Village(name, farmers, buyers)


def trade_in(where: Village, random: Random, *, most: int) -> Trade:
    """Return a trade of people of this village for `most` KES at most."""
    goods = random.choices([each for _, each in _GOODS], [weight for weight, _ in _GOODS])[0]
    price = random.randrange(goods.price[0], goods.price[1] + 1, 10 if goods.price[0] > 100 else 1)
    quantity = max(min(random.randint(*goods.quantity), most // price), 2)
    place = random.choice(_PLACES).format(village=where.name)
    return Trade(random.choice(where.farmers), random.choice(where.buyers), goods, quantity, quantity * price, place)


def _msisdn(n: int) -> Msisdn:
    return Msisdn(f"+2547{n // 1000:02d}000{n % 1000:03d}")
