"""Packs of contracts from before steps bound what they wrote, once a step has bound all of it."""

import json
from datetime import timedelta

from contracts.effects import SayDelivered
from contracts.proof.canonical import canonical_json
from storage.embedded.servers import ServerUrls
from tests.browser import Page, needs_browser
from tests.gateway.audit_record import log_audit
from tests.gateway.evidence_pack import fetch_pack
from tests.gateway.operator_client import NOON, SELLER, open_operator
from tests.gateway.signed_contract import act_behind_pin
from tests.service import unzip
from tests.upgrades.old_record import bind_all, old_record
from tests.verifier.two_verifiers import by_page, by_python, first_fault, listed_anew, zipped

BINDS = ("audit/0022.entry", "answer_gone")


@needs_browser
async def test_both_say_from_when_on_it_is_bound_and_name_what_was_altered(servers: ServerUrls, page: Page) -> None:
    async with old_record(servers) as url, open_operator(url, servers.redis_url) as operator:
        operator.services.now = lambda: NOON + timedelta(days=40)
        await bind_all(operator)
        pool = operator.services.records.pool
        contract_id = await pool.fetchval("SELECT id FROM contracts WHERE status = 'CONFIRMED'")
        await act_behind_pin(operator, SELLER, SayDelivered(str(contract_id)))
        await log_audit(operator)
        rows = await pool.fetch("SELECT reference FROM contracts WHERE id = $1 OR status = 'COMPLETED'", contract_id)
        packs = [unzip(await fetch_pack(operator, row["reference"])) for row in rows]
    assert len(packs) == 3
    for files in packs:
        report = by_python(zipped(files))
        assert report["verdict"] == "whole", report
        (bound,) = (each["values"] for each in report["conditions"] if each["why"] == "bound_later")
        assert bound["at"] == "2026-08-10" and "messages/001.json" in files
        assert await by_page(page, zipped(files)) == report
    long = max(packs, key=len)
    other_text = long["messages/002.json"].replace(b'"text":"', b'"text":"No. ')
    other_status = canonical_json({**json.loads(long["pack.json"]), "status": "EXPIRED"})
    for altered, named in (
        ({**long, "messages/002.json": other_text}, ("messages/002.json", "text_unnamed")),
        ({name: file for name, file in long.items() if not name.startswith("confirmations/003.")}, BINDS),
        ({**long, "pack.json": other_status}, ("pack.json", "last_step")),
    ):
        report = by_python(zipped(listed_anew(altered)))
        assert first_fault(report) == named
        assert await by_page(page, zipped(listed_anew(altered))) == report
