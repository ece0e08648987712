"""The handset in the terminal and the service, each in a process of its own."""

import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gateway.phone.handset_process import TerminalPhone, run_piped
from tests.gateway.phone.service_process import ServiceProcess
from tests.handset import holds_pin

PIN = "4829"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    started = ServiceProcess(tmp_path_factory.mktemp("a phone's service"))
    try:
        yield started
        assert not any(holds_pin(log.read_text(), PIN) for log in started.folder.glob("log*"))
    finally:
        started.stop()


def lines_that_make_a_contract(service: ServiceProcess, with_msisdn: str) -> str:
    """Return all lines that a seller without a PIN types to make a contract."""
    terms = ("2", with_msisdn, "maize", "50 bags", "3,500", "Bungoma market", "tomorrow", "1")
    return "".join(f"{typed}\n" for typed in (service.new_contract, *terms, PIN, PIN))


def test_two_handsets_make_a_contract_and_a_script_can_play_them(service: ServiceProcess, tmp_path: Path) -> None:
    record = tmp_path / "seller.txt"
    seller = run_piped(
        "0712 345 001", "--data-dir", service.data_dir, "--record", str(record), cwd=service.folder,
        typed=lines_that_make_a_contract(service, "0722 345 001"),
    )  # fmt: skip
    assert (seller.returncode, seller.stderr) == (0, "")
    assert re.search(r"\n\(waiting for an answer, [0-9]+/160\)\n> 2\n  Phone number of the buyer\n", seller.stdout)
    assert "Choose a PIN of 4 digits. It signs your contracts: keep it secret." in seller.stdout
    made = re.search(r"^  Contract ([0-9]{4}) ([0-9]{4}) is made\..*\n\(call ended, ", seller.stdout, re.MULTILINE)
    assert made, seller.stdout
    reference = "".join(made.groups())

    buyer = run_piped("+254722345001", "--data-dir", service.data_dir, cwd=service.folder, typed="/sms YES\n")
    assert f"sms< VoicePact {reference}: 0712 345 001 sells you 50 bags maize" in buyer.stdout
    assert f"sms< Contract {reference} is confirmed by all" in buyer.stdout

    seller = run_piped("254712345001", "--data-dir", service.data_dir, cwd=service.folder, typed="")
    assert f"sms< Contract {reference} is confirmed by all" in seller.stdout
    assert not holds_pin(record.read_text() + seller.stdout, PIN)


def test_at_a_terminal_each_screen_is_a_phone_with_its_length_and_a_pin_is_asterisks(service: ServiceProcess) -> None:
    with TerminalPhone("0712345003", "--data-dir", service.data_dir, cwd=service.folder) as phone:
        phone.sees("\u2502 +254712345003                *483# \u2502")
        phone.sees("/160 \u2502")
        phone.sees("> ")
        phone.answers(service.new_contract, "Are you the buyer or the seller?")
        for typed in ("2", "0722345003", "beans", "5x\x7f kg", "100", "Kitale", "tomorrow", "1"):
            phone.answers(typed, "\u2502 waiting for an answer ")
        assert "You sell 5 kg beans to" in phone.shown
        assert "Choose a PIN of 4 digits" in phone.shown
        phone.press(PIN)
        phone.sees("****")
        phone.answers("", "Type the same PIN again")
        phone.press(f"{PIN}\x15")  # Ctrl-U
        phone.answers(PIN, "\u2502 call ended ")
        phone.press("\x1b[A\x10\x19q\r")  # neither Up nor Ctrl-P nor Ctrl-Y brings a PIN back: only q is on the line
        assert phone.ends_with() == 0
        assert not holds_pin(phone.shown, PIN)


def test_an_sms_arrives_above_what_is_being_typed(service: ServiceProcess) -> None:
    with TerminalPhone("0722345004", "--data-dir", service.data_dir, cwd=service.folder) as buyer:
        buyer.sees("> ")
        buyer.press("Buny\x7fg")
        offer = lines_that_make_a_contract(service, "0722345004")
        run_piped("0712345004", "--data-dir", service.data_dir, cwd=service.folder, typed=offer)
        buyer.sees("SMS from AFRICASTKNG")
        buyer.sees("0712 345 004 sells")
        buyer.sees("1 segment")
        buyer.sees("> Bung")
        buyer.press("\x15/sms YES\r")
        buyer.sees("SMS from 22483")  # the number that the YES was sent to
        buyer.sees("is confirmed by all")


@pytest.mark.parametrize(("keys", "hops"), [pytest.param("\x03", 6, id="Ctrl-C"), pytest.param("\x04", 7, id="Ctrl-D")])
def test_the_phone_ends_cleanly_and_tells_the_service(service: ServiceProcess, keys: str, hops: int) -> None:
    with TerminalPhone("0712345005", "--data-dir", service.data_dir, cwd=service.folder) as phone:
        phone.sees("> ")
        for _ in range(hops - 1):
            phone.answers("x", "Choose from")
        phone.press(keys)
        assert phone.ends_with() == 0
        assert "Traceback" not in phone.shown
    assert service.logged('"session ended"', '"Incomplete"', f'"hops":{hops},')


