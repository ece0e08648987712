"""A screen on the handset: its length, its frame, and whether an answer to it may be a PIN."""

import io
from datetime import UTC, datetime

import pytest
from rich.console import Console

from gateway.phone.display import COLUMNS, FramedDisplay, PlainDisplay
from gateway.phone.received_screen import ReceivedScreen
from gateway.phone.service_link import ReceivedSms

MENU = ReceivedScreen("CON Your contracts\n1. Maize [KES 3,500]\n0. Back")


@pytest.mark.parametrize(("reply", "length", "fits"), [
    pytest.param("CON " + "a" * 156, "160/160", True, id="just fits, the prefix counted"),
    pytest.param("CON " + "a" * 157, "161/160", False, id="one too many"),
    pytest.param("END " + "[" * 78, "160/160", True, id="extension letters are two septets"),
    pytest.param("END \u0199" + "a" * 65, "70/70 UCS-2", True, id="one letter outside GSM"),
    pytest.param("END \u0199" + "a" * 66, "71/70 UCS-2", False, id="one unit too many"),
])  # fmt: skip
def test_a_screen_is_counted_as_the_network_counts_it(reply: str, length: str, fits: bool) -> None:
    assert (ReceivedScreen(reply).length, ReceivedScreen(reply).fits) == (length, fits)


@pytest.mark.parametrize(("reply", "typed", "is_secret"), [
    pytest.param("CON Enter your PIN\n0. Back\n00. Home", "4829", True, id="the PIN"),
    pytest.param("CON Enter your PIN\n0. Back\n00. Home", "482", True, id="a PIN mistyped"),
    pytest.param("CON Enter your PIN\n0. Back\n00. Home", "00", False, id="a key on the PIN screen"),
    pytest.param("CON A PIN is 4 digits.\nType the same PIN again\n0. Back", "482", True, id="with a reason above"),
    pytest.param("CON Choose a PIN of 4 digits. It signs your contracts:\n98. More", "90718353", True, id="a page"),
    pytest.param("CON Type\n98. More", "4829", False, id="a word that many questions begin with"),
    pytest.param("CON Settings\n1. Language\n2. Change PIN", "2", False, id="a menu that has the word"),
    pytest.param("CON How much?", "4829", False, id="another question"),
    pytest.param("CON SPINACH, how much?", "4829", False, id="three letters of a word"),
    pytest.param("CON Please type an answer.\nHow much?", "4829", False, id="a reason that any question may have"),
    pytest.param("END Your PIN is set.", "4829", False, id="nothing is asked"),
])  # fmt: skip
def test_only_an_answer_that_may_be_a_secret_is_hidden(reply: str, typed: str, is_secret: bool) -> None:
    assert ReceivedScreen(reply).is_secret(typed) is is_secret


def test_the_frame_is_a_phones_width_and_words_wrap_in_it() -> None:
    framed = _framed("CON You sell 50 bags maize [dry] to 0722 000 002 for KES 3,500. " + "x" * 40)
    assert framed.splitlines() == [
        "╭────────────────────────────────────╮",
        "│ +254712345678                *483# │",
        "├────────────────────────────────────┤",
        "│ You sell 50 bags maize [dry] to    │",
        "│ 0722 000 002 for KES 3,500.        │",
        "│ xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx │",
        "│ xxxxxx                             │",
        "├────────────────────────────────────┤",
        "│ waiting for an answer      106/160 │",
        "╰────────────────────────────────────╯",
    ]


@pytest.mark.parametrize("reply", ["END Ɓa haka ba", "CON ምን ያህል?", "END", MENU.reply])
def test_no_line_of_a_frame_is_wider_than_the_phone(reply: str) -> None:
    assert {len(line) for line in _framed(reply).splitlines()} == {COLUMNS + 4}


def test_an_sms_is_a_bubble_with_time_sender_and_segments() -> None:
    out = io.StringIO()
    sms = ReceivedSms(1, "ATXid_1", "22483", "[bold]" + "a" * 160, datetime(2026, 11, 21, 9, 30, tzinfo=UTC))
    FramedDisplay(Console(file=out, width=100), "+254712345678", "*483#").sms(sms)
    shown = out.getvalue()
    assert "SMS from 22483" in shown
    assert "[bold]aaa" in shown
    assert f"{sms.at.astimezone():%H:%M:%S}, 2 segments" in shown


def test_for_a_script_nothing_is_wrapped_or_marked_up() -> None:
    out = io.StringIO()
    PlainDisplay(Console(file=out, width=20)).screen(MENU)
    assert out.getvalue() == (
        "  Your contracts\n  1. Maize [KES 3,500]\n  0. Back\n(waiting for an answer, 49/160)\n"
    )  # fmt: skip


def _framed(reply: str) -> str:
    out = io.StringIO()
    FramedDisplay(Console(file=out, width=100), "+254712345678", "*483#").screen(ReceivedScreen(reply))
    return out.getvalue()
