"""Who acts on the command line, as the audit names them: the operator whose key is in OPERATOR_KEY.

A key is never an argument, which `ps` shows to everybody on the machine. Without one, outside production, the account
of this machine acts as the admin that API_KEY is.
"""

import asyncio
import os
import pwd
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from getpass import getpass
from pathlib import Path
from typing import Annotated, Final, TypeVar

from cyclopts import Parameter

from contracts.fields.free_text import NAME_LETTERS
from gateway.commands.existing import existing_servers, open_and_close_pool
from gateway.commands.startup import StartError, read_settings
from gateway.operators.acting import ActingOperator, KeyFault, bootstrap_admin, operator_with_key
from gateway.operators.scope import Scope
from gateway.settings import Settings
from storage.key_source import key_text
from storage.looks import Looker
from storage.operators import OperatorRows
from storage.postgres.database import Connection, Pool
from values.frozen import Frozen

T = TypeVar("T")

KEY_VARIABLE: Final = "OPERATOR_KEY"
_NEEDS_KEY: Final = frozenset({Scope.MONEY, Scope.PEOPLE, Scope.ADMIN})  # in production

Operator = Annotated[
    str | None,
    Parameter(
        name="--operator",
        help="Your name, for the audit. Without it the audit has your account's name; with OPERATOR_KEY, your key's.",
    ),
]


class CommandOperator(Frozen):
    """Who acts. `audit_name`: for the audit. `person`: one for all keys of an operator, for what two people must want.
    `key_holder`: None where no key was given, nor needed."""

    audit_name: str
    person: str
    key_holder: ActingOperator | None

    @property
    def looker(self) -> Looker:
        return self.key_holder.looker if self.key_holder else Looker(None, self.audit_name)


def acting_operator(name: str | None) -> str:
    """Return how the audit names who typed this command; `name` is what `--operator` gave. Raise StartError if that is
    no name."""
    if name is None:
        return f"command line: {_account()}"
    shown = " ".join(name.split())
    if not 0 < len(shown) <= NAME_LETTERS or not shown.isprintable():
        raise StartError(f"--operator: should be 1 to {NAME_LETTERS} letters")
    return f"command line: {shown} ({_account()})"


async def sign_in(
    name: str | None, pool: "Pool | Connection", settings: Settings, scope: Scope, *, is_own: bool = False
) -> CommandOperator:
    """Return who acts, who may do what asks for `scope`. `name`: what `--operator` gave. With `is_own` it is about the
    operator's own key, which needs no scope. Raise StartError if they may not, and in production without a key for what
    moves money, people or keys."""
    account = acting_operator(name)
    key = given_key(must_be_there=settings.environment == "production" and scope in _NEEDS_KEY)
    if key is None:
        return CommandOperator(account, account, None)
    if name is not None:
        raise StartError(f"--operator: leave it out, {KEY_VARIABLE} says who you are")
    found = bootstrap_admin(key, settings.api_key.get_secret_value())
    if found is None:
        now = datetime.now(UTC)
        holder = operator_with_key(key, {row.sha256: row for row in await OperatorRows(pool).keys(now)}, now)
        if isinstance(holder, KeyFault):
            raise StartError(f"{KEY_VARIABLE}: {_FAULTS[holder]}")
        found = holder
    if not is_own and (missing := found.lacks(scope)):
        raise StartError(f"{KEY_VARIABLE}: this key lacks {missing}")
    return CommandOperator(f"operator {found.key_id} {found.name}", found.person, found)


def with_operator(
    data_dir: Path, name: str | None, scope: Scope, work: Callable[[Pool, CommandOperator], Awaitable[T]]
) -> T:
    """Return what `work` returns for a pool of connections to the database that `existing_servers` finds, and for who
    acts. Raise StartError as `sign_in` does."""
    acting_operator(name)  # a wrong name is told before anything is opened

    async def run(settings: Settings) -> T:
        async def signed_in(pool: Pool) -> T:
            return await work(pool, await sign_in(name, pool, settings, scope))

        assert settings.database_url
        return await open_and_close_pool(settings.database_url, signed_in)

    with existing_servers(read_settings(), data_dir) as settings:
        return asyncio.run(run(settings))


_FAULTS: Final = {
    KeyFault.UNKNOWN: "is no key of an operator here, or one that was revoked or is long over",
    KeyFault.EXPIRED: "has expired: an admin gives you another with `voicepact operator rotate`",
}


def given_key(*, must_be_there: bool) -> str | None:
    """Return the key in the environment, or in the file that it names (`file:/a/path`). Where it must be there, a
    person at a terminal is asked for it."""
    try:
        key = key_text(os.environ.get(KEY_VARIABLE, "")).strip()
    except ValueError as fault:
        raise StartError(f"{KEY_VARIABLE}: {fault}") from None
    if not key and must_be_there:
        if not (sys.stdin and sys.stdin.isatty()):
            raise StartError(f"{KEY_VARIABLE}: must be set when ENVIRONMENT is production: who does this?")
        key = getpass("Your operator key: ").strip()
    if key and not key.isascii():
        raise StartError(f"{KEY_VARIABLE}: {_FAULTS[KeyFault.UNKNOWN]}")
    return key or None


def _account() -> str:
    """The account of this process: not an environment variable, which anybody can set."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # `docker run --user 1234`
        return f"user {os.getuid()}"
