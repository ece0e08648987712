"""A background job that binds the rows of contracts from before audit entries did so, each by one entry, once.

Every process runs it. Each contract is one transaction, which locks it: who acts on it meanwhile is decided again a
moment later, a second process takes the next contract, and a process that is killed leaves it as it was. When all are
bound there is nothing to do: contracts that are made today bind their rows from the first entry on.
"""

from uuid import UUID

import structlog

from contracts.actions import Clock
from contracts.proof.binding import binding_text, lacks_salt
from contracts.proof.canonical import sha256_hex
from contracts.proof.replay import replay
from contracts.proof.verify import statement_of
from gateway.background.repeat import JobState, repeat
from storage.bindings import BindingRows, UnboundContract
from values.ids import new_id

log = structlog.get_logger()

_AT_ONCE = 50  # contracts, between two pauses
_PAUSE_SECONDS = 0.2
_LOOKS_AGAIN_SECONDS = 60.0  # for those that somebody else worked on
_NOTHING_SECONDS = 3600.0
_FIRST = UUID(int=0)


class _InUseError(Exception):
    """A message of the contract is being sent at this moment, or a person of it erased."""


class BindingJob:
    """Binds old contracts, in the order of their ids."""

    def __init__(self, rows: BindingRows, now: Clock) -> None:
        self._rows, self._now = rows, now
        self._after = _FIRST

    async def run(self, job: JobState) -> None:
        """Bind, until cancelled."""

        async def work() -> float:
            if await self.bind_some():
                return _PAUSE_SECONDS
            return _LOOKS_AGAIN_SECONDS if await self._rows.are_left() else _NOTHING_SECONDS

        await repeat(job, work, _LOOKS_AGAIN_SECONDS)

    async def bind_some(self) -> bool:
        """Look at the next contracts, and bind those that nobody else works on. Return whether there may be more in
        this round; the next round begins with the first again."""
        bound = 0
        for _ in range(_AT_ONCE):
            is_bound = await self._bind_next()
            if is_bound is None:
                self._after = _FIRST
                break
            bound += is_bound
        if bound:
            log.info("records bound", contracts=bound)
        return self._after != _FIRST

    async def _bind_next(self) -> bool | None:
        """Return False for a contract that is in use, None if there is none left in this round."""
        try:
            async with self._rows.next(self._after) as binding:
                if binding is None:
                    return None
                self._after = binding.contract_id
                contract = await binding.read()
                if lacks_salt(contract.found):
                    raise _InUseError
                if not replay(contract.entries).is_whole:
                    act_id, now = new_id(), self._now()
                    text = binding_text(contract.id, act_id, now, contract.found, _statements(contract))
                    await binding.write(text, act_id, now)
                await binding.done()
        except _InUseError:
            return False  # what was written is taken back
        return True


def _statements(contract: UnboundContract) -> dict[str, str]:
    """The hash of each statement that was signed, by its confirmation."""
    signed = (row for row in contract.confirmations if row["signature"])
    return {str(row["id"]): sha256_hex(statement_of(row).signed_bytes) for row in signed}
