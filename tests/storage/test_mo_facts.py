"""What messages may be about, against a real PostgreSQL: looked up together, each in the light of its own sender."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from storage.acts.rows import Act, AuditRow, MessageRow, MoOnce, PersonRow
from storage.mo_facts import MoFactsReader, MoLookup
from storage.record_rows import MoFactsRow
from storage.records import Records
from tests.storage.make_acts import NOON, apply_new_contract, make_act, make_answer_act, make_sms, msisdn, open_records
from values.frozen import replace
from values.ids import new_id

A_MINUTE_LATER = NOON + timedelta(minutes=1)


@pytest_asyncio.fixture
async def records(database_url: str) -> AsyncIterator[Records]:
    async with open_records(database_url) as records:
        yield records


def asked(n: int, text: str = "yes", **more: Any) -> MoLookup:
    return replace(MoLookup(msisdn(n), text, None, A_MINUTE_LATER, True, "22483"), **more)


async def looked_up(records: Records, *mos: MoLookup) -> list[Any]:
    """In one turn of the loop."""
    reader = MoFactsReader(records.pool, ["help", "answers_paused"], ["offered"], ["meant_yes"], "answers_paused")
    return await asyncio.gather(*map(reader.read, mos), return_exceptions=True)


def about(found: MoFactsRow) -> list[str]:
    return [contract["reference"] for contract, _ in found.contracts]


def writes(n: int, text: str) -> Act:
    row = MessageRow(new_id(), "in", text, "yes", 1, msisdn=msisdn(n), provider="at", provider_message_id=text)
    return make_act(
        channel="sms", mo=MoOnce("at", f"{n} {text}"), people=(PersonRow(new_id(), msisdn(n)),), messages=(row,)
    )


def references(*rows: dict[str, Any]) -> list[str]:
    return [row["reference"] for row in rows]


async def test_each_mo_gets_the_contracts_of_its_own_sender(records: Records) -> None:
    """A hundred at once, from people with contracts of their own, with none, and unknown to us, in any order."""
    contracts = {buyer: await apply_new_contract(records, seller=1, buyer=buyer) for buyer in range(100, 140)}
    for n in range(200, 230):
        assert await records.apply(make_act(people=(PersonRow(new_id(), msisdn(n)),)))
    senders = [n for three in zip(range(100, 140), range(200, 240), range(300, 340), strict=True) for n in three]
    found = await looked_up(records, *map(asked, senders))
    known = {row["msisdn"]: row["id"] for row in await records.pool.fetch("SELECT id, msisdn FROM phones")}
    for n, row in zip(senders, found, strict=True):
        assert row.phone_id == known.get(msisdn(n))
        assert about(row) == (references(contracts[n]) if n in contracts else [])
        assert [texts for _, texts in row.contracts] == ([(f"hello {n}",)] if n in contracts else [])


async def test_two_mos_of_one_sender_each_get_what_they_ask_for(records: Records) -> None:
    first, second = await apply_new_contract(records, 1, 2), await apply_new_contract(records, 1, 2)
    assert await records.apply(make_answer_act(second, 2))
    assert await records.apply(writes(2, "habari"))
    waiting, named, newest, elsewhere = await looked_up(
        records,
        asked(2, wants_newest=False),
        asked(2, "habari", wants_newest=False, reference=second["reference"]),
        asked(2),
        asked(3, wants_newest=False, reference=second["reference"]),
    )
    assert about(waiting) == references(first)
    assert sorted(about(named)) == sorted(about(newest)) == sorted(references(first, second))
    assert about(elsewhere) == [], "a contract of others"
    assert [row.is_repeat for row in (waiting, named, newest)] == [False, True, False]


@pytest.mark.parametrize(("later", "is_in_day", "last"), [
    pytest.param(timedelta(seconds=59), True, "hello 2", id="just now"),
    pytest.param(timedelta(seconds=60), True, None, id="a minute later"),
    pytest.param(timedelta(minutes=60), True, None, id="an hour later"),
    pytest.param(timedelta(days=1), False, None, id="a day later"),
])  # fmt: skip
async def test_each_mo_is_looked_up_at_its_own_time(
    records: Records, later: timedelta, is_in_day: bool, last: str | None
) -> None:
    helped, paused = replace(make_sms(2), kind="help"), replace(make_sms(2), kind="answers_paused", text="later")
    assert await records.apply(make_act(people=(PersonRow(new_id(), msisdn(2)),), messages=(helped,)))
    at_once, found = await looked_up(records, asked(2, at=NOON), asked(2, at=NOON + later))
    assert (at_once.answered_at, at_once.last_answer, at_once.paused_at) == ((NOON,), "hello 2", None)
    assert (found.answered_at, found.last_answer) == ((NOON,) if is_in_day else (), last)
    assert await records.apply(make_act(people=(PersonRow(new_id(), msisdn(2)),), messages=(paused,)))
    [again] = await looked_up(records, asked(2, at=NOON + later))
    assert (again.answered_at, again.paused_at) == (((NOON,), NOON) if is_in_day else ((), None))


@pytest.mark.parametrize(("later", "status", "said"), [
    pytest.param(timedelta(minutes=9), "submitted", "hello 2", id="sent"),
    pytest.param(timedelta(minutes=9), "failed", None, id="did not go"),
    pytest.param(timedelta(minutes=10), "submitted", None, id="ten minutes later"),
])  # fmt: skip
async def test_what_a_phone_was_told_last_is_known_while_it_stands(
    records: Records, later: timedelta, status: str, said: str | None
) -> None:
    """Whatever its kind."""
    assert await records.apply(make_act(people=(PersonRow(new_id(), msisdn(2)),), messages=(make_sms(2),)))
    await records.pool.execute(
        "UPDATE sms_logs SET status = $1, due_at = NULL, submitted_at = created_at, provider_message_id = '1',"
        " settled_at = CASE WHEN $1 = 'failed' THEN created_at END",
        status,
    )
    [found] = await looked_up(records, asked(2, at=NOON + later))
    assert found.last_said == said


async def test_mos_of_one_moment_are_looked_up_in_one_query(records: Records, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever they are from, and whatever they wait for."""
    for buyer in (100, 101, 102):
        await apply_new_contract(records, seller=1, buyer=buyer)
    queries, fetch = [], records.pool.fetch

    async def counted(query: str, *args: Any) -> Any:
        queries.append(query)
        return await fetch(query, *args)

    monkeypatch.setattr(records.pool, "fetch", counted)
    found = await looked_up(records, *map(asked, (100, 101, 102, 1, 300)))
    assert [len(row.contracts) for row in found] == [1, 1, 1, 3, 0]
    assert len(queries) == 1


