"""`voicepact operator`: who may use the API and the commands that change something, and with which key."""

import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Final

from cyclopts import App, Parameter, validators
from rich.table import Table

from contracts.fields.free_text import NAME_LETTERS, parse_free_text
from contracts.refusals import BadInput
from gateway.commands.existing import with_connection
from gateway.commands.operator import CommandOperator, Operator, acting_operator, sign_in
from gateway.commands.startup import DATA_DIR, StartError
from gateway.commands.terminal import echo, pluralize, show_table, whole
from gateway.operators.acting import BOOTSTRAP
from gateway.operators.keys import digest_of, is_key, key_id_of, make_key
from gateway.operators.scope import SCOPES_OF, OperatorRole, Scope
from gateway.settings import Settings
from storage.operators import KeyReplaced, NameTaken, NoSuchOperator, OperatorChanges, OperatorRows
from storage.postgres import database

_DAYS: Final = 365
_WARN_WITHIN: Final = timedelta(days=30)
_PAGE: Final = 100
_KEY_ID = re.compile(r"[0-9a-f]{16}")
Days = Annotated[int, Parameter(validator=validators.Number(gte=1, lte=3650))]
Hours = Annotated[int, Parameter(validator=validators.Number(gte=0, lte=24 * 30))]
Change = Callable[[OperatorChanges, CommandOperator], Awaitable[None]]

operator = App(name="operator", help="Operators and their keys: add, list, rotate, revoke.")


@operator.command
def add(
    name: str, *, role: OperatorRole = OperatorRole.OPERATOR, scope: list[Scope] | None = None, days: Days = _DAYS,
    operator: Operator = None, data_dir: Path = DATA_DIR,
) -> None:  # fmt: skip
    """Add an operator, and print their key: once, nobody can show it again. Needs the scope admin.

    Parameters
    ----------
    name: what the operator is called, 1 to 60 letters; no two who are active share one.
    role: operator, arbiter (decides disputes), auditor (reads, also who looked at whom) or admin.
    scope: what the key may be used for, once for each: read, write, money, people, admin. By default all that the role
        may have.
    days: for how many days the key is valid.
    """
    shown, scopes = _read_name(name), tuple(scope or SCOPES_OF[role])
    if beyond := [each for each in scopes if each not in SCOPES_OF[role]]:
        raise StartError(f"--scope: {role} may have {', '.join(SCOPES_OF[role])}; not {', '.join(beyond)}")
    key, until = make_key(), datetime.now(UTC) + timedelta(days=days)

    async def make(changes: OperatorChanges, _who: CommandOperator) -> None:
        try:
            await changes.add(shown, role, sorted(set(scopes)), _kept(key), until)
        except NameTaken:
            raise StartError(f"name: there is an operator {shown}; rotate their key, or revoke them first") from None

    _change(data_dir, operator, make)
    _show_key(shown, key, until)


@operator.command(name="list")
def list_operators(*, data_dir: Path = DATA_DIR) -> None:
    """List the operators, with role, scopes and keys by id, and warn of keys that expire within 30 days."""

    async def read(connection: database.Connection, settings: Settings) -> tuple[list[dict[str, Any]], str]:
        rows, after = list[dict[str, Any]](), None
        while True:
            page = await OperatorRows(connection).page(_PAGE, after)
            rows, after = rows + page.rows, page.end
            if after is None:
                return rows, settings.api_key.get_secret_value()

    rows, api_key = with_connection(data_dir, read)
    now, table = datetime.now(UTC), Table("name", "role", "scopes", whole("key"), "state")
    if api_key:
        table.add_row(BOOTSTRAP, OperatorRole.ADMIN, " ".join(Scope), key_id_of(digest_of(api_key)), "a setting")
    for row in rows:
        for key in row["keys"]:
            scopes = " ".join(each for each in Scope if each in row["scopes"])
            table.add_row(row["name"], row["role"], scopes, key["id"], _state(row, key, now))
    show_table(table)
    for row in rows:
        if line := _warning(row, now):
            echo(line)


