"""A key for words is stolen: what the thief signs with it, what does not count afterwards, and what still does."""

import asyncio
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import orjson
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bench.processes import free_port
from contracts.proof.handover import HANDED_OVER, handover_details
from contracts.proof.revocation import REVOKED, revocation_details
from contracts.proof.verify import BrokenRecord
from gateway.background.key_watch import KeyWatch
from gateway.settings import Settings
from storage.key_source import TokenAccess, open_signer
from storage.signing import Signer, SignerPort, letters_of
from tests.gateway.audit_record import LOG_SIGNER, ORIGIN, log_audit, signed_since_june, verify_record
from tests.gateway.commands.command_line import Ran, run_command
from tests.gateway.evidence_pack import check_by_hand, faults_in, fetch_pack, unpack
from tests.gateway.operator_client import BUYER, NOON, SELLER, Operator, contract_body
from tests.service import LOG_KEY, SIGNATURE_KEY, unzip
from tests.serving import ROOT
from tests.verifier.two_verifiers import by_python

STOLEN = Signer.from_text(SIGNATURE_KEY)


@dataclass
class Night:
    """The service of an operator whose key is stolen, and the operator's terminal."""

    operator: Operator
    folder: Path
    env: dict[str, str] = field(default_factory=dict)

    async def run(self, *words: str) -> Ran:
        return await asyncio.to_thread(run_command, *words)

    async def agrees(self) -> str:
        """Two people agree; return the reference of their contract."""
        reference = str((await self.operator.post(contract_body())).json["reference"])
        for msisdn in (BUYER, SELLER):
            await self.operator.sends_sms(msisdn, f"yes {reference}")
        return reference

    async def signs_with(self, signer: SignerPort) -> None:
        services = self.operator.services
        services.signer = services.records.signer = services.packs.signer = signer
        await services.evidence.save_key(signer.key_id, signer.public_key, NOON)

    async def signed_size(self, minutes: int) -> int:
        """Enter everything into the log, sign it so many minutes past noon, and return its size."""
        self.operator.services.now = lambda: NOON + timedelta(minutes=minutes)
        assert await log_audit(self.operator)
        newest = await self.operator.services.evidence.log.newest_checkpoint()
        assert newest
        return int(newest["size"])


@pytest_asyncio.fixture
async def night(
    operator: Operator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database_url: str, redis_url: str
) -> AsyncIterator[Night]:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
    env = {
        "DATABASE_URL": database_url, "REDIS_URL": redis_url, "SIGNATURE_PRIVATE_KEY": SIGNATURE_KEY,
        "LOG_PRIVATE_KEY": LOG_KEY, "SECRET_KEY": "s" * 32,
    }  # fmt: skip
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    async with signed_since_june(operator):
        yield Night(operator, tmp_path, env)


