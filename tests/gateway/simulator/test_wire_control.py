"""The simulator tells what it posted, and repeats, delays or forges callbacks when it is told to."""

from collections.abc import AsyncIterator

import pytest

from contracts.fields.msisdn import Msisdn
from gateway.events import MtSms
from tests.gateway.fake_provider import HOOKS_TOKEN, FakeProvider, open_fake_provider

AMINA = Msisdn("+254711000001")
DIAL = {"msisdn": AMINA, "service_code": "*483#", "text": "2*4826"}


@pytest.fixture
async def provider() -> AsyncIterator[FakeProvider]:
    async with open_fake_provider() as opened:
        yield opened


async def test_it_tells_what_was_posted_and_nothing_that_was_typed(provider: FakeProvider) -> None:
    await provider.post("dial", **DIAL)
    (seen,) = await provider.get("wire")
    assert (seen["n"], seen["hook"], seen["status"], seen["msisdn"]) == (1, "africastalking/ussd", 200, AMINA)
    assert not seen["repeats"] and not seen["is_forged"]
    assert "4826" not in str(seen["hook"]) and HOOKS_TOKEN not in str(seen)
    assert await provider.get("wire?after=1") == []


async def test_each_callback_comes_twice_and_the_first_answer_counts(provider: FakeProvider) -> None:
    await provider.post("trouble", repeats=True)
    assert (await provider.post("dial", **DIAL))["body"] == "CON Welcome"
    assert len(provider.receiver.to("ussd")) == 2
    first, again = await provider.get("wire")
    assert (first["repeats"], again["repeats"], again["is_same"]) == (False, True, True)
    await provider.post("trouble")
    await provider.post("dial", **DIAL)
    assert len(provider.receiver.to("ussd")) == 3


async def test_reports_come_late_and_hops_do_not(provider: FakeProvider) -> None:
    await provider.post("trouble", delay_seconds=0.3)
    await provider.send(MtSms((AMINA,), "Habari"))
    await provider.post("dial", **DIAL)
    assert provider.receiver.to("sms/reports") == []
    assert len(await provider.receiver.posted("sms/reports", 2)) == 2


async def test_trouble_that_is_none_is_refused(provider: FakeProvider) -> None:
    assert (await provider.post("trouble", delay_seconds=61))["http"] == 400
    assert (await provider.post("trouble", fire=True))["http"] == 400
    assert (await provider.post("forge", id="ws_CO_1", msisdn="+1", amount=1))["http"] == 400


async def test_a_forgery_is_marked_as_one(provider: FakeProvider) -> None:
    assert await provider.post("forge", id="ws_CO_1", msisdn=AMINA, amount=3500) == {"http": 200, "status": 404}
    (seen,) = await provider.get("wire")
    assert (seen["hook"], seen["is_forged"], seen["status"]) == ("daraja/payments/stk", True, 404)
