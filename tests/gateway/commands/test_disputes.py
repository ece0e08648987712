"""`voicepact disputes`: what waits for a decision, and who is to decide it."""

import asyncio
import os
import pwd
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.commands import disputes
from gateway.commands.startup import StartError
from tests.gateway.two_contracts import AMINA, OTIENO, beans_body, call_rest
from tests.service import Service

AMOS = "+254733444555"


async def make_disputed_contract(service: Service) -> str:
    reference: str = (await call_rest(service, "/v1/contracts", beans_body("Nakuru")))["reference"]
    await service.phone(OTIENO).sends_sms(f"YES {reference}")
    await service.phone(AMINA).sends_sms(f"YES {reference}")
    await call_rest(service, "/v1/disputes", {"contract": reference, "words": "All wet", "by": AMINA})
    return reference


async def test_a_mediator_is_named_at_the_command_line(
    service: Service, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    async def types(command: Callable[..., None], *words: str, **options: str) -> str:
        await asyncio.to_thread(command, *words, **options, data_dir=tmp_path)
        return capsys.readouterr().out

    monkeypatch.setenv("DATABASE_URL", str(service.settings.database_url))
    monkeypatch.setenv("REDIS_URL", str(service.settings.redis_url))
    assert await types(disputes.waiting) == "no problem waits for a decision\n"
    reference = await make_disputed_contract(service)
    shown = await types(disputes.waiting)
    assert shown == f"{reference}  reported 23 Nov 2026, no mediator, to decide by 30 Nov 2026\n"
    said = await types(
        disputes.mediator, f"{reference[:4]} {reference[4:]}", "0733444555", name="Mzee Barasa", operator="Ann"
    )
    assert said.startswith("Mzee Barasa is asked to decide on contract")
    sql = "SELECT m.text FROM sms_logs m JOIN phones f ON f.id = m.phone_id WHERE m.kind = 'mediate' AND f.msisdn = $1"
    assert str(await service.db.fetchval(sql, AMOS)).startswith(f"You are the arbiter of contract {reference}")
    assert "Mzee Barasa" in await types(disputes.waiting)
    sql = "SELECT details ->> 'operator' FROM audit_actions WHERE action = 'dispute.mediator'"
    assert await service.db.fetchval(sql) == f"command line: Ann ({pwd.getpwuid(os.getuid()).pw_name})"
    for contract, msisdn, why in (
        (reference, AMOS, "a party of the contract already"),
        (reference, AMINA, "a party of the contract already"),
        ("40718353", AMOS, "there is no contract 40718353"),
        (reference, "12", "no mobile number"),
    ):
        with pytest.raises(StartError, match=why):
            await types(disputes.mediator, contract, msisdn)
