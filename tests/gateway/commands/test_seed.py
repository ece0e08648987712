"""`voicepact seed`: a database with every state there is, whose record is whole; and where it refuses."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import asyncpg
import orjson
import pytest
import pytest_asyncio

from gateway.seeding.cooperative import MOST_VILLAGES, trade_in, village
from gateway.settings import Settings
from storage.embedded.servers import ServerUrls
from storage.postgres import database
from tests.gateway.commands.command_line import left_in, run_command
from tests.gateway.production_settings import PRODUCTION
from tests.service import fresh_database
from tests.serving import ROOT, open_serving
from tests.verifier.two_verifiers import by_python

WITHIN_SECONDS = 600.0  # on a busy machine
STATUSES = {"PENDING", "CONFIRMED", "ACTIVE", "COMPLETED", "DISPUTED", "CANCELLED", "EXPIRED"}


@dataclass(frozen=True)
class Seeded:
    """A database after `voicepact seed --contracts 60`: what the command printed, and the data folder with its keys."""

    database_url: str
    redis_url: str
    data_dir: Path
    printed: str
    db: "asyncpg.Connection[asyncpg.Record]"

    async def statuses(self, table: str, column: str = "status") -> set[str]:
        return {row[0] for row in await self.db.fetch(f"SELECT DISTINCT {column} FROM {table}")}  # noqa: S608 - our own

    async def gateway(self, *words: str) -> str:
        """Return what another command prints about this database."""
        process = await start(self.database_url, self.redis_url, self.data_dir, *words)
        return await printed_by(process)


async def start(database_url: str, redis_url: str, data_dir: Path, *words: str) -> asyncio.subprocess.Process:
    env = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "LANG", "ENVIRONMENT") if name in os.environ}
    env |= {"PYTHONPATH": str(ROOT), "DATABASE_URL": database_url, "REDIS_URL": redis_url, "COLUMNS": "200"}
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway", *words, "--data-dir", str(data_dir), env=env, cwd=data_dir.parent,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


async def printed_by(process: asyncio.subprocess.Process) -> str:
    """Return what a command prints that ends well."""
    async with asyncio.timeout(WITHIN_SECONDS):
        out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return out.decode()


@asynccontextmanager
async def seeded_database(servers: ServerUrls, template: str, folder: Path) -> AsyncIterator[Seeded]:
    async with fresh_database(servers.database_url, template) as url:
        data_dir = folder / "data"
        process = await start(url, servers.redis_url, data_dir, "seed", "--contracts", "60")
        printed = await printed_by(process)
        connection = await database.connect(url)
        await database.set_json_codec(connection)
        yield Seeded(url, servers.redis_url, data_dir, printed, connection)
        await connection.close()


@pytest_asyncio.fixture(scope="module")
async def seeded(
    servers: ServerUrls, template_database: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Seeded]:
    async with seeded_database(servers, template_database, tmp_path_factory.mktemp("seed")) as made:
        yield made


async def test_every_state_is_there(seeded: Seeded) -> None:
    assert await seeded.db.fetchval("SELECT count(*) FROM contracts") == 60
    assert await seeded.statuses("contracts") == STATUSES
    found = await seeded.db.fetch("SELECT status, count(*) AS n FROM contracts GROUP BY status")
    open_ones = {row["status"]: row["n"] for row in found if row["status"] not in ("COMPLETED", "CANCELLED", "EXPIRED")}
    assert open_ones == {"PENDING": 3, "CONFIRMED": 7, "ACTIVE": 7, "DISPUTED": 4}, "each story went as far as it says"
    assert await seeded.statuses("payments") == {"PENDING", "LOCKED", "RELEASED", "REFUNDED", "FAILED"}
    assert await seeded.statuses("transfers") >= {"accepted", "unknown", "held", "failed", "done"}
    assert await seeded.statuses("disputes") == {"open", "decided", "appealed", "closed"}
    assert await seeded.statuses("contract_proposals") >= {"pending", "accepted", "declined"}
    assert await seeded.statuses("sms_logs") >= {
        "queued", "submitted", "delivered", "failed", "rejected", "expired", "unconfirmed", "received"
    }  # fmt: skip
    assert await seeded.statuses("deliveries", "kind") == {"said", "full", "part"}
    assert await seeded.statuses("confirmations", "channel") == {"ussd", "sms", "api"}
    assert await seeded.statuses("contracts", "source") == {"ussd", "api"}


async def test_its_people_differ(seeded: Seeded) -> None:
    assert await seeded.statuses("phones", "language") >= {"en", "sw", "fr"}
    assert {bool(each) for each in await seeded.statuses("phones", "pin_hash IS NULL")} == {True, False}
    assert await seeded.db.fetchval("SELECT count(*) FROM phones WHERE opted_out") == 1
    numbers = [row["msisdn"] for row in await seeded.db.fetch("SELECT msisdn FROM phones")]
    assert all(re.fullmatch(r"\+2547[0-9]{2}000[0-9]{3}", number) for number in numbers)


async def test_what_waits_for_a_person_is_found(seeded: Seeded) -> None:
    disputes = await seeded.gateway("disputes", "waiting")
    assert "no mediator" in disputes and "Chief Wekesa Murunga" in disputes and "appealed" in disputes
    payments = await seeded.gateway("payments", "waiting")
    for wanted in ("money of no contract", "payout failed", "waits for approval", "payout: no outcome"):
        assert wanted in payments
    assert "AbsentSubscriber" in await seeded.gateway("messages", "dead")
    unclear = await seeded.db.fetchval("SELECT count(*) FROM sms_logs WHERE direction = 'in' AND kind = 'unclear'")
    assert unclear >= 2
    assert await seeded.db.fetchval("SELECT count(*) FROM contracts WHERE clock_stopped_at IS NOT NULL") >= 1


async def test_the_record_is_whole(seeded: Seeded) -> None:
    said = await seeded.gateway("audit", "verify")
    assert said.startswith("whole") and "60 contracts" in said


async def test_the_ledger_balances(seeded: Seeded) -> None:
    sums = await seeded.db.fetch(
        "SELECT account, sum(amount_minor)::bigint AS minor FROM ledger_entries GROUP BY account"
    )
    accounts = {row["account"]: row["minor"] for row in sums}
    assert sum(accounts.values()) == 0
    assert accounts["suspense"] == 12_500_00 + 800_00
    assert all(minor >= 0 for account, minor in accounts.items() if account != "rail")


async def test_it_says_what_to_look_at(seeded: Seeded) -> None:
    assert "added 60 contracts" in seeded.printed
    number = seeded.printed.partition("voicepact phone ")[2].split()[0]
    row = await seeded.db.fetchrow("SELECT pin_hash FROM phones WHERE msisdn = $1", number)
    assert row and row["pin_hash"], "who is named as having a PIN has one"


async def test_a_service_serves_it_and_the_published_verifier_agrees(seeded: Seeded) -> None:
    env = {"DATABASE_URL": seeded.database_url, "REDIS_URL": seeded.redis_url}
    async with open_serving(seeded.data_dir, **env) as serving:
        secrets = orjson.loads((seeded.data_dir / "secrets.json").read_bytes())
        headers = {"Authorization": f"Bearer {secrets['api_key']}"}

        async def get(path: str) -> bytes:
            async with serving.http.get(serving.url + path, headers=headers) as answer:
                assert answer.status == 200, await answer.text()
                return await answer.read()

        for status in sorted(STATUSES):
            items = orjson.loads(await get(f"/v1/contracts?status={status}"))["items"]
            assert items, status
            for item in items[:2]:
                pack = await get(f"/v1/contracts/{item['reference']}/evidence")
                report = by_python(pack)
                assert report["verdict"] == "whole", (item["reference"], report)
        for path in (
            "payments?status=LOCKED",
            "messages?status=failed",
            "messages?kind=unclear",
            "disputes?status=open",
        ):
            assert orjson.loads(await get(f"/v1/{path}"))["items"], path
        refused = await start(
            seeded.database_url, seeded.redis_url, seeded.data_dir.with_name("other"), "seed", "--contracts", "60"
        )
        _, err = await refused.communicate()
        assert refused.returncode == 2
        assert err.decode().splitlines()[-1].startswith("voicepact: a service or a worker runs on this database")


_MESSAGE_OF_A_STRANGER = """
WITH stranger AS (
    INSERT INTO phones (id, msisdn, created_at) VALUES (gen_random_uuid(), '+254712345678', now()) RETURNING id
)
INSERT INTO sms_logs (id, direction, phone_id, text, kind, act_id, status, segments, due_at, created_at)
SELECT gen_random_uuid(), 'out', id, 'Hello', 'help', gen_random_uuid(), 'queued', 1, at, at
FROM stranger, (VALUES (now() - interval '2 days')) AS t(at) RETURNING id"""


async def test_a_second_run_adds_to_the_same_people(seeded: Seeded) -> None:
    """A message that waited for somebody else still waits."""
    message = await seeded.db.fetchval(_MESSAGE_OF_A_STRANGER)
    people = await seeded.db.fetchval("SELECT count(*) FROM phones")
    printed = await seeded.gateway("seed", "--contracts", "60", "--random-seed", "2")
    assert "added 60 contracts" in printed
    assert await seeded.db.fetchval("SELECT count(*) FROM contracts") == 120
    assert await seeded.db.fetchval("SELECT count(*) FROM phones") == people
    said = await seeded.gateway("audit", "verify")
    assert said.startswith("whole") and "120 contracts" in said
    row = await seeded.db.fetchrow("SELECT status, tries FROM sms_logs WHERE id = $1", message)
    assert row and (row["status"], row["tries"]) == ("queued", 0)


@pytest.mark.parametrize(
    ("contracts", "until"),
    [("2000", "SELECT count(*) >= 200 FROM contracts"), ("60", "SELECT count(*) >= 3 FROM acted_hops")],
    ids=["the months before", "the last days"],
)
async def test_a_kill_leaves_a_whole_record(
    contracts: str, until: str, database_url: str, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENVIRONMENT", "testing")  # short codes cost less
    process = await start(database_url, redis_url, tmp_path / "data", "seed", "--contracts", contracts)
    connection = await asyncpg.connect(database_url)
    try:
        async with asyncio.timeout(WITHIN_SECONDS):
            while not await connection.fetchval(until):
                assert process.returncode is None, "it is killed before it has ended"
                await asyncio.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        await process.communicate()
        written = await connection.fetchval("SELECT count(*) FROM contracts")
    finally:
        await connection.close()
    assert process.returncode == -signal.SIGKILL and 0 < written < int(contracts)
    said = await printed_by(await start(database_url, redis_url, tmp_path / "data", "audit", "verify"))
    assert said.startswith("whole") and f"{written} contracts" in said
    again = await start(database_url, redis_url, tmp_path / "data", "seed", "--contracts", "60")
    assert "added 60 contracts" in await printed_by(again)


async def test_it_refuses_beside_another_seed(database_url: str, redis_url: str, tmp_path: Path) -> None:
    connection = await asyncpg.connect(database_url)
    await connection.execute("SELECT pg_advisory_lock(hashtextextended('voicepact seed', 0))")
    process = await start(database_url, redis_url, tmp_path / "data", "seed", "--contracts", "60")
    _, err = await process.communicate()
    assert process.returncode == 2
    assert err.decode().splitlines()[-1].startswith("voicepact: another seed runs on this database")
    assert await connection.fetchval("SELECT count(*) FROM contracts") == 0
    await connection.close()


@pytest.fixture
def nothing_is_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of ours in the environment, and an empty working folder."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("nothing_is_set")
def test_it_refuses_in_production(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in PRODUCTION.items():
        monkeypatch.setenv(name, value)
    ran = run_command("seed")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "voicepact: ENVIRONMENT: is production, where contracts that are made up would count\n"
    assert left_in(tmp_path) == []


ACCOUNTS: Mapping[str, Mapping[str, str]] = {
    "AT_API_KEY": {"AT_API_KEY": "atsk_5d0c3f7be19a42e8"},
    "PAWAPAY_TOKEN": {"PAWAPAY_TOKEN": "a.token-of-pawapay"},
    "TWILIO_AUTH_TOKEN": {
        "TWILIO_ACCOUNT_SID": f"AC{'5' * 32}", "TWILIO_AUTH_TOKEN": "0f" * 16, "TWILIO_SENDER": "+14155550100"
    },
    "MPESA_CONSUMER_KEY": {
        "MPESA_CONSUMER_KEY": "key", "MPESA_CONSUMER_SECRET": "a secret of a test", "MPESA_SHORTCODE": "600584",
        "MPESA_PASSKEY": "passkey", "MPESA_INITIATOR_NAME": "api", "MPESA_SECURITY_CREDENTIAL": "c2VhbGVk",
        "WEBHOOK_BASE_URL": "https://gateway.example.org", "WEBHOOK_TOKEN": "b3f0c27a9d614e85f0a1",
    },
}  # fmt: skip


@pytest.mark.usefixtures("nothing_is_set")
@pytest.mark.parametrize("name", ACCOUNTS)
def test_it_refuses_where_a_real_provider_could_be_reached(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for each, value in ACCOUNTS[name].items():
        monkeypatch.setenv(each, value)
    ran = run_command("seed")
    assert (ran.code, ran.out) == (2, ""), ran.err
    assert ran.err == f"voicepact: {name}: is set, and what is made up may reach no real provider: unset it\n"
    assert left_in(tmp_path) == []


@pytest.mark.usefixtures("nothing_is_set")
def test_it_refuses_beside_a_running_service(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "serve.json").write_bytes(orjson.dumps({"pid": os.getpid()}))
    ran = run_command("seed", "--data-dir", str(folder))
    assert ran.code == 2 and "a service runs on" in ran.err
    assert left_in(folder) == ["serve.json"]


def test_the_same_number_gives_the_same_trades() -> None:
    def trades(seed: int) -> list[Any]:
        random = Random(seed)  # noqa: S311 - no secrets
        return [trade_in(village(3), random, most=100_000) for _ in range(50)]

    assert trades(7) == trades(7) and trades(7) != trades(8)
    assert all(trade.total <= 100_000 and trade.total % trade.quantity == 0 for trade in trades(7))


def test_no_two_people_have_the_same_number() -> None:
    people = [person.msisdn for n in range(MOST_VILLAGES) for person in village(n).people]
    assert len(set(people)) == len(people)
    assert all(re.fullmatch(r"\+2547[0-9]{2}000[0-9]{3}", msisdn) for msisdn in people)
