"""Packs of one contract with every kind of signed answer, as the service made them at three moments."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

from aiohttp.test_utils import TestServer

from contracts.effects import Appeal, Complain, Receive, SayDelivered
from contracts.proof.log.keys import COSIGNATURE, ED25519, VerifierKey, verifier_key
from contracts.proof.log.notes import cosign_text
from contracts.proof.log.timestamps import load_roots
from gateway.background.witness_job import WitnessJob
from gateway.evidence.pack_maker import PackMaker
from gateway.outgoing import open_client
from gateway.simulator.timestamps import make_timestamp_simulator
from gateway.witnesses.timestamp_authority import TimestampAuthority
from storage.signing import Signer
from tests.gateway.audit_record import LOG_SIGNER, ORIGIN, log_audit
from tests.gateway.evidence_pack import fetch_pack
from tests.gateway.operator_client import BUYER, NOON, SELLER, Operator, open_operator
from tests.gateway.signed_contract import act_behind_pin, confirmed_contract_id, decide_dispute
from tests.service import unzip
from tests.upgrades.old_record import bind_all
from values.frozen import Frozen, Hidden

UNION = Signer.from_text("dGhlIHVuaW9uIHdhdGNoZXMgd2hhdCB3ZSBkbyEhISE=")
BANK = Signer.from_text("YSBiYW5rIHdhdGNoZXMgd2hhdCBvdGhlcnMgZG8hISE=")
UNION_KEY = verifier_key("witness.union.example", COSIGNATURE, UNION.public_key)
BANK_KEY = verifier_key("witness.bank.example", COSIGNATURE, BANK.public_key)
LOG_KEY = verifier_key(ORIGIN, ED25519, LOG_SIGNER.public_key)
SEEN_AT = datetime(2026, 7, 1, 12, 3, tzinfo=UTC)

Files = dict[str, bytes]


class RealPacks(Frozen):
    """`unlogged`: no checkpoint covers it yet; `whole`: one does, with two witnesses and a time stamp; `later`: there
    is a step more, which it does not cover."""

    unlogged: Hidden[Files]
    whole: Hidden[Files]
    later: Hidden[Files]


def policy(quorum: str = "both", log: VerifierKey = LOG_KEY, union: VerifierKey = UNION_KEY) -> bytes:
    """Return a policy file that names the log, a union and a bank. `quorum`: union, bank, both or none."""
    return (
        f"log {log.line}\nwitness union {union.line} https://w.example/\nwitness bank {BANK_KEY.line}\n"
        f"group both all union bank\nquorum {quorum}\n"
    ).encode()


async def make_packs(operator: Operator, folder: Path) -> RealPacks:
    """Live a contract: delivered in part, a problem with a photo, a decision and an appeal. `folder`: an empty one."""
    contract_id = await confirmed_contract_id(operator)
    await act_behind_pin(operator, SELLER, SayDelivered(contract_id))
    await act_behind_pin(operator, BUYER, Receive(contract_id, "12.5"))
    await act_behind_pin(operator, BUYER, Complain(contract_id, "The rest was wet, says Amina."))
    await _add_photo(operator, contract_id)
    await decide_dispute(operator, contract_id, {"decision": "cancel", "reasons": "Amina is right"})
    unlogged = await _pack(operator, contract_id, folder)
    await log_audit(operator)
    await _stamp(operator, folder)
    await act_behind_pin(operator, SELLER, Appeal(contract_id, "It rained on Amina's lorry."))
    operator.services.now = lambda: NOON + timedelta(minutes=2)
    assert await log_audit(operator)
    await _cosign(operator)
    whole = await _pack(operator, contract_id, folder)
    await decide_dispute(operator, contract_id, {"decision": "split", "seller_amount": "70000", "reasons": "Both are"})
    return RealPacks(unlogged, whole, await _pack(operator, contract_id, folder))


async def make_old_packs(url: str, redis_url: str) -> list[Files]:
    """Return two packs of a contract whose steps named nothing: as it was, and once an entry has bound its rows."""
    async with open_operator(url, redis_url) as operator:
        operator.services.now = lambda: NOON + timedelta(days=40)
        pool = operator.services.records.pool
        reference = await pool.fetchval("SELECT reference FROM contracts ORDER BY entries DESC LIMIT 1")
        unbound = await fetch_pack(operator, reference)
        await bind_all(operator)
        return [unzip(unbound), unzip(await fetch_pack(operator, reference))]


async def _add_photo(operator: Operator, contract_id: str) -> None:
    (dispute,) = (await operator.get(f"/v1/disputes?contract={contract_id}")).json["items"]
    await operator.services.disputes.add_file(
        UUID(dispute["id"]), uuid4(), name="bags.JPG", media_type="image/jpeg", content=b"\xff\xd8\xff wet", now=NOON,
        most=50, operator="op",
    )  # fmt: skip


async def _stamp(operator: Operator, folder: Path) -> None:
    async with TestServer(make_timestamp_simulator(folder)) as server, open_client(10.0) as http:
        roots = load_roots((folder / "root.pem").read_bytes())
        authority = TimestampAuthority(str(server.make_url("/")), roots, http)
        await WitnessJob(operator.services.evidence.log, [], None, operator.services.now, authority).stamp()


async def _cosign(operator: Operator) -> None:
    rows = operator.services.evidence.log
    newest = await rows.newest_checkpoint()
    assert newest
    text = newest["note"].partition(b"\n\n")[0] + b"\n"
    for key, signer in ((UNION_KEY, UNION), (BANK_KEY, BANK)):
        line = cosign_text(text, key.name, signer, int(SEEN_AT.timestamp())).line
        await rows.save_cosignature(1, newest["size"], key.line, line, SEEN_AT)


async def _pack(operator: Operator, contract_id: str, folder: Path) -> Files:
    (folder / "policy").write_bytes(policy())
    services = operator.services
    settings = services.settings.model_copy(update={"witness_policy": folder / "policy"})
    maker = PackMaker(settings, services.evidence, services.signer, services.codes.cost)
    return unzip(await maker.make(UUID(contract_id), "https://gateway.example.org/verify/40718353"))
