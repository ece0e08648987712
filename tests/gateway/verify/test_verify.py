"""/verify: the right hash gets the contract's status; everybody else learns nothing, not even that it exists."""

import hashlib
from typing import Any

import pytest

from contracts.fields.reference import new_reference
from storage.rate_limits import RateLimits
from tests.gateway.operator_client import BUYER, SELLER, Operator, RestReply, contract_body

HTML = {"Authorization": "", "Accept": "text/html,application/xhtml+xml"}
JSON = {"Authorization": "", "Accept": "application/json"}


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
        "matches": True, "verdict": "in_force", "status": "PENDING", "since": "2026-07-01", "terms_version": 1
    }  # fmt: skip


async def test_a_blake2b_hash_matches_too(operator: Operator) -> None:
    reference, form = await make_contract(operator)
    answer = await ask_verify(operator, reference, hashlib.blake2b(form, digest_size=32).hexdigest())
    assert answer.json["matches"] is True


async def test_the_page_shows_the_current_status(operator: Operator) -> None:
    reference, form = await make_contract(operator)
    for msisdn in (BUYER, SELLER):
        await operator.sends_sms(msisdn, "yes")
    page = await ask_verify(operator, reference, hashlib.sha256(form).hexdigest(), HTML)
    assert (page.status, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert b"It matches" in page.body
    assert b"Confirmed by all parties" in page.body


async def test_terms_that_are_not_in_force_are_told_apart(operator: Operator) -> None:
    reference, _ = await make_contract(operator)
    await operator.services.records.pool.execute(
        "INSERT INTO contract_forms (contract_id, terms_version, form, blake2b, made_at)"
        " SELECT id, 2, 'proposed', $1, now() FROM contracts", bytes(32),
    )  # fmt: skip
    answer = await ask_verify(operator, reference, hashlib.sha256(b"proposed").hexdigest())
    assert (answer.json["matches"], answer.json["verdict"]) == (True, "not_in_force")
    page = await ask_verify(operator, reference, hashlib.sha256(b"proposed").hexdigest(), HTML)
    assert b"Not the terms in force" in page.body


@pytest.mark.parametrize("headers", [HTML, JSON])
@pytest.mark.parametrize("sha256", [None, "00" * 32, "nonsense"])
async def test_an_unknown_reference_is_answered_like_a_wrong_hash(
    operator: Operator, headers: Any, sha256: str | None
) -> None:
    reference, _ = await make_contract(operator)
    stranger = new_reference()
    there, not_there = [await ask_verify(operator, one, sha256, headers) for one in (reference, stranger)]
    assert there.status == not_there.status
    hidden = [(answer.body.replace(one.encode(), b"-").replace(f"{one[:4]}\u00a0{one[4:]}".encode(), b"-"))
              for answer, one in ((there, reference), (not_there, stranger))]  # fmt: skip
    assert hidden[0] == hidden[1]


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
