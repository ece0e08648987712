"""People who tell the provider to stop us. By its callback that is a STOP; a report is none; refusals are one only if
they come on several days, while others are reached."""

from datetime import timedelta
from itertools import count
from urllib.parse import urlencode
from uuid import uuid4

import pytest

from tests.handset import CONTROL, HEADERS
from tests.service import TOKEN, Service

AMINA, OTIENO = "+254712345678", "+254722000001"
DAY = timedelta(days=1)
numbers = count(1)
HOOK = f"/hooks/{TOKEN}/africastalking/sms"


async def post(service: Service, hook: str, **form: str) -> int:
    return (await service.edge.request("POST", hook, urlencode(form).encode(), **HEADERS)).status


async def refuse(service: Service, *msisdns: str) -> None:
    """From now on the provider answers 406 for these and takes what goes to others."""
    fault = {"mode": "mixed", "rules": dict.fromkeys(msisdns, 406)} if msisdns else {"mode": "ok"}
    async with service.edge.http.post(
        f"{service.edge.double_url}/control/faults", json=fault, headers=CONTROL
    ) as answer:
        assert answer.status == 200


async def write(service: Service, msisdn: str, text: str) -> None:
    form = {"from": msisdn, "to": "22483", "id": f"mo-{next(numbers)}", "text": text, "date": ""}
    assert await post(service, HOOK, **form) == 200
    await service.sms_settled()


async def reach(service: Service, msisdn: str) -> None:
    """Queue a message that is sent even to a person who has opted out, and wait for what becomes of it."""
    await service.db.execute(
        "INSERT INTO phones (id, msisdn, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        uuid4(), msisdn, service.now(),
    )  # fmt: skip
    await service.db.execute(
        "INSERT INTO sms_logs (id, direction, phone_id, text, kind, act_id, status, segments, due_at, created_at)"
        " SELECT $1, 'out', id, 'Habari', 'help', $1, 'queued', 1, $2, $2 FROM phones WHERE msisdn = $3",
        uuid4(), service.now(), msisdn,
    )  # fmt: skip
    await service.db.execute("SELECT pg_notify('sms_queued', '')")
    await service.sms_settled()


async def opt_outs(service: Service) -> list[tuple[bool, int]]:
    rows = await service.db.fetch(
        "SELECT opted_out, (SELECT count(*) FROM audit_actions a WHERE a.chain_id = f.id"
        " AND action = 'messages.stopped') AS entries FROM phones f WHERE msisdn = $1",
        AMINA,
    )
    return [(row["opted_out"], row["entries"]) for row in rows]


@pytest.mark.parametrize("number", [AMINA, "254712345678", " 254712345678"])
async def test_an_opt_out_callback_is_a_stop_however_often_it_comes(service: Service, number: str) -> None:
    for _ in range(2):
        assert await post(service, f"{HOOK}/optout", senderId="VOICEPACT", phoneNumber=number) == 200
    assert await opt_outs(service) == [(True, 1)]


@pytest.mark.reported("B33")
async def test_delivery_reports_opt_nobody_out(service: Service) -> None:
    await reach(service, OTIENO)
    for day in range(5):
        form = {"id": f"ATXid_{day}", "status": "Rejected", "phoneNumber": AMINA, "failureReason": "UserInBlackList"}
        assert await post(service, f"{HOOK}/reports", **form) == 200
        service.now.passes(DAY)
    assert not [opted_out for opted_out, _ in await opt_outs(service) if opted_out]


@pytest.mark.reported("B33")
async def test_a_provider_that_refuses_everybody_opts_nobody_out(service: Service) -> None:
    await refuse(service, AMINA, OTIENO)
    for _ in range(5):
        await reach(service, AMINA)
        await reach(service, OTIENO)
        service.now.passes(DAY)
    assert await opt_outs(service) == [(False, 0)]
    status, why = await service.db.fetchrow("SELECT status, why FROM sms_logs WHERE direction = 'out'") or ("", "")
    assert (status, why) == ("rejected", "406 UserInBlacklist"), "an operator sees each"


async def refused_on_days(service: Service, days: int) -> None:
    """AMINA is refused on so many days, more than once a day, while OTIENO is reached."""
    await refuse(service, AMINA)
    for _ in range(days):
        await reach(service, OTIENO)
        await reach(service, AMINA)
        await reach(service, AMINA)
        service.now.passes(DAY)


async def test_refusals_on_three_days_while_others_are_reached_are_an_opt_out(service: Service) -> None:
    await refused_on_days(service, 2)
    assert await opt_outs(service) == [(False, 0)]
    await refused_on_days(service, 2)
    assert await opt_outs(service) == [(True, 1)]


async def test_a_delivery_between_refusals_shows_that_they_were_wrong(service: Service) -> None:
    for _ in range(2):
        await refused_on_days(service, 2)
        await refuse(service)
        await reach(service, AMINA)
        service.now.passes(DAY)
    assert await opt_outs(service) == [(False, 0)]


@pytest.mark.reported("B33")
@pytest.mark.parametrize(
    ("text", "opted_out"), [("YES", False), ("hello", False), ("STOP", True), ("unsubscribe me", True)]
)
async def test_who_writes_ends_an_opt_out_that_was_presumed(service: Service, text: str, opted_out: bool) -> None:
    await refused_on_days(service, 3)
    before = await service.db.fetchval("SELECT count(*) FROM audit_actions WHERE action = 'messages.stopped'")
    await write(service, AMINA, text)
    assert [out for out, _ in await opt_outs(service)] == [opted_out]
    stops = await service.db.fetchval("SELECT count(*) FROM audit_actions WHERE action = 'messages.stopped'")
    assert stops - before == (text == "STOP"), "their own word is written down, too"


@pytest.mark.reported("B33")
async def test_a_later_delivery_ends_an_opt_out_that_was_presumed(service: Service) -> None:
    await refused_on_days(service, 3)
    await refuse(service)
    await reach(service, AMINA)
    assert await opt_outs(service) == [(False, 1)]


@pytest.mark.parametrize("hook", ["callback", "STOP"])
async def test_no_delivery_ends_an_opt_out_that_is_a_persons_word(service: Service, hook: str) -> None:
    await refused_on_days(service, 3)
    await refuse(service)
    if hook == "STOP":
        await write(service, AMINA, "STOP")
    else:
        await post(service, f"{HOOK}/optout", phoneNumber=AMINA)
    service.now.passes(DAY)
    await reach(service, AMINA)
    assert await opt_outs(service) == [(True, 2)]


async def test_a_start_by_sms_ends_such_an_opt_out(service: Service) -> None:
    await post(service, f"{HOOK}/optout", senderId="VOICEPACT", phoneNumber=AMINA)
    await post(service, HOOK, **{"from": AMINA, "to": "22483", "id": "mo-1", "text": "START", "date": ""})
    assert await opt_outs(service) == [(False, 1)]


@pytest.mark.parametrize(
    ("path", "form", "status"),
    [
        (f"{HOOK}/optout", {"senderId": "VOICEPACT"}, 400),
        (f"{HOOK}/optout", {"phoneNumber": "MTN"}, 400),
        ("/hooks/wrong/africastalking/sms/optout", {"phoneNumber": AMINA}, 404),
        (f"/hooks/{TOKEN}/twilio/sms/optout", {"phoneNumber": AMINA}, 404),
    ],
)
async def test_a_malformed_opt_out_writes_nothing(
    service: Service, path: str, form: dict[str, str], status: int
) -> None:
    before = await service.rows()
    assert await post(service, path, **form) == status
    assert await service.rows() == before