def test_ctrl_c_ends_a_phone_whose_parent_ignores_sigint(service: ServiceProcess) -> None:
    """A script's background job ignores SIGINT, and so do the tests that the script runs in it."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        phone = TerminalPhone("0712345011", "--data-dir", service.data_dir, cwd=service.folder)
    finally:
        signal.signal(signal.SIGINT, before)
    with phone:
        phone.sees("> ")
        phone.press("\x03")
        assert phone.ends_with() == 0
        assert "Traceback" not in phone.shown


def test_a_pin_is_asterisks_in_a_language_that_has_another_word_for_it(service: ServiceProcess) -> None:
    """In Amharic, where Home and the question take two pages each."""
    with TerminalPhone("0712345012", "--data-dir", service.data_dir, cwd=service.folder) as phone:
        phone.sees("> ")
        for typed in ("7", "98", "5", "00", "98", "5", "2", "98"):
            phone.answers(typed, " waiting for an answer ")
        phone.press(PIN)
        phone.sees("****")
        phone.answers("", " waiting for an answer ")
        phone.answers(PIN, " call ended ")
        assert not holds_pin(phone.shown, PIN)


def test_commands_work_in_a_call_and_answers_stay_free(service: ServiceProcess) -> None:
    typed = "/help\n/nonsense\n/sms\n//x\n/redial\n4\n/hangup\n/hangup\nhm\nq\n"
    shown = run_piped("0712345006", "--data-dir", service.data_dir, cwd=service.folder, typed=typed).stdout
    for wanted in (
        "(/hangup   ends the call)", "(/nonsense is no command; /help lists them, and //nonsense answers /nonsense)",
        "(sms TEXT: the text is missing)", "> /x\n  Choose from the list.",
        "(you hung up: Enter dials again, sms TEXT sends a text, q quits)", "(there is no call)", "(the call has ended",
    ):  # fmt: skip
        assert wanted in shown
    assert shown.count("(dialling *483#)") == 2


def test_without_the_double_it_calls_the_hooks_themselves(service: ServiceProcess) -> None:
    url, token = service.address
    phone = run_piped("0712345007", "--url", url, "--token", token, cwd=service.folder, typed="1\n/sms hello\n")
    assert phone.returncode == 0
    assert "SMS to this phone cannot be shown" in phone.stdout
    assert "> 1\n  You have no contracts yet." in phone.stdout
    assert service.logged('"mo"', "+254******007", "unclear")


def test_with_a_wrong_token_it_says_so(service: ServiceProcess) -> None:
    url, _ = service.address
    phone = run_piped("0712345007", "--url", url, "--token", "wrong", cwd=service.folder, typed="1\n")
    assert (phone.returncode, phone.stderr) == (2, "voicepact: the service does not know this token (404)\n")


@pytest.mark.parametrize(("args", "error"), [
    pytest.param(["0712345008"], "no service has run on .voicepact; start it with make run", id="never started"),
    pytest.param(["0712345008", "--url", "http://127.0.0.1:1", "--token", "x"],
                 "the service is not running at http://127.0.0.1:1; start it with make run", id="nobody there"),
    pytest.param(["0712345008", "--url", "http://127.0.0.1:1"],
                 "--url: needs --token as well, the service's WEBHOOK_TOKEN", id="no token"),
    pytest.param(["0712"], "0712: Too short. Please write more.", id="no number"),
])  # fmt: skip
def test_a_phone_that_cannot_start_says_why_in_one_line(args: list[str], error: str, tmp_path: Path) -> None:
    phone = run_piped(*args, typed="", cwd=tmp_path)
    assert (phone.returncode, phone.stdout, phone.stderr) == (2, "", f"voicepact: {error}\n")


def test_the_phone_waits_for_a_service_that_hangs(service: ServiceProcess) -> None:
    key = service.new_contract
    with TerminalPhone("0712345009", "--data-dir", service.data_dir, cwd=service.folder) as phone:
        phone.sees("> ")
        os.kill(service.process.pid, signal.SIGSTOP)
        try:
            phone.press(f"{key}\r")
            phone.sees("USSD code running")
            phone.press("1")
        finally:
            os.kill(service.process.pid, signal.SIGCONT)
        phone.sees("Are you the buyer or the seller?")
        phone.sees("> 1")


def test_ctrl_c_ends_the_phone_while_it_waits_for_the_service(service: ServiceProcess) -> None:
    with TerminalPhone("0712345013", "--data-dir", service.data_dir, cwd=service.folder) as phone:
        phone.sees("> ")
        os.kill(service.process.pid, signal.SIGSTOP)
        try:
            phone.press("1\r")
            phone.sees("USSD code running")
            phone.press("\x03")
            assert phone.ends_with() == 0
        finally:
            os.kill(service.process.pid, signal.SIGCONT)
        assert "Traceback" not in phone.shown


def test_a_call_goes_on_when_the_service_was_killed_and_is_back(service: ServiceProcess) -> None:
    with TerminalPhone("0712345010", "--data-dir", service.data_dir, cwd=service.folder) as phone:
        phone.sees("> ")
        phone.answers(service.new_contract, "Are you the buyer or the seller?")
        service.kill_and_start_again()
        phone.answers("2", "Phone number of the buyer")
