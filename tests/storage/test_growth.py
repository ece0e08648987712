"""What a query reads grows neither with a person's contracts and messages nor with the tables.

Counted are the rows that a query fetches, as PostgreSQL counts them for its statistics, and not its time. Three people
are compared: one with so many contracts and messages that all limits are reached, one with three times as many, and one
with five contracts among all of these.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, Final, cast
from uuid import UUID

import pytest
import pytest_asyncio

from storage.contract_lists import MOST_MATCHES, ContractFilter, contracts_page, limits_of
from storage.disputes import DisputeRows
from storage.mo_facts import MoLookup
from storage.outbox import OutboxRows
from storage.pages import LOOKS, read_page
from storage.postgres.database import Pool, connect, open_pool
from storage.postgres.queries import QUERIES
from tests.databases import Databases
from tests.storage.make_acts import NOON

FEW, SOME, MANY = 1, 350, 1050
WITH_SOME, WITH_MANY, OTHER, WITH_FEW = [f"+25470000000{n}" for n in range(1, 5)]
NONE_HAS_IT: Final = UUID(int=1)

# $2 contracts of the buyer $1 in each of five statuses: those that are pending wait for their answer, those that are
# confirmed have a proposal that waits for it, and those that are active will be completed by their silence.
CONTRACTS = """
WITH made AS (
    INSERT INTO contracts (id, reference, type, terms, total_minor, currency, source, created_at, status, confirmed_at,
        active_at, completed_at, cancelled_at, delivered_at, next_what, next_at, clock_stopped_at, clock_stopped_by)
    SELECT uuidv7(), (10000000 + nextval('reference_numbers'))::text, 'other', '{"product": "maize", "quantity": "1"}',
        100, 'KES', 'ussd', $3::timestamptz + n * interval '1 second', s.status,
        CASE WHEN s.status IN ('CONFIRMED', 'ACTIVE', 'COMPLETED') THEN $3 END,
        CASE WHEN s.status IN ('ACTIVE', 'COMPLETED') THEN $3 END,
        CASE s.status WHEN 'COMPLETED' THEN $3 END, CASE s.status WHEN 'CANCELLED' THEN $3 END,
        CASE s.status WHEN 'ACTIVE' THEN $3 END,
        CASE s.status WHEN 'ACTIVE' THEN 'complete' END, CASE s.status WHEN 'ACTIVE' THEN $3 END, NULL, NULL
    FROM generate_series(1, $2::integer) AS n,
        unnest(ARRAY['PENDING', 'CONFIRMED', 'ACTIVE', 'COMPLETED', 'CANCELLED']) AS s(status)
    RETURNING id, status, created_at
), formed AS (
    INSERT INTO contract_forms (contract_id, terms_version, form, blake2b, made_at)
    SELECT m.id, 1, convert_to('{"delivery_place":"Nakuru","id":"' || m.id || '","product":"maize"}', 'UTF8'),
        sha256('x'), $3
    FROM made m WHERE m.status IN ('COMPLETED', 'CANCELLED')
), joined AS (
    INSERT INTO contract_parties (contract_id, phone_id, role, since)
    SELECT m.id, f.id, CASE WHEN f.msisdn = $1 THEN 'buyer' ELSE 'seller' END, m.created_at
    FROM made m, phones f WHERE f.msisdn IN ($1, $4)
    RETURNING contract_id, phone_id, role
), asked AS (
    INSERT INTO contract_signatures (contract_id, phone_id, status, settled_at)
    SELECT j.contract_id, j.phone_id,
        CASE WHEN m.status = 'PENDING' AND j.role = 'buyer' THEN 'pending' ELSE 'signed' END,
        CASE WHEN m.status = 'PENDING' AND j.role = 'buyer' THEN NULL ELSE $3::timestamptz END
    FROM joined j JOIN made m ON m.id = j.contract_id
), proposed AS (
    INSERT INTO contract_proposals (contract_id, n, kind, by_id, consented, waiting, status, created_at)
    SELECT m.id, 2, 'cancel', NULL, '{}', ARRAY[f.id], 'pending', $3 FROM made m, phones f
    WHERE m.status = 'CONFIRMED' AND f.msisdn = $1
)
INSERT INTO offers (contract_id, maker_id, made_n, addressee_id, asked_n, at)
SELECT m.id, o.id, nextval('reference_numbers'), f.id, nextval('reference_numbers'), $3
FROM made m, phones f, phones o WHERE m.status = 'PENDING' AND f.msisdn = $1 AND o.msisdn = $4
"""
MESSAGES = """
INSERT INTO sms_logs (id, direction, phone_id, text, kind, act_id, status, segments, created_at, shortcode, settled_at)
SELECT uuidv7(), d.direction, f.id, 'hello', 'help', uuidv7(), d.status, 1, $3::timestamptz - n * interval '1 second',
    '22483', CASE d.direction WHEN 'out' THEN $3::timestamptz END