async def test_what_a_stolen_key_signs_counts_only_from_before_it_was_stolen(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator, evidence = night.operator, night.operator.services.evidence
    honest = await night.agrees()
    size = await night.signed_size(0)

    # The thief signs for others, and hands over to a key of his own, in the record and with the service's rights.
    forged, his = await night.agrees(), Signer(Ed25519PrivateKey.generate())
    await evidence.save_key(his.key_id, his.public_key, NOON)
    await evidence.hand_over(HANDED_OVER, handover_details(STOLEN, his, NOON), NOON)
    pinned = {STOLEN.key_id: STOLEN.public_key}
    assert (await verify_record(operator, pinned=pinned)).void == (), "nobody can tell yet"

    # The operator makes a new key, hands over, lets the service sign with it, and takes the old one back.
    made = await night.run("keys", "create", "words", "--to", "file:words-2.pem")
    letters = re.findall("letters +([0-9a-f ]{19})", made.out)[0]
    for _ in range(2):
        handed = await night.run("keys", "rotate", "--to", "file:words-2.pem")
        assert f"from {letters_of(STOLEN.key_id)} to {letters}" in handed.out, handed.said
    (night.folder / "log.pem").write_text(LOG_KEY)
    (night.folder / "log.pem").chmod(0o600)
    mistaken = await night.run("keys", "rotate", "--to", "file:log.pem")
    assert "--to: this is a key of the log" in mistaken.err, mistaken.said
    handovers = await evidence.service_actions(HANDED_OVER)
    assert len(handovers) == 2, "the thief's, and the operator's once"
    new = open_signer("file:words-2.pem", TokenAccess())
    await night.signs_with(new)
    monkeypatch.setenv("SIGNATURE_PRIVATE_KEY", "file:words-2.pem")
    revoking = ("keys", "revoke", letters_of(STOLEN.key_id), "--because", "the laptop was stolen on Monday night")
    revoked = await night.run(*revoking, "--since-size", str(size))
    assert f"revoked   {letters_of(STOLEN.key_id)} since size {size} of {ORIGIN}" in revoked.out, revoked.said
    assert "is revoked already" in (await night.run(*revoking, "--since-size", str(size))).out
    assert len(await evidence.service_actions(REVOKED)) == 1
    later = await night.agrees()
    await night.signed_size(2)

    # What does not count is named, and nothing else.
    checked = await night.run("audit", "verify")
    assert checked.code == 3, checked.said
    assert checked.out.startswith("whole ")
    void = [line for line in checked.out.splitlines() if line.startswith("VOID")]
    assert len(void) == 2 and all(f"contract {forged}: signed with {STOLEN.key_id}" in line for line in void), void
    for reference, number in ((honest, 0), (forged, 2), (later, 0)):
        counts = await verify_record(operator, reference, pinned={new.key_id: new.public_key})
        assert len(counts.void) == number
        told = (await pack_of(operator, reference)).get("revoked.json")
        assert [len(each["void"]) for each in told or ()] == ([] if reference == later else [number])
        assert await void_in_pack(night, reference) == number

    # Whoever asks about the paper hears it, too; and about the other papers what they heard before.
    verdicts = [await verdict_on(operator, reference) for reference in (honest, forged, later)]
    assert verdicts == ["in_force", "void", "in_force"]
    shown = (await night.run("keys", "show")).out
    lines = {key_id: line for line in shown.splitlines() for key_id in [line[7:26].replace(" ", "")]}
    assert "signs now" in lines[new.key_id]
    assert f"REVOKED since size {size} of {ORIGIN}: the laptop was stolen" in lines[STOLEN.key_id]
    assert "NOT believed" in lines[his.key_id]
    assert LOG_SIGNER.key_id in lines and f"log {ORIGIN}+" in shown

    # The thief's own key leads nowhere. Nor does the operator's from the stolen one alone: anybody could hand over so.
    await night.signs_with(his)
    await night.agrees()
    for pinned_key, named in ((new, his.key_id), (STOLEN, f"({his.key_id}|{new.key_id})")):
        with pytest.raises(BrokenRecord, match=f"key_id {named}: is neither pinned nor was it handed over to"):
            await verify_record(operator, pinned={pinned_key.key_id: pinned_key.public_key})


async def verdict_on(operator: Operator, reference: str) -> str:
    """What `/verify` says of a contract's first terms; by their hash, and by their code the same."""
    services = operator.services
    public = await services.evidence.public(reference)
    assert public
    (form,) = public["forms"]
    by_code = await services.papers.check("a stranger", reference, form["code"])
    by_hash = await services.papers.check_hash(reference, form["sha256"])
    assert by_code == by_hash
    page = await operator.get(f"/verify/{reference}?sha256={form['sha256']}")
    assert ("It matches: in force" in page.body.decode()) == (by_hash.verdict == "in_force")
    return by_hash.verdict.value


async def void_in_pack(night: Night, reference: str) -> int:
    """How many answers do not count, as verify.py and the commands of the README say alike of a contract's pack."""
    pack = await fetch_pack(night.operator, reference)
    found = by_python(pack)["facts"]["void"]
    folder = unpack(pack, night.folder / reference)
    said = await asyncio.to_thread(check_by_hand, folder)
    assert faults_in(folder) == []
    assert [line.split()[1] for line in said if line.startswith("VOID: ")] == found, said
    return len(found)


async def pack_of(operator: Operator, reference: str) -> dict[str, Any]:
    """The JSON files of a contract's pack, by their names."""
    answer = await operator.get(f"/v1/contracts/{reference}/evidence")
    assert answer.status == 200, answer.body
    return {name: orjson.loads(file) for name, file in unzip(answer.body).items() if name.endswith(".json")}


async def test_a_thief_cannot_put_words_under_a_size_or_take_other_keys_back(night: Night) -> None:
    operator, evidence = night.operator, night.operator.services.evidence
    await night.agrees()
    size = await night.signed_size(0)
    other = Signer(Ed25519PrivateKey.generate())
    await evidence.save_key(other.key_id, other.public_key, NOON)
    for origin, signer in ((ORIGIN, STOLEN), (ORIGIN, other), ("other.example/log", LOG_SIGNER)):
        details = revocation_details(other.public_key, origin, 1, "I say so", "a thief", NOON, signer)
        await evidence.add_service_action(REVOKED, details, NOON)
    for wrong in ({}, {"key": 7, "signature": "x"}, {"key": "", "origin": ORIGIN, "signature": "00"}):
        await evidence.add_service_action(REVOKED, wrong, NOON)
        await evidence.add_service_action(HANDED_OVER, wrong, NOON)
    assert "REVOKED" not in (await night.run("keys", "show")).out
    details = revocation_details(STOLEN.public_key, ORIGIN, size, "it was stolen", "operator", NOON, LOG_SIGNER)
    await evidence.add_service_action(REVOKED, details, NOON)
    await night.agrees()
    assert len((await verify_record(operator)).void) == 2
    await night.signed_size(2)
    for since, number in ((size + 1, 2), (1, 4)):  # it was stolen earlier than one thought; never later
        ran = await night.run("keys", "revoke", STOLEN.key_id, "--since-size", str(since), "--because", "even earlier")
        assert ran.code == 0, ran.said
        assert len((await verify_record(operator)).void) == number
    await night.agrees()
    # With the owner's rights, too: an entry that should look old is not in the log, and the log is past it.
    connection = await asyncpg.connect(str(operator.services.settings.database_url))
    await connection.execute(
        "SET session_replication_role = replica; UPDATE audit_logs SET xid = 1"
        " WHERE n = (SELECT max(n) FROM audit_logs)"
    )
    await connection.close()
    with pytest.raises(BrokenRecord, match="is not in the log, which is past it"):
        await verify_record(operator)


async def test_nothing_is_signed_with_a_revoked_key(night: Night) -> None:
    operator, evidence = night.operator, night.operator.services.evidence
    reference = await night.agrees()
    await night.signed_size(0)
    revoked = await night.run("keys", "revoke", STOLEN.key_id, "--because", "it is on a lost disk")
    assert revoked.code == 0, revoked.said
    await KeyWatch(operator.services).look()
    before = await operator.count("confirmations")
    waiting = str((await operator.post(contract_body())).json["reference"])
    with pytest.raises(OSError, match=r"was revoked at .*: make another with `voicepact keys create words`"):
        await operator.sends_sms(BUYER, f"yes {waiting}")
    assert await operator.count("confirmations") == before
    assert (await operator.get(f"/v1/contracts/{reference}/evidence")).status == 503
    health = (await operator.get("/health")).json
    assert (health["status"], health["checks"]["keys"]) == ("degraded", {"words": "revoked"})
    assert (await operator.get("/readyz")).status == 200, "who only looks is served"
    handed = await night.run("keys", "rotate", "--to", "file:none.pem")
    assert handed.code == 2
    await night.run("keys", "create", "words", "--to", "file:next.pem")
    handed = await night.run("keys", "rotate", "--to", "file:next.pem")
    assert "is revoked, and hands over to nobody" in handed.err
    assert len(await evidence.service_actions(HANDED_OVER)) == 0
    for options in ((), ("--workers", "2")):
        serve = [sys.executable, "-m", "gateway", "serve", "--port", str(free_port()), *options]
        ran = await asyncio.to_thread(
            subprocess.run, serve, capture_output=True, text=True, timeout=120, check=False, cwd=night.folder,
            env={**night.env, "PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "AT_BASE_URL": "http://127.0.0.1:1"},
        )  # fmt: skip
        assert ran.returncode == 2
        (line,) = ran.stderr.splitlines()
        assert line.startswith(f"voicepact: SIGNATURE_PRIVATE_KEY: the key {letters_of(STOLEN.key_id)} was revoked")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--since-size", "99"), "--since-size: should be from 1 to 4, the size of the newest checkpoint"),
        (("--since-size", "0"), "--since-size: should be from 1 to 4"),
    ],
)
async def test_a_size_that_nobody_has_signed_is_refused(night: Night, words: tuple[str, ...], says: str) -> None:
    because = ("--because", "it is on a lost disk")
    assert "the log has no checkpoint yet" in (await night.run("keys", "revoke", STOLEN.key_id, *because)).err
    await night.agrees()
    await night.signed_size(0)
    assert says in (await night.run("keys", "revoke", STOLEN.key_id, *words, *because)).err
    assert "ever signed words here" in (await night.run("keys", "revoke", LOG_SIGNER.key_id, *because)).err


async def test_only_the_logs_own_key_takes_a_key_back(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    await night.agrees()
    await night.signed_size(0)
    monkeypatch.setenv("LOG_PRIVATE_KEY", "k0Qx7vJmT3bYw9eLz5uHs2cRf8nAa1dGp6iKo4tWq+Y=")
    ran = await night.run("keys", "revoke", STOLEN.key_id, "--because", "it is on a lost disk")
    assert "LOG_PRIVATE_KEY: is not the key that signs test.example/log" in ran.err
    monkeypatch.delenv("LOG_PRIVATE_KEY")
    ran = await night.run("keys", "revoke", STOLEN.key_id, "--because", "it is on a lost disk")
    assert "LOG_PRIVATE_KEY: is not set" in ran.err
    assert await night.operator.services.evidence.service_actions(REVOKED) == []
