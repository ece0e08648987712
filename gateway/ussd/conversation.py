"""What has been said in one USSD session, and what the next request means against it. Pure.

Africa's Talking repeats everything typed so far in every request, joined with `*`, and a typed `*` is not escaped. So
what is new is what follows the text we have heard before, not what follows the last `*`; and a request is known again
by its whole text. Neither text is kept (a PIN may be in it): only keyed hashes and a length.
"""

from collections.abc import Callable

import msgspec

from gateway.events import UssdReply
from menus.session import Session
from values.frozen import Frozen, Hidden

KeyOf = Callable[[str], bytes]
_REPLIES_KEPT = 32  # a session is cut by the networks after 180 s: more hops than this fit in none


class Conversation(Frozen):
    """`caller` and `heard` are keyed hashes in hex, of who calls and of the `heard_length` characters heard so far.
    `replies`: what each hop was answered, oldest first: its key in hex, the text, whether it ended. Plain, as they are
    kept: of all of them a hop needs one or two."""

    caller: str
    heard: str
    heard_length: int
    replies: Hidden[tuple[tuple[str, str, bool], ...]]
    session: Hidden[Session]

    @property
    def is_unfinished(self) -> bool:
        """Whether a caller who is cut off now would want to come back to where they are."""
        return bool(self.replies) and not self.replies[-1][2] and len(self.session.trail) > 1

    def said(self, heard: bytes, heard_length: int, reply: UssdReply, session: Session) -> "Conversation":
        """The conversation one hop later."""
        replies = (*self.replies, (heard.hex(), reply.text, reply.ends))[-_REPLIES_KEPT:]
        return Conversation(self.caller, heard.hex(), heard_length, replies, session)


class Typed(Frozen):
    """The caller's newest answer."""

    text: Hidden[str]


class Repeat(Frozen):
    """A hop that was answered before, or one that fits nowhere (`astray`): the reply to give, and nothing to do."""

    reply: UssdReply
    astray: bool = False


def hear(conversation: Conversation, history: str, key: bytes, key_of: KeyOf) -> Typed | Repeat:
    """What `history` (whose key is `key`) means. Compared at the boundary of a `*`, so that `1` is no start of `10`."""
    repeated = key.hex()
    for known, text, ends in reversed(conversation.replies):
        if known == repeated:
            return Repeat(UssdReply(text, ends))
    length, (_, text, ends) = conversation.heard_length, conversation.replies[-1]
    goes_on = len(history) > length and (length == 0 or history[length] == "*")
    if ends or not goes_on or (length and key_of(history[:length]).hex() != conversation.heard):
        return Repeat(UssdReply(text, ends), astray=True)
    return Typed(history[length + 1 :] if length else history)


def to_bytes(conversation: Conversation) -> bytes:
    return _ENCODER.encode(conversation)


def from_bytes(kept: bytes) -> Conversation | None:
    """The conversation that `to_bytes` gave; None if this version of the code cannot read it any more."""
    try:
        return _DECODER.decode(kept)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Conversation)
