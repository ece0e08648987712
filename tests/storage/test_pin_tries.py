"""PIN tries: counted before the PIN is looked at, once a hop, so that guesses made at once cannot outrun the lock."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
import pytest_asyncio

from storage.acts.rows import PersonRow
from storage.postgres.queries import QUERIES
from storage.record_rows import DecisionFacts, Hop
from storage.records import Records
from tests.storage.make_acts import (
    NOON,
    apply_new_contract,
    count_rows,
    make_act,
    msisdn,
    open_records,
    open_two_records,
)

AMINA = msisdn(1)
FIVE = timedelta(minutes=5)


@dataclass
class Guesser:
    """Whoever types PINs into Amina's phone: each in a hop of its own, unless it says which."""

    records: Records
    now: datetime = NOON
    hops: int = field(default=0)

    async def guess(self, hop: str | None = None) -> DecisionFacts:
        self.hops += 1
        key = (hop or f"hop {self.hops}").encode()
        facts = await self.records.try_pin(AMINA, Hop("at", "s", key), self.now, None, [])
        assert facts
        return facts

    async def granted(self, times: int) -> list[bool]:
        return [(await self.guess()).granted for _ in range(times)]

    async def state(self) -> tuple[int, datetime | None]:
        row = await self.records.pool.fetchrow("SELECT * FROM phones WHERE msisdn = $1", AMINA)
        assert row
        return row["pin_tries"], row["pin_locked_until"]


async def has_pin(records: Records) -> None:
    """Amina has proposed a PIN and proved it."""
    for proved_at in (None, NOON):
        person = PersonRow(uuid4(), AMINA, pin_hash="the hash", pin_proved_at=proved_at)
        assert await records.apply(make_act(people=(person,)))


@pytest_asyncio.fixture
async def guesser(database_url: str) -> AsyncIterator[Guesser]:
    async with open_records(database_url) as records:
        await has_pin(records)
        yield Guesser(records)


async def test_a_pin_try_returns_the_hash_to_check(guesser: Guesser) -> None:
    facts = await guesser.guess()
    assert (facts.granted, facts.pin_hash, facts.has_pin) == (True, "the hash", True)
    assert "the hash" not in repr(facts)


async def test_an_unknown_phone_gets_no_pin_try(guesser: Guesser) -> None:
    assert await guesser.records.try_pin(msisdn(99), Hop("at", "s", b"h"), NOON, None, []) is None
    await guesser.records.apply(make_act(people=(PersonRow(uuid4(), msisdn(2)),)))
    facts = await guesser.records.try_pin(msisdn(2), Hop("at", "s", b"i"), NOON, None, [])
    assert facts and (facts.granted, facts.pin_hash) == (False, None)


async def test_tries_of_one_moment_each_get_what_their_hop_names_and_no_more(guesser: Guesser) -> None:
    """The statement looks for a contract, and for other people, if any of its tries names one."""
    records = guesser.records
    row = await apply_new_contract(records, seller=1, buyer=2)
    hops = [Hop("at", "s", key.encode()) for key in ("contract", "person", "neither")]
    with_contract, with_person, with_neither = await asyncio.gather(
        records.try_pin(AMINA, hops[0], NOON, row["id"], []),
        records.try_pin(msisdn(2), hops[1], NOON, None, [AMINA]),
        records.try_pin(AMINA, hops[2], NOON, None, []),
    )
    assert with_contract and with_contract.contract and with_contract.contract["reference"] == row["reference"]
    assert (with_contract.others, with_contract.offer) == ([], None)
    assert with_person and with_person.contract is None and with_person.offer
    assert [each["msisdn"] for each in with_person.others] == [AMINA]
    assert with_neither and (with_neither.contract, with_neither.others, with_neither.offer) == (None, [], None)


async def test_the_third_wrong_try_locks_the_pin(guesser: Guesser) -> None:
    assert await guesser.granted(5) == [True, True, True, False, False]
    assert await guesser.state() == (3, NOON + FIVE)


async def test_each_further_try_locks_for_longer(guesser: Guesser) -> None:
    waits = []
    for _ in range(6):
        assert await guesser.granted(4) == [True, True, True, False]
        _, until = await guesser.state()
        assert until
        waits.append(until - guesser.now)
        guesser.now = until - timedelta(seconds=1)
        assert await guesser.granted(1) == [False], "a second too early"
        guesser.now = until
    minutes = [wait.total_seconds() / 60 for wait in waits]
    assert minutes == [5, 30, 120, 1440, 1440, 1440]


async def test_tries_beyond_the_list_of_locks_use_the_last_lock(guesser: Guesser) -> None:
    await guesser.records.pool.execute("UPDATE phones SET pin_tries = 1000")
    assert await guesser.granted(2) == [True, False]
    assert await guesser.state() == (1001, NOON + timedelta(hours=24))


async def test_a_repeated_hop_counts_as_one_try(guesser: Guesser) -> None:
    assert [(await guesser.guess("the same")).granted for _ in range(10)] == [True] * 10
    assert (await guesser.state())[0] == 1


