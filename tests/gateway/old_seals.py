"""What the service wrote before it had a log: a seal for each audit entry, and a signed checkpoint over the seals."""

from contracts.proof.seal_tree import checkpoint_statement, root_of
from storage.postgres.queries import QUERIES
from tests.gateway.operator_client import NOON, Operator


async def seal_as_before(operator: Operator) -> None:
    """Seal all entries that have no seal, and sign a checkpoint over all seals, which must be the first."""
    pool, signer = operator.services.records.pool, operator.services.signer
    await pool.execute(
        "INSERT INTO audit_seals (n, chain_id, chain_seq) SELECT n, chain_id, seq FROM audit_logs ORDER BY n"
    )
    seals = await pool.fetch(*QUERIES["evidence.seals_from"](from_seq=1, most=1000))
    root = root_of([seal["entry_hash"].hex() for seal in seals])
    statement = checkpoint_statement(1, 1, len(seals), root, seals[-1]["hash"].hex(), None, NOON)
    await pool.execute(
        "INSERT INTO audit_checkpoints (number, from_seq, to_seq, statement, signature, key_id, at)"
        " VALUES (1, 1, $1, $2, $3, $4, $5)",
        len(seals), statement, signer.sign(statement), signer.key_id, NOON,
    )  # fmt: skip
