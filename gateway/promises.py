"""Promises: effects that were wanted, with the right PIN, and were late. Written down, kept later, told by SMS.

A promise is made under the key of the hop that wanted the effect, and kept under the same key: if the effect happened
after all, while nobody waited for it any more, keeping the promise finds that out.
"""

import asyncio
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import orjson
import structlog

from contracts import actions, effects
from contracts.actions import Actor, Plan
from contracts.effects import Confirm, Decline, Effect, MakeContract
from contracts.lifecycle import Contract, Refusal
from contracts.msisdn import Msisdn
from contracts.notices import REFUSED, Kind, Notice, tell
from gateway.wording import messages_for
from storage import database
from storage.acts import HopOnce, MoOnce
from storage.records import Hop, PromiseRow, Records
from storage.sealing import Sealer

log = structlog.get_logger()

_WAITS = (timedelta(seconds=2), timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=5))
_NAP_SECONDS = 1.0


class Promises:
    """Makes promises at the edge, and keeps them in the background (`run`)."""

    def __init__(self, records: Records, sealer: Sealer, *, language: str, service_code: str) -> None:
        self._records = records
        self._sealer = sealer
        self._language = language
        self._service_code = service_code

    def takes(self, effect: Effect) -> bool:
        """Whether this effect can be promised: those that concern a contract."""
        return isinstance(effect, MakeContract | Confirm | Decline)

    async def make(self, effect: Effect, actor: Actor, once: HopOnce, now: datetime) -> None:
        """Write it down; raises what storage raises when it cannot be."""
        plain = orjson.dumps({"effect": effects.to_json(effect), "actor": asdict(actor), "once": asdict(once)})
        sealed = self._sealer.seal(plain, _place_of(once.hop_key))
        hop = Hop(once.provider, once.session_id, bytes.fromhex(once.hop_key))
        await self._records.make_promise(PromiseRow(hop, sealed, 0), due_at=now + _WAITS[0], now=now)

    async def run(self, now: actions.Clock) -> None:
        """Keep what is due, until cancelled. Several may run: a promise is leased to one of them at a time."""
        while True:
            with suppress(*database.UNAVAILABLE):
                for promise in await self._records.due_promises(now(), now() + _WAITS[-1]):
                    await self._keep(promise, now())
            await asyncio.sleep(_NAP_SECONDS)

    async def _keep(self, promise: PromiseRow, now: datetime) -> None:
        try:
            kept = await self._try(promise, now)
        except database.UNAVAILABLE as fault:
            kept = False
            log.warning("a promise waits for the database", fault=type(fault).__name__)
        if kept:
            await self._records.promise_kept(promise.hop, now)
            log.info("promise kept", tries=promise.tries + 1)
        else:
            await self._records.promise_waits(promise.hop, now + _WAITS[min(promise.tries, len(_WAITS) - 1)])

    async def _try(self, promise: PromiseRow, now: datetime) -> bool:
        """Have the effect now, or find that it was had, and tell the caller. False: not yet."""
        plain = self._sealer.open(promise.sealed, _place_of(promise.hop.key.hex()))
        if plain is None:
            log.error("a promise cannot be read: it was sealed under another SECRET_KEY")
            return True
        kept: dict[str, Any] = orjson.loads(plain)
        effect, once = effects.from_json(kept["effect"]), HopOnce(**kept["once"])
        actor = Actor(**{**kept["actor"], "shown": tuple(kept["actor"]["shown"])})
        if await self._records.acted(promise.hop):
            return await self._tell_made(effect, actor, promise.hop, now)
        stand = await actions.look(self._records, effect, actor, promise.hop, now, pin=False)
        decided = actions.decide(effect, stand, actor, now)
        if isinstance(decided, Refusal):
            contract = Contract.from_row(stand.contract) if stand.contract else None
            about = (contract,) if contract else ()
            refused = Notice(REFUSED[decided], stand.phone_id, actor.msisdn, actor.language, about)
            return await self._carry_out(Plan(notices=(refused,)), once, now)
        told = _made(decided, actor.msisdn) if isinstance(effect, MakeContract) else ()
        return await self._carry_out(decided, once, now, extra=told)

    async def _carry_out(self, plan: Plan, once: HopOnce, now: datetime, extra: tuple[Notice, ...] = ()) -> bool:
        messages = messages_for((*plan.notices, *extra), self._language, self._service_code)
        return await actions.carry_out(self._records, plan, channel="ussd", now=now, hop=once, messages=messages)

    async def _tell_made(self, effect: Effect, actor: Actor, hop: Hop, now: datetime) -> bool:
        """The effect was had by the hop itself. Answers tell their giver by SMS anyway; a contract made does not."""
        if not isinstance(effect, MakeContract):
            return True
        newest = await self._records.contracts_of(actor.msisdn)
        contract = Contract.from_row(newest[0])
        notices = _made(Plan(about=contract), actor.msisdn)
        messages = messages_for(notices, self._language, self._service_code)
        once = MoOnce("promise", hop.key.hex())
        await actions.carry_out(self._records, Plan(), channel="ussd", now=now, mo=once, messages=messages)
        return True


def _made(plan: Plan, msisdn: Msisdn) -> tuple[Notice, ...]:
    assert plan.about
    maker = plan.about.party(msisdn)
    assert maker
    return (tell(maker, Kind.MADE, plan.about, msisdn),)


def _place_of(hop_key: str) -> str:
    return f"promise:{hop_key}"
