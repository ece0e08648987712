"""The address of a client: what our own proxies wrote, and nothing that the client claims."""

from collections.abc import Sequence

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from gateway.door.client_address import client_address, counted_address, masked_address

PEER = "9.9.9.9"


class Transport:
    def __init__(self, peer: str | None) -> None:
        self._peer = peer

    def get_extra_info(self, name: str, default: object = None) -> object:
        return (self._peer, 1) if name == "peername" and self._peer else default


def make_request(*headers: str, peer: str | None = PEER) -> web.Request:
    return make_mocked_request(
        "GET", "/", CIMultiDict([("X-Forwarded-For", header) for header in headers]), transport=Transport(peer)
    )


@pytest.mark.parametrize(
    ("headers", "hops", "client"),
    [
        pytest.param(["1.2.3.4"], 0, PEER, id="a header that no proxy of ours wrote"),
        pytest.param(["1.2.3.4"], 1, "1.2.3.4", id="one proxy of ours"),
        pytest.param(["6.6.6.6, 1.2.3.4"], 1, "1.2.3.4", id="before it stands what the client claims"),
        pytest.param(["6.6.6.6, 1.2.3.4, 10.0.0.1"], 2, "1.2.3.4", id="two proxies of ours"),
        pytest.param(["6.6.6.6", "1.2.3.4"], 1, "1.2.3.4", id="a proxy that adds a header of its own"),
        pytest.param(["6.6.6.6", "1.2.3.4", "10.0.0.1"], 2, "1.2.3.4", id="two that add headers of their own"),
        pytest.param(["6.6.6.6, 1.2.3.4", "10.0.0.1"], 2, "1.2.3.4", id="the list is all headers together"),
        pytest.param(["1.2.3.4"], 2, PEER, id="shorter than our proxies make it"),
        pytest.param([""], 1, PEER, id="empty"),
        pytest.param([], 1, PEER, id="not through the proxy"),
        pytest.param([" , 1.2.3.4 ,"], 1, "1.2.3.4", id="empty entries are none"),
        pytest.param(["1.2.3.4, rubbish"], 1, PEER, id="rubbish"),
        pytest.param(["1.2.3.4, 1.2.3"], 1, PEER, id="half an address"),
        pytest.param(["\u0661.2.3.4"], 1, PEER, id="digits of another script"),
        pytest.param(["1.2.3.4:4711"], 1, "1.2.3.4", id="with a port"),
        pytest.param(["[2001:db8::1]:4711"], 1, "2001:db8::1", id="IPv6 with a port"),
        pytest.param(["[2001:DB8:0:0::1]"], 1, "2001:db8::1", id="IPv6 in brackets"),
        pytest.param(["2001:db8:1:2:3:4:5:6"], 1, "2001:db8:1:2:3:4:5:6", id="IPv6"),
        pytest.param(["fe80::1%eth0"], 1, "fe80::1", id="IPv6 with a zone"),
        pytest.param(["::ffff:1.2.3.4"], 1, "1.2.3.4", id="IPv4 as a dual socket shows it"),
        pytest.param(["[::ffff:102:304]:80"], 1, "1.2.3.4", id="the same in hexadecimal"),
    ],
)
def test_the_client_is_whom_the_outermost_of_our_proxies_saw(
    headers: Sequence[str], hops: int, client: str
) -> None:  # fmt: skip
    assert client_address(make_request(*headers), hops) == client


@pytest.mark.parametrize(
    ("peer", "client"),
    [("::ffff:9.9.9.9", PEER), ("fe80::1%3", "fe80::1"), ("/run/socket", "unknown"), (None, "unknown")],
)
def test_without_a_proxy_the_client_is_our_peer(peer: str | None, client: str) -> None:
    assert client_address(make_request("1.2.3.4", peer=peer), 0) == client


@pytest.mark.parametrize(
    ("address", "counted", "masked"),
    [
        ("1.2.3.4", "1.2.3.4", "1.2.3.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", "2001:db8:1::/48"),
        ("unknown", "unknown", "unknown"),
    ],
)
def test_a_client_is_counted_by_its_network_and_logged_by_a_wider_one(address: str, counted: str, masked: str) -> None:
    assert (counted_address(address), masked_address(address)) == (counted, masked)
