"""`voicepact subject`: export what is kept of a person, erase it, hold it; and delete what is too old."""

import json
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import orjson
from cyclopts import App
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from contracts.fields.free_text import HOLD_REASON_LETTERS
from contracts.fields.msisdn import Msisdn, e164, parse_msisdn
from contracts.fields.reference import is_reference
from contracts.proof.personal_data import payer_names
from contracts.refusals import BadInput
from gateway.commands.existing import with_connection
from gateway.commands.operator import CommandOperator, Operator, acting_operator, sign_in
from gateway.commands.startup import DATA_DIR, StartError
from gateway.commands.subject_erasing import WANTED_FOR, erase_person, known_person, want_erased
from gateway.commands.subject_files import check_place, write_private, zip_dispute_files, zip_path
from gateway.commands.terminal import ask, echo, pluralize
from gateway.operators.scope import Scope
from gateway.settings import Settings
from storage.looks import LookRows
from storage.postgres import database
from storage.retention import RetentionRows
from storage.subjects import SubjectRows

T = TypeVar("T")
WorkOf = Callable[[database.Connection, Settings, CommandOperator], Awaitable[T]]

subject = App(
    name="subject", help="A person: export what is kept of them, erase it, hold it; and delete what is too old."
)


@subject.command
def export(
    msisdn: str, *, to: Path | None = None, operator: Operator = None, data_dir: Path = DATA_DIR
) -> None:  # fmt: skip
    """Export everything that is kept of a person: a JSON document, and a zip with the files of their disputes.

    Parameters
    ----------
    msisdn: their number, in any form.
    to: the file to write, readable by you alone. Without it the document is printed, and there is no zip.
    """

    async def export_all(
        connection: database.Connection, settings: Settings, who: CommandOperator
    ) -> tuple[dict[str, Any], int]:
        document = await export_person(connection, _number(msisdn, settings), datetime.now(UTC), who)
        return document, await zip_dispute_files(SubjectRows(connection), document, zip_path(to)) if to else 0

    if to:
        check_place(to)
    found, count = _run_as(data_dir, operator, export_all)
    document = orjson.dumps(found, option=orjson.OPT_INDENT_2).decode()
    if to is None:
        echo(
            document if sys.stdout.encoding.lower().startswith("utf") else json.dumps(orjson.loads(document), indent=2)
        )
        return
    write_private(to, document.encode())
    echo(f"written to {to}")
    if count:
        echo(
            f"        {pluralize(count, 'file')} of disputes in {zip_path(to)}: look who else is in "
            f"{'it' if count == 1 else 'them'} before you give {'it' if count == 1 else 'them'} away"
        )


@subject.command
def erase(
    msisdn: str, *, yes: bool = False, operator: Operator = None, data_dir: Path = DATA_DIR
) -> None:  # fmt: skip
    """Erase a person from the record, once a second operator wants it within seven days of the first. Signatures and
    audit chains still verify. This cannot be undone.

    Parameters
    ----------
    msisdn: their number, in any form.
    yes: do not ask for confirmation.
    """

    async def erase_now(
        connection: database.Connection, settings: Settings, who: CommandOperator
    ) -> list[str] | datetime:
        number, now = _number(msisdn, settings), datetime.now(UTC)
        if not await want_erased(connection, number, now, who):
            return now + WANTED_FOR
        return await erase_person(connection, settings, number, now, who.audit_name)

    acting_operator(operator)  # a wrong name is told before anything is asked
    if not yes and ask("Nothing brings them back. Type ERASE to go on: ") != "ERASE":
        raise StartError("nothing was erased: type ERASE, or give --yes")
    left = _run_as(data_dir, operator, erase_now, needs_sessions=True)
    if isinstance(left, datetime):
        echo(f"kept: one more operator has to say the same before {left:%Y-%m-%d %H:%M} UTC; nothing is erased yet")
        return
    echo("erased")
    for place in left:
        echo(f"        kept, look at it yourself: {place}")


