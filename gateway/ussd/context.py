"""What is known about one USSD request while it is being answered, and what answering it came to."""

from zoneinfo import ZoneInfo

from contracts.escrow.rules import EscrowRules
from contracts.fields.countries import default_language
from contracts.fields.money import Currency
from contracts.fields.msisdn import Msisdn
from contracts.rules.offers import OfferRules
from contracts.rules.sms_limits import SmsLimits
from contracts.rules.waiting import WaitingPeriods
from gateway.events import UssdInput, UssdReply
from gateway.limits.table import HOPS, Limit
from gateway.ussd.budgets import ScreenBudgets
from gateway.ussd.conversation import Conversation
from menus.office import Office
from storage.encryption import Encryptor
from storage.record_rows import Hop
from values.frozen import Frozen, Hidden


class WrongCallerError(Exception):
    """The session belongs to another phone: an attack, or the provider mixed up two sessions."""


class UssdOptions(Frozen):
    """The settings by which hops are answered. `hop_seconds`: within which a hop is answered."""

    service_code: str
    country: str
    currency: Currency
    language: str
    zone: ZoneInfo
    budgets: ScreenBudgets
    hop_seconds: float
    waiting_periods: WaitingPeriods
    offer_rules: OfferRules
    served: frozenset[str]
    office: Office = Office()
    sms_limits: SmsLimits = SmsLimits()
    escrow: EscrowRules | None = None
    hops_of_caller: Limit = HOPS

    def language_of(self, msisdn: Msisdn) -> str:
        """Return the language of a caller of whom we know none."""
        return default_language(msisdn, self.country, self.language)


class HopResult(Frozen):
    """What answering a hop came to. `acted` names the effect that was committed; then `reply` is sent even if saving
    the session fails."""

    conversation: Hidden[Conversation]
    reply: UssdReply
    acted: str | None = None


class HopContext:
    """Everything known about one USSD request while it is being answered. `act_until` is a time of the event loop's
    clock, in seconds: an effect that is not committed by then is promised."""

    def __init__(self, request: UssdInput, encryptor: Encryptor, act_until: float) -> None:
        self.request = request
        self.act_until = act_until
        self.encryptors = encryptor.every
        self.hash_with(encryptor)
        self.language: str | None = None  # of the session, once it is loaded
        self.was_unfinished = False  # the caller had left home when this hop came
        self.is_acting = False  # an effect was sent to the database: until it answers, nobody knows if it happened
        self.committed_reply: UssdReply | None = None  # set once an effect is committed; sent whatever fails after it
        self.typed = ""  # what was typed in this hop, as it may be kept: without a PIN
        self.proved_hash: str | None = None  # the stored hash of the PIN that was typed, once the two were compared
        # Only for the log line:
        self.at: str | None = None
        self.went_to: str | None = None
        self.acted: str | None = None
        self.repeat: str | None = None
        self.fault: str | None = None

    def hash_with(self, encryptor: Encryptor) -> None:
        """Hash histories and the caller with this one's key from now on. A session keeps the key that it began with: so
        a repeat after a change of SECRET_KEY has the key of the first time, and happens once."""
        self._encryptor = encryptor
        self.caller_key = encryptor.keyed_hash("caller", self.request.msisdn)
        self.hop = self.hop_at(self.request.history)

    def key_of(self, history: str) -> bytes:
        """Return the keyed hash that stands for `history`, typed by this caller in this session."""
        request = self.request
        return self._encryptor.keyed_hash("hop", request.provider, request.session_id, request.msisdn, history)

    def hop_at(self, history: str) -> Hop:
        """Return the hop of this session whose text was `history`."""
        return Hop(self.request.provider, self.request.session_id, self.key_of(history))

    def histories_within(self, text: str) -> list[str]:
        """Return the history after each answer of `text`, which is the end of this hop's history."""
        before, answers = self.request.history.removesuffix(text), text.split("*")
        return [before + "*".join(answers[:count]) for count in range(1, len(answers) + 1)]

    def enter(self, conversation: Conversation) -> None:
        """Note the session that was loaded. Raise WrongCallerError if another caller began it."""
        if conversation.caller != self.caller_key:
            self.hash_with(self._encryptor_of(conversation.caller))
        self.language = conversation.session.language
        self.at = conversation.session.here.name
        self.was_unfinished = conversation.is_unfinished

    def _encryptor_of(self, caller: bytes) -> Encryptor:
        for encryptor in self.encryptors:
            if encryptor.keyed_hash("caller", self.request.msisdn) == caller:
                return encryptor
        raise WrongCallerError
