"""From which address a request comes: our peer's, or, behind proxies of our own, what the outermost of them saw.

A proxy adds the address of its own peer at the end of X-Forwarded-For. So the last `proxy_hops` entries are written by
our proxies; all before them is what the client claims, and is not believed.
"""

import ipaddress
import re

from aiohttp import web

_HEADER = "X-Forwarded-For"
UNKNOWN = "unknown"
_BITS_OF_IPV6 = 64  # a home or a phone gets such a network, and has every address in it
_SHOWN_BITS = {4: 24, 6: 48}
# How proxies write an address: 192.0.2.1, 192.0.2.1:4711, 2001:db8::1, [2001:db8::1], [2001:db8::1]:4711
_WITH_PORT = re.compile(r"\[([^\[\]]*)\](?::[0-9]{1,5})?|([0-9.]+):[0-9]{1,5}")

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def client_address(request: web.Request, proxy_hops: int) -> str:
    """Return the whole address of the client, as an allow-list of addresses needs it: an IPv4-mapped IPv6 address as
    IPv4, without port and zone.

    All X-Forwarded-For headers count as one list. If it is shorter than `proxy_hops`, or no address stands where the
    outermost proxy writes, the request did not come through our proxies: return our peer's address. Return "unknown"
    if that is none either (a Unix socket).
    """
    written = _written_by_proxy(request, proxy_hops) if proxy_hops else None
    address = written or _parse(request.remote or "")
    return str(address) if address else UNKNOWN


def counted_address(address: str) -> str:
    """Return what a limit counts for a `client_address`: an IPv6 address as its /64 network, in which one client has
    every address."""
    parsed = _parse(address)
    return _network(parsed, _BITS_OF_IPV6) if parsed and parsed.version == 6 else address


def masked_address(address: str) -> str:
    """Return the network of a `client_address`, for a log: 192.0.2.0/24, 2001:db8:1::/48."""
    parsed = _parse(address)
    return _network(parsed, _SHOWN_BITS[parsed.version]) if parsed else address


def _written_by_proxy(request: web.Request, proxy_hops: int) -> _Address | None:
    """Return the address that the outermost of our proxies wrote; None if there is none."""
    entries = [entry for entry in ",".join(request.headers.getall(_HEADER, ())).split(",") if entry.strip()]
    return _parse(entries[-proxy_hops]) if len(entries) >= proxy_hops else None


def _parse(text: str) -> _Address | None:
    text = text.strip()
    if found := _WITH_PORT.fullmatch(text):
        text = found[1] or found[2] or ""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (address.version == 6 and address.ipv4_mapped) or address


def _network(address: _Address, bits: int) -> str:
    return str(ipaddress.ip_network(f"{address}/{bits}", strict=False))