async def test_a_repeat_of_a_granted_hop_stays_granted_after_the_lock(guesser: Guesser) -> None:
    await guesser.guess("first")
    assert await guesser.granted(3) == [True, True, False]
    assert (await guesser.guess("first")).granted, "its repeat must get the same answer"
    assert (await guesser.state())[0] == 3


async def test_a_refused_hop_is_not_stored_and_may_try_again_later(guesser: Guesser) -> None:
    await guesser.granted(3)
    assert not (await guesser.guess("late")).granted
    guesser.now += FIVE
    assert (await guesser.guess("late")).granted


@pytest.mark.parametrize("round_", range(3))
async def test_guesses_at_the_same_moment_cannot_get_past_the_lock(database_url: str, round_: int) -> None:
    async with open_two_records(database_url) as (one, two):
        await has_pin(one)
        await asyncio.gather(*(records.caller("x") for records in (one, two) for _ in range(4)))
        guessers = [Guesser(one), Guesser(two)]
        tried = await asyncio.gather(*(guessers[n % 2].guess(f"{round_} {n}") for n in range(20)))
        assert sum(facts.granted for facts in tried) == 3
        assert await guessers[0].state() == (3, NOON + FIVE)


async def test_copies_of_one_hop_at_the_same_moment_count_once(database_url: str) -> None:
    async with open_two_records(database_url) as (one, two):
        await has_pin(one)
        guessers = [Guesser(one), Guesser(two)]
        tried = await asyncio.gather(*(guessers[n % 2].guess("the same") for n in range(20)))
        assert all(facts.granted for facts in tried)
        assert (await guessers[0].state())[0] == 1


async def test_the_right_pin_clears_tries_and_lock(guesser: Guesser) -> None:
    await guesser.granted(2)
    proved = PersonRow(uuid4(), AMINA, pin_hash="the hash", pin_proved_at=NOON)
    assert await guesser.records.apply(make_act(people=(proved,)))
    assert await guesser.state() == (0, None)
    assert await guesser.granted(4) == [True, True, True, False]


async def test_other_changes_of_a_person_do_not_clear_tries(guesser: Guesser) -> None:
    await guesser.granted(3)
    await guesser.records.apply(make_act(people=(PersonRow(uuid4(), AMINA, "sw"),)))
    assert await guesser.state() == (3, NOON + FIVE)


async def test_a_proof_of_a_pin_that_has_changed_meanwhile_counts_for_nothing(guesser: Guesser) -> None:
    """A new PIN is only proposed until it is typed again; an old one typed late does not make it count."""
    amina = await guesser.records.caller(AMINA)
    assert amina
    await guesser.records.apply(make_act(people=(PersonRow(amina.id, AMINA, pin_hash="a new hash"),)))
    await guesser.records.apply(make_act(people=(PersonRow(uuid4(), AMINA, pin_hash="the hash", pin_proved_at=NOON),)))
    row = await guesser.records.pool.fetchrow("SELECT * FROM phones WHERE msisdn = $1", AMINA)
    assert row and (row["pin_hash"], row["pin_proved_at"]) == ("a new hash", None)


async def test_a_pin_try_writes_only_its_count(guesser: Guesser) -> None:
    before = await count_rows(guesser.records.pool)
    await guesser.granted(5)
    after = await count_rows(guesser.records.pool)
    assert {table for table in after if after[table] != before[table]} == {"acted_hops"}
    assert after["acted_hops"] - before["acted_hops"] == 3


async def test_only_the_count_does_not_wait_for_the_disk(guesser: Guesser) -> None:
    """What follows before anybody learns what came of it does, and takes the count along."""
    hop = {"provider": "at", "session_id": "s", "hop_key": b"h"}
    pin_try = {"msisdn": AMINA, **hop, "hop_key": b"h".hex(), "at": NOON, "others": []}
    count = QUERIES["phones.try_pins"](tries=[pin_try], locks=[None], most_offers=[1] * 6)
    tell = QUERIES["phones.audit_wrong_pin"](msisdn=AMINA, **hop, now=NOON, act_id=uuid4())
    waits = []
    async with guesser.records.pool.acquire() as connection:
        for query in (count, tell):
            async with connection.transaction():
                assert (await connection.fetch(*query)) or query is tell
                waits.append(await connection.fetchval("SHOW synchronous_commit"))
        waits.append(await connection.fetchval("SHOW synchronous_commit"))
    assert waits == ["off", "on", "on"]


async def test_a_new_pin_of_a_person_who_was_made_under_another_id_meanwhile_is_left_out(guesser: Guesser) -> None:
    """Its hash is bound to the id that lost; they choose again."""
    await guesser.records.apply(make_act(people=(PersonRow(uuid4(), AMINA, pin_hash="of another id"),)))
    facts = await guesser.guess()
    assert (facts.pin_hash, facts.has_pin) == ("the hash", True)


async def test_a_try_tells_how_many_there_were_and_until_when_it_is_locked(guesser: Guesser) -> None:
    told = [await guesser.guess() for _ in range(4)]
    assert [(facts.pin_tries, facts.locked_until) for facts in told] == [
        (1, None), (2, None), (3, NOON + FIVE), (3, NOON + FIVE),
    ]  # fmt: skip
