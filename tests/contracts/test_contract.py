"""What a contract is: its transitions, which are the same wherever they are written, and its row."""

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from contracts import contract as module
from contracts.contract import (
    TRANSITIONS,
    Contract,
    Deadline,
    IllegalTransitionError,
    Party,
    Role,
    Signature,
    Status,
    TimeAct,
    status_between,
)
from contracts.rules import transitions
from tests.contracts.make_contracts import AMINA, BARAKA, CHEGE, NOON, OTIENO, TERMS, make_contract, make_offer

DOCS = Path(__file__).parents[2] / "docs" / "contracts.md"
PAIRS = {(before, after) for before, statuses in TRANSITIONS.items() for after in statuses}
OVER = {Status.COMPLETED, Status.CANCELLED, Status.EXPIRED}


def test_the_drawing_in_the_docs_has_the_transitions_of_the_rules() -> None:
    drawing = DOCS.read_text().partition("stateDiagram-v2")[2].partition("```")[0]
    assert set(re.findall(r"^ *([A-Z]+) --> ([A-Z]+):", drawing, re.MULTILINE)) == PAIRS
    assert set(re.findall(r"([A-Z]+) --> \[\*\]", drawing)) == OVER


async def test_the_trigger_of_the_database_has_the_transitions_of_the_rules(database_url: str) -> None:
    """The list in the trigger after all migrations; tests/storage/test_table_contracts.py tries each pair."""
    connection = await asyncpg.connect(database_url)
    try:
        source = await connection.fetchval("SELECT prosrc FROM pg_proc WHERE proname = 'contracts_move_legally'")
    finally:
        await connection.close()
    listed = source.partition("NOT IN (")[2].partition("))")[0] + ")"
    assert set(re.findall(r"\('([A-Z]+)', '([A-Z]+)'\)", listed)) == PAIRS


@pytest.mark.parametrize("after", Status)
@pytest.mark.parametrize("before", Status)
def test_a_contract_passes_through_active_or_nothing(before: Status, after: Status) -> None:
    if (before, after) in PAIRS or (before is after and before not in OVER):
        assert status_between(before, after) is None
    elif before is Status.CONFIRMED and after in (Status.COMPLETED, Status.DISPUTED):
        assert status_between(before, after) is Status.ACTIVE
    else:
        with pytest.raises(IllegalTransitionError, match=f"from {before} to {after}"):
            status_between(before, after)


def test_a_rule_cannot_make_a_transition_that_the_list_does_not_have(monkeypatch: pytest.MonkeyPatch) -> None:
    active = make_contract(Status.ACTIVE)
    assert isinstance(transitions.receive(active, BARAKA), Contract)
    monkeypatch.setattr(module, "TRANSITIONS", {**TRANSITIONS, Status.ACTIVE: frozenset({Status.DISPUTED})})
    with pytest.raises(IllegalTransitionError, match="from ACTIVE to COMPLETED"):
        transitions.receive(active, BARAKA)


def test_every_status_is_reached_and_leads_to_an_end() -> None:
    assert set(TRANSITIONS) == set(Status)
    assert {status for status in Status if not TRANSITIONS[status]} == OVER
    assert set(_reached_from(Status.PENDING, TRANSITIONS)) == set(Status)


def _reached_from(first: Status, table: Mapping[Status, frozenset[Status]]) -> Iterator[Status]:
    found, left = {first}, [first]
    while left:
        yield (status := left.pop())
        left += table[status] - found
        found |= table[status]


def test_a_contract_waits_for_those_who_have_not_answered_while_it_is_pending() -> None:
    assert make_offer().waits_for(BARAKA)
    assert not make_offer().waits_for(AMINA), "who has signed"
    assert not make_offer().waits_for(CHEGE), "whom the contract does not bind"
    assert not make_offer().waits_for(OTIENO), "who is not in the contract"
    assert not any(make_offer(status).waits_for(BARAKA) for status in Status if status is not Status.PENDING)


def test_a_contract_is_read_from_its_row() -> None:
    row = {
        "id": "6b6b1c5e-0000-4000-8000-000000000001",
        "reference": "40718353",
        "version": 2,
        "status": "CONFIRMED",
        "type": "other",
        "terms": TERMS.to_json(),
        "created_at": "2026-03-01T12:00:00+00:00",
        "parties": [
            {"phone_id": str(UUID(int=1)), "msisdn": AMINA, "role": "seller", "name": "Amina", "language": "sw",
             "signature": "signed", "salt": "ab" * 16},
            {"phone_id": str(UUID(int=3)), "msisdn": CHEGE, "role": "witness", "name": None, "language": None,
             "signature": None, "salt": None},
        ],
        "terms_version": 2, "delivered_at": None, "received": "12.5",
        "part_at": "2026-03-01T12:00:00+00:00", "settled": "12.5", "last_proposal": 3, "proposal": None,
        "dispute": None, "clock_stopped_at": "2026-03-01T12:00:00+00:00", "clock_stopped_by": str(UUID(int=2)),
        "clock_started_at": None, "next_what": "expire", "next_at": "2026-03-08T12:00:00+00:00",
        "forms": {"2": "ff" * 32},
    }  # fmt: skip
    found = Contract.from_row(row)
    assert (found.terms_version, found.received, found.last_n) == (2, Decimal("12.5"), 3)
    assert (found.part_at, found.settled) == (NOON, Decimal("12.5"))
    assert (found.clock_stopped_at, found.clock_stopped_by, found.clock_started_at) == (NOON, UUID(int=2), None)
    assert found.deadline == Deadline(TimeAct.EXPIRE, NOON + timedelta(days=7))
    assert found.form_hashes == {2: "ff" * 32}
    assert (found.terms, found.created_at, found.status) == (TERMS, NOON, Status.CONFIRMED)
    assert found.party(AMINA) == Party(UUID(int=1), AMINA, Role.SELLER, "Amina", "sw", Signature.SIGNED, "ab" * 16)
    assert found.party(CHEGE) == Party(UUID(int=3), CHEGE, Role.WITNESS, None, None, None)
    assert AMINA not in repr(found), "no number in a repr"
