"""The pack of a contract of which a person was erased."""

from contracts.fields.msisdn import Msisdn
from gateway.commands.subject_erasing import erase_person
from storage.postgres import database
from tests.browser import Page, needs_browser
from tests.gateway.audit_record import log_audit
from tests.gateway.evidence_pack import fetch_pack
from tests.gateway.operator_client import BUYER, SELLER, contract_body, open_operator
from tests.service import unzip
from tests.verifier.two_verifiers import by_page, by_python, zipped


@needs_browser
async def test_both_say_what_is_missing_of_an_erased_person(database_url: str, redis_url: str, page: Page) -> None:
    async with open_operator(database_url, redis_url) as operator:
        reference = str((await operator.post(contract_body())).json["reference"])
        await operator.sends_sms(SELLER, f"yes {reference}")
        await operator.sends_sms(BUYER, f"no {reference}")
        connection, settings = await database.connect(database_url), operator.services.settings
        await database.set_json_codec(connection)
        await erase_person(connection, settings, Msisdn(BUYER), operator.services.now())
        await connection.close()
        await log_audit(operator)
        pack = zipped(unzip(await fetch_pack(operator, reference)))
    report = by_python(pack)
    known = {each["why"]: each["values"] for each in report["conditions"]}
    assert report["verdict"] == "whole", report
    assert known["erased_people"]["n"] == 1 and known["missing_shown"]["n"] > 0 and known["missing_texts"]["n"] > 0
    assert await by_page(page, pack) == report