FROM phones f, generate_series(1, $2::integer) AS n,
    (VALUES ('in', 'received'), ('out', 'failed')) AS d(direction, status)
WHERE f.msisdn = $1
"""


Look = Callable[[Pool, str], Awaitable[Any]]


def query(name: str, values: Callable[[str], Mapping[str, Any]]) -> Look:
    """One query about the person with an msisdn."""
    return lambda pool, msisdn: pool.fetch(*QUERIES[name](**values(msisdn)))


def contracts_of(along: str, status: str | None, *, stopped: bool = False) -> Look:
    """A page of contracts; of the person with an msisdn, if there is one."""
    return lambda pool, msisdn: read_page(
        pool, "contracts", along, 20, None,
        limits_of(ContractFilter(msisdn=msisdn or None, status=status, clock_stopped=stopped), along),
    )  # fmt: skip


def search(**wanted: Any) -> Look:
    return lambda pool, _: contracts_page(pool, 20, None, ContractFilter(**wanted))


OF_A_PERSON: Mapping[str, Look] = {
    "an SMS without a number": query("sms.mo_facts", lambda msisdn: {
        "lookups": [MoLookup(msisdn, "hello", None, NOON, True, "22483")],
        "answer_kinds": ["help"], "question_kinds": [], "asked_kinds": [], "silent_kinds": [],
        "pause_kind": "answers_paused", "most_answers": 24,
    }),
    "a hop": query("phones.callers", lambda msisdn: {"msisdns": [msisdn]}),
    "a dial": query("phones.diallers", lambda msisdn: {"msisdns": [msisdn]}),
    "their list": query("contracts.of_callers", lambda msisdn: {"msisdns": [msisdn]}),
    "their deliveries": query("contracts.deliveries_of_caller", lambda msisdn: {"msisdn": msisdn}),
    "an offer to them": query("phones.facts", lambda msisdn: {
        "msisdn": OTHER, "contract_id": None, "others": [msisdn], "most_offers": [5, 20, 50, 5, 20, 50],
    }),
    "their contracts by API": contracts_of("newest_of_phone", None),
    "those in a status that none has": contracts_of("newest_of_phone", "EXPIRED"),
    "their messages of a class that none has": lambda pool, msisdn: OutboxRows(pool).page(
        20, None, msisdn=msisdn, message_class="critical"
    ),
}  # fmt: skip
# Of an SMS 300 are messages. An index that is not vacuumed yet is counted with its rows.
MOST_ROWS: Final[Mapping[str, int]] = {
    "an SMS without a number": 800, "a hop": 50, "a dial": 260, "their list": 140, "their deliveries": 100,
    "an offer to them": 800, "their contracts by API": 260, "those in a status that none has": 2 * LOOKS + 10,
    "their messages of a class that none has": 2 * LOOKS + 10,
}  # fmt: skip
OF_ALL: Mapping[str, Look] = {
    "contracts with words that none has": search(words="gold teeth"),
    "contracts with words that all have": search(words="maize"),
    "contracts with words that all have, and of a type that none has": search(words="maize", type="logistics"),
    "contracts that changed": search(updated_since=NOON),
    "contracts with a party, newest first": search(party=NONE_HAS_IT, since=NOON),
    "contracts in a status that none has": contracts_of("newest_of_status", "EXPIRED"),
    "contracts whose clock stands": contracts_of("newest_stopped", None, stopped=True),
    "messages of no contract": lambda pool, _: OutboxRows(pool).page(20, None, contract_id=NONE_HAS_IT),
    "messages that wait": lambda pool, _: OutboxRows(pool).page(20, None, status="queued"),
    "texts taken for what none was taken for": lambda pool, _: OutboxRows(pool).page(20, None, meaning="check"),
    "messages of a class that none has": lambda pool, _: OutboxRows(pool).page(20, None, message_class="critical"),
    "disputes of no contract": lambda pool, _: DisputeRows(pool).page(20, None, None, NONE_HAS_IT),
    "disputes that wait": lambda pool, _: DisputeRows(pool).page(20, None, "open", None, escalated=True),
}


@pytest_asyncio.fixture(scope="module")
async def pool(databases: Databases) -> AsyncIterator[Pool]:
    url = await databases.check_out()
    connection = await connect(url)  # one that may scan tables and join by hash
    await connection.execute("CREATE TEMPORARY SEQUENCE reference_numbers")
    for msisdn in (WITH_SOME, WITH_MANY, OTHER, WITH_FEW):
        await connection.execute("INSERT INTO phones (id, msisdn, created_at) VALUES (uuidv7(), $1, $2)", msisdn, NOON)
    for msisdn, count in ((WITH_FEW, FEW), (WITH_SOME, SOME), (WITH_MANY, MANY)):
        await connection.execute(CONTRACTS, msisdn, count, NOON, OTHER)
        await connection.execute(MESSAGES, msisdn, 2 * count, NOON)
    await connection.execute(
        "UPDATE contracts SET next_at = next_at + interval '1 day', version = 2 WHERE next_at IS NOT NULL"
    )  # now the silence of each counts
    await connection.execute("ANALYZE")
    await connection.close()
    pool = await open_pool(url, smallest=1, largest=1, timeout_seconds=60)
    yield pool
    await pool.close()
    await databases.check_in()


async def rows_read(pool: Pool, look: Look, msisdn: str = "") -> int:
    """How many rows of tables one look fetches. The first, which plans it, is not counted."""
    async with pool.acquire() as connection:
        one = cast("Pool", connection)  # it fetches as a pool does
        await look(one, msisdn)
        async with connection.transaction():
            before = await _fetched(connection)
            await look(one, msisdn)
            return await _fetched(connection) - before


async def _fetched(connection: Any) -> int:
    found: int = await connection.fetchval(
        "SELECT sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::bigint FROM pg_stat_xact_user_tables"
    )
    return found


@pytest.mark.parametrize("name", OF_A_PERSON)
async def test_what_is_read_of_a_person_does_not_grow_with_what_they_have(pool: Pool, name: str) -> None:
    few, some, many = [await rows_read(pool, OF_A_PERSON[name], msisdn) for msisdn in (WITH_FEW, WITH_SOME, WITH_MANY)]
    assert 0 < few <= many <= some * 1.1
    assert many <= MOST_ROWS[name]


@pytest.mark.parametrize("name", OF_ALL)
async def test_what_a_list_reads_does_not_grow_with_its_table(pool: Pool, name: str) -> None:
    """The tables have 7,000 contracts, 2,800 of them with the form of their terms, and 5,600 messages."""
    most_counted = MOST_MATCHES + 1 if "words" in name else 0
    assert await rows_read(pool, OF_ALL[name]) <= most_counted + 2 * LOOKS + 100
