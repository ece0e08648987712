"""What a pack says that is not in the record of its contract."""

from collections.abc import Sequence
from importlib.metadata import version
from zoneinfo import ZoneInfo

from gateway.evidence.paper_fonts import FontFile
from menus.office import Office
from values.frozen import Frozen

FORMAT = "voicepact-pack/2"
SOFTWARE = f"voicepact {version('voicepact')}"


class PackOptions(Frozen):
    """`ask_url`: where anybody asks whether the contract is in force; `key_id`: of the key that signs the list of
    files; `code_cost`: with which the short code was computed; `office`: who runs the service, in which `country` (ISO
    3166); `zone`: of all times on
    paper; `fonts`: what may be drawn with, in the order in which they are asked for a letter (the first draws
    everything that it can); `policy`: the file that names the witnesses, None if there are none."""

    ask_url: str
    key_id: str
    code_cost: int
    office: Office
    country: str
    zone: ZoneInfo
    fonts: Sequence[FontFile]
    policy: bytes | None = None
