"""The money side of a process, made from its settings."""

from collections.abc import Mapping
from dataclasses import dataclass

from contracts.actions import Clock
from gateway.outbox.compose import MessageComposer
from gateway.payments.kept_callbacks import CallbackMarks, KeptCallbacks
from gateway.payments.loop import MoneyLoop, PayoutHold, PayoutLimits
from gateway.payments.port import Rail
from gateway.payments.recorder import Recorder
from gateway.settings import Settings
from storage.encryption import Encryptor
from storage.money_reads import MoneyReads
from storage.postgres.database import Pool
from storage.records import Records
from storage.transfers import TransferRows


@dataclass(frozen=True, slots=True)
class MoneyServices:
    """`rails`: by name; empty: no money moves. The caller runs the `loop`, in a process that sends."""

    rails: Mapping[str, Rail]
    marks: CallbackMarks
    callbacks: KeptCallbacks
    loop: MoneyLoop
    reads: MoneyReads
    rows: TransferRows


def make_money(
    settings: Settings, pool: Pool, records: Records, composer: MessageComposer, encryptor: Encryptor,
    rails: Mapping[str, Rail], hold: PayoutHold, now: Clock,
) -> MoneyServices:  # fmt: skip
    rows = TransferRows(pool)
    without_receipts = frozenset(name for name, rail in rails.items() if not rail.always_has_receipt)
    recorder = Recorder(records, rows, composer, now, without_receipts)
    callbacks = KeptCallbacks(rows, recorder, rails, encryptor)
    limits = PayoutLimits(settings.payouts_per_day, settings.payouts_two_people_above)
    loop = MoneyLoop(rows, recorder, callbacks, rails, hold, now, limits=limits, zone=settings.zone)
    callbacks.wake = loop.wake
    return MoneyServices(rails, CallbackMarks(encryptor), callbacks, loop, MoneyReads(pool), rows)
