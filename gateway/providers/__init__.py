"""What every provider must be able to do, and the providers we have: one file each (docs/adding-a-provider.md)."""

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
    """How one provider spells SMS in both directions. No I/O: form posts become events, messages become requests.

    Each `parse_` method raises BadWire, and nothing else, for a request that cannot be what its route claims. The error
    names the field in the provider's spelling and never shows its value. An optional value that cannot be read is None.
    """

    @property
    def name(self) -> str:
        """The `{provider}` in the paths of its hooks; rows store it."""

    @property
    def signature_header(self) -> str | None:
        """The header with the signature of its requests; None if it signs nothing, and then `verify` is not called."""

    @property
    def sender_id(self) -> str | None:
        """The account's own sender id, for an `MtSms` without one; None if the provider chooses."""

    @property
    def max_recipients(self) -> int:
        """How many recipients one `MtSms` may have."""

    def verify(self, url: str, headers: Mapping[str, str], wire: Wire) -> bool:
        """Return whether the signature is right. `url` is our public address of the hook, as the provider knows it."""

    def parse_mo(self, wire: Wire) -> MoSms: ...

    def answer_mo(self) -> HttpReply:
        """Return the answer to an MO that is stored: one that sends nothing to the phone."""

    def parse_dlr(self, wire: Wire) -> Dlr | None:
        """Return the report, or None for an empty post, if the provider is known to send such."""

    def render_mt(self, sms: MtSms) -> HttpCall:
        """Return the request that sends `sms` once to each recipient. Raise ValueError, with msisdns masked, if the
        provider cannot send to one of them."""

    def read_mt(self, answer: HttpAnswer, sms: MtSms) -> dict[Msisdn, MtOutcome]:
        """Return the outcome for every recipient in `sms.to`, whatever the answer is."""


@runtime_checkable
class OptOutProvider(Provider, Protocol):
    """A provider that posts opt-outs to a hook of their own."""

    def parse_optout(self, wire: Wire) -> Msisdn:
        """Return who wants no more messages."""


@runtime_checkable
class UssdProvider(Provider, Protocol):
    """A provider that also brings USSD."""

    @property
    def ussd_prefix(self) -> str:
        """What the provider puts in front of a screen's text; it counts against the screen's length."""

    def parse_ussd(self, wire: Wire) -> UssdInput: ...

    def render_ussd(self, reply: UssdReply) -> HttpReply: ...

    def parse_ussd_end(self, wire: Wire) -> UssdEnd: ...


PROVIDERS: Final[Mapping[str, Callable[[ProviderAccount], Provider]]] = {
    "africastalking": AfricasTalking,
    "twilio": Twilio,
}


def make_providers(accounts: Mapping[str, ProviderAccount]) -> dict[str, Provider]:
    """Return the providers we have an account with, by name. Raise KeyError for a name that is not in PROVIDERS."""
    return {name: PROVIDERS[name](account) for name, account in accounts.items()}


def with_ussd(providers: Mapping[str, Provider]) -> dict[str, UssdProvider]:
    """Return those that bring USSD. Ask once and keep the answer: isinstance of a Protocol is slow."""
    return {name: provider for name, provider in providers.items() if isinstance(provider, UssdProvider)}
