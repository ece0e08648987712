"""Whether a payer, as a rail names them, may be a person whose number we know. Pure."""

import hashlib
import re
from typing import Final

from contracts.fields.msisdn import Msisdn

_HASH: Final = re.compile(r"[0-9a-f]{64}")
_LAST_DIGITS: Final = re.compile(r"\* ?([0-9]+)$")


def may_be_payer(payer: str | None, msisdn: Msisdn) -> bool:
    """Return whether `payer` (a number, a masked one, the SHA-256 of one without `+`, a shortcode) may be who has this
    number. True also where the rail does not say who paid."""
    if payer is None:
        return True
    if _HASH.fullmatch(payer):
        return payer == hashlib.sha256(msisdn.removeprefix("+").encode()).hexdigest()
    if masked := _LAST_DIGITS.search(payer):
        return msisdn.endswith(masked[1])
    return payer == msisdn
