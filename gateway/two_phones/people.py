"""Who holds the phones, and the networks that carry them."""

import secrets
from datetime import date
from typing import Final, Literal

from contracts.fields.msisdn import Msisdn
from contracts.fields.pin import check_new_pin
from contracts.refusals import BadInput
from values.frozen import Frozen, Hidden

Holder = Literal["buyer", "seller", "arbiter"]

PIN: Final = "4826"  # that everybody in the story chooses
MONEY_PIN: Final = "9731"  # of their mobile money
NETWORKS: Final = {"63902": "Safaricom", "63903": "Airtel", "63907": "Telkom"}  # by Africa's Talking's codes


class PhoneHolder(Frozen):
    """`does`: what this person does in a contract, behind the name. `prefix`: of new numbers, on `network_code`."""

    name: str
    does: str
    msisdn: Hidden[Msisdn]
    prefix: str
    network_code: str
    language: str


HOLDERS: Final[dict[Holder, PhoneHolder]] = {
    "buyer": PhoneHolder("Amina", "buys", Msisdn("+254711840275"), "+254711", "63902", "en"),
    "seller": PhoneHolder("Joseph", "sells", Msisdn("+254722000002"), "+254722", "63902", "sw"),
    "arbiter": PhoneHolder("Grace", "decides", Msisdn("+254733105118"), "+254733", "63903", "en"),
}


def new_msisdn(holder: PhoneHolder, today: date) -> Msisdn:
    """Return a number that nobody had so far, for a story that begins anew; PIN is none that it makes too easy."""
    while True:
        msisdn = Msisdn(f"{holder.prefix}{secrets.randbelow(1_000_000):06}")
        try:
            check_new_pin(PIN, msisdn, today)
        except BadInput:
            continue
        return msisdn
