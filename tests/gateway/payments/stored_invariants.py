"""What holds of money after every step, whatever happens: asked of the rows alone, in one query."""

from uuid import UUID

from contracts.escrow.shares import smallest_payout
from contracts.fields.money import Currency
from storage.postgres.database import Pool


async def check_rows(pool: Pool, ids: list[UUID] | None = None) -> None:
    """Check what holds after every step, in the rows alone: of these contracts, or (None) of all."""
    row = dict(await pool.fetchrow(_INVARIANTS, 2 * smallest_payout(Currency.KES), ids) or {})
    assert row and not any(row.values()), row


_INVARIANTS = """
WITH sums AS (
    SELECT scope, account, coalesce(sum(amount_minor) FILTER (WHERE amount_minor > 0), 0) AS credited,
        coalesce(-sum(amount_minor) FILTER (WHERE amount_minor < 0), 0) AS debited
    FROM ledger_entries WHERE $2::uuid[] IS NULL OR scope = ANY($2) GROUP BY scope, account
), waiting AS (
    SELECT * FROM transfers t WHERE status <> 'done' AND ($2 IS NULL OR contract_id = ANY($2))
        AND (status <> 'failed' OR NOT EXISTS (SELECT FROM transfers n WHERE n.retries = t.id))
), of_contract AS (
    SELECT p.contract_id, p.status, p.due_minor, c.status AS contract_status, c.next_at, c.clock_stopped_at,
        coalesce(h.credited, 0) AS received, coalesce(h.credited - h.debited, 0) AS held,
        coalesce(s.credited, 0) AS released, coalesce(s.credited - s.debited, 0) AS payable,
        coalesce(r.credited, 0) AS refunded, coalesce(r.credited - r.debited, 0) AS refundable,
        coalesce(f.credited, 0) AS fees,
        (SELECT coalesce(sum(amount_minor), 0) FROM waiting w WHERE w.contract_id = c.id AND w.kind = 'release')
            AS release_waits,
        (SELECT coalesce(sum(amount_minor), 0) FROM waiting w WHERE w.contract_id = c.id AND w.kind = 'refund')
            AS refund_waits,
        (SELECT count(*) FROM transfers t WHERE t.contract_id = p.contract_id AND t.kind = 'prompt'
            AND t.status NOT IN ('done', 'failed')) AS prompts
    FROM payments p JOIN contracts c ON c.id = p.contract_id
    LEFT JOIN sums h ON h.scope = c.id AND h.account = 'held'
    LEFT JOIN sums s ON s.scope = c.id AND s.account = 'payable'
    LEFT JOIN sums r ON r.scope = c.id AND r.account = 'refundable'
    LEFT JOIN sums f ON f.scope = c.id AND f.account = 'fees'
    WHERE $2 IS NULL OR c.id = ANY($2)
)
SELECT (SELECT coalesce(sum(amount_minor), 0) FROM ledger_entries) <> 0 AS unbalanced,
    EXISTS (SELECT FROM ledger_entries WHERE $2 IS NULL GROUP BY posting HAVING sum(amount_minor) <> 0)
        AS unbalanced_posting,
    EXISTS (SELECT FROM sums WHERE account <> 'rail' AND debited > credited) AS negative,
    EXISTS (SELECT FROM sums s
        FULL JOIN (SELECT * FROM ledger_accounts WHERE $2 IS NULL OR scope = ANY($2)) AS a USING (scope, account)
        WHERE (s.credited, s.debited) IS DISTINCT FROM (a.credited, a.debited)) AS sums_differ,
    EXISTS (SELECT FROM of_contract WHERE released + refunded + fees > received) AS more_than_came,
    EXISTS (SELECT FROM of_contract WHERE released + fees > due_minor) AS more_than_agreed,
    EXISTS (SELECT FROM of_contract WHERE held > due_minor) AS too_much_waits,
    EXISTS (SELECT FROM of_contract WHERE contract_status IN ('COMPLETED', 'CANCELLED', 'EXPIRED')
        AND (held <> 0 OR status NOT IN ('RELEASED', 'REFUNDED', 'FAILED'))) AS over_and_held,
    EXISTS (SELECT FROM of_contract WHERE payable - release_waits < 0 OR payable - release_waits >= $1
        OR refundable <> refund_waits) AS not_ordered_once,
    EXISTS (SELECT FROM of_contract WHERE prompts > 1) AS two_prompts,
    EXISTS (SELECT FROM of_contract WHERE contract_status NOT IN ('COMPLETED', 'CANCELLED', 'EXPIRED')
        AND next_at IS NULL AND clock_stopped_at IS NULL) AS stuck,
    EXISTS (SELECT FROM transfers WHERE status NOT IN ('done', 'failed') AND due_at IS NULL) AS forgotten
"""
