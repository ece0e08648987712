"""A second, small description of what a contract should do: plain values that share no rule with the code."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from contracts.contract import Contract
from tests.contracts.rules.random_acts import NEWCOMER, Attempt

DAY = timedelta(days=1)
OVER = ("COMPLETED", "CANCELLED", "EXPIRED")


@dataclass
class ContractModel:
    """`answers`: what each bound person answered to the contract. `proposal`: number, kind, terms and who agreed;
    `reporter`: who opened the dispute, None for an operator; `replies`: how often each wrote about it.
    `clock_stopped_by`: the msisdn of who wrote."""

    answers: dict[str, str]
    sides: dict[str, str]
    everybody: set[str]
    terms: Any
    status: str = "PENDING"
    version: int = 1
    terms_version: int = 1
    last_n: int = 1
    proposal: tuple[int, str, Any, set[str]] | None = None
    received: Decimal = Decimal(0)
    part_at: datetime | None = None
    settled: Decimal | None = None
    delivered_at: datetime | None = None
    deadline: tuple[str, datetime] | None = None
    clock_stopped_at: datetime | None = None
    clock_stopped_by: str | None = None
    clock_started_at: datetime | None = None
    asks: str | None = None  # whose silence counts after a delivery: the "buyer"'s, or "both" sides'
    dispute: str | None = None
    ended: str | None = None
    reporter: str | None = None
    replies: Counter[str] = field(default_factory=Counter)
    escalated_at: datetime | None = None
    mediators: set[str] = field(default_factory=set)
    decision: str | None = None
    appeal_count: int = 0

    @classmethod
    def of(cls, contract: Contract) -> "ContractModel":
        binding = {p.msisdn: p.role.value for p in contract.parties if p.signature}
        return cls(
            dict.fromkeys(binding, "pending"), {str(who): side for who, side in binding.items()},
            {p.msisdn for p in contract.parties}, contract.terms,
            mediators={p.msisdn for p in contract.parties if p.role.value == "mediator"},
            deadline=("remind_answer", contract.created_at + 6 * DAY),
        )  # fmt: skip

    def do(self, attempt: Attempt) -> bool:
        """Do what is attempted. Return False if it is refused; then nothing has changed."""
        done = bool(getattr(self, attempt.act)(attempt))
        self.version += done
        return done

    def answer(self, attempt: Attempt) -> bool:
        if attempt.by not in self.answers:
            return False
        if self.proposal and self.proposal[0] == attempt.n:
            return self._answer_proposal(attempt)
        if self.status != "PENDING" or attempt.n != self.terms_version:
            return False
        if attempt.yes and self.answers[attempt.by] == "signed":
            return False
        self.answers[attempt.by] = "signed" if attempt.yes else "rejected"
        if not attempt.yes:
            self._end("CANCELLED")
        elif set(self.answers.values()) == {"signed"}:
            self.status = "CONFIRMED"
            self._wait_for_delivery(attempt.now)
        return True

    def _answer_proposal(self, attempt: Attempt) -> bool:
        assert self.proposal
        n, kind, terms, agreed = self.proposal
        if attempt.yes and attempt.by in agreed:
            return False
        self._say_something(attempt)
        if not attempt.yes:
            self.proposal = None
        elif agreed | {attempt.by} != set(self.answers):
            self.proposal = (n, kind, terms, agreed | {attempt.by})
        else:
            settles = self._waits_for_decision()
            if settles:
                self.dispute, self.ended = "closed", "settled"
            self._agree(n, kind, terms, attempt.now, settles=settles)
        return True

    def _agree(self, n: int, kind: str, terms: Any, now: datetime, *, settles: bool) -> None:
        """All have agreed to what was proposed."""
        if kind != "amend":
            self._end("CANCELLED" if kind == "cancel" else "COMPLETED")
        else:
            self.proposal, self.terms, self.terms_version = None, terms, n
            if settles:
                self._go_on(now)
            if self.received == Decimal(terms.quantity.amount):
                self._end("COMPLETED")
            elif not settles and self.status == "CONFIRMED":
                self._wait_for_delivery(now)
            elif not settles and self.clock_stopped_at is None:
                self._wait_in_silence()

    def deliver(self, attempt: Attempt) -> bool:
        if self._side(attempt) != "seller" or (self.deadline and self.deadline[0] in ("remind_receipt", "complete")):
            return False
        stopped, said = self.clock_stopped_at, self.delivered_at
        if stopped and said and said > stopped and attempt.now < said + DAY:
            return False
        self.status, self.delivered_at, self.asks = "ACTIVE", attempt.now, "buyer"
        if stopped is None or self.sides[self.clock_stopped_by or ""] == "seller":
            self._run_clock()
            self._wait_in_silence()
        return True

    def write(self, attempt: Attempt) -> bool:
        return self._say_something(attempt)

    def _say_something(self, attempt: Attempt) -> bool:
        """Say what is no receipt: the clock stops. Return False if it does not count the silence of this person."""
        side = self._side(attempt)
        if side is None or self.asks is None or (self.asks == "buyer" and side == "seller"):
            return False
        if self.clock_stopped_at is None or side == "buyer":
            self.clock_stopped_by = str(attempt.by)
        self.clock_stopped_at, self.deadline = self.clock_stopped_at or attempt.now, None
        return True

    def start(self, attempt: Attempt) -> bool:
        if self.clock_stopped_at is None or self.status != "ACTIVE":
            return False
        self._run_clock()
        self.clock_started_at = attempt.now
        self._wait_in_silence()
        return True

    def receive(self, attempt: Attempt) -> bool:
        if self._side(attempt) != "buyer":
            return False
        self._end("COMPLETED")
        return True

    def part(self, attempt: Attempt) -> bool:
        agreed = Decimal(self.terms.quantity.amount)
        if self._side(attempt) != "buyer" or attempt.part <= 0 or self.received + attempt.part > agreed:
            return False
        self.received, self.part_at = self.received + attempt.part, attempt.now
        if self.received == agreed:
            self._end("COMPLETED")
            return True
        self.status, self.asks = "ACTIVE", "both"
        self._run_clock()
        self._wait_in_silence()
        if self.proposal and self.proposal[1] == "amend" and self._does_not_fit(self.proposal[2]):
            self.proposal = None
        return True

    def complain(self, attempt: Attempt) -> bool:
        if self.status not in ("CONFIRMED", "ACTIVE") or (attempt.yes and attempt.by not in self.answers):
            return False
        self.status, self.dispute, self.proposal, self.ended, self.decision = "DISPUTED", "open", None, None, None
        self.reporter, self.replies, self.escalated_at = attempt.by if attempt.yes else None, Counter(), None
        self.appeal_count = 0
        self._wait_for_decision(attempt.now)
        return True

    def reply(self, attempt: Attempt) -> bool:
        if attempt.by not in self.answers or not self._waits_for_decision() or self.replies[attempt.by] == 3:
            return False
        self.replies[attempt.by] += 1
        return True

    def withdraw(self, attempt: Attempt) -> bool:
        by = attempt.by if attempt.yes else None
        if self.dispute != "open" or self.reporter != by:
            return False
        self.dispute, self.ended = "closed", "withdrawn"
        self._go_on(attempt.now)
        return True

    def propose(self, attempt: Attempt) -> bool:
        kind, settles = attempt.proposes.value, attempt.proposes.value in ("complete", "split")
        may_settle = self._waits_for_decision() and attempt.by in self.answers
        if not may_settle and (self._side(attempt) is None or settles):
            return False
        if self.proposal or (attempt.terms and attempt.terms == self.terms):
            return False
        if attempt.share is not None and attempt.share >= self.terms.total.minor:
            return False
        if attempt.terms and self._does_not_fit(attempt.terms):
            return False
        self._say_something(attempt)
        self.last_n = max(self.last_n, self.terms_version) + 1
        self.proposal = (self.last_n, kind, attempt.terms, {attempt.by})
        return True

    def decide(self, attempt: Attempt) -> bool:
        if not self._waits_for_decision() or (attempt.yes and attempt.by not in self.mediators):
            return False
        if attempt.split_minor is not None and attempt.split_minor >= self.terms.total.minor:
            return False
        self.decision = attempt.decision.value
        if self.appeal_count:
            self._close_dispute()
        else:
            self.dispute, self.deadline = "decided", ("close_dispute", attempt.now + 3 * DAY)
            self.proposal = None
        return True

    def appeal(self, attempt: Attempt) -> bool:
        if attempt.by not in self.answers or self.dispute != "decided" or self.appeal_count:
            return False
        self.dispute, self.appeal_count = "appealed", 1
        self._wait_for_decision(attempt.now)
        return True

    def assign(self, attempt: Attempt) -> bool:
        who = NEWCOMER if attempt.yes else attempt.by
        if self.status != "DISPUTED" or who in self.everybody:
            return False
        self.everybody.add(who)
        self.mediators.add(who)
        return True

    def wait(self, attempt: Attempt) -> bool:
        if self.deadline is None or attempt.now < self.deadline[1]:
            return False
        match self.deadline[0]:
            case "remind_answer":
                self.deadline = ("expire", attempt.now + DAY)
            case "remind_receipt":
                self.deadline = ("complete", attempt.now + min(DAY, timedelta(days=self.terms.silence_days) / 2))
            case "remind_rest":
                self.deadline = ("complete_part", attempt.now + min(DAY, timedelta(days=self.terms.silence_days) / 2))
            case "remind_delivery":
                self.deadline = ("remind_expiry", max(self._due(), attempt.now) + 29 * DAY)
            case "remind_expiry":
                self.deadline = ("expire", attempt.now + DAY)
            case "expire":
                self._end("EXPIRED")
            case "complete":
                self._end("COMPLETED")
            case "complete_part":
                self.settled = self.received
                self._end("COMPLETED")
            case "escalate_dispute":
                self.escalated_at = attempt.now
                self._wait_for_decision(attempt.now)
            case _:
                self._close_dispute()
        return True

    def _waits_for_decision(self) -> bool:
        return self.dispute in ("open", "appealed")

    def _wait_for_decision(self, now: datetime) -> None:
        self.deadline = ("escalate_dispute", now + 7 * DAY)

    def _go_on(self, now: datetime) -> None:
        """Go on after a dispute: wait for the same as before, for the whole time again."""
        self.proposal, self.deadline, self.clock_started_at = None, None, now
        self.status = "ACTIVE" if self.delivered_at or self.part_at else "CONFIRMED"
        if self.status == "CONFIRMED":
            self._wait_for_delivery(now)
        elif self.clock_stopped_at is None:
            self._wait_in_silence()

    def _side(self, attempt: Attempt) -> str | None:
        """Return which side the person is on; None if they are on none, or the contract is not under way."""
        return self.sides.get(attempt.by) if self.status in ("CONFIRMED", "ACTIVE") else None

    def _due(self) -> datetime:
        return datetime(self.terms.due.year, self.terms.due.month, self.terms.due.day, 9, tzinfo=UTC)

    def _wait_for_delivery(self, now: datetime) -> None:
        if now < self._due() - DAY:
            self.deadline = ("remind_delivery", self._due() - DAY)
        else:
            self.deadline = ("remind_expiry", max(now, self._due()) + 29 * DAY)

    def _wait_in_silence(self) -> None:
        began = [
            at for at in (self.clock_started_at, self.delivered_at if self.asks == "buyer" else self.part_at) if at
        ]
        since = max(began) if self.asks == "buyer" else max(*began, self._due())
        silence = timedelta(days=self.terms.silence_days)
        what = "remind_receipt" if self.asks == "buyer" else "remind_rest"
        self.deadline = (what, since + silence - min(DAY, silence / 2))

    def _run_clock(self) -> None:
        self.clock_stopped_at = self.clock_stopped_by = None

    def _does_not_fit(self, terms: Any) -> bool:
        """Whether more was received already than `terms` have, or it is counted in another unit."""
        has_received, unit = self.received > 0, self.terms.quantity.unit
        return has_received and (terms.quantity.unit != unit or Decimal(terms.quantity.amount) < self.received)

    def _close_dispute(self) -> None:
        self._end("CANCELLED" if self.decision == "cancel" else "COMPLETED")
        self.dispute, self.ended = "closed", "decided"

    def _end(self, status: str) -> None:
        self.status, self.deadline, self.proposal = status, None, None
        self.answers = {who: "expired" if word == "pending" else word for who, word in self.answers.items()}
        self._run_clock()


def model_of(contract: Contract) -> dict[str, Any]:
    """Return a contract's fields as the model names them."""
    by_id = {party.phone_id: str(party.msisdn) for party in contract.parties if party.phone_id}
    proposal, dispute = contract.proposal, contract.dispute
    return {
        "answers": {str(p.msisdn): p.signature.value for p in contract.parties if p.signature},
        "everybody": {str(p.msisdn) for p in contract.parties},
        "terms": contract.terms,
        "status": contract.status.value,
        "version": contract.version,
        "terms_version": contract.terms_version,
        "last_n": contract.last_n,
        "proposal": proposal
        and (proposal.n, proposal.type.value, proposal.terms, {by_id[person] for person in proposal.consented}),
        "received": contract.received,
        "part_at": contract.part_at,
        "settled": contract.settled,
        "delivered_at": contract.delivered_at,
        "deadline": contract.deadline and (contract.deadline.act.value, contract.deadline.at),
        "clock_stopped_at": contract.clock_stopped_at,
        "clock_stopped_by": contract.clock_stopped_by and by_id[contract.clock_stopped_by],
        "clock_started_at": contract.clock_started_at,
        "dispute": dispute and dispute.status,
        "ended": dispute and dispute.ended and dispute.ended.value,
        "replies": Counter(by_id[reply.by_id] for reply in dispute.replies) if dispute else Counter(),
        "escalated_at": dispute and dispute.escalated_at,
        "decision": dispute and dispute.decision and dispute.decision.value,
        "appeal_count": int(bool(dispute and dispute.was_appealed)),
    }
