"""Who wrote to one of our numbers is answered from that number, by the provider that brought the text. Pure."""

import re
from collections.abc import Collection, Iterable

from contracts.fields.msisdn import Msisdn
from gateway.events import MoSms
from storage.acts.rows import MessageRow
from values.frozen import replace

_NUMBER = re.compile(r"\+?[0-9]{3,15}")


def from_number_written_to(
    messages: Iterable[MessageRow], mo: MoSms, sender: Msisdn, receive_only: Collection[str]
) -> list[MessageRow]:
    """Return the messages that an MO causes; those to its sender answer from the number that it was sent to.

    `receive_only`: numbers of ours that cannot send. The provider has the last word on any other, as on a sender id
    that we configured: what it refuses goes by the route of its recipient.
    """
    number = reply_number(mo, receive_only)
    if number is None:
        return list(messages)
    return [
        replace(message, shortcode=number, reply_provider=mo.provider) if message.msisdn == sender else message
        for message in messages
    ]


def reply_number(mo: MoSms, receive_only: Collection[str]) -> str | None:
    """Return the short code or number that answers to `mo` go from; None if it cannot send. A plus that was not encoded
    has become a space."""
    number = f"+{mo.to[1:]}" if mo.to.startswith(" ") else mo.to
    if not _NUMBER.fullmatch(number) or number.lstrip("+") in receive_only:
        return None
    return number
