"""Which addresses a webhook may go to, whatever its name or the one who answers for the name says."""

import socket

import pytest
from aiohttp import TCPConnector
from aiohttp.abc import AbstractResolver, ResolveResult

from gateway.outgoing import NotReachedError, ask, open_client
from gateway.webhooks.addresses import NOT_PUBLIC, is_public, public_socket, why_not_url

PRIVATE = [
    "127.0.0.1", "127.9.9.9", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",  # noqa: S104
    "198.18.0.1", "224.0.0.1", "255.255.255.255", "240.0.0.1", "192.0.2.1", "::1", "::", "fe80::1", "fe80::1%eth0",
    "fc00::1", "fd12::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1",
    "2002:7f00:1::", "2001:0:1::", "2001:db8::1",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_these_are_not_public(address: str) -> None:
    assert not is_public(address)
    with pytest.raises(OSError, match=NOT_PUBLIC):
        public_socket((socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)))


@pytest.mark.parametrize("address", ["8.8.8.8", "196.201.214.200", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_these_are_public(address: str) -> None:
    assert is_public(address)
    public_socket((socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443))).close()


@pytest.mark.parametrize("url", [
    "http://shop.example/events", "https://127.0.0.1/", "https://[::1]/", "https://10.1.2.3:8443/x", "https://localhost/",
    "https://a.localhost/", "https://user:pass@shop.example/", "https://shop.example/#x", "ftp://shop.example/", "https://",
    "https://shop.example:99999/", "https://shop.example/a b", "https://shöp.example/", "shop.example", "",
    "https://shop.example/" + "x" * 2000, "https://[::1", "https://shop.example:0/",
    "https://2130706433/", "https://127.1/", "https://0177.0.0.1/", "https://127.0.0.1./", "https://localhost./", "https://a..b/",
    "https://0x7f.1/", "https://shop.example./",
])  # fmt: skip
def test_such_an_address_is_refused(url: str) -> None:
    assert why_not_url(url, allows_private=False)


@pytest.mark.parametrize("url", ["https://shop.example/events?key=1", "https://8.8.8.8:8443/", "https://10.example/"])
def test_such_an_address_is_taken(url: str) -> None:
    assert why_not_url(url, allows_private=False) is None
    assert why_not_url(url, allows_private=True) is None


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080/", "http://localhost/", "https://10.0.0.1/"])
def test_a_setting_allows_private_ones(url: str) -> None:
    assert why_not_url(url, allows_private=True) is None


class Rebinding(AbstractResolver):
    """Whoever answers for the name gives a public address to who checks, and this machine's to who connects."""

    def __init__(self) -> None:
        self.answers = ["8.8.8.8", "127.0.0.1"]

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:  # fmt: skip
        address = self.answers.pop(0)
        return [{"hostname": host, "host": address, "port": port, "family": family, "proto": 0, "flags": 0}]

    async def close(self) -> None:
        """Nothing is open."""


async def test_a_name_that_is_bound_anew_does_not_lead_here(unused_tcp_port: int) -> None:
    resolver = Rebinding()
    assert is_public((await resolver.resolve("shop.example"))[0]["host"]), "what a check before would have seen"
    async with open_client(5.0, public_socket) as http:
        connector = http.connector
        assert isinstance(connector, TCPConnector)
        connector._resolver = resolver
        with pytest.raises(NotReachedError) as refused:
            await ask(http, "POST", f"http://shop.example:{unused_tcp_port}/", {})
    assert not resolver.answers, "it was asked again"
    assert NOT_PUBLIC in str(refused.value.__cause__)


@pytest.mark.parametrize("host", ["a..example", "x" * 64 + ".example"])
async def test_a_name_that_cannot_be_is_not_reached(host: str) -> None:
    async with open_client(1.0) as http:
        with pytest.raises(NotReachedError, match="no such name can be"):
            await ask(http, "POST", f"http://{host}/", {})
