"""What mobile money does to the transfers of a contract, without a rail: for stories about what people read of it."""

from uuid import UUID

from contracts.escrow.outcomes import Failed, FailReason, Paid
from contracts.fields.money import Currency, Money
from gateway.payments.recorder import Recorder
from gateway.services import SERVICES
from tests.service import Service

_OPEN = (
    "SELECT t.id, t.kind, t.amount_minor, t.currency FROM transfers t JOIN contracts c ON c.id = t.contract_id"
    " WHERE c.reference = $1 AND t.status NOT IN ('done', 'failed') AND t.kind = ANY ($2) ORDER BY t.created_at, t.id"
)
_SENT = "UPDATE transfers SET status = 'accepted', rail = 'hand', own_id = id::text, amount_minor = $2 WHERE id = $1"
_PAYOUTS = ("release", "refund")


async def happen_by_hand(service: Service, what: str) -> None:
    """Do what a line of a dialogue says: `brings 12345678 3500 RECEIPT`, `pays out 12345678 RECEIPT`,
    `refuses 12345678 no_funds`."""
    match what.replace("pays out", "pays-out").split():
        case ["brings", reference, shillings, receipt]:
            await _pay(service, reference, ("prompt",), receipt, int(shillings) * 100)
        case ["pays-out", reference, receipt]:
            await _pay(service, reference, _PAYOUTS, receipt)
        case ["refuses", reference, reason]:
            for row in await _sent(service, reference, ("prompt", *_PAYOUTS)):
                await _recorder(service).failed(row[0], Failed(FailReason(reason), "1"))
        case _:
            raise AssertionError(f"mobile money does not do this: {what}")


async def _pay(
    service: Service, reference: str, kinds: tuple[str, ...], receipt: str, minor: int | None = None
) -> None:
    for transfer_id, money in await _sent(service, reference, kinds, minor):
        assert await _recorder(service).paid(transfer_id, Paid(receipt, money)) == "paid"


async def _sent(
    service: Service, reference: str, kinds: tuple[str, ...], minor: int | None = None
) -> list[tuple[UUID, Money]]:
    found = await service.db.fetch(_OPEN, reference.replace(" ", ""), kinds)
    assert found, f"nothing of {reference} is open"
    for row in found:
        await service.db.execute(_SENT, row["id"], minor or row["amount_minor"])
    return [(row["id"], Money(minor or row["amount_minor"], Currency(row["currency"]))) for row in found]


def _recorder(service: Service) -> Recorder:
    services = service.apps[0][SERVICES]
    return Recorder(services.records, services.money.rows, services.composer, service.now)
