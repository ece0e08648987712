"""A call that goes on with one that was cut, or opens with what waits: how its beginning outlives Redis."""

from contracts.actions import Clock
from gateway.ussd import conversation as conversations
from gateway.ussd.context import HopContext
from gateway.ussd.conversation import Conversation
from menus.screen import Place
from menus.session import Session
from storage.encryption import Encryptor
from storage.records import Records
from values.frozen import replace

_AFTER_A_PIN = "pin.new"  # a place to which only a PIN, or a recovery code, leads


class ResumePoints:
    """Stores the session with which a call begins that does not begin at home: the provider's history begins after
    it."""

    def __init__(self, records: Records, encryptor: Encryptor, now: Clock) -> None:
        self._records = records
        self._encryptor = encryptor
        self._now = now

    async def save(self, session: Session, conversation: Conversation, context: HopContext) -> None:
        plain = conversations.to_bytes(replace(conversation, session=session))
        encrypted = self._encryptor.encrypt(plain, _place_of(context, self._encryptor))
        await self._records.save_resume_point(context.hop.provider, context.hop.session_id, encrypted, self._now())

    async def load(self, context: HopContext) -> Session | None:
        """Return the session from which this call goes on; None if it resumed none."""
        encrypted = await self._records.resume_point(context.hop.provider, context.hop.session_id)
        for encryptor in context.encryptors if encrypted else ():
            plain = self._encryptor.decrypt(encrypted or b"", _place_of(context, encryptor))
            if stored := conversations.from_bytes(plain) if plain else None:
                return stored.session
        return None


def way_back(cut: Session, *, asked: bool) -> tuple[Place, ...]:
    """Return the trail to where a call was cut; empty if a PIN led there: whoever dials now has not typed it.

    `asked`: something waits for the caller's answer. It comes before a call in which they had only looked around, but
    not before what they have begun to type.
    """
    if asked and not cut.answers and cut.here.name != "pin":
        return ()
    trail = cut.trail
    while trail[-1].name == "resume":
        trail = trail[:-1]
    return () if any(place.name == _AFTER_A_PIN for place in trail) else trail


def _place_of(context: HopContext, encryptor: Encryptor) -> str:
    caller_key = encryptor.keyed_hash("caller", context.request.msisdn)
    return f"resumed:{context.request.provider}:{context.request.session_id}:{caller_key.hex()}"
