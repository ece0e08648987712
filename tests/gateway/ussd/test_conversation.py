"""What is new in a request that repeats everything typed so far: docs/wires.md, "Africa's Talking: USSD", by row."""

import hashlib

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from contracts.effects import Confirm
from gateway.events import UssdReply
from gateway.ussd.conversation import Conversation, Repeat, Typed, from_bytes, read_history, to_bytes
from menus.screen import Do, Go, Place, Return
from menus.session import HOME, OpenQuestion, Session


def key_of(history: str) -> bytes:
    return hashlib.sha256(history.encode()).digest()[:16]


def after_hop(conversation: Conversation, history: str, *, ends: bool = False) -> Conversation:
    """One hop later; the reply says what it answered."""
    reply = UssdReply(f"to <{history}>", ends)
    return conversation.after(key_of(history), len(history), reply, conversation.session)


def after(*histories: str, ends: bool = False) -> Conversation:
    """A conversation in which these requests were answered; the last one hung up, with `ends`."""
    conversation = Conversation(b"caller", 0, b"", (), ends=False, session=Session("en"))
    for number, history in enumerate(histories, start=1):
        conversation = after_hop(conversation, history, ends=ends and number == len(histories))
    return conversation


def listen(conversation: Conversation, history: str) -> Typed | Repeat:
    return read_history(conversation, history, key_of(history), key_of)


@pytest.mark.parametrize(
    ("before", "history", "typed"),
    [
        pytest.param([""], "1", "1", id="the first answer"),
        pytest.param(["", "1"], "1*1", "1", id="the second"),
        pytest.param(["", "1"], "1*", "", id="an empty answer"),
        pytest.param(["", "1", "1*"], "1**3", "3", id="after an empty answer"),
        pytest.param(["", "1", "1*"], "1**", "", id="two empty answers"),
        pytest.param(["", "1"], "1*A*B", "A*B", id="an answer with a star"),
        pytest.param(["", "1"], "1**", "*", id="an answer that is a star"),
        pytest.param(["", "7", "7*a*b"], "7*a*b*****", "****", id="stars after a lost hop"),
        pytest.param(["", "7", "7*a*b", "7*a*b**"], "7*a*b*****", "**", id="stars after a star"),
        pytest.param([""], "*", "*", id="a first answer that is a star"),
        pytest.param([""], "A*B", "A*B", id="a first answer with a star"),
        pytest.param(["1*2"], "1*2*3", "3", id="a dial that went deeper at once"),
        pytest.param(["", "1"], "1*5#", "5#", id="a hash is text"),
        pytest.param(["", "1", "1*1"], "1*1*1", "1", id="the same answer again is a new one"),
        pytest.param(["", "ä"], "ä*é", "é", id="letters outside ASCII count as one"),
    ],
)
def test_what_was_typed(before: list[str], history: str, typed: str) -> None:
    assert listen(after(*before), history) == Typed(typed)


@pytest.mark.parametrize(
    ("before", "history", "answered"),
    [
        pytest.param([""], "", "to <>", id="the dial again"),
        pytest.param(["", "1"], "1", "to <1>", id="the last hop again"),
        pytest.param(["", "1", "1*1"], "1", "to <1>", id="a late copy of an older hop"),
        pytest.param(["", "1", "1*1"], "", "to <>", id="a late copy of the dial"),
        pytest.param(["", "1", "1*"], "1*", "to <1*>", id="an empty answer again"),
    ],
)
def test_a_hop_that_was_answered_gets_the_same_answer(before: list[str], history: str, answered: str) -> None:
    assert listen(after(*before), history) == Repeat(UssdReply(answered, ends=False))


@pytest.mark.parametrize(
    ("before", "history"),
    [
        pytest.param(["", "1"], "10", id="1 is no start of 10"),
        pytest.param(["", "1"], "10*2", id="nor of 10*2"),
        pytest.param(["", "1*1"], "1", id="shorter, and never seen"),
        pytest.param(["", "1", "1*1"], "1*2", id="another answer to an old question"),
        pytest.param(["", "1", "1*1"], "1*2*1", id="longer, on another path"),
        pytest.param(["", "1", "1*1"], "2", id="shorter, on another path"),
        pytest.param(["", "12"], "1*2", id="as long, cut elsewhere"),
        pytest.param(["1*2"], "", id="a dial after one that went deeper"),
    ],
)
def test_what_fits_nowhere_gets_the_last_answer_and_does_nothing(before: list[str], history: str) -> None:
    assert listen(after(*before), history) == Repeat(UssdReply(f"to <{before[-1]}>", ends=False), is_astray=True)


def test_after_the_end_every_request_gets_the_last_reply() -> None:
    ended = after("", "1", ends=True)
    assert listen(ended, "1*1") == Repeat(UssdReply("to <1>", ends=True), is_astray=True)
    assert listen(ended, "1") == Repeat(UssdReply("to <1>", ends=True))


