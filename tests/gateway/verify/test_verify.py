"""/verify: the right hash or code gets the verdict on its terms; everybody else learns nothing, not even that they
exist."""

import hashlib
from typing import Any

import pytest

from contracts.fields.reference import new_reference
from gateway.limits.table import CHECKS
from storage.rate_limits import RateLimits
from storage.signing import letters_of
from tests.gateway.audit_record import LOG_SIGNER, log_audit
from tests.gateway.operator_client import BUYER, SELLER, Operator, RestReply, contract_body

HTML = {"Authorization": "", "Accept": "text/html,application/xhtml+xml"}
JSON = {"Authorization": "", "Accept": "application/json"}
# Nothing sends messages here; a YES to new terms counts if the SMS with them was sent.
SEND = """UPDATE sms_logs SET status = 'sending', due_at = NULL, tries = 1, leased_until = now() + interval '1 hour'
    WHERE status = 'queued'"""


async def make_contract(operator: Operator) -> tuple[str, bytes]:
    """Make a contract; return its reference and its document."""
    reference = (await operator.post(contract_body())).json["reference"]
    form: bytes = await operator.services.records.pool.fetchval("SELECT form FROM contract_forms")
    return reference, form


async def ask_verify(operator: Operator, reference: str, sha256: str | None, headers: Any = JSON) -> RestReply:
    query = "" if sha256 is None else f"?sha256={sha256}"
    return await operator.ask("GET", f"/verify/{reference}{query}", headers=headers)


@pytest.mark.parametrize("spelled", ["{}", "{}%20%20contract.json", "%20{}%0A", "SHA256%28contract.json%29%3D%20{}"])
async def test_the_document_on_record_matches_however_its_hash_is_pasted(operator: Operator, spelled: str) -> None:
    reference, form = await make_contract(operator)
    answer = await ask_verify(operator, reference, spelled.format(hashlib.sha256(form).hexdigest().upper()))
    assert answer.json == {
        "matches": True, "verdict": "not_agreed", "status": "PENDING", "since": None, "terms_version": 1
    }  # fmt: skip


async def test_a_blake2b_hash_matches_too(operator: Operator) -> None:
    reference, form = await make_contract(operator)
    answer = await ask_verify(operator, reference, hashlib.blake2b(form, digest_size=32).hexdigest())
    assert answer.json["matches"] is True


async def code_of(operator: Operator, version: int = 1) -> str:
    contract_id = await operator.services.records.pool.fetchval("SELECT id FROM contracts")
    code = await operator.services.codes.of(contract_id, version)
    assert code
    return code


async def ask_code(operator: Operator, reference: str, code: str, headers: Any = JSON) -> RestReply:
    return await operator.ask("GET", f"/verify?reference={reference}&code={code}", headers=headers)


async def test_no_state_of_a_contract_is_called_in_force_that_is_not(operator: Operator) -> None:
    reference, form = await make_contract(operator)
    digest, code = hashlib.sha256(form).hexdigest(), await code_of(operator)
    verdicts, pool = [], operator.services.records.pool
    for msisdn, text in (
        (BUYER, "yes"), (SELLER, "yes"), (BUYER, f"CHANGE {reference} TOTAL 5000"), (SELLER, f"YES {reference}"),
    ):  # fmt: skip
        await operator.sends_sms(msisdn, text)
        await pool.execute(SEND)
        by_hash, by_code = await ask_verify(operator, reference, digest), await ask_code(operator, reference, code)
        assert by_hash.json == by_code.json
        verdicts.append(by_code.json["verdict"])
    assert verdicts == ["not_agreed", "in_force", "in_force", "replaced"]
    now = await ask_code(operator, reference, await code_of(operator, 2))
    assert (now.json["verdict"], now.json["terms_version"]) == ("in_force", 2)
    await operator.sends_sms(BUYER, f"DISPUTE {reference} all of it is wet")
    assert (await ask_code(operator, reference, await code_of(operator, 2))).json["verdict"] == "disputed"
    assert (await ask_code(operator, reference, code)).json["verdict"] == "replaced"


