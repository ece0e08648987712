"""One hop on its way through: what was said, its keys, and what the log line will say of it."""

from gateway.events import UssdInput, UssdReply
from gateway.ussd.conversation import Conversation
from storage.encryption import Sealer
from storage.record_rows import Hop


class WrongCallerError(Exception):
    """A session that another phone began: an attack or a fault of the provider's, never a new caller."""


class Heard:
    """What is known of a hop while it is answered. `at`, `went_to`, `acted`, `repeat`, `fault` are for the log."""

    def __init__(self, said: UssdInput, sealer: Sealer) -> None:
        self.said = said
        self._sealer = sealer
        self.caller_key = sealer.key("caller", said.msisdn)
        self.hop = self.hop_at(said.history)
        self.language: str | None = None
        self.was_unfinished = False
        self.act_until = 0.0  # by the loop's clock: when an effect is late
        self.acting = False  # an effect is under way: if it is late, nobody knows whether it happened
        self.stands: UssdReply | None = None  # the effect was had: its reply, whatever fails behind it
        self.at: str | None = None
        self.went_to: str | None = None
        self.acted: str | None = None
        self.repeat: str | None = None
        self.fault: str | None = None

    def key_of(self, history: str) -> bytes:
        """The keyed hash by which a text of this session is known again, as long as the same caller sends it."""
        said = self.said
        return self._sealer.key("hop", said.provider, said.session_id, said.msisdn, history)

    def hop_at(self, history: str) -> Hop:
        """The hop whose text was `history`."""
        return Hop(self.said.provider, self.said.session_id, self.key_of(history))

    def meets(self, talk: Conversation) -> None:
        """Take up this session; WrongCallerError if it is not this caller's."""
        if talk.caller != self.caller_key.hex():
            raise WrongCallerError
        self.language = talk.session.language
        self.at = talk.session.here.name
        self.was_unfinished = talk.is_unfinished