@given(st.lists(st.text(st.sampled_from("*1A é#"), max_size=5), min_size=1, max_size=12))
def test_any_answers_come_back_exactly(answers: list[str]) -> None:
    """However many stars they hold; a copy of any hop on the way is known again."""
    assume(answers[0])  # an empty first answer leaves the text of the dial: a copy of it, by all that can be seen
    conversation, history = after(""), ""
    for count, answer in enumerate(answers, start=1):
        history = "*".join(answers[:count])
        assert listen(conversation, history) == Typed(answer)
        conversation = after_hop(conversation, history)
        assert listen(conversation, history) == Repeat(UssdReply(f"to <{history}>", ends=False))


@given(
    st.lists(st.text(st.sampled_from("*12"), min_size=1, max_size=4), min_size=1, max_size=6),
    st.text("*12", max_size=12),
)
def test_what_is_new_follows_the_history_of_the_last_hop(answers: list[str], history: str) -> None:
    conversation = after("", *("*".join(answers[:count]) for count in range(1, len(answers) + 1)))
    found = listen(conversation, history)
    if isinstance(found, Typed):
        assert history == f"{'*'.join(answers)}*{found.text}"


def test_a_conversation_survives_the_store_and_tells_nothing() -> None:
    before = after("", "1", "1*4071")
    kept = to_bytes(before)
    assert from_bytes(kept) == before
    assert kept.count(b"4071") == kept.count(b"to <1*4071>") == 1, "what was typed is in the reply of this test alone"
    assert key_of("1*4071")[:8] in kept


@pytest.mark.parametrize(
    "kept",
    [
        b"",
        b"{}",
        b"\x90",
        b"\xc0",
        b"\xff",
        to_bytes(after(""))[:-5],
        b'{"caller": "zz"}',
        b'{"caller": "\xff"}',
        b"{[]",
    ],
)
def test_what_is_no_conversation_is_none(kept: bytes) -> None:
    assert from_bytes(kept) is None


def test_a_conversation_that_older_code_stored_is_read_to_its_last_field() -> None:
    place = {"name": "pin", "about": {"then": "confirmed"}}
    do = {"type": "Do", "effect": {"type": "Confirm", "contract_id": "7", "n": 2}, "then": {"name": "confirmed"}}
    go = {"type": "Go", "place": place, "keeping": {"role": "buyer"}, "begins": True}
    old = {
        "caller": b"caller".hex(), "heard": key_of("1").hex(), "heard_length": 1,
        "replies": [[key_of("").hex(), "Menu", False], [key_of("1").hex(), "PIN?", False]],
        "session": {
            "language": "sw", "trail": [{"name": "home"}, place], "page": 1, "answers": {"role": "seller"},
            "shown": {"1": go, "2": do, "3": {"type": "Return"}},
            "asked": {"answer": "pin", "then": do, "keep_as": None}, "keys": ["0"], "reads_on": True,
        },
        "life": "0123456789abcdef", "typed": ["", "1"], "english": [None, "PIN?"], "chose_pin": True,
    }  # fmt: skip
    pin, act = Place("pin", {"then": "confirmed"}), Do(Confirm("7", 2), Place("confirmed"))
    session = Session(
        "sw", (HOME, pin), 1, {"role": "seller"},
        {"1": Go(pin, {"role": "buyer"}, begins=True), "2": act, "3": Return()}, OpenQuestion("pin", act, None), ("0",),
        reads_on=True,
    )  # fmt: skip
    read = from_bytes(msgspec.json.encode(old))
    assert read == Conversation(
        b"caller", 1, key_of("")[:8] + key_of("1")[:8], ("Menu", "PIN?"), ends=False, session=session,
        life="0123456789abcdef", typed=("", "1"), english=(None, "PIN?"), chose_pin=True,
    )  # fmt: skip
    assert listen(read, "") == Repeat(UssdReply("Menu", ends=False))
    assert listen(read, "1*2") == Typed("2")
    assert (read.may_be_older("0123456789abcdef"), read.may_be_older("another")) == (False, True)


def test_the_oldest_conversations_lack_what_came_later() -> None:
    old = {"caller": "00", "heard": "", "heard_length": 0, "replies": [["00" * 16, "Bye", True]],
           "session": {"language": "en"}}  # fmt: skip
    read = from_bytes(msgspec.json.encode(old))
    assert read == Conversation(b"\0", 0, bytes(8), ("Bye",), ends=True, session=Session("en"))
    assert read.typed_on_texts("1") == ("1",)


def test_a_conversation_is_older_only_in_another_life_of_the_store() -> None:
    saved = after("").saved_in("a" * 40)
    assert (saved.may_be_older("a" * 40), saved.may_be_older("b" * 40), saved.may_be_older("")) == (False, True, False)
    assert not after("").saved_in("").may_be_older("a" * 40)


def test_only_so_many_replies_are_kept() -> None:
    histories = ["", *("*".join("1" * count) for count in range(1, 60))]
    conversation = after(*histories)
    assert (len(conversation.texts), len(conversation.keys)) == (32, 32 * 8)
    assert listen(conversation, histories[-1] + "*2") == Typed("2")
