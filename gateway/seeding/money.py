"""Plays the rail for the money of the recent examples: no call is made, and the recorder hears what became of each."""

import secrets
from datetime import datetime, timedelta
from random import Random
from typing import Final
from uuid import UUID

from contracts.escrow.number_risk import Hold, HoldReason
from contracts.escrow.outcomes import Failed, FailReason, Paid
from contracts.fields.money import Currency, Money
from gateway.payments.recorder import Recorder
from gateway.seeding.providers import RAIL, new_receipt
from gateway.services import Services
from storage.transfers import CameRow, DueTransfer, TransferRows

_MOST: Final = 1000
_LEASE: Final = timedelta(seconds=1)
_STAYS: Final = timedelta(days=1)  # for so long a running service leaves what is open as it is


class SeedRail:
    """`until`: when the examples end; what is open then stays open for a day. `contracts`: whose money is moved; that
    of others is left to a service. The first payouts come to nothing, each in its own way; all others are paid."""

    def __init__(self, services: Services, until: datetime, random: Random) -> None:
        self._services = services
        self._until = until
        self._random = random
        self._rows: TransferRows = services.money.rows
        self._recorder = Recorder(services.records, self._rows, services.composer, services.now)
        self.contracts: set[UUID] = set()
        self._seldom = ["failed", "unknown", "held"]
        self._prompts: dict[UUID, UUID] = {}
        self._came: set[str] = set()

    async def move(self) -> None:
        """Take the orders that are due: prompts wait for their payers, payouts are paid."""
        while due := await self._claim():
            for transfer in due:
                await self._take(transfer)

    async def buyer_pays(self, contract_id: UUID) -> None:
        await self._recorder.paid(self._prompts.pop(contract_id), Paid(new_receipt()))

    async def buyer_does_not_pay(self, contract_id: UUID) -> None:
        failed = Failed(FailReason.NO_ANSWER, "1037", "DS timeout user cannot be reached")
        await self._recorder.failed(self._prompts.pop(contract_id), failed)

    async def somebody_pays(self, shillings: int, account: str) -> None:
        """Money comes to our account that names no contract: it is put into suspense."""
        came = CameRow(RAIL, secrets.token_hex(16), new_receipt(), shillings * 100, "KES", None, account, None)
        self._came.add(came.receipt)
        await self._rows.came(came, self._services.now())

    async def _claim(self) -> list[DueTransfer]:
        now = self._services.now()
        return [each for each in await self._rows.claim(now, now + _LEASE, _MOST) if self._is_ours(each)]

    def _is_ours(self, transfer: DueTransfer) -> bool:
        is_known = transfer.contract_id in self.contracts or transfer.receipt in self._came
        return is_known and transfer.status == "queued"

    async def _take(self, transfer: DueTransfer) -> None:
        now = self._services.now()
        fate = self._seldom.pop(0) if transfer.kind == "release" and self._seldom else "paid"
        if fate == "held":
            await self._recorder.held(transfer.id, Hold(now + _STAYS, HoldReason.APPROVAL))
            await self._rows.hold(transfer.id, HoldReason.APPROVAL.value, self._until + _STAYS)
            return
        await self._rows.begin(transfer.id, RAIL, secrets.token_hex(16), transfer.amount_minor, now, now + _LEASE)
        rail_id = f"ws_CO_{secrets.token_hex(8)}"
        await self._rows.wait(transfer.id, "accepted", self._until + _STAYS, rail_id=rail_id)
        if transfer.kind == "prompt":
            assert transfer.contract_id, "a prompt is for a contract"
            self._prompts[transfer.contract_id] = transfer.id
        elif fate == "failed":
            failed = Failed(FailReason.NOT_REGISTERED, "2040", "credit party is not registered", rail_id)
            await self._recorder.failed(transfer.id, failed)
        elif fate == "unknown":
            other = Money(transfer.amount_minor + 100, Currency(transfer.currency))
            await self._recorder.paid(transfer.id, Paid(new_receipt(), other, rail_id=rail_id))
            await self._rows.wait(transfer.id, "unknown", self._until + _STAYS)
        else:
            await self._recorder.paid(transfer.id, Paid(transfer.receipt or new_receipt(), rail_id=rail_id))
