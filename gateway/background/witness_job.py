"""Background job: shows each checkpoint to the witnesses, and stores what they sign.

A witness that is away delays nothing: it is asked again, and then about the newest checkpoint. A witness that knows
another history, or a longer one, stops the signing: the database was restored from a backup, or somebody altered it.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog

from contracts.actions import Clock
from contracts.proof.log.checkpoints import Checkpoint, read_checkpoint
from contracts.proof.log.policy import Policy
from contracts.proof.log.tiles import consistency_proof, root_from_tiles, tiles_of_consistency, tiles_of_root
from gateway.background.repeat import JobState, repeat
from gateway.evidence.log_tiles import read_tiles
from gateway.witnesses.port import ObjectionError, OtherSizeError, Witness, WitnessAwayError
from gateway.witnesses.timestamp_authority import TimestampAuthority
from storage.log import LogRows, LogState

log = structlog.get_logger()

_PAUSE_SECONDS = 2.0
STAMP_EVERY = timedelta(hours=1)  # authorities count what they give away for nothing
_TRIES = 3  # at once: a size that we did not know, and one more that another process has changed meanwhile
_WAITS_SECONDS = 45.0  # for one witness with all its calls: the others wait meanwhile
_AGAIN_SECONDS = (5.0, 15.0, 60.0, 300.0)  # after a witness was away once, twice, …


class WitnessJob:
    """Asks `witnesses` for as long as this process works on the log. `policy`: how many of them are enough; None: they
    are folders only, and each must have the checkpoint. `authority` gives a timestamp once an hour in which something
    happened."""

    def __init__(
        self, rows: LogRows, witnesses: Sequence[Witness], policy: Policy | None, now: Clock,
        authority: TimestampAuthority | None = None,
    ) -> None:  # fmt: skip
        self._rows, self._witnesses, self._policy, self._now = rows, witnesses, policy, now
        self._authority = authority
        self._asked = set[str]()  # since this process began: who answers once shows that it knows no more than we do
        self._away: dict[str, tuple[int, float]] = {}  # how often, and the loop's time of the next try
        self.has_asked = not witnesses

    async def run(self, job: JobState, holds_lease: Callable[[], bool]) -> None:
        """Ask, until cancelled."""

        async def work() -> float:
            if holds_lease():
                await self.cosign()
                await self.stamp()
            return _PAUSE_SECONDS

        await repeat(job, work, _PAUSE_SECONDS)

    async def objection(self, state: LogState) -> str | None:
        """Return why a witness lets no checkpoint be signed; None if none objects."""
        told = await self._rows.witnesses(state.log)
        found = [(each, told[each.id]["objection"]) for each in self._witnesses if each.id in told]
        return next((f"the witness {each.name} {why}" for each, why in found if why), None)

    async def cosign(self) -> None:
        """Show the newest checkpoint to every witness that lacks it. `has_asked` is true after the first time."""
        state = await self._rows.state()
        last = await self._rows.last_checkpoint(state.log) if state else None
        if state and last:
            told = await self._rows.witnesses(state.log)
            await asyncio.gather(
                *(self._ask(each, state, last, told) for each in self._witnesses if self._is_due(each, last, told))
            )
            await self._note_quorum(state, last)
            if why := await self.objection(state):
                if why != state.halted:
                    log.error("no checkpoint is signed", origin=state.origin, why=why)
                await self._rows.halt(state.log, why)
        self.has_asked = True

    async def stamp(self) -> None:
        """Have the newest checkpoint stamped, once the last one that was is an hour old."""
        state = await self._rows.state()
        last = await self._rows.last_checkpoint(state.log) if state and self._authority else None
        if self._authority is None or state is None or last is None:
            return
        name = self._authority.name
        before = await self._rows.last_timestamp(state.log, name)
        _, again_at = self._away.get(name, (0, 0.0))
        is_due = before is None or (
            before["size"] < last["size"] and abs(self._now() - before["signed_at"]) >= STAMP_EVERY
        )
        if not is_due or asyncio.get_running_loop().time() < again_at:
            return
        try:
            response, at = await self._authority.stamp(read_checkpoint(last["note"])[0].text)
        except WitnessAwayError as away:
            self._note_away(name, name, str(away))
            return
        self._away.pop(name, None)
        await self._rows.save_timestamp(state.log, last["size"], name, response, at)

    def _is_due(self, witness: Witness, last: Mapping[str, Any], told: Mapping[str, Any]) -> bool:
        _, again_at = self._away.get(witness.id, (0, 0.0))
        known = told.get(witness.id, {"size": 0, "objection": None})
        has_it = known["size"] == last["size"] and known["objection"] is None and witness.id in self._asked
        return not has_it and asyncio.get_running_loop().time() >= again_at

    async def _ask(
        self, witness: Witness, state: LogState, last: Mapping[str, Any], told: Mapping[str, Any]
    ) -> None:  # fmt: skip
        known = told.get(witness.id, {"size": 0})["size"]
        try:
            async with asyncio.timeout(_WAITS_SECONDS) as patience:
                size, objection = await self._show(witness, state, last, min(known, last["size"]))
        except TimeoutError:
            if not patience.expired():
                raise
            self._note_away(witness.id, witness.name, f"takes longer than {_WAITS_SECONDS:.0f} s")
            return
        except WitnessAwayError as away:
            self._note_away(witness.id, witness.name, str(away))
            return
        await self._rows.save_witness(state.log, witness.id, size, objection)
        if objection:
            self._note_away(witness.id, witness.name, objection)
        else:
            self._asked.add(witness.id)
            self._away.pop(witness.id, None)

    async def _show(
        self, witness: Witness, state: LogState, last: Mapping[str, Any], old_size: int
    ) -> tuple[int, str | None]:  # fmt: skip
        """Return the size that the witness has then, and its objection, if any. Raise WitnessAwayError."""
        note, new_size = last["note"], last["size"]
        for _ in range(_TRIES):
            if old_size > new_size:
                return old_size, await self._why_ahead(witness, state, old_size)
            read = await read_tiles(self._rows, state.log, tiles_of_consistency(old_size, new_size))
            try:
                lines = await witness.add_checkpoint(old_size, consistency_proof(old_size, new_size, read), note)
            except OtherSizeError as other:
                old_size = other.size
                continue
            except ObjectionError as objection:
                return old_size, str(objection)
            for line in lines:
                await self._rows.save_cosignature(state.log, new_size, witness.id, line.line, self._now())
            return new_size, None
        raise WitnessAwayError("names another size each time")

    async def _why_ahead(self, witness: Witness, state: LogState, size: int) -> str | None:
        """Return the objection of a witness that has a checkpoint of ours which this database does not; None if the
        database has all its leaves: then the next checkpoint goes on from it."""
        now = await self._rows.state()  # another process may have let the log grow, and shown it, while this one asked
        state = now if now and now.log == state.log else state
        if size > state.size:
            return f"has a checkpoint of {size} leaves, and the database has {state.size}"
        latest = await witness.latest(state.origin)
        read = await read_tiles(self._rows, state.log, tiles_of_root(size))
        if latest != Checkpoint(state.origin, size, root_from_tiles(size, read)):
            return f"has a checkpoint of {size} leaves that are not those of the database, as far as it tells"
        return None

    async def _note_quorum(self, state: LogState, last: Mapping[str, Any]) -> None:
        checkpoint, _ = read_checkpoint(last["note"])
        signed = await self._rows.cosignatures(state.log, checkpoint.size)
        told = await self._rows.witnesses(state.log)
        if self._policy:
            names = [line.name for line in self._policy.witnesses if line.key.line in signed]
            is_enough = self._policy.has_quorum(names)
        else:
            is_enough = all(told.get(each.id, {"size": 0})["size"] >= checkpoint.size for each in self._witnesses)
        since: datetime | None = None if is_enough else last["at"]
        await self._rows.save_unwitnessed(state.log, since)

    def _note_away(self, witness_id: str, name: str, why: str) -> None:
        times, _ = self._away.get(witness_id, (0, 0.0))
        if times == 0:
            log.warning("a witness has not cosigned", witness=name, why=why)
        pause = _AGAIN_SECONDS[min(times, len(_AGAIN_SECONDS) - 1)]
        self._away[witness_id] = times + 1, asyncio.get_running_loop().time() + pause
