"""`voicepact subject`: an export has everything kept of a person, and after erasing nothing shows them."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest
from rich.progress import Progress

from contracts.fields.msisdn import Msisdn
from gateway.background.retention import RetentionJob
from gateway.commands.audit import verify_all
from gateway.commands.startup import StartError
from gateway.commands.subject import export_person
from gateway.commands.subject_erasing import erase_person
from storage.grants import ROLE, grant
from storage.postgres.database import connect, set_json_codec
from storage.retention import RetentionRows
from storage.subjects import SubjectRows
from tests.gateway.commands.subjects import SOMEBODY, lines_about_amina, read_everything, run_subject
from tests.gateway.evidence_pack import faults_in, unpack
from tests.gateway.two_contracts import AMINA, NAME, OFFER, OTIENO, beans_body, call_rest, make_two_contracts
from tests.service import Service

PLACES = (
    "phones.msisdn", "contract_parties.name", "sms_logs.text", "sms_logs.english", "confirmation_texts.texts",
    "confirmation_texts.words", "confirmation_texts.typed", "disputes.words",
    "disputes.reasons", "disputes.appeal_words", "deliveries.evidence", "acted_hops.reply", "recording_consents.shown",
    "session ", "hop ",
)  # fmt: skip


async def test_an_export_has_everything_of_a_person(service: Service) -> None:
    story = await make_two_contracts(service)
    whole = await export_person(service.db, AMINA, service.now(), SOMEBODY)
    shown = json.dumps(whole, default=str)
    assert whole["phone"]["msisdn"] == AMINA and whole["phone"]["has_pin"]
    assert {contract["reference"] for contract in whole["contracts"]} == {story.ours, story.first}
    assert {contract["name"] for contract in whole["contracts"]} == {NAME, None}
    assert all(word["shown"] for word in whole["confirmations"]) and len(whole["confirmations"]) == 3
    assert whole["disputes"][0]["words"].startswith("All wet.")
    assert whole["disputes"][0]["appeal_words"] is None, "those are the other's"
    assert {message["direction"] for message in whole["messages"]} == {"in", "out"}
    assert len(whole["sessions"]) == 1 and whole["consents"][0]["given"]
    assert whole["number_checks"][0]["status"] == "swapped" and whole["phone"]["recovered_at"]
    assert {"pin.proposed", "contract.made", "contract.confirm"} <= {entry["action"] for entry in whole["audit"]}
    assert len(whole["deliveries"]) == 1
    assert "argon2" not in shown and OTIENO not in json.dumps(whole["phone"])
    assert await last_audit_action(service, story.amina) == "subject.exported"


async def last_audit_action(service: Service, chain: UUID) -> str:
    found: str = await service.db.fetchval(
        "SELECT action FROM audit_actions WHERE chain_id = $1 ORDER BY seq DESC LIMIT 1", chain
    )
    return found


async def test_an_erased_person_is_found_nowhere(service: Service, tmp_path: Path) -> None:
    story = await make_two_contracts(service)
    await service.phone(OTIENO).dial("1*2")  # a session that is open, and shows her
    await service.db.execute(
        "INSERT INTO acted_hops VALUES ('africastalking', 'of somebody else', 'k', now(), $1, $2, true, 's')",
        story.amina, "The next one is 0712 345 678.",
    )  # fmt: skip
    other = f"SELECT id FROM confirmations WHERE phone_id <> '{story.amina}' LIMIT 1"  # noqa: S608 - our own id
    typed = f"UPDATE confirmation_texts SET typed = '[\"0712345678\"]' WHERE confirmation_id = ({other})"  # noqa: S608
    await service.db.execute(
        f"SET session_replication_role = replica; {typed}; SET session_replication_role = origin"
    )  # as who types her number has it in theirs
    before = lines_about_amina(await read_everything(service))
    for place in PLACES:
        assert any(line.startswith(place) for line in before), place

    left = await erase_person(service.db, service.settings, AMINA, service.now())

    assert lines_about_amina(await read_everything(service)) == [] and left == []
    assert await last_audit_action(service, story.amina) == "subject.erased"
    assert await service.db.fetchval("SELECT count(*) FROM number_checks") == 0
    counts = await verify_all(str(service.settings.database_url), None, Progress(disable=True))
    assert counts.contracts == 2 and counts.signatures == await service.db.fetchval(
        "SELECT count(*) FROM confirmations"
    )
    for reference in (story.ours, story.first):
        folder = unpack(await call_rest(service, f"/v1/contracts/{reference}/evidence"), tmp_path / reference)
        assert faults_in(folder) == []
        assert (folder / "people").exists() and not (folder / f"people/{story.amina}.json").exists()


async def test_an_erased_person_who_calls_again_is_a_stranger(service: Service) -> None:
    story = await make_two_contracts(service)
    await erase_person(service.db, service.settings, AMINA, service.now())
    amina, otieno = service.phone(AMINA), service.phone(OTIENO)
    assert "wanjiru" not in (await amina.dial()).text.lower()
    await amina.dial()
    await amina.types(*OFFER, "4826", "4826")
    again = await service.db.fetchval("SELECT id FROM phones WHERE msisdn = $1", AMINA)
    assert again and again != story.amina
    await otieno.sends_sms(f"HALI {story.first}")
    await otieno.dial("1")
    while "beans" not in otieno.screen.text:
        await otieno.types("98")
    screen = await otieno.types(otieno.screen.text.partition("beans")[0].rpartition(". ")[0].rpartition("\n")[2])
    assert "erased-" in screen.text
    with pytest.raises(StartError, match="nobody"):
        await erase_person(service.db, service.settings, Msisdn("+254733000111"), service.now())


async def test_nobody_is_erased_while_a_contract_is_not_over(service: Service) -> None:
    amina, otieno = service.phone(AMINA), service.phone(OTIENO)
    await amina.dial()
    await amina.types(*OFFER, "4826", "4826")
    await service.sms_settled(within=60)
    for phone in (amina, otieno):
        with pytest.raises(StartError, match=r"not over yet, so nothing was erased: [1-9][0-9]{7}$"):
            await erase_person(service.db, service.settings, Msisdn(phone.msisdn), service.now())
    assert lines_about_amina(await read_everything(service))


@pytest.mark.parametrize("what", ["person", "contract"])
async def test_nobody_is_erased_while_they_are_held(service: Service, what: str) -> None:
    story = await make_two_contracts(service)
    rows, now = SubjectRows(service.db), service.now()
    ours = await service.db.fetchval("SELECT id FROM contracts WHERE reference = $1", story.ours)
    held = {"phone_id": story.amina if what == "person" else None, "contract_id": ours if what == "contract" else None}
    await rows.hold(f"court file 12/2026 about {NAME}", now, **held)
    with pytest.raises(StartError, match="court file"):
        await erase_person(service.db, service.settings, AMINA, now)
    assert await rows.release(now, **held) == 1
    assert await erase_person(service.db, service.settings, AMINA, now + timedelta(seconds=1)) == []
    assert lines_about_amina(await read_everything(service)) == []


async def test_agreed_terms_stay_and_are_listed_after_erasing(service: Service) -> None:
    reference = (await call_rest(service, "/v1/contracts", beans_body(f"at {NAME}'s")))["reference"]
    await service.phone(OTIENO).sends_sms(f"NO {reference}")
    await service.sms_settled(within=60)
    assert (await call_rest(service, f"/v1/contracts/{reference}"))["status"] == "CANCELLED"
    assert await erase_person(service.db, service.settings, AMINA, service.now()) == [f"terms of {reference}"]
    assert (await call_rest(service, f"/v1/contracts/{reference}"))["terms"]["delivery_place"] == f"at {NAME}'s"


async def test_the_commands_as_typed_in_a_terminal(service: Service, tmp_path: Path) -> None:
    amina, file = service.phone(AMINA), tmp_path / "amina.json"
    await amina.sends_sms("LANG SW")
    await service.sms_settled(within=60)

    async def types(*words: str) -> str:
        return await asyncio.to_thread(run_subject, service, *words, "--data-dir", str(tmp_path / "data"))

    assert await types("export", "0712 345 678", "--to", str(file)) == f"written to {file}\n"
    missing = tmp_path / "missing"
    assert await types("export", AMINA, "--to", str(missing / "x.json")) == (
        f"voicepact: --to: there is no folder {missing}\n"
    )
    noted = await service.db.fetchval("SELECT count(*) FROM audit_actions WHERE action = 'subject.exported'")
    assert noted == 1, "only what was written"
    assert json.loads(file.read_text())["phone"]["language"] == "sw" and file.stat().st_mode & 0o077 == 0
    assert await types("hold", AMINA, "court file 12") == "held\n"
    assert "they are held since" in await types("erase", AMINA, "--yes")
    assert await types("release", AMINA) == "1 released\n"
    assert (await types("erase", AMINA, "--yes", "--operator", "Chege")).startswith("kept: one more operator")
    assert await types("erase", AMINA, "--yes") == "erased\n"
    assert "we know nobody" in await types("export", AMINA)
    assert "0 sms_logs" in await types("retain")
    assert lines_about_amina(await read_everything(service)) == []


async def test_the_role_of_the_service_deletes_by_age_and_cannot_erase(service: Service) -> None:
    await service.phone(AMINA).sends_sms("HELP")
    await service.sms_settled(within=60)
    url = str(service.settings.database_url)
    await service.db.execute(f"DO $$ BEGIN CREATE ROLE {ROLE}; EXCEPTION WHEN duplicate_object THEN NULL; END $$")
    assert await grant(url)
    role = await connect(f"{url}{'&' if '?' in url else '?'}role={ROLE}")
    try:
        await set_json_codec(role)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await erase_person(role, service.settings, AMINA, service.now())
        assert await service.db.fetchval("SELECT count(*) FROM phones WHERE msisdn = $1", AMINA) == 1
        await service.db.execute("UPDATE mo_receipts SET is_undated = false")  # as of a text whose provider gave a time
        later = service.now() + timedelta(days=1000)
        gone = await RetentionJob(RetentionRows(role, service.settings.periods), lambda: later).delete_old(
            pause_seconds=0
        )
        assert gone["sms_logs"] == 2 and gone["mo_receipts"] == 1
    finally:
        await role.close()
        await service.db.execute(f"DROP OWNED BY {ROLE}")
