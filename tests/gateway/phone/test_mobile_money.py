"""Two handsets in the terminal, the service and the simulated M-Pesa: the buyer is asked to pay, refuses, and pays."""

import re
from collections.abc import Iterator

import pytest

from tests.gateway.phone.handset_process import TerminalPhone
from tests.gateway.phone.service_process import ServiceProcess
from tests.handset import holds_pin

PIN, MONEY_PIN = "4829", "7316"  # of VoicePact, and of the buyer's mobile money
SELLER, BUYER = "0712345051", "0722345051"


@pytest.fixture
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    started = ServiceProcess(tmp_path_factory.mktemp("a service that holds money"), ESCROW="on")
    try:
        yield started
    finally:
        started.stop()
    assert not holds_pin(started.log, MONEY_PIN)


def offer(service: ServiceProcess, seller: TerminalPhone) -> str:
    """Let the seller make a contract whose money waits with the service; return its reference."""
    seller.sees("> ")
    for typed in (service.new_contract, "2", BUYER, "maize", "50 bags", "3500", "Bungoma market", "tomorrow", "98"):
        seller.answers(typed, "waiting for an answer")
    (key,) = re.findall(r"([1-9])\. VoicePact holds the money", seller.shown)
    for typed, wanted in (
        (key, "VoicePact holds the money until"), ("98", "Fee KES 35, from the seller"), ("1", "Choose a PIN"),
        (PIN, "Type the same PIN again"), (PIN, "is made."),
    ):  # fmt: skip
        seller.press(f"{typed}\r")
        seller.sees_all(wanted)
    (made,) = re.findall(r"Contract ([0-9]{4}).([0-9]{4}) is made", seller.shown)
    return "".join(made)


def test_a_buyer_is_asked_to_pay_refuses_and_pays_later(service: ServiceProcess) -> None:
    where = ("--data-dir", service.data_dir)
    with (
        TerminalPhone(SELLER, *where, cwd=service.folder) as seller,
        TerminalPhone(BUYER, *where, cwd=service.folder) as buyer,
    ):
        reference = offer(service, seller)
        buyer.sees_all("sells you 50 bags maize")
        buyer.press("/pay\r")
        buyer.sees("nobody asks this phone to pay now")

        buyer.press("/sms YES\r")
        buyer.sees_all(f"Pay KES 3500 to VoicePact, account {reference}?", "/pay or /refuse", "a request to pay")
        buyer.press("/refuse\r")
        buyer.sees_all("not paid", "was not answered with a payment: it was refused on the phone", f"PAY {reference}")
        assert "the money is here" not in seller.shown

        buyer.press(f"/sms PAY {reference}\r")
        buyer.sees_all("/pay or /refuse", "Type your mobile money PIN there")
        buyer.press("/pay\r")
        buyer.sees("M-PESA PIN: ")
        buyer.press(f"{MONEY_PIN}\r")
        buyer.sees_all("paid KES 3500, receipt T", "KES 3,500 has come (T", "We told the seller to deliver")
        seller.sees_all("the money is here. You can deliver now", f"DELIVERED {reference}")
        assert not holds_pin(buyer.shown + seller.shown, MONEY_PIN)
