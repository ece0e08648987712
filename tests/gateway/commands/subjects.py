"""Run `voicepact subject`, and other commands, as they are typed, and find where a person is still shown after it."""

import os
import re
import subprocess
import sys

from gateway.commands.operator import CommandOperator
from gateway.ussd import conversation as conversations
from storage.encryption import Encryptor
from tests.gateway.stored_values import any_form_of, stored_values
from tests.gateway.two_contracts import AMINA, NAME
from tests.service import Service
from tests.serving import ROOT

SOMEBODY = CommandOperator("command line: a test", "command line: a test", None)


def run_subject(service: Service, *words: str, **env: str) -> str:
    """Return what `voicepact subject` prints; what it prints to stderr if it fails."""
    return run_voicepact(service, "subject", *words, **env)


def run_voicepact(service: Service, *words: str, **env: str) -> str:
    """Return what a command prints; what it prints to stderr if it fails."""
    secrets = {name.upper(): getattr(service.settings, name).get_secret_value() for name in ("secret_key", "api_key")}
    urls = {"DATABASE_URL": str(service.settings.database_url), "REDIS_URL": str(service.settings.redis_url)}
    ran = subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-m", "gateway", *words], env={**os.environ, **secrets, **urls, **env}, cwd=ROOT,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return ran.stdout if ran.returncode == 0 else ran.stderr


async def read_everything(service: Service) -> str:
    """Return every value of every table, every log line and every key of the session store; what is encrypted, in plain
    text."""
    values = [f"{table}.{column}: {text}" for table, column, text in await stored_values(service.db)]
    encryptor, opened = Encryptor(service.settings.secret_key.get_secret_value()), []
    for name, value in (await service.sessions()).items():
        plain = encryptor.decrypt(value.partition(b":")[2], name.decode())
        opened += [f"key {name.decode()}", value.decode("latin-1"), f"session {_as_text(plain)}"]
    for hop in await service.db.fetch("SELECT * FROM acted_hops WHERE session IS NOT NULL"):
        plain = encryptor.decrypt(hop["session"], f"acted:{hop['provider']}:{hop['session_id']}:{hop['hop_key'].hex()}")
        opened.append(f"hop {_as_text(plain)}")
    return "\n".join([*values, *opened, service.logged()])


def _as_text(plain: bytes | None) -> str:
    session = conversations.from_bytes(plain) if plain else None
    return conversations.as_text(session) if session else repr(plain)


def lines_about_amina(text: str) -> list[str]:
    """Return the lines that show her number, in any form, or her name."""
    shown = re.compile(f"{any_form_of(AMINA).pattern}|{NAME}|Wanjiru", re.IGNORECASE)
    return [line[:200] for line in text.splitlines() if shown.search(line.replace(r"\xa0", " "))]
