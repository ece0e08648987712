"""`voicepact subject`: export what is kept of a person, erase it, hold it; and delete what is too old."""

import asyncio
import json
import re
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
from contracts.proof.personal_data import MARK, number_pattern, payer_names, person_pattern
from contracts.refusals import BadInput
from gateway.commands.existing import existing_servers
from gateway.commands.operator import Operator, acting_operator
from gateway.commands.startup import DATA_DIR, StartError, read_settings
from gateway.commands.subject_callbacks import forget_callbacks
from gateway.commands.subject_files import check_place, write_private, zip_dispute_files, zip_path
from gateway.commands.terminal import ask, echo, pluralize
from gateway.settings import Settings
from gateway.ussd import conversation as conversations
from storage import sessions
from storage.encryption import Encryptor
from storage.postgres import database
from storage.retention import RetentionRows
from storage.sessions import Sessions
from storage.subjects import SubjectRows, Traces

T = TypeVar("T")
Work = Callable[[database.Connection, Settings], Awaitable[T]]

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
    who = acting_operator(operator)

    async def export_all(connection: database.Connection, settings: Settings) -> tuple[dict[str, Any], int]:
        document = await export_person(connection, _number(msisdn, settings), datetime.now(UTC), who)
        return document, await zip_dispute_files(SubjectRows(connection), document, zip_path(to)) if to else 0

    if to:
        check_place(to)
    found, count = _run(data_dir, export_all)
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
    """Erase a person from the record. Signatures and audit chains still verify. This cannot be undone.

    Parameters
    ----------
    msisdn: their number, in any form.
    yes: do not ask for confirmation.
    """
    who = acting_operator(operator)

    async def erase_now(connection: database.Connection, settings: Settings) -> list[str]:
        return await erase_person(connection, settings, _number(msisdn, settings), datetime.now(UTC), who)

    if not yes and ask("Nothing brings them back. Type ERASE to go on: ") != "ERASE":
        raise StartError("nothing was erased: type ERASE, or give --yes")
    left = _run(data_dir, erase_now, needs_sessions=True)
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
    by = acting_operator(operator)

    async def hold_now(connection: database.Connection, settings: Settings) -> None:
        rows, now = SubjectRows(connection), datetime.now(UTC)
        async with connection.transaction():
            phone_id, contract_id = await _named(connection, who, settings)
            await rows.hold(reason, now, phone_id=phone_id, contract_id=contract_id)
            await rows.note(phone_id or _certain(contract_id), "subject.held", now, operator=by)

    if not 0 < len(reason) <= HOLD_REASON_LETTERS:
        raise StartError(f"reason: should be 1 to {HOLD_REASON_LETTERS} characters")
    _run(data_dir, hold_now)
    echo("held")


@subject.command
def release(who: str, *, operator: Operator = None, data_dir: Path = DATA_DIR) -> None:
    """End a hold.

    Parameters
    ----------
    who: a number, or the 8 digits of a contract, as it was held.
    """
    by = acting_operator(operator)

    async def release_now(connection: database.Connection, settings: Settings) -> int:
        rows, now = SubjectRows(connection), datetime.now(UTC)
        async with connection.transaction():
            phone_id, contract_id = await _named(connection, who, settings)
            count = await rows.release(now, phone_id=phone_id, contract_id=contract_id)
            if count:
                await rows.note(phone_id or _certain(contract_id), "subject.released", now, operator=by)
            return count

    echo(f"{_run(data_dir, release_now)} released")


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

    for table, count in _run(data_dir, delete_now).items():
        echo(f"{count:>9} {table}")


async def export_person(
    connection: database.Connection, msisdn: Msisdn, now: datetime, operator: str | None = None
) -> dict[str, Any]:  # fmt: skip
    """Return everything kept of a person at one moment, and note the export and its operator in their audit chain.

    Raise StartError if nobody has this number.
    """
    rows = SubjectRows(connection)
    async with connection.transaction(isolation="repeatable_read"):
        phone_id = _known(await rows.find(msisdn))
        whole = await rows.export(phone_id, payer_names(msisdn))
    async with connection.transaction():
        _known(await rows.find(msisdn, to_change=True))
        await rows.note(phone_id, "subject.exported", now, operator=operator)
    return {"format": "voicepact-subject/1", "exported_at": now.isoformat(), **whole}


