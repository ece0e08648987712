"""Contracts that both parties have confirmed, for the audit of their record."""

from tests.gateway.audit_record import log_audit
from tests.gateway.operator_client import BUYER, SELLER, Operator, contract_body


async def agreed(operator: Operator, count: int = 3, *, is_logged: bool = True) -> str:
    """Some contracts that both have confirmed; the reference of the last."""
    for _ in range(count):
        reference = str((await operator.post(contract_body())).json["reference"])
        for msisdn in (BUYER, SELLER):
            await operator.sends_sms(msisdn, f"yes {reference}")
    if is_logged:
        await log_audit(operator)
    return reference
