"""The hops of one USSD session so far, and what the next request means after them. Pure.

Africa's Talking repeats everything typed so far in every request, joined with `*`, and does not escape a typed `*`
(docs/wires.md). So the newest answer is what follows the history of the last hop, not what follows the last `*`; and a
repeated request is recognised by its whole history. No history is stored, because a PIN may be in it: only keyed hashes
and a length.
"""

from collections.abc import Callable

import msgspec

from gateway.events import UssdReply
from menus.session import Session
from values.frozen import Frozen, Hidden, field

KeyOf = Callable[[str], bytes]
_REPLIES_KEPT = 32  # more hops than fit into the 180 s after which networks cut a session


class Conversation(Frozen):
    """The hops of one session. `caller` and `history_key` are keyed hashes in hex, of the caller and of the first
    `history_length` characters typed. `replies` has a (hop key in hex, text, ends) for each hop, oldest first; plain
    tuples, as they are stored, because a hop reads one or two of them. `life`: the life of the store in which it was
    saved; empty if nobody knows. `typed` and `english` are those of the last replies: what led to each (without a PIN),
    and its screen in English (menus.session.RenderedPage). `chose_pin`: the caller set their PIN in this session."""

    caller: str
    history_key: str = field(name="heard")
    history_length: int = field(name="heard_length")
    replies: Hidden[tuple[tuple[str, str, bool], ...]]
    session: Hidden[Session]
    life: str = ""
    typed: Hidden[tuple[str, ...]] = ()
    english: Hidden[tuple[str | None, ...]] = ()
    chose_pin: bool = False

    @property
    def texts(self) -> tuple[str, ...]:
        """Every text that was shown, oldest first."""
        return tuple(text for _, text, _ in self.replies)

    def typed_on_texts(self, now: str) -> tuple[str | None, ...]:
        """Return what was typed on each text; `now`: on the last one. None: older code noted nothing."""
        known = self.typed[1:] if len(self.typed) == len(self.replies) else self.typed
        return (*_beside(known, len(self.replies) - 1), now)

    def english_of_texts(self) -> tuple[str | None, ...]:
        """Return each text in English, where it is known; empty where it is of none."""
        return _beside(self.english, len(self.replies)) if any(self.english) else ()

    @property
    def is_unfinished(self) -> bool:
        """Whether a caller who is cut off now would want to come back: the session is open, and
        they are beyond the home screen."""
        return bool(self.replies) and not self.replies[-1][2] and len(self.session.trail) > 1

    def after(
        self, hop_key: bytes, history_length: int, reply: UssdReply, session: Session, typed: str = "",
        english: str | None = None,
    ) -> "Conversation":  # fmt: skip
        """Return the conversation with one hop more. `typed`: what led to the reply, as it may be kept."""
        replies = (*self.replies, (hop_key.hex(), reply.text, reply.ends))[-_REPLIES_KEPT:]
        return Conversation(
            self.caller, hop_key.hex(), history_length, replies, session,
            typed=(*self.typed, typed)[-_REPLIES_KEPT:], english=(*self.english, english)[-_REPLIES_KEPT:],
            chose_pin=self.chose_pin,
        )  # fmt: skip

    def may_be_older(self, life: str) -> bool:
        """Whether later hops of this conversation may have been lost: it was saved in another life of the store."""
        return bool(self.life and life) and self.life != life


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
    repeated = hop_key.hex()
    for known, text, ends in reversed(conversation.replies):
        if known == repeated:
            return Repeat(UssdReply(text, ends))
    length, (_, text, ends) = conversation.history_length, conversation.replies[-1]
    is_longer = len(history) > length and (length == 0 or history[length] == "*")
    if ends or not is_longer or (length and key_of(history[:length]).hex() != conversation.history_key):
        return Repeat(UssdReply(text, ends), is_astray=True)
    return Typed(history[length + 1 :] if length else history)


def _beside(known: tuple[str | None, ...], count: int) -> tuple[str | None, ...]:
    """Return `count` values that end with those that are known."""
    return (*(None,) * (count - len(known)), *known[len(known) - min(count, len(known)) :])


def to_bytes(conversation: Conversation) -> bytes:
    return _ENCODER.encode(conversation)


def from_bytes(stored: bytes) -> Conversation | None:
    """Return the conversation that `to_bytes` wrote, or None if this version of the code cannot read it."""
    try:
        return _DECODER.decode(stored)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Conversation)
