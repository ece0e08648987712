"""What people write back, tried with real people's words: `sms_words.json`, by what waits for them and what is right.

Each text comes from somebody of their own, with a contract of their own, to one service.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Iterable
from pathlib import Path
from typing import Any

import orjson
import pytest_asyncio

from contracts.sms.vocabulary import Intent
from tests.gateway.operator_client import contract_body
from tests.service import Service, open_service

WORDS: dict[str, dict[str, list[str]]] = orjson.loads(Path(__file__).with_name("sms_words.json").read_bytes())
AT_ONCE = 20

# What each contract has become, if the text was acted on.
_ACTS = {
    "confirms": "signed", "declines": "CANCELLED", "completes as received": "COMPLETED",
    "counts as delivered": "ACTIVE", "counts a part": "part", "opens a dispute": "DISPUTED",
}  # fmt: skip
_BEFORE = {"offer": "PENDING", "delivered": "ACTIVE", "selling": "CONFIRMED", "buying": "CONFIRMED"}
_KINDS = {intent.value for intent in Intent}
# The kinds of the answers that are right, for what changes no contract.
_ANSWERS = {
    "HELP": {"help", "help_buying", "help_selling", "help_pin"}, "STOP": {"stopped"}, "START": {"started"},
    "LIST": {"list", "status"}, "STATUS": {"status"}, "LANG": {"language", "languages"},
    "never echoed; a warning not to send a PIN": {"help_pin"},
}  # fmt: skip


class Case:
    """One text, who sends it, and the contract that waits for them."""

    def __init__(self, number: int, scenario: str, text: str, expected: str) -> None:
        self.number, self.scenario, self.text, self.expected = number, scenario, text, expected
        self.buyer, self.seller = f"+2547110{number:05}", f"+2547220{number:05}"
        self.sender = self.buyer if scenario in ("delivered", "buying") else self.seller
        self.reference = ""

    def __repr__(self) -> str:
        return f"{self.scenario}: {self.text!r}"


CASES = [
    Case(number, scenario, text, expected)
    for number, (scenario, text, expected) in enumerate(
        (scenario, text, expected) for scenario, by in WORDS.items() for expected, texts in by.items() for text in texts
    )
]


@pytest_asyncio.fixture
async def service(database_url: str, redis_url: str) -> AsyncIterator[Service]:
    async with open_service(database_url, redis_url, database_timeout_seconds=60) as running:  # on a busy machine too
        yield running


async def test_what_people_write_is_answered_and_nothing_is_guessed(service: Service) -> None:
    await _all(_makes_contract(service, case) for case in CASES)
    bound = [case for case in CASES if case.scenario != "offer"]
    await _all(service.phone(case.buyer).sends_sms(f"YES {case.reference}") for case in bound)
    await _all(service.phone(case.seller).sends_sms(f"YES {case.reference}") for case in bound)
    delivered = [case for case in CASES if case.scenario == "delivered"]
    await _all(service.phone(case.seller).sends_sms(f"DELIVERED {case.reference}") for case in delivered)
    before = {row["id"] for row in await service.db.fetch("SELECT id FROM sms_logs")}
    await _all(service.phone(case.sender).sends_sms(_written(case)) for case in CASES)

    messages, contracts = await _messages(service, before), await _contracts(service)
    wrong = {
        repr(case): why
        for case in CASES
        if (why := _what_is_wrong(case, contracts[case.reference], messages.get(case.sender, [])))
    }
    assert wrong == {}


def _written(case: Case) -> str:
    spaced = f"{case.reference[:4]} {case.reference[4:]}"
    return case.text.replace("{ref}", case.reference).replace("8356 0044", spaced)


async def _makes_contract(service: Service, case: Case) -> None:
    parties = [{"msisdn": case.buyer, "role": "buyer"}, {"msisdn": case.seller, "role": "seller"}]
    body = contract_body(parties=parties, terms__delivery_date="2027-06-30")
    headers = {"Authorization": f"Bearer {service.settings.api_key.get_secret_value()}"}
    made = await service.edge.request(
        "POST", "/v1/contracts", orjson.dumps(body), **headers, **{"Content-Type": "application/json"}
    )
    case.reference = orjson.loads(made.body)["reference"]


async def _all(done: Iterable[Awaitable[Any]]) -> None:
    limit = asyncio.Semaphore(AT_ONCE)

    async def one(act: Awaitable[Any]) -> None:
        async with limit:
            await act

    await asyncio.gather(*map(one, done))


async def _contracts(service: Service) -> dict[str, Any]:
    """Each contract by its reference, with what it has become: a status, "part", or who has signed the offer."""
    rows = await service.db.fetch(
        "SELECT id::text, reference, clock_stopped_at, CASE WHEN received::numeric > 0 THEN 'part'"
        " WHEN status = 'PENDING' AND EXISTS (SELECT FROM contract_signatures s"
        " WHERE s.contract_id = c.id::uuid AND s.status = 'signed')"
        " THEN 'signed' ELSE status END AS became FROM contract_records c"
    )
    return {row["reference"]: row for row in rows}


async def _messages(service: Service, before: set[Any]) -> dict[str, list[Any]]:
    rows = await service.db.fetch(
        "SELECT m.id, direction, kind, text, contract_id::text, msisdn"
        " FROM sms_logs m JOIN phones f ON f.id = m.phone_id"
    )
    found: dict[str, list[Any]] = {}
    for row in rows:
        if row["id"] not in before:
            found.setdefault(row["msisdn"], []).append(row)
    return found


def _what_is_wrong(case: Case, contract: Any, messages: list[Any]) -> str | None:
    """Return what the service made of the text if it is none of the answers that are right."""
    taken = [row for row in messages if row["direction"] == "in"]
    answers = [row for row in messages if row["direction"] == "out"]
    became = contract["became"]
    found = (
        f"{became}, taken for {[row['kind'] for row in taken]}, answered {[(r['kind'], r['text']) for r in answers]}"
    )
    if not answers or [row["kind"] in _KINDS for row in taken] != [True]:
        return found
    if became != _BEFORE[case.scenario]:
        return None if became in [_ACTS.get(right) for right in case.expected.split(" or ")] else f"GUESSED: {found}"
    if case.scenario == "delivered" and contract["clock_stopped_at"] is None:
        return f"THE CLOCK RUNS ON: {found}"
    named = taken[0]["contract_id"] == contract["id"] and any(case.reference in row["text"] for row in answers)
    if named and ("naming the contract" in case.expected or "about this contract" in case.expected):
        return None
    right = set().union(*(_ANSWERS.get(answer, set()) for answer in (*case.expected.split(" or "), case.expected)))
    echoes_pin = any(re.search(r"(?<!\d)4826(?!\d)", row["text"]) for row in messages)
    return None if any(row["kind"] in right for row in answers) and not echoes_pin else found
