"""Checks of a paper, by whatever way anybody asks: an SMS, a screen, a web page. Those of a code count together."""

from contracts import readings
from contracts.proof.log.keys import parse_key
from contracts.proof.paper_check import BY_ANSWERS, TOO_OFTEN, PaperCheck, check_hash, void
from gateway.evidence.key_record import PlacesInLogs, read_revocations
from gateway.limits.limits import Limits
from storage.evidence import EvidenceRows
from storage.records import Records


class PaperChecks:
    """One per process."""

    def __init__(self, records: Records, limits: Limits) -> None:
        self._records = records
        self._evidence = EvidenceRows(records.pool)
        self._limits = limits

    async def check(self, asker: str, reference: str, code: str) -> PaperCheck:
        """Return what the terms with this code are. `asker`: an msisdn or an address; `reference`: eight digits."""
        if self._is_too_often(asker, reference):
            return TOO_OFTEN
        return await self._if_answers_count(reference, await readings.paper(self._records, None, reference, code))

    async def check_hash(self, reference: str, digest: str) -> PaperCheck:
        """Return what the terms whose form has this SHA-256 or BLAKE2b (hex) are. `reference`: eight digits."""
        return await self._if_answers_count(reference, check_hash(await self._evidence.public(reference), digest))

    async def _if_answers_count(self, reference: str, check: PaperCheck) -> PaperCheck:
        """Return `check`, or VOID if any answer of the contract does not count: its status may come from that one."""
        if check.verdict not in BY_ANSWERS:
            return check
        log_keys = [parse_key(line) for line in await self._evidence.log.keys()]
        revoked, places = await read_revocations(self._evidence, log_keys), PlacesInLogs(self._evidence.log)
        for word in await self._evidence.words_signed_by(reference, list(revoked)) if revoked else ():
            if await places.void_by(revoked[word["key_id"]], word["n"], word["leaf"]):
                return void(check)
        return check

    def _is_too_often(self, asker: str, reference: str) -> bool:
        """Count one check. Return whether `asker`, or all who ask about the reference, asked too often this hour. Who
        asks too often themselves does not count against the reference."""
        return (
            self._limits.checks.retry_after_seconds(asker) > 0
            or self._limits.checks_of_reference.retry_after_seconds(reference) > 0
        )