@operator.command
def rotate(
    name: str | None = None, *, overlap_hours: Hours = 24, days: Days = _DAYS, operator: Operator = None,
    data_dir: Path = DATA_DIR,
) -> None:  # fmt: skip
    """Give an operator another key, and print it once. The key before stays valid for a day.

    Parameters
    ----------
    name: whose key (needs the scope admin); without it your own, the one in OPERATOR_KEY.
    overlap_hours: how long the key before stays valid; 0 for one that others know.
    days: for how many days the new key is valid.
    """
    key, until, said = make_key(), datetime.now(UTC) + timedelta(days=days), list[str]()

    async def give(changes: OperatorChanges, who: CommandOperator) -> None:
        whose = name or (who.key_holder.name if who.key_holder else BOOTSTRAP)
        if whose == BOOTSTRAP:
            raise StartError("name: whose key? API_KEY itself is a setting, and is changed where it is set")
        own = who.key_holder.key_id if name is None and who.key_holder else None
        before, ends_at = await changes.rotate(whose, _kept(key), until, timedelta(hours=overlap_hours), own)
        said.extend((whose, f"before    {before} is valid until {_minute(ends_at)}"))

    _change(data_dir, operator, give, is_own=name is None)
    _show_key(said[0], key, until)
    echo(said[1])


@operator.command
def revoke(name: str, *, operator: Operator = None, data_dir: Path = DATA_DIR) -> None:
    """Let no key of an operator be valid any more: within two seconds, in every process. Needs the scope admin.

    Parameters
    ----------
    name: the operator's name.
    """

    async def end(changes: OperatorChanges, _who: CommandOperator) -> None:
        await changes.revoke(name)

    _change(data_dir, operator, end)
    echo("revoked")


def _read_name(name: str) -> str:
    try:
        shown = parse_free_text(name, longest=NAME_LETTERS, shortest=1)
    except BadInput:
        raise StartError(f"name: should be 1 to {NAME_LETTERS} letters") from None
    if any(is_key(word) for word in shown.split()):
        raise StartError("name: this is a key, and the name stays in the audit for good: give the name")
    if shown.lower().startswith("bootstrap") or _KEY_ID.fullmatch(shown):
        raise StartError("name: this would be taken for the admin of API_KEY, or for a key")
    return shown


def _kept(key: str) -> tuple[bytes, str]:
    """Return what is kept of a key: its SHA-256, and its id."""
    digest = digest_of(key)
    return digest, key_id_of(digest)


def _show_key(name: str, key: str, until: datetime) -> None:
    echo(f"key       {key}")
    echo(f"          shown this once. {name} sends it as `Authorization: Bearer …`, and sets it as OPERATOR_KEY")
    echo(f"id        {key_id_of(digest_of(key))}, as the audit names it")
    echo(f"expires   {_minute(until)}")


def _state(row: Mapping[str, Any], key: Mapping[str, Any], now: datetime) -> str:
    if row["revoked_at"]:
        return f"revoked {_minute(row['revoked_at'])}"
    expires_at = datetime.fromisoformat(key["expires_at"])
    if expires_at <= now:
        return f"expired {_minute(expires_at)}"
    return f"{'until' if key['is_current'] else 'replaced, until'} {_minute(expires_at)}"


def _warning(row: Mapping[str, Any], now: datetime) -> str | None:
    """Return a line about a current key that expires soon, or has expired."""
    key = next((key for key in row["keys"] if key["is_current"]), None)
    if row["revoked_at"] or key is None:
        return None
    left = datetime.fromisoformat(key["expires_at"]) - now
    if left > _WARN_WITHIN:
        return None
    when = f"expires in {pluralize(left.days, 'day')}" if left > timedelta() else "has expired"
    return f"the key of {row['name']} {when}: voicepact operator rotate '{row['name']}'"


def _minute(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _change(data_dir: Path, name: str | None, change: Change, *, is_own: bool = False) -> None:
    """Carry out a change as the operator who acts. With `is_own` it is about their own key."""
    acting_operator(name)  # a wrong name is told before anything is opened

    async def signed_in(connection: database.Connection, settings: Settings) -> None:
        who = await sign_in(name, connection, settings, Scope.ADMIN, is_own=is_own)
        try:
            await change(OperatorChanges(connection, who.audit_name, datetime.now(UTC)), who)
        except KeyReplaced:
            raise StartError("OPERATOR_KEY: was replaced by another key, which alone can be rotated") from None
        except NoSuchOperator:
            raise StartError("name: no active operator has this name: see `voicepact operator list`") from None

    with_connection(data_dir, signed_in)
