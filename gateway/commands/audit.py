"""`voicepact audit`: check that nobody has altered the record."""

import asyncio
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.x509 import Certificate
from cyclopts import App
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from contracts.fields.reference import is_reference
from contracts.proof import verify as verifying
from contracts.proof.compare import check_rows
from contracts.proof.derived_rows import check_derived
from contracts.proof.log.checkpoints import Checkpoint
from contracts.proof.log.keys import BadKey, VerifierKey, parse_key
from contracts.proof.log.policy import BadPolicy, Policy, parse_policy
from contracts.proof.log.timestamps import load_roots
from contracts.proof.replay import replay
from contracts.proof.short_code import COST
from contracts.proof.suspense import check_suspense
from contracts.proof.verify import BrokenRecord, Keys
from gateway.background.log_head import NAME, HeadFile, read_head
from gateway.background.short_codes import COST_IN_TESTS
from gateway.commands.audit_counts import Counts, told
from gateway.commands.audit_log import LogVerifier
from gateway.commands.audit_trust import trust_of
from gateway.commands.audit_void import VoidWords
from gateway.commands.existing import existing_servers
from gateway.commands.startup import DATA_DIR, StartError, read_settings
from gateway.commands.terminal import echo, pluralize
from gateway.evidence.key_record import read_key_record
from storage.audit import AuditReader
from storage.evidence import EvidenceRows
from storage.log import LogRows
from storage.postgres import database
from storage.postgres.database import asyncpg_url
from values.ids import SERVICE_CHAIN

Row = dict[str, Any]
Advance = Callable[[], None]

_VOID = 3  # the exit code where all is whole, and words do not count

audit = App(name="audit", help="The record: has anybody altered it?")


@audit.command
def verify(
    *, contract: str | None = None, policy: Path | None = None, codes: bool = False, data_dir: Path = DATA_DIR
) -> None:  # fmt: skip
    """Recompute every hash, follow every chain and check every signature. Name the first wrong row, and exit with 1.
    If all is whole, but confirmations do not count because their key was revoked, name them, and exit with 3.

    Parameters
    ----------
    contract: check only the contract with this reference of 8 digits.
    policy: a policy file (c2sp.org/tlog-policy). Only the logs' keys that it names count; else the newest checkpoint
        must be signed with LOG_PRIVATE_KEY, or a key of WITNESS_POLICY. Its witnesses and its quorum say what is
        witnessed.
    codes: compute each short code again, which takes a quarter of a second; with --contract that is always done.
    data_dir: the folder in which a service has run; its log-head is compared with the record.
    """
    if contract is not None and not is_reference(contract):
        if re.fullmatch(r"[0-9]{8}", contract):
            raise StartError(f"--contract: {contract} is no contract number: a digit is mistyped")
        raise StartError("--contract: should be the 8 digits of a contract")
    known, head = policy_in(policy) if policy else None, _head_in(data_dir)
    started = time.monotonic()
    with existing_servers(read_settings(), data_dir) as settings, _progress() as bar:
        assert settings.database_url
        try:
            url = asyncpg_url(settings.database_url)
            roots = load_roots(settings.timestamp_roots.read_bytes()) if settings.timestamp_roots else ()
            trust = trust_of(settings, known)
            cost = COST if settings.environment != "testing" else COST_IN_TESTS
            code_cost = cost if codes or contract else None
            counts = asyncio.run(
                verify_all(url, contract, bar, trust.keys, head, trust.pinned, trust.policy, roots,
                           trust.signers, code_cost)
            )  # fmt: skip
        except BrokenRecord as broken:
            echo(f"BROKEN  {broken}")
            sys.exit(1)
    for line in told(counts, time.monotonic() - started):
        echo(line)
    for line in counts.void:
        echo(f"VOID    {line}")
    if counts.void:
        sys.exit(_VOID)


async def verify_all(
    url: str, reference: str | None, bar: Progress, log_keys: Sequence[VerifierKey] | None = None,
    head: Checkpoint | None = None, pinned: Mapping[str, bytes] | None = None,
    policy: Policy | None = None, roots: Sequence[Certificate] = (), signers: Sequence[bytes] = (),
    code_cost: int | None = None,
) -> Counts:  # fmt: skip
    """Raise BrokenRecord for the first row that is wrong. Reads one snapshot of the database.

    `log_keys`: the keys that may have signed the log; None: all that the database names. `head`: a checkpoint that is
    known from elsewhere. `pinned`: public keys that are believed of confirmations, by their ids; empty or None:
    those that the record names. `policy`: which witnesses are enough; None: as the service has noted it. `signers`:
    public keys, one of which must have signed the newest checkpoint of the log. `code_cost`: see `check_derived`.
    """
    connection = await database.connect(url)
    try:
        await database.set_json_codec(connection)
        walk = AuditReader(connection)
        if not await walk.has_tables():
            raise StartError("the schema is older than this code: run `voicepact db up` first")
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            if reference and not await walk.limit_to(reference):
                raise StartError(f"--contract: there is no contract {reference}")
            sizes, since, named = await walk.sizes(), await walk.signed_since(), await walk.keys()
            task = bar.add_task("", total=None if reference else sum(sizes.values()))
            rows = LogRows(connection)
            known = log_keys if log_keys is not None else [_parsed(key) for key in await rows.keys()]
            record = await read_key_record(EvidenceRows(connection), known)
            keys = record.believed(pinned) if pinned else named
            log = LogVerifier(rows, known, head, lambda: bar.advance(task), policy, roots, signers)
            void = VoidWords(EvidenceRows(connection), record.revoked)
            counts = await verify_rows(walk, log, keys, since, lambda: bar.advance(task), code_cost, void)
            counts.is_pinned, counts.log_is_pinned = bool(pinned), log_keys is not None or bool(signers)
            return counts
    finally:
        await connection.close()


