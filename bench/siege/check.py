"""What people were told, compared with the record."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

import asyncpg

from bench.siege.people import Pair

_PROMISES_WITHIN_SECONDS = 120.0

# What no contract of two people may be without, whenever the service died. No row: all is whole.
HALF_WRITTEN = """
SELECT c.reference, c.status, o.* FROM contracts c
LEFT JOIN audit_logs made ON made.chain_id = c.id AND made.seq = 1
LEFT JOIN (SELECT act_id, count(*) AS hops FROM acted_hops GROUP BY act_id) AS acted ON acted.act_id = made.act_id
CROSS JOIN LATERAL (SELECT
    (SELECT count(*) FROM contract_parties p WHERE p.contract_id = c.id) AS parties,
    (SELECT count(*) FROM contract_signatures s WHERE s.contract_id = c.id) AS signatures,
    (SELECT count(*) FROM contract_signatures s WHERE s.contract_id = c.id AND s.status = 'signed') AS signed,
    (SELECT count(*) FROM confirmations f WHERE f.contract_id = c.id AND f.answer = 'confirm') AS confirmed,
    (SELECT count(*) FROM audit_actions a WHERE a.chain_id = c.id AND a.action = 'contract.made') AS made,
    (SELECT count(*) FROM audit_actions a WHERE a.chain_id = c.id) AS audited,
    (SELECT count(*) FROM sms_logs m WHERE m.contract_id = c.id AND m.kind = 'offered') AS offered,
    (SELECT count(*) FROM sms_logs m WHERE m.contract_id = c.id AND m.kind = 'confirmed') AS told,
    coalesce(acted.hops, 0) AS answered
) AS o
WHERE (o.parties, o.signatures, o.made, o.offered, o.answered) <> (2, 2, 1, 1, 1)
    OR (c.status, o.signed, o.confirmed, o.audited, o.told) NOT IN
        (('PENDING', 1, 1, 2, 0), ('CONFIRMED', 2, 2, 4, 2))
"""
_CONTRACTS = """
SELECT b.msisdn AS buyer, s.msisdn AS seller, c.reference, c.status,
    (SELECT count(*) FROM confirmations f WHERE f.contract_id = c.id AND f.phone_id = s.id) AS answers
FROM contracts c
JOIN contract_parties pb ON pb.contract_id = c.id AND pb.role = 'buyer' JOIN phones b ON b.id = pb.phone_id
JOIN contract_parties ps ON ps.contract_id = c.id AND ps.role = 'seller' JOIN phones s ON s.id = ps.phone_id
WHERE b.msisdn = ANY($1)
"""
_MOS = """
SELECT provider_message_id, count(*) AS n FROM sms_logs WHERE direction = 'in' AND provider_message_id = ANY($1)
GROUP BY provider_message_id
"""


@dataclass(slots=True)
class Compared:
    """`acts`: what people were told is done; of these `lost` and `doubled`. `halved`: contracts that miss a part."""

    acts: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    halved: list[str] = field(default_factory=list)


async def compare(database_url: str, pairs: Iterable[Pair]) -> Compared:
    """Wait until all promises are kept, then compare."""
    pairs, compared = list(pairs), Compared()
    db = await asyncpg.connect(database_url)
    try:
        async with asyncio.timeout(_PROMISES_WITHIN_SECONDS):
            while await db.fetchval("SELECT count(*) FROM promises WHERE kept_at IS NULL"):  # noqa: ASYNC110 - in another process
                await asyncio.sleep(0.2)
        contracts: dict[str, list[asyncpg.Record]] = {}
        for row in await db.fetch(_CONTRACTS, [pair.buyer for pair in pairs]):
            contracts.setdefault(row["buyer"], []).append(row)
        taken = {
            row["provider_message_id"]: row["n"] for row in await db.fetch(_MOS, [p.mo_id for p in pairs if p.mo_id])
        }
        buyers = {pair.buyer for pair in pairs}
        half = {row["reference"]: str(dict(row)) for row in await db.fetch(HALF_WRITTEN)}
        of_pairs = {row["reference"] for rows in contracts.values() for row in rows if row["buyer"] in buyers}
        compared.halved = [shown for reference, shown in half.items() if reference in of_pairs]
    finally:
        await db.close()
    for pair in pairs:
        _compare_pair(compared, pair, contracts.get(pair.buyer, []), taken.get(pair.mo_id or "", 0))
    return compared


def _compare_pair(compared: Compared, pair: Pair, contracts: list[asyncpg.Record], taken: int) -> None:
    compared.acts += (pair.made is not None) + pair.is_confirmed
    if len(contracts) > 1:
        compared.doubled.append(f"{len(contracts)} contracts of one")
    if pair.made and (not contracts or pair.made not in ("promised", contracts[0]["reference"])):
        compared.lost.append(f"a contract that was made ({pair.made})")
    if pair.is_confirmed and (not contracts or contracts[0]["status"] != "CONFIRMED" or not taken):
        compared.lost.append(f"a YES that was taken ({pair.made})")
    if taken > 1 or any(row["answers"] > 1 for row in contracts):
        compared.doubled.append(f"a YES ({pair.made})")
