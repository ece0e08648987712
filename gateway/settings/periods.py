"""How long a contract waits before time acts on it, and how long rows are kept."""

from datetime import timedelta

from pydantic import BaseModel, Field

from storage.retention import Periods


class PeriodSettings(BaseModel):
    answer_within_days: int = Field(7, ge=1, le=365)  # then an offer that somebody has not answered expires
    # After its day; then a contract on which nobody delivered expires.
    delivery_within_days: int = Field(30, ge=1, le=3650)
    deadlines_every_seconds: float = Field(5.0, gt=0, le=3600)  # the longest time between two searches for what is due
    appeal_within_days: int = Field(3, ge=1, le=90)  # then a mediator's decision is final
    dispute_within_days: int = Field(7, ge=1, le=90)  # then the office is told that no mediator has decided

    # What an open contract or a legal hold needs is kept longer. Evidence is kept without limit (docs/privacy.md).
    retention_messages_days: int = Field(730, ge=1, le=36_500)  # texts from and to phones, and reports on them
    retention_sessions_days: int = Field(90, ge=2, le=36_500)  # ends of calls; rows that stop a hop from acting twice
    retention_callbacks_days: int = Field(90, ge=2, le=36_500)  # what providers of mobile money told us, as it came
    retention_looks_days: int = Field(1095, ge=366, le=36_500)  # which operator looked at whom; the tables keep a year

    @property
    def periods(self) -> Periods:
        return Periods(
            messages=timedelta(days=self.retention_messages_days),
            sessions=timedelta(days=self.retention_sessions_days),
            callbacks=timedelta(days=self.retention_callbacks_days),
            looks=timedelta(days=self.retention_looks_days),
        )
