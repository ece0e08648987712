"""The same random acts on a real PostgreSQL: each is written once, and read back as the rules decided it.

VOICEPACT_RECORD_STEPS says how many acts are attempted."""

import os
from collections import Counter
from datetime import datetime
from random import Random
from uuid import UUID, uuid4

from contracts import actions
from contracts.contract import Contract, ContractType, Party, Status
from contracts.dispute import DisputeEnd
from contracts.rules import creation
from contracts.rules.creation import NewContract
from contracts.rules.plan import Plan
from gateway.outbox.compose import MessageComposer
from storage.acts.rows import ApiOnce, MoOnce
from storage.records import Records
from tests.contracts.rules.contract_model import OVER
from tests.contracts.rules.random_acts import (
    PERIODS,
    START,
    Attempt,
    make_parties,
    make_terms,
    plan_attempt,
    random_attempt,
)
from tests.storage.make_acts import open_records
from values.frozen import replace

STEPS = int(os.environ.get("VOICEPACT_RECORD_STEPS", "2000"))
SEED = 20261128
COMPOSER = MessageComposer("en", "*483#")
_ATTEMPTS_EACH = 40
_CHANNELS = {"assign": "api", "wait": "service", "start": "api"}


async def test_what_is_read_back_is_what_the_rules_said(database_url: str) -> None:
    random, seen, attempted = Random(SEED), Counter[object](), 0  # noqa: S311 - not for secrets
    async with open_records(database_url) as records:
        while attempted < STEPS:
            attempted += await attempt_acts(records, random, seen)
    assert {status for status in Status if seen[status]} == set(Status), "every status was met"
    assert seen["settled"], "one was completed with a part"
    assert seen["stopped"] and seen["started"], "a clock was stopped, and one was started again"
    assert all(seen[ended] for ended in DisputeEnd), "disputes ended in every way"
    assert seen["done"] > STEPS / 10 and seen["refused"] > STEPS / 10


async def attempt_acts(records: Records, random: Random, seen: Counter[object]) -> int:
    """Attempt random acts on one contract, to its end or some way; return how many."""
    offered = tuple(replace(party, phone_id=None, signature=None) for party in make_parties(random))
    facts = await records.facts(None, None, [party.msisdn for party in offered])
    known = {row["msisdn"]: UUID(row["id"]) for row in facts.others}
    parties = tuple(replace(party, phone_id=known.get(party.msisdn)) for party in offered)
    made = creation.create_contract(NewContract(ContractType.OTHER, make_terms(random), parties), None, START, PERIODS)
    assert made.about and await write(records, made, "api", START)
    contract, now, attempted = await read(records, made.about), START, 0
    expected_rows = ExpectedRows(contract.id, made)
    for _ in range(_ATTEMPTS_EACH):
        attempt = random_attempt(random, contract, now)
        now, attempted = attempt.now, attempted + 1
        decided = plan_attempt(contract, attempt)
        if isinstance(decided, Plan):
            assert decided.about
            channel = _channel(attempt)
            assert await write(records, decided, channel, now), f"{attempt}"
            assert not await write(records, decided, channel, now), "what it was decided on has moved"
            contract = await read(records, decided.about)
            expected_rows.add(decided)
        seen["done" if isinstance(decided, Plan) else "refused"] += 1
        seen[contract.status] += 1
        seen["settled"] += contract.settled is not None
        seen["stopped"] += contract.clock_stopped_at is not None
        seen["started"] += contract.clock_started_at is not None
        if isinstance(decided, Plan) and decided.about and decided.about.dispute:
            seen[decided.about.dispute.ended] += 1
        if contract.status.value in OVER and random.random() < 0.5:
            break
    await expected_rows.check(records)
    return attempted


class ExpectedRows:
    """What should be in the audit and in the outbox, each once."""

    def __init__(self, contract_id: UUID, made: Plan) -> None:
        self.contract_id, self.audit, self.messages = contract_id, list[str](), Counter[tuple[str, str]]()
        self.add(made)

    def add(self, done: Plan) -> None:
        self.audit += [entry.action for entry in done.audit]
        self.messages.update((str(notice.msisdn), notice.kind.value) for notice in done.notices)

    async def check(self, records: Records) -> None:
        assert [entry["action"] for entry in await records.audit_entries(self.contract_id)] == self.audit
        rows = await records.pool.fetch(
            "SELECT f.msisdn, m.kind FROM sms_logs m JOIN phones f ON f.id = m.phone_id WHERE m.contract_id = $1",
            self.contract_id,
        )
        assert Counter((row["msisdn"], row["kind"]) for row in rows) == self.messages


async def write(records: Records, decided: Plan, channel: str, now: datetime) -> bool:
    """Carry out a plan as the phone, the operator or time would, each time for another cause."""
    once = uuid4().hex
    api, mo = (ApiOnce(once, "ab"), None) if channel == "api" else (None, MoOnce(channel, once))
    messages = COMPOSER.compose(decided.notices, now)
    return await actions.carry_out(records, decided, channel=channel, now=now, api=api, mo=mo, messages=messages)


async def read(records: Records, about: Contract) -> Contract:
    """Read the contract back, and check that it is `about`."""
    row = await records.contract(about.id)
    assert row
    found = Contract.from_row(row)
    ids = {party.msisdn: party for party in found.parties}
    # What only the record knows: a newcomer's id, salts, hashes of forms. A dispute that is closed it no longer shows.
    expected = replace(
        about,
        parties=tuple(sorted((_like(party, ids[party.msisdn]) for party in about.parties), key=_place)),
        form_hashes=found.form_hashes,
        dispute=None if about.dispute and about.dispute.status == "closed" else about.dispute,
    )
    assert found == expected
    return found


def _like(party: Party, found: Party) -> Party:
    assert party.phone_id in (None, found.phone_id)
    told = party.told_costs or found.told_costs  # perhaps with an earlier contract
    return replace(party, phone_id=found.phone_id, salt=found.salt, language=found.language, told_costs=told)


def _place(party: Party) -> tuple[str, str]:
    return (party.role.value, party.msisdn)


def _channel(attempt: Attempt) -> str:
    by_operator = attempt.act in ("complain", "withdraw", "decide", "appeal", "write") and not attempt.yes
    return "api" if by_operator else _CHANNELS.get(attempt.act, "ussd")
