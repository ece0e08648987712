"""What a provider is to us, and which ones we have. One file each beside this one; `docs/adding-a-provider.md`."""

from collections.abc import Callable, Mapping
from typing import Final, Protocol, runtime_checkable

from contracts.fields.msisdn import Msisdn
from gateway.events import (
    Dlr,
    HttpAnswer,
    HttpCall,
    HttpReply,
    MoSms,
    MtOutcome,
    MtSms,
    ProviderAccount,
    UssdEnd,
    UssdInput,
    UssdReply,
    Wire,
)
from gateway.providers.africastalking import AfricasTalking
from gateway.providers.twilio import Twilio


class Provider(Protocol):
    """One provider's spelling of SMS, both ways, without I/O: bytes in, events out, and back.

    Every `parse_` raises BadWire, and nothing else, for a request that cannot be what its route claims; the field is
    named as the provider spells it, its value never shown. An optional date, count or number we cannot read is None.
    """

    @property
    def name(self) -> str:
        """The `{provider}` of its hook routes."""

    @property
    def signature_header(self) -> str | None:
        """The header its requests are signed in; None where it signs nothing, and `verify` is not even asked."""

    @property
    def most_recipients(self) -> int:
        """How many numbers one `MtSms` may name."""

    def verify(self, url: str, headers: Mapping[str, str], wire: Wire) -> bool:
        """Whether the provider itself posted `wire` to `url`, our public address of the hook as it was given to it."""

    def parse_mo(self, wire: Wire) -> MoSms: ...

    def answer_mo(self) -> HttpReply:
        """What it wants to hear once a message is kept: nothing to say to the phone by this way."""

    def parse_dlr(self, wire: Wire) -> Dlr | None:
        """None for a post that reports on nothing, where the provider is known to send such."""

    def render_mt(self, sms: MtSms) -> HttpCall:
        """The request that sends `sms`, once to each number. ValueError, masked, if one cannot be sent to."""

    def read_mt(self, answer: HttpAnswer, sms: MtSms) -> dict[Msisdn, MtOutcome]:
        """What became of `sms`: one verdict for each number in `sms.to`, whatever came back."""


@runtime_checkable
class OptOutProvider(Provider, Protocol):
    """A provider that tells, by a call of its own, who wants no messages any more."""

    def parse_optout(self, wire: Wire) -> Msisdn: ...


@runtime_checkable
class UssdProvider(Provider, Protocol):
    """A provider that brings USSD too."""

    @property
    def ussd_prefix(self) -> str:
        """What the provider's form of a reply puts in front of the text; the screen's budget pays for it."""

    def parse_ussd(self, wire: Wire) -> UssdInput: ...

    def render_ussd(self, reply: UssdReply) -> HttpReply: ...

    def parse_ussd_end(self, wire: Wire) -> UssdEnd: ...


PROVIDERS: Final[Mapping[str, Callable[[ProviderAccount], Provider]]] = {
    "africastalking": AfricasTalking,
    "twilio": Twilio,
}


def make_providers(accounts: Mapping[str, ProviderAccount]) -> dict[str, Provider]:
    """The providers we have an account with, by name. KeyError for a name that has no file here."""
    return {name: PROVIDERS[name](account) for name, account in accounts.items()}


def speaking_ussd(providers: Mapping[str, Provider]) -> dict[str, UssdProvider]:
    """Those of them that bring USSD. Looked up once, since such a look is slow and a hop is not."""
    return {name: provider for name, provider in providers.items() if isinstance(provider, UssdProvider)}
