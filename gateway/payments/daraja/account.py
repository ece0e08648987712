"""Our account with Daraja, the ids that we give to transfers, and the kinds of callbacks that we ask for."""

import secrets
from collections.abc import Callable
from typing import Final

from values.frozen import Frozen, Hidden

# The last part of the path of a callback. Of a transfer, behind it: `/{own_id}.{mark}`.
STK: Final = "stk"  # what became of a prompt
RESULT: Final = "result"  # of a payout
TIMEOUT: Final = "timeout"
REVERSAL: Final = "reversal"  # what became of one; it is known by another id than a payout
REVERSAL_TIMEOUT: Final = "reversal-timeout"
STATUS: Final = "status"  # the answer to a question about a transfer
STATUS_TIMEOUT: Final = "status-timeout"
BALANCE: Final = "balance"  # of the shortcode that collects
PAYOUT_BALANCE: Final = "payout-balance"  # of the one that pays out, if that is another
VALIDATION: Final = "validation"  # somebody is about to pay by paybill
CONFIRMATION: Final = "confirmation"  # somebody has paid by paybill

# Daraja takes at most 19 characters. Of these letters nobody can make a word that Safaricom refuses in a callback URL
# (sql, cmd, exe, query and its products' names, in any case), and the id is part of that URL.
ID_LETTERS: Final = "0123456789abdfghjknprtvwyz"
_PREFIX, _RANDOM_LETTERS = "vp", 17  # 80 bits


class DarajaAccount(Frozen):
    """`shortcode`: the paybill that collects; `payout_shortcode`: the one that pays out, often another.
    `callback_url`: from a kind and our id of a transfer, if there is one, to the public URL that Daraja shall call.
    `security_credential`: the initiator's password, sealed for this environment (`credential.seal_password`).
    `largest_prompt`: in minor units. `c2b_version`: v1 or v2, of the product that the app holds."""

    consumer_key: Hidden[str]
    consumer_secret: Hidden[str]
    shortcode: str
    passkey: Hidden[str]
    initiator: str
    security_credential: Hidden[str]
    callback_url: Callable[[str, str | None], str]
    payout_shortcode: str = ""
    base_url: str = "https://api.safaricom.co.ke"
    largest_prompt: int = 15_000_000
    c2b_version: str = "v2"

    @property
    def pays_from(self) -> str:
        """The shortcode of payouts."""
        return self.payout_shortcode or self.shortcode


def new_own_id() -> str:
    """Return a new id of a transfer."""
    return _PREFIX + "".join(secrets.choice(ID_LETTERS) for _ in range(_RANDOM_LETTERS))


def is_own_id(text: str) -> bool:
    """Return whether `text` has the form of our ids."""
    rest = text.removeprefix(_PREFIX)
    return text.startswith(_PREFIX) and len(rest) == _RANDOM_LETTERS and set(rest) <= set(ID_LETTERS)