@subject.command
def hold(who: str, reason: str, *, operator: Operator = None, data_dir: Path = DATA_DIR) -> None:
    """Keep everything of a person, or of a contract and its people, from being erased or deleted, until `release`.

    Parameters
    ----------
    who: a number, or the 8 digits of a contract.
    reason: who orders it, and under which file number.
    """

    async def hold_now(connection: database.Connection, settings: Settings, by: CommandOperator) -> None:
        rows, now = SubjectRows(connection), datetime.now(UTC)
        async with connection.transaction():
            phone_id, contract_id = await _named(connection, who, settings)
            await rows.hold(reason, now, phone_id=phone_id, contract_id=contract_id)
            await rows.note(phone_id or _certain(contract_id), "subject.held", now, operator=by.audit_name)

    if not 0 < len(reason) <= HOLD_REASON_LETTERS:
        raise StartError(f"reason: should be 1 to {HOLD_REASON_LETTERS} characters")
    _run_as(data_dir, operator, hold_now)
    echo("held")


@subject.command
def release(who: str, *, operator: Operator = None, data_dir: Path = DATA_DIR) -> None:
    """End a hold.

    Parameters
    ----------
    who: a number, or the 8 digits of a contract, as it was held.
    """

    async def release_now(connection: database.Connection, settings: Settings, by: CommandOperator) -> int:
        rows, now = SubjectRows(connection), datetime.now(UTC)
        async with connection.transaction():
            phone_id, contract_id = await _named(connection, who, settings)
            count = await rows.release(now, phone_id=phone_id, contract_id=contract_id)
            if count:
                await rows.note(phone_id or _certain(contract_id), "subject.released", now, operator=by.audit_name)
            return count

    echo(f"{_run_as(data_dir, operator, release_now)} released")


@subject.command
def retain(*, data_dir: Path = DATA_DIR) -> None:
    """Delete now what is older than its period (RETENTION_…_DAYS). The running service does the same once a day."""

    async def delete_now(connection: database.Connection, settings: Settings) -> dict[str, int]:
        rows, now, gone = RetentionRows(connection, settings.periods), datetime.now(UTC), dict[str, int]()
        columns = (TextColumn("deleting"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
        with Progress(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
            task = bar.add_task("", total=await rows.waiting(now))
            async for table, count in rows.delete(now):
                gone[table] = gone.get(table, 0) + count
                bar.update(task, advance=count, description=table)
        return gone

    for table, count in with_connection(data_dir, delete_now).items():
        echo(f"{count:>9} {table}")


async def export_person(
    connection: database.Connection, msisdn: Msisdn, now: datetime, who: CommandOperator
) -> dict[str, Any]:  # fmt: skip
    """Return everything kept of a person at one moment, and note the export and its operator in their audit chain, and
    among the looks.

    Raise StartError if nobody has this number.
    """
    rows = SubjectRows(connection)
    async with connection.transaction(isolation="repeatable_read"):
        phone_id = known_person(await rows.find(msisdn))
        whole = await rows.export(phone_id, payer_names(msisdn))
    async with connection.transaction():
        known_person(await rows.find(msisdn, to_change=True))
        await rows.note(phone_id, "subject.exported", now, operator=who.audit_name)
        seen = [phone_id, *(UUID(contract["id"]) for contract in whole["contracts"])]
        await LookRows(connection).note(who.looker, "subject export", now, ids=seen)
    return {"format": "voicepact-subject/1", "exported_at": now.isoformat(), **whole}


async def _named(connection: database.Connection, who: str, settings: Settings) -> tuple[UUID | None, UUID | None]:
    """Return the id of the person or of the contract that `who` names, and lock its row, as every audit entry needs."""
    rows = SubjectRows(connection)
    if is_reference(who):
        found = await rows.lock_contract(who)
        if found is None:
            raise StartError(f"there is no contract {who}")
        return None, found
    return known_person(await rows.find(_number(who, settings), to_change=True)), None


def _number(text: str, settings: Settings) -> Msisdn:
    try:
        return parse_msisdn(text, settings.default_country)
    except BadInput:
        pass
    try:
        return e164(text)  # a provider's sandbox uses numbers that no numbering plan knows
    except BadInput:
        raise StartError("that is no mobile number") from None


def _certain(contract_id: UUID | None) -> UUID:
    assert contract_id, "a person or a contract"
    return contract_id


def _run_as(data_dir: Path, operator: str | None, work: WorkOf[T], *, needs_sessions: bool = False) -> T:
    """Run `work` on a connection, for an operator who may do what concerns people."""
    acting_operator(operator)  # a wrong name is told before anything is opened

    async def signed_in(connection: database.Connection, settings: Settings) -> T:
        return await work(connection, settings, await sign_in(operator, connection, settings, Scope.PEOPLE))

    return with_connection(data_dir, signed_in, needs_sessions=needs_sessions)
