"""The answer to a rail that asks before it takes money which somebody pays by themselves.

It waits for us, and so does the payer: an answer that is late or fails is a yes. The money is then counted, goes back,
or lies in suspense until two people have said whose it is; nothing of it is lost.
"""

import asyncio
from typing import Final

import structlog

from contracts.contract import Contract
from contracts.escrow.paid_unasked import NotTaken, why_not_take
from contracts.fields.reference import references_in
from gateway.payments.port import PaymentQuestion
from storage.records import Records

log = structlog.get_logger()

ANSWERS_WITHIN_SECONDS: Final = 3.0  # Daraja waits for about 8, with the way to us and back


async def why_refuse(records: Records, provider: str, question: PaymentQuestion) -> NotTaken | None:
    """Return why the rail shall refuse the money; None: it shall take it. Raise nothing."""
    try:
        async with asyncio.timeout(ANSWERS_WITHIN_SECONDS):
            refusal = why_not_take(await _contract_of(records, question.account), question.money)
    except Exception:
        log.exception("a payment was taken unseen", provider=provider, exc_info=True)
        return None
    log.info("rail asks", provider=provider, outcome=refusal.value if refusal else "taken")
    return refusal


async def _contract_of(records: Records, account: str) -> Contract | None:
    references = references_in(account)
    row = await records.contract_by_reference(references[0]) if len(references) == 1 else None
    return Contract.from_row(row) if row else None
