"""A provider's time is held against our clock: one ahead of it orders nothing, one far behind moves nothing."""

from datetime import timedelta
from typing import Any

import orjson
import pytest

from gateway.inbox.provider_time import MOST_AGE
from tests.gateway.inbox.texting import (
    BUYER,
    SELLER,
    STRANGER,
    actions_on,
    make_contract,
    make_offer,
    send_sms,
    sms_log_of,
    status_of,
)
from tests.gateway.providers_forms import FORMS
from tests.service import Service, unzip

OLD, NOT_OLD = MOST_AGE + timedelta(minutes=1), MOST_AGE - timedelta(minutes=1)


def sent(service: Service, ago: timedelta) -> dict[str, str]:
    return {"date": f"{service.now() - ago:%Y-%m-%d %H:%M:%S}"}


async def phone_of(service: Service, msisdn: str) -> Any:
    return await service.db.fetchrow("SELECT * FROM phones WHERE msisdn = $1", msisdn)


async def answers(service: Service, msisdn: str) -> list[str]:
    return [kind for direction, kind in await sms_log_of(service, msisdn) if direction == "out"]


@pytest.mark.reported("B01")
@pytest.mark.parametrize("ahead", [timedelta(hours=3), timedelta(days=3650)], ids=["Nairobi's wall clock", "2036"])
async def test_a_start_dated_ahead_makes_no_stop_void(service: Service, ahead: timedelta) -> None:
    phone = service.phone(STRANGER)
    await send_sms(service, phone, "START", **sent(service, -ahead))
    await send_sms(service, phone, "STOP", **sent(service, timedelta()))
    assert (await phone_of(service, STRANGER))["opted_out"]
    assert await answers(service, STRANGER) == ["started", "stopped"]


async def test_texts_that_are_all_dated_ahead_count_in_the_order_they_come(service: Service) -> None:
    phone = service.phone(STRANGER)
    for text, hours in (("STOP", 5), ("START", 3), ("STOP", 4)):
        await send_sms(service, phone, text, **sent(service, -timedelta(hours=hours)))
    assert (await phone_of(service, STRANGER))["opted_out"]


@pytest.mark.parametrize(("days", "kept"), [(-3650, True), (-1, True), (0, False), (2, False)])
async def test_a_receipt_is_kept_if_a_later_copy_would_not_look_old(service: Service, days: int, kept: bool) -> None:
    await send_sms(service, service.phone(STRANGER), "HELP", **sent(service, timedelta(days=days)))
    assert await service.db.fetchval("SELECT is_undated FROM mo_receipts") == kept


@pytest.mark.parametrize("word", ["YES", "NO", "ndiyo", "I agree"])
async def test_an_old_answer_binds_nobody_and_is_told_what_waits(service: Service, word: str) -> None:
    reference = await make_offer(service, SELLER)
    seller = service.phone(SELLER)
    await service.sms_settled()
    before = await answers(service, SELLER)
    await send_sms(service, seller, f"{word} {reference}", **sent(service, OLD))
    assert await status_of(service, reference) == "PENDING"
    assert (await answers(service, SELLER))[len(before) :] == ["unsure"]
    await send_sms(service, seller, f"YES {reference}", **sent(service, NOT_OLD))
    assert await status_of(service, reference) == "CONFIRMED"


@pytest.mark.parametrize("text", ["DELIVERED", "CHANGE TOTAL 9000", "CANCEL", "DISPUTE the maize is wet"])
async def test_an_old_command_changes_no_contract(service: Service, text: str) -> None:
    reference = await make_contract(service)
    await service.sms_settled()
    before = await actions_on(service, reference)
    told = len(await answers(service, SELLER))
    await send_sms(service, service.phone(SELLER), text, **sent(service, timedelta(days=3)))
    assert (await actions_on(service, reference), await status_of(service, reference)) == (before, "CONFIRMED")
    assert len(await answers(service, SELLER)) == told + 1, "nobody is left in silence"


async def test_an_old_start_opts_nobody_in_and_an_old_stop_is_obeyed(service: Service) -> None:
    phone = service.phone(STRANGER)
    await send_sms(service, phone, "STOP", **sent(service, timedelta(days=5)))
    assert (await phone_of(service, STRANGER))["opted_out"]
    await send_sms(service, phone, "START", **sent(service, timedelta(days=2)))
    assert (await phone_of(service, STRANGER))["opted_out"]
    assert await answers(service, STRANGER) == ["stopped", "stopped"], "told how to undo it"
    await send_sms(service, phone, "START", **sent(service, timedelta()))
    await send_sms(service, phone, "STOP", **sent(service, timedelta(days=1, hours=1)))
    assert not (await phone_of(service, STRANGER))["opted_out"], "a START was sent after it"


async def test_an_old_lang_and_an_old_block_change_nothing(service: Service) -> None:
    phone = service.phone(STRANGER)
    await send_sms(service, phone, "HELP")
    await send_sms(service, phone, "LANG Kiswahili", **sent(service, OLD))
    await send_sms(service, phone, f"BLOCK {BUYER}", **sent(service, OLD))
    assert (await phone_of(service, STRANGER))["language"] is None
    assert await service.db.fetchval("SELECT count(*) FROM blocks") == 0


async def test_what_only_reads_is_answered_however_old(service: Service) -> None:
    reference = await make_contract(service)
    await service.sms_settled()
    before = len(await answers(service, BUYER))
    await send_sms(service, service.phone(BUYER), f"STATUS {reference}", **sent(service, timedelta(days=30)))
    assert (await answers(service, BUYER))[before:] == ["status"]


async def test_a_text_stops_a_clock_only_if_that_ran_when_it_was_sent(service: Service) -> None:
    reference = await make_contract(service)
    await send_sms(service, service.phone(SELLER), f"DELIVERED {reference}")

    async def stands() -> bool:
        sql = "SELECT clock_stopped_at IS NOT NULL FROM contracts WHERE reference = $1"
        return bool(await service.db.fetchval(sql, reference))

    await send_sms(service, service.phone(BUYER), "the bags were wet", **sent(service, OLD))
    assert not await stands()
    service.now.passes(timedelta(days=2))
    await send_sms(service, service.phone(BUYER), "half the bags are missing", **sent(service, timedelta(hours=47)))
    assert await stands(), "it was written into the silence that counts, and only came late"


async def test_a_pack_says_how_far_the_clock_was_from_ours(service: Service) -> None:
    """Also of a time that nothing was ordered by."""
    reference = await make_contract(service)
    for hours in (-3, 5, -1):
        text = f"STATUS {reference}"
        await send_sms(service, service.phone(BUYER), text, **sent(service, timedelta(hours=hours)))
    clock = orjson.loads(unzip(await service.pack(reference))["pack.json"])["clock"]
    assert [round(clock[name] / 3_600_000) for name in ("most_ahead_ms", "most_behind_ms")] == [3, 5]
    assert clock["messages"] >= 3


@pytest.mark.parametrize("date", ["2036-01-01 00:00:00", "1970-01-01 00:00:00", "0001-01-01 00:00:00", "soon", ""])
async def test_a_session_ends_about_when_it_is_reported(service: Service, date: str) -> None:
    form = FORMS["ussd/events"] | {"date": date}
    earliest = service.now()
    assert (await service.edge.hook("ussd/events", form)).status == 200
    ended_at = await service.db.fetchval("SELECT ended_at FROM ussd_sessions")
    assert earliest <= ended_at <= service.now()
