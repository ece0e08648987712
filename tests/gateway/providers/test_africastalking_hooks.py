"""Africa's Talking's captured posts on the real HTTP edge: each twice, in turn and at once, with one effect."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.handset import ServiceReply
from tests.service import TOKEN, Service, open_service
from tests.wire import HERE, read

# What each leaves behind: one row of this table, however often it comes.
WRITES = {
    "dlr_failed": "sms_reports",
    "dlr_success": "sms_reports",
    "mo_iso_date": "mo_receipts",
    "mo_plain_date": "mo_receipts",
    "optout": "audit_logs",
    "ussd_end_incomplete": "ussd_sessions",
    "ussd_first_hop": None,
    "ussd_third_hop": None,
    "ussd_unencoded_plus": None,
}


@pytest_asyncio.fixture
async def service(database_url: str, redis_url: str) -> AsyncIterator[Service]:
    async with open_service(database_url, redis_url) as running:
        yield running


async def post(service: Service, name: str) -> ServiceReply:
    """As it stands in tests/wire/africastalking, to the hook its first line names."""
    sample = read("africastalking", name)
    hook = sample.first_line.split()[1]
    headers = {key: sample.headers[key] for key in ("content-type", "user-agent") if key in sample.headers}
    return await service.edge.request("POST", f"/hooks/{TOKEN}/africastalking{hook}", sample.body, **headers)


def test_every_post_of_theirs_is_below() -> None:
    posts = {file.stem for file in Path(HERE, "africastalking").glob("*.http") if not file.stem.startswith("mt_")}
    assert posts == set(WRITES)


@pytest.mark.parametrize(("name", "table"), WRITES.items())
@pytest.mark.parametrize("at_once", [False, True], ids=["in turn", "at once"])
async def test_a_captured_post_twice_has_one_effect(
    service: Service, name: str, table: str | None, at_once: bool
) -> None:
    if at_once:
        first, second = await asyncio.gather(post(service, name), post(service, name))
    else:
        first, second = await post(service, name), await post(service, name)
    assert first == second and first.status == 200
    await service.sms_settled()
    counts = await service.counts()
    assert counts["contracts"] == counts["confirmations"] == 0
    if table:
        assert counts[table] == 1
        rows = await service.rows()
        assert await post(service, name) == first
        await service.sms_settled()
        assert await service.rows() == rows
    else:
        assert not any(counts[of] for of in ("phones", "acted_hops", "sms_logs")), "reading a menu writes nothing"
