"""The hops of one USSD session so far, and what the next request means after them. Pure.

Africa's Talking repeats everything typed so far in every request, joined with `*`, and does not escape a typed `*`
(docs/wires.md). So the newest answer is what follows the history of the last hop, not what follows the last `*`; and a
repeated request is recognised by its whole history. No history is stored, because a PIN may be in it: only keyed hashes
and a length.
"""

from collections.abc import Callable

import msgspec

from gateway.events import UssdReply
from gateway.ussd import older_sessions
from menus.session import Session
from values.frozen import Frozen, Hidden, replace

KeyOf = Callable[[str], bytes]
_REPLIES_KEPT = 32  # more hops than fit into the 180 s after which networks cut a session
_KEY_BYTES = 8  # of a hop's key: enough to tell the hops of one session from each other
_LIFE_LETTERS = 12  # of the name of a life of the store: enough to tell it from the one before


class Conversation(Frozen, array_like=True):
    """The hops of one session. `caller`: the keyed hash of the caller. `history_length`: how many characters were typed
    up to the last hop. `keys`: the beginning of each hop's key, one after another, oldest first; the last is of the
    first `history_length` characters. `texts`: what each was answered; `ends`: the last of them ended the session.
    `life`: the beginning of the name of the life of the store in which it was saved; empty if nobody knows. `typed` and
    `english` are those of the last replies: what led to each (without a PIN), and its screen in English
    (menus.session.RenderedPage). `chose_pin`: the caller set their PIN in this session.

    Stored as an array: the fields keep their order, and what is new comes last, with a default."""

    caller: bytes
    history_length: int
    keys: bytes
    texts: Hidden[tuple[str, ...]]
    ends: bool
    session: Hidden[Session]
    life: str = ""
    typed: Hidden[tuple[str, ...]] = ()
    english: Hidden[tuple[str | None, ...]] = ()
    chose_pin: bool = False

    def typed_on_texts(self, now: str) -> tuple[str | None, ...]:
        """Return what was typed on each text; `now`: on the last one. None: older code noted nothing."""
        known = self.typed[1:] if len(self.typed) == len(self.texts) else self.typed
        return (*_beside(known, len(self.texts) - 1), now)

    def english_of_texts(self) -> tuple[str | None, ...]:
        """Return each text in English, where it is known; empty where it is of none."""
        return _beside(self.english, len(self.texts)) if any(self.english) else ()

    @property
    def is_unfinished(self) -> bool:
        """Whether a caller who is cut off now would want to come back: the session is open, and
        they are beyond the home screen."""
        return bool(self.texts) and not self.ends and len(self.session.trail) > 1

    def after(
        self, hop_key: bytes, history_length: int, reply: UssdReply, session: Session, typed: str = "",
        english: str | None = None,
    ) -> "Conversation":  # fmt: skip
        """Return the conversation with one hop more. `typed`: what led to the reply, as it may be kept."""
        return Conversation(
            self.caller, history_length, (self.keys + hop_key[:_KEY_BYTES])[-_REPLIES_KEPT * _KEY_BYTES :],
            (*self.texts, reply.text)[-_REPLIES_KEPT:], reply.ends, session, "",
            (*self.typed, typed)[-_REPLIES_KEPT:], (*self.english, english)[-_REPLIES_KEPT:], self.chose_pin,
        )  # fmt: skip

    def saved_in(self, life: str) -> "Conversation":
        """Return the conversation as it is saved in this life of the store."""
        return replace(self, life=life[:_LIFE_LETTERS])

    def may_be_older(self, life: str) -> bool:
        """Whether later hops of this conversation may have been lost: it was saved in another life of the store."""
        return bool(self.life and life) and not life.startswith(self.life)

    def ends_with_hop(self, hop_key: bytes) -> bool:
        """Whether the last hop was the one with this key."""
        return self.keys.endswith(hop_key[:_KEY_BYTES])

    def place_of(self, hop_key: bytes) -> int | None:
        """Return which of the texts answered the hop with this key; None: none that is kept."""
        beginning = hop_key[:_KEY_BYTES]
        for number in range(len(self.texts) - 1, -1, -1):
            if self.keys.startswith(beginning, number * _KEY_BYTES):
                return number
        return None


class Typed(Frozen):
    """A new answer of the caller."""

    text: Hidden[str]


class Repeat(Frozen):
    """A request that gets a stored reply: a hop that was answered before, or (`is_astray`) one whose history does not
    continue this session's."""

    reply: UssdReply
    is_astray: bool = False


def read_history(conversation: Conversation, history: str, hop_key: bytes, key_of: KeyOf) -> Typed | Repeat:
    """Return what is new in `history`, whose key is `hop_key`. Histories are compared up to a `*`, so that `1` is not
    taken for the beginning of `10`."""
    texts, ends = conversation.texts, conversation.ends
    last = len(texts) - 1
    if (known := conversation.place_of(hop_key)) is not None:
        return Repeat(UssdReply(texts[known], ends and known == last))
    length = conversation.history_length
    is_longer = len(history) > length and (length == 0 or history[length] == "*")
    if ends or not is_longer or (length and not conversation.ends_with_hop(key_of(history[:length]))):
        return Repeat(UssdReply(texts[last], ends), is_astray=True)
    return Typed(history[length + 1 :] if length else history)


def _beside(known: tuple[str | None, ...], count: int) -> tuple[str | None, ...]:
    """Return `count` values that end with those that are known."""
    return (*(None,) * (count - len(known)), *known[len(known) - min(count, len(known)) :])


def to_bytes(conversation: Conversation) -> bytes:
    return _ENCODER.encode(conversation)


def from_bytes(stored: bytes) -> Conversation | None:
    """Return the conversation that `to_bytes` wrote, or None if this version of the code cannot read it."""
    try:
        return _DECODER.decode(older_sessions.as_array(stored) if older_sessions.is_older(stored) else stored)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def as_text(conversation: Conversation) -> str:
    """Return all that it holds as one text, to search in."""
    return msgspec.json.encode(conversation).decode()


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Conversation)
