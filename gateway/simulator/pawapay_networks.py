"""The countries, networks and test numbers that the simulator of pawaPay knows. The test numbers are pawaPay's own."""

from decimal import Decimal
from typing import Final

from values.frozen import Frozen


class SimulatedNetwork(Frozen):
    """`leads`: how its numbers begin. `country`: ISO 3166 alpha-3. `least_payout`: in major units."""

    provider: str
    country: str
    currency: str
    leads: tuple[str, ...]
    has_decimals: bool
    least_payout: Decimal = Decimal(1)


NETWORKS: Final = (
    SimulatedNetwork("MPESA_KEN", "KEN", "KES", ("254",), has_decimals=False, least_payout=Decimal(10)),
    SimulatedNetwork("MTN_MOMO_UGA", "UGA", "UGX", ("25676", "25677", "25678", "25639"), has_decimals=True),
    SimulatedNetwork("AIRTEL_OAPI_UGA", "UGA", "UGX", ("25670", "25674", "25675"), has_decimals=False),
    SimulatedNetwork("VODACOM_TZA", "TZA", "TZS", ("25574", "25575", "25576"), has_decimals=False),
    SimulatedNetwork("AIRTEL_TZA", "TZA", "TZS", ("25568", "25569", "25578"), has_decimals=True),
    SimulatedNetwork("TIGO_TZA", "TZA", "TZS", ("25565", "25567", "25571", "25577"), has_decimals=False),
    SimulatedNetwork("HALOTEL_TZA", "TZA", "TZS", ("25561", "25562"), has_decimals=False),
    SimulatedNetwork("MTN_MOMO_RWA", "RWA", "RWF", ("25078", "25079"), has_decimals=False),
    SimulatedNetwork("AIRTEL_RWA", "RWA", "RWF", ("25072", "25073"), has_decimals=False),
    SimulatedNetwork("MTN_MOMO_GHA", "GHA", "GHS", ("23324", "23354", "23355", "23359"), has_decimals=True),
    SimulatedNetwork("AIRTELTIGO_GHA", "GHA", "GHS", ("23326", "23327", "23356", "23357"), has_decimals=True),
    SimulatedNetwork("VODAFONE_GHA", "GHA", "GHS", ("23320", "23350"), has_decimals=True),
    SimulatedNetwork("MTN_MOMO_ZMB", "ZMB", "ZMW", ("26076", "26096"), has_decimals=True),
    SimulatedNetwork("AIRTEL_OAPI_ZMB", "ZMB", "ZMW", ("26077", "26097"), has_decimals=True),
    SimulatedNetwork("ZAMTEL_ZMB", "ZMB", "ZMW", ("26075", "26095"), has_decimals=True),
    SimulatedNetwork("TNM_MWI", "MWI", "MWK", ("26588",), has_decimals=True),
    SimulatedNetwork("AIRTEL_MWI", "MWI", "MWK", ("26599",), has_decimals=True),
)
CURRENCIES: Final = {network.country: network.currency for network in NETWORKS}
LEAST: Final = Decimal(1)
MOST: Final = Decimal(150_000)  # of one deposit or payout, in every currency: the real ones differ by network

# What follows these leads is one of the suffixes below.
_TEST_LEADS: Final = frozenset(
    "254703456 256783456 256753456 255763456 255683456 255713456 255623456 250783456 250733456 233593456 233273456 "  # noqa: SIM905 - a list of numbers
    "233503456 260763456 260973456 260953456 265883456 265993456".split()
)
STAYS_OPEN: Final = "129"
_DEPOSIT_CODES: Final = {
    "019": "PAYER_LIMIT_REACHED",
    "029": "PAYER_NOT_FOUND",
    "039": "PAYMENT_NOT_APPROVED",
    "049": "INSUFFICIENT_BALANCE",
    "059": "TRANSACTION_ALREADY_IN_PROCESS",
    "069": "UNSPECIFIED_FAILURE",
}
_PAYOUT_CODES: Final = {
    "089": "RECIPIENT_NOT_FOUND",
    "099": "WALLET_LIMIT_REACHED",
    "109": "RECIPIENT_LIMIT_REACHED",
    "119": "UNSPECIFIED_FAILURE",
}
_ZAMTEL: Final = "260953456"  # has suffixes of its own
_ZAMTEL_CODES: Final = {"704": "INSUFFICIENT_BALANCE", "712": "UNSPECIFIED_FAILURE"}
_ZAMTEL_OPEN: Final = "789"


def network_of(phone: str) -> SimulatedNetwork | None:
    """Return the network of a number in digits; None if it has none, or is no number of a mobile."""
    if not phone.isdecimal() or len(phone) != 12:
        return None
    return next((network for network in NETWORKS if phone.startswith(network.leads)), None)


def is_test_number(phone: str) -> bool:
    """Return whether the number itself says what becomes of a transfer."""
    return phone[:-3] in _TEST_LEADS


def stays_open(phone: str) -> bool:
    """Return whether a transfer with this number never ends."""
    return is_test_number(phone) and phone[-3:] == (_ZAMTEL_OPEN if phone.startswith(_ZAMTEL) else STAYS_OPEN)


def failure_of(phone: str, operation: str) -> str | None:
    """Return the code with which a transfer with this number fails; None if it does not."""
    if not is_test_number(phone):
        return None
    if phone.startswith(_ZAMTEL):
        return _ZAMTEL_CODES.get(phone[-3:])
    return (_DEPOSIT_CODES if operation == "deposits" else _PAYOUT_CODES).get(phone[-3:])
