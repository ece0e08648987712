"""docs/keys.md: its commands, typed one after the other as the page has them, do what it says."""

import asyncio
import os
import re
import shlex
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from gateway.background.log_head import HeadFile
from gateway.background.log_job import LogJob
from gateway.settings import Settings
from storage.key_source import TokenAccess, open_signer
from storage.signing import letters_of
from tests.gateway.audit_record import signed_since_june, take_all
from tests.gateway.commands.command_line import Ran, run_command
from tests.gateway.operator_client import BUYER, NOON, SELLER, Operator, contract_body
from tests.serving import ROOT
from tests.storage.tokens import softhsm

PAGE = (ROOT / "docs" / "keys.md").read_text()
ORIGIN = "gateway.example.org/log"
SIZE_AT = "voicepact log show --before 2026-11-28T18:00"
THE_FOLDER, THE_LETTERS, THE_SIZE = "/etc/voicepact", "3f2a 9c01 7bd2 f0a4", "9000"


def commands_of(page: str) -> list[str]:
    """Return the commands of ours in the page's blocks, without those for a token."""
    blocks = re.findall(r"```sh\n(.*?)```", page, re.DOTALL)
    lines = [line.strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line.startswith("voicepact ") and "pkcs11:" not in line]


@pytest_asyncio.fixture
async def operator(
    operator: Operator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database_url: str
) -> AsyncIterator[Operator]:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", database_url)
    async with signed_since_june(operator):
        yield operator


async def test_the_commands_of_the_page_in_their_order(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    ran, revoked, size = dict[str, Ran](), "", 0
    for command in commands_of(PAGE):
        if command.startswith("voicepact keys show"):
            size = await starts_anew(operator, minutes=len(ran))
        if command.startswith("voicepact keys revoke"):
            revoked = operator.services.signer.key_id
            await agree(operator)  # says a thief
            monkeypatch.setenv("SIGNATURE_PUBLIC_KEYS", public_in(ran, "words-2.pem"))
            monkeypatch.setenv("SIGNATURE_PRIVATE_KEY", f"file:{Path.cwd()}/words-3.pem")
        typed = command.replace(THE_FOLDER, os.getcwd()).replace(THE_LETTERS, letters_of(revoked or "0" * 16))  # noqa: PTH109
        done = await asyncio.to_thread(run_command, *shlex.split(typed.replace(THE_SIZE, str(size)))[1:])
        assert done.code == (3 if command == "voicepact audit verify" else 0), (command, done.said)
        ran[command] = done
        for name, value in re.findall(r"^set +(\w+)=(.*)$", done.out, re.MULTILINE):
            if name not in os.environ or " rotate " in command:  # a key is set once it is handed over to
                monkeypatch.setenv(name, value)
        if command.startswith("voicepact keys rotate"):
            size = await starts_anew(operator, minutes=len(ran))
    words = [f"voicepact keys {what}" for what in ("create", "show", "rotate", "revoke")]
    assert all(any(command.startswith(word) for command in ran) for word in words)
    assert f"log {ORIGIN}+" in next(one.out for command, one in ran.items() if "create log" in command)
    assert "signs now" in ran["voicepact keys show"].out
    assert re.search(r"before 2026-11-28 18:00 UTC: size \d+, signed 2026-07-01", ran[SIZE_AT].out)
    void = [line for line in ran["voicepact audit verify"].out.splitlines() if line.startswith("VOID")]
    assert len(void) == 2 and all(revoked in line for line in void), "what the thief signed, and nothing else"


async def agree(operator: Operator) -> None:
    reference = str((await operator.post(contract_body())).json["reference"])
    for msisdn in (BUYER, SELLER):
        await operator.sends_sms(msisdn, f"yes {reference}")


async def starts_anew(operator: Operator, minutes: int) -> int:
    """Do what a start with the settings of the moment does; then two people agree, and the log is signed. Return its
    size."""
    services, access = operator.services, TokenAccess()
    signer = open_signer(os.environ["SIGNATURE_PRIVATE_KEY"], access)
    services.signer = services.records.signer = signer
    await services.evidence.save_key(signer.key_id, signer.public_key, NOON)
    await agree(operator)
    services.now = lambda: NOON + timedelta(minutes=minutes)
    of_log = open_signer(os.environ["LOG_PRIVATE_KEY"], access)
    head = HeadFile(Path("log-head"))
    job = LogJob(services.evidence.log, of_log, ORIGIN, head, services.now)
    await take_all(job, services.evidence.log)
    assert await job.checkpoint(services.now())
    newest = await services.evidence.log.newest_checkpoint()
    assert newest
    return int(newest["size"])


def public_in(ran: dict[str, Ran], file: str) -> str:
    """The line `public` that was printed, and so is on paper, when this key was made."""
    out = next(one.out for command, one in ran.items() if file in command and "create" in command)
    return str(re.findall(r"^public +(\S+)$", out, re.MULTILINE)[0])


@softhsm.needs_softhsm
async def test_a_key_of_the_page_on_a_token(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    softhsm.token()
    monkeypatch.setenv("PKCS11_MODULE", str(softhsm.MODULE))
    monkeypatch.setenv("PKCS11_PIN", softhsm.PIN)
    monkeypatch.setenv("PKCS11_TIMEOUT_SECONDS", "10")
    (made,) = re.findall(r"^ *voicepact (keys create .*pkcs11:.*)$", PAGE, re.MULTILINE)
    done = await asyncio.to_thread(run_command, *shlex.split(made))
    assert done.code == 0, done.said
    (name,) = re.findall("^set +SIGNATURE_PRIVATE_KEY=(.*)$", done.out, re.MULTILINE)
    again = await asyncio.to_thread(run_command, *shlex.split(made))
    assert "has a key of this name already" in again.err
    monkeypatch.setenv("SIGNATURE_PRIVATE_KEY", name)
    signer = await asyncio.to_thread(Settings().signer_of, Settings().signature_private_key)
    await operator.services.evidence.save_key(signer.key_id, signer.public_key, NOON)
    shown = await asyncio.to_thread(run_command, "keys", "show")
    assert "signs now" in shown.out and softhsm.PIN not in shown.said + repr(Settings())
    monkeypatch.setenv("SIGNATURE_PRIVATE_KEY", f"{name}?pin-value=1234")
    assert "should not have the PIN in it" in (await asyncio.to_thread(run_command, "keys", "show")).err
    monkeypatch.setenv("SIGNATURE_PRIVATE_KEY", name.replace("token=voicepact", "token=elsewhere"))
    assert "SIGNATURE_PRIVATE_KEY: there is no such token" in (await asyncio.to_thread(run_command, "keys", "show")).out
