"""The rows of an act that moves money: a payment, postings of the ledger, and transfers that a rail makes.

Amounts are whole minor units. A posting moves an amount from one account to another; the database refuses one that
would overdraw an account, and keeps the sums (`ledger_accounts`). Sql: part `money` of sql/queries/acts.sql.
"""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from values.frozen import Frozen, Hidden

Account = Literal["rail", "held", "payable", "refundable", "fees", "suspense"]
TransferKind = Literal["prompt", "paybill", "release", "refund", "return"]


class RailOnce(Frozen):
    """What a rail (a provider of mobile money) told, which acts once. `key`: the receipt of money that came, or the id
    of the transfer that ended."""

    rail: str
    key: str


class PaymentRow(Frozen):
    """A contract's payment as the act leaves it. `is_new`: the act makes it. `is_locked`: all that was due is there, or
    has been."""

    id: UUID
    contract_id: UUID
    status: str
    due_minor: int
    fee_minor: int
    currency: str
    is_new: bool = False
    is_locked: bool = False


class PostingRow(Frozen):
    """A movement in the ledger. `scope`: the contract, or the transfer whose money belongs to none; `to_scope` differs
    where such money is assigned to a contract. `transfer_id`: what the rail moved, or is to move, by it."""

    posting: UUID
    debit: Account
    credit: Account
    scope: UUID
    to_scope: UUID
    amount_minor: int
    currency: str
    transfer_id: UUID | None = None


class TransferRow(Frozen):
    """A transfer that the act orders (`rail` None: the loop chooses one and gives it an id), or money that somebody
    paid by themselves, which is done (`receipt`). `not_before`: it is not sent sooner. `returns`: of a `return`, the
    transfer that it gives back."""

    id: UUID
    contract_id: UUID | None
    kind: TransferKind
    phone_id: UUID | None
    amount_minor: int
    currency: str
    status: str = "queued"
    not_before: datetime | None = None
    rail: str | None = None
    own_id: str | None = None
    receipt: str | None = None
    payer: Hidden[str | None] = None
    returns: UUID | None = None
    retries: UUID | None = None


class TransferEndRow(Frozen):
    """What became of a transfer of this `kind` and amount. `status`: done or failed; `reason`: why it failed, `code`
    and `words`: the rail's own. `contract_id`: to which one the money of a paybill payment is assigned; None leaves
    it."""

    id: UUID
    kind: TransferKind
    amount_minor: int
    status: str
    receipt: str | None = None
    rail_id: str | None = None
    reason: str | None = None
    code: str | None = None
    words: Hidden[str | None] = None
    contract_id: UUID | None = None


class MoneyRows(Frozen):
    """All that an act writes about money."""

    payment: PaymentRow | None = None
    postings: tuple[PostingRow, ...] = ()
    transfers: tuple[TransferRow, ...] = ()
    ended: tuple[TransferEndRow, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.payment or self.postings or self.transfers or self.ended)

    def told(self) -> dict[str, Any]:
        """Return what an audit entry says of it: plain JSON, by ids, with no number of a person."""
        told: dict[str, Any] = {}
        if self.payment:
            told["payment"] = {
                "id": str(self.payment.id), "status": self.payment.status, "due_minor": self.payment.due_minor,
                "fee_minor": self.payment.fee_minor, "currency": self.payment.currency,
            }  # fmt: skip
        if self.postings:
            told["postings"] = [_posting(row) for row in self.postings]
        if self.transfers:
            told["transfers"] = [_transfer(row) for row in self.transfers]
        if self.ended:
            told["ended"] = [_ended(row) for row in self.ended]
        return told


def _posting(row: PostingRow) -> dict[str, Any]:
    told = {"id": str(row.posting), "debit": row.debit, "credit": row.credit, "amount_minor": row.amount_minor}
    if row.scope != row.to_scope:
        told["from"] = str(row.scope)
    return told | ({"transfer": str(row.transfer_id)} if row.transfer_id else {})


def _transfer(row: TransferRow) -> dict[str, Any]:
    told = {"id": str(row.id), "kind": row.kind, "amount_minor": row.amount_minor}
    if row.phone_id:
        told["person"] = str(row.phone_id)
    if row.retries:
        told["retries"] = str(row.retries)
    return told | ({"rail": row.rail, "receipt": row.receipt} if row.receipt else {})


def _ended(row: TransferEndRow) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": str(row.id), "kind": row.kind, "amount_minor": row.amount_minor, "status": row.status
    }  # fmt: skip
    return told | {name: value for name in ("receipt", "reason", "code") if (value := getattr(row, name)) is not None}