async def test_an_mo_that_cannot_be_looked_up_fails_alone(records: Records) -> None:
    contract = await apply_new_contract(records, 1, 2)
    before, nul, broken, after = await looked_up(
        records, asked(2), asked(2, "\0"), asked(2, "\ud800"), asked(1, 'odd "text" \\ {}, \U0001f44d አዎ')
    )
    assert about(before) == about(after) == references(contract)
    assert isinstance(nul, asyncpg.DataError) and isinstance(broken, asyncpg.DataError)


async def test_a_stop_counts_only_for_its_sender(records: Records) -> None:
    stopped = PersonRow(new_id(), msisdn(2), opts_out=True)
    assert await records.apply(make_act(people=(stopped, PersonRow(new_id(), msisdn(3)))))
    found: Sequence[MoFactsRow] = await looked_up(records, asked(3), asked(2), asked(4))
    assert [row.opted_out for row in found] == [False, True, False]


async def test_a_proposal_is_found_for_the_party_it_waits_for(records: Records) -> None:
    """Two contracts alike but for the proposal: only it is unread by a yes to the offer before it."""
    contract, other = await apply_new_contract(records, 1, 2), await apply_new_contract(records, 1, 3)
    for row, n in ((contract, 2), (other, 3)):
        assert await records.apply(make_answer_act(row, n))
    await records.pool.execute(
        "INSERT INTO contract_proposals (contract_id, n, kind, by_id, consented, waiting, status, created_at) "
        "SELECT $1, 2, 'cancel', f.id, ARRAY[f.id], ARRAY[w.id], 'pending', $4 FROM phones f, phones w "
        "WHERE f.msisdn = $2 AND w.msisdn = $3",
        contract["id"], msisdn(1), msisdn(2), NOON,
    )  # fmt: skip
    asked_of, not_asked, proposer = await looked_up(
        records, asked(2, wants_newest=False), asked(3, wants_newest=False), asked(1)
    )
    assert about(asked_of) == references(contract) and asked_of.unread == {contract["id"]}
    assert about(not_asked) == [] and not_asked.unread == frozenset()
    assert sorted(about(proposer)) == sorted(references(contract, other)) and proposer.unread == {contract["id"]}


async def test_a_party_of_many_contracts_gets_the_newest_of_each_role_and_status(records: Records) -> None:
    rows = [await apply_new_contract(records, 1, buyer) for buyer in range(10, 22)]
    await records.pool.execute("UPDATE contract_parties SET since = since + n * interval '1 hour' FROM "
        "(SELECT id, row_number() OVER (ORDER BY id) AS n FROM contracts) AS c WHERE c.id = contract_id")  # fmt: skip
    [found] = await looked_up(records, asked(1))
    newest = sorted(rows, key=lambda row: str(row["id"]))[-6:]
    assert sorted(about(found)) == sorted(references(*newest))


@pytest.mark.reported("B01")
async def test_a_start_that_an_older_version_stored_as_of_2036_has_no_time(records: Records) -> None:
    person = PersonRow(new_id(), msisdn(1), opts_out=False)
    start = AuditRow("messages.started", person.id, person.id, None, {"sent_at": "2036-01-01T00:00:00+00:00"})
    assert await records.apply(make_act(people=(person,), audit=(start,)))
    (found,) = await looked_up(records, asked(1, "stop"))
    assert found.opted_sent_at is None