async def verify_rows(
    walk: AuditReader, log: LogVerifier, keys: Keys, since: datetime, step: Advance, code_cost: int | None = None,
    void: VoidWords | None = None,
) -> Counts:  # fmt: skip
    """Check what `walk` reads, and return how much that was. Raise BrokenRecord for the first row that is wrong."""
    counts, before = Counts(), None
    async for row in walk.entries():
        before = before if before and before["chain_id"] == row["chain_id"] else None
        counts.chains += before is None
        with _readable("audit_logs", f"chain {row['chain_id']} seq {row['seq']}"):
            verifying.check_entry(row, before)
        before, counts.entries = row, counts.entries + 1
        step()
    before = None
    async for row in walk.seals():
        if walk.only is None:
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
    counts.unlogged = await (log.verify_chain(walk.only, walk.leaves()) if walk.only else log.verify_all())
    counts.checkpoints += log.checkpoints
    for wrong in await walk.wrong_heads():
        raise _broken_head(wrong)
    counts.cosignatures, counts.unwitnessed_since = log.cosignatures, log.unwitnessed_since
    counts.timestamps, counts.unchecked_timestamps = log.timestamps, log.unchecked_timestamps
    counts.anchors, counts.newest_anchor = log.anchors, log.newest_anchor
    async for row in walk.confirmations():
        with _readable("confirmations", f"id {row['id']}"):
            is_signed = verifying.check_confirmation(row, keys, since)
        counts.signatures += is_signed
        counts.unsigned += not is_signed
        if void:
            await void.look_at(row)
        step()
    counts.void = tuple(void.lines) if void else ()
    deleted_before = await walk.messages_deleted_before(SERVICE_CHAIN)
    async for row in walk.contracts():
        with _readable("contracts", f"reference {row['contract']['reference']}"):
            verifying.check_contract(row["contract"], row["form"], row["agreed"], since)
            verifying.check_none_missing(row["contract"], row["unsaid"])
            said = replay(row["entries"])
            check_rows(row["contract"]["reference"], said, row["found"], deleted_before)
            counts.movements += len(said.rows.get("ledger_entries", ())) // 2
            check_derived(row["contract"]["reference"], row["found"], deleted_before, code_cost)
        counts.bindings.add(said)
        counts.contracts += 1
        step()
    if walk.only is None:
        suspense = await walk.suspense(SERVICE_CHAIN)
        with _readable("transfers", "without a contract"):
            counts.movements += check_suspense(suspense["said"] or (), suspense)
    for wrong in await walk.wrong_sums():
        raise BrokenRecord(
            "ledger_accounts", f"scope {wrong['scope']} account {wrong['account']}", "is not the sum of its entries"
        )
    return counts


def _parsed(key: str) -> VerifierKey:
    try:
        return parse_key(key)
    except BadKey as bad:
        raise BrokenRecord("log_keys", f"key {key[:40]!r}", str(bad)) from None


@contextmanager
def _readable(table: str, name: str) -> Iterator[None]:
    """Name the row where a check cannot even read it: somebody may have put anything into it."""
    try:
        yield
    except (LookupError, TypeError, ValueError, AttributeError) as fault:
        why = f"it, or a row of it cannot be read ({type(fault).__name__})"
        raise BrokenRecord(table, name, why) from fault


def policy_in(policy: Path) -> Policy:
    """Read a policy file. Raise StartError if it is none."""
    try:
        return parse_policy(policy.read_bytes())
    except OSError as fault:
        raise StartError(f"--policy: {policy} cannot be read: {fault.strerror}") from None
    except BadPolicy as bad:
        raise StartError(f"--policy: {policy}: {bad}") from None


def _head_in(data_dir: Path) -> Checkpoint | None:
    head, why = read_head(HeadFile(data_dir / NAME))
    if why:
        raise StartError(why)
    return head


def _broken_head(row: Row) -> BrokenRecord:
    name, found = f"id {row['id']}", pluralize(row["found"], "entry", "entries")
    if row["said"] is None:
        return BrokenRecord(row["of_table"], name, f"is gone; the audit has {found} of it")
    if row["found"] == row["said"]:
        return BrokenRecord(row["of_table"], name, "does not name the last entry of its chain")
    return BrokenRecord(
        "audit_logs", f"chain {row['id']}", f"has {found}, and {row['of_table']} {name} says {row['said']}"
    )


def _progress() -> Progress:
    columns = (TextColumn("verifying"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty())
