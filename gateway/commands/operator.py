"""Who acts on the command line, as the audit names them."""

import os
import pwd
from typing import Annotated

from cyclopts import Parameter

from gateway.commands.startup import StartError

_LONGEST = 60  # letters

Operator = Annotated[
    str | None,
    Parameter(name="--operator", help="Your name, for the audit. Without it the audit has your account's name."),
]


def acting_operator(name: str | None) -> str:
    """Return how the audit names who typed this command; `name` is what `--operator` gave. Raise StartError if that is
    no name."""
    if name is None:
        return f"command line: {_account()}"
    shown = " ".join(name.split())
    if not 0 < len(shown) <= _LONGEST or not shown.isprintable():
        raise StartError(f"--operator: should be 1 to {_LONGEST} letters")
    return f"command line: {shown} ({_account()})"


def _account() -> str:
    """The account of this process: not an environment variable, which anybody can set."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # `docker run --user 1234`
        return f"user {os.getuid()}"
