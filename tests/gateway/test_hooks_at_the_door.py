"""Who may call a hook, and what a provider is told while the database hangs."""

import asyncio
from urllib.parse import quote, urlsplit

import asyncpg
import pytest

from gateway.callback_urls import callback_urls
from gateway.limits.request_deadlines import RequestDeadlines
from gateway.services import SERVICES
from gateway.settings import SettingsError, load_settings
from tests.handset import HEADERS
from tests.service import TOKEN, open_service

_OLD = "the-token-of-last-year"
_MO = "from=%2B254712345678&to=22483&text=HELP&id=mo-1&date=2026-11-23T07%3A00%3A00Z"
_PATH = f"/hooks/{TOKEN}/africastalking/sms"
_WITHIN_SECONDS = 60.0  # on a busy machine


async def test_the_token_before_is_taken_while_it_is_set(database_url: str, redis_url: str) -> None:
    async with open_service(database_url, redis_url, webhook_token_old=_OLD) as service:
        for token, status in ((TOKEN, 200), (_OLD, 200), (_OLD + "x", 404)):
            path = f"/hooks/{token}/africastalking/sms"
            assert (await service.edge.request("POST", path, _MO.encode(), **HEADERS)).status == status


async def test_only_a_providers_own_addresses_may_call(database_url: str, redis_url: str) -> None:
    listed = {"africastalking": ["192.0.2.0/24", "2001:db8::7"]}
    async with open_service(database_url, redis_url, webhook_addresses=listed, proxy_hops=1) as service:
        for address, status in (
            ("192.0.2.9", 200), ("2001:db8::7", 200), ("192.0.3.9", 404), ("192.0.2.9, 192.0.3.9", 404), ("", 404),
        ):  # fmt: skip
            headers = HEADERS | {"X-Forwarded-For": address}
            assert (await service.edge.request("POST", _PATH, _MO.encode(), **headers)).status == status, address
        assert "not an address of this provider" in service.logged()
        assert "192.0.3.9" not in service.logged()


@pytest.mark.reported("B14")
async def test_a_token_with_letters_of_base64_is_printed_so_that_it_works(database_url: str, redis_url: str) -> None:
    token = "Zm9v/YmFy+cXV1eA==Zm9vYmFy"  # noqa: S105 - a test's own
    async with open_service(database_url, redis_url, webhook_token=token) as service:
        address = dict(callback_urls(service.settings, service.edge.url))["SMS"]
        assert quote(token, safe="") in address
        path = urlsplit(address).path
        assert (await service.edge.request("POST", path, _MO.encode(), **HEADERS)).status == 200


@pytest.mark.parametrize(
    "wrong",
    [
        '{"africastalking": ["300.0.0.1"]}',
        '{"africastalking": ["203.0.113.7/24"]}',
        '{"africastalking": ["2001:db8::/129"]}',
        '{"africastalking": "203.0.113.0/24"}',
        '{"africastalking": []}',
        '{"nobody": ["203.0.113.0/24"]}',
        '["203.0.113.0/24"]',
        "203.0.113.0/24",
    ],
)
def test_addresses_that_are_none_stop_the_start(monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    monkeypatch.setenv("WEBHOOK_ADDRESSES", wrong)
    with pytest.raises(SettingsError, match=r"^WEBHOOK_ADDRESSES: should be JSON[^\n]*$"):
        load_settings(_env_file=None)


@pytest.mark.parametrize("table", ["sms_logs", "phones"])
async def test_a_provider_is_told_to_repeat_what_the_database_keeps_waiting(
    database_url: str, redis_url: str, table: str
) -> None:
    """What was cut off is not half done, and its repeat is answered once."""
    async with open_service(database_url, redis_url, database_timeout_seconds=30) as service:
        service.apps[0][SERVICES].callback_deadlines = RequestDeadlines(0.3)
        other = await asyncpg.connect(database_url)
        try:
            async with asyncio.timeout(_WITHIN_SECONDS), other.transaction():
                await other.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
                url = service.edge.url + _PATH
                async with service.edge.http.post(url, data=_MO.encode(), headers=HEADERS) as answer:
                    assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
        finally:
            await other.close()
        service.apps[0][SERVICES].callback_deadlines = RequestDeadlines(_WITHIN_SECONDS)
        for _ in range(2):
            assert (await service.edge.request("POST", _PATH, _MO.encode(), **HEADERS)).status == 200
        await service.sms_settled()
        kept = await service.db.fetch("SELECT direction, count(*) FROM sms_logs GROUP BY direction ORDER BY 1")
        assert [tuple(row) for row in kept] == [("in", 1), ("out", 1)]


async def test_a_client_that_leaves_within_its_body_is_no_fault_of_ours(database_url: str, redis_url: str) -> None:
    async with open_service(database_url, redis_url) as service:
        _, writer = await asyncio.open_connection("127.0.0.1", urlsplit(service.edge.url).port)
        head = (
            f"POST {_PATH} HTTP/1.1\r\nHost: t\r\nContent-Type: {HEADERS['Content-Type']}\r\nContent-Length: 99\r\n\r\n"
        )
        writer.write(head.encode() + b"from=")
        assert (await service.edge.request("POST", _PATH, _MO.encode(), **HEADERS)).status == 200
        writer.transport.abort()
        assert (await service.edge.request("POST", _PATH, _MO.encode(), **HEADERS)).status == 200
    assert '"level":"error"' not in service.logged()
