"""What is said of a paper, in each state of its contract: never "in force" of what is not."""

from datetime import UTC, datetime
from typing import Any

import pytest

from contracts.proof.paper_check import NO_MATCH, PaperCheck, PaperVerdict, check_code, check_hash

CODE, OLDER, ASKED = "BCDFGHJKLMNP", "CDFGHJKLMNPR", "DFGHJKLMNPRS"
CONFIRMED, CHANGED, ENDED = (datetime(2026, 7, day, tzinfo=UTC) for day in (1, 5, 9))


def form(version: int, code: str | None, agreed_at: datetime | None) -> dict[str, Any]:
    hashes = {"sha256": f"{version:064x}", "blake2b": f"{version + 100:064x}"}
    return {"version": version, "code": code, "agreed_at": agreed_at and agreed_at.isoformat(), **hashes}


def contract(status: str, *forms: dict[str, Any], version: int = 1) -> dict[str, Any]:
    ends = {f"{end.lower()}_at": ENDED if status == end else None for end in ("COMPLETED", "CANCELLED", "EXPIRED")}
    return {"status": status, "terms_version": version, "forms": list(forms) or None, **ends}


@pytest.mark.parametrize(
    ("status", "confirmed", "verdict", "since"),
    [
        ("PENDING", None, PaperVerdict.NOT_AGREED, None),
        ("CONFIRMED", CONFIRMED, PaperVerdict.IN_FORCE, CONFIRMED),
        ("ACTIVE", CONFIRMED, PaperVerdict.IN_FORCE, CONFIRMED),
        ("DISPUTED", CONFIRMED, PaperVerdict.DISPUTED, CONFIRMED),
        ("COMPLETED", CONFIRMED, PaperVerdict.COMPLETED, ENDED),
        ("CANCELLED", CONFIRMED, PaperVerdict.CANCELLED, ENDED),
        ("EXPIRED", CONFIRMED, PaperVerdict.EXPIRED, ENDED),
        pytest.param("CANCELLED", None, PaperVerdict.NOT_AGREED, None, id="declined"),
        pytest.param("EXPIRED", None, PaperVerdict.NOT_AGREED, None, id="not answered in time"),
    ],
)
def test_the_first_terms(
    status: str, confirmed: datetime | None, verdict: PaperVerdict, since: datetime | None
) -> None:
    found = contract(status, form(1, CODE, confirmed))
    assert check_code(found, CODE) == PaperCheck(verdict, since, status, 1)
    assert check_hash(found, f"{1:064x}") == check_hash(found, f"{101:064x}") == check_code(found, CODE)


@pytest.mark.parametrize("status", ["CONFIRMED", "ACTIVE", "DISPUTED", "COMPLETED", "CANCELLED", "EXPIRED"])
def test_terms_that_were_replaced_are_so_whatever_became_of_the_contract(status: str) -> None:
    forms = form(1, OLDER, CONFIRMED), form(3, CODE, CHANGED), form(4, None, ENDED)
    found = contract(status, *forms, version=4)
    assert check_code(found, OLDER) == PaperCheck(PaperVerdict.REPLACED, CHANGED, status, 1)
    assert check_code(found, CODE) == PaperCheck(PaperVerdict.REPLACED, ENDED, status, 3)


def test_terms_that_wait_for_an_answer_or_were_declined_are_not_agreed_and_the_others_stay_in_force() -> None:
    found = contract("CONFIRMED", form(1, CODE, CONFIRMED), form(2, ASKED, None))
    assert check_code(found, ASKED) == PaperCheck(PaperVerdict.NOT_AGREED, None, "CONFIRMED", 2)
    assert check_code(found, CODE).verdict is PaperVerdict.IN_FORCE


def test_new_terms_are_in_force_since_all_agreed_to_them() -> None:
    found = contract("ACTIVE", form(1, OLDER, CONFIRMED), form(2, CODE, CHANGED), version=2)
    assert check_code(found, CODE) == PaperCheck(PaperVerdict.IN_FORCE, CHANGED, "ACTIVE", 2)


@pytest.mark.parametrize(
    "found", [None, contract("CONFIRMED"), contract("CONFIRMED", form(1, None, CONFIRMED), form(2, OLDER, None))]
)
def test_another_code_and_no_contract_get_one_answer(found: dict[str, Any] | None) -> None:
    assert check_code(found, CODE) is NO_MATCH
    assert check_hash(found, "f" * 64) is NO_MATCH
