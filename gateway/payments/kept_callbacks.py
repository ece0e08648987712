"""Callbacks of rails: kept before they are answered, dealt with afterwards, each as what it is worth.

A callback may come twice, late, before the answer to our own call, or from somebody else. One whose path carries our
mark (only the rail can know it), or that is signed, is believed if it fits our transfer; any other only makes us ask.
"""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

import structlog

from contracts.escrow.outcomes import Failed, Paid
from contracts.fields.reference import references_in
from gateway.events import BadWire
from gateway.payments.port import BalanceNews, Callback, MoneyCame, News, Rail, TransferNews
from gateway.payments.recorder import Recorder
from storage.encryption import Encryptor
from storage.transfers import CallbackRow, CameRow, TransferRows
from values.frozen import replace

log = structlog.get_logger()

_AT_ONCE: Final = 50
_AGAIN_AFTER: Final = timedelta(seconds=30)  # also if the process that took it dies
_TRIES: Final = 6  # of a callback that fits no transfer (yet)


class CallbackMarks:
    """The mark that makes a callback's path unguessable: `{own_id}.{mark}` behind its kind."""

    def __init__(self, encryptor: Encryptor) -> None:
        self._encryptor = encryptor

    def segment(self, rail: str, kind: str, own_id: str) -> str:
        return f"{own_id}.{self._encryptor.keyed_hash('rail', rail, kind, own_id).hex()}"

    def own_id(self, rail: str, kind: str, segment: str) -> str | None:
        """Return the id that this path was made for; None if it is not one of ours."""
        own_id, _, mark = segment.rpartition(".")
        for one in self._encryptor.every:
            if hmac.compare_digest(mark.encode(), one.keyed_hash("rail", rail, kind, own_id).hex().encode()):
                return own_id
        return None


class KeptCallbacks:
    """Keeps callbacks and deals with them. `wake` is called when there is one more."""

    def __init__(
        self, rows: TransferRows, recorder: Recorder, rails: Mapping[str, Rail], encryptor: Encryptor,
    ) -> None:  # fmt: skip
        self._rows = rows
        self._recorder = recorder
        self._rails = rails
        self._encryptor = encryptor
        self.wake: Callable[[], None] = lambda: None

    async def keep(self, rail: Rail, callback: Callback, now: datetime) -> None:
        """Keep a callback durably. Raise BadWire for one that is none."""
        rail.read_callback(callback)
        named = f"{callback.own_id or ''}\x00".encode()
        digest = hashlib.sha256(named + callback.body).digest()
        body = self._encryptor.encrypt(callback.body, _place(rail.name, callback.kind))
        await self._rows.keep_callback(rail.name, callback.kind, callback.own_id, digest, body, now)
        self.wake()

    async def deal_with_due(self, now: datetime) -> int:
        """Deal with the callbacks that are due; return how many."""
        due = await self._rows.due_callbacks(now, now + _AGAIN_AFTER, _AT_ONCE)
        for row in due:
            try:
                outcome = await self._deal_with(row, now)
            except Exception:
                log.exception("a callback failed", provider=row.rail, kind=row.kind, exc_info=True)
                continue
            if outcome is None and row.tries < _TRIES:
                continue  # it may be about a transfer that is being written down
            outcome = outcome or "fits no transfer"
            log.info("rail callback", provider=row.rail, kind=row.kind, outcome=outcome)
            await self._rows.end_callback(row.id, outcome)
        return len(due)

    async def _deal_with(self, row: CallbackRow, now: datetime) -> str | None:
        rail, body = self._rails.get(row.rail), read_kept(self._encryptor, row.rail, row.kind, row.body)
        if rail is None or body is None:
            return "cannot be read: its rail or the key is not configured any more"
        callback = Callback(row.kind, row.own_id, "POST", "", {}, body)
        try:
            news = rail.read_callback(callback)
        except BadWire as bad:
            return f"cannot be read: {bad.field}"
        outcomes = [await self._hear(rail, callback, each, now) for each in news]
        if None in outcomes:
            return None
        return ", ".join(filter(None, outcomes)) or "nothing new"

    async def _hear(self, rail: Rail, callback: Callback, news: News, now: datetime) -> str | None:
        if isinstance(news, MoneyCame):
            return await self._came(rail, news, now)
        if isinstance(news, BalanceNews):
            return "; ".join(f"{each.name}: {each.money.currency.value} {each.money.major}" for each in news.balances)
        return await self._outcome(rail, callback, news, now)

    async def _came(self, rail: Rail, came: MoneyCame, now: datetime) -> str:
        """Write down what is said to have come: the loop asks the rail before it counts."""
        references = references_in(came.account)
        row = CameRow(
            rail.name, rail.new_id(), came.receipt, came.money.minor, came.money.currency.value,
            references[0] if len(references) == 1 else None, came.account, came.payer,
        )  # fmt: skip
        await self._rows.came(row, now)
        return "money came"

    async def _outcome(self, rail: Rail, callback: Callback, news: TransferNews, now: datetime) -> str | None:
        """Record an outcome, if the callback is to be believed and fits; else ask the rail."""
        own_id = callback.own_id or news.own_id
        if callback.own_id and news.own_id and callback.own_id != news.own_id:
            return "names another transfer than its path"
        transfer_id = await self._rows.find(rail.name, own_id, news.rail_id)
        if transfer_id is None:
            return None
        is_believed = callback.own_id is not None or rail.signs_callbacks
        match news.outcome:
            case Paid() as paid if is_believed:
                return await self._recorder.paid(transfer_id, paid, is_answer=news.is_answer)
            case Failed() as failed if is_believed:
                failed = replace(failed, rail_id=failed.rail_id or news.rail_id)
                return await self._recorder.failed(transfer_id, failed)
            case _ if is_believed and news.is_unanswered:  # it is asked again when it is due: in growing intervals
                if news.finds_nothing and await self._recorder.not_found(transfer_id):
                    return "no such payment"
                return "no answer"
            case _:
                await self._rows.ask_now(transfer_id, now)
                return "asked about"


def read_kept(encryptor: Encryptor, rail: str, kind: str, body: bytes) -> bytes | None:
    """Return the body of a callback as it came; None: with a key that is not configured any more."""
    return encryptor.decrypt(body, _place(rail, kind))


def _place(rail: str, kind: str) -> str:
    return f"rail callback {rail} {kind}"
