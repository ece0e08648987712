"""An account with Twilio, and its signature worked out once more, by the letter of its documentation."""

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Mapping

SID, TOKEN = "ACa1b2c3d4e5f60718293a4b5c6d7e8f90", "twilio-token-of-a-test"
SENDER = "+254700000022"
BASE = "https://voicepact.example"  # how Twilio reaches us: what the samples in tests/wire/twilio are signed over


MESSAGE = "SM0123456789abcdef0123456789abcdef"
MO = {
    "MessageSid": MESSAGE, "SmsSid": MESSAGE, "SmsMessageSid": MESSAGE, "AccountSid": SID, "ApiVersion": "2010-04-01",
    "From": "+254711222333", "FromCity": "", "FromCountry": "KE", "To": SENDER, "ToCountry": "KE", "Body": "YES",
    "NumMedia": "0", "NumSegments": "1", "SmsStatus": "received",
}  # fmt: skip


def sign(url: str, form: Mapping[str, str], token: str = TOKEN) -> str:
    """X-Twilio-Signature of a form post to `url`."""
    told = url
    for name in sorted(form):
        told += name + form[name]
    return b64encode(hmac.new(token.encode(), told.encode(), hashlib.sha1).digest()).decode()