async def erase_person(
    connection: database.Connection, settings: Settings, msisdn: Msisdn, now: datetime, operator: str | None = None
) -> list[str]:  # fmt: skip
    """Erase a person from the session store and, in one transaction, from the database. Return the places that still
    show them and that somebody must look at.

    Raise StartError, with nothing erased, if they are held, if a contract of theirs is not over, if money of theirs
    waits or moves, if a message to them is being sent, or if the session store does not answer.
    """
    rows = SubjectRows(connection)
    async with connection.transaction():
        phone_id = _known(await rows.find(msisdn, to_change=True))
        await _check_may_be_erased(rows, phone_id, now)
        person = person_pattern(msisdn, await rows.names(phone_id))
        shows = re.compile(person, re.IGNORECASE)
        try:
            await _forget_sessions(settings, msisdn, shows)
        except sessions.UNAVAILABLE:
            raise StartError("REDIS_URL: the session store does not answer, so nothing was erased") from None
        payers = payer_names(msisdn)
        await forget_callbacks(rows, Encryptor(*settings.secret_keys), phone_id, payers, shows)
        left = await rows.erase(phone_id, Traces(number_pattern(msisdn), person, MARK, payers), now, operator)
    try:
        await _forget_sessions(
            settings, msisdn, shows
        )  # again: a call may have saved its session before the transaction ended
    except sessions.UNAVAILABLE:
        minutes = settings.session_ttl_seconds // 60
        left.append(f"the session store went away: a call of this moment ends in it by itself within {minutes} minutes")
    return left


async def _check_may_be_erased(rows: SubjectRows, phone_id: UUID, now: datetime) -> None:
    for held in await rows.holds(phone_id, now):
        what = f"contract {held.reference} is" if held.reference else "they are"
        raise StartError(f"{what} held since {held.since:%Y-%m-%d}: {held.reason}")
    if waiting := await rows.open_contracts(phone_id):
        raise StartError(f"not over yet, so nothing was erased: {', '.join(waiting)}")
    if waiting := await rows.open_money(phone_id):
        raise StartError(f"money waits, is owed or on its way, so nothing was erased: {', '.join(waiting)}")
    if await rows.is_being_sent_to(phone_id, now):
        raise StartError("a message to them is being sent at this moment: try again in a minute")


async def _forget_sessions(settings: Settings, msisdn: Msisdn, shows: re.Pattern[str]) -> None:
    assert settings.redis_url
    encryptor = Encryptor(*settings.secret_keys)
    client = sessions.open_client(settings.redis_url, most_connections=2, timeout_seconds=settings.redis_socket_timeout)
    store = Sessions(client, encryptor, ttl_seconds=settings.session_ttl_seconds, lock_seconds=1)
    callers = [each.keyed_hash("caller", msisdn) for each in encryptor.every]

    def is_about(plain: bytes) -> bool:
        """Whether a session is theirs, or shows them to somebody."""
        conversation = conversations.from_bytes(plain)
        if conversation is None:  # of a newer version of the code
            return bool(shows.search(plain.decode(errors="replace")))
        return conversation.caller in callers or bool(shows.search(conversations.as_text(conversation)))

    try:
        await store.forget(callers, is_about)
    finally:
        await store.close()


async def _named(connection: database.Connection, who: str, settings: Settings) -> tuple[UUID | None, UUID | None]:
    """Return the id of the person or of the contract that `who` names, and lock its row, as every audit entry needs."""
    rows = SubjectRows(connection)
    if is_reference(who):
        found = await rows.lock_contract(who)
        if found is None:
            raise StartError(f"there is no contract {who}")
        return None, found
    return _known(await rows.find(_number(who, settings), to_change=True)), None


def _number(text: str, settings: Settings) -> Msisdn:
    try:
        return parse_msisdn(text, settings.default_country)
    except BadInput:
        pass
    try:
        return e164(text)  # a provider's sandbox uses numbers that no numbering plan knows
    except BadInput:
        raise StartError("that is no mobile number") from None


def _known(phone_id: UUID | None) -> UUID:
    if phone_id is None:
        raise StartError("we know nobody with this number")
    return phone_id


def _certain(contract_id: UUID | None) -> UUID:
    assert contract_id, "a person or a contract"
    return contract_id


def _run(data_dir: Path, work: Work[T], *, needs_sessions: bool = False) -> T:
    """Run `work` on a connection. With `needs_sessions` its settings have the session store's URL too."""

    async def run(settings: Settings) -> T:
        assert settings.database_url
        connection = await database.connect(settings.database_url)
        try:
            await database.set_json_codec(connection)
            return await work(connection, settings)
        finally:
            await connection.close()

    with existing_servers(read_settings(), data_dir, needs_sessions=needs_sessions) as settings:
        return asyncio.run(run(settings))
