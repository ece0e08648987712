"""The rows of the table: what happens while people act."""

from dataclasses import dataclass

from bench.siege.faults import FAULTS, Fault, kills
from bench.siege.fortress import Arrangement


@dataclass(frozen=True, slots=True)
class Row:
    """`attack`: a name in `requests.ATTACKS`. `may_be_busy`: something that hops need is gone or used up, and they
    may end with "busy", but within their time.
    `needs_own_disk`: the folder of the service is a small file system of its own, which only root can make."""

    name: str
    arrangement: Arrangement = Arrangement.ONE
    attack: str | None = None
    connections: int = 8
    fault: Fault | None = None
    may_be_busy: bool = False
    needs_own_disk: bool = False


def make_rows(kills_each: int) -> list[Row]:
    """Return all rows, those of one arrangement one after another: the service is started once for them."""
    workers, embedded = Arrangement.WORKERS, Arrangement.EMBEDDED
    return [
        Row("nothing"),
        Row("bombs", attack="bombs"),
        Row("large bodies", attack="large"),
        Row("junk", attack="junk"),
        Row("slow heads", attack="slow heads", connections=500),
        Row("slow bodies", attack="slow bodies", connections=500),
        Row("idle connections", attack="idle", connections=1000),
        Row("wrong tokens and keys", attack="tokens"),
        Row("cut signatures", attack="signatures"),
        Row("replays", attack="replays"),
        Row("PIN storm", attack="pins", connections=60, may_be_busy=True),
        Row("offers", attack="offers", connections=20, may_be_busy=True),
        Row("hostile provider", fault=FAULTS["hostile provider"]),
        Row("few descriptors", attack="idle", connections=300, fault=FAULTS["few descriptors"], may_be_busy=True),
        Row("hung database", fault=FAULTS["hung database"], may_be_busy=True),
        Row("hung store", fault=FAULTS["hung store"], may_be_busy=True),
        Row("kills", fault=kills(kills_each), may_be_busy=True),
        Row("two workers: junk", workers, "junk"),
        Row("two workers: PIN storm", workers, "pins", 60, may_be_busy=True),
        Row("two workers: kills", workers, fault=kills(kills_each), may_be_busy=True),
        Row("clock jumps", Arrangement.STRANGE_CLOCK),
        Row("killed database", embedded, fault=FAULTS["killed database"], may_be_busy=True),
        Row("killed store", embedded, fault=FAULTS["killed store"], may_be_busy=True),
        Row("embedded servers: kills", embedded, fault=kills(kills_each), may_be_busy=True),
        Row("full disk", embedded, fault=FAULTS["full disk"], may_be_busy=True, needs_own_disk=True),
    ]


SHORT = ("bombs", "junk", "slow heads", "wrong tokens and keys", "replays", "kills")  # what `make test` plays
