"""People who tell the provider to stop us, by its callback, in a report, or in the answer to a send: each is a STOP."""

from urllib.parse import urlencode

import pytest

from tests.handset import HEADERS
from tests.service import TOKEN, Service

AMINA = "+254712345678"
HOOK = f"/hooks/{TOKEN}/africastalking/sms"


async def post(service: Service, hook: str, **form: str) -> int:
    return (await service.edge.request("POST", hook, urlencode(form).encode(), **HEADERS)).status


async def opt_outs(service: Service) -> list[tuple[bool, int]]:
    rows = await service.db.fetch(
        "SELECT opted_out, (SELECT count(*) FROM audit_logs a WHERE a.chain_id = f.id AND action = 'messages.stopped')"
        " AS entries FROM phones f WHERE msisdn = $1",
        AMINA,
    )
    return [(row["opted_out"], row["entries"]) for row in rows]


@pytest.mark.parametrize("number", [AMINA, "254712345678", " 254712345678"])
async def test_an_opt_out_callback_is_a_stop_however_often_it_comes(service: Service, number: str) -> None:
    for _ in range(2):
        assert await post(service, f"{HOOK}/optout", senderId="VOICEPACT", phoneNumber=number) == 200
    assert await opt_outs(service) == [(True, 1)]


async def test_a_delivery_report_about_an_opt_out_is_a_stop(service: Service) -> None:
    form = {"id": "ATXid_1", "status": "Rejected", "phoneNumber": AMINA, "failureReason": "UserInBlackList"}
    for _ in range(2):
        assert await post(service, f"{HOOK}/reports", **form) == 200
    assert await opt_outs(service) == [(True, 1)]


async def test_an_opt_out_in_the_answer_to_a_send_is_a_stop(service: Service) -> None:
    fault = {"mode": "mixed", "rules": {AMINA: 406}}
    async with service.edge.http.post(f"{service.edge.double_url}/control/faults", json=fault) as answer:
        assert answer.status == 200
    await post(service, HOOK, **{"from": AMINA, "to": "22483", "id": "mo-1", "text": "HELP", "date": ""})
    await service.sms_settled()
    assert await opt_outs(service) == [(True, 1)]
    status, why = await service.db.fetchrow("SELECT status, why FROM sms_logs WHERE direction = 'out'") or ("", "")
    assert (status, why) == ("rejected", "406 UserInBlacklist")


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
