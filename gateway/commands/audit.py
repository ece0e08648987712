"""`voicepact audit`: check that nobody has altered the record."""

import asyncio
import re
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cyclopts import App
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from contracts.fields.reference import is_reference
from contracts.proof import verify as verifying
from contracts.proof.verify import BrokenRecord, Keys
from gateway.commands.existing import existing_database
from gateway.commands.startup import DATA_DIR, StartError
from gateway.commands.terminal import echo, pluralize
from storage.audit import AuditReader
from storage.postgres import database

Row = dict[str, Any]
Step = Callable[[], None]

audit = App(name="audit", help="The record: has anybody altered it?")


@dataclass(slots=True)
class Counts:
    """How many rows were checked. `signatures`: signed confirmations; `unsigned`: those from before migration 0007;
    `unsealed`: entries that are too new to have a seal."""

    entries: int = 0
    chains: int = 0
    seals: int = 0
    checkpoints: int = 0
    signatures: int = 0
    unsigned: int = 0
    contracts: int = 0
    unsealed: int = 0


@audit.command
def verify(*, contract: str | None = None, data_dir: Path = DATA_DIR) -> None:
    """Recompute every hash, follow every chain and check every signature. Name the first wrong row, and exit with 1.

    Parameters
    ----------
    contract: check only the contract with this reference of 8 digits.
    """
    if contract is not None and not is_reference(contract):
        if re.fullmatch(r"[0-9]{8}", contract):
            raise StartError(f"--contract: {contract} is no contract number: a digit is mistyped")
        raise StartError("--contract: should be the 8 digits of a contract")
    started = time.monotonic()
    with existing_database(data_dir) as url, _progress() as bar:
        try:
            counts = asyncio.run(verify_all(url, contract, bar))
        except BrokenRecord as broken:
            echo(f"BROKEN  {broken}")
            sys.exit(1)
    echo(
        f"whole   {pluralize(counts.entries, 'audit entry', 'audit entries')} in {pluralize(counts.chains, 'chain')}, "
        f"{pluralize(counts.seals, 'seal')}, {pluralize(counts.checkpoints, 'checkpoint')}, "
        f"{pluralize(counts.signatures, 'signature')}, {pluralize(counts.contracts, 'contract')} "
        f"in {time.monotonic() - started:.1f} s"
    )
    if counts.unsealed:
        echo(
            f"        {pluralize(counts.unsealed, 'entry is', 'entries are')} not sealed yet: "
            "a running service seals within seconds"
        )
    if counts.unsigned:
        unsigned = pluralize(counts.unsigned, "confirmation is", "confirmations are")
        echo(f"        {unsigned} from before words were signed")


async def verify_all(url: str, reference: str | None, bar: Progress) -> Counts:
    """Raise BrokenRecord for the first row that is wrong. Reads one snapshot of the database."""
    connection = await database.connect(url)
    try:
        await database.set_json_codec(connection)
        walk = AuditReader(connection)
        if not await walk.has_tables():
            raise StartError("the schema is older than this code: run `voicepact db up` first")
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            if reference and not await walk.limit_to(reference):
                raise StartError(f"--contract: there is no contract {reference}")
            sizes, keys, since = await walk.sizes(), await walk.keys(), await walk.signed_since()
            task = bar.add_task("", total=None if reference else sum(sizes.values()))
            counts = await _verify(walk, keys, since, lambda: bar.advance(task), is_whole=reference is None)
            counts.unsealed = 0 if reference else sizes["entries"] - counts.seals
            return counts
    finally:
        await connection.close()


async def _verify(walk: AuditReader, keys: Keys, since: datetime, step: Step, *, is_whole: bool) -> Counts:
    counts, before = Counts(), None
    async for row in walk.entries():
        before = before if before and before["chain_id"] == row["chain_id"] else None
        counts.chains += before is None
        verifying.check_entry(row, before)
        before, counts.entries = row, counts.entries + 1
        step()
    before = None
    async for row in walk.seals():
        if is_whole:
            verifying.check_seal(row, before)
        else:
            verifying.check_sealed(row)
        before, counts.seals = row, counts.seals + 1
        step()
    before = None
    async for row in walk.checkpoints():
        verifying.check_checkpoint(row, before, await walk.seals_between(row["from_seq"], row["to_seq"]), keys)
        before, counts.checkpoints = row, counts.checkpoints + 1
        step()
    async for row in walk.confirmations():
        is_signed = verifying.check_confirmation(row, keys, since)
        counts.signatures += is_signed
        counts.unsigned += not is_signed
        step()
    async for row in walk.contracts():
        verifying.check_contract(row["contract"], row["form"], row["agreed"], since)
        verifying.check_none_missing(row["contract"], row["unsaid"])
        counts.contracts += 1
        step()
    return counts


def _progress() -> Progress:
    columns = (TextColumn("verifying"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty())
