"""The accounts with providers: what we send with, and how the providers reach us."""

from ipaddress import IPv4Network, IPv6Network
from typing import Annotated, Literal

from pydantic import BaseModel, Field, SecretStr

from contracts.fields.msisdn import E164
from gateway.settings.values import like, shaped, url_of

_Networks = Annotated[list[IPv4Network | IPv6Network], Field(min_length=1)]
_Addresses = Annotated[
    dict[Literal["africastalking", "twilio", "daraja", "pawapay"], _Networks],
    shaped(
        "JSON with the addresses and networks of africastalking, twilio, daraja or pawapay, like "
        '{"africastalking": ["203.0.113.0/24", "2001:db8::7"]}; 203.0.113.7/24 is no network'
    ),
]
_HttpUrl = Annotated[str, url_of("http", "https")]
_TwilioSid = Annotated[str, like("AC[0-9a-fA-F]{32}", "AC and 32 hexadecimal digits")]
_TwilioSender = Annotated[
    str,
    like(
        E164 + r"|[0-9]{3,8}|MG[0-9a-fA-F]{32}|(?=.*[A-Za-z])[A-Za-z0-9 +&_-]{1,11}",
        "a number like +14155550100, a short code, up to 11 letters and digits, or the SID (MG…) of a messaging "
        "service",
    ),
]


class AccountSettings(BaseModel):
    # Without a key the adapter sends its HTTP requests to the local simulator of Africa's Talking.
    at_username: str = "sandbox"
    at_api_key: SecretStr | None = None
    at_sender_id: str | None = Field(None, max_length=11)  # None: Africa's Talking's shared sender
    at_ussd_service_code: str = Field("*483#", pattern=r"^\*[0-9*]+#$")
    at_base_url: _HttpUrl | None = None  # in place of the SDK's own host

    # A second provider of SMS; used only if an account is set.
    twilio_account_sid: _TwilioSid | None = None
    twilio_auth_token: SecretStr | None = None  # also checks the signature of what Twilio sends us
    twilio_sender: _TwilioSender | None = None
    twilio_base_url: _HttpUrl | None = None  # in place of https://api.twilio.com

    webhook_base_url: _HttpUrl | None = None  # how providers reach us; Twilio signs this address
    # From which addresses a provider's callbacks are taken: {"africastalking": ["203.0.113.0/24", "2001:db8::7"]}. A
    # provider that is left out may call from everywhere. Behind a proxy PROXY_HOPS must be set.
    webhook_addresses: _Addresses = Field(default_factory=dict)
