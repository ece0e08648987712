"""The log lines of messages, reports and ends of sessions: a complaint can be followed by the keys that they share."""

import json
from typing import Any
from uuid import UUID

from tests.gateway.inbox.texting import BUYER, SELLER, make_offer, send_sms
from tests.service import Service


def log_lines(service: Service, event: str) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in service.logged().splitlines()]
    return [line for line in lines if line["event"] == event]


async def test_every_mo_line_names_its_message_its_sender_and_its_contract(service: Service) -> None:
    reference = await make_offer(service, SELLER)
    await send_sms(service, service.phone(SELLER), f"YES {reference}")
    await send_sms(service, service.phone(SELLER), "HELP")
    await send_sms(service, service.phone(SELLER), "HELP", **{"from": "MTN"})
    stored = {
        row["provider_message_id"]: row
        for row in await service.db.fetch("SELECT * FROM sms_logs WHERE direction = 'in'")
    }
    lines = log_lines(service, "mo")
    assert len(lines) == 3 * len(stored) == 12, "each comes three times"
    for line in lines:
        row = stored[line["provider_message_id"]]
        assert line["provider"] == "africastalking"
        assert line.get("msisdn") == (None if row["kind"] == "no_number" else "+254******001")
        if "repeat" not in line:
            assert UUID(line["message_id"]) == row["id"]
            assert line.get("contract_id") == (str(row["contract_id"]) if row["contract_id"] else None)
            assert line["kind"] == row["kind"]
    acted = [line for line in lines if "repeat" not in line]
    assert [(line["kind"], "contract_id" in line) for line in acted] == [
        ("yes", True), ("yes", True), ("help", False), ("no_number", False),
    ]  # fmt: skip


async def test_every_dlr_line_names_the_message_that_an_mt_line_names(service: Service) -> None:
    await make_offer(service, SELLER)
    await service.sms_settled()
    sent = {line["provider_message_id"]: line for line in log_lines(service, "mt")}
    reported = log_lines(service, "dlr")
    assert sent and {line["provider_message_id"] for line in reported} == set(sent)
    for line in reported:
        mt = sent[line["provider_message_id"]]
        assert (line["provider"], line["msisdn"]) == (mt["provider"], mt["msisdn"])
        assert await service.db.fetchval("SELECT true FROM sms_logs WHERE id = $1", UUID(mt["message_id"]))


async def test_a_report_with_an_unknown_status_and_an_opt_out_name_whom_and_what(service: Service) -> None:
    form = {
        "id": "ATXid_1", "status": "Vanished", "phoneNumber": BUYER, "failureReason": "UserInBlackList"
    }  # fmt: skip
    assert (await service.edge.hook("sms/reports", form)).status == 200
    assert (await service.edge.hook("sms/optout", {"phoneNumber": BUYER})).status == 200
    where = {"provider": "africastalking", "provider_message_id": "ATXid_1", "msisdn": "+254******001"}
    for event in ("dlr with an unknown status", "dlr"):
        (line,) = log_lines(service, event)
        assert line.items() >= {**where, "status": "Vanished"}.items()
    (line,) = log_lines(service, "opted out")
    assert line.items() >= {"provider": "africastalking", "msisdn": "+254******001"}.items()


async def test_the_end_of_a_session_has_the_session_and_msisdn_of_its_hops(service: Service) -> None:
    phone = service.phone(SELLER)
    await phone.dial()
    await phone.hangs_up()
    (hop,), (end,) = log_lines(service, "hop"), log_lines(service, "session ended")
    assert [end[key] for key in ("provider", "session", "msisdn")] == [
        hop[key] for key in ("provider", "session", "msisdn")
    ]
