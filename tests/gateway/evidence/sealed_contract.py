"""A contract that a checkpoint covers, and its pack."""

from pathlib import Path
from typing import Any

from tests.gateway.audit_record import log_audit
from tests.gateway.evidence_pack import fetch_pack, unpack
from tests.gateway.operator_client import BUYER, SELLER, Operator, contract_body


async def make_sealed_contract(operator: Operator, **changed: Any) -> str:
    """Return the reference of a confirmed contract that a checkpoint covers; two other contracts are beside it."""
    for product in ("beans", "white maize", "rice"):
        reference = str((await operator.post(contract_body(terms__product=product, **changed))).json["reference"])
        if product == "white maize":
            wanted = reference
        for msisdn in (BUYER, SELLER):
            await operator.sends_sms(msisdn, f"yes {reference}")
    await log_audit(operator)
    return wanted


async def sealed_pack(operator: Operator, folder: Path) -> Path:
    """Return the folder of its pack."""
    return unpack(await fetch_pack(operator, await make_sealed_contract(operator)), folder)
