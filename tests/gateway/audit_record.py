"""The audit record of a service: sealed now, and verified as `voicepact audit verify` does."""

from rich.progress import Progress

from gateway.background.audit_seals import SealJob
from gateway.commands.audit import Counts, verify_all
from tests.gateway.operator_client import Operator


async def seal_audit(operator: Operator) -> None:
    seals = SealJob(operator.services.evidence, operator.services.signer, operator.services.now)
    await seals.seal_all()
    await seals.checkpoint(operator.services.now())


async def verify_record(operator: Operator, reference: str | None = None) -> Counts:
    url = operator.services.settings.database_url
    assert url
    return await verify_all(url, reference, Progress(disable=True))
