"""Which addresses a webhook may go to: public ones, unless a setting allows all.

Whoever adds a webhook could otherwise have this service post to what only it can reach: its own ports, the cloud's
metadata, a router. A name is no protection, because its owner may answer with another address each time. So what is
checked is the address of the very socket that is about to be connected.
"""

import errno
import ipaddress
import re
import socket
from typing import Final
from urllib.parse import urlsplit

from aiohappyeyeballs import AddrInfoType

NOT_PUBLIC: Final = "its address is not public"

_MOST_LETTERS = 2000
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
# Its last part has a letter: systems read 127.1, 2130706433 and 0x7f000001 as numbers of a machine.
_NAME = re.compile(rf"(?:{_LABEL}\.)*(?!0x)(?=[a-z0-9_-]*[a-z]){_LABEL}")
_UNICAST = ipaddress.ip_network("2000::/3")  # all that is public in IPv6


class NotPublicError(OSError):
    """The address is of this machine, of a private network, or of no machine at all."""

    def __init__(self) -> None:
        super().__init__(errno.EACCES, NOT_PUBLIC)


def public_socket(address: AddrInfoType) -> socket.socket:
    """Return a socket for this address. Raise NotPublicError."""
    family, kind, protocol, _, place = address
    if not is_public(str(place[0])):
        raise NotPublicError
    return socket.socket(family, kind, protocol)


def is_public(address: str) -> bool:
    """Return whether this IP address is of a machine that anybody can reach.

    >>> is_public("196.201.214.200"), is_public("10.0.0.1"), is_public("::ffff:127.0.0.1")
    (True, False, False)
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped:
            return is_public(str(ip.ipv4_mapped))
        if ip not in _UNICAST or ip.sixtofour or ip.teredo:  # an IPv4 address is inside of these
            return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def why_not_url(url: str, *, allows_private: bool) -> str | None:
    """Return what is wrong with the address of a webhook; None if nothing is. Without TLS anybody on the way could read
    the events, so only private addresses may do without."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return "is no address"
    schemes = ("https", "http") if allows_private else ("https",)
    if len(url) > _MOST_LETTERS or not url.isascii() or not url.isprintable() or " " in url:
        return f"should be at most {_MOST_LETTERS} letters of ASCII, without spaces"
    if parts.scheme not in schemes or not host or port == 0:
        return f"should begin with {' or '.join(f'{scheme}://' for scheme in schemes)} and a host"
    if parts.username is not None or parts.fragment:
        return "should have no password and no #"
    try:
        is_refused = not allows_private and not is_public(host)
    except ValueError:  # a name: its address is checked when it is connected to
        if _NAME.fullmatch(host) is None:
            return "should have a host's name, or an address as it is usually written"
        is_refused = not allows_private and (host == "localhost" or host.endswith(".localhost"))
    return "should be a public address (EVENTS_TO_PRIVATE_ADDRESSES allows others)" if is_refused else None
