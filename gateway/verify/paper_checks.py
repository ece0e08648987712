"""Checks of a short code, by whatever way anybody asks: an SMS, a screen, a web page. All count together."""

from contracts import readings
from contracts.proof.paper_check import TOO_OFTEN, PaperCheck
from gateway.limits.limits import Limits
from storage.records import Records


class PaperChecks:
    """One per process."""

    def __init__(self, records: Records, limits: Limits) -> None:
        self._records = records
        self._limits = limits

    async def check(self, asker: str, reference: str, code: str) -> PaperCheck:
        """Return what the terms with this code are. `asker`: an msisdn or an address; `reference`: eight digits."""
        if self.is_too_often(asker, reference):
            return TOO_OFTEN
        return await readings.paper(self._records, None, reference, code)

    def is_too_often(self, asker: str, reference: str) -> bool:
        """Count one check. Return whether `asker`, or all who ask about the reference, asked too often this hour. Who
        asks too often themselves does not count against the reference."""
        return (
            self._limits.checks.retry_after_seconds(asker) > 0
            or self._limits.checks_of_reference.retry_after_seconds(reference) > 0
        )