async def test_the_page_shows_since_when_the_terms_are_in_force(operator: Operator) -> None:
    reference, form = await make_contract(operator)
    for msisdn in (BUYER, SELLER):
        await operator.sends_sms(msisdn, "yes")
    for page in (
        await ask_verify(operator, reference, hashlib.sha256(form).hexdigest(), HTML),
        await ask_code(operator, f"{reference[:4]}%20{reference[4:]}", (await code_of(operator)).lower(), HTML),
    ):
        assert (page.status, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
        for words in (b"It matches: in force", b"In force since", b"Confirmed by all parties"):
            assert words in page.body


async def test_the_page_shows_the_letters_of_our_keys_to_who_has_the_paper(operator: Operator) -> None:
    reference, form = await make_contract(operator)
    await log_audit(operator)
    keys = operator.services.signer.key_id, LOG_SIGNER.key_id
    right = await ask_verify(operator, reference, hashlib.sha256(form).hexdigest(), HTML)
    wrong = await ask_verify(operator, reference, "0" * 64, HTML)
    for key_id in keys:
        assert letters_of(key_id).encode() in right.body and letters_of(key_id).encode() not in wrong.body


async def test_terms_that_were_proposed_are_told_apart(operator: Operator) -> None:
    reference, _ = await make_contract(operator)
    await operator.services.records.pool.execute(
        "INSERT INTO contract_forms (contract_id, terms_version, form, blake2b, made_at)"
        " SELECT id, 2, 'proposed', $1, now() FROM contracts", bytes(32),
    )  # fmt: skip
    answer = await ask_verify(operator, reference, hashlib.sha256(b"proposed").hexdigest())
    assert (answer.json["matches"], answer.json["verdict"]) == (True, "not_agreed")
    page = await ask_verify(operator, reference, hashlib.sha256(b"proposed").hexdigest(), HTML)
    assert b"Not in force: not agreed" in page.body


@pytest.mark.parametrize("headers", [HTML, JSON])
async def test_a_wrong_code_is_answered_like_a_reference_that_does_not_exist(operator: Operator, headers: Any) -> None:
    reference, _ = await make_contract(operator)
    code = await code_of(operator)
    asked = (reference, code[::-1] if code[::-1] != code else "BCDFGHJKLMNP"), (new_reference(), code)
    answers = [await ask_code(operator, *one, headers) for one in asked]
    assert [answer.status for answer in answers] == [200, 200]
    assert len({hide(answer, one) for answer, (one, _) in zip(answers, asked, strict=True)}) == 1


def hide(answer: RestReply, reference: str) -> bytes:
    return answer.body.replace(reference.encode(), b"-").replace(f"{reference[:4]}\u00a0{reference[4:]}".encode(), b"-")


@pytest.mark.parametrize("code", ["BCDF", "AAAAAAAAAAAA", "%3Cscript%3E"])
async def test_what_is_no_code_is_answered_as_such(operator: Operator, code: str) -> None:
    page = await ask_code(operator, new_reference(), code, HTML)
    assert page.status == 400
    assert b"That is no code" in page.body and b"<script" not in page.body


async def test_a_page_without_a_question_has_a_form_for_a_reference_and_a_code(operator: Operator) -> None:
    for path in ("/verify", f"/verify/{new_reference()}"):
        page = await operator.ask("GET", path, headers=HTML)
        assert page.status == 200
        assert b'<form method="get" action="/verify">' in page.body and b'name="code"' in page.body


async def test_codes_are_asked_for_only_so_often_from_one_address(operator: Operator) -> None:
    asked = [await ask_code(operator, new_reference(), "BCDFGHJKLMNP") for _ in range(CHECKS.most + 1)]
    assert [answer.status for answer in asked] == [200] * CHECKS.most + [429]
    assert asked[-1].headers["Retry-After"] == "3600"


@pytest.mark.parametrize("headers", [HTML, JSON])
@pytest.mark.parametrize("sha256", [None, "00" * 32, "nonsense"])
async def test_an_unknown_reference_is_answered_like_a_wrong_hash(
    operator: Operator, headers: Any, sha256: str | None
) -> None:
    reference, _ = await make_contract(operator)
    stranger = new_reference()
    there, not_there = [await ask_verify(operator, one, sha256, headers) for one in (reference, stranger)]
    assert there.status == not_there.status
    assert hide(there, reference) == hide(not_there, stranger)


async def test_the_page_shows_nothing_about_people(operator: Operator) -> None:
    reference, form = await make_contract(operator)
    for sha256 in (None, "00" * 32, hashlib.sha256(form).hexdigest()):
        for headers in (HTML, JSON):
            body = (await ask_verify(operator, reference, sha256, headers)).body.decode().replace(reference, "")
            assert not [word for word in ("Amina", "711000", "711 000", "maize", "Nakuru", "175,000") if word in body]


@pytest.mark.parametrize("reference", ["12345678", "<script>alert(1)</script>", "1", "٠٧١٢٣٤٥٦", "9" * 500])
async def test_a_wrong_reference_is_answered_as_such(operator: Operator, reference: str) -> None:
    page = await operator.ask("GET", f"/verify/{reference.replace('/', '%2F')}?sha256={'00' * 32}", headers=HTML)
    assert page.status == 400
    assert b"That is no contract number" in page.body
    assert b"<script" not in page.body


async def test_the_page_needs_no_script_and_is_not_cached(operator: Operator) -> None:
    reference, _ = await make_contract(operator)
    page = await ask_verify(operator, reference, None, HTML)
    assert b"<script" not in page.body
    assert len(page.body) < 5_000
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")


async def test_a_client_that_asks_too_often_must_wait(operator: Operator) -> None:
    reference = new_reference()
    most = operator.services.settings.verify_per_minute
    answers = [await ask_verify(operator, reference, "00" * 32) for _ in range(most + 2)]
    assert [answer.status for answer in answers] == [200] * most + [429] * 2
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 60


async def test_each_client_has_a_limit_of_its_own_that_passes(operator: Operator) -> None:
    limits: RateLimits = operator.services.shared_limits
    waits = [await limits.retry_after_seconds("x", who, most=1, seconds=1) for who in ("a", "a", "b")]
    assert waits == [0, 1, 0]
    keys = [key async for key in operator.services.shared_limits._client.scan_iter("limit:x:*")]
    assert len(keys) == 2
    assert not any(key.endswith((b":a", b":b")) for key in keys)
