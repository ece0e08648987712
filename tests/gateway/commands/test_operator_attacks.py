"""An operator against their own record, with the database and both keys: each other past that they can write agrees
with itself, and is refused by a witness that has seen the right one, by `audit verify` with a checkpoint that somebody
kept, and by the verifier with the policy of a stranger."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
import pytest_asyncio

from contracts.effects import SayDelivered
from contracts.proof.log.checkpoints import AddCheckpoint, Checkpoint, read_checkpoint, write_add_checkpoint
from contracts.proof.log.keys import ED25519, verifier_key
from contracts.proof.log.tiles import consistency_proof, tiles_of_consistency
from contracts.proof.log.witnessing import SPLIT, NotCosigned, logs_of
from contracts.proof.verify import BrokenRecord
from gateway.evidence.log_tiles import read_tiles
from gateway.witness_service.cosigner import Cosigner
from storage.embedded.servers import ServerUrls
from storage.signing import Signer
from storage.witness_book import NAME, WitnessBook
from tests.databases import execute, renamed
from tests.gateway.audit_record import LOG_SIGNER, ORIGIN, log_audit, verify_record
from tests.gateway.commands import forged_record
from tests.gateway.commands.forged_record import KEY, Forger, forge
from tests.gateway.contracts_by_rest import make_confirmed_contract
from tests.gateway.evidence_pack import fetch_pack
from tests.gateway.operator_client import NOON, SELLER, Operator, open_operator
from tests.gateway.signed_contract import act_behind_pin
from tests.verifier.two_verifiers import by_python, first_fault
from values.frozen import Frozen

LOG_KEY: Final = verifier_key(ORIGIN, ED25519, LOG_SIGNER.public_key)
PINNED: Final = {KEY.key_id: KEY.public_key}
OWN: Final = Signer.from_text("YW4gb3BlcmF0b3IncyBrZXkgb2YgdGhlaXIgb3duISE=")

Live = Callable[[Operator], Awaitable[object]]


class Honest(Frozen):
    """The database, and one from before the last act; the checkpoint that a witness has, and how many leaves it has."""

    url: str
    backup: str
    note: bytes
    head: Checkpoint


async def live_on(operator: Operator) -> None:
    await make_confirmed_contract(operator)


async def live_earlier(operator: Operator) -> None:
    operator.services.now = lambda: NOON - timedelta(days=9)
    await make_confirmed_contract(operator)
    operator.services.now = lambda: NOON + timedelta(minutes=2)


@pytest_asyncio.fixture(scope="module")
async def honest(servers: ServerUrls, template_database: str) -> AsyncIterator[Honest]:
    names = [f"honest_{uuid4().hex[:8]}" for _ in range(2)]
    try:
        await execute(servers.database_url, f"CREATE DATABASE {names[0]} TEMPLATE {template_database}")
        url, backup = (renamed(servers.database_url, name) for name in names)
        async with open_operator(url, servers.redis_url) as operator:
            contract = await make_confirmed_contract(operator)
            await make_confirmed_contract(operator)
        await execute(servers.database_url, f"CREATE DATABASE {names[1]} TEMPLATE {names[0]}")
        async with open_operator(url, servers.redis_url) as operator:
            await act_behind_pin(operator, SELLER, SayDelivered(str(contract["id"])))
            await log_audit(operator)
            newest = await operator.services.evidence.log.newest_checkpoint()
            assert newest
        yield Honest(url, backup, newest["note"], read_checkpoint(newest["note"])[0])
    finally:
        for name in names:
            await execute(servers.database_url, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@asynccontextmanager
async def forged(
    servers: ServerUrls, honest: Honest, edit: Callable[[Forger], Awaitable[None]] | None, live: Live | None,
    signer: Signer = KEY,
) -> AsyncIterator[Operator]:  # fmt: skip
    """The record after an attack, entered into its log and signed again."""
    name, of = f"forged_{uuid4().hex[:8]}", honest.url if edit else honest.backup
    await execute(servers.database_url, f"CREATE DATABASE {name} TEMPLATE {urlsplit(of).path.lstrip('/')}")
    try:
        url = renamed(servers.database_url, name)
        await forge(url, edit or forged_record.nothing, signer)
        async with open_operator(url, servers.redis_url) as operator:
            operator.services.now = lambda: NOON + timedelta(minutes=2)
            if live:
                await live(operator)
            await log_audit(operator)
            yield operator
    finally:
        await execute(servers.database_url, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


async def shown_to_witness(operator: Operator, honest: Honest, folder: Path) -> NotCosigned:
    """Show the log to a witness that has the right one, as well as it can be done. Return why it refuses."""
    book = WitnessBook.make(folder / NAME, "witness.example")
    cosigner = Cosigner(book, logs_of([LOG_KEY]), lambda: 1_800_000_000)
    assert cosigner.add_checkpoint(write_add_checkpoint(AddCheckpoint(0, (), honest.note)))
    rows = operator.services.evidence.log
    newest = await rows.newest_checkpoint()
    assert newest and newest["note"] != honest.note
    old, new = min(honest.head.size, newest["size"]), newest["size"]
    proof = consistency_proof(old, new, await read_tiles(rows, newest["log"], tiles_of_consistency(old, new)))
    try:
        with pytest.raises(NotCosigned) as refused:
            cosigner.add_checkpoint(write_add_checkpoint(AddCheckpoint(old, tuple(proof), newest["note"])))
        return refused.value
    finally:
        book.close()


@pytest.mark.parametrize(
    ("edit", "live"),
    [
        pytest.param(forged_record.smaller_amount, None, id="amount"),
        pytest.param(forged_record.no_contract, None, id="removal"),
        pytest.param(forged_record.nothing, live_on, id="invention"),
        pytest.param(forged_record.nothing, live_earlier, id="backdating"),
        pytest.param(forged_record.other_texts, None, id="rewritten texts"),
        pytest.param(None, live_on, id="roll-back"),
        pytest.param(forged_record.nothing, None, id="split view"),
    ],
)
async def test_another_past_is_refused_by_whoever_has_seen_the_right_one(
    servers: ServerUrls, honest: Honest, edit: Callable[[Forger], Awaitable[None]] | None, live: Live | None,
    tmp_path: Path,
) -> None:  # fmt: skip
    async with forged(servers, honest, edit, live) as operator:
        await verify_record(operator, pinned=PINNED)  # with both keys, it agrees with itself
        with pytest.raises(BrokenRecord, match=rf"log_tiles {re.escape(ORIGIN)}: .*{honest.head.size} leaves"):
            await verify_record(operator, head=honest.head, pinned=PINNED)
        refusal = await shown_to_witness(operator, honest, tmp_path)
        assert refusal.status in (409, 422) and (refusal.evidence or refusal.size == honest.head.size)
        if edit in (forged_record.smaller_amount, forged_record.other_texts):
            assert refusal.evidence == SPLIT  # of one size: both notes prove it to anybody
        reference = await operator.services.records.pool.fetchval("SELECT min(reference) FROM contracts")
        witness = verifier_key("witness.example", 4, OWN.public_key).line
        policy = f"log {LOG_KEY.line}\nwitness w {witness}\nquorum w\n".encode()
        report = by_python(await fetch_pack(operator, str(reference)), (KEY.key_id,), policy)
        assert first_fault(report) == ("checkpoint.note", "quorum")


async def test_words_that_a_key_of_their_own_signed_do_not_count(servers: ServerUrls, honest: Honest) -> None:
    async with forged(servers, honest, forged_record.nothing, None, OWN) as operator:
        with pytest.raises(BrokenRecord, match=r"signature_keys .* is neither pinned nor was it handed over to"):
            await verify_record(operator, pinned=PINNED)
